"""What has no receipt yet, as a journal keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.replica.reader import sync_state
from fieldapp.replica.tables import BLOB, JOURNAL_MARK, OUTBOX, TAKEN_OVER, WAITING
from fieldapp.wire.care import JournalBlob, JournalChange
from fieldapp.wire.changes import GENESIS, content_digest

__all__ = ["Place", "blobs_waiting", "changes_waiting", "entries_known", "is_explained", "note_entries", "places_waiting"]


class Place(NamedTuple):
    """The place of a Change: which laptop, which life of it, which number in it."""

    device: Id
    incarnation: int
    sequence: int


def places_waiting(connection: sa.Connection) -> set[Place]:
    """The places of all Changes without a receipt: this laptop's, and those taken over from a lost one."""
    device = sync_state(connection).device
    own = sa.select(WAITING.c.incarnation, WAITING.c.sequence)
    taken = sa.select(TAKEN_OVER.c.device, TAKEN_OVER.c.incarnation, TAKEN_OVER.c.sequence).where(TAKEN_OVER.c.verdict.is_(None))
    found = {Place(device, *row) for row in connection.execute(own)}
    return found | {Place(*row) for row in connection.execute(taken)}


def changes_waiting(connection: sa.Connection, but: set[Place]) -> Iterator[JournalChange]:
    """The Changes without a receipt in their order, those at the places of `but` passed over."""
    device = sync_state(connection).device
    before = OUTBOX.alias("before")
    earlier = (before.c.incarnation == WAITING.c.incarnation) & (before.c.sequence == WAITING.c.sequence - 1)
    own = sa.select(WAITING, before.c.head.label("head_before")).outerjoin(before, earlier)
    for row in connection.execute(own.order_by(WAITING.c.sequence)):
        if Place(device, row.incarnation, row.sequence) not in but:
            head = row.head_before if row.head_before is not None else GENESIS
            yield JournalChange(bytes.fromhex(device), row.incarnation, row.sequence, head, row.data, row.bases, row.at)
    keys = (TAKEN_OVER.c.device, TAKEN_OVER.c.incarnation, TAKEN_OVER.c.sequence)
    for row in connection.execute(sa.select(TAKEN_OVER).where(TAKEN_OVER.c.verdict.is_(None)).order_by(*keys)):
        if Place(row.device, row.incarnation, row.sequence) not in but:
            yield JournalChange(bytes.fromhex(row.device), row.incarnation, row.sequence, row.head_before, row.data, row.bases, row.at)


def blobs_waiting(connection: sa.Connection) -> list[JournalBlob]:
    """The blobs without a receipt, the smallest first."""
    query = sa.select(BLOB).where(BLOB.c.received_at.is_(None)).order_by(BLOB.c.size, BLOB.c.digest)
    return [JournalBlob(row.digest, row.size, row.purpose, row.added_at) for row in connection.execute(query)]


def note_entries(connection: sa.Connection, salt: bytes, entries: int, before: bytes = b"") -> None:
    """Note that this replica knows the first `entries` of the log with this salt, which came in the place of the one `before`.

    Their Changes may be pruned here while the disk is away, and are still none of another life of this laptop.
    """
    if before and before != salt:
        connection.execute(sa.delete(JOURNAL_MARK).where(JOURNAL_MARK.c.salt == before))
    connection.execute(sa.insert(JOURNAL_MARK).prefix_with("OR REPLACE").values(salt=salt, entries=entries))


def entries_known(connection: sa.Connection, salt: bytes) -> int:
    """How many entries of the log with this salt this replica knows, from the first one on; a log only grows under its salt."""
    return int(connection.execute(sa.select(JOURNAL_MARK.c.entries).where(JOURNAL_MARK.c.salt == salt)).scalar() or 0)


def is_explained(connection: sa.Connection, entry: JournalChange) -> bool:
    """Whether the replica knows this very Change, at its place or (numbered anew since) at another one.

    One that it does not know was written by a life of this laptop that the present replica is not: it must not be thrown away.
    """
    device = entry.device.hex()
    if device == sync_state(connection).device:
        here = (OUTBOX.c.incarnation == entry.incarnation) & (OUTBOX.c.sequence == entry.sequence)
        if connection.execute(sa.select(OUTBOX.c.data).where(here)).scalar() == entry.data:
            return True
    taken = (TAKEN_OVER.c.device == device) & (TAKEN_OVER.c.incarnation == entry.incarnation) & (TAKEN_OVER.c.sequence == entry.sequence)
    if connection.execute(sa.select(TAKEN_OVER.c.data).where(taken)).scalar() == entry.data:
        return True
    content = content_digest(entry.data)
    return any(
        content_digest(row.data) == content
        for table in (OUTBOX, TAKEN_OVER)
        for row in connection.execute(sa.select(table.c.data).where(table.c.at == entry.at))
    )
