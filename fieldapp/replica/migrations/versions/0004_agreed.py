"""When both ends last agreed on all records; blobs that are wanted back; how much of a safety copy this replica wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A finished round was one in which both ends agreed."""
    op.add_column("state", sa.Column("agreed_at", sa.Text()))
    op.execute("UPDATE state SET agreed_at = last_finished_at")
    op.add_column("blob", sa.Column("wanted_at", sa.Text()))
    op.create_index("ix_blob_wanted", "blob", ["digest"], sqlite_where=sa.text("wanted_at IS NOT NULL AND dropped_at IS NOT NULL"))
    op.create_table(
        "journal_mark",
        sa.Column("salt", sa.LargeBinary(), primary_key=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
