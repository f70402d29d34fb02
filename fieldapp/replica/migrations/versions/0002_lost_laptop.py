"""Changes taken over from a lost laptop; the centre's horizon; blobs that were taken off to make room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns are added plainly, without a copy of the table, so that triggers and rows stay as they are."""
    op.add_column("state", sa.Column("horizon", sa.Integer()))
    op.add_column("state", sa.Column("cared_at", sa.Text()))
    op.add_column("blob", sa.Column("dropped_at", sa.Text()))
    op.create_table(
        "taken_over",
        sa.Column("device", sa.Text(), primary_key=True),
        sa.Column("incarnation", sa.Integer(), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("head_before", sa.LargeBinary(), nullable=False),
        sa.Column("bases", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Text()),
        sa.Column("settled", sa.Integer()),
        sqlite_with_rowid=False,
    )
