"""All certificates of a device, numbers that are void, backups that were made, and who took a lost laptop's work over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables and one column; the certificates that devices have now are the first in their table."""
    op.add_column("device", sa.Column("taken_by", sa.String(length=32), nullable=True))
    op.create_table(
        "certificate",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.String(length=24), nullable=False),
        sa.Column("revoked_at", sa.String(length=24), nullable=True),
        sa.PrimaryKeyConstraint("serial"),
    )
    op.create_index("certificates_of", "certificate", ["device"], unique=False)
    op.execute(
        "INSERT INTO certificate (serial, device, certificate, issued_at, revoked_at) "
        "SELECT serial, id, certificate, enrolled_at, revoked_at FROM device"
    )
    op.create_table(
        "void_number",
        sa.Column("block", sa.String(length=32), nullable=False),
        sa.Column("device", sa.String(length=32), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("block"),
    )
    op.create_table(
        "backup_made",
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
    )
