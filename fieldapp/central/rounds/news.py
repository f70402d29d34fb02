"""What an engineer's laptop has not seen yet: pages of rows after a cursor, and the whole as a snapshot.

A record counts at its own revision; a partition that entered or left the scope counts as one block at the revision of that
event. A page ends between two revisions, never inside one, so that a cursor says exactly what the laptop holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from fieldapp.base.ids import Id
from fieldapp.central.store.books import chunks, read_body
from fieldapp.central.store.tables import answer, moved, record
from fieldapp.domain.records import KINDS
from fieldapp.wire.changes import Plain
from fieldapp.wire.protocol import RemovedRow, Row

__all__ = ["News", "changed_outside", "page_after", "snapshot_count", "snapshot_rows"]

_COLUMNS = (record.c.kind, record.c.id, record.c.revision, record.c.deleted, record.c.partition, record.c.body)


class News:
    """One page: rows, removed rows, the cursor it leads to, and whether there is more."""

    def __init__(self, cursor: int) -> None:
        self.rows: list[Row] = []
        self.removed: list[RemovedRow] = []
        self.cursor = cursor
        self.more = False

    def __len__(self) -> int:
        return len(self.rows) + len(self.removed)


def page_after(
    connection: Connection,
    inside: Mapping[str, int],
    left: Mapping[str, int],
    top: int,
    cursor: int,
    wants: int,
    own: Mapping[tuple[str, Id], int],
) -> News:
    """At most about `wants` rows after a cursor, in the order of revisions (a block of a whole partition may make it longer).

    `inside` and `left` as `parts_of` gives them, `top` the highest revision; all three as this connection sees them. `own`: records
    that the laptop makes as they stand here by itself, with their revisions; told only when the page does not hold all news.
    """
    news = News(cursor)
    entered = {part: at for part, at in inside.items() if at > cursor}
    gone = {part: at for part, at in left.items() if at > cursor}
    if top <= cursor:
        return news
    rows = _rows_after(connection, inside, cursor, wants)
    if own and len(rows) <= wants:
        rows = [row for row in rows if own.get((row.kind, row.id)) != row.revision or row.partition in entered]
    events = _ones(connection, news, rows[:wants], entered, cursor)
    events += [(at, _enter(connection, news, part, at, cursor)) for part, at in entered.items()]
    events += [(at, _leave(connection, news, part, at, set(inside))) for part, at in gone.items()]
    events += [(move.revision, _move(connection, news, move, set(inside))) for move in _moves_after(connection, [*inside, *gone], cursor)]
    events.sort(key=lambda event: event[0])
    cut = len(rows) > wants
    horizon = rows[wants - 1].revision if cut else top
    last = cursor
    for revision, tell in events:
        if revision > horizon or (len(news) >= wants and revision > last):
            cut, horizon = True, min(horizon, revision - 1)
            break
        tell()
        last = revision
    if cut and own:  # what is left out must lie within what the laptop then stands at
        return page_after(connection, inside, left, top, cursor, wants, {})
    news.cursor, news.more = (horizon, True) if cut else (top, False)
    return news


def _rows_after(connection: Connection, inside: Mapping[str, int], cursor: int, wants: int) -> list[Any]:
    """Records newer than the cursor and newer than the entry of their partition, one more than wanted."""
    rows: list[Any] = []
    settled = [part for part, at in inside.items() if at <= cursor]
    for some in chunks(sorted(settled)):
        query = select(*_COLUMNS).where(record.c.partition.in_(some), record.c.revision > cursor)
        rows += connection.execute(query.order_by(record.c.revision).limit(wants + 1)).all()
    for part, at in inside.items():
        if at > cursor:
            query = select(*_COLUMNS).where(record.c.partition == part, record.c.revision > at)
            rows += connection.execute(query.order_by(record.c.revision).limit(wants + 1)).all()
    rows.sort(key=lambda row: row.revision)
    return rows[: wants + 1]


def _ones(
    connection: Connection, news: News, rows: list[Any], entered: Mapping[str, int], cursor: int
) -> list[tuple[int, Callable[[], None]]]:
    """Tell of single rows, each at its revision; of their answers those after the cursor, or all of a partition that entered."""
    fresh: list[Any] = []
    others: list[Any] = []
    for row in rows:
        if not row.deleted:
            (fresh if row.partition in entered else others).append(row)
    told = [*_with_answers(connection, fresh, _whole(cursor)), *_with_answers(connection, others, answer.c.revision > cursor)]
    made = {(each.kind, each.record): each for each in told}

    def telling(row: Any) -> Callable[[], None]:
        def tell() -> None:
            place = bytes.fromhex(row.id)
            if row.deleted:
                news.removed.append(RemovedRow(row.kind, place, row.revision, True))
            else:
                news.rows.append(made[row.kind, place])

        return tell

    return [(int(row.revision), telling(row)) for row in rows]


def _enter(connection: Connection, news: News, part: str, at: int, cursor: int) -> Callable[[], None]:
    """Tell of a whole partition. The laptop may have held it until the cursor, where it left and entered again since; so what was
    deleted or taken back after the cursor is told, too.
    """

    def tell() -> None:
        held = and_(record.c.partition == part, record.c.revision <= at)
        standing = select(*_COLUMNS).where(held, record.c.deleted.is_(False))
        news.rows += _with_answers(connection, connection.execute(standing).all(), _whole(cursor))
        gone = select(record.c.kind, record.c.id, record.c.revision).where(held, record.c.deleted.is_(True), record.c.revision > cursor)
        news.removed += [RemovedRow(row.kind, bytes.fromhex(row.id), row.revision, True) for row in connection.execute(gone)]

    return tell


def _leave(connection: Connection, news: News, part: str, at: int, inside: set[str]) -> Callable[[], None]:
    def tell() -> None:
        for row in connection.execute(select(record.c.kind, record.c.id).where(record.c.partition == part)):
            news.removed.append(RemovedRow(row.kind, bytes.fromhex(row.id), at, False))
        for move in connection.execute(select(moved).where(moved.c.partition == part)).all():
            if _where(connection, move) not in inside:
                news.removed.append(RemovedRow(move.kind, bytes.fromhex(move.id), at, False))

    return tell


def _move(connection: Connection, news: News, move: Any, inside: set[str]) -> Callable[[], None]:
    def tell() -> None:
        if _where(connection, move) not in inside:
            news.removed.append(RemovedRow(move.kind, bytes.fromhex(move.id), move.revision, False))

    return tell


def changed_outside(connection: Connection, touched: Iterable[tuple[str, Id]], inside: Mapping[str, int]) -> list[RemovedRow]:
    """Of these records those that are not (any more) for this laptop; nobody else tells it so."""
    told: list[RemovedRow] = []
    by_kind: dict[str, list[Id]] = {}
    for kind, record_id in touched:
        by_kind.setdefault(kind, []).append(record_id)
    for kind, ids in by_kind.items():
        for some in chunks(ids):
            query = select(record.c.id, record.c.revision, record.c.partition, record.c.deleted)
            rows = connection.execute(query.where(record.c.kind == kind, record.c.id.in_(some)))
            told += [RemovedRow(kind, bytes.fromhex(row.id), row.revision, row.deleted) for row in rows if row.partition not in inside]
    return told


def _where(connection: Connection, move: Any) -> str | None:
    place = select(record.c.partition).where(record.c.kind == move.kind, record.c.id == move.id)
    return connection.execute(place).scalar()


def _moves_after(connection: Connection, parts: list[str], cursor: int) -> list[Any]:
    rows: list[Any] = []
    for some in chunks(sorted(parts)):
        rows += connection.execute(select(moved).where(moved.c.partition.in_(some), moved.c.revision > cursor)).all()
    return rows


_STANDING = answer.c.value.is_not(None)


def _whole(cursor: int) -> ColumnElement[bool]:
    """All answers that stand, and those that were taken back after the cursor: a laptop without them loses nothing by it."""
    return _STANDING | (answer.c.revision > cursor)


def _with_answers(connection: Connection, rows: Any, which: ColumnElement[bool]) -> list[Row]:
    """Rows as they travel, with some of their answers."""
    made: list[Row] = []
    given: dict[Id, dict[str, Plain]] = {row.id: {} for row in rows if KINDS[row.kind].open_policy}
    for some in chunks(given):
        held = select(answer.c.instance_id, answer.c.key, answer.c.value).where(answer.c.instance_id.in_(some), which)
        for instance, key, value in connection.execute(held):
            given[instance][key] = value
    for kind, record_id, revision, _, _, body in rows:
        values = read_body(body)
        if record_id in given:
            values.update(given[record_id])
        made.append(Row(kind, bytes.fromhex(record_id), revision, values))
    return made


def _scope(parts: list[str]) -> Any:
    return and_(record.c.deleted.is_(False), or_(*(record.c.partition.in_(some) for some in chunks(sorted(parts)))))


def snapshot_count(connection: Connection, parts: list[str]) -> int:
    """How many rows `snapshot_rows` will yield on this connection."""
    return int(connection.execute(select(func.count()).select_from(record).where(_scope(parts))).scalar() or 0)


def snapshot_rows(connection: Connection, parts: list[str]) -> Iterator[Row]:
    """All rows of a scope, kind by kind; the connection must see one unchanging state until the iteration ends."""
    query = select(*_COLUMNS).where(_scope(parts)).order_by(record.c.kind, record.c.id)
    result = connection.execution_options(stream_results=True, yield_per=1000).execute(query)
    for some in result.partitions(1000):
        yield from _with_answers(connection, some, _STANDING)
