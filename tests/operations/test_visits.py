"""Visits: the five steps, site rules, the end, left-over items, people, the check before leaving."""

from __future__ import annotations

from datetime import date

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.visits import OutcomeNeedsReason, StampOutOfOrder, Visit
from fieldapp.operations import visits as ops
from fieldapp.operations.session import FieldSession
from fieldapp.operations.visits import EmptyLeftOver, EmptyName
from tests.operations.world import SmallWorld, local


def wait(session: FieldSession, minutes: int) -> None:
    assert isinstance(session.clock, TurnableClock)
    session.clock.advance(minutes=minutes)


def stored(session: FieldSession, world: SmallWorld) -> Case:
    with session.reading() as reader:
        return reader.need(Case, world.case)


def test_a_visit_tells_its_site_its_rules_and_what_belongs_to_it(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.visit(field_session, world.repair_visit)
    assert (view.customer, view.site, view.phone, view.contract) == ("华东数据中心", "三号机房", "021-5550 1200", "HT-2026-0113")
    assert [(rule.subject, rule.allowed) for rule in view.rules] == [("camera", False), ("usb", False), ("escort", False)]
    assert (view.case_number, view.asset_id, view.order_id) == ("CS-2026-00417", world.storage, "")
    assert [step.allowed for step in view.stamps] == [True, False, False, False, False]
    assert ops.visit(field_session, world.upgrade_visit).order_id == world.order


def test_steps_come_in_order_and_say_why_not(field_session: FieldSession, world: SmallWorld) -> None:
    with pytest.raises(StampOutOfOrder):
        ops.enter(field_session, world.repair_visit)
    ops.depart(field_session, world.repair_visit)
    wait(field_session, 30)
    view = ops.enter(field_session, world.repair_visit, permit_no=" GZP-1 ", escort="陈敏", tools=("电脑 SN 1", " ", "螺丝刀"))
    assert (view.permit_no, view.escort, view.tools) == ("GZP-1", "陈敏", ("电脑 SN 1", "螺丝刀"))
    with pytest.raises(StampOutOfOrder) as refused:
        ops.start_work(field_session, world.repair_visit)
    assert "rules" in refused.value.read("en")
    ops.read_rules(field_session, world.repair_visit)
    ops.start_work(field_session, world.repair_visit, confirmed_by="陈敏")
    ops.clear(field_session, world.repair_visit)
    view = ops.leave(field_session, world.repair_visit, items_out=("坏件 PSU-800,陈敏同意",))
    assert [step.at for step in view.stamps] == [local(8), local(8, 30), local(8, 30), local(8, 30), local(8, 30)]
    assert (view.start_confirmed_by, view.items_out) == ("陈敏", ("坏件 PSU-800,陈敏同意",))
    with pytest.raises(StampOutOfOrder):
        ops.leave(field_session, world.repair_visit)


def test_the_first_reading_of_the_rules_stands(field_session: FieldSession, world: SmallWorld) -> None:
    first = ops.read_rules(field_session, world.repair_visit).rules_read_at
    wait(field_session, 10)
    assert ops.read_rules(field_session, world.repair_visit).rules_read_at == first


def test_entering_stops_the_arrival_clock_of_the_case_once(field_session: FieldSession, world: SmallWorld) -> None:
    ops.depart(field_session, world.repair_visit)
    wait(field_session, 45)
    ops.enter(field_session, world.repair_visit)
    assert stored(field_session, world).arrived_at == local(8, 45)
    assert stored(field_session, world).status == "on_site"
    ops.read_rules(field_session, world.repair_visit)
    ops.start_work(field_session, world.repair_visit)
    with field_session.reading() as reader:
        arrivals = reader.find(CaseActivity, case_id=world.case, kind="visit")
    assert [each.text for each in arrivals] == ["到达现场 / Arrived on site"]


def test_a_wasted_visit_counts_as_arrival_with_the_customers_reason(field_session: FieldSession, world: SmallWorld) -> None:
    ops.depart(field_session, world.repair_visit)
    wait(field_session, 60)
    with pytest.raises(OutcomeNeedsReason):
        ops.end(field_session, world.repair_visit, "wasted")
    ops.end(field_session, world.repair_visit, "wasted", reason="客户机房临时封闭")
    assert stored(field_session, world).arrived_at is None
    view = ops.leave(field_session, world.repair_visit)
    assert view.outcome == "wasted"
    assert stored(field_session, world).arrived_at == local(9)


def test_an_end_that_is_not_complete_needs_a_reason_or_what_is_left(field_session: FieldSession, world: SmallWorld) -> None:
    with pytest.raises(OutcomeNeedsReason):
        ops.end(field_session, world.repair_visit, "partial", work_done="换了电源")
    assert ops.visit(field_session, world.repair_visit).work_done == ""
    ops.add_left_over(field_session, world.repair_visit, " 风扇异响 ", "us", date(2026, 12, 7))
    view = ops.end(field_session, world.repair_visit, "partial", symptom="告警", cause="老化", work_done="换了电源")
    assert (view.outcome, view.symptom, view.cause, view.work_done) == ("partial", "告警", "老化", "换了电源")
    assert [(each.text, each.owner, each.due_on) for each in view.left_overs] == [("风扇异响", "us", date(2026, 12, 7))]
    with pytest.raises(EmptyLeftOver):
        ops.add_left_over(field_session, world.repair_visit, " ", "us", None)


def test_what_is_typed_is_kept_before_the_visit_ends(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.write_work(field_session, world.repair_visit, symptom="告警 ", cause="", work_done="更换")
    assert (view.symptom, view.work_done, view.outcome) == ("告警", "更换", "")
    heard: list[frozenset[str]] = []
    field_session.listen(heard.append)
    ops.write_work(field_session, world.repair_visit, symptom="告警", cause="", work_done="更换")
    assert heard == []


def test_people_are_added_by_name(field_session: FieldSession, world: SmallWorld) -> None:
    view = ops.add_person(field_session, world.repair_visit, " 李工 ", "vendor", "存储专家", "138")
    assert [(each.name, each.side, each.role, each.phone) for each in view.people] == [("李工", "vendor", "存储专家", "138")]
    with pytest.raises(EmptyName):
        ops.add_person(field_session, world.repair_visit, " ", "us", "")


def test_the_exit_check_says_what_is_open(field_session: FieldSession, world: SmallWorld) -> None:
    open_items = {item.key for item in ops.visit(field_session, world.repair_visit).exit if not item.done}
    assert {"cleared", "approval_escort"} <= open_items
    for step in (ops.depart, ops.enter, ops.read_rules, ops.start_work, ops.clear):
        step(field_session, world.repair_visit)
    assert "cleared" not in {item.key for item in ops.visit(field_session, world.repair_visit).exit if not item.done}
    with field_session.reading() as reader:
        assert reader.need(Visit, world.repair_visit).cleared_at == local(8)
