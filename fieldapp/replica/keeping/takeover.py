"""Changes of a lost laptop in the hands of the engineer's next one: kept here, sent under the lost one's name, receipted.

They are never numbered among this laptop's own: the centre knows them by (device, incarnation, sequence, digest), so what the
lost laptop had sent itself, and what is taken in twice, is recognised and not applied again.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.replica.outbox import UNRECEIPTED, write_receipts
from fieldapp.replica.tables import BLOB, TAKEN_OVER
from fieldapp.wire.care import JournalBlob, JournalChange
from fieldapp.wire.changes import GENESIS, chain_digest, change_bytes, change_from_bytes
from fieldapp.wire.protocol import Verdict

__all__ = [
    "TakenBatch",
    "all_taken",
    "anything_taken",
    "forget_receipts",
    "keep_taken",
    "next_taken",
    "note_blob",
    "receive_taken",
    "renumber_taken",
    "rewind_taken",
    "taken_between",
]


class TakenBatch(NamedTuple):
    """Changes of one lost laptop, in order and without a gap, that have no receipt yet."""

    device: Id
    incarnation: int
    first: int
    head_before: bytes
    changes: tuple[bytes, ...]

    @property
    def last(self) -> int:
        """The sequence of the last one."""
        return self.first + len(self.changes) - 1


def keep_taken(connection: sa.Connection, entries: Iterable[JournalChange]) -> int:
    """Keep the Changes of a journal; how many were not here yet. What is here already stays as it is, with its receipt.

    A journal may hold several incarnations of a laptop, since what waits is numbered anew in each: only the latest counts. Where
    another Change stands at a place (two disks with one identity), what came is numbered anew, behind.
    """
    by_device: dict[Id, dict[int, dict[int, JournalChange]]] = {}
    for each in entries:
        by_device.setdefault(each.device.hex(), {}).setdefault(each.incarnation, {})[each.sequence] = each
    new = 0
    for device, incarnations in by_device.items():
        incarnation = max(incarnations)
        ordered = [incarnations[incarnation][sequence] for sequence in sorted(incarnations[incarnation])]
        mine = (TAKEN_OVER.c.device == device) & (TAKEN_OVER.c.incarnation == incarnation)
        query = sa.select(TAKEN_OVER.c.sequence, TAKEN_OVER.c.data).where(mine)
        held: dict[int, bytes] = {row.sequence: row.data for row in connection.execute(query)}
        fresh = [each for each in ordered if each.sequence not in held]
        other = [each for each in ordered if held.get(each.sequence, each.data) != each.data]
        _insert(connection, fresh)
        if other:
            _insert(connection, _numbered_anew(other, _next_incarnation(connection, device, incarnation)))
        new += len(fresh) + len(other)
    return new


def _next_incarnation(connection: sa.Connection, device: Id, least: int) -> int:
    held = connection.execute(sa.select(sa.func.max(TAKEN_OVER.c.incarnation)).where(TAKEN_OVER.c.device == device)).scalar()
    return max(int(held or 0), least) + 1


def _numbered_anew(entries: Sequence[JournalChange], incarnation: int) -> list[JournalChange]:
    head, made = GENESIS, []
    for sequence, each in enumerate(entries, 1):
        data = change_bytes(msgspec.structs.replace(change_from_bytes(each.data), sequence=sequence))
        made.append(msgspec.structs.replace(each, incarnation=incarnation, sequence=sequence, head_before=head, data=data))
        head = chain_digest(head, data)
    return made


def _insert(connection: sa.Connection, entries: Sequence[JournalChange]) -> None:
    for each in entries:
        change = change_from_bytes(each.data)
        place = {"device": each.device.hex(), "incarnation": each.incarnation, "sequence": each.sequence}
        what = {"kind": change.kind, "record_id": change.record_id, "data": each.data, "head_before": each.head_before}
        connection.execute(sa.insert(TAKEN_OVER).values(**place, **what, bases=each.bases, at=each.at, **UNRECEIPTED))


def note_blob(connection: sa.Connection, blob: JournalBlob) -> bool:
    """Note a blob whose bytes are here now, to be sent; whether it was not known yet."""
    row = {"digest": blob.digest, "size": blob.size, "purpose": blob.purpose, "added_at": blob.added_at}
    return bool(connection.execute(sa.insert(BLOB).prefix_with("OR IGNORE").values(row)).rowcount)


_WAITING = TAKEN_OVER.c.verdict.is_(None)
_ORDER = (TAKEN_OVER.c.device, TAKEN_OVER.c.incarnation, TAKEN_OVER.c.sequence)
_FIRST_TAKEN = (
    "SELECT device, incarnation, sequence, head_before FROM taken_over WHERE verdict IS NULL ORDER BY device, incarnation, sequence LIMIT 1"
)


def anything_taken(connection: sa.Connection) -> bool:
    """Whether something of a lost laptop is without a receipt. Every round asks it."""
    return connection.exec_driver_sql(_FIRST_TAKEN).first() is not None


def next_taken(connection: sa.Connection, limit: int, limit_bytes: int) -> TakenBatch | None:
    """The next Changes to send of some lost laptop; None when all have receipts."""
    first = connection.exec_driver_sql(_FIRST_TAKEN).first()
    if first is None:
        return None
    mine = (TAKEN_OVER.c.device == first.device) & (TAKEN_OVER.c.incarnation == first.incarnation) & _WAITING
    changes: list[bytes] = []
    size = 0
    for row in connection.execute(sa.select(TAKEN_OVER.c.sequence, TAKEN_OVER.c.data).where(mine).order_by(_ORDER[2]).limit(limit)):
        if row.sequence != first.sequence + len(changes) or (changes and size + len(row.data) > limit_bytes):
            break
        changes.append(row.data)
        size += len(row.data)
    return TakenBatch(first.device, first.incarnation, first.sequence, first.head_before, tuple(changes))


def all_taken(connection: sa.Connection, limit: int, limit_bytes: int) -> Iterator[TakenBatch]:
    """All that waits, as the requests of a round would send it; nothing is changed."""
    batch: TakenBatch | None = None
    size = 0
    for row in connection.execute(sa.select(TAKEN_OVER).where(_WAITING).order_by(*_ORDER)).all():
        follows = batch is not None and (row.device, row.incarnation, row.sequence) == (batch.device, batch.incarnation, batch.last + 1)
        if batch is not None and follows and len(batch.changes) < limit and size + len(row.data) <= limit_bytes:
            batch, size = batch._replace(changes=(*batch.changes, row.data)), size + len(row.data)
            continue
        if batch is not None:
            yield batch
        batch, size = TakenBatch(row.device, row.incarnation, row.sequence, row.head_before, (row.data,)), len(row.data)
    if batch is not None:
        yield batch


def taken_between(connection: sa.Connection, device: Id, incarnation: int, first: int, last: int, head_after: bytes) -> TakenBatch | None:
    """The Changes of a request, where they are here as they were sent and one of them still waits; None otherwise."""
    here = (TAKEN_OVER.c.device == device) & (TAKEN_OVER.c.incarnation == incarnation) & TAKEN_OVER.c.sequence.between(first, last)
    rows = connection.execute(sa.select(TAKEN_OVER).where(here).order_by(TAKEN_OVER.c.sequence)).all()
    if last < first or [row.sequence for row in rows] != [*range(first, last + 1)] or all(row.verdict is not None for row in rows):
        return None
    head = functools.reduce(lambda before, row: chain_digest(before, row.data), rows, rows[0].head_before)
    return TakenBatch(device, incarnation, first, rows[0].head_before, tuple(row.data for row in rows)) if head == head_after else None


def receive_taken(connection: sa.Connection, batch: TakenBatch, received: int, verdicts: Iterable[Verdict], revision: int, at: str) -> int:
    """Write the receipts of a batch: applied up to `received`, but for the exceptions; how many Changes got one."""
    mine = (TAKEN_OVER.c.device == batch.device) & (TAKEN_OVER.c.incarnation == batch.incarnation)
    return write_receipts(connection, TAKEN_OVER, mine, batch.first, min(received, batch.last), verdicts, revision, at)


def renumber_taken(connection: sa.Connection, device: Id, incarnation: int, least: int) -> int:
    """Number what waits of an incarnation anew, because the centre cannot follow its chain; returns the new incarnation, which is
    `least` or later. The centre knows what it has by its contents.
    """
    mine = (TAKEN_OVER.c.device == device) & (TAKEN_OVER.c.incarnation == incarnation) & TAKEN_OVER.c.verdict.is_(None)
    rows = connection.execute(sa.select(TAKEN_OVER).where(mine).order_by(TAKEN_OVER.c.sequence)).all()
    entries = [
        JournalChange(bytes.fromhex(device), incarnation, row.sequence, row.head_before, row.data, row.bases, row.at) for row in rows
    ]
    fresh = max(least, _next_incarnation(connection, device, incarnation))
    connection.execute(sa.delete(TAKEN_OVER).where(mine))
    _insert(connection, _numbered_anew(entries, fresh))
    return fresh


def rewind_taken(connection: sa.Connection, device: Id, incarnation: int, received: int) -> bool:
    """Take back the receipts after `received`, which the centre lost; whether what comes next is still here."""
    mine = (TAKEN_OVER.c.device == device) & (TAKEN_OVER.c.incarnation == incarnation)
    connection.execute(sa.update(TAKEN_OVER).where(mine, TAKEN_OVER.c.sequence > received).values(UNRECEIPTED))
    following = sa.select(TAKEN_OVER.c.sequence).where(mine, TAKEN_OVER.c.sequence == received + 1)
    return connection.execute(following).first() is not None


def forget_receipts(connection: sa.Connection) -> None:
    """The centre went back to a backup: all that was taken over is offered again; what the centre has is recognised there."""
    connection.execute(sa.update(TAKEN_OVER).values(UNRECEIPTED))
