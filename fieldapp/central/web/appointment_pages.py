"""The console's page of appointments: which inspections are due, agreed or late, and a date agreed for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from fastapi.responses import RedirectResponse, Response

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import read, when_text
from fieldapp.base.ids import Id
from fieldapp.central.checklists.appointments import Appointment, agreed_visits, appointments
from fieldapp.central.checklists.plans import appoint, title_of
from fieldapp.central.refusals import BadEntry, UnknownThing
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.plan_pages import day_of
from fieldapp.central.web.words import APPOINTMENT_STATES, SPOKEN, WORDS
from fieldapp.domain.customers import Contact, Customer, Person, Site

__all__ = ["AppointmentPages"]

_ZONE = ZoneInfo("Asia/Shanghai")
_STATES = ("late", "due", "agreed", "running")
_TONES = {"late": "bad", "due": "warn", "agreed": "good", "running": "calm"}


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """One open inspection in words; `day` is the agreed or the last one, `clock` the agreed time."""

    id: Id
    day: str
    clock: str
    customer: str
    site: str
    title: str
    number: str
    state: str
    tone: str
    word: str
    engineer: str
    until: str
    beyond: bool


class AppointmentPages:
    """Inspections that are not finished, by their day."""

    def __init__(self, render: Callable[..., Response]) -> None:
        """`render` makes a page from a request, a template, a status and values."""
        self._render = render

    def routes(self) -> list[tuple[str, str, Callable[[Ask], Response]]]:
        """Method, path and page of each."""
        return [
            ("GET", "/console/appointments", self.appointments),
            ("GET", "/console/appointments/{key}", self.one),
            ("POST", "/console/appointments/{key}", self.agree),
        ]

    def appointments(self, ask: Ask) -> Response:
        """The list, by months; what is late stands first."""
        found = appointments(ask.desk)
        counts = {state: sum(each.state == state for each in found) for state in _STATES}
        state = ask.field("state") if ask.field("state") in _STATES else "all"
        shown = [each for each in found if state in ("all", each.state)]
        customers = {each.id: each.name for each in ask.desk.find(Customer)}
        names = {each.id: each.name for each in ask.desk.find(Person)}
        groups: dict[str, list[AppointmentRow]] = {}
        for each in sorted(shown, key=lambda one: one.state != "late"):
            late = read(APPOINTMENT_STATES["late"], ask.language)
            head = late if each.state == "late" else f"{each.day:%Y-%m}" if each.day else read(SPOKEN["no_day"], ask.language)
            groups.setdefault(head, []).append(_row(ask, each, customers, names))
        tabs = [("all", read(WORDS["all"], ask.language), len(found))]
        tabs += [(each, read(APPOINTMENT_STATES[each], ask.language), counts[each]) for each in _STATES]
        return self._render(ask, "appointments.html", groups=list(groups.items()), tabs=tabs, state=state)

    def one(self, ask: Ask) -> Response:
        """One inspection: agree a date, with what is agreed around it in sight."""
        return self._one(ask)

    def _one(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        found = _found(ask)
        customers = {each.id: each.name for each in ask.desk.find(Customer)}
        people = sorted(ask.desk.find(Person, role="engineer"), key=lambda each: each.name)
        names = {each.id: each.name for each in ask.desk.find(Person)}
        visit, zone = found.visit, _zone(found)
        at = visit.appointment_at.astimezone(zone) if visit is not None and visit.appointment_at is not None else None
        to = visit.planned_end_at.astimezone(zone) if visit is not None and visit.planned_end_at is not None else None
        typed = ask.fields if ask.request.method == "POST" else {}
        around = found.day or _today(ask)
        sites = {each.id: each.name for each in ask.desk.find(Site)}
        contacts = ask.desk.find(Contact, site_id=found.inspection.site_id)
        return self._render(
            ask,
            "appointment.html",
            status,
            row=_row(ask, found, customers, names),
            engineers=[(each.id, each.name) for each in people],
            engineer=typed.get("engineer_id", found.inspection.engineer_id),
            day=typed.get("day", at.date().isoformat() if at else ""),
            begins=typed.get("begins", f"{at:%H:%M}" if at else "09:30"),
            ends=typed.get("ends", f"{to:%H:%M}" if to else ""),
            contacts=[" · ".join(part for part in (each.name, each.role, each.phone) if part) for each in contacts],
            around=[
                (when_text(each.appointment_at, ask.language), names.get(each.engineer_id, ""), sites.get(each.site_id, ""), each.title)
                for each in agreed_visits(ask.desk, around, but=found.inspection.visit_id)
                if each.appointment_at is not None
            ],
            message=message,
        )

    def agree(self, ask: Ask) -> Response:
        """Agree a date, or move it, as the command does."""
        found = _found(ask)
        try:
            day = day_of(ask, "day", "day", needed=True)
            assert day is not None
            begins = _moment(ask, day, "begins", _zone(found))
            ends = _moment(ask, day, "ends", _zone(found)) if ask.field("ends") else None
            if ends is not None and ends <= begins:
                raise BadEntry(field=read(WORDS["ends_at"], ask.language))
            if not ask.field("engineer_id"):
                raise BadEntry(field=read(WORDS["engineer"], ask.language))
            if found.state == "running":
                raise BadEntry(field=read(APPOINTMENT_STATES["running"], ask.language))
            appoint(ask.desk, found.inspection.id, ask.field("engineer_id"), begins, ends)
        except FieldappError as fault:
            return self._one(ask, fault.read(ask.language), 400)
        return RedirectResponse(f"/console/appointments/{ask.key}", 303)


def _found(ask: Ask) -> Appointment:
    for each in appointments(ask.desk):
        if each.inspection.id == ask.key:
            return each
    raise UnknownThing(what=ask.key)


def _zone(found: Appointment) -> ZoneInfo:
    return ZoneInfo(found.site.zone) if found.site is not None else _ZONE


def _today(ask: Ask) -> date:
    return ask.desk.service.clock.now().astimezone(_ZONE).date()


def _moment(ask: Ask, day: date, field: str, zone: ZoneInfo) -> datetime:
    """The moment of an hour typed in a form, on a day of the site."""
    try:
        hour = time.fromisoformat(ask.field(field))
    except ValueError as fault:
        raise BadEntry(field=read(WORDS[f"{field}_at"], ask.language)) from fault
    return datetime.combine(day, hour.replace(tzinfo=None), zone).astimezone(UTC)


def _row(ask: Ask, each: Appointment, customers: dict[Id, str], names: dict[Id, str]) -> AppointmentRow:
    one, visit, zone = each.inspection, each.visit, _zone(each)
    at = visit.appointment_at.astimezone(zone) if visit is not None and visit.appointment_at is not None else None
    to = visit.planned_end_at.astimezone(zone) if visit is not None and visit.planned_end_at is not None else None
    clock = f"{at:%H:%M}" + (f" – {to:%H:%M}" if to else "") if at else ""
    return AppointmentRow(
        id=one.id,
        day=each.day.isoformat() if each.day else "",
        clock=clock,
        customer=customers.get(one.customer_id, ""),
        site=each.site.name if each.site else "",
        title=title_of(one).read(ask.language),
        number=one.number,
        state=each.state,
        tone=_TONES[each.state],
        word=read(APPOINTMENT_STATES[each.state], ask.language),
        engineer=names.get(one.engineer_id, ""),
        until=each.ends.isoformat() if each.ends else "",
        beyond=each.beyond,
    )
