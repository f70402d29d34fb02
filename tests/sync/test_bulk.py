"""The whole scope in one stream: many rows at once end as the same rows one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from fieldapp.domain.cases import Case
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import Plain, to_plain
from fieldapp.replica import bulk
from fieldapp.wire.protocol import PROTOCOL, Row, SnapshotHead
from fieldapp.wire.snapshot import read_blocks, write_snapshot
from tests.sync.laptop import START, Laptop

World = Callable[..., Laptop]


def take(mine: Laptop, rows: list[Row]) -> None:
    head = SnapshotHead(PROTOCOL, 5, 99, len(rows))
    told, blocks = read_blocks(write_snapshot(head, rows))
    with mine.replica.transaction() as connection:
        bulk.take_snapshot(connection, told, list(blocks), got=START)


def indexes(mine: Laptop) -> list[sa.Row[tuple[str, str]]]:
    with mine.replica.reading() as reader:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
        return list(reader.connection.exec_driver_sql(query))


def some_rows(mine: Laptop, count: int) -> list[Row]:
    """Cases and forms of all sorts: nulls in some, answers in some, a day that not every month has."""
    rows = []
    for number in range(count):
        leap = datetime(2028, 2, 29, 8, 0, tzinfo=UTC) if number % 3 else None
        case = Case(id=mine.ids.new(), number=f"CS-{number}", summary="电源", major=number % 2 == 0, reported_at=leap)
        rows.append(Row("case", bytes.fromhex(case.id), number + 1, to_plain(case)))
    for number in range(40):
        form = FormInstance(id=mine.ids.new(), form_id="f")
        answers: dict[str, Plain] = {f"/data/Q{place}": f"{number}.{place}" if (number + place) % 4 else None for place in range(6)}
        rows.append(Row("form_instance", bytes.fromhex(form.id), count + number + 1, {**to_plain(form), **answers}))
    return rows


@pytest.mark.parametrize("many", [10, 10_000], ids=["indexes_made_after", "indexes_kept_up"])
def test_many_rows_at_once_leave_true_digests_and_every_index(laptop: World, monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(bulk, "_MANY", many)
    mine = laptop()
    before = indexes(mine)
    rows = some_rows(mine, 700)
    take(mine, rows)
    mine.sound()
    assert indexes(mine) == before
    shown = mine.shown()
    assert len(shown) == len(rows)
    for row in rows:
        assert shown[row.kind, row.record.hex()] == {name: value for name, value in row.values.items() if value is not None}
    assert mine.replica.health() == []


def test_a_second_whole_takes_the_place_of_the_first(laptop: World) -> None:
    mine = laptop()
    rows = some_rows(mine, 30)
    take(mine, rows)
    take(mine, rows[10:])
    mine.sound()
    assert len(mine.shown()) == len(rows) - 10


def test_values_of_another_type_are_kept_and_counted(laptop: World) -> None:
    mine = laptop()
    case = to_plain(Case(id=mine.ids.new(), summary="一"))
    odd: list[dict[str, Plain]] = [{**case, "major": 1}, {**case, "reported_at": "2027-02-30T00:00:00.000Z"}, {**case, "summary": None}]
    odd += [{**case, "reported_at": 7}, {**case, "later": "of a newer version"}]
    for number, values in enumerate(odd):
        take(mine, [Row("case", bytes([number]) * 16, 1, values), Row("case", bytes([99]) * 16, 2, case)])
        mine.sound()
