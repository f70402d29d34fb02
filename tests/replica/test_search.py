"""Full text: two Chinese characters, the end of a serial number, any width and case; counts are right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.ids import IdSource
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Asset, Customer
from fieldapp.domain.records import KINDS
from fieldapp.replica import search
from fieldapp.replica.engine import Replica
from fieldapp.replica.search import SEARCHED, grams, query
from fieldapp.replica.tables import SEARCH_ENTRY

SUMMARIES = (
    "电源模块故障",
    "电池模块告警",
    "控制器 B 故障, Controller B fault",
    "PSU fan noise",
    "磁盘 1.2TB 离线",
    "源",
)


@pytest.fixture
def filled(replica: Replica, ids: IdSource) -> Replica:
    """Some cases, an asset, a customer."""
    with replica.writing() as work:
        for number, summary in enumerate(SUMMARIES):
            work.save(Case(id=ids.new(), summary=summary, number=f"CS-2026-{number + 410:05d}", description="第一机房"))
        work.save(Asset(id=ids.new(), name="DX-8000", serial="2102350BVB10H8000123"))
        work.save(Customer(id=ids.new(), name="华东电网数据中心"))
    return replica


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("故障", 2),
        ("电源模块", 1),
        ("模块", 2),
        ("源", 2),
        ("障", 2),
        ("机房", 6),
        ("CS-2026-00411", 1),
        ("00411", 1),
        ("000123", 1),
        ("bvb10h", 1),
        ("ＰＳＵ", 1),
        ("controller b", 1),
        ("故障 fault", 1),
        ("电网", 1),
        ("块故", 1),
        ("没有", 0),
        ("", 0),
        ("--", 0),
        ('"*) OR (', 0),
    ],
)
def test_search_finds_what_stands_there(filled: Replica, text: str, count: int) -> None:
    with filled.reading() as reader:
        assert len(reader.search(text)) == count


def test_a_hit_says_what_it_is(filled: Replica) -> None:
    with filled.reading() as reader:
        (hit,) = reader.search("8000123")
        (case,) = reader.search("电源")
    assert (hit.kind, hit.title) == ("asset", "DX-8000 2102350BVB10H8000123")
    assert case.title == "CS-2026-00410 电源模块故障"
    assert "电源" in case.snippet


def test_search_follows_edits_and_deletes(filled: Replica) -> None:
    with filled.writing() as work:
        (hit,) = work.search("电源模块")
        case = work.need(Case, hit.record_id)
        work.save(replace(case, summary="风扇更换"))
        assert work.search("电源模块") == []
        assert len(work.search("风扇")) == 1
        work.delete(Case, case.id)
        assert work.search("风扇") == []


def test_the_index_is_built_again_from_nothing(filled: Replica) -> None:
    with filled.transaction() as connection:
        search.clear(connection)
        connection.exec_driver_sql("UPDATE state SET search_behind = 1")
    with filled.reading() as reader:
        assert reader.search("电源") == []
    while filled.refresh_search():
        pass
    with filled.reading() as reader:
        assert len(reader.search("故障")) == 2
        entries = reader.connection.execute(SEARCH_ENTRY.select()).all()
    assert len(entries) == 8
    assert filled.refresh_search() is False


def test_every_searched_field_is_a_field_of_its_kind() -> None:
    for kind, fields in SEARCHED.items():
        assert set(fields.title + fields.others) <= KINDS[kind].fields.keys()


@settings(max_examples=80)
@given(text=st.text("电源模块ab1 -", min_size=1, max_size=12), start=st.integers(0, 11), length=st.integers(1, 6))
def test_any_part_of_a_run_is_asked_for_by_pairs_that_are_indexed(text: str, start: int, length: int) -> None:
    part = text[start : start + length].strip(" -")
    pairs = grams(text).split(" ")
    for phrase in query(part).split(" AND ") if query(part) else []:
        words = phrase.strip('"* ').split(" ")
        if phrase.endswith("*"):
            assert any(pair.startswith(words[0]) for pair in pairs)
        else:
            assert any(pairs[place : place + len(words)] == words for place in range(len(pairs)))


def test_a_whole_taken_in_the_middle_of_indexing_is_indexed_from_its_start(filled: Replica, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_CHUNK", 1)
    with filled.transaction() as connection:
        search.clear(connection)
        connection.exec_driver_sql("UPDATE state SET search_behind = 1")
    assert filled.refresh_search()
    assert filled.refresh_search()
    with filled.transaction() as connection:
        before = connection.exec_driver_sql("SELECT COUNT(*) FROM search_entry").scalar_one()
        search.clear(connection)
    while filled.refresh_search():
        pass
    with filled.reading() as reader:
        assert not reader.sync_state().search_behind
        indexed = reader.connection.exec_driver_sql("SELECT kind, record_id FROM search_entry").all()
        shown = [(kind, row[0]) for kind in search.SEARCHED for row in reader.connection.exec_driver_sql(f'SELECT id FROM "{kind}"')]
    assert before == 2
    assert sorted(tuple(each) for each in indexed) == sorted(shown)
