"""Each save leaves its Change here, in the same transaction; immutable from then on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.ids import Id
from fieldapp.replica.reader import sync_state
from fieldapp.replica.rows import dump
from fieldapp.replica.states import SyncState
from fieldapp.replica.tables import OUTBOX, PENDING, STATE, WAITING
from fieldapp.wire.changes import GENESIS, Change, FieldEdit, Plain, chain_digest, change_bytes, change_from_bytes, value_digest
from fieldapp.wire.protocol import Verdict

__all__ = [
    "SCHEMA",
    "UNRECEIPTED",
    "Batch",
    "Kept",
    "Outbox",
    "adopt_incarnation",
    "anything_waits",
    "batch_between",
    "bounds",
    "head_at",
    "kept_changes",
    "next_batch",
    "receive",
    "send_again",
    "unbroken",
    "write_receipts",
]

SCHEMA = 1
"""The version of the table of kinds that Changes of this program are written in."""

UNRECEIPTED: Mapping[str, Any] = {"verdict": None, "fields": "[]", "reason": "", "conflict_id": "", "received_at": None, "settled": None}
"""The columns of a Change without a receipt of its own."""

_NEVER_MET = 10 * 60 * 1000
_SET_BACK = 24 * 3600 * 1000
_DRIFT = 20_000  # a quartz of 50 ppm: one millisecond of doubt for each 20 seconds since the last contact


def bounds(now: datetime, state: SyncState) -> tuple[int, int]:
    """Between which moments (milliseconds since 1970, by the centre's clock) the device's `now` lies, as far as it can know.

    Without any contact the clock is believed within ten minutes; a clock that stands before the last contact was set back,
    and then only that contact bounds the time from below.
    """
    millis = int(now.timestamp() * 1000)
    if state.last_contact_at is None:
        return millis - _NEVER_MET, millis + _NEVER_MET
    contact = int(state.last_contact_at.timestamp() * 1000)
    if millis < contact:
        return contact + state.clock_low, contact + state.clock_high + _SET_BACK
    doubt = (millis - contact) // _DRIFT
    return millis + state.clock_low - doubt, millis + state.clock_high + doubt


class Outbox:
    """The end of the chain within one transaction: read once, extended by `append`, written back by `flush`."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        """Nothing is read before the first Change."""
        self._connection = connection
        self._clock = clock
        self._state: SyncState | None = None
        self._sequence = 0
        self._head = b""

    def append(
        self,
        kind: str,
        record_id: Id,
        edits: Sequence[tuple[str, Plain, Plain | None, bool]],
        *,
        author: Id,
        revision: int,
        deleted: bool = False,
    ) -> str:
        """Add a Change; `edits` are (field, new value, value seen, whether it was there). Returns the moment as written.

        `revision`: the centre's revision of the record that the editor saw (0: none). BadChange for a value that may not travel.
        """
        if self._state is None:
            self._state = sync_state(self._connection)
            self._sequence, self._head = self._state.sequence, self._state.head
        now = self._clock.now()
        earliest, latest = bounds(now, self._state)
        ordered = sorted(edits, key=lambda edit: edit[0])
        change = Change(
            sequence=self._sequence + 1,
            kind=kind,
            record=bytes.fromhex(record_id),
            edits=tuple(FieldEdit(name, value, value_digest(seen) if there else None) for name, value, seen, there in ordered),
            base_epoch=self._state.epoch if revision else 0,
            base_revision=revision,
            author=bytes.fromhex(author),
            earliest=earliest,
            latest=latest,
            schema=SCHEMA,
            deleted=deleted,
        )
        data = change_bytes(change)
        self._head = chain_digest(self._head, data)
        self._sequence += 1
        at = moment_text(now)
        bases: Mapping[str, Plain] = {name: seen for name, _, seen, there in ordered if there}
        self._connection.execute(
            sa.insert(OUTBOX).values(
                incarnation=self._state.incarnation,
                sequence=self._sequence,
                kind=kind,
                record_id=record_id,
                data=data,
                head=self._head,
                bases=dump(bases),
                at=at,
                **UNRECEIPTED,
            )
        )
        self._connection.exec_driver_sql(_SHOW, (kind, record_id, self._state.incarnation, self._sequence))
        return at

    def flush(self) -> None:
        """Write the chain's new end, before the commit."""
        if self._state is not None and self._sequence != self._state.sequence:
            self._connection.execute(sa.update(STATE).values(sequence=self._sequence, head=self._head))


class Batch(NamedTuple):
    """The next Changes to send: canonical bytes each, in order; `first` is the sequence of the first (or the next to come)."""

    incarnation: int
    first: int
    head_before: bytes
    changes: tuple[bytes, ...]
    more: bool

    @property
    def last(self) -> int:
        """The sequence of the last Change of the batch; `first` - 1 when there is none."""
        return self.first + len(self.changes) - 1


_SHOW = "INSERT INTO pending (kind, record_id, incarnation, sequence) VALUES (?, ?, ?, ?)"
_AT_ONCE = 500
"""Changes fetched from the database in one go: one by one costs more than reading them does."""

_HIDE = "DELETE FROM pending WHERE kind = ? AND record_id = ? AND incarnation = ? AND sequence = ?"
_NEXT = "SELECT sequence, data FROM waiting WHERE sequence > ? ORDER BY sequence LIMIT ?"
_HEAD = "SELECT head FROM outbox WHERE incarnation = ? AND sequence = ?"


def next_batch(connection: sa.Connection, limit: int, limit_bytes: int, after: int = 0, state: SyncState | None = None) -> Batch:
    """The oldest Changes without a receipt beyond the sequence `after`, at most `limit` of them and about `limit_bytes`.

    A limit of 0 gives an empty batch that stands where the next one will begin. `state`: as it stands in this transaction, where
    the caller has read it.
    """
    state = state or sync_state(connection)
    changes: list[bytes] = []
    size, first, more = 0, state.sequence + 1, False
    found = connection.exec_driver_sql(_NEXT, (after, limit + 1))
    for sequence, data in itertools.chain.from_iterable(found.partitions(_AT_ONCE)):
        first = first if changes else sequence
        if len(changes) == limit or (changes and size + len(data) > limit_bytes):
            more = True
            break
        changes.append(data)
        size += len(data)
    found.close()
    before = state.head if first > state.sequence else head_at(connection, state.incarnation, first - 1)
    return Batch(state.incarnation, first, before if before is not None else GENESIS, tuple(changes), more)


def batch_between(connection: sa.Connection, incarnation: int, first: int, last: int) -> Batch:
    """What has no receipt yet of the Changes `first` to `last` of an incarnation, from the first such one to `last`, as they were
    sent; an empty batch at `last` + 1 when all have theirs, or are not here.
    """
    here = (OUTBOX.c.incarnation == incarnation) & OUTBOX.c.sequence.between(first, last)
    waits = (WAITING.c.incarnation == incarnation) & WAITING.c.sequence.between(first, last)
    oldest = connection.execute(sa.select(sa.func.min(WAITING.c.sequence)).where(waits)).scalar()
    begins = last + 1 if oldest is None else int(oldest)
    rows = connection.execute(sa.select(OUTBOX.c.data).where(here, OUTBOX.c.sequence >= begins).order_by(OUTBOX.c.sequence))
    before = head_at(connection, incarnation, begins - 1)
    return Batch(incarnation, begins, before if before is not None else GENESIS, tuple(row.data for row in rows), False)


def anything_waits(connection: sa.Connection) -> bool:
    """Whether a Change of this laptop is without a receipt."""
    return connection.exec_driver_sql("SELECT 1 FROM waiting LIMIT 1").first() is not None


def head_at(connection: sa.Connection, incarnation: int, sequence: int) -> bytes | None:
    """The chain's head after a Change of this laptop; None when it is not (or no longer) here."""
    return connection.exec_driver_sql(_HEAD, (incarnation, sequence)).scalar()


class Kept(NamedTuple):
    """A Change of this laptop as it is kept; `at` by the device's clock (`moment_text`)."""

    incarnation: int
    sequence: int
    kind: str
    record_id: Id
    data: bytes
    at: str


def kept_changes(connection: sa.Connection) -> list[Kept]:
    """All Changes of this laptop that are still here, in order."""
    columns = (OUTBOX.c.incarnation, OUTBOX.c.sequence, OUTBOX.c.kind, OUTBOX.c.record_id, OUTBOX.c.data, OUTBOX.c.at)
    rows = connection.execute(sa.select(*columns).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence))
    return [Kept(*row) for row in rows]


def unbroken(kept: Sequence[Kept], state: SyncState) -> list[Kept]:
    """Those of the kept Changes that stand in one piece up to the chain's end: before them some were thrown away, or none were made."""
    begins = len(kept)
    sequence = state.sequence
    while begins and (kept[begins - 1].incarnation, kept[begins - 1].sequence) == (state.incarnation, sequence):
        begins, sequence = begins - 1, sequence - 1
    return list(kept[begins:])


def receive(connection: sa.Connection, batch: Batch, received: int, verdicts: Iterable[Verdict], revision: int, at: str) -> int:
    """Write the receipts of a batch: applied up to `received`, but for the exceptions; how many Changes got one.

    A centre that holds more than the batch says nothing about the rest yet: its exceptions travel with their own batch. What was
    applied is one run of receipts, but where a courier brings an answer before the one before it: there each Change gets its own.
    """
    state, last = sync_state(connection), min(received, batch.last)
    mine = (OUTBOX.c.incarnation == batch.incarnation) & (OUTBOX.c.incarnation == state.incarnation) & (OUTBOX.c.sequence > state.received)
    oldest = connection.exec_driver_sql("SELECT min(sequence) FROM waiting").scalar()
    if batch.incarnation != state.incarnation or oldest is None or oldest < batch.first or oldest > last:
        return write_receipts(connection, OUTBOX, mine, batch.first, last, verdicts, revision, at)
    _write_exceptions(connection, OUTBOX, mine & OUTBOX.c.sequence.between(batch.first, last), verdicts, revision, at)
    connection.exec_driver_sql("INSERT INTO receipt (last, settled, received_at) VALUES (?, ?, ?)", (last, revision, at))
    connection.exec_driver_sql("UPDATE state SET received = ?", (last,))
    return max(0, last - batch.first + 1)


def write_receipts(
    connection: sa.Connection,
    table: sa.Table,
    mine: sa.ColumnElement[bool],
    first: int,
    last: int,
    verdicts: Iterable[Verdict],
    revision: int,
    at: str,
) -> int:
    """Write a receipt of its own for each Change, into a table with the outbox's columns: `first` to `last` of `mine` are applied, but
    for the exceptions; how many Changes that are.
    """
    here = mine & table.c.sequence.between(first, last)
    _write_exceptions(connection, table, here, verdicts, revision, at)
    fresh = sa.update(table).where(here, table.c.verdict.is_(None))
    connection.execute(fresh.values(verdict="applied", received_at=at, settled=revision))
    return max(0, last - first + 1)


def _write_exceptions(
    connection: sa.Connection, table: sa.Table, here: sa.ColumnElement[bool], verdicts: Iterable[Verdict], revision: int, at: str
) -> None:
    fresh = sa.update(table).where(here, table.c.verdict.is_(None))
    for each in verdicts:
        if each.code != "applied":
            exception = {"verdict": each.code, "fields": dump(list(each.fields)), "reason": each.reason, "conflict_id": each.conflict}
            connection.execute(fresh.where(table.c.sequence == each.sequence).values(received_at=at, settled=revision, **exception))


_SPELL_OUT = (
    (
        "UPDATE outbox SET verdict = 'applied', (settled, received_at) = "
        "(SELECT r.settled, r.received_at FROM receipt r WHERE r.last >= outbox.sequence ORDER BY r.last LIMIT 1) "
        "WHERE verdict IS NULL AND incarnation = (SELECT incarnation FROM state) AND sequence <= (SELECT received FROM state)"
    ),
    "DELETE FROM receipt",
    "UPDATE state SET received = 0",
)


def _spell_out(connection: sa.Connection) -> None:
    """Give each Change that has a receipt one of its own, in the place of runs: before some are taken back, or numbered anew."""
    for statement in _SPELL_OUT:
        connection.exec_driver_sql(statement)


def send_again(connection: sa.Connection, received: int) -> int:
    """Take back the receipts of a centre that went back to a backup; how many Changes wait again.

    Also of Changes that it has (up to `received`): where two laptops are copies of one, the other may have sent them to the new
    history first, and its verdict there is what counts. What they changed stays shown. If the centre lost this incarnation from its
    first Change on, it may have lost earlier ones too; then all that is kept goes into this incarnation, from 1 on, in the old
    order. If it went back further than the backups it had told of, what follows there is not kept here any more: all that is kept
    goes into the next incarnation.
    """
    _spell_out(connection)
    state = sync_state(connection)
    mine = OUTBOX.c.incarnation == state.incarnation
    earlier = sa.select(sa.func.count()).where(OUTBOX.c.incarnation < state.incarnation)
    if received == 0 and connection.execute(earlier).scalar_one():
        return _renumber(connection, state.incarnation, sa.true())
    following = sa.select(OUTBOX.c.sequence).where(mine, OUTBOX.c.sequence == received + 1)
    if received < state.sequence and connection.execute(following).first() is None:
        return _renumber(connection, state.incarnation + 1, sa.true())
    first = min(received + 1, _chained_from(connection, state))
    again = sa.update(OUTBOX).where(mine, OUTBOX.c.sequence >= first, OUTBOX.c.verdict.is_not(None))
    return int(connection.execute(again.values(UNRECEIPTED)).rowcount)


def _chained_from(connection: sa.Connection, state: SyncState) -> int:
    """From which sequence on Changes can be sent as a chain: what follows the last gap, and there all but the first, whose head
    is what the chain goes on from. What lies before is in every backup of the centre, with its verdict.
    """
    here = sa.select(OUTBOX.c.sequence).where(OUTBOX.c.incarnation == state.incarnation).order_by(OUTBOX.c.sequence.desc())
    begins = state.sequence + 1
    for sequence in connection.execute(here).scalars():
        if sequence != begins - 1:
            break
        begins = sequence
    return begins if begins == 1 else begins + 1


def adopt_incarnation(connection: sa.Connection, incarnation: int) -> int:
    """Begin a new incarnation: what has no receipt is numbered anew in it, in order; how many Changes that are.

    The device had been restored or copied, so its old numbers are in use for something else. ValueError for an old incarnation.
    """
    if incarnation <= sync_state(connection).incarnation:
        raise ValueError("an incarnation is only left for a later one")
    _spell_out(connection)
    return _renumber(connection, incarnation, OUTBOX.c.verdict.is_(None))


def _renumber(connection: sa.Connection, incarnation: int, which: sa.ColumnElement[bool]) -> int:
    query = sa.select(OUTBOX).where(which).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)
    rows = [dict(row._mapping) for row in connection.execute(query)]
    shown = {(row[0], row[1]) for row in connection.execute(sa.select(PENDING.c.incarnation, PENDING.c.sequence))}
    moved: list[tuple[str, Id, int, int]] = []
    connection.execute(sa.delete(OUTBOX).where(which))
    head = GENESIS
    for sequence, row in enumerate(rows, 1):
        place = (row["incarnation"], row["sequence"])
        if place in shown:
            connection.exec_driver_sql(_HIDE, (row["kind"], row["record_id"], *place))
            moved.append((row["kind"], row["record_id"], incarnation, sequence))
        row["data"] = change_bytes(msgspec.structs.replace(change_from_bytes(row["data"]), sequence=sequence))
        head = chain_digest(head, row["data"])
        row.update(UNRECEIPTED, incarnation=incarnation, sequence=sequence, head=head)
    if rows:
        connection.execute(sa.insert(OUTBOX), rows)
    if moved:
        connection.exec_driver_sql(_SHOW, moved)
    connection.execute(sa.update(STATE).values(incarnation=incarnation, sequence=len(rows), head=head))
    return len(rows)
