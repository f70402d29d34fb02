"""Two edits of one field: which wins, what is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.merging import Actor, Outcome, differing_fields, merge_field, merge_record, reason_sentence
from fieldapp.domain.records import KINDS, Plain, Policy

POLICIES: tuple[Policy, ...] = ("centre", "field", "both", "append", "once", "ledger")
plain = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3))
policies = st.sampled_from(POLICIES)
actors = st.sampled_from(("engineer", "centre"))
fast = settings(max_examples=120, deadline=None)


@pytest.mark.parametrize("policy", [*POLICIES, None])
@pytest.mark.parametrize("actor", ["engineer", "centre"])
def test_the_same_value_on_both_sides_is_applied(policy: Policy | None, actor: Actor) -> None:
    found = merge_field(policy, "P1", False, "P1", actor)
    assert (found.code, found.value, found.loses) == ("applied", "P1", False)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_record_that_is_not_there_yet_takes_every_value(policy: Policy) -> None:
    assert merge_field(policy, None, False, "new", "engineer", creating=True) == Outcome("applied", "new")


def test_an_engineer_does_not_overrule_the_centre() -> None:
    found = merge_field("centre", "P2", True, "P1", "engineer")
    assert (found.code, found.value, found.kept, found.reason) == ("rejected", "P2", "P1", "centre_decides")
    assert merge_field("centre", "P2", False, "P1", "centre").code == "applied"


def test_the_engineer_on_site_wins_over_the_centre_in_either_order() -> None:
    engineer_last = merge_field("field", "centre says", False, "engineer says", "engineer")
    centre_last = merge_field("field", "engineer says", False, "centre says", "centre")
    assert engineer_last.value == centre_last.value == "engineer says"
    assert engineer_last.kept == centre_last.kept == "centre says"
    assert engineer_last.code == centre_last.code == "merged"


def test_the_centre_records_on_behalf_where_nobody_edited_meanwhile() -> None:
    assert merge_field("field", None, True, "10:00", "centre") == Outcome("applied", "10:00")


def test_two_engineers_on_one_field_conflict() -> None:
    found = merge_field("field", "one", False, "other", "engineer", current_by="engineer")
    assert (found.code, found.value, found.kept) == ("conflict", "one", "other")


def test_both_sides_edited_is_a_conflict_and_both_values_are_kept() -> None:
    found = merge_field("both", "theirs", False, "mine", "engineer")
    assert found == Outcome("conflict", "theirs", "both_edited", "mine", True)
    assert merge_field("both", "theirs", True, "mine", "engineer") == Outcome("applied", "mine")


@pytest.mark.parametrize("policy", ["append", "ledger", "once"])
@pytest.mark.parametrize("base_matches", [True, False])
def test_what_was_written_first_stands(policy: Policy, base_matches: bool) -> None:
    found = merge_field(policy, "first", base_matches, "second", "engineer")
    assert (found.code, found.value, found.kept) == ("rejected", "first", "second")


def test_a_field_this_version_does_not_know_is_merged_with_care() -> None:
    assert merge_field(None, "a", False, "b", "engineer").code == "conflict"
    assert merge_field(None, "a", True, "b", "engineer").code == "applied"


def test_true_is_not_one() -> None:
    assert merge_field("both", True, False, 1, "engineer").code == "conflict"


@fast
@given(policy=policies, current=plain, mine=plain, matches=st.booleans(), actor=actors)
def test_no_value_is_ever_lost_without_being_kept(policy: Policy, current: Plain, mine: Plain, matches: bool, actor: Actor) -> None:
    found = merge_field(policy, current, matches, mine, actor)
    standing = (type(found.value), found.value)
    assert standing in {(type(current), current), (type(mine), mine)}
    if standing != (type(mine), mine):
        assert found.loses
        assert (type(found.kept), found.kept) == (type(mine), mine)
    if found.code == "merged" and standing == (type(mine), mine):
        assert (type(found.kept), found.kept) == (type(current), current)
    if found.code != "applied":
        assert reason_sentence(found.reason) is not None


@fast
@given(policy=policies, current=plain, mine=plain, matches=st.booleans(), actor=actors)
def test_merging_again_what_stands_changes_nothing(policy: Policy, current: Plain, mine: Plain, matches: bool, actor: Actor) -> None:
    stands = merge_field(policy, current, matches, mine, actor).value
    assert merge_field(policy, stands, False, stands, actor) == Outcome("applied", stands, "same_value")


fields = st.dictionaries(st.sampled_from("abcd"), plain, max_size=4)


@fast
@given(base=fields, one=fields, other=fields)
def test_every_field_is_in_one_set_and_the_sets_mirror(base: dict[str, Plain], one: dict[str, Plain], other: dict[str, Plain]) -> None:
    there, back = differing_fields(base, one, other), differing_fields(base, other, one)
    assert (there.mine, there.theirs) == (back.theirs, back.mine)
    assert (there.agreed, there.clashing) == (back.agreed, back.clashing)
    sets = [there.mine, there.theirs, there.agreed, there.clashing]
    assert sum(map(len, sets)) == len(frozenset().union(*sets))


CASE = KINDS["case"]
BASE: dict[str, Plain] = {"caller_name": "王", "error_code": "", "description": "x", "customers_number": ""}


@fast
@given(
    mine=st.dictionaries(st.sampled_from(("caller_name", "error_code")), st.text(max_size=3)),
    theirs=st.dictionaries(st.sampled_from(("description", "customers_number")), st.text(max_size=3)),
)
def test_edits_of_different_fields_commute(mine: dict[str, Plain], theirs: dict[str, Plain]) -> None:
    def applied(first: dict[str, Plain], second: dict[str, Plain]) -> dict[str, Plain]:
        current = {**BASE, **{name: out.value for name, out in merge_record(CASE, BASE, BASE, {**BASE, **first}, "engineer").items()}}
        outcomes = merge_record(CASE, BASE, current, {**BASE, **second}, "engineer")
        assert all(each.code == "applied" for each in outcomes.values())
        return {**current, **{name: each.value for name, each in outcomes.items()}}

    assert applied(mine, theirs) == applied(theirs, mine) == {**BASE, **mine, **theirs}


def test_a_whole_record_is_judged_field_by_field() -> None:
    base: dict[str, Plain] = {"severity": "P2", "cause": "", "caller_name": "王"}
    current: dict[str, Plain] = {"severity": "P1", "cause": "电源", "caller_name": "李"}
    mine: dict[str, Plain] = {"severity": "P3", "cause": "主板", "caller_name": "王"}
    found = merge_record(CASE, base, current, mine, "engineer")
    assert {name: each.code for name, each in found.items()} == {"severity": "rejected", "cause": "merged"}


def test_a_new_record_is_taken_whole() -> None:
    found = merge_record(CASE, {}, {}, {"severity": "P1", "summary": "down"}, "engineer")
    assert {each.code for each in found.values()} == {"applied"}


def test_an_unknown_reason_is_shown_as_it_came() -> None:
    assert reason_sentence("") is None
    shown = reason_sentence("FA-999")
    assert shown is not None
    assert "FA-999" in shown.read("zh")


REASONS = (
    "changed_meanwhile",
    "deleted",
    "centre_only",
    "wrong_order",
    "bad_value",
    "unreadable",
    "unknown_kind",
    "unknown_field",
    "sealed",
)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_centre_reads_in_both_languages(reason: str) -> None:
    shown = reason_sentence(reason)
    assert shown is not None
    assert "gave the reason" not in shown.read("en")
    assert not shown.read("zh").isascii()
