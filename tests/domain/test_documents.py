"""Reports and sign-offs: who may sign, what is final, what counts as accepted, and numbers of leased blocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.customers import Contact
from fieldapp.domain.documents import (
    FINAL,
    OUTCOMES,
    NumberBlock,
    NumbersUsedUp,
    OtherCustomer,
    OutcomeIncomplete,
    ReportFinal,
    ServiceReport,
    SignOff,
    acceptance,
    acceptance_sentence,
    authority_of,
    check_sign_off,
    format_number,
    is_final,
    new_version,
    numbers_left,
    require_draft,
    require_same,
    signed_state,
    take_number,
)

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REPORT = ServiceReport(id="r", customer_id="c", contract_id="k", visit_id="v", number="SR-000417")


def act(outcome: str, position: int = 1, minutes: int = 0) -> SignOff:
    return SignOff(id=f"{outcome}{position}{minutes}", position=position, outcome=outcome, at=AT + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("outcomes", "found"),
    [
        ((), "open"),
        (("signed",), "open"),
        (("signed", "signed"), "accepted"),
        (("signed", "remarks"), "accepted_with_remarks"),
        (("signed", "partial"), "partial"),
        (("partial", "refused"), "refused"),
        (("signed", "absent"), "absent"),
        (("signed", "paper"), "paper"),
    ],
)
def test_nothing_is_accepted_unless_everybody_expected_accepted(outcomes: tuple[str, ...], found: str) -> None:
    acts = [act(outcome, position) for position, outcome in enumerate(outcomes, start=1)]
    assert acceptance(acts, 2) == found


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(OUTCOMES), max_size=4), st.integers(1, 4))
def test_accepted_means_signatures_and_nothing_else(outcomes: list[str], expected: int) -> None:
    acts = [act(outcome, position) for position, outcome in enumerate(outcomes, start=1)]
    if acceptance(acts, expected) in ("accepted", "accepted_with_remarks"):
        assert len(outcomes) >= expected
        assert set(outcomes) <= {"signed", "remarks"}


def test_the_latest_act_of_a_position_counts() -> None:
    assert acceptance([act("signed", 1, 60), act("absent", 1)]) == "accepted"


def test_the_state_follows_the_signers() -> None:
    assert signed_state([act("signed")], 2) == "certified"
    assert signed_state([act("signed"), act("signed", 2)], 2) == "signed"
    assert signed_state([act("partial")]) == "signed"
    assert signed_state([act("refused")], 2) == "refused"
    assert signed_state([act("paper")]) == "paper"
    assert signed_state([act("absent")]) == "certified"


def test_paper_is_never_shown_as_signed_electronically() -> None:
    assert acceptance_sentence("paper").read("zh") == "纸质签署"
    assert acceptance_sentence("refused").read("zh") == "拒签"
    assert len({acceptance_sentence(each).read("zh") for each in ("open", "accepted", "partial", "absent")}) == 4


def test_authority_comes_from_the_contact() -> None:
    approver = Contact(id="c", may_approve=True)
    accepter = Contact(id="c", may_accept=True)
    assert authority_of(approver, "change_approval").registered
    assert not authority_of(approver, "change_acceptance").registered
    assert authority_of(accepter, "service").registered
    unknown = authority_of(None, "service")
    assert not unknown.registered
    assert unknown.words is not None
    assert unknown.words.read("zh") == "未登记签字人"


@pytest.mark.parametrize("state", ["draft", "frozen", "certified", *sorted(FINAL)])
def test_a_settled_report_changes_only_by_a_new_version(state: str) -> None:
    report = replace(REPORT, state=state)
    if state not in FINAL:
        require_draft(report)
        require_draft(report, [act("absent")])
        return
    assert is_final(report)
    with pytest.raises(ReportFinal):
        require_draft(report)


def test_remarks_can_freeze_again_only_before_the_first_signature() -> None:
    with pytest.raises(ReportFinal):
        require_draft(replace(REPORT, state="certified"), [act("signed")])


def test_a_new_version_keeps_the_number_and_names_the_old_one() -> None:
    old = replace(REPORT, state="signed", pdf_digest="d", signed_at=AT, stamped_digest="e", copy_delivered_at=AT)
    new = new_version(old, "n")
    assert (new.number, new.version, new.state, new.supersedes_id) == ("SR-000417", 2, "draft", "r")
    assert (new.pdf_digest, new.signed_at, new.stamped_digest, new.copy_delivered_at) == ("", None, "", None)


@pytest.mark.parametrize("other", [{"customer_id": "x"}, {"contract_id": "x"}, {"visit_id": "x"}])
def test_nothing_of_another_customer_comes_into_a_report(other: dict[str, str]) -> None:
    same = {"customer_id": "c", "contract_id": "k", "visit_id": "v"}
    require_same(REPORT, **same)
    require_same(REPORT, customer_id="", contract_id="", visit_id="")
    with pytest.raises(OtherCustomer):
        require_same(REPORT, **{**same, **other})


@pytest.mark.parametrize(
    ("sign_off", "complete"),
    [
        (SignOff(id="s", name="王工", strokes_digest="d"), True),
        (SignOff(id="s", name="王工"), False),
        (SignOff(id="s", strokes_digest="d"), False),
        (SignOff(id="s", outcome="remarks", name="王工", strokes_digest="d"), False),
        (SignOff(id="s", outcome="remarks", name="王工", strokes_digest="d", remarks="x"), True),
        (SignOff(id="s", outcome="partial", name="王工", strokes_digest="d"), False),
        (SignOff(id="s", outcome="refused", reason="x"), False),
        (SignOff(id="s", outcome="refused", reason="x", remarks="witness"), True),
        (SignOff(id="s", outcome="absent"), False),
        (SignOff(id="s", outcome="absent", reason="on leave"), True),
        (SignOff(id="s", outcome="paper"), True),
    ],
)
def test_each_outcome_has_what_it_needs(sign_off: SignOff, complete: bool) -> None:
    if complete:
        check_sign_off(sign_off)
        return
    with pytest.raises(OutcomeIncomplete):
        check_sign_off(sign_off)


def test_an_outcome_that_does_not_exist_is_a_fault() -> None:
    with pytest.raises(ValueError, match="outcome"):
        check_sign_off(SignOff(id="s", outcome="maybe"))


def test_numbers_are_printed_with_prefix_and_width() -> None:
    block = NumberBlock(id="b", series="SR", prefix="SR-2026-", first=401, last=402, width=5, used=400)
    assert format_number(block, 417) == "SR-2026-00417"
    first, block = take_number(block)
    second, block = take_number(block)
    assert (first, second) == ("SR-2026-00401", "SR-2026-00402")
    with pytest.raises(NumbersUsedUp):
        take_number(block)


@settings(max_examples=60, deadline=None)
@given(first=st.integers(1, 50), size=st.integers(0, 8), used=st.integers(0, 60))
def test_no_number_is_given_twice_and_none_outside_the_block(first: int, size: int, used: int) -> None:
    block = NumberBlock(id="b", first=first, last=first + size - 1, width=1, used=used)
    given_out = []
    for _ in range(numbers_left(block)):
        number, block = take_number(block)
        given_out.append(int(number))
    assert numbers_left(block) == 0
    assert given_out == sorted(set(given_out))
    assert all(max(first, used + 1) <= number < first + size for number in given_out)
