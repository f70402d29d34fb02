"""The one table of kinds, and plain values."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.clock import moment_text
from fieldapp.domain.records import EVERYBODY, KINDS, Field, Kind, from_plain, kind_of, partition, plain_ok, to_plain

ID = "0" * 31 + "1"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rich(field: Field) -> st.SearchStrategy[Any]:
    """Values that a record may hold in a field."""
    text = st.text('巡检 aZ0-\n"\\{}é😀', max_size=12)
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "text": text,
        "integer": st.integers(-(2**63), 2**63 - 1),
        "boolean": st.booleans(),
        "moment": st.integers(0, 4_000_000_000_000).map(
            lambda ms: datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
        ),
        "date": st.dates(date(1990, 1, 1), date(2090, 1, 1)),
        "texts": st.lists(text, max_size=3).map(tuple),
    }
    found = strategies[field.type]
    return st.one_of(st.none(), found) if field.optional else found


def records(kind: Kind) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({name: rich(field) for name, field in kind.fields.items()}).map(
        lambda values: kind.record(id=ID, **values)
    )


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_record_comes_back_from_its_plain_values(name: str) -> None:
    kind = KINDS[name]

    @settings(max_examples=15)
    @given(records(kind))
    def comes_back(record: Any) -> None:
        values = to_plain(record)
        assert all(plain_ok(kind.fields[field], value) for field, value in values.items())
        assert json.loads(json.dumps(values)) == values
        assert from_plain(kind, ID, values) == record

    comes_back()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_record_of_an_older_version_takes_the_defaults(name: str) -> None:
    kind = KINDS[name]
    assert from_plain(kind, ID, {}) == kind.record(id=ID)
    assert from_plain(kind, ID, {"a field of tomorrow": "x"}) == kind.record(id=ID)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("appointment_at", "yesterday"),
        ("appointment_at", "2026-11-23T09:30:00"),
        ("title", None),
        ("title", 5),
        ("tools", "not a list"),
        ("tools", "[1]"),
    ],
)
def test_a_value_of_another_type_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        from_plain(KINDS["visit"], ID, {field: value})


def test_a_boolean_is_no_integer() -> None:
    line = KINDS["person"].fields["line"]
    assert plain_ok(line, 2)
    assert not plain_ok(line, True)
    assert not plain_ok(line, 2**63)


def test_every_kind_names_its_dataclass_and_every_dataclass_its_kind() -> None:
    for name, kind in KINDS.items():
        assert kind_of(kind.record(id=ID)).name == name
        assert {field.name for field in dataclasses.fields(kind.record)} == {"id", *kind.fields}


def test_only_answers_are_open_fields() -> None:
    assert KINDS["form_instance"].policy_of("/data/T1_08") == "both"
    assert KINDS["case"].policy_of("/data/T1_08") is None
    assert KINDS["case"].policy_of("no such field") is None
    assert KINDS["case"].policy_of("owner_id") == "centre"


def test_what_happened_is_never_altered() -> None:
    assert {field.policy for field in KINDS["case_activity"].fields.values()} == {"append"}
    assert {field.policy for field in KINDS["stock_movement"].fields.values()} == {"ledger"}
    assert {field.policy for field in KINDS["sign_off"].fields.values()} == {"once"}


def test_every_record_belongs_to_one_part() -> None:
    assert partition(KINDS["policy_row"], ID, {}) == EVERYBODY
    assert partition(KINDS["site"], ID, {}) == f"site:{ID}"
    assert partition(KINDS["case"], ID, {"site_id": "s"}) == "site:s"
    assert partition(KINDS["contract"], ID, {"customer_id": "c"}) == "customer:c"
    assert partition(KINDS["number_block"], ID, {"engineer_id": "e"}) == "engineer:e"


def test_a_moment_is_spelled_one_way() -> None:
    visit = KINDS["visit"].record(id=ID, entered_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC))
    assert to_plain(visit)["entered_at"] == moment_text(visit.entered_at) == "2026-11-23T01:30:00.000Z"
