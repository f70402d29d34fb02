"""The inspections of the sample: four finished quarters with answers and findings, and the plan of the present one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from fieldapp.base.ids import Id
from fieldapp.central.sample.crew import Crew
from fieldapp.central.sample.land import Land, Place
from fieldapp.central.sample.repairs import TOOLS
from fieldapp.central.sample.sheets import Sheets
from fieldapp.central.sample.stage import Period, Stage, moment_on
from fieldapp.domain.customers import Asset, Person, effect_of
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, Inspection, settle_finding
from fieldapp.domain.records import Record
from fieldapp.domain.visits import LeftOver, Visit, VisitPerson
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance as OpenForm

__all__ = ["EARLIER", "Quarters", "open_instance", "tell_quarters"]

EARLIER = 4
MAIN_SITE = "S-0101-3"
_PLAN_DAYS = {"S-0102-1": 3, "S-0103-1": -12, "S-0105-1": -25, "S-0107-1": 5, "S-0108-1": -18, "S-0110-1": 11, "S-0112-1": -8}
"""Site -> days from the story's day to this quarter's inspection; the main site's is the story's day itself."""


@dataclass(slots=True)
class Quarters:
    """Inspections and what hangs on them; answers by the instance they belong to; findings by serial and item.

    `to_settle` are the left-over findings of a site that its next inspection settles.
    """

    records: list[Record] = field(default_factory=list)
    answers: dict[Id, dict[str, str]] = field(default_factory=dict)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    to_settle: dict[Id, list[Finding]] = field(default_factory=dict)
    last_at_main: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Round:
    """One inspection of one site: who, when, which period, and its place among the told quarters (0 is the oldest)."""

    place: Place
    assets: tuple[Asset, ...]
    engineer: Person
    period: Period
    day: date
    index: int


def tell_quarters(stage: Stage, crew: Crew, land: Land, sheets: Sheets) -> Quarters:
    """Tell the earlier quarters oldest first, then what is done and planned in the present one."""
    told = Quarters()
    now = Period.of(stage.today)
    offset = (stage.today - now.first_day).days
    for site, serials in sheets.told["inspected"].items():
        place = land.places[site]
        assets = tuple(place.assets[serial] for serial in serials)
        engineer = crew.people[sheets.told["inspector"][site]]
        for back in range(EARLIER, 0, -1):
            period = now.back(back)
            last = (now.back(back - 1).first_day - period.first_day).days - 1
            wished = period.first_day + timedelta(days=min(offset, last))
            day = crew.on_this_or_next_working_day(wished)
            _finished(stage, sheets, told, _Round(place, assets, engineer, period, day, EARLIER - back))
        if site in _PLAN_DAYS:
            days = _PLAN_DAYS[site]
            day = crew.on_this_or_next_working_day(stage.today + timedelta(days=days))
            this = _Round(place, assets, engineer, now, day, EARLIER)
            if day < stage.today:
                _finished(stage, sheets, told, this)
            else:
                _planned(stage, sheets, told, this)
    return told


def _finished(stage: Stage, sheets: Sheets, told: Quarters, this: _Round) -> None:
    started = moment_on(this.day, "09:40")
    finished = started + timedelta(minutes=50 * len(this.assets))
    inspection_id, visit_id = stage.new_id(), stage.new_id()
    instances: list[FormInstance] = []
    findings: list[Finding] = []
    for old in told.to_settle.pop(this.place.site.id, []):
        told.records[told.records.index(old)] = settle_finding(old, inspection_id, finished, "现场复查,已处理")
    for position, asset in enumerate(this.assets, start=1):
        instance = _instance(stage, this.place, inspection_id, asset, sheets.of(asset).form, this.period, position, started, finished)
        rows = sheets.answers(asset, this.index, this.day, stage.dice)
        findings += [
            _finding(stage, sheets, told, this.place, instance, asset, story, rows, finished)
            for story in sheets.told["findings"]
            if story["serial"] == asset.serial and EARLIER - story["back"] == this.index
        ]
        instances.append(instance)
        told.answers[instance.id] = rows
    inspection = Inspection(
        id=inspection_id,
        site_id=this.place.site.id,
        customer_id=this.place.customer.id,
        contract_id=this.place.contract.id,
        visit_id=visit_id,
        number=_number(this),
        period=this.period.label,
        state="finished",
        result="complete",
        summary=f"{len(instances)} 张表全部完成,发现问题 {len(findings)} 项。",
        advice=";".join(each.advice for each in findings if each.advice),
        engineer_id=this.engineer.id,
        started_at=started,
        finished_at=finished,
    )
    told.records += [inspection, *instances, *findings]
    told.records += _visit(stage, this, visit_id, inspection_id, started, finished)
    told.records += [
        LeftOver(
            id=stage.new_id(),
            site_id=each.site_id,
            visit_id=visit_id,
            text=each.description,
            owner=each.owner,
            due_on=each.due_on,
            finding_id=each.id,
        )
        for each in findings
        if each.state == "left_over"
    ]
    if this.place.site.code == MAIN_SITE:
        told.last_at_main = finished


def _finding(
    stage: Stage,
    sheets: Sheets,
    told: Quarters,
    place: Place,
    instance: FormInstance,
    asset: Asset,
    story: Mapping[str, Any],
    rows: dict[str, str],
    at: datetime,
) -> Finding:
    """Answer the item abnormally in `rows` as a person would, and write the finding; a settled one is left over at first."""
    sheet = sheets.of(asset)
    item = sheet.question(story["item"])
    values = [choice.value for choice in item.choices]
    value = "abnormal" if "abnormal" in values else values[1]
    opened = OpenForm.open(sheet.definition, rows, Environment(now=at))
    opened.answer(item.key, value)
    asked = {each.key for each in sheet.questions}
    for each in list(opened.questions("zh")):
        if each.kind == "string" and each.relevant and not each.value and each.key not in asked and each.name.startswith(item.name):
            opened.answer(each.key, story["description"])
    rows.clear()
    rows.update(opened.rows)
    camera = effect_of(place.rules, "camera")
    settled = story["state"] == "settled"
    state = "left_over" if settled else story["state"]
    finding = Finding(
        id=stage.new_id(),
        site_id=instance.site_id,
        asset_id=asset.id,
        inspection_id=instance.owner_id,
        instance_id=instance.id,
        key=item.key,
        item=item.name,
        item_label=item.label,
        value=value,
        level=story["level"],
        description=story["description"],
        substitute="" if camera.allowed else story["description"],
        witness="" if camera.allowed else place.watch.name,
        rule_clause=camera.rule.clause if camera.rule and not camera.allowed else "",
        state=state,
        owner=story["owner"],
        advice=story["advice"],
        due_on=at.date() + timedelta(days=60 if settled else 103) if state == "left_over" else None,
        found_at=at,
    )
    if settled:
        told.to_settle.setdefault(place.site.id, []).append(finding)
    told.findings[asset.serial, item.name] = finding
    return finding


def _planned(stage: Stage, sheets: Sheets, told: Quarters, this: _Round) -> None:
    visit_id, inspection_id = stage.new_id(), stage.new_id()
    told.records.append(
        Inspection(
            id=inspection_id,
            site_id=this.place.site.id,
            customer_id=this.place.customer.id,
            contract_id=this.place.contract.id,
            visit_id=visit_id,
            number=_number(this),
            period=this.period.label,
            engineer_id=this.engineer.id,
        )
    )
    for position, asset in enumerate(this.assets, start=1):
        told.records.append(open_instance(stage, this.place, inspection_id, asset, sheets.of(asset).form, this.period, position))
    told.records.append(
        Visit(
            id=visit_id,
            site_id=this.place.site.id,
            customer_id=this.place.customer.id,
            contract_id=this.place.contract.id,
            inspection_id=inspection_id,
            title=this.period.title,
            engineer_id=this.engineer.id,
            appointment_at=moment_on(this.day, "09:30"),
            planned_end_at=moment_on(this.day, "12:00"),
        )
    )
    told.records += _people(stage, this, visit_id, None)


def open_instance(
    stage: Stage, place: Place, inspection_id: Id, asset: Asset, form: FormVersion, period: Period, position: int
) -> FormInstance:
    """A checklist that waits to be filled for one piece of equipment."""
    return _instance(stage, place, inspection_id, asset, form, period, position, None, None)


def _instance(
    stage: Stage,
    place: Place,
    inspection_id: Id,
    asset: Asset,
    form: FormVersion,
    period: Period,
    position: int,
    started: datetime | None,
    finished: datetime | None,
) -> FormInstance:
    return FormInstance(
        id=stage.new_id(),
        site_id=place.site.id,
        owner_id=inspection_id,
        asset_id=asset.id,
        form_id=form.form_id,
        form_version=form.version,
        form_digest=form.digest,
        period=period.label,
        position=position,
        state="done" if finished else "open",
        started_at=started,
        finished_at=finished,
    )


def _number(this: _Round) -> str:
    return f"XJ-{this.period.label}-{this.place.site.code[2:]}"


def _visit(stage: Stage, this: _Round, visit_id: Id, inspection_id: Id, started: datetime, finished: datetime) -> list[Record]:
    place = this.place
    visit = Visit(
        id=visit_id,
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        inspection_id=inspection_id,
        title=this.period.title,
        engineer_id=this.engineer.id,
        appointment_at=moment_on(this.day, "09:30"),
        planned_end_at=moment_on(this.day, "12:00"),
        departed_at=started - timedelta(minutes=(place.site.travel_min or 30) + 15),
        entered_at=started - timedelta(minutes=12),
        escort=place.watch.name,
        tools=TOOLS,
        rules_read_at=started - timedelta(minutes=8),
        started_at=started,
        start_confirmed_by=place.lead.name,
        cleared_at=finished + timedelta(minutes=5),
        left_at=finished + timedelta(minutes=15),
        outcome="complete",
        work_done=f"{this.period.title},{len(this.assets)} 台设备",
    )
    return [visit, *_people(stage, this, visit_id, 60 * len(this.assets))]


def _people(stage: Stage, this: _Round, visit_id: Id, minutes: int | None) -> list[Record]:
    place, engineer = this.place, this.engineer
    return [
        VisitPerson(
            id=stage.new_id(),
            site_id=place.site.id,
            visit_id=visit_id,
            name=engineer.name,
            role="巡检工程师",
            phone=engineer.phone,
            leader=True,
            hours_minutes=minutes,
        ),
        VisitPerson(
            id=stage.new_id(),
            site_id=place.site.id,
            visit_id=visit_id,
            name=place.watch.name,
            side="customer",
            role=place.watch.role,
            phone=place.watch.phone,
        ),
    ]
