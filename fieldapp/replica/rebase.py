"""The centre's version below, the pending Changes above: what is shown is the one with the others on top, in order.

While a record has Changes that the centre's version on this laptop does not hold yet (they stand in `pending`), the centre's
version is kept in `shadow` and `answer.centre_value`; afterwards it is the row itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.domain.records import Plain
from fieldapp.replica import search
from fieldapp.replica.rows import KindRows, dump, load
from fieldapp.replica.tables import ANSWER, OUTBOX, PENDING, SHADOW
from fieldapp.wire.changes import Change, change_from_bytes

__all__ = ["SHOW_CENTRES", "answers_of_centre", "ensure_shadow", "item_of", "shadow_of", "show", "show_centre_answers"]

SHOW_CENTRES = (
    "DELETE FROM answer WHERE instance_id = ? AND shadowed = 1 AND centre_value IS NULL",
    "UPDATE answer SET at = '', author = '' WHERE instance_id = ? AND shadowed = 1 AND value IS NOT centre_value",
    "UPDATE answer SET value = centre_value, shadowed = 0, centre_value = NULL WHERE instance_id = ? AND shadowed = 1",
)
"""The statements that make an instance's answers the centre's."""


def item_of(key: str) -> str:
    """The last segment of an answer's path, without repeat ordinal and annotation: `/data/disks{1}/T1_15#result` -> `T1_15`."""
    return key.partition("#")[0].rpartition("/")[2].partition("{")[0]


def _at(rows: KindRows, record_id: Id) -> sa.ColumnElement[bool]:
    return (SHADOW.c.kind == rows.kind.name) & (SHADOW.c.id == record_id)


def shadow_of(connection: sa.Connection, rows: KindRows, record_id: Id) -> sa.Row[Any] | None:
    """The shadow row of a record, if it has pending Changes."""
    return connection.execute(sa.select(SHADOW).where(_at(rows, record_id))).first()


def ensure_shadow(connection: sa.Connection, rows: KindRows, record_id: Id, row: Sequence[Any] | None) -> None:
    """Keep the centre's version before the first pending Change covers it; `row` is what is shown, None for nothing."""
    fresh: dict[str, Any] = {"kind": rows.kind.name, "id": record_id, "state": "new", "revision": 0, "digest": None, "fields": "{}"}
    if row is not None and row[2] is not None:
        fresh |= {"state": "present", "revision": row[1], "digest": row[2], "fields": dump(rows.exact(row))}
    connection.execute(sa.insert(SHADOW).prefix_with("OR IGNORE").values(fresh))


def answers_of_centre(connection: sa.Connection, instance_id: Id) -> dict[str, Plain]:
    """The centre's version of an instance's answers, as far as it came."""
    query = sa.select(ANSWER.c.key, sa.case((ANSWER.c.shadowed == 1, ANSWER.c.centre_value), else_=ANSWER.c.value))
    return {key: value for key, value in connection.execute(query.where(ANSWER.c.instance_id == instance_id)) if value is not None}


def show_centre_answers(connection: sa.Connection, instance_id: Id) -> None:
    """No Change of the instance is pending any more: its answers are the centre's; ours keep when and by whom they were given."""
    for statement in SHOW_CENTRES:
        connection.exec_driver_sql(statement, (instance_id,))


def show(connection: sa.Connection, rows: KindRows, record_id: Id) -> None:
    """Make a record that has a shadow show the centre's version with its pending Changes; without any, the shadow goes."""
    shadow = shadow_of(connection, rows, record_id)
    if shadow is None:
        return
    which = (OUTBOX.c.incarnation == PENDING.c.incarnation) & (OUTBOX.c.sequence == PENDING.c.sequence)
    mine = PENDING.c.kind == rows.kind.name, PENDING.c.record_id == record_id
    pending = sa.select(OUTBOX.c.data, OUTBOX.c.at).select_from(PENDING).join(OUTBOX, which).where(*mine)
    changes = [
        (change_from_bytes(data), at) for data, at in connection.execute(pending.order_by(PENDING.c.incarnation, PENDING.c.sequence))
    ]
    values: dict[str, Plain] = load(shadow.fields)
    alive = shadow.state == "present"
    for change, _ in changes:
        if change.deleted:
            values, alive = {}, False
        else:
            values.update((name, value) for name, value in change.values().items() if not name.startswith("/"))
            alive = True
    _write(connection, rows, record_id, values if alive else None, shadow)
    if rows.kind.open_policy is not None:
        _show_answers(connection, record_id, changes, alive)
    if not changes:
        connection.execute(sa.delete(SHADOW).where(_at(rows, record_id)))


def _write(connection: sa.Connection, rows: KindRows, record_id: Id, values: Mapping[str, Plain] | None, shadow: sa.Row[Any]) -> None:
    table = rows.table
    connection.execute(sa.delete(table).where(table.c.id == record_id))
    if values is None:
        search.index_record(connection, rows.kind.name, record_id, None)
        return
    present = shadow.state == "present"
    row = rows.columns(record_id, values, shadow.revision if present else 0, shadow.digest if present else None)
    connection.execute(sa.insert(table).values(row))
    search.index_record(connection, rows.kind.name, record_id, {name: row[name] for name in rows.names})


def _show_answers(connection: sa.Connection, instance_id: Id, changes: Sequence[tuple[Change, str]], alive: bool) -> None:
    mine = ANSWER.c.instance_id == instance_id
    if not changes:
        if alive:
            show_centre_answers(connection, instance_id)
        else:
            connection.execute(sa.delete(ANSWER).where(mine))
        return
    edits: dict[str, tuple[Plain, str, Id]] = {}
    wiped = False
    for change, at in changes:
        if change.deleted:
            edits, wiped = {}, True
        for name, value in change.values().items():
            if name.startswith("/"):
                edits[name] = (value, at, change.author.hex())
    known = {row.key: row for row in connection.execute(sa.select(ANSWER).where(mine))}
    if wiped:
        connection.execute(sa.update(ANSWER).where(mine, ANSWER.c.shadowed == 0).values(shadowed=1, centre_value=ANSWER.c.value))
        connection.execute(sa.update(ANSWER).where(mine).values(value=None))
    for key, (value, at, author) in edits.items():
        row = known.pop(key, None)
        new = {"value": value, "at": at, "author": author, "shadowed": 1}
        if row is None:
            place = {"instance_id": instance_id, "key": key, "item": item_of(key), "centre_value": None}
            connection.execute(sa.insert(ANSWER).values(**place, **new))
        else:
            if not row.shadowed:
                new["centre_value"] = row.value
            connection.execute(sa.update(ANSWER).where(mine, ANSWER.c.key == key).values(new))
    for key, row in known.items():
        if row.shadowed and not wiped:
            here = (mine) & (ANSWER.c.key == key)
            if row.centre_value is None:
                connection.execute(sa.delete(ANSWER).where(here))
            else:
                connection.execute(sa.update(ANSWER).where(here).values(value=row.centre_value, shadowed=0, centre_value=None))
