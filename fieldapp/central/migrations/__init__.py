"""Schema of the centre's database, revision by revision (Alembic)."""
