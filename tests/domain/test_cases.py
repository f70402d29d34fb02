"""Cases: entitlement, statuses, milestones, taking over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldapp.domain.cases import (
    STAMPS,
    STATUSES,
    Case,
    CauseNeeded,
    StatusNotAllowed,
    allowed_statuses,
    entitlement,
    entitlement_sentence,
    move,
    needs_fee_confirmation,
    stamp_case,
    status_sentence,
    take_over,
    why_not,
)
from fieldapp.domain.customers import Asset, Contract

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
ASSET = Asset(id="a", warranty_starts_on=date(2025, 11, 24), warranty_ends_on=DAY)
CONTRACT = Contract(id="k", kind="maintenance", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("contract", "asset", "day", "found"),
    [
        (None, ASSET, DAY, "warranty"),
        (CONTRACT, ASSET, DAY, "warranty"),
        (CONTRACT, ASSET, DAY + timedelta(days=1), "maintenance"),
        (CONTRACT, None, date(2027, 1, 1), "per_call"),
        (CONTRACT, Asset(id="a"), DAY, "maintenance"),
        (replace(CONTRACT, kind="warranty"), None, DAY, "warranty"),
        (replace(CONTRACT, kind="per_call"), None, DAY, "per_call"),
        (replace(CONTRACT, starts_on=None, ends_on=None), None, date(2040, 1, 1), "maintenance"),
        (None, None, DAY, "per_call"),
    ],
)
def test_the_entitlement_follows_warranty_then_contract(contract: Contract | None, asset: Asset | None, day: date, found: str) -> None:
    assert entitlement(contract, asset, day) == found


def test_only_work_per_call_needs_the_fee_confirmed() -> None:
    assert [needs_fee_confirmation(each) for each in ("warranty", "maintenance", "per_call")] == [False, False, True]
    assert [entitlement_sentence(each).read("zh") for each in ("warranty", "maintenance", "per_call")] == ["保内", "维保合同", "单次收费"]


def test_the_field_moves_only_where_it_may() -> None:
    case = Case(id="c", status="assigned")
    assert allowed_statuses(case) == ("responded", "diagnosing", "waiting_part", "waiting_vendor", "on_site", "restored")
    assert move(case, "on_site").status == "on_site"
    for status in ("new", "closed", "archived", "assigned", "resolved", "nonsense"):
        with pytest.raises(StatusNotAllowed):
            move(case, status)


@pytest.mark.parametrize("status", ["new", "closed", "archived"])
def test_before_assignment_and_after_closing_nothing_moves(status: str) -> None:
    assert allowed_statuses(Case(id="c", status=status)) == ()


def test_a_fault_is_solved_only_restored_and_with_cause_and_solution() -> None:
    case = Case(id="c", status="diagnosing")
    assert why_not(case, "resolved") is not None
    restored = replace(case, status="restored")
    with pytest.raises(CauseNeeded):
        move(restored, "resolved")
    assert move(replace(restored, cause="PSU", solution="replaced"), "resolved").status == "resolved"
    assert move(Case(id="c", kind="consultation", status="responded"), "resolved").status == "resolved"


def test_every_status_has_its_word() -> None:
    words = [status_sentence(each).read("zh") for each in STATUSES]
    assert len(set(words)) == len(STATUSES)
    assert not [each for each in words if each.isascii()]


@pytest.mark.parametrize("name", STAMPS)
def test_the_first_milestone_stands(name: str) -> None:
    case = stamp_case(Case(id="c", status="assigned"), name, AT)
    assert getattr(case, f"{name}_at") == AT
    assert stamp_case(case, name, AT + timedelta(hours=1)) == case


def test_a_milestone_moves_the_status_forward_only() -> None:
    case = Case(id="c", status="assigned")
    assert stamp_case(case, "contacted", AT).status == "responded"
    assert stamp_case(case, "arrived", AT).status == "on_site"
    assert stamp_case(replace(case, status="verifying"), "contacted", AT).status == "verifying"
    assert stamp_case(replace(case, status="closed"), "contacted", AT).status == "closed"
    with pytest.raises(ValueError, match="milestone"):
        stamp_case(case, "closed", AT)


def test_any_engineer_may_take_a_running_case_over() -> None:
    entry = take_over(Case(id="c", owner_id="other"), "me", "李工", AT, "activity", " on site anyway ")
    assert (entry.kind, entry.old_value, entry.new_value, entry.text) == ("reassignment", "other", "me", "on site anyway")
    with pytest.raises(StatusNotAllowed):
        take_over(Case(id="c", owner_id="me"), "me", "李工", AT, "activity", "")
    with pytest.raises(StatusNotAllowed):
        take_over(Case(id="c", status="closed"), "me", "李工", AT, "activity", "")


def test_the_first_and_the_last_day_belong_to_a_contract() -> None:
    for day in (date(2026, 1, 1), date(2026, 12, 31)):
        assert entitlement(CONTRACT, None, day) == "maintenance"
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        assert entitlement(CONTRACT, None, day) == "per_call"
