"""Bring a replica to the newest revision, or say that it is too new; Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from fieldapp.replica.refusals import DamagedReplica, NewerReplica

__all__ = ["HEAD", "REVISIONS", "present_revision", "upgrade"]

REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004", "0005")
"""All revisions, oldest first; a test keeps them equal to the modules under migrations/versions."""

HEAD = REVISIONS[-1]


def present_revision(connection: sa.Connection) -> str:
    """The revision of an existing replica; NewerReplica for one this program does not know, DamagedReplica without any."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first():
        raise DamagedReplica
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is None:
        raise DamagedReplica
    if found not in REVISIONS:
        raise NewerReplica(revision=found)
    return str(found)


def upgrade(connection: sa.Connection) -> None:
    """Run all revisions that are missing, within the transaction of the connection."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
