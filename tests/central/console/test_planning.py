"""The console's pages of plans and appointments: seen, made, altered, ended; agreed, moved, late."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldapp.central.checklists.appointments import appointments
from fieldapp.central.checklists.orders import Arrangement, PlanStands, arrange
from fieldapp.central.checklists.plans import PlanSettings, appoint, plan, standing_plans
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.domain.customers import Contact
from fieldapp.domain.inspections import FormInstance, Inspection
from fieldapp.domain.planning.due import last_day_of
from fieldapp.domain.visits import Visit
from tests.central.console.visitor import Visitor
from tests.central.test_plans import furnish
from tests.central.world import World

TODAY = date(2026, 11, 23)


def of_quarters(world: World) -> str:
    return f"/console/plans/{world.contract.id}/{world.bank_site.id}/quarter"


def coming(world: World, rhythm: str = "quarter") -> list[str]:
    plans = standing_plans(world.desk, PlanSettings(), TODAY)
    return next([due.period for due in each.coming] for each in plans if each.order.rhythm.trigger == rhythm)


# what stands behind the pages


def test_an_arrangement_goes_before_the_contract_and_before_the_settings(world: World) -> None:
    furnish(world)
    settings = PlanSettings(forms={"quarter": {"server": ("T4",)}}, remote=frozenset({"quarter"}))
    site, contract = world.bank_site.id, world.contract.id
    arrange(world.desk, Arrangement(contract, site, "quarter", "on_site", {"storage": ("T5",)}, date(2027, 4, 1), date(2027, 9, 30)))
    made = plan(world.desk, settings, TODAY, date(2027, 12, 31), contracts=[contract])
    quarters = [each.inspection for each in made.inspections if each.inspection.trigger == "quarter"]
    assert [(each.period, each.mode) for each in quarters] == [("2027Q2", "on_site"), ("2027Q3", "on_site")]
    assert sorted(each.form_id for each in world.desk.find(FormInstance, owner_id=quarters[0].id)) == ["T3", "T4", "T5"]
    assert plan(world.desk, settings, TODAY, date(2027, 12, 31)).inspections == tuple(
        replace(each, fresh=False, added=0) for each in made.inspections
    )


def test_a_rhythm_that_no_contract_asks_for_is_made_where_it_was_arranged(world: World) -> None:
    furnish(world, profile="S1-case")
    assert standing_plans(world.desk, PlanSettings(), TODAY) == ()
    wanted = Arrangement(world.contract.id, world.bank_site.id, "month", "remote")
    arrange(world.desk, wanted, new=True)
    assert coming(world, "month") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    made = plan(world.desk, PlanSettings(), TODAY, date(2026, 12, 31)).inspections
    assert [(each.inspection.period, each.inspection.mode) for each in made] == [("2026-11", "remote"), ("2026-12", "remote")]
    assert coming(world, "month") == ["2027-01", "2027-02", "2027-03", "2027-04"]
    with pytest.raises(PlanStands):
        arrange(world.desk, wanted, new=True)


def test_what_does_not_fit_is_not_arranged(world: World) -> None:
    furnish(world)
    good = Arrangement(world.contract.id, world.bank_site.id, "quarter")
    for bad in (
        replace(good, site_id=world.works_site.id),
        replace(good, mode="by_drone"),
        replace(good, starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)),
        replace(good, forms={"server": ("T99",)}),
    ):
        with pytest.raises(BadEntry):
            arrange(world.desk, bad)
    with pytest.raises(UnknownThing):
        arrange(world.desk, replace(good, contract_id="0" * 32))
    with pytest.raises(PlanStands):
        arrange(world.desk, good, new=True)
    assert all(each.order.arranged is None for each in standing_plans(world.desk, PlanSettings(), TODAY))


@pytest.mark.parametrize(
    ("period", "last"),
    [
        ("2026Q4", "2026-12-31"),
        ("2027Q1", "2027-03-31"),
        ("2026-02", "2026-02-28"),
        ("2026-10-01", "2026-09-30"),
        ("", ""),
        ("2026-99", ""),
    ],
)
def test_a_period_tells_its_last_day(period: str, last: str) -> None:
    assert last_day_of(period) == (date.fromisoformat(last) if last else None)


def test_an_open_inspection_is_due_then_agreed_then_late(world: World) -> None:
    furnish(world)
    plan(world.desk, PlanSettings(), TODAY, date(2026, 12, 31))

    def states() -> list[tuple[str, str, bool]]:
        return [(each.inspection.period, each.state, each.beyond) for each in appointments(world.desk)]

    assert states() == [("2026Q4", "due", False)]
    (inspection,) = world.desk.find(Inspection)
    at = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    appoint(world.desk, inspection.id, world.li.id, at)
    assert states() == [("2026Q4", "agreed", False)]
    world.clock.advance(seconds=86400 * 9)
    assert states() == [("2026Q4", "late", False)]
    appoint(world.desk, inspection.id, world.li.id, at + timedelta(days=40))
    assert states() == [("2026Q4", "agreed", True)]
    world.desk.save(replace(world.desk.get(Inspection, inspection.id), state="started"))
    assert states() == [("2026Q4", "running", True)]
    world.desk.save(replace(world.desk.get(Inspection, inspection.id), state="finished"))
    assert states() == []


# the pages


def test_plans_show_what_they_make_and_make_it(world: World, visitor: Visitor) -> None:
    furnish(world, forms=("T1", "T2"))
    page = visitor.read("/console/plans")
    assert re.findall(r"<span>(2\d{3}Q\d)</span>", page) == ["2026Q4", "2027Q1", "2027Q2", "2027Q3"]
    assert "T3: 未发布" in page
    assert "2027 年节假日安排尚未公布" in page
    assert "江州银行" not in visitor.read("/console/plans?text=nobody")
    status, page = visitor.send("/console/plans/make", {"until": "2027-01-31"})
    assert (status, "新生成巡检 2 次" in page, "以下表单未发布,未纳入:T3" in page) == (200, True, True)
    assert sorted(each.period for each in world.desk.find(Inspection)) == ["2026Q4", "2027Q1"]
    assert "新生成巡检 0 次" in visitor.send("/console/plans/make", {"until": "2027-01-31"})[1]
    for bad in ("", "soon", "2026-11-22", "2099-01-01"):
        status, page = visitor.send("/console/plans/make", {"until": bad})
        assert (status, 'role="alert"' in page) == (400, True), bad
    visitor.speak("en")
    page = visitor.read(of_quarters(world))
    assert "XJ-2027Q1" in page
    assert "Every quarter" in page


def test_a_plan_is_altered_and_ended(world: World, visitor: Visitor) -> None:
    furnish(world)
    path = of_quarters(world)
    page = visitor.read(path)
    assert re.findall(r'name="form:(\w+:T\d+)"[^>]* checked', page) == ["server:T1", "server:T2", "storage:T1", "database:T3"]
    kept = {"form:server:T1": "on", "form:server:T2": "on", "form:database:T3": "on"}
    altered = {"mode": "remote", "starts_on": "", "ends_on": "", "form:storage:T5": "on", **kept}
    assert visitor.send(path, altered) == (303, path)
    (order,) = [each.order for each in standing_plans(world.desk, PlanSettings(), TODAY) if each.order.arranged]
    assert order.arranged is not None
    assert (order.mode, dict(order.arranged.forms), order.arranged.by) == ("remote", {"storage": ("T5",)}, "赵静")
    page = visitor.read(path)
    assert "POL-063,已修改" in page
    assert "赵静" in page
    assert visitor.send(f"{path}/end", {"ends_on": "2026-12-31"}) == (303, path)
    assert coming(world) == ["2026Q4"]
    (order,) = [each.order for each in standing_plans(world.desk, PlanSettings(), TODAY) if each.order.arranged]
    assert (order.mode, [each.form_id for each in order.sheets]) == ("remote", ["T3", "T1", "T2", "T5"])
    for bad in ({"mode": "remote", "starts_on": "2027-01-01", "ends_on": "2026-01-01"}, {"mode": "x"}, {"mode": "remote", "ends_on": "x"}):
        status, page = visitor.send(path, {**kept, **bad})
        assert (status, 'role="alert"' in page) == (400, True), bad
    assert visitor.send(f"{path}/end", {"ends_on": ""})[0] == 400
    seen = re.search(r'name="seen" value="(\w+)"', visitor.read(path))
    assert seen is not None
    assert visitor.send(path, {**altered, "seen": seen[1]}) == (303, path)
    status, page = visitor.send(path, {**altered, "mode": "on_site", "seen": seen[1]})
    assert (status, "已有更新的值" in page) == (400, True), "somebody altered it meanwhile"
    assert visitor.send(path.replace("quarter", "month"), altered)[0] == 404
    assert visitor.browser.get("/console/plans/no/such/plan").status_code == 404


def test_a_plan_is_made_that_the_contract_does_not_ask_for(world: World, visitor: Visitor) -> None:
    furnish(world)
    page = visitor.read("/console/plans/new")
    assert 'name="rhythm"' not in page
    page = visitor.read(f"/console/plans/new?contract_id={world.contract.id}")
    assert world.bank_site.id in page
    assert world.works_site.id not in page
    wanted = {"contract_id": world.contract.id, "site_id": world.bank_site.id, "rhythm": "month", "mode": "remote"}
    path = of_quarters(world).replace("quarter", "month")
    assert visitor.send("/console/plans/new", wanted) == (303, path)
    assert "另行安排" in visitor.read(path)
    for bad in ({"rhythm": "month"}, {"rhythm": "quarter"}, {"rhythm": "daily"}, {"rhythm": "month", "site_id": world.works_site.id}):
        status, page = visitor.send("/console/plans/new", {**wanted, **bad})
        assert (status, 'role="alert"' in page) == (400, True), bad


def test_a_monthly_record_of_databases_takes_checklists_of_databases_alone(world: World, visitor: Visitor) -> None:
    furnish(world, profile="S4-F")
    page = visitor.read(of_quarters(world).replace("quarter", "month"))
    assert set(re.findall(r'name="form:(\w+):T\d+"', page)) == {"database"}
    assert re.findall(r'name="form:(\w+:T\d+)"[^>]* checked', page) == ["database:T3"]


def test_an_appointment_is_agreed_and_moved_on_its_page(world: World, visitor: Visitor) -> None:
    furnish(world)
    plan(world.desk, PlanSettings(), TODAY, date(2027, 1, 31))
    world.desk.save(Contact(id=world.service.ids.new(), customer_id=world.bank.id, site_id=world.bank_site.id, name="钱多多"))
    first, second = (each.inspection for each in appointments(world.desk))
    page = visitor.read("/console/appointments")
    assert page.count(">待约定<") == 2
    assert [page.index(each) for each in ("2026-12", "2027-03")] == sorted(page.index(each) for each in ("2026-12", "2027-03"))
    path = f"/console/appointments/{first.id}"
    assert "钱多多" in visitor.read(path)
    agreed = {"engineer_id": world.li.id, "day": "2026-12-01", "begins": "09:30", "ends": "12:00"}
    assert visitor.send(path, agreed) == (303, path)
    (visit,) = world.desk.find(Visit)
    assert visit.appointment_at == datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    assert visit.planned_end_at == datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert visitor.send(path, {**agreed, "day": "2026-12-30", "ends": ""}) == (303, path)
    (visit,) = world.desk.find(Visit)
    assert (visit.appointment_at, visit.planned_end_at) == (datetime(2026, 12, 30, 1, 30, tzinfo=UTC), None)
    for bad in (
        {"day": ""},
        {"day": "2026-13-01"},
        {"begins": "half past"},
        {"ends": "09:30"},
        {"engineer_id": ""},
        {"engineer_id": "0" * 32},
    ):
        status, page = visitor.send(path, {**agreed, **bad})
        assert (status, 'role="alert"' in page) == (400, True), bad
    assert world.desk.find(Visit) == [visit]
    page = visitor.read(f"/console/appointments/{second.id}")
    assert "2026-12-30 09:30" not in page, "three months lie between"
    visitor.send(f"/console/appointments/{second.id}", {**agreed, "day": "2026-12-28"})
    assert "2026-12-30 09:30" in visitor.read(f"/console/appointments/{second.id}")
    assert f"/console/appointments/{second.id}" in visitor.links("/console/appointments?state=agreed")
    assert visitor.browser.get(f"/console/appointments/{'0' * 32}").status_code == 404
    world.desk.save(replace(world.desk.get(Inspection, first.id), state="started"))
    assert 'name="day"' not in visitor.read(path)
    assert visitor.send(path, agreed)[0] == 400


def test_settings_that_cannot_be_used_are_said_on_the_page(world: World, visitor: Visitor) -> None:
    file = world.service.settings.folder / "centre.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), "plan": []}), encoding="utf-8")
    answer = visitor.browser.get("/console/plans")
    assert (answer.status_code, "centre.json" in answer.text) == (400, True)
