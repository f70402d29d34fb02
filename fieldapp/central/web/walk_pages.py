"""The console's pages of managers' visits: seen with what they say of staff, and entered with the questions of T16."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from fastapi.responses import RedirectResponse, Response

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import when_text
from fieldapp.base.ids import Id
from fieldapp.central.checklists.walk_arounds import (
    NoQuestionnaire,
    Question,
    WalkAround,
    evaluations,
    note_walk_around,
    questionnaire,
    questions,
    ratings,
    walk_arounds,
)
from fieldapp.central.refusals import UnknownThing
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.plan_pages import day_of
from fieldapp.domain.customers import Customer, Person, Site
from fieldapp.domain.inspections import FormVersion

__all__ = ["WalkPages"]

_ZONE = ZoneInfo("Asia/Shanghai")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class WalkRow:
    """One visit in words; `given` are its ratings, joined."""

    id: Id
    day: str
    customer: str
    site: str
    manager: str
    spoke_with: str
    engineers: str
    given: str
    low: bool
    entered: str


class WalkPages:
    """Visits of managers."""

    def __init__(self, render: Callable[..., Response]) -> None:
        """`render` makes a page from a request, a template, a status and values."""
        self._render = render

    def routes(self) -> list[tuple[str, str, Callable[[Ask], Response]]]:
        """Method, path and page of each."""
        return [
            ("GET", "/console/walk-arounds", self.visits),
            ("GET", "/console/walk-arounds/new", self.new),
            ("POST", "/console/walk-arounds/new", self.create),
            ("GET", "/console/walk-arounds/{key}", self.one),
        ]

    def visits(self, ask: Ask) -> Response:
        """The visits, of all engineers or of one, and what they say of each."""
        names, places, known = _names(ask), _places(ask), dict[Id, tuple[str, ...]]()
        wanted = ask.field("engineer")
        found = [each for each in walk_arounds(ask.desk) if not wanted or wanted in each.engineers]
        rows = [_row(ask, each, names, places, ratings(ask.desk, each, known)) for each in found[:_SHOWN]]
        said = [
            (
                each.engineer,
                names.get(each.engineer, ""),
                each.visits,
                each.ratings,
                str(each.mean or "—"),
                each.low,
                each.newest.isoformat(),
            )
            for each in evaluations(ask.desk)
        ]
        return self._render(ask, "walk_arounds.html", rows=rows, said=said, wanted=names.get(wanted, ""))

    def one(self, ask: Ask) -> Response:
        """One visit with all answers."""
        found = next((each for each in walk_arounds(ask.desk) if each.id == ask.key), None)
        if found is None:
            raise UnknownThing(what=ask.key)
        form = ask.desk.get(FormVersion, found.form)
        row = _row(ask, found, _names(ask), _places(ask), ratings(ask.desk, found, {}))
        return self._render(
            ask, "walk_around.html", row=row, groups=_grouped(questions(ask.desk, form, found.answers, ask.language)), form=form
        )

    def new(self, ask: Ask) -> Response:
        """First the customer, then the site, the people and the questions."""
        return self._new(ask)

    def _new(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        customers = sorted(((each.id, each.name) for each in ask.desk.find(Customer)), key=lambda pair: pair[1])
        chosen = ask.field("customer_id")
        people = sorted(ask.desk.find(Person), key=lambda each: (each.role != "manager", each.name))
        asked: tuple[Question, ...] = ()
        try:
            asked = questions(ask.desk, questionnaire(ask.desk), {}, ask.language)
        except NoQuestionnaire as fault:
            message, status = fault.read(ask.language), 400 if ask.request.method == "POST" else 200
        return self._render(
            ask,
            "new_walk_around.html",
            status,
            customers=customers,
            chosen=chosen,
            sites=[(each.id, each.name) for each in ask.desk.find(Site, customer_id=chosen)] if chosen else [],
            managers=[(each.id, each.name) for each in people if each.role != "engineer"],
            engineers=[(each.id, each.name) for each in people if each.role == "engineer"],
            groups=_grouped(asked),
            values={"day": _today(ask).isoformat(), "manager_id": ask.account.person, **ask.fields},
            message=message,
        )

    def create(self, ask: Ask) -> Response:
        """Keep a visit."""
        try:
            day = day_of(ask, "day", "day", needed=True)
            assert day is not None
            wanted = WalkAround(
                id="",
                site_id=ask.field("site_id"),
                day=day,
                manager_id=ask.field("manager_id"),
                spoke_with=ask.field("spoke_with"),
                engineers=tuple(name.partition(":")[2] for name in ask.fields if name.startswith("engineer:")),
                answers={name.partition(":")[2]: ask.field(name) for name in ask.fields if name.startswith("answer:")},
            )
            kept = note_walk_around(ask.desk, wanted)
        except FieldappError as fault:
            return self._new(ask, fault.read(ask.language), 400)
        return RedirectResponse(f"/console/walk-arounds/{kept.id}", 303)


def _grouped(asked: tuple[Question, ...]) -> list[tuple[str, list[Question]]]:
    return [(head, list(some)) for head, some in groupby(asked, key=lambda each: each.group)]


def _names(ask: Ask) -> Mapping[Id, str]:
    return {each.id: each.name for each in ask.desk.find(Person)}


def _places(ask: Ask) -> Mapping[Id, tuple[str, str]]:
    customers = {each.id: each.name for each in ask.desk.find(Customer)}
    return {each.id: (customers.get(each.customer_id, ""), each.name) for each in ask.desk.find(Site)}


def _today(ask: Ask) -> date:
    return ask.desk.service.clock.now().astimezone(_ZONE).date()


def _row(ask: Ask, each: WalkAround, names: Mapping[Id, str], places: Mapping[Id, tuple[str, str]], given: tuple[int, ...]) -> WalkRow:
    customer, site = places.get(each.site_id, ("", ""))
    entered = " · ".join(part for part in (when_text(each.at, ask.language) if each.at else "", each.by) if part)
    return WalkRow(
        id=each.id,
        day=each.day.isoformat(),
        customer=customer,
        site=site,
        manager=names.get(each.manager_id, ""),
        spoke_with=each.spoke_with,
        engineers=" · ".join(names.get(one, "") for one in each.engineers),
        given=" ".join(str(rating) for rating in given),
        low=any(rating <= 2 for rating in given),
        entered=entered,
    )
