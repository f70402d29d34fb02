"""Makes the inspections that contracts owe: planned, with a checklist for each piece of equipment; run as often as one likes.

Identities derive from contract, site and period, so that a plan made twice doubles nothing. What was begun is left alone;
checklists of equipment that came meanwhile are added while an inspection is only planned. A checklist keeps the version of
its form that it was planned with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id, derived_id
from fieldapp.central.checklists.orders import BadPlanSettings, Calendar, Order, PlanSettings, orders, plan_settings
from fieldapp.central.checklists.publishing import newest_forms
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.central.store.tables import record
from fieldapp.domain.customers import Person, Site
from fieldapp.domain.inspections import FormInstance, FormVersion, Inspection
from fieldapp.domain.planning.due import Due
from fieldapp.domain.records import Record
from fieldapp.domain.visits import Visit

__all__ = [
    "BadPlanSettings",
    "PlanSettings",
    "Planned",
    "PlannedInspection",
    "StandingPlan",
    "appoint",
    "key_of",
    "plan",
    "plan_settings",
    "standing_plans",
    "title_of",
]


@dataclass(frozen=True, slots=True)
class PlannedInspection:
    """One inspection that was planned, or that stands: `added` counts the checklists that are new; `missing` names forms not published."""

    inspection: Inspection
    due: Due
    site: str
    fresh: bool
    added: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan: its inspections by their ends, and what cannot be known yet."""

    inspections: tuple[PlannedInspection, ...]
    unknown: tuple[Sentence, ...]


def plan(desk: Desk, settings: PlanSettings, since: date, until: date, *, contracts: Collection[Id] = (), dry: bool = False) -> Planned:
    """Plan what all contracts (or these) owe from `since` to `until`; with `dry` nothing is saved. One transaction."""
    forms, standing = newest_forms(desk), _Standing(desk)
    calendar = Calendar.of(desk, settings)
    saved: list[Record] = []
    made: list[PlannedInspection] = []
    unknown: dict[str, Sentence] = {}
    for order in orders(desk, settings, calendar, contracts):
        owed = calendar.owed(order, since, until)
        unknown |= {each.read("en"): each for each in owed.unknown}
        for due in owed.due:
            key = key_of(order, due)
            if order.sheets and key not in standing.removed:
                one, records = _one(key, order, due, forms, standing)
                made.append(one)
                saved += records
    if saved and not dry:
        desk.save(*saved)
    return Planned(
        tuple(sorted(made, key=lambda each: (each.due.ends, each.site, each.due.period, each.inspection.id))), tuple(unknown.values())
    )


def key_of(order: Order, due: Due) -> Id:
    """The identity of a planned inspection."""
    return derived_id("planned inspection", order.contract.id, order.site.id, due.period, due.rhythm.trigger)


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """A plan as it stands: what it made so far (the newest period first), what it makes next, and what cannot be known yet.

    `missing` names forms that it asks for and that are not published.
    """

    order: Order
    made: tuple[Inspection, ...]
    coming: tuple[Due, ...]
    unknown: tuple[Sentence, ...]
    missing: tuple[str, ...]


COMING = 4
_AHEAD = timedelta(days=400)


def standing_plans(desk: Desk, settings: PlanSettings, today: date, *, contract: Id = "") -> tuple[StandingPlan, ...]:
    """All plans (or those of one contract), by customer's contract and site, with the next four inspections of each."""
    standing, forms = _Standing(desk), newest_forms(desk)
    calendar = Calendar.of(desk, settings)
    made: dict[tuple[Id, Id, str], list[Inspection]] = {}
    for (site_id, contract_id, _period, trigger), each in standing.by_key.items():
        made.setdefault((contract_id, site_id, trigger), []).append(each)
    found: list[StandingPlan] = []
    for order in orders(desk, settings, calendar, [contract] if contract else ()):
        owed = calendar.owed(order, today, today + _AHEAD)
        held = made.get((order.contract.id, order.site.id, order.rhythm.trigger), [])
        periods = {each.period for each in held}
        coming = [each for each in owed.due if each.period not in periods and key_of(order, each) not in standing.removed]
        asked = dict.fromkeys(each.form_id for each in order.sheets)
        found.append(
            StandingPlan(
                order,
                tuple(sorted(held, key=lambda each: each.period, reverse=True)),
                tuple(coming[:COMING]) if order.sheets else (),
                owed.unknown,
                tuple(each for each in asked if each not in forms),
            )
        )
    return tuple(found)


class _Standing:
    """What stands already: inspections by site, contract, period and trigger; checklists by inspection; who was last at a site;
    what was removed by hand and does not come again.
    """

    def __init__(self, desk: Desk) -> None:
        inspections = desk.find(Inspection)
        gone = select(record.c.id).where(record.c.kind.in_(("inspection", "form_instance")), record.c.deleted.is_(True))
        with desk.service.store.reading() as connection:
            self.removed = frozenset(connection.execute(gone).scalars())
        self.by_key = {(each.site_id, each.contract_id, each.period, each.trigger): each for each in inspections}
        self.engineers: dict[Id, Id] = {}
        for each in sorted(inspections, key=lambda one: one.finished_at.timestamp() if one.finished_at else 0.0):
            if each.engineer_id and each.finished_at is not None:
                self.engineers[each.site_id] = each.engineer_id
        self.sheets: dict[Id, list[FormInstance]] = {}
        for sheet in desk.find(FormInstance):
            self.sheets.setdefault(sheet.owner_id, []).append(sheet)


def _one(key: Id, order: Order, due: Due, forms: Mapping[str, FormVersion], standing: _Standing) -> tuple[PlannedInspection, list[Record]]:
    site, contract, trigger = order.site, order.contract, due.rhythm.trigger
    found = standing.by_key.get((site.id, contract.id, due.period, trigger))
    inspection = found or Inspection(
        id=key,
        site_id=site.id,
        customer_id=site.customer_id,
        contract_id=contract.id,
        number=f"XJ-{due.period}-{site.code.removeprefix('S-') or site.id[-6:]}",
        period=due.period,
        trigger=trigger,
        mode=order.mode,
        engineer_id=standing.engineers.get(site.id, ""),
    )
    records: list[Record] = [] if found else [inspection]
    missing: dict[str, None] = {}
    sheets = standing.sheets.get(inspection.id, [])
    held = {(each.form_id, each.asset_id) for each in sheets}
    position = max((each.position for each in sheets), default=0)
    added = 0
    for each in order.sheets if inspection.state == "planned" else ():
        asset_id = each.asset.id if each.asset else ""
        form = forms.get(each.form_id)
        if form is None:
            missing[each.form_id] = None
            continue
        sheet_id = derived_id("planned sheet", inspection.id, each.form_id, asset_id)
        if (each.form_id, asset_id) not in held and sheet_id not in standing.removed:
            position, added = position + 1, added + 1
            records.append(
                FormInstance(
                    id=sheet_id,
                    site_id=site.id,
                    owner_id=inspection.id,
                    asset_id=asset_id,
                    form_id=form.form_id,
                    form_version=form.version,
                    form_digest=form.digest,
                    period=due.period,
                    position=position,
                )
            )
    return PlannedInspection(inspection, due, site.name, found is None, added, tuple(missing)), records


def appoint(desk: Desk, inspection_id: Id, engineer_id: Id, at: datetime, until: datetime | None = None) -> Visit:
    """Give a planned inspection its visit: who comes when (aware moments). Done again, it moves the appointment.

    UnknownThing for an inspection or engineer that is not there, BadEntry when the inspection was begun or the end is not after the start.
    """
    inspection, engineer = desk.get(Inspection, inspection_id), desk.get(Person, engineer_id)
    if inspection.state != "planned":
        raise BadEntry(field="inspection")
    if until is not None and until <= at:
        raise BadEntry(field="until")
    try:
        site = desk.get(Site, inspection.site_id)
    except UnknownThing as fault:
        raise BadEntry(field="site") from fault
    visit_id = inspection.visit_id or derived_id("planned visit", inspection.id)
    standing = desk.find(Visit, id=visit_id)
    visit = replace(
        standing[0] if standing else Visit(id=visit_id, site_id=site.id, customer_id=site.customer_id, contract_id=inspection.contract_id),
        inspection_id=inspection.id,
        title=title_of(inspection).read("zh"),
        engineer_id=engineer.id,
        appointment_at=at,
        planned_end_at=until,
    )
    desk.save(replace(inspection, engineer_id=engineer.id, visit_id=visit.id), visit)
    return visit


def title_of(inspection: Inspection) -> Sentence:
    """What a planned inspection is called."""
    if inspection.trigger == "pre_holiday":
        return say("Inspection before the holiday of {day}", day=inspection.period)
    if inspection.trigger == "month":
        return say("Monthly inspection {period}", period=inspection.period)
    return say("Quarterly inspection {period}", period=inspection.period)
