"""Take in what comes from the centre: receipts, news, removals, each reply in one transaction with its cursor.

The centre's version of each record is written first (into the row, or into the shadow while Changes are pending), then what
is shown is made again. The digest of all of the centre's versions on this laptop is kept up to date in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from fieldapp.replica.rebase import answers_of_centre, item_of, shadow_of, show, show_centre_answers
from fieldapp.replica.rows import KindRows, dump, load, rows_of
from fieldapp.replica.tables import ANSWER, BLOB, HISTORY, OTHER, OUTBOX, RECORDS, SHADOW, STATE
from fieldapp.wire.changes import Change, change_from_bytes, row_digest, scope_sum
from fieldapp.wire.protocol import ExchangeReply, RemovedRow, Row

__all__ = [
    "CentreSide",
    "Taken",
    "blob_received",
    "digest_bytes",
    "new_epoch",
    "note_contact",
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


class CentreSide:
    """The centre's version of the records within one transaction; nothing of it is complete before `finish`."""

    def __init__(self, connection: sa.Connection) -> None:
        """Reads which records have Changes that the centre's version does not hold yet, and which of these have no receipt."""
        self._connection = connection
        self._delta = 0
        self._touched: dict[tuple[str, Id], None] = {}
        self._settled: dict[tuple[str, Id], None] = {}
        self._rows: dict[str, dict[Id, dict[str, Any]]] = {}
        self._shadowed = {(row.kind, row.id) for row in connection.execute(sa.select(SHADOW.c.kind, SHADOW.c.id))}
        waiting = sa.select(OUTBOX.c.kind, OUTBOX.c.record_id).where(OUTBOX.c.shown == 1, OUTBOX.c.verdict.is_(None))
        self._waiting = {(row.kind, row.record_id) for row in connection.execute(waiting.distinct())} if self._shadowed else set()

    def put(self, row: Row) -> None:
        """The centre's present version of a record: all closed fields, some or all open ones (null: taken back)."""
        record_id = row.record.hex()
        key = (row.kind, record_id)
        if row.kind not in KINDS:
            self._put_unknown(row, record_id)
            return
        rows = rows_of(row.kind)
        self._settle(row.kind, record_id)
        open_fields = rows.kind.open_policy is not None
        closed = {name: value for name, value in row.values.items() if not (open_fields and name.startswith("/"))}
        whole: Mapping[str, Plain] = closed
        if open_fields:
            self._put_answers(record_id, {name: value for name, value in row.values.items() if name not in closed})
            whole = closed | answers_of_centre(self._connection, record_id)
        digest = row_digest(row.kind, record_id, whole)
        if key in self._waiting:
            self._replace_shadow(rows, record_id, "present", row.revision, digest, closed)
            return
        old = self._old_digest(rows, record_id)
        if key in self._shadowed:  # all its Changes have receipts, so they are in this version: nothing is left to lay on top
            self._connection.exec_driver_sql("DELETE FROM shadow WHERE kind = ? AND id = ?", key)
            self._shadowed.discard(key)
            self._touched.pop(key, None)
            if open_fields:
                show_centre_answers(self._connection, record_id)
        self._count(old, digest)
        self._rows.setdefault(row.kind, {})[record_id] = rows.columns(record_id, closed, row.revision, digest_bytes(digest))

    def _old_digest(self, rows: KindRows, record_id: Id) -> bytes | None:
        """The digest of the version that counts at present."""
        if (rows.kind.name, record_id) in self._shadowed:
            query = "SELECT digest FROM shadow WHERE kind = ? AND id = ?"
            found = self._connection.exec_driver_sql(query, (rows.kind.name, record_id)).scalar()
        elif record_id in self._rows.get(rows.kind.name, ()):
            found = self._rows[rows.kind.name][record_id]["row_digest"]
        else:
            query = f'SELECT row_digest FROM "{rows.kind.name}" WHERE id = ?'  # noqa: S608 - our own names
            found = self._connection.exec_driver_sql(query, (record_id,)).scalar()
        return found if isinstance(found, bytes) else None

    def _flush(self) -> None:
        """Write the rows that were put, many at a time."""
        for kind, made in self._rows.items():
            rows = rows_of(kind)
            query = f'SELECT {rows.spelled} FROM "{kind}" WHERE id = ?'  # noqa: S608 - our own names
            for record_id, new in made.items():
                before = self._connection.exec_driver_sql(query, (record_id,)).first()
                if before is None or not search.same(kind, rows.plain(before), new):
                    search.index_record(self._connection, kind, record_id, new)
            marks = ", ".join("?" * (4 + len(rows.names)))
            order = ("id", "row_revision", "row_digest", "row_extra", *rows.names)
            self._connection.exec_driver_sql(
                f'INSERT OR REPLACE INTO "{kind}" ({rows.spelled}) VALUES ({marks})',  # noqa: S608 - our own names
                [tuple(new[name] for name in order) for new in made.values()],
            )
        self._rows.clear()
        if self._settled:
            self._connection.exec_driver_sql(
                "UPDATE outbox SET shown = 0 WHERE kind = ? AND record_id = ? AND shown = 1 AND verdict IS NOT NULL",
                list(self._settled),
            )
            self._settled.clear()

    def _put_unknown(self, row: Row, record_id: Id) -> None:
        here = (OTHER.c.kind == row.kind) & (OTHER.c.id == record_id)
        old = self._connection.execute(sa.select(OTHER.c.row_digest, OTHER.c.row_extra).where(here)).first()
        opened = {name: value for name, value in load(old[1]).items() if name.startswith("/")} if old is not None else {}
        values = {name: value for name, value in (opened | row.values).items() if value is not None}
        digest = row_digest(row.kind, record_id, values)
        self._count(old[0] if old is not None else None, digest)
        new = {"kind": row.kind, "id": record_id, "row_revision": row.revision, "row_digest": digest_bytes(digest)}
        self._connection.execute(sa.insert(OTHER).prefix_with("OR REPLACE").values(row_extra=dump(values), **new))

    def _put_answers(self, instance_id: Id, news: Mapping[str, Plain]) -> None:
        if not news:
            return
        query = "SELECT key, value, shadowed FROM answer WHERE instance_id = ?"
        known = {key: (value, shadowed) for key, value, shadowed in self._connection.exec_driver_sql(query, (instance_id,))}
        fresh, under, gone, changed = [], [], [], []
        for key, value in news.items():
            if key not in known:
                if value is not None:
                    fresh.append((instance_id, key, item_of(key), value))
            elif known[key][1]:
                under.append((value, instance_id, key))
            elif value is None:
                gone.append((instance_id, key))
            elif value != known[key][0]:
                changed.append((value, instance_id, key))
        here = "WHERE instance_id = ? AND key = ?"
        new = "INSERT INTO answer (instance_id, key, item, value, at, author, shadowed) VALUES (?, ?, ?, ?, '', '', 0)"
        for statement, many in (
            (new, fresh),
            (f"UPDATE answer SET centre_value = ? {here}", under),  # noqa: S608 - our own words
            (f"DELETE FROM answer {here}", gone),  # noqa: S608 - our own words
            (f"UPDATE answer SET value = ?, at = '', author = '' {here}", changed),  # noqa: S608 - our own words
        ):
            if many:
                self._connection.exec_driver_sql(statement, many)

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
        waiting = sa.select(OUTBOX).where(OUTBOX.c.shown == 1, OUTBOX.c.verdict.is_not(None), OUTBOX.c.settled <= cursor)
        by_record: dict[tuple[str, Id], list[sa.Row[Any]]] = {}
        for row in self._connection.execute(waiting.order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)):
            by_record.setdefault((row.kind, row.record_id), []).append(row)
        for (kind, record_id), changes in by_record.items():
            applied = [(change_from_bytes(row.data), int(row.settled)) for row in changes if row.verdict == "applied"]
            self._fold_record(rows_of(kind), record_id, applied)
            self._settle(kind, record_id)

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
    received = receive(connection, batch, reply.received, reply.verdicts, reply.revision, moment_text(got))
    conflicts = sum(each.code == "conflict" for each in reply.verdicts)
    rejected = sum(each.code == "rejected" for each in reply.verdicts)
    fits = asked_from == state.cursor
    cursor = max(state.cursor, reply.cursor) if fits else state.cursor
    side = CentreSide(connection)
    number = 0
    if fits:
        for row in reply.rows:
            side.put(row)
        for removed in reply.removed:
            side.remove(removed)
        number = len(reply.rows) + len(reply.removed)
    side.fold(cursor)
    total = int.from_bytes(state.scope_digest, "big") + side.finish()
    connection.execute(
        sa.update(STATE).values(
            cursor=cursor,
            complete=int(state.complete and reply.state != "snapshot"),
            epoch=reply.epoch,
            centre_revision=max(reply.revision, state.centre_revision),
            scope_digest=digest_bytes(total),
        )
    )
    if sent is not None:
        note_contact(connection, reply.now, sent=sent, got=got)
    return Taken(received, conflicts, rejected, number)


def note_contact(connection: sa.Connection, now: int, *, sent: datetime, got: datetime) -> None:
    """Remember when the centre was met and how its clock stands to the device's; `now` in its milliseconds, 0: it did not say."""
    values: dict[str, Any] = {"last_contact_at": moment_text(got)}
    if now:
        low, high = sorted((now - int(got.timestamp() * 1000), now - int(sent.timestamp() * 1000)))
        values |= {"clock_low": low, "clock_high": high}
    connection.execute(sa.update(STATE).values(values))


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
    connection: sa.Connection, started: datetime, ended: datetime, outcome: str, counts: Mapping[str, int], *, complete: bool
) -> None:
    """Leave a round in the history; a complete one is what "last sync" means from now on."""
    row = {"started_at": moment_text(started), "ended_at": moment_text(ended), "outcome": outcome, "result": dump(dict(counts))}
    connection.execute(sa.insert(HISTORY).values(row))
    if complete:
        connection.execute(sa.update(STATE).values(last_finished_at=moment_text(ended)))


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
