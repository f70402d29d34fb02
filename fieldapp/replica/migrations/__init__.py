"""The way of a replica from any version to the newest: Alembic revisions, and what applies them."""
