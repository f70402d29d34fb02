"""Changes: one spelling, nothing that may not travel, digests that do not change with new columns."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.wire.changes import (
    BadChange,
    Change,
    FieldEdit,
    Plain,
    change_bytes,
    change_from_bytes,
    content_digest,
    row_digest,
    row_digests,
    scope_sum,
    value_digest,
)
from tests.wire.test_golden import CHANGE

PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=8))
NAMES = st.text("abc/#{}1", min_size=1, max_size=5)


@settings(max_examples=100)
@given(values=st.dictionaries(NAMES, PLAIN, max_size=5), deleted=st.booleans())
def test_any_change_of_plain_values_comes_back_from_its_bytes(values: dict[str, Plain], deleted: bool) -> None:
    edits = tuple(FieldEdit(name, values[name], value_digest(values[name])) for name in sorted(values))
    change = msgspec.structs.replace(CHANGE, edits=edits, deleted=deleted)
    assert change_from_bytes(change_bytes(change)) == change
    assert change.values() == values
    assert change.record_id == bytes(range(16)).hex()


@pytest.mark.parametrize("sequence", [0, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**63 - 1])
def test_what_a_change_says_is_the_same_under_every_number(sequence: int) -> None:
    numbered = msgspec.structs.replace(CHANGE, sequence=sequence)
    assert content_digest(change_bytes(numbered)) == content_digest(change_bytes(CHANGE))
    other = msgspec.structs.replace(numbered, latest=CHANGE.latest + 1)
    assert content_digest(change_bytes(other)) != content_digest(change_bytes(CHANGE))


@pytest.mark.parametrize("value", [1.5, float("nan"), "\ud800", 2**63, -(2**63) - 1, b"x", ["a"], {"a": 1}])
def test_what_may_not_travel_is_refused(value: object) -> None:
    with pytest.raises(BadChange):
        value_digest(value)
    edit = FieldEdit("name", value)  # type: ignore[arg-type]
    with pytest.raises(BadChange):
        change_bytes(msgspec.structs.replace(CHANGE, edits=(edit,)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-1],
        lambda data: data + b"\x00",
        lambda data: b"",
        lambda data: b"\xc0",
        lambda data: data.replace(b"\x07", b"\xcc\x07", 1),
    ],
    ids=["cut", "longer", "empty", "null", "other spelling"],
)
def test_bytes_that_are_no_canonical_change_are_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadChange):
        change_from_bytes(spoil(change_bytes(CHANGE)))


@pytest.mark.parametrize("names", [("b", "a"), ("a", "a")])
def test_fields_stand_in_order_and_once(names: tuple[str, str]) -> None:
    with pytest.raises(BadChange):
        change_bytes(msgspec.structs.replace(CHANGE, edits=tuple(FieldEdit(name, 1) for name in names)))


def test_a_change_with_a_float_from_outside_is_refused() -> None:
    data = msgspec.msgpack.encode([1, "case", b"x" * 16, [["name", 1.5, None]], 0, 0, b"y" * 16, 0, 0, 1, False])
    with pytest.raises(BadChange):
        change_from_bytes(data)


@settings(max_examples=60)
@given(values=st.dictionaries(NAMES, PLAIN, max_size=5))
def test_a_row_digest_does_not_see_nulls_or_order(values: dict[str, Plain]) -> None:
    digest = row_digest("case", "ab" * 16, values)
    shuffled = dict(reversed([*values.items()]))
    assert row_digest("case", "ab" * 16, {**shuffled, "zzz_new_column": None}) == digest
    assert row_digest("case", "ab" * 16, {**values, "zzz_new_column": ""}) != digest
    assert row_digest("asset", "ab" * 16, values) != digest
    assert row_digest("case", "cd" * 16, values) != digest


def test_true_and_one_are_two_values() -> None:
    assert row_digest("case", "ab" * 16, {"a": True}) != row_digest("case", "ab" * 16, {"a": 1})
    assert value_digest(True) != value_digest(1)
    assert value_digest("") != value_digest(None)


def test_a_scope_is_the_sum_of_its_rows_in_any_order() -> None:
    assert scope_sum([2**256 - 1, 5]) == scope_sum([5, 2**256 - 1]) == 4
    assert scope_sum([]) == 0


def test_a_change_holds_its_class() -> None:
    assert isinstance(change_from_bytes(change_bytes(CHANGE)), Change)


@given(
    st.lists(st.sampled_from(["name", "/a", "code", "zz", "moment"]), unique=True, max_size=5),
    st.lists(st.lists(st.one_of(st.none(), st.text(max_size=4), st.integers(-5, 5), st.booleans()), min_size=5, max_size=5), max_size=6),
)
@settings(max_examples=60)
def test_many_digests_at_once_are_those_of_each_row(names: list[str], values: list[list[Plain]]) -> None:
    rows = [(bytes([number]) * 16, number, tuple(row[: len(names)])) for number, row in enumerate(values)]
    each = [row_digest("site", record.hex(), dict(zip(names, row, strict=True))) for record, _, row in rows]
    assert [int.from_bytes(digest, "big") for digest in row_digests("site", names, rows)] == each
