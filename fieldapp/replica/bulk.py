"""The whole scope at once: a stream of rows written straight into the tables, columns at a time (never record by record).

What has no receipt survives: its records keep their Changes on top of whatever the stream brings.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS, Field, Plain, plain_ok
from fieldapp.replica import search
from fieldapp.replica.intake import CentreSide, digest_bytes
from fieldapp.replica.rebase import ensure_shadow, item_of, show
from fieldapp.replica.rows import KindRows, rows_of
from fieldapp.replica.tables import ANSWER, OTHER, OUTBOX, RECORDS, SHADOW, STATE
from fieldapp.wire.changes import row_digest
from fieldapp.wire.protocol import Row, SnapshotHead
from fieldapp.wire.snapshot import RowBlock

__all__ = ["take_snapshot"]

_ANSWER_SQL = (
    "INSERT OR REPLACE INTO answer (instance_id, key, item, value, at, author, shadowed, centre_value) VALUES (?, ?, ?, ?, '', '', 0, NULL)"
)


def take_snapshot(connection: sa.Connection, head: SnapshotHead, blocks: Iterable[RowBlock], *, got: datetime | None) -> int:
    """Replace the centre's side of the replica by the stream, in the transaction of the connection; how many rows came.

    A stream that breaks raises, and the transaction with it. `got`: when the centre was met; None when the stream was carried.
    """
    kept = _clear(connection)
    side = CentreSide(connection)
    total = count = 0
    for block in blocks:
        rows = rows_of(block.kind) if block.kind in KINDS else None
        plain_rows = [each for each in block.rows if rows is not None and (block.kind, each[0].hex()) not in kept]
        if rows is not None and plain_rows:
            total += _insert(connection, rows, block.names, plain_rows)
        if len(plain_rows) != len(block.rows):
            quick = {each[0] for each in plain_rows}
            for record, revision, values in block.rows:
                if record not in quick:
                    side.put(Row(block.kind, record, revision, dict(zip(block.names, values, strict=True))))
        count += len(block.rows)
    total += side.finish()
    for kind, record_id in kept:
        show(connection, rows_of(kind), record_id)
    connection.execute(
        sa.update(STATE).values(
            cursor=head.revision,
            centre_revision=head.revision,
            epoch=head.epoch,
            scope_digest=digest_bytes(total),
            complete=1,
            search_behind=1,
        )
    )
    if got is not None:
        connection.execute(sa.update(STATE).values(last_contact_at=moment_text(got)))
    return count


def _clear(connection: sa.Connection) -> frozenset[tuple[str, Id]]:
    """Take off the centre's side; the records with Changes without a receipt, which stay, are told."""
    connection.execute(sa.update(OUTBOX).values(shown=sa.case((OUTBOX.c.verdict.is_(None), 1), else_=0)))
    waiting = sa.select(OUTBOX.c.kind, OUTBOX.c.record_id).where(OUTBOX.c.shown == 1).distinct()
    kept = frozenset((kind, record_id) for kind, record_id in connection.execute(waiting))
    for kind, record_id in kept:
        table = RECORDS[kind]
        row = connection.execute(sa.select(table).where(table.c.id == record_id)).first()
        ensure_shadow(connection, rows_of(kind), record_id, row)
        mine = ANSWER.c.instance_id == record_id
        connection.execute(sa.update(ANSWER).where(mine).values(shadowed=1, centre_value=None))
    places = [(name, "id") for name in RECORDS] + [("answer", "instance_id"), ("shadow", "id")]
    for name, column in places:
        known = "SELECT record_id FROM outbox WHERE shown = 1"
        connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE {column} NOT IN ({known})')  # noqa: S608 - our own names
    gone = sa.case((SHADOW.c.state == "new", "new"), else_="gone")
    connection.execute(sa.update(SHADOW).values(state=gone, digest=None))
    connection.execute(sa.delete(OTHER))
    search.clear(connection)
    return kept


def _insert(connection: sa.Connection, rows: KindRows, names: Sequence[str], block: Sequence[tuple[bytes, int, tuple[Plain, ...]]]) -> int:
    """Insert rows with the same fields; the sum of their digests."""
    kind = rows.kind
    open_fields = kind.open_policy is not None
    ids = [record.hex() for record, _, _ in block]
    digests = [
        row_digest(kind.name, record_id, dict(zip(names, values, strict=True)))
        for record_id, (_, _, values) in zip(ids, block, strict=True)
    ]
    if open_fields:
        places = [(place, name, item_of(name)) for place, name in enumerate(names) if name.startswith("/")]
        answers = [
            (record_id, name, item, values[place])
            for record_id, (_, _, values) in zip(ids, block, strict=True)
            for place, name, item in places
            if values[place] is not None
        ]
        if answers:
            connection.exec_driver_sql(_ANSWER_SQL, answers)
    if not _exact(rows, names, block):
        for record_id, digest, (_, revision, values) in zip(ids, digests, block, strict=True):
            row = rows.columns(record_id, dict(zip(names, values, strict=True)), revision, digest_bytes(digest))
            connection.execute(sa.insert(rows.table).prefix_with("OR REPLACE").values(row))
        return sum(digests)
    ordered = operator.itemgetter(*(names.index(name) for name in rows.names))
    marks = ", ".join("?" * (4 + len(rows.names)))
    connection.exec_driver_sql(
        f'INSERT OR REPLACE INTO "{rows.table.name}" ({rows.spelled}) VALUES ({marks})',  # noqa: S608 - our own names, no values
        [
            (record_id, revision, digest_bytes(digest), None, *ordered(values))
            for record_id, digest, (_, revision, values) in zip(ids, digests, block, strict=True)
        ],
    )
    return sum(digests)


def _exact(rows: KindRows, names: Sequence[str], block: Sequence[tuple[bytes, int, tuple[Plain, ...]]]) -> bool:
    """Whether the block has exactly the fields of this version, each value of its type, so that columns hold all there is."""
    closed = [name for name in names if name in rows.kind.fields]
    unknown = [name for name in names if name not in rows.kind.fields]
    if len(closed) != len(rows.names):
        return False
    if unknown and not (rows.kind.open_policy is not None and all(name.startswith("/") for name in unknown)):
        return False
    columns: list[tuple[Any, ...]] = list(zip(*(values for _, _, values in block), strict=True))
    return all(_fits(rows.kind.fields[name], column) for name, column in zip(names, columns, strict=True) if name in rows.kind.fields)


def _fits(field: Field, column: Sequence[Plain]) -> bool:
    types = set(map(type, column))
    if type(None) in types and not field.optional:
        return False
    types.discard(type(None))
    match field.type:
        case "text":
            return types <= {str}
        case "integer":
            return types <= {int}
        case "boolean":
            return types <= {bool}
        case _:
            return all(plain_ok(field, value) for value in set(column))
