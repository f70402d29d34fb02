"""What may go: Changes that every backup of the centre holds, and the bytes of blobs to make room; never what has no receipt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.replica.reader import Reader, sync_state
from fieldapp.replica.tables import BLOB, OUTBOX, PENDING, RECEIPTED, RECORDS, STATE, TAKEN_OVER

__all__ = [
    "attached",
    "cared_at",
    "droppable",
    "dropped",
    "named_blobs",
    "note_back",
    "note_care",
    "note_dropped",
    "prune",
    "want_back",
    "wanted_back",
]

GRACE = timedelta(days=30)
"""How long a blob stays on the laptop after its receipt, whatever the quota says."""


_EMPTY_RUNS = (
    "DELETE FROM receipt WHERE NOT EXISTS (SELECT 1 FROM state s CROSS JOIN outbox o ON o.incarnation = s.incarnation "
    "AND o.sequence <= receipt.last "
    "AND o.sequence > coalesce((SELECT max(b.last) FROM receipt b WHERE b.last < receipt.last), 0))"
)
"""Runs of receipts of which no Change is kept."""


def cared_at(reader: Reader) -> datetime | None:
    """When the centre was last asked for what a laptop needs from time to time (device's clock)."""
    text = reader.connection.execute(sa.select(STATE.c.cared_at)).scalar_one()
    return moment_from_text(text) if text else None


def note_care(connection: sa.Connection, epoch: int, horizon: int, now: datetime) -> None:
    """Remember the centre's horizon; one of another epoch than the laptop knows counts as none."""
    known = horizon if horizon and epoch == sync_state(connection).epoch else None
    connection.execute(sa.update(STATE).values(horizon=known, cared_at=moment_text(now)))


def prune(connection: sa.Connection) -> int:
    """Throw away Changes whose effect every backup of the centre holds; how many.

    What has no receipt stays, what is shown above the centre's version, what the centre did not simply take (a person may want to
    see it), and the last one that every backup holds: on its head the chain goes on, also when all that follows is sent again.
    """
    horizon = connection.execute(sa.select(STATE.c.horizon)).scalar_one()
    if not horizon:
        return 0
    state = sync_state(connection)
    took, kept_there = RECEIPTED.c.verdict.in_(("applied", "merged")), RECEIPTED.c.settled <= horizon
    newest = sa.select(sa.func.max(RECEIPTED.c.sequence)).where(RECEIPTED.c.incarnation == state.incarnation, kept_there)
    last = connection.execute(newest).scalar() or 0
    not_last = (RECEIPTED.c.incarnation < state.incarnation) | (RECEIPTED.c.sequence < last)
    old = sa.select(RECEIPTED.c.incarnation, RECEIPTED.c.sequence).where(took, kept_there, not_last)
    shown = sa.select(PENDING.c.incarnation, PENDING.c.sequence)
    place = sa.tuple_(OUTBOX.c.incarnation, OUTBOX.c.sequence)
    gone = connection.execute(sa.delete(OUTBOX).where(place.in_(old), place.not_in(shown))).rowcount
    connection.exec_driver_sql(_EMPTY_RUNS)
    taken = TAKEN_OVER.c.verdict.in_(("applied", "merged")), TAKEN_OVER.c.settled <= horizon
    return int(gone) + int(connection.execute(sa.delete(TAKEN_OVER).where(*taken)).rowcount)


def named_blobs(connection: sa.Connection) -> set[str]:
    """The digests that a record names or that have no receipt: everything else under the blob folder is named by nobody."""
    attachment = RECORDS["attachment"]
    named = {row.digest for row in connection.execute(sa.select(attachment.c.digest).where(attachment.c.digest != ""))}
    return named | {row.digest for row in connection.execute(sa.select(BLOB.c.digest))}


def droppable(connection: sa.Connection, now: datetime) -> list[tuple[str, int]]:
    """Photos that the centre has had for longer than the grace, and that nobody wanted back within it, as (digest, size), the oldest
    receipt first.

    Reports and strokes stay: they are small, and what was signed is shown to customers again.
    """
    before = moment_text(now - GRACE)
    old = BLOB.c.received_at <= before, BLOB.c.dropped_at.is_(None), BLOB.c.purpose == "photo"
    unasked = BLOB.c.wanted_at.is_(None) | (BLOB.c.wanted_at <= before)
    query = sa.select(BLOB.c.digest, BLOB.c.size).where(*old, unasked).order_by(BLOB.c.received_at, BLOB.c.digest)
    return [(row.digest, row.size) for row in connection.execute(query)]


def dropped(connection: sa.Connection) -> set[str]:
    """The digests of blobs that were taken off the laptop: they are not fetched again by themselves."""
    return {row[0] for row in connection.exec_driver_sql("SELECT digest FROM blob WHERE dropped_at IS NOT NULL")}


def attached(connection: sa.Connection, purposes: Sequence[str]) -> list[tuple[str, int, str, str]]:
    """The blobs that attachments of these purposes name: (digest, size, purpose, kind of the owner). Every round asks it."""
    marks = ", ".join("?" * len(purposes))
    query = f"SELECT digest, size, purpose, owner_kind FROM attachment WHERE digest <> '' AND purpose IN ({marks})"  # noqa: S608 - marks
    return [(row[0], row[1], row[2], row[3]) for row in connection.exec_driver_sql(query, tuple(purposes))]


def note_dropped(connection: sa.Connection, digest: str, now: datetime) -> None:
    """The bytes of a blob were taken off the laptop. Where this could not be written, they are fetched again, and nothing else comes
    of it.
    """
    here = sa.update(BLOB).where(BLOB.c.digest == digest, BLOB.c.received_at.is_not(None))
    connection.execute(here.values(dropped_at=moment_text(now), wanted_at=None))


def want_back(connection: sa.Connection, digests: Iterable[str], now: datetime) -> int:
    """Have the next round fetch blobs that were taken off the laptop; how many of these were."""
    gone = sa.update(BLOB).where(BLOB.c.digest.in_(sorted(digests)), BLOB.c.dropped_at.is_not(None))
    return int(connection.execute(gone.values(wanted_at=moment_text(now))).rowcount)


def wanted_back(connection: sa.Connection) -> list[tuple[str, int]]:
    """The blobs that are wanted back, as (digest, size). Every round asks it."""
    query = "SELECT digest, size FROM blob WHERE wanted_at IS NOT NULL AND dropped_at IS NOT NULL ORDER BY size, digest"
    return [(row[0], row[1]) for row in connection.exec_driver_sql(query)]


def note_back(connection: sa.Connection, digest: str) -> None:
    """A blob that was wanted back is here."""
    connection.execute(sa.update(BLOB).where(BLOB.c.digest == digest).values(dropped_at=None))
