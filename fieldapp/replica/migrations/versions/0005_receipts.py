"""Receipts by runs, and what is shown in a table of its own: an evening's receipts write no row of the outbox any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_RECEIVED = (
    "UPDATE state SET received = coalesce((SELECT min(o.sequence) FROM outbox o WHERE o.incarnation = state.incarnation "
    "AND o.verdict IS NULL) - 1, sequence)"
)
_VIEWS = (
    (
        "CREATE VIEW waiting AS SELECT o.incarnation, o.sequence, o.kind, o.record_id, o.data, o.head, o.bases, o.at "
        "FROM state s CROSS JOIN outbox o ON o.incarnation = s.incarnation AND o.sequence > s.received WHERE o.verdict IS NULL"
    ),
    (
        "CREATE VIEW receipted AS SELECT o.incarnation, o.sequence, o.kind, o.record_id, o.data, o.head, o.bases, o.at, "
        "coalesce(o.verdict, 'applied') AS verdict, o.fields, o.reason, o.conflict_id, coalesce(o.settled, "
        "(SELECT r.settled FROM receipt r WHERE r.last >= o.sequence ORDER BY r.last LIMIT 1)) AS settled "
        "FROM state s CROSS JOIN outbox o WHERE o.verdict IS NOT NULL OR (o.incarnation = s.incarnation AND o.sequence <= s.received)"
    ),
)


def upgrade() -> None:
    """Receipts that stand in the outbox stay there: they are receipts of their own."""
    op.create_table(
        "pending",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("record_id", sa.Text(), primary_key=True),
        sa.Column("incarnation", sa.Integer(), primary_key=True),
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("last", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO pending SELECT kind, record_id, incarnation, sequence FROM outbox WHERE shown = 1")
    op.drop_index("ix_outbox_waiting", "outbox")
    op.drop_index("ix_outbox_shown", "outbox")
    op.execute("ALTER TABLE outbox DROP COLUMN shown")
    op.add_column("state", sa.Column("received", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_RECEIVED)
    for view in _VIEWS:
        op.execute(view)
