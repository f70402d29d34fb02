"""The history in the signed data: its tree against one written by the book, and each way in which a history can differ."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.i18n import Sentence
from fieldapp.reports.canonical import DataError, canonical_json, to_plain
from fieldapp.reports.documents import data_of
from fieldapp.reports.history import VisitHistory, first_difference, history_of, tree_root
from fieldapp.wire.changes import Change, FieldEdit, change_bytes
from tests.reports.samples import service


def _by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word: split at the largest power of two below the number of leaves."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + _by_the_book(leaves[:split]) + _by_the_book(leaves[split:])).digest()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=70))
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert tree_root(leaves) == _by_the_book(leaves)


def test_the_root_is_that_of_known_vectors() -> None:
    # the test vectors of Certificate Transparency's reference implementation
    assert tree_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tree_root([b""]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree_root([b"", b"\x00"]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


def test_a_leaf_is_no_node_and_the_order_counts() -> None:
    one, other = b"\x01" * 32, b"\x02" * 32
    inner = hashlib.sha256(b"\x00" + one).digest() + hashlib.sha256(b"\x00" + other).digest()
    assert len({tree_root([one, other]), tree_root([other, one]), tree_root([inner]), tree_root([one, other, other])}) == 4


def _change(number: int, value: str = "", *, sequence: int = 0) -> bytes:
    edit = FieldEdit("summary", value or f"v{number}", None)
    return change_bytes(Change(sequence or number, "visit", bytes([number]) * 16, (edit,), 1, 1, b"\x09" * 16, number, number, 1))


CHANGES = [_change(number) for number in range(1, 8)]
SIGNED = history_of("ab" * 16, None, ["visit/" + "01" * 16], CHANGES)


def _said(changes: list[bytes], signed: VisitHistory = SIGNED) -> str:
    found = first_difference(signed, changes)
    assert isinstance(found, Sentence)
    assert found.read("zh") != found.read("en")
    return found.read("en")


def test_the_same_history_differs_nowhere_also_under_new_numbers() -> None:
    assert first_difference(SIGNED, CHANGES) is None
    assert first_difference(SIGNED, [_change(number, sequence=number + 300) for number in range(1, 8)]) is None
    assert first_difference(history_of("", None, [], []), []) is None


@pytest.mark.parametrize("place", [0, 3, 6])
def test_an_altered_change_is_named(place: int) -> None:
    changes = [*CHANGES[:place], _change(place + 1, "other"), *CHANGES[place + 1 :]]
    record = bytes([place + 1] * 16).hex()
    assert _said(changes) == f"Altered: Change {place + 1} of 7; it is now number {place + 1}, visit {record} (summary)."


def test_a_missing_change_is_named_by_its_place() -> None:
    assert _said(CHANGES[1:]) == "Left out: the first of the 7 Changes that were signed."
    for place in (3, 6):
        said = _said([*CHANGES[:place], *CHANGES[place + 1 :]])
        assert said.startswith(f"Left out: Change {place + 1} of 7; it stood behind number {place}, visit ")
    assert _said([]) == "Left out: the first of the 7 Changes that were signed."


def test_an_added_change_is_named_with_what_it_says() -> None:
    assert _said([_change(9), *CHANGES]).startswith("Added before Change 1 of 7: number 9, visit ")
    assert _said([*CHANGES[:4], _change(9), *CHANGES[4:]]).startswith("Added before Change 5 of 7: number 9, visit ")
    assert _said([*CHANGES, _change(9)]).startswith("Added after the 7 Changes that were signed: number 9, visit ")
    assert _said([*CHANGES, CHANGES[6]]).startswith("Added after the 7 Changes")
    assert _said([*CHANGES[:2], CHANGES[1], *CHANGES[2:]]).startswith("Added before Change 3 of 7: number 2, visit ")


def test_another_order_is_named() -> None:
    swapped = [CHANGES[0], CHANGES[2], CHANGES[1], *CHANGES[3:]]
    assert _said(swapped).startswith("In another order: in the place of Change 2 of 7 stands number 3, visit ")
    assert _said(CHANGES[::-1]).startswith("In another order: in the place of Change 1 of 7 stands number 7, visit ")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from([*CHANGES, _change(8), _change(3, "other")]), max_size=10))
def test_no_other_history_passes(changes: list[bytes]) -> None:
    assert (first_difference(SIGNED, changes) is None) == (changes == CHANGES)


def test_a_root_of_other_digests_is_refused() -> None:
    assert "root" in _said(CHANGES, replace(SIGNED, root="0" * 64))
    assert "root" in _said(CHANGES[:-1], replace(SIGNED, digests=SIGNED.digests[:-1]))
    assert "root" in _said(CHANGES, replace(SIGNED, digests=("no digest",), root=""))


def test_data_without_a_history_are_spelled_as_before_it_and_with_one_come_back_whole() -> None:
    bare = service()
    assert b'"history"' not in canonical_json(bare)
    assert data_of(to_plain(bare)) == bare
    listed = replace(bare, front=replace(bare.front, history=SIGNED))
    assert data_of(to_plain(listed)).front.history == SIGNED
    plain = to_plain(bare)
    plain["front"]["history"] = None
    with pytest.raises(DataError):
        data_of(plain)
