"""The horizon: up to which revision every backup holds everything that may ever be put back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from fieldapp.base.clock import moment_text
from fieldapp.central.store.books import revision_of
from fieldapp.central.store.tables import backup_made

__all__ = ["horizon_of", "note_backup"]


def note_backup(connection: Connection, at: datetime, revision: int | None = None) -> int:
    """Note a backup that was begun at a moment, of the present state or of the revision that stood then; returns the revision.

    One of the same revision that was made before counts as made at the later moment.
    """
    held = revision_of(connection) if revision is None else revision
    made = connection.execute(select(backup_made.c.at).where(backup_made.c.revision == held)).scalar()
    if made is None:
        connection.execute(insert(backup_made).values(revision=held, at=moment_text(at)))
    elif made < moment_text(at):
        connection.execute(update(backup_made).where(backup_made.c.revision == held).values(at=moment_text(at)))
    return held


def horizon_of(connection: Connection, now: datetime, keep_days: int) -> int:
    """The revision of the oldest backup that may be put back: of those made within `keep_days`, or else of the newest; 0 without any.

    Laptops keep what they sent after it.
    """
    held = [(row.at, int(row.revision)) for row in connection.execute(select(backup_made).order_by(backup_made.c.revision))]
    recent = [revision for at, revision in held if at >= moment_text(now - timedelta(days=keep_days))]
    if recent:
        return min(recent)
    return max((revision for _, revision in held), default=0)
