"""The day of the sample: three visits, each with its place, its people and what it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from fieldapp.central.sample.world import World
from fieldapp.domain.customers import Asset, Contract, Customer, Site, SiteRule
from fieldapp.domain.gates import gates
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.domain.spares import SparePart, StockLocation, StockMovement
from fieldapp.domain.upgrades import ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import Visit, VisitPerson
from tests.central.sample.telling import AT, case, of, tell


def visit_of(told: World, visit_id: str) -> Visit:
    return next(each for each in of(told, Visit) if each.id == visit_id)


def named(told: World, visit: Visit) -> tuple[str, str]:
    customer = next(each for each in of(told, Customer) if each.id == visit.customer_id)
    site = next(each for each in of(told, Site) if each.id == visit.site_id)
    return customer.name, site.name


def local(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_engineer_one_has_three_visits_at_three_customers(told: World) -> None:
    day = [visit_of(told, each) for each in (told.day.inspection, told.day.repair, told.day.upgrade)]
    assert [each.kind for each in day] == ["inspection", "repair", "upgrade"]
    assert [each.appointment_at for each in day] == [local(1, 30), local(5, 30), local(14)]
    assert [named(told, each) for each in day] == [("华东数据中心", "三号机房"), ("晴屿港务", "信息中心"), ("云渡城轨", "调度中心")]
    assert {each.engineer_id for each in day} == {told.people["engineer1"].id}
    assert all(each.departed_at is None and each.outcome == "" for each in day)
    planned = [each for each in of(told, Visit) if each.engineer_id == told.people["engineer1"].id and each.departed_at is None]
    today = [each for each in planned if each.appointment_at and AT <= each.appointment_at < local(16)]
    assert len(today) == 3


def test_each_visit_of_the_day_has_one_leader_and_people_of_the_customer(told: World) -> None:
    for visit_id in (told.day.inspection, told.day.repair, told.day.upgrade):
        people = [each for each in of(told, VisitPerson) if each.visit_id == visit_id]
        assert [each.name for each in people if each.leader] == [told.people["engineer1"].name]
        assert len([each for each in people if each.side == "customer"]) == 2
    upgrading = [each.name for each in of(told, VisitPerson) if each.visit_id == told.day.upgrade]
    assert told.people["second_line"].name in upgrading


def test_the_inspection_waits_with_four_empty_checklists_under_strict_site_rules(told: World) -> None:
    visit = visit_of(told, told.day.inspection)
    instances = sorted((each for each in of(told, FormInstance) if each.owner_id == visit.inspection_id), key=lambda each: each.position)
    assert [each.form_id for each in instances] == ["T1", "T2", "T3", "T4"]
    assert [each.id for each in instances] == list(told.day.instances)
    assert {each.state for each in instances} == {"open"}
    assert not told.answers.keys() & set(told.day.instances)
    serials = {each.id: each.serial for each in of(told, Asset)}
    assert serials[instances[0].asset_id] == "78E00412"
    rules = {each.subject: (each.verdict, each.clause) for each in of(told, SiteRule) if each.site_id == visit.site_id}
    assert rules["camera"] == ("forbidden", "3")
    assert rules["usb"] == ("forbidden", "4")
    assert rules["phone"][0] == "allowed"
    assert rules["network"][0] == "forbidden"
    assert rules["data_out"][0] == "approval"
    assert "escort" in rules
    assert next(each.kind for each in of(told, Contract) if each.id == visit.contract_id) == "warranty"


def test_the_fault_of_the_day_asks_for_a_power_supply_that_lies_in_the_van(told: World) -> None:
    visit, fault = visit_of(told, told.day.repair), case(told, 417)
    assert visit.case_id == fault.id
    assert (fault.severity, fault.summary, fault.status) == ("P2", "存储控制器降级", "assigned")
    assert fault.reported_at == datetime(2026, 11, 22, 22, 40, tzinfo=UTC)
    contract = next(each for each in of(told, Contract) if each.id == visit.contract_id)
    assert (contract.kind, contract.media_retention, contract.number) == ("maintenance", False, "HT-2026-0113")
    old = next(each for each in of(told, Asset) if each.serial == "90017")
    assert (old.site_id, old.model) == (visit.site_id, "PSU-800")
    part = next(each.id for each in of(told, SparePart) if each.part_no == "PSU-800")
    place = next(each.id for each in of(told, StockLocation) if each.site_id == visit.site_id)
    assert any(each.part_id == part and each.serial == "90017" and each.to_id == place for each in of(told, StockMovement))


def test_the_upgrade_runs_across_midnight_approved_and_fully_planned(told: World) -> None:
    visit = visit_of(told, told.day.upgrade)
    event = next(each for each in of(told, ScheduledEvent) if each.id == visit.event_id)
    assert (event.number, event.review_state) == ("CHG-2026-0093", "approved")
    assert (event.window_starts_at, event.window_ends_at) == (local(14), local(18))
    order = next(each for each in of(told, UpgradeOrder) if each.event_id == event.id)
    assert (order.application, order.from_version, order.to_version, order.state) == ("AFC-Core", "5.1.8", "5.2.1", "open")
    assert order.rollback_plan
    assert order.rollback_criteria
    assert len(order.documents) == 3
    steps = sorted((each for each in of(told, UpgradeStep) if each.order_id == order.id), key=lambda each: each.position)
    assert [each.position for each in steps] == list(range(1, 14))
    assert [each.verification for each in steps] == [False] * 8 + [True] * 5
    assert all(each.text_zh and each.text_en for each in steps)
    contract = next(each for each in of(told, Contract) if each.id == visit.contract_id)
    assert set(contract.backup_kinds) == {"computed_here", "customer_server", "backup_system", "customers_own"}


def test_a_foreign_form_is_one_more_open_checklist_of_the_inspection(told: World, forms: tuple[FormVersion, ...]) -> None:
    foreign = replace(forms[-1], form_id="preflight", version="7")
    with_it = tell(forms, extra=(foreign,))
    assert len(with_it.day.instances) == len(told.day.instances) + 1
    last = next(each for each in of(with_it, FormInstance) if each.id == with_it.day.instances[-1])
    assert (last.form_id, last.form_version, last.position, last.state) == ("preflight", "7", 5, "open")


def test_the_change_opens_at_its_first_gate_and_nothing_is_done_in_advance(told: World) -> None:
    visit = visit_of(told, told.day.upgrade)
    event = next(each for each in of(told, ScheduledEvent) if each.id == visit.event_id)
    order = next(each for each in of(told, UpgradeOrder) if each.event_id == event.id)
    steps = [each for each in of(told, UpgradeStep) if each.order_id == order.id]
    contract = next(each for each in of(told, Contract) if each.id == visit.contract_id)
    found = gates(order, event, [], [], steps, contract, AT)
    assert [each.state == "done" for each in found] == [False] * 8
    assert (found[0].key, found[0].state) == ("documents", "open")
    assert all(each.state == "locked" for each in found[4:])
