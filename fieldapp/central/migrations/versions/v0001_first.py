"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _records()
    _scopes()
    _devices()
    _files_and_people()
    op.execute("INSERT INTO counter (name, value) VALUES ('revision', 0)")  # the row that every writer locks


def _records() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "record",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partition", sa.String(length=60), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
        sa.UniqueConstraint("revision"),
    )
    op.create_index("record_by_partition", "record", ["partition", "revision"], unique=False)
    op.create_table(
        "answer",
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=8), nullable=False),
        sa.Column("author", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "key"),
    )
    op.create_table(
        "moved",
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partition", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
    op.create_index("moved_from", "moved", ["partition", "revision"], unique=False)
    op.create_table(
        "partition_digest",
        sa.Column("partition", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
    )


def _scopes() -> None:
    op.create_table(
        "engineer_partition",
        sa.Column("engineer", sa.String(length=32), nullable=False),
        sa.Column("partition", sa.String(length=60), nullable=False),
        sa.Column("entered_revision", sa.BigInteger(), nullable=False),
        sa.Column("left_revision", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("engineer", "partition"),
    )
    op.create_index("engineers_of_partition", "engineer_partition", ["partition"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("engineer", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index("assignment_of", "assignment", ["engineer"], unique=False)
    op.create_table(
        "fixed_site",
        sa.Column("engineer", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("engineer", "site"),
    )


def _devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("engineer", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("enrolled_at", sa.String(length=24), nullable=False),
        sa.Column("revoked_at", sa.String(length=24), nullable=True),
        sa.Column("scope_at", sa.String(length=24), nullable=False),
        sa.Column("last_seen_at", sa.String(length=24), nullable=True),
        sa.Column("wants_snapshot", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("devices_of", "device", ["engineer"], unique=False)
    op.create_table(
        "change_log",
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("incarnation", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("conflict", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("device", "incarnation", "sequence"),
    )
    op.create_index("change_by_content", "change_log", ["device", "content"], unique=False)
    op.create_index("change_by_verdict", "change_log", ["verdict"], unique=False)
    op.create_index("change_of_record", "change_log", ["kind", "record"], unique=False)


def _files_and_people() -> None:
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "blob_use",
        sa.Column("attachment", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("partition", sa.String(length=60), nullable=False),
        sa.Column("missing", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("attachment"),
    )
    op.create_index("use_by_digest", "blob_use", ["digest"], unique=False)
    op.create_index("use_by_partition", "blob_use", ["partition", "missing"], unique=False)
    op.create_table(
        "stamp_job",
        sa.Column("attachment", sa.String(length=32), nullable=False),
        sa.Column("report", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("attachment"),
    )
    op.create_index("stamp_by_state", "stamp_job", ["state"], unique=False)
    op.create_table(
        "enrol_code",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("engineer", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=24), nullable=False),
        sa.Column("expires_at", sa.String(length=24), nullable=False),
        sa.Column("used_at", sa.String(length=24), nullable=True),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "account",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.String(length=80), nullable=False),
        sa.Column("session", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
