"""What is to be inspected where, in which rhythm and by which checklists: from the contracts' policy rows, from the part `plan` of
`centre.json`, and from what a person arranged for one site, which goes before both.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sqlalchemy import select

from fieldapp.base.clock import moment_text
from fieldapp.base.errors import CentreError
from fieldapp.base.i18n import N_, say
from fieldapp.base.ids import Id
from fieldapp.central.config import CentreSettings
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import BadEntry
from fieldapp.central.store.engine import put_rows
from fieldapp.central.store.tables import arrangement
from fieldapp.domain.calendars import CalendarDay, PolicyRow
from fieldapp.domain.customers import Asset, Contract, Site
from fieldapp.domain.inspections import FormVersion
from fieldapp.domain.planning.due import LEAD_DAYS, Owed, Rhythm, Trigger, due_inspections, rhythms_of
from fieldapp.domain.planning.sheets import BY_CATEGORY, OF_SITE, SheetWanted, sheets_wanted

__all__ = [
    "ARRANGED",
    "MODES",
    "SITE",
    "TRIGGERS",
    "Arrangement",
    "BadPlanSettings",
    "Calendar",
    "Order",
    "PlanSettings",
    "PlanStands",
    "arrange",
    "orders",
    "plan_settings",
    "usual_forms",
]

TRIGGERS: tuple[Trigger, ...] = ("quarter", "pre_holiday", "month")
MODES = ("on_site", "remote")
SITE = "site"
"""Stands for the site itself where categories of equipment are named."""
ARRANGED = "arranged"
"""Stands for the policy row of a rhythm that a person added to what a contract says."""


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


class PlanStands(CentreError):
    """A plan is made where one is."""

    code = "FA-646"
    message = N_("There is a plan of this rhythm for this site already. Nothing was changed. Alter that one.")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What a person arranged for the inspections of one rhythm at one site. `forms`: category of equipment (or SITE) -> form ids;
    a category that is not named has the usual ones.
    """

    contract_id: Id
    site_id: Id
    rhythm: Trigger
    mode: str = "on_site"
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    starts_on: date | None = None
    ends_on: date | None = None
    at: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """One rhythm at one site: what stands there under the contract, the checklists it takes, and what was arranged, if anything."""

    contract: Contract
    site: Site
    assets: tuple[Asset, ...]
    rhythm: Rhythm
    mode: str
    sheets: tuple[SheetWanted, ...]
    arranged: Arrangement | None = None


@dataclass(slots=True)
class Calendar:
    """Policy rows and holidays, and what each contract owes by them in a span, reckoned once."""

    settings: PlanSettings
    rows: Sequence[PolicyRow]
    days: Sequence[CalendarDay]
    _known: dict[tuple[Id, Rhythm, date, date], Owed] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, settings: PlanSettings) -> Calendar:
        """Those of a centre."""
        return cls(settings, desk.find(PolicyRow), desk.find(CalendarDay))

    def owed(self, order: Order, since: date, until: date) -> Owed:
        """What an order owes from `since` to `until`, both included."""
        if order.arranged is not None:
            since = max(since, order.arranged.starts_on or since)
            until = min(until, order.arranged.ends_on or until)
        place = order.contract.id, order.rhythm, since, until
        if place not in self._known:
            self._known[place] = due_inspections(
                order.contract,
                self.rows,
                self.days,
                since,
                until,
                names=self.settings.holidays,
                lead_days=self.settings.lead_days,
                rhythms=(order.rhythm,),
            )
        return self._known[place]


def orders(desk: Desk, settings: PlanSettings, calendar: Calendar, contracts: Collection[Id] = ()) -> tuple[Order, ...]:
    """What is to be inspected, by contract and site in the order of their making; of all contracts, or of these."""
    sites = {each.id: each for each in desk.find(Site)}
    stands: dict[tuple[Id, Id], list[Asset]] = {}
    for asset in desk.find(Asset):
        if asset.contract_id and asset.site_id in sites:
            stands.setdefault((asset.contract_id, asset.site_id), []).append(asset)
    arranged = _arranged(desk)
    found: list[Order] = []
    for contract in desk.find(Contract):
        if contracts and contract.id not in contracts:
            continue
        rhythms = rhythms_of(contract, calendar.rows)
        for (contract_id, site_id), assets in stands.items():
            if contract_id != contract.id:
                continue
            mine = {trigger: arranged.get((contract.id, site_id, trigger)) for trigger in TRIGGERS}
            told = {each.trigger for each in rhythms}
            added = tuple(Rhythm(trigger, ARRANGED, "") for trigger in TRIGGERS if mine[trigger] is not None and trigger not in told)
            for rhythm in (*rhythms, *added):
                one = mine[rhythm.trigger]
                usual = settings.forms.get(rhythm.trigger, {})
                forms: Mapping[str, Mapping[str, tuple[str, ...]]] = settings.forms
                if one is not None:
                    forms = {rhythm.trigger: {**usual, **one.forms}}
                mode = one.mode if one is not None else "remote" if rhythm.trigger in settings.remote else "on_site"
                sheets = sheets_wanted(rhythm, assets, forms)
                found.append(Order(contract, sites[site_id], tuple(assets), rhythm, mode, sheets, one))
    return tuple(found)


def usual_forms(settings: PlanSettings, trigger: Trigger) -> Mapping[str, tuple[str, ...]]:
    """Category of equipment (and SITE) -> the forms it takes in a rhythm where nothing else is arranged."""
    return {**BY_CATEGORY[trigger], SITE: OF_SITE[trigger], **settings.forms.get(trigger, {})}


def arrange(desk: Desk, wanted: Arrangement, *, new: bool = False) -> None:
    """Make or alter the plan of one rhythm at one site. What it made so far stays.

    UnknownThing, BadEntry for what does not fit; PlanStands when it shall be `new` and the contract or a person has it already.
    """
    contract, site = desk.get(Contract, wanted.contract_id), desk.get(Site, wanted.site_id)
    if site.customer_id != contract.customer_id:
        raise BadEntry(field=say("Site"))
    if wanted.rhythm not in TRIGGERS:
        raise BadEntry(field=say("Rhythm"))
    if wanted.mode not in MODES:
        raise BadEntry(field=say("Way"))
    if wanted.starts_on and wanted.ends_on and wanted.ends_on < wanted.starts_on:
        raise BadEntry(field=say("Last day"))
    known = {each.form_id for each in desk.find(FormVersion)}
    if not {form for forms in wanted.forms.values() for form in forms} <= known:
        raise BadEntry(field=say("Checklists"))
    if new:
        told = {each.trigger for each in rhythms_of(contract, desk.find(PolicyRow))}
        if wanted.rhythm in told or (contract.id, site.id, wanted.rhythm) in _arranged(desk):
            raise PlanStands
    row = {
        "contract": contract.id,
        "site": site.id,
        "rhythm": wanted.rhythm,
        "mode": wanted.mode,
        "forms": json.dumps({category: list(forms) for category, forms in wanted.forms.items()}, sort_keys=True),
        "starts_on": wanted.starts_on.isoformat() if wanted.starts_on else None,
        "ends_on": wanted.ends_on.isoformat() if wanted.ends_on else None,
        "at": moment_text(desk.service.clock.now()),
        "by": desk.name[:80],
    }
    with desk.service.store.writing() as connection:
        put_rows(connection, arrangement, [row], replace=True)


def _arranged(desk: Desk) -> dict[tuple[Id, Id, str], Arrangement]:
    with desk.service.store.reading() as connection:
        rows = connection.execute(select(arrangement)).all()
    return {
        (row.contract, row.site, row.rhythm): Arrangement(
            contract_id=row.contract,
            site_id=row.site,
            rhythm=row.rhythm,
            mode=row.mode,
            forms={category: tuple(forms) for category, forms in json.loads(row.forms).items()},
            starts_on=date.fromisoformat(row.starts_on) if row.starts_on else None,
            ends_on=date.fromisoformat(row.ends_on) if row.ends_on else None,
            at=row.at,
            by=row.by,
        )
        for row in rows
    }
