"""The local SQLite replica: engine, tables, store, outbox, intake, blobs, search."""
