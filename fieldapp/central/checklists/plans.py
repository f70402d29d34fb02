"""Makes the inspections that contracts owe: planned, with a checklist for each piece of equipment; run as often as one likes.

Identities derive from contract, site and period, so that a plan made twice doubles nothing. What was begun is left alone;
checklists of equipment that came meanwhile are added while an inspection is only planned. A checklist keeps the version of
its form that it was planned with.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import select

from fieldapp.base.errors import CentreError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id, derived_id
from fieldapp.central.checklists.publishing import newest_forms
from fieldapp.central.config import CentreSettings
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.central.store.tables import record
from fieldapp.domain.calendars import CalendarDay, PolicyRow
from fieldapp.domain.customers import Asset, Contract, Person, Site
from fieldapp.domain.inspections import FormInstance, FormVersion, Inspection
from fieldapp.domain.planning.due import LEAD_DAYS, Due, due_inspections
from fieldapp.domain.planning.sheets import BY_CATEGORY, SheetWanted, sheets_wanted
from fieldapp.domain.records import Record
from fieldapp.domain.visits import Visit

__all__ = ["BadPlanSettings", "PlanSettings", "Planned", "PlannedInspection", "appoint", "plan", "plan_settings"]


class BadPlanSettings(CentreError):
    """The part `plan` of `centre.json` does not read."""

    code = "FA-644"
    message = N_("The part “plan” of centre.json cannot be used ({reason}). Nothing was planned. Correct it and try again.")


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """What a centre plans otherwise: holidays by their Chinese names (empty: those marked in the table), working days of lead,
    forms by rhythm and category (`site` is the site itself), rhythms that are done remotely.
    """

    holidays: tuple[str, ...] = ()
    lead_days: int = LEAD_DAYS
    forms: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=lambda: MappingProxyType({}))
    remote: frozenset[str] = frozenset()


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


def plan_settings(settings: CentreSettings) -> PlanSettings:
    """Read the part `plan` of `centre.json`: holidays, lead_working_days, forms, remote; BadPlanSettings. Without it, the defaults."""
    try:
        raw = json.loads((settings.folder / "centre.json").read_text(encoding="utf-8")).get("plan", {})
        if not isinstance(raw, dict):
            raise TypeError("plan")
        lead = raw.get("lead_working_days", LEAD_DAYS)
        if type(lead) is not int or not 1 <= lead <= 60:
            raise ValueError("lead_working_days")
        forms = {
            rhythm: MappingProxyType({category: _texts(ids, "forms") for category, ids in by_category.items()})
            for rhythm, by_category in raw.get("forms", {}).items()
        }
        remote = frozenset(_texts(raw.get("remote", []), "remote"))
        if not (forms.keys() | remote) <= BY_CATEGORY.keys():
            raise ValueError(", ".join(sorted((forms.keys() | remote) - BY_CATEGORY.keys())))
        return PlanSettings(_texts(raw.get("holidays", []), "holidays"), lead, MappingProxyType(forms), remote)
    except (OSError, ValueError, TypeError, AttributeError) as fault:
        raise BadPlanSettings(reason=str(fault)) from fault


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(name)
    return tuple(value)


def plan(desk: Desk, settings: PlanSettings, since: date, until: date, *, contracts: Collection[Id] = (), dry: bool = False) -> Planned:
    """Plan what all contracts (or these) owe from `since` to `until`; with `dry` nothing is saved. One transaction."""
    forms, standing = newest_forms(desk), _Standing(desk)
    rows, days = desk.find(PolicyRow), desk.find(CalendarDay)
    sites = {each.id: each for each in desk.find(Site)}
    by_contract: dict[Id, dict[Id, list[Asset]]] = {}
    for asset in desk.find(Asset):
        if asset.contract_id and asset.site_id in sites:
            by_contract.setdefault(asset.contract_id, {}).setdefault(asset.site_id, []).append(asset)
    saved: list[Record] = []
    made: list[PlannedInspection] = []
    unknown: dict[str, Sentence] = {}
    for contract in desk.find(Contract):
        if contracts and contract.id not in contracts:
            continue
        owed = due_inspections(contract, rows, days, since, until, names=settings.holidays, lead_days=settings.lead_days)
        unknown |= {each.read("en"): each for each in owed.unknown}
        for due in owed.due:
            for site_id, assets in by_contract.get(contract.id, {}).items():
                wanted = sheets_wanted(due.rhythm, assets, settings.forms)
                key = derived_id("planned inspection", contract.id, site_id, due.period, due.rhythm.trigger)
                if wanted and key not in standing.removed:
                    one, records = _one(key, contract, sites[site_id], due, wanted, forms, standing, settings)
                    made.append(one)
                    saved += records
    if saved and not dry:
        desk.save(*saved)
    return Planned(
        tuple(sorted(made, key=lambda each: (each.due.ends, each.site, each.due.period, each.inspection.id))), tuple(unknown.values())
    )


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


def _one(
    key: Id,
    contract: Contract,
    site: Site,
    due: Due,
    wanted: Iterable[SheetWanted],
    forms: Mapping[str, FormVersion],
    standing: _Standing,
    settings: PlanSettings,
) -> tuple[PlannedInspection, list[Record]]:
    trigger = due.rhythm.trigger
    found = standing.by_key.get((site.id, contract.id, due.period, trigger))
    inspection = found or Inspection(
        id=key,
        site_id=site.id,
        customer_id=site.customer_id,
        contract_id=contract.id,
        number=f"XJ-{due.period}-{site.code.removeprefix('S-') or site.id[-6:]}",
        period=due.period,
        trigger=trigger,
        mode="remote" if trigger in settings.remote else "on_site",
        engineer_id=standing.engineers.get(site.id, ""),
    )
    records: list[Record] = [] if found else [inspection]
    missing: dict[str, None] = {}
    sheets = standing.sheets.get(inspection.id, [])
    held = {(each.form_id, each.asset_id) for each in sheets}
    position = max((each.position for each in sheets), default=0)
    added = 0
    for each in wanted if inspection.state == "planned" else ():
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
        title=_title(inspection, at.astimezone(ZoneInfo(site.zone))).read("zh"),
        engineer_id=engineer.id,
        appointment_at=at,
        planned_end_at=until,
    )
    desk.save(replace(inspection, engineer_id=engineer.id, visit_id=visit.id), visit)
    return visit


def _title(inspection: Inspection, at: datetime) -> Sentence:
    if inspection.trigger == "pre_holiday":
        return say("Inspection before the holiday of {day}", day=inspection.period)
    if inspection.trigger == "month":
        return say("Monthly inspection {period}", period=inspection.period)
    return say("Quarterly inspection {period}", period=inspection.period or f"{at.year}")
