"""Conflicts hold more than two values, and who settled them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns that may be null: null counts as absent, so no digest of a row changes."""
    op.add_column("conflict", sa.Column("settled_by", sa.Text()))
    op.add_column("conflict", sa.Column("sides", sa.Text()))
    op.add_column("conflict", sa.Column("seen_at", sa.Text()))
