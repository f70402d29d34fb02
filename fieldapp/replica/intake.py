"""Take in what comes from the centre: receipts, news, removals, each reply in one transaction with its cursor.

The centre's version of each record is written first (into the row, or into the shadow while Changes are pending), then what
is shown is made again. The digest of all of the centre's versions on this laptop is kept up to date in the same transaction.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS, Plain
from fieldapp.replica import search
from fieldapp.replica.outbox import Batch, receive
from fieldapp.replica.reader import sync_state
from fieldapp.replica.rebase import SHOW_CENTRES, answers_of_centre, item_of, shadow_of, show
from fieldapp.replica.rows import KindRows, dump, load, rows_of
from fieldapp.replica.tables import ANSWER, BLOB, OTHER, RECORDS, SHADOW, STATE
from fieldapp.wire.changes import Change, kept_change, row_digest, scope_sum
from fieldapp.wire.protocol import ExchangeReply, RemovedRow, Row

__all__ = [
    "CentreSide",
    "Taken",
    "blob_received",
    "contact_values",
    "digest_bytes",
    "new_epoch",
    "recomputed_digest",
    "remember_round",
    "take_reply",
    "want_whole",
]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one reply brought: receipts, how many of them conflicts and rejections, rows and removals."""

    receipts: int
    conflicts: int
    rejected: int
    rows: int


def digest_bytes(number: int) -> bytes:
    """A digest of rows as it is stored and sent: 32 bytes, big endian, modulo 2**256."""
    return (number % 2**256).to_bytes(32, "big")


_FRESH = "INSERT INTO answer (instance_id, key, item, value, at, author, shadowed) VALUES (?, ?, ?, ?, '', '', 0)"
_UNDER = "UPDATE answer SET centre_value = ? WHERE instance_id = ? AND key = ?"
_GONE = "DELETE FROM answer WHERE instance_id = ? AND key = ?"
_CHANGED = "UPDATE answer SET value = ?, at = '', author = '' WHERE instance_id = ? AND key = ?"
_NO_SHADOW = "DELETE FROM shadow WHERE kind = ? AND id = ?"
_STANDING = (
    "DELETE FROM answer WHERE instance_id = ? AND shadowed = 1 AND value IS NULL",
    "UPDATE answer SET shadowed = 0, centre_value = NULL WHERE instance_id = ? AND shadowed = 1",
)
"""As SHOW_CENTRES, where the centre's answers are known to be those that are shown."""

_IN_ORDER = (_FRESH, _UNDER, _GONE, _CHANGED, *SHOW_CENTRES, *_STANDING, _NO_SHADOW)
"""What a flush runs, each for all records at once."""

_RECEIVED = (
    "SELECT p.kind, p.record_id, r.data, r.verdict, r.settled FROM pending p "
    "CROSS JOIN receipted r ON r.incarnation = p.incarnation AND r.sequence = p.sequence "
    "ORDER BY p.kind, p.record_id, p.incarnation, p.sequence"
)
_WAITING = "SELECT DISTINCT w.kind, w.record_id FROM waiting w CROSS JOIN pending p USING (kind, record_id, incarnation, sequence)"
_SETTLED = (
    "DELETE FROM pending WHERE kind = ? AND record_id = ? AND NOT EXISTS (SELECT 1 FROM waiting w "
    "WHERE w.incarnation = pending.incarnation AND w.sequence = pending.sequence)"
)
_ROUND = "INSERT INTO history (started_at, ended_at, outcome, result) VALUES (?, ?, ?, ?)"
_CHUNK = 400
"""Identities in one list of a statement."""


class CentreSide:
    """The centre's version of the records within one transaction; nothing of it is complete before `finish`."""

    def __init__(self, connection: sa.Connection) -> None:
        """Reads which records have Changes that the centre's version does not hold yet, and which of these have no receipt."""
        self._connection = connection
        self._delta = 0
        self._touched: dict[tuple[str, Id], None] = {}
        self._settled: dict[tuple[str, Id], None] = {}
        self._rows: dict[str, dict[Id, dict[str, Any]]] = {}
        self._known: dict[tuple[str, Id], Sequence[Any] | None] = {}
        self._answers: dict[Id, dict[str, tuple[Plain, int, Plain]]] = {}
        self._statements: dict[str, list[tuple[Any, ...]]] = {each: [] for each in _IN_ORDER}
        self._shadowed = {
            (row.kind, row.id): row.digest for row in connection.execute(sa.select(SHADOW.c.kind, SHADOW.c.id, SHADOW.c.digest))
        }
        self._waiting = {(row[0], row[1]) for row in connection.exec_driver_sql(_WAITING)} if self._shadowed else set()

    def expect(self, coming: Iterable[Row]) -> None:
        """Read what stands now of the records that are to be put, in few statements."""
        by_kind: dict[str, dict[Id, None]] = {}
        for row in coming:
            if row.kind in KINDS:
                by_kind.setdefault(row.kind, {})[row.record.hex()] = None
        for kind, ids in by_kind.items():
            held = list(ids)
            for start in range(0, len(held), _CHUNK):
                self._look(kind, held[start : start + _CHUNK])

    def _look(self, kind: str, ids: Sequence[Id]) -> None:
        rows, marks = rows_of(kind), ", ".join("?" * len(ids))
        self._known.update(dict.fromkeys((kind, each) for each in ids))
        query = f'SELECT {rows.spelled} FROM "{kind}" WHERE id IN ({marks})'  # noqa: S608 - our own names
        for row in self._connection.exec_driver_sql(query, tuple(ids)).all():
            self._known[kind, row[0]] = row
        if rows.kind.open_policy is not None:
            self._answers.update((each, {}) for each in ids)
            query = f"SELECT instance_id, key, value, shadowed, centre_value FROM answer WHERE instance_id IN ({marks})"  # noqa: S608
            for instance, key, value, shadowed, of_centre in self._connection.exec_driver_sql(query, tuple(ids)).all():
                self._answers[instance][key] = value, shadowed, of_centre

    def put(self, row: Row) -> None:
        """The centre's present version of a record: all closed fields, some or all open ones (null: taken back)."""
        record_id = row.record.hex()
        key = (row.kind, record_id)
        if row.kind not in KINDS:
            self._put_unknown(row, record_id)
            return
        if record_id in self._rows.get(row.kind, ()):
            self._flush()
        if key not in self._known:
            self._look(row.kind, [record_id])
        closed: Mapping[str, Plain] = row.values
        answers: Mapping[str, Plain] = {}
        if rows_of(row.kind).kind.open_policy is not None:
            closed = {name: value for name, value in row.values.items() if not name.startswith("/")}
            answers = {name: value for name, value in row.values.items() if name.startswith("/")}
        self._put(key, row.revision, closed, answers)

    def _put(
        self, key: tuple[str, Id], revision: int, closed: Mapping[str, Plain], answers: Mapping[str, Plain], *, own: bool = False
    ) -> None:
        """Note the centre's version of a record that was looked at. `own`: it is what is shown, in closed fields and answers."""
        kind, record_id = key
        rows = rows_of(kind)
        self._settle(kind, record_id)
        whole = closed
        if rows.kind.open_policy is not None:
            self._put_answers(record_id, answers, own=own)
            known = self._answers[record_id].items()
            whole = {**closed, **{name: of_centre if shadowed else value for name, (value, shadowed, of_centre) in known}}
        digest = row_digest(kind, record_id, whole)
        if key in self._waiting:
            self._replace_shadow(rows, record_id, "present", revision, digest, closed)
            return
        before = self._known[key]
        old = before[2] if before is not None else None
        if key in self._shadowed:  # all its Changes have receipts, so they are in this version: nothing is left to lay on top
            old = self._shadowed.pop(key)
            self._statements[_NO_SHADOW].append(key)
            self._touched.pop(key, None)
            if rows.kind.open_policy is not None:
                for statement in _STANDING if own else SHOW_CENTRES:
                    self._statements[statement].append((record_id,))
        self._count(old, digest)
        self._rows.setdefault(kind, {})[record_id] = rows.columns(record_id, closed, revision, digest_bytes(digest))

    def _flush(self) -> None:
        """Write what was put, many at a time; what was read before is forgotten."""
        for statement, many in self._statements.items():
            if many:
                self._connection.exec_driver_sql(statement, many)
                self._statements[statement] = []
        for kind, made in self._rows.items():
            self._write_rows(rows_of(kind), made)
        self._rows.clear()
        self._known.clear()
        self._answers.clear()
        if self._settled:
            self._connection.exec_driver_sql(_SETTLED, list(self._settled))
            self._settled.clear()

    def _write_rows(self, rows: KindRows, made: Mapping[Id, Mapping[str, Any]]) -> None:
        """Write the rows of one kind. What is shown already, as after a push of one's own, gets its new revision and digest only: a
        row that is written anew is written into each index of its table as well.
        """
        order = operator.itemgetter("id", "row_revision", "row_digest", "row_extra", *rows.names)
        anew: list[tuple[Any, ...]] = []
        standing: list[tuple[int, bytes, Id]] = []
        for record_id, new in made.items():
            before, values = self._known[rows.kind.name, record_id], order(new)
            if before is not None and before[3:] == values[3:]:
                standing.append((values[1], values[2], record_id))
                continue
            anew.append(values)
            if before is None or not search.same(rows.kind.name, rows.plain(before), new):
                search.index_record(self._connection, rows.kind.name, record_id, new)
        if anew:
            marks = ", ".join("?" * (4 + len(rows.names)))
            self._connection.exec_driver_sql(
                f'INSERT OR REPLACE INTO "{rows.kind.name}" ({rows.spelled}) VALUES ({marks})',  # noqa: S608 - our own names
                anew,
            )
        if standing:
            self._connection.exec_driver_sql(
                f'UPDATE "{rows.kind.name}" SET row_revision = ?, row_digest = ? WHERE id = ?',  # noqa: S608 - our own names
                standing,
            )

    def _put_unknown(self, row: Row, record_id: Id) -> None:
        here = (OTHER.c.kind == row.kind) & (OTHER.c.id == record_id)
        old = self._connection.execute(sa.select(OTHER.c.row_digest, OTHER.c.row_extra).where(here)).first()
        opened = {name: value for name, value in load(old[1]).items() if name.startswith("/")} if old is not None else {}
        values = {name: value for name, value in (opened | row.values).items() if value is not None}
        digest = row_digest(row.kind, record_id, values)
        self._count(old[0] if old is not None else None, digest)
        new = {"kind": row.kind, "id": record_id, "row_revision": row.revision, "row_digest": digest_bytes(digest)}
        self._connection.execute(sa.insert(OTHER).prefix_with("OR REPLACE").values(row_extra=dump(values), **new))

    def _put_answers(self, instance_id: Id, news: Mapping[str, Plain], *, own: bool) -> None:
        """Note what is new among the answers of an instance, as it stands afterwards and as it is written."""
        known = self._answers[instance_id]
        for key, value in news.items():
            shown, shadowed, _ = known.get(key, (None, 0, None))
            if shadowed:
                if not own:
                    self._statements[_UNDER].append((value, instance_id, key))
            elif key not in known:
                if value is None:
                    continue
                self._statements[_FRESH].append((instance_id, key, item_of(key), value))
            elif value is None:
                self._statements[_GONE].append((instance_id, key))
            elif value != shown:
                self._statements[_CHANGED].append((value, instance_id, key))
            known[key] = (shown, shadowed, value) if shadowed else (value, 0, None)

    def remove(self, removed: RemovedRow) -> None:
        """A record that was deleted at the centre or left the scope; pending Changes of it stay until they have a receipt."""
        record_id = removed.record.hex()
        if removed.kind not in KINDS:
            here = (OTHER.c.kind == removed.kind) & (OTHER.c.id == record_id)
            self._count(self._connection.execute(sa.select(OTHER.c.row_digest).where(here)).scalar(), None)
            self._connection.execute(sa.delete(OTHER).where(here))
            return
        rows = rows_of(removed.kind)
        self._settle(removed.kind, record_id)
        self._flush()
        if (removed.kind, record_id) in self._shadowed:
            shadow = shadow_of(self._connection, rows, record_id)
            kept = load(shadow.fields) if shadow is not None else {}
            self._replace_shadow(rows, record_id, "gone", removed.revision, None, kept)
            return
        table = rows.table
        self._count(self._connection.execute(sa.select(table.c.row_digest).where(table.c.id == record_id)).scalar(), None)
        self._connection.execute(sa.delete(table).where(table.c.id == record_id))
        if rows.kind.open_policy is not None:
            self._connection.execute(sa.delete(ANSWER).where(ANSWER.c.instance_id == record_id))
        search.index_record(self._connection, removed.kind, record_id, None)

    def _settle(self, kind: str, record_id: Id) -> None:
        """What has a receipt is part of any version that the centre sends afterwards."""
        if (kind, record_id) in self._shadowed:
            self._settled[kind, record_id] = None
            self._touched[kind, record_id] = None

    def _replace_shadow(
        self, rows: KindRows, record_id: Id, state: str, revision: int, digest: int | None, values: Mapping[str, Plain]
    ) -> None:
        here = (SHADOW.c.kind == rows.kind.name) & (SHADOW.c.id == record_id)
        self._count(self._connection.execute(sa.select(SHADOW.c.digest).where(here)).scalar(), digest)
        spelled = None if digest is None else digest_bytes(digest)
        new = {"state": state, "revision": revision, "digest": spelled, "fields": dump(values)}
        self._connection.execute(sa.update(SHADOW).where(here).values(new))
        self._touched[rows.kind.name, record_id] = None

    def _count(self, old: bytes | None, new: int | None) -> None:
        self._delta += (new or 0) - (int.from_bytes(old, "big") if old else 0)

    def fold(self, cursor: int) -> None:
        """Changes with a receipt that the centre does not send back, because nobody else touched the record: the cursor has
        passed them, so the centre's version holds what was applied.
        """
        self._flush()
        by_record: dict[tuple[str, Id], list[tuple[bytes, str, int]]] = {}
        for kind, record_id, *change in self._connection.exec_driver_sql(_RECEIVED).all():
            by_record.setdefault((kind, record_id), []).append(tuple(change))
        if not by_record:
            return
        shadows = {
            (row[0], row[1]): (row[2], row[3]) for row in self._connection.exec_driver_sql("SELECT kind, id, state, fields FROM shadow")
        }
        simple: dict[str, dict[Id, list[Change]]] = {}
        for (kind, record_id), changes in by_record.items():
            applied = [(kept_change(data), settled) for data, verdict, settled in changes if verdict == "applied" and settled <= cursor]
            state = shadows.get((kind, record_id), ("gone",))[0]
            whole = len(applied) == len(changes) and state != "gone" and not any(change.deleted for change, _ in applied)
            if whole and (kind, record_id) not in self._waiting:
                simple.setdefault(kind, {})[record_id] = [change for change, _ in applied]
            elif any(settled <= cursor for _, _, settled in changes):
                self._fold_record(rows_of(kind), record_id, applied)
                self._settle(kind, record_id)
        for kind, records in simple.items():
            held = list(records)
            for start in range(0, len(held), _CHUNK):
                self._look(kind, held[start : start + _CHUNK])
            for record_id, done in records.items():
                settled = max(each[2] for each in by_record[kind, record_id])
                self._fold_whole((kind, record_id), load(shadows[kind, record_id][1]), done, settled)

    def _fold_whole(self, key: tuple[str, Id], values: dict[str, Plain], changes: Iterable[Change], revision: int) -> None:
        """All Changes of a record were applied, and none is left to lay on top: what they make of the centre's version is the new one."""
        answers: dict[str, Plain] = {}
        opened = rows_of(key[0]).kind.open_policy is not None
        for change in changes:
            for edit in change.edits:
                (answers if opened and edit.name[:1] == "/" else values)[edit.name] = edit.value
        own = opened and all(
            shown == answers.get(name, of_centre) for name, (shown, shadowed, of_centre) in self._answers[key[1]].items() if shadowed
        )
        self._put(key, revision, values, answers, own=own)

    def _fold_record(self, rows: KindRows, record_id: Id, applied: list[tuple[Change, int]]) -> None:
        shadow = shadow_of(self._connection, rows, record_id)
        if shadow is None or shadow.state == "gone" or not applied:
            return
        values: dict[str, Plain] = load(shadow.fields)
        state, revision = shadow.state, shadow.revision
        mine = ANSWER.c.instance_id == record_id
        for change, settled in applied:
            revision = settled
            if change.deleted:
                state, values = "gone", {}
                continue
            state = "present"
            for name, value in change.values().items():
                if rows.kind.open_policy is not None and name.startswith("/"):
                    here = sa.update(ANSWER).where(mine, ANSWER.c.key == name)
                    self._connection.execute(here.values(shadowed=1, centre_value=value))
                else:
                    values[name] = value
        whole = values
        if rows.kind.open_policy is not None:
            whole = values | answers_of_centre(self._connection, record_id)
        digest = row_digest(rows.kind.name, record_id, whole) if state == "present" else None
        self._replace_shadow(rows, record_id, state, revision, digest, values)

    def finish(self) -> int:
        """Make all that was touched show; how much the digest of the centre's versions changed (to be added to it)."""
        self._flush()
        for kind, record_id in self._touched:
            show(self._connection, rows_of(kind), record_id)
        return self._delta


def take_reply(
    connection: sa.Connection, batch: Batch, asked_from: int, reply: ExchangeReply, *, sent: datetime | None, got: datetime
) -> Taken:
    """Take in a reply whose state is ok, or snapshot (then the whole is to be taken next): receipts, news, cursor, clock, all
    in the transaction of the connection.

    `asked_from`: the cursor of the request; news that were asked from elsewhere than where the replica stands are left alone
    (a reply that comes late is harmless). `sent`, `got`: when the request left and the reply came, by the device's clock;
    `sent` is None for a reply that was carried, which says nothing of the clocks.
    """
    state = sync_state(connection)
    received = 0
    if batch.changes:
        received = receive(connection, batch, reply.received, reply.verdicts, reply.revision, moment_text(got))
    conflicts = sum(each.code == "conflict" for each in reply.verdicts)
    rejected = sum(each.code == "rejected" for each in reply.verdicts)
    fits = asked_from == state.cursor
    cursor = max(state.cursor, reply.cursor) if fits else state.cursor
    number = len(reply.rows) + len(reply.removed) if fits else 0
    total = int.from_bytes(state.scope_digest, "big")
    if number or connection.exec_driver_sql("SELECT 1 FROM pending LIMIT 1").first() is not None:
        side = CentreSide(connection)
        if fits:
            side.expect(reply.rows)
            for row in reply.rows:
                side.put(row)
            for removed in reply.removed:
                side.remove(removed)
        side.fold(cursor)
        total += side.finish()
    values = {
        "cursor": cursor,
        "complete": int(state.complete and reply.state != "snapshot"),
        "epoch": reply.epoch,
        "centre_revision": max(reply.revision, state.centre_revision),
        "scope_digest": digest_bytes(total),
    }
    contact = contact_values(reply.now, sent=sent, got=got) if sent is not None else {}
    _write_state(connection, {**values, **contact})
    return Taken(received, conflicts, rejected, number)


def _write_state(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """Set columns of the one row, in the database's own words (every round does it)."""
    connection.exec_driver_sql(f"UPDATE state SET {', '.join(f'{name} = ?' for name in values)}", tuple(values.values()))  # noqa: S608


def contact_values(now: int, *, sent: datetime, got: datetime) -> dict[str, Any]:
    """The state's columns of when the centre was met and how its clock stands to the device's; `now` in its milliseconds, 0: it
    did not say.
    """
    values: dict[str, Any] = {"last_contact_at": moment_text(got)}
    if now:
        low, high = sorted((now - int(got.timestamp() * 1000), now - int(sent.timestamp() * 1000)))
        values |= {"clock_low": low, "clock_high": high}
    return values


def new_epoch(connection: sa.Connection, epoch: int) -> None:
    """The centre went back to a backup. The cursor says nothing about its revisions, so the whole is to be taken again; its
    blobs may be gone as well, and asking costs one small request each.
    """
    connection.execute(sa.update(STATE).values(epoch=epoch, cursor=0, complete=0))
    connection.execute(sa.update(BLOB).values(received_at=None))


def want_whole(connection: sa.Connection) -> None:
    """The digests of both ends differ: the whole is to be taken again when it can be had."""
    connection.execute(sa.update(STATE).values(complete=0))


def blob_received(connection: sa.Connection, digest: str, at: datetime) -> None:
    """The centre has the whole of a blob: its receipt."""
    connection.execute(sa.update(BLOB).where(BLOB.c.digest == digest).values(received_at=moment_text(at)))


def remember_round(
    connection: sa.Connection,
    started: datetime,
    ended: datetime,
    outcome: str,
    counts: Mapping[str, int],
    *,
    complete: bool,
    agreed: bool = False,
) -> None:
    """Leave a round in the history. `agreed`: both ends agree on all records, and no Change waits; that is what "last sync" means from
    now on. `complete`: no file waits either.
    """
    connection.exec_driver_sql(_ROUND, (moment_text(started), moment_text(ended), outcome, dump(dict(counts))))
    stands = {"last_finished_at": complete, "agreed_at": agreed}
    if any(stands.values()):
        _write_state(connection, {name: moment_text(ended) for name, holds in stands.items() if holds})


def recomputed_digest(connection: sa.Connection) -> bytes:
    """The digest of the centre's versions taken anew from every row, for `doctor` and tests: equals the one that is kept."""

    def total() -> Iterable[int]:
        shadows = {(row.kind, row.id): row for row in connection.execute(sa.select(SHADOW))}
        for kind in RECORDS:
            rows = rows_of(kind)
            query = f'SELECT {rows.spelled} FROM "{kind}" WHERE row_digest IS NOT NULL'  # noqa: S608 - our own names
            for row in connection.exec_driver_sql(query):
                if (kind, row[0]) not in shadows:
                    yield _digest_of(connection, rows, row[0], rows.exact(row))
        for (kind, record_id), shadow in shadows.items():
            if shadow.state == "present":
                yield _digest_of(connection, rows_of(kind), record_id, load(shadow.fields))
        for row in connection.execute(sa.select(OTHER)):
            yield row_digest(row.kind, row.id, load(row.row_extra))

    return digest_bytes(scope_sum(total()))


def _digest_of(connection: sa.Connection, rows: KindRows, record_id: Id, values: Mapping[str, Plain]) -> int:
    whole = values
    if rows.kind.open_policy is not None:
        whole = {**values, **answers_of_centre(connection, record_id)}
    return row_digest(rows.kind.name, record_id, whole)
