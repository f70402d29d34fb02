"""Which inspections are open, when each is agreed or due, and what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from fieldapp.base.ids import Id
from fieldapp.central.desk import Desk
from fieldapp.domain.customers import Site
from fieldapp.domain.inspections import Inspection
from fieldapp.domain.planning.due import last_day_of
from fieldapp.domain.visits import Visit

__all__ = ["Appointment", "State", "agreed_visits", "appointments"]

State = Literal["late", "due", "agreed", "running"]


@dataclass(frozen=True, slots=True)
class Appointment:
    """One inspection that is not finished. `day` (of the site) is the agreed one, else the last on which it is in time.

    `state`: late (its time, or its appointment, has passed), due (nothing is agreed), agreed, running (begun on site).
    `ends`: the last day of its period; None where it has none. `beyond`: what is agreed lies after that.
    """

    inspection: Inspection
    site: Site | None
    visit: Visit | None
    state: State
    day: date | None
    ends: date | None
    beyond: bool


def appointments(desk: Desk) -> tuple[Appointment, ...]:
    """All inspections that are not finished, by their day."""
    sites = {each.id: each for each in desk.find(Site)}
    visits = {each.id: each for each in desk.find(Visit)}
    found = [
        _one(desk, each, sites.get(each.site_id), visits.get(each.visit_id)) for each in desk.find(Inspection) if each.state != "finished"
    ]
    return tuple(sorted(found, key=lambda each: (each.day or date.max, each.inspection.number, each.inspection.id)))


def _one(desk: Desk, inspection: Inspection, site: Site | None, visit: Visit | None) -> Appointment:
    zone = ZoneInfo(site.zone if site else "Asia/Shanghai")
    today = desk.service.clock.now().astimezone(zone).date()
    ends = last_day_of(inspection.period)
    at = visit.appointment_at if visit is not None else None
    agreed = at.astimezone(zone).date() if at is not None else None
    over = (visit.planned_end_at or at) if visit is not None and at is not None else None
    state: State
    if inspection.state == "started":
        state = "running"
    elif over is not None:
        state = "late" if over.astimezone(zone).date() < today else "agreed"
    else:
        state = "late" if ends is not None and ends < today else "due"
    beyond = agreed is not None and ends is not None and agreed > ends
    return Appointment(inspection, site, visit, state, agreed or ends, ends, beyond)


def agreed_visits(desk: Desk, around: date, days: int = 7, *, but: Id = "") -> tuple[Visit, ...]:
    """The visits agreed within some days of a day (Shanghai), in order; without the one named `but`."""
    zone = ZoneInfo("Asia/Shanghai")
    first, last = around - timedelta(days=days), around + timedelta(days=days)
    found = [
        each
        for each in desk.find(Visit)
        if each.appointment_at is not None and each.id != but and first <= each.appointment_at.astimezone(zone).date() <= last
    ]
    return tuple(sorted(found, key=lambda each: (each.appointment_at.timestamp() if each.appointment_at else 0.0, each.id)))
