"""The centre publishes forms in versions and plans what contracts owe: nothing doubles, nothing begun is touched, nothing is guessed."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldapp.base.settings import resource
from fieldapp.central.checklists.plans import BadPlanSettings, Planned, PlanSettings, appoint, plan, plan_settings
from fieldapp.central.checklists.publishing import FileNotRead, MediaMissing, VersionPublished, newest_forms, publish
from fieldapp.central.cli import main
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.domain.calendars import calendar_days, policy_rows
from fieldapp.domain.customers import Asset, Contract
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import FormInstance, FormVersion, Inspection
from fieldapp.domain.visits import Visit
from fieldapp.forms.refusals import WorkbookRefusedError
from tests.central.world import MONDAY, World
from tests.forms.building import workbook

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
HEAD = ["type", "name", "label"]


def book(folder: Path, version: str, *rows: list[str], name: str = "probe.xlsx") -> Path:
    path = folder / name
    path.write_bytes(workbook([HEAD, *rows], settings=[["form_id", "version"], ["probe", version]]))
    return path


# forms


def test_a_workbook_is_published_once_in_a_version(world: World) -> None:
    path = resource("forms/T5.xlsx")
    first = publish(world.desk, path)
    assert (first.fresh, first.form.form_id, first.form.version) == (True, "T5", "2026.1")
    assert (first.form.title_zh, first.form.title_en) == ("存储设备健康检查", "Storage health check")
    assert b"".join(world.service.blobs.read(first.form.workbook_digest)) == path.read_bytes()
    again = publish(world.desk, path)
    assert (again.fresh, again.form.id) == (False, first.form.id)
    assert len(world.desk.find(FormVersion)) == 1


def test_the_same_version_with_other_contents_is_refused_and_a_new_one_stands_beside(world: World, tmp_path: Path) -> None:
    first = publish(world.desk, book(tmp_path, "1", ["text", "a", "A"])).form
    with pytest.raises(VersionPublished) as refused:
        publish(world.desk, book(tmp_path, "1", ["integer", "a", "A"]))
    assert "probe" in refused.value.read("zh")
    world.clock.advance(days=1)
    second = publish(world.desk, book(tmp_path, "2", ["integer", "a", "A"])).form
    assert {each.id for each in world.desk.find(FormVersion)} == {first.id, second.id}
    assert newest_forms(world.desk)["probe"].id == second.id
    assert world.desk.get(FormVersion, first.id) == first, "what is published stays as it is"


def test_a_bad_workbook_is_refused_with_its_row_and_nothing_is_published(world: World, tmp_path: Path) -> None:
    with pytest.raises(WorkbookRefusedError) as refused:
        publish(world.desk, book(tmp_path, "1", ["text", "a", "A"], ["txet", "b", "B"]))
    assert refused.value.values["row"] == 3
    with pytest.raises(FileNotRead):
        publish(world.desk, tmp_path / "nowhere.xlsx")
    assert world.desk.find(FormVersion) == []


@pytest.mark.parametrize("folder", [".", "probe-media"])
def test_files_of_a_form_travel_with_it_or_it_is_not_published(world: World, tmp_path: Path, folder: str) -> None:
    path = book(tmp_path, "1", ["select_one_from_file racks.csv", "rack", "Rack"])
    with pytest.raises(MediaMissing) as refused:
        publish(world.desk, path)
    assert "racks.csv" in refused.value.read("en")
    assert world.desk.find(FormVersion) == []
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder / "racks.csv").write_text("name,label\nb07,B07\n", encoding="utf-8")
    done = publish(world.desk, path)
    assert done.media == ("racks.csv",)
    (kept,) = world.desk.find(Attachment, owner_id=done.form.id)
    assert (kept.owner_kind, kept.purpose, kept.media_type) == ("form_version", "form_media", "text/csv")
    assert b"".join(world.service.blobs.read(kept.digest)).startswith(b"name,label")


# plans


@functools.cache
def small(form: str) -> bytes:
    """A workbook of one question, quick to publish."""
    return workbook([HEAD, ["text", "a", "A"]], settings=[["form_id", "version"], [form, "0"]])


def furnish(world: World, profile: str = "S0", forms: tuple[str, ...] = ("T1", "T2", "T3", "T4", "T5", "T6", "T7")) -> Contract:
    """Equipment at the bank under a contract of a profile, the policy, the holidays, the forms."""
    world.desk.save(
        *calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8")),
        *policy_rows(resource("policies/policies.json").read_text(encoding="utf-8")),
        replace(world.contract, sla_profile=profile),
        *(asset(world, category) for category in ("server", "storage", "database")),
    )
    for name in forms:
        world.desk.publish_form(small(name), f"{name}.xlsx")
    return world.desk.get(Contract, world.contract.id)


def asset(world: World, category: str, number: int = 1) -> Asset:
    return Asset(
        id=world.service.ids.new(),
        site_id=world.bank_site.id,
        customer_id=world.bank.id,
        contract_id=world.contract.id,
        category=category,
        serial=f"{category}-{number}",
        room="A",
        rack=f"{number:02d}",
    )


def planned(world: World, until: date = LAST, settings: PlanSettings | None = None, *, dry: bool = False) -> Planned:
    return plan(world.desk, settings or PlanSettings(), FIRST, until, dry=dry)


def sheets(world: World, inspection: Inspection) -> list[str]:
    found = sorted(world.desk.find(FormInstance, owner_id=inspection.id), key=lambda each: each.position)
    assert [each.position for each in found] == list(range(1, len(found) + 1))
    return [each.form_id for each in found]


def test_r147_r149_a_year_of_quarters_and_holidays_is_made_with_its_checklists(world: World) -> None:
    furnish(world)
    made = planned(world)
    assert [(each.inspection.trigger, each.inspection.period) for each in made.inspections] == [
        ("pre_holiday", "2026-02-16"),
        ("quarter", "2026Q1"),
        ("pre_holiday", "2026-05-01"),
        ("quarter", "2026Q2"),
        ("pre_holiday", "2026-10-01"),
        ("quarter", "2026Q3"),
        ("quarter", "2026Q4"),
    ]
    assert made.unknown == ()
    stored = {each.period: each for each in world.desk.find(Inspection)}
    assert len(stored) == 7
    assert sheets(world, stored["2026Q4"]) == ["T3", "T1", "T2", "T1"]
    assert sheets(world, stored["2026-10-01"]) == ["T7", "T3", "T1", "T2", "T1"]
    one = stored["2026Q4"]
    assert (one.site_id, one.customer_id, one.contract_id, one.state) == (world.bank_site.id, world.bank.id, world.contract.id, "planned")
    assert one.number.startswith("XJ-2026Q4-")


def test_r152_r154_months_hold_network_and_security_for_the_site(world: World) -> None:
    furnish(world, "S4")
    made = planned(world, date(2026, 3, 31))
    assert [each.inspection.period for each in made.inspections] == ["2026-01", "2026-02", "2026-03"]
    assert sheets(world, made.inspections[0].inspection) == ["T6", "T3", "T1", "T2", "T5"]


def test_r153_a_monthly_record_of_the_databases(world: World) -> None:
    furnish(world, "S4-F")
    made = planned(world, date(2026, 1, 31))
    assert [sheets(world, each.inspection) for each in made.inspections] == [["T3"]]


def test_r155_a_rhythm_may_be_remote(world: World) -> None:
    furnish(world, "S0+S4")
    made = planned(world, date(2026, 3, 31), PlanSettings(remote=frozenset({"month"})))
    assert {(each.inspection.trigger, each.inspection.mode) for each in made.inspections} == {
        ("month", "remote"),
        ("quarter", "on_site"),
        ("pre_holiday", "on_site"),
    }


def test_r158_the_plan_goes_to_who_inspected_the_site_last(world: World) -> None:
    furnish(world)
    common: dict[str, Any] = {"site_id": world.bank_site.id, "contract_id": world.contract.id, "state": "finished"}
    for number, engineer in enumerate((world.wang, world.li)):
        world.desk.save(
            Inspection(
                id=world.service.ids.new(),
                period=f"2025Q{number + 1}",
                engineer_id=engineer.id,
                finished_at=MONDAY + timedelta(days=number - 300),
                **common,
            )
        )
    made = planned(world, date(2026, 3, 31))
    assert {each.inspection.engineer_id for each in made.inspections} == {world.li.id}


def test_a_plan_made_again_doubles_nothing_and_a_dry_one_saves_nothing(world: World) -> None:
    furnish(world)
    assert len(planned(world, dry=True).inspections) == 7
    assert world.desk.find(Inspection) == []
    first = planned(world)
    assert all(each.fresh and each.added for each in first.inspections)
    count = len(world.desk.find(FormInstance))
    again = planned(world)
    assert [each.inspection for each in again.inspections] == [each.inspection for each in first.inspections]
    assert not any(each.fresh or each.added for each in again.inspections)
    assert (len(world.desk.find(Inspection)), len(world.desk.find(FormInstance))) == (7, count)


def test_equipment_that_came_later_gets_its_checklist_where_nothing_was_begun(world: World) -> None:
    furnish(world)
    planned(world, date(2026, 6, 30))
    begun = next(each for each in world.desk.find(Inspection) if each.period == "2026Q1")
    world.desk.save(replace(begun, state="started"), asset(world, "server", 2))
    made = {each.inspection.period: each.added for each in planned(world, date(2026, 6, 30)).inspections}
    assert made == {"2026-02-16": 2, "2026Q1": 0, "2026-05-01": 2, "2026Q2": 2}


def test_an_inspection_that_a_person_made_is_not_made_again_and_one_that_was_removed_does_not_come_back(world: World) -> None:
    furnish(world)
    own = Inspection(
        id=world.service.ids.new(), site_id=world.bank_site.id, contract_id=world.contract.id, period="2026Q1", trigger="quarter"
    )
    world.desk.save(own)
    made = planned(world, date(2026, 3, 31))
    assert [each.inspection.id for each in made.inspections if each.inspection.period == "2026Q1"] == [own.id]
    holiday = next(each.inspection for each in made.inspections if each.inspection.trigger == "pre_holiday")
    world.desk.remove(Inspection, holiday.id)
    assert [each.inspection.period for each in planned(world, date(2026, 3, 31)).inspections] == ["2026Q1"]


def test_a_form_that_is_not_published_is_named_and_the_rest_is_planned(world: World) -> None:
    furnish(world, forms=("T1", "T3"))
    (one,) = [each for each in planned(world, date(2026, 1, 31)).inspections if each.inspection.trigger == "quarter"]
    assert one.missing == ("T2",)
    assert sheets(world, one.inspection) == ["T3", "T1", "T1"]
    world.desk.publish_form(small("T2"), "T2.xlsx")
    (one,) = [each for each in planned(world, date(2026, 1, 31)).inspections if each.inspection.trigger == "quarter"]
    assert (one.missing, one.added, one.fresh) == ((), 1, False)


def test_holidays_that_are_not_published_are_said_and_what_is_known_is_planned(world: World) -> None:
    furnish(world)
    made = planned(world, date(2027, 3, 31))
    assert [each.read("en")[:27] for each in made.unknown] == ["The public holidays of 2027"]
    assert made.inspections[-1].inspection.period == "2027Q1"


def test_a_checklist_keeps_the_version_that_it_was_planned_with(world: World, tmp_path: Path) -> None:
    furnish(world, forms=("T1", "T2"))
    path = tmp_path / "T3.xlsx"
    for version in ("1", "2"):
        world.clock.advance(days=1)
        path.write_bytes(workbook([HEAD, ["text", "a", "A"]], settings=[["form_id", "version"], ["T3", version]]))
        publish(world.desk, path)
        planned(world, date(2026, 3, 31) if version == "1" else date(2026, 6, 30))
    held = {each.period: each.form_version for each in world.desk.find(FormInstance, form_id="T3")}
    assert held == {"2026Q1": "1", "2026-02-16": "1", "2026Q2": "2", "2026-05-01": "2"}


def test_an_appointment_makes_the_visit_and_moves_it(world: World) -> None:
    furnish(world)
    inspection = planned(world, date(2026, 3, 31)).inspections[0].inspection
    at = MONDAY + timedelta(hours=1, minutes=30)
    visit = appoint(world.desk, inspection.id, world.li.id, at, at + timedelta(hours=3))
    assert world.desk.get(Inspection, inspection.id).visit_id == visit.id
    assert (visit.engineer_id, visit.site_id, visit.title) == (world.li.id, world.bank_site.id, "节前巡检 2026-02-16")
    moved = appoint(world.desk, inspection.id, world.wang.id, at + timedelta(days=1))
    assert moved.id == visit.id
    assert [(each.engineer_id, each.appointment_at) for each in world.desk.find(Visit)] == [(world.wang.id, at + timedelta(days=1))]
    with pytest.raises(BadEntry):
        appoint(world.desk, inspection.id, world.li.id, at, at)
    world.desk.save(replace(world.desk.get(Inspection, inspection.id), state="started"))
    with pytest.raises(BadEntry):
        appoint(world.desk, inspection.id, world.li.id, at)
    with pytest.raises(UnknownThing):
        appoint(world.desk, "0" * 32, world.li.id, at)


def test_the_settings_of_the_centre_change_the_plan(world: World) -> None:
    file = world.service.settings.folder / "centre.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert plan_settings(world.service.settings) == PlanSettings()
    told = {"holidays": ["国庆节"], "lead_working_days": 3, "forms": {"quarter": {"storage": ["T1", "T5"]}}, "remote": ["month"]}
    file.write_text(json.dumps({**kept, "plan": told}), encoding="utf-8")
    settings = plan_settings(world.service.settings)
    assert (settings.holidays, settings.lead_days, settings.remote) == (("国庆节",), 3, frozenset({"month"}))
    furnish(world)
    made = planned(world, LAST, settings)
    assert [each.due.begins for each in made.inspections if each.due.holiday] == [date(2026, 9, 28)]
    assert sheets(world, next(each for each in world.desk.find(Inspection) if each.period == "2026Q2")) == ["T3", "T1", "T2", "T1", "T5"]


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"lead_working_days": 0},
        {"lead_working_days": "ten"},
        {"forms": {"weekly": {}}},
        {"forms": {"quarter": {"storage": "T5"}}},
        {"holidays": "国庆节"},
        {"remote": ["yearly"]},
        {"forms": []},
    ],
)
def test_settings_that_cannot_be_used_are_said_and_nothing_is_planned(world: World, told: object) -> None:
    file = world.service.settings.folder / "centre.json"
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), "plan": told}), encoding="utf-8")
    with pytest.raises(BadPlanSettings):
        plan_settings(world.service.settings)


# commands


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_commands_publish_plan_and_appoint(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    furnish(world, forms=())
    data = ["--data", str(tmp_path / "centre")]
    assert main(["forms", "publish", str(resource("forms/T3.xlsx")), *data]) == 0
    assert main(["forms", "publish", str(resource("forms/T3.xlsx")), *data]) == 0
    assert main(["forms", "list", *data]) == 0
    first, again, listed = said(capsys)
    assert (first["form"], first["version"], first["fresh"], again["fresh"], listed["newest"]) == ("T3", "2026.2", True, False, True)
    span = ["--since", "2026-01-01", "--until", "2027-01-31"]
    assert main(["plan", *span, "--dry-run", *data]) == 0
    assert main(["plan", *span, *data]) == 0
    lines = said(capsys)
    dry, real = lines[: len(lines) // 2], lines[len(lines) // 2 :]
    assert [{**line, "fresh": 0} for line in dry] == [{**line, "fresh": 0} for line in real]
    assert [line["period"] for line in real[:-1]][-2:] == ["2026Q4", "2027Q1"]
    assert real[0]["holiday"] == "春节"
    assert real[0]["forms_missing"] == ["T7", "T1", "T2"]
    assert "2027" in real[-1]["unknown"]
    at = ["--engineer", world.li.id, "--at", "2026-12-01T09:30:00+08:00"]
    assert main(["appoint", "--inspection", real[0]["number"], *at, *data]) == 0
    assert said(capsys)[0]["at"].startswith("2026-12-01T01:30:00")
    assert main(["appoint", "--inspection", "XJ-nothing", *at, *data]) == 1
    assert "FA-632" in capsys.readouterr().err


def test_a_refused_workbook_ends_with_1_and_both_languages(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = book(tmp_path, "1", ["txet", "a", "A"])
    assert main(["forms", "publish", str(bad), "--data", str(tmp_path / "centre")]) == 1
    err = capsys.readouterr().err
    assert "row 2" in err
    assert "第 2 行" in err
    assert world.desk.find(FormVersion) == []


@pytest.mark.parametrize("words", [["--until", "tomorrow"], ["--since", "2026-01-01"]])
def test_a_plan_needs_its_days(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", *words, "--data", str(tmp_path)])
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err
