"""The local replica: an encrypted SQLite file, its outbox, what comes from the centre, blobs, and full text."""
