"""Indexes of the log that hold only what is asked: of thousands of Changes in an evening, hardly one is refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two indexes in the place of two; no row is touched."""
    rejected = sa.text("verdict = 'rejected'")
    op.drop_index("change_of_record", table_name="change_log")
    op.drop_index("change_by_verdict", table_name="change_log")
    op.create_index("change_of_record", "change_log", ["record"], unique=False)
    op.create_index("change_rejected", "change_log", ["at"], unique=False, sqlite_where=rejected, postgresql_where=rejected)
