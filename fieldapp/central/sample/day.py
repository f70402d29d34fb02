"""The day the sample is told for: an inspection in the morning, a fault after noon, an upgrade across midnight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from fieldapp.base.ids import Id
from fieldapp.central.sample.casebook import Casebook
from fieldapp.central.sample.crew import Crew
from fieldapp.central.sample.land import Land, Place
from fieldapp.central.sample.quarters import MAIN_SITE, open_instance
from fieldapp.central.sample.sheets import Sheets
from fieldapp.central.sample.stage import Period, Stage, phrases
from fieldapp.domain.customers import Person
from fieldapp.domain.inspections import FormVersion, Inspection
from fieldapp.domain.records import Record
from fieldapp.domain.upgrades import ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import Visit, VisitPerson

__all__ = ["CHANGE_NUMBER", "Day", "tell_day"]

CHANGE_NUMBER = 93
FAULT_CASE = 417
_FAULT_SITE, _UPGRADE_SITE, _APPLICATION = "S-0103-1", "S-0102-1", "LIC-AFC-0021"
_TARGET = "5.2.1"


@dataclass(frozen=True, slots=True)
class Day:
    """The three visits by identity, the form instances of the inspection, and all records of the day."""

    inspection: Id
    repair: Id
    upgrade: Id
    instances: tuple[Id, ...]
    records: tuple[Record, ...]


def tell_day(stage: Stage, crew: Crew, land: Land, book: Casebook, sheets: Sheets, extra_forms: Sequence[FormVersion] = ()) -> Day:
    """Plan the engineer's day; each of `extra_forms` is one more open checklist of the inspection, for its first equipment."""
    engineer = crew.people["engineer1"]
    inspection, instances = _inspection(stage, land.places[MAIN_SITE], engineer, sheets, extra_forms)
    repair = _repair(stage, land.places[_FAULT_SITE], engineer, book.cases[FAULT_CASE].id)
    upgrade = _upgrade(stage, crew, land.places[_UPGRADE_SITE])
    visits = {visit.kind: visit.id for visit in (*inspection, *repair, *upgrade) if isinstance(visit, Visit)}
    records = (*inspection, *repair, *upgrade, *_others(stage, crew, land))
    return Day(visits["inspection"], visits["repair"], visits["upgrade"], instances, records)


def _inspection(
    stage: Stage, place: Place, engineer: Person, sheets: Sheets, extra_forms: Sequence[FormVersion]
) -> tuple[list[Record], tuple[Id, ...]]:
    period = Period.of(stage.today)
    visit_id, inspection_id = stage.new_id(), stage.new_id()
    inspection = Inspection(
        id=inspection_id,
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        visit_id=visit_id,
        number=f"XJ-{period.label}-{place.site.code[2:]}",
        period=period.label,
        engineer_id=engineer.id,
    )
    assets = [place.assets[serial] for serial in sheets.told["inspected"][MAIN_SITE]]
    asked = [(asset, sheets.of(asset).form) for asset in assets] + [(assets[0], form) for form in extra_forms]
    instances = [
        open_instance(stage, place, inspection_id, asset, form, period, position) for position, (asset, form) in enumerate(asked, start=1)
    ]
    visit = Visit(
        id=visit_id,
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        inspection_id=inspection_id,
        title=period.title,
        engineer_id=engineer.id,
        appointment_at=stage.at_hour("09:30"),
        planned_end_at=stage.at_hour("12:00"),
    )
    people = _people(stage, place, visit_id, engineer)
    return [inspection, *instances, visit, *people], tuple(each.id for each in instances)


def _repair(stage: Stage, place: Place, engineer: Person, case_id: Id) -> list[Record]:
    visit = Visit(
        id=stage.new_id(),
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        kind="repair",
        case_id=case_id,
        title="存储控制器降级 · 更换电源模块",
        engineer_id=engineer.id,
        appointment_at=stage.at_hour("13:30"),
        planned_end_at=stage.at_hour("16:30"),
        permit_no=f"GZP-{stage.today:%Y%m%d}-02",
    )
    return [visit, *_people(stage, place, visit.id, engineer)]


def _upgrade(stage: Stage, crew: Crew, place: Place) -> list[Record]:
    told = phrases("upgrade")
    engineer, standby = crew.people["engineer1"], crew.people["second_line"]
    application = place.assets[_APPLICATION]
    begins, ends = stage.at_hour("22:00"), stage.at_hour("02:00", days=1)
    event = ScheduledEvent(
        id=stage.new_id(),
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        number=f"CHG-{stage.year}-{CHANGE_NUMBER:04d}",
        title=f"AFC-Core {application.version} → {_TARGET}",
        requested_at=stage.at_hour("10:10", days=-20),
        submitted_at=stage.at_hour("16:00", days=-14),
        reviewer=crew.people["manager"].name,
        review_state="approved",
        window_starts_at=begins,
        window_ends_at=ends,
        standby_engineer=standby.id,
    )
    visit = Visit(
        id=stage.new_id(),
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        kind="upgrade",
        event_id=event.id,
        title=f"升级 {application.version} → {_TARGET}",
        engineer_id=engineer.id,
        appointment_at=begins,
        planned_end_at=ends,
        permit_no=f"SG-{stage.today:%Y%m%d}-11",
    )
    order = UpgradeOrder(
        id=stage.new_id(),
        site_id=place.site.id,
        event_id=event.id,
        visit_id=visit.id,
        asset_id=application.id,
        application=application.model,
        from_version=application.version,
        to_version=_TARGET,
        documents=tuple(told["documents"]),
        rollback_plan=told["rollback_plan"],
        rollback_criteria=told["rollback_criteria"],
        rollback_decision_at=stage.at_hour("00:30", days=1),
    )
    steps = _steps(stage, order, told)
    people = _people(stage, place, visit.id, engineer)
    people.append(
        VisitPerson(
            id=stage.new_id(),
            site_id=place.site.id,
            visit_id=visit.id,
            name=standby.name,
            role="二线工程师 · 电话待命",
            phone=standby.phone,
        )
    )
    return [event, visit, order, *steps, *people]


def _steps(stage: Stage, order: UpgradeOrder, told: Mapping[str, Any]) -> list[UpgradeStep]:
    """The steps of the plan and, behind them, what is verified; numbered through."""
    number = count(1)
    return [
        UpgradeStep(
            id=stage.new_id(),
            site_id=order.site_id,
            order_id=order.id,
            position=next(number),
            text_zh=text_zh,
            text_en=text_en,
            verification=verification,
        )
        for verification, texts in ((False, told["steps"]), (True, told["checks"]))
        for text_zh, text_en in texts
    ]


def _people(stage: Stage, place: Place, visit_id: Id, engineer: Person) -> list[VisitPerson]:
    ours = VisitPerson(
        id=stage.new_id(),
        site_id=place.site.id,
        visit_id=visit_id,
        name=engineer.name,
        role="工程师 · 主责",
        phone=engineer.phone,
        leader=True,
    )
    theirs = [
        VisitPerson(
            id=stage.new_id(), site_id=place.site.id, visit_id=visit_id, name=each.name, side="customer", role=each.role, phone=each.phone
        )
        for each in (place.lead, place.watch)
    ]
    return [ours, *theirs]


def _others(stage: Stage, crew: Crew, land: Land) -> list[Record]:
    """Changes beside the one of the day: one that is over, one that waits for its review."""

    def event(number: int, site: str, title: str, state: str, begins: datetime, ends: datetime, done: bool) -> ScheduledEvent:
        place = land.places[site]
        return ScheduledEvent(
            id=stage.new_id(),
            site_id=place.site.id,
            customer_id=place.customer.id,
            contract_id=place.contract.id,
            number=f"CHG-{stage.year}-{number:04d}",
            title=title,
            requested_at=begins - timedelta(days=16),
            submitted_at=begins - timedelta(days=12),
            reviewer=crew.people["manager"].name if done else "",
            review_state=state,
            window_starts_at=begins,
            window_ends_at=ends,
            standby_engineer=crew.people["engineer3"].id,
            actual_started_at=begins if done else None,
            actual_ended_at=ends if done else None,
        )

    return [
        event(88, "S-0109-1", "ST-7300 微码 7.2.4 → 7.3.0", "executed", stage.at_hour("23:00", -31), stage.at_hour("01:20", -30), True),
        event(92, "S-0112-1", "EgretDB 12.4.1 → 12.4.3", "submitted", stage.at_hour("22:00", 10), stage.at_hour("02:00", 11), False),
    ]
