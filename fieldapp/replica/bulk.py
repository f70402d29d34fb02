"""The whole scope at once: rows written straight into the tables, columns at a time (never record by record).

What has no receipt survives: its records keep their Changes on top of whatever comes.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS, Field, Plain, plain_ok
from fieldapp.replica import search
from fieldapp.replica.intake import CentreSide, digest_bytes
from fieldapp.replica.rebase import ensure_shadow, item_of, show
from fieldapp.replica.rows import KindRows, rows_of
from fieldapp.replica.tables import ANSWER, OTHER, PENDING, RECORDS, SHADOW, STATE
from fieldapp.wire.changes import row_digests
from fieldapp.wire.protocol import Row, SnapshotHead
from fieldapp.wire.snapshot import RowBlock

__all__ = ["take_snapshot"]

_ANSWER_SQL = (
    "INSERT OR REPLACE INTO answer (instance_id, key, item, value, at, author, shadowed, centre_value) VALUES (?, ?, ?, ?, '', '', 0, NULL)"
)

_MANY = 1000
"""Rows of a kind from which on its indexes are made after them."""

_MOMENT = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII)
"""A moment as it is usually spelled, on a day that every month has: what fits needs no second look."""


def take_snapshot(connection: sa.Connection, head: SnapshotHead, blocks: Sequence[RowBlock], *, got: datetime | None) -> int:
    """Replace the centre's side of the replica by the whole, in the transaction of the connection; how many rows came.

    `got`: when the centre was met; None when it was carried.
    """
    kept = _clear(connection)
    side = CentreSide(connection)
    total = count = 0
    put_aside = _put_indexes_aside(connection, blocks)
    for block in blocks:
        rows = rows_of(block.kind) if block.kind in KINDS else None
        plain_rows = [each for each in block.rows if rows is not None and (block.kind, each[0].hex()) not in kept]
        if rows is not None and plain_rows:
            digests = row_digests(block.kind, block.names, plain_rows)
            total += sum(int.from_bytes(digest, "big") for digest in digests)
            _insert(connection, rows, RowBlock(block.kind, block.names, tuple(plain_rows)), digests)
        if len(plain_rows) != len(block.rows):
            quick = {each[0] for each in plain_rows}
            for record, revision, values in block.rows:
                if record not in quick:
                    side.put(Row(block.kind, record, revision, dict(zip(block.names, values, strict=True))))
        count += len(block.rows)
    for spelled in put_aside:
        connection.exec_driver_sql(spelled)
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
    connection.execute(sa.delete(PENDING))
    connection.exec_driver_sql(
        "INSERT INTO pending (kind, record_id, incarnation, sequence) SELECT kind, record_id, incarnation, sequence FROM waiting"
    )
    waiting = sa.select(PENDING.c.kind, PENDING.c.record_id).distinct()
    kept = frozenset((kind, record_id) for kind, record_id in connection.execute(waiting))
    for kind, record_id in kept:
        table = RECORDS[kind]
        row = connection.execute(sa.select(table).where(table.c.id == record_id)).first()
        ensure_shadow(connection, rows_of(kind), record_id, row)
        mine = ANSWER.c.instance_id == record_id
        connection.execute(sa.update(ANSWER).where(mine).values(shadowed=1, centre_value=None))
    places = [(name, "id") for name in RECORDS] + [("answer", "instance_id"), ("shadow", "id")]
    for name, column in places:
        known = "SELECT record_id FROM pending"
        connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE {column} NOT IN ({known})')  # noqa: S608 - our own names
    gone = sa.case((SHADOW.c.state == "new", "new"), else_="gone")
    connection.execute(sa.update(SHADOW).values(state=gone, digest=None))
    connection.execute(sa.delete(OTHER))
    search.clear(connection)
    return kept


def _put_indexes_aside(connection: sa.Connection, blocks: Sequence[RowBlock]) -> list[str]:
    """Drop the indexes of tables that get many rows; returns how they are made again, sorted once instead of row by row.

    All of it is in one transaction: whatever is killed, either the rows and their indexes are there or neither.
    """
    rows: Counter[str] = Counter()
    for block in blocks:
        rows[block.kind] += len(block.rows)
        rows[ANSWER.name] += len(block.rows) * sum(name.startswith("/") for name in block.names)
    tables = {table for table, number in rows.items() if number >= _MANY}
    known = connection.exec_driver_sql("SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").all()
    aside = [(name, spelled) for table, name, spelled in known if table in tables]
    for name, _ in aside:
        connection.exec_driver_sql(f'DROP INDEX "{name}"')
    return [spelled for _, spelled in aside]


def _insert(connection: sa.Connection, rows: KindRows, block: RowBlock, digests: Sequence[bytes]) -> None:
    """Insert rows with the same fields, column by column: what is the same in all of them stands in the statement itself."""
    ids = [record.hex() for record, _, _ in block.rows]
    columns = dict(zip(block.names, zip(*(values for _, _, values in block.rows), strict=True), strict=True))
    if rows.kind.open_policy is not None:
        _insert_answers(connection, ids, block)
    if not _exact(rows, columns):
        for record_id, digest, (_, revision, values) in zip(ids, digests, block.rows, strict=True):
            row = rows.columns(record_id, dict(zip(block.names, values, strict=True)), revision, digest)
            connection.execute(sa.insert(rows.table).prefix_with("OR REPLACE").values(row))
        return
    marks = ["?", "?", "?", "NULL"]
    varying: list[Sequence[object]] = [ids, [revision for _, revision, _ in block.rows], digests]
    for name in rows.names:
        same = _same(columns[name])
        marks.append(same or "?")
        if not same:
            varying.append(columns[name])
    connection.exec_driver_sql(
        f'INSERT OR REPLACE INTO "{rows.table.name}" ({rows.spelled}) VALUES ({", ".join(marks)})',  # noqa: S608 - our own words
        list(zip(*varying, strict=True)),
    )


def _same(column: Sequence[Plain]) -> str:
    """The one value of a column as SQL spells it, where there is one that needs no care: null, no text, a truth, zero. Else ""."""
    first = column[0]
    known = "NULL" if first is None else "''" if first == "" else str(int(first)) if first in (True, False) else ""
    return known if known and column.count(first) == len(column) else ""


def _insert_answers(connection: sa.Connection, ids: Sequence[Id], block: RowBlock) -> None:
    """Insert the open fields of a block, record by record: the order of the table."""
    places = [place for place, name in enumerate(block.names) if name.startswith("/")]
    keys = [block.names[place] for place in places]
    items = [item_of(key) for key in keys]
    answers: list[tuple[Id, str, str, Plain]] = []
    for record_id, (_, _, values) in zip(ids, block.rows, strict=True):
        answers += zip(itertools.repeat(record_id), keys, items, [values[place] for place in places])
    given = [answer for answer in answers if answer[3] is not None]
    if given:
        connection.exec_driver_sql(_ANSWER_SQL, given)


def _exact(rows: KindRows, columns: Mapping[str, Sequence[Plain]]) -> bool:
    """Whether the block has exactly the fields of this version, each value of its type, so that columns hold all there is."""
    unknown = [name for name in columns if name not in rows.kind.fields]
    if len(columns) - len(unknown) != len(rows.names):
        return False
    if unknown and not (rows.kind.open_policy is not None and all(name.startswith("/") for name in unknown)):
        return False
    return all(_fits(field, columns[name]) for name, field in rows.kind.fields.items())


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
        case "moment":
            return all(value is None or (isinstance(value, str) and _MOMENT.fullmatch(value)) or plain_ok(field, value) for value in column)
        case _:
            return all(plain_ok(field, value) for value in set(column))
