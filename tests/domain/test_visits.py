"""A visit from departure to leaving: what is allowed next, how it ends, what the check before leaving finds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from fieldapp.domain.customers import Asset, SiteRule, effect_of, rule_for, rule_sentence, subject_sentence
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.leaving import exit_check
from fieldapp.domain.spares import Swap
from fieldapp.domain.upgrades import UpgradeOrder
from fieldapp.domain.visits import (
    STAMPS,
    LeftOver,
    OutcomeNeedsReason,
    StampOutOfOrder,
    StampTooEarly,
    Visit,
    arrival_at,
    end_visit,
    outcome_sentence,
    stamp,
    stamp_states,
)

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
VISIT = Visit(id="v" * 32)


def walked(steps: int) -> Visit:
    visit = VISIT
    for number, name in enumerate(STAMPS[:steps]):
        visit = stamp(visit, name, START + timedelta(minutes=10 * number))
    return visit


@pytest.mark.parametrize("steps", range(6))
def test_exactly_the_next_step_is_allowed(steps: int) -> None:
    states = stamp_states(walked(steps))
    assert [each.allowed for each in states] == [position == steps for position in range(5)]
    assert all(each.why is not None for each in states if not each.allowed and each.at is None)


@pytest.mark.parametrize(("steps", "name"), [(0, "entered_at"), (1, "started_at"), (3, "left_at"), (2, "departed_at")])
def test_a_step_out_of_turn_is_refused_with_the_reason(steps: int, name: str) -> None:
    with pytest.raises(StampOutOfOrder) as caught:
        stamp(walked(steps), name, START + timedelta(hours=1))
    assert caught.value.read("zh") != caught.value.read("en")


def test_a_later_stamp_closes_the_earlier_ones() -> None:
    visit = Visit(id="v", started_at=START)
    assert not any(each.allowed for each in stamp_states(visit)[:2])


def test_a_time_before_the_step_before_is_refused() -> None:
    with pytest.raises(StampTooEarly):
        stamp(walked(2), "started_at", START)


def test_midnight_does_not_end_a_visit() -> None:
    visit = replace(walked(3), started_at=datetime(2026, 12, 31, 15, 50, tzinfo=UTC))
    assert stamp(visit, "cleared_at", datetime(2026, 12, 31, 17, 0, tzinfo=UTC)).cleared_at is not None


def test_work_starts_only_after_the_rules_were_read() -> None:
    visit = walked(2)
    with pytest.raises(StampOutOfOrder):
        stamp(visit, "started_at", START + timedelta(hours=1), rules_to_read=True)
    read = replace(visit, rules_read_at=START)
    assert stamp(read, "started_at", START + timedelta(hours=1), rules_to_read=True).started_at


def test_a_wasted_visit_counts_as_arrival() -> None:
    visit = end_visit(walked(1), "wasted", "nobody at the gate")
    visit = stamp(visit, "left_at", START + timedelta(hours=2))
    assert arrival_at(visit) == START + timedelta(hours=2)
    assert arrival_at(walked(1)) is None
    assert arrival_at(walked(3)) == START + timedelta(minutes=10)


@pytest.mark.parametrize("outcome", ["partial", "unfinished", "wasted", "observing"])
def test_an_end_other_than_complete_needs_its_reason(outcome: str) -> None:
    with pytest.raises(OutcomeNeedsReason):
        end_visit(VISIT, outcome, "  ")
    assert end_visit(VISIT, outcome, "等待备件").outcome_reason == "等待备件"
    assert outcome_sentence(outcome).read("zh") != "尚未结束"


def test_left_over_items_explain_a_partial_end_but_not_a_wasted_one() -> None:
    items = (LeftOver(id="l", text="x"),)
    assert end_visit(VISIT, "partial", left_overs=items).outcome == "partial"
    with pytest.raises(OutcomeNeedsReason):
        end_visit(VISIT, "wasted", left_overs=items)
    assert end_visit(VISIT, "complete", work_done="done").work_done == "done"
    with pytest.raises(ValueError, match="outcome"):
        end_visit(VISIT, "vanished")


def rule(subject: str, verdict: str, clause: str = "3", approval: str = "") -> SiteRule:
    return SiteRule(id=subject + verdict, subject=subject, verdict=verdict, clause=clause, approval_no=approval)


def test_the_strictest_rule_of_a_subject_counts() -> None:
    rules = [rule("camera", "allowed"), rule("camera", "forbidden"), rule("camera", "approval")]
    found = rule_for(rules, "camera")
    assert found is not None
    assert found.verdict == "forbidden"
    assert rule_for(rules, "usb") is None


def test_a_forbidden_camera_has_a_reason_and_a_substitute() -> None:
    effect = effect_of([rule("camera", "forbidden")], "camera")
    assert not effect.allowed
    assert effect.reason is not None
    assert effect.substitute is not None
    assert effect.reason.read("zh") == "本站禁止拍照(现场规定 3)"
    assert effect.substitute.read("zh") == "请写明现象与见证人"


def test_an_approval_without_a_number_does_not_count() -> None:
    assert not effect_of([rule("data_out", "approval")], "data_out").allowed
    assert effect_of([rule("data_out", "approval", approval="A-7")], "data_out").allowed
    assert effect_of([], "usb").allowed


@pytest.mark.parametrize("subject", ["camera", "phone", "laptop", "usb", "network", "escort", "data_out", "drone"])
@pytest.mark.parametrize("verdict", ["allowed", "forbidden", "approval"])
def test_every_rule_reads_as_a_tag(subject: str, verdict: str) -> None:
    assert "{" not in rule_sentence(rule(subject, verdict)).read("zh")
    assert subject_sentence(subject).read("en")
    assert rule_sentence(rule("camera", "forbidden")).read("zh") == "禁止拍照"


def check(visit: Visit = VISIT, **records: Any) -> dict[str, bool]:
    return {each.key: each.done for each in exit_check(visit, **records)}


def test_an_empty_visit_lacks_report_clearing_and_end() -> None:
    assert check() == {"cleared": False, "report": False, "outcome": False}


def test_everything_done_signed_and_handed_over_is_found_done() -> None:
    swap = Swap(id="w", old_serial="a", new_serial="b", finished_at=START, self_test="ok", faulty_ending="taken_back")
    found = check(
        replace(walked(4), outcome="complete"),
        rules=(rule("data_out", "approval", approval="A-7"),),
        instances=(FormInstance(id="i", state="done"),),
        reports=(ServiceReport(id="r", number="SR-1", state="signed", copy_delivered_at=START),),
        swaps=(swap,),
        orders=(UpgradeOrder(id="o", state="done"),),
        left_overs=(LeftOver(id="l", text="x", owner="us", due_on=date(2026, 12, 1)),),
    )
    assert len(found) == 9
    assert all(found.values())


def test_what_is_not_done_not_signed_not_handed_over_is_found() -> None:
    items = exit_check(
        replace(walked(3), outcome="partial"),
        rules=(rule("data_out", "approval"), rule("camera", "forbidden")),
        instances=(FormInstance(id="i"), FormInstance(id="j"), FormInstance(id="k", state="done")),
        reports=(ServiceReport(id="r", number="SR-1", state="certified"), ServiceReport(id="q", number="SR-2", state="signed")),
        swaps=(Swap(id="w", asset_id="a"),),
        assets=(Asset(id="a", data_bearing=True),),
        orders=(UpgradeOrder(id="o"),),
    )
    missing = {(each.key, each.text.read("en")) for each in items if not each.done}
    assert missing == {
        ("checklists", "2 checklists are not finished"),
        ("swaps", "1 swaps are not complete"),
        ("changes", "1 changes are still open"),
        ("cleared", "The workplace is not cleared yet"),
        ("approval_data_out", "Approval number missing: Taking data out"),
        ("report", "Report SR-1 is not signed"),
        ("copy", "The copy of SR-2 is not handed over"),
        ("left_overs", "Nothing is noted as left over"),
    }


def test_a_void_report_is_no_report_and_a_wasted_visit_needs_none() -> None:
    assert check(reports=(ServiceReport(id="r", state="void"),))["report"] is False
    assert check(Visit(id="v", outcome="wasted")) == {"outcome": True}


def test_left_over_items_without_owner_or_date_are_counted() -> None:
    items = (LeftOver(id="l", text="x"), LeftOver(id="m", text="y", due_on=date(2026, 12, 1)))
    found = next(each for each in exit_check(VISIT, left_overs=items) if each.key == "left_overs")
    assert (found.done, found.count) == (False, 1)


def test_two_steps_may_happen_in_the_same_minute() -> None:
    assert stamp(walked(1), "entered_at", START).entered_at == START
