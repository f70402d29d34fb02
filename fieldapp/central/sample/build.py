"""Write the sample into a centre, through its desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.base.settings import resource
from fieldapp.central.checklists.orders import Arrangement, PlanSettings, arrange
from fieldapp.central.checklists.plans import standing_plans
from fieldapp.central.checklists.publishing import publish
from fieldapp.central.checklists.walk_arounds import WalkAround, note_walk_around, questionnaire, questions, walk_arounds
from fieldapp.central.desk import Desk
from fieldapp.central.sample.casebook import LAST_NUMBER
from fieldapp.central.sample.day import CHANGE_NUMBER
from fieldapp.central.sample.stage import ZONE
from fieldapp.central.sample.world import World, world
from fieldapp.central.store.engine import next_number
from fieldapp.domain.customers import Asset, Site
from fieldapp.domain.inspections import FormInstance, Inspection

__all__ = ["FORMS", "SampleSummary", "build"]

_OTHERS = {
    8: "upgrade",
    9: "upgrade",
    10: "swap",
    12: "case",
    13: "case",
    14: "case",
    15: "training",
    16: "follow_up",
    18: "event",
    19: "handover",
}
FORMS: Mapping[str, str] = {f"T{number}.xlsx": _OTHERS.get(number, "inspection") for number in range(1, 20)}
"""The workbooks that are published, all of ours, each with what it is for (`FormVersion.category`)."""

DISPATCHER = "dispatcher"


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What one needs to walk through the sample day. `code` enrols the engineer's laptop once; times are aware, UTC."""

    engineer: Id
    engineer_name: str
    code: str
    dispatcher: str
    password: str
    at: datetime
    inspection_visit: Id
    repair_visit: Id
    upgrade_visit: Id
    records: int
    answers: int


def build(desk: Desk, at: datetime, seed: int = 1, extra_forms: Sequence[Path] = ()) -> SampleSummary:
    """Publish the forms, save the world told for `at`, and open an account and an enrolment.

    `extra_forms` are workbooks of other people (XLSForm); each is published and attached, open, to the day's inspection.
    FormError leaves say what is wrong with a workbook.
    """
    forms = [publish(desk, resource(f"forms/{name}"), category=category).form for name, category in FORMS.items()]
    extra = [publish(desk, path).form for path in extra_forms]
    made = world(at, seed, IdSource(TurnableClock(at), SeededRandomness(seed)), forms, extra)
    for batch in made.batches:
        desk.save(*batch)
    for instance, answers in made.answers.items():
        desk.answer(instance, answers)
    _walk_around(desk, made, at.astimezone(ZONE).date())
    _arrange_quarters(desk, made, at.astimezone(ZONE).date())
    _go_on_counting(desk, at)
    engineer, dispatcher = made.people["engineer1"], made.people["dispatcher"]
    password = desk.service.randomness.bytes(6).hex()
    desk.add_account(DISPATCHER, password, person=dispatcher.id, shown=dispatcher.name)
    return SampleSummary(
        engineer=engineer.id,
        engineer_name=engineer.name,
        code=desk.new_enrol_code(engineer.id),
        dispatcher=DISPATCHER,
        password=password,
        at=at,
        inspection_visit=made.day.inspection,
        repair_visit=made.day.repair,
        upgrade_visit=made.day.upgrade,
        records=len(made.records),
        answers=sum(len(rows) for rows in made.answers.values()),
    )


def _arrange_quarters(desk: Desk, told: World, today: date) -> None:
    """Arrange the quarters that the story tells of where the contract asks for none, with the checklist of each category told."""
    standing = {
        (each.order.contract.id, each.order.site.id)
        for each in standing_plans(desk, PlanSettings(), today)
        if each.order.rhythm.trigger == "quarter"
    }
    asked: dict[tuple[Id, Id], dict[str, set[str]]] = {}
    assets = {each.id: each for each in told.records if isinstance(each, Asset)}
    inspections = {each.id: each for each in told.records if isinstance(each, Inspection)}
    for each in told.records:
        if not isinstance(each, FormInstance) or f"{each.form_id}.xlsx" not in FORMS:
            continue
        if each.owner_id in inspections and each.asset_id in assets:
            place = inspections[each.owner_id].contract_id, each.site_id
            asked.setdefault(place, {}).setdefault(assets[each.asset_id].category, set()).add(each.form_id)
    for (contract_id, site_id), by_category in asked.items():
        if (contract_id, site_id) not in standing:
            forms = {category: tuple(sorted(wanted)) for category, wanted in by_category.items()}
            arrange(desk, Arrangement(contract_id, site_id, "quarter", forms=forms))


_VISITS = (
    (18, "S-0101-3", ("engineer1",), "5454", "响应及时,讲解清楚。希望备件到货时间提前告知。"),
    (41, "S-0105-1", ("engineer2",), "4344", "报告详细;节前巡检希望再早一周安排。"),
    (96, "S-0107-1", ("engineer1", "engineer3"), "4532", "一次数据库告警处理偏慢,之后的优化建议有用。"),
)
"""Visits of the manager: days ago, site, who was spoken of, the four ratings, the opinion."""


def _walk_around(desk: Desk, told: World, today: date) -> None:
    """Enter the manager's visits, once."""
    sites = {each.code: each for each in told.records if isinstance(each, Site)}
    if walk_arounds(desk):
        return
    asked = [each.key for each in questions(desk, questionnaire(desk), {}, "zh")]
    for ago, code, engineers, ratings, opinion in _VISITS:
        note_walk_around(
            desk,
            WalkAround(
                id="",
                site_id=sites[code].id,
                day=today - timedelta(days=ago),
                manager_id=told.people["manager"].id,
                engineers=tuple(told.people[key].id for key in engineers),
                answers=dict(zip(asked, [*ratings, opinion], strict=False)),
            ),
        )


def _go_on_counting(desk: Desk, at: datetime) -> None:
    """Let the centre's own numbers of the year go on behind those of the sample."""
    year = at.astimezone(ZONE).year
    with desk.service.store.writing() as connection:
        for series, last in ((f"CS-{year}", LAST_NUMBER), (f"CHG-{year}", CHANGE_NUMBER)):
            taken = next_number(connection, series, 0)
            next_number(connection, series, max(0, last - taken))
