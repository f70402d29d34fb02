"""The console's page of plans: what contracts owe and what was arranged, what they made and make next; made, altered, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from zoneinfo import ZoneInfo

from fastapi.responses import RedirectResponse, Response

from fieldapp.base.clock import moment_from_text
from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import N_, read, say, when_text
from fieldapp.base.ids import Id
from fieldapp.central.checklists.orders import ARRANGED, MODES, SITE, TRIGGERS, Arrangement, Order, arrange, usual_forms
from fieldapp.central.checklists.plans import StandingPlan, plan, plan_settings, standing_plans
from fieldapp.central.checklists.publishing import newest_forms
from fieldapp.central.refusals import BadEntry, MovedOn, UnknownThing
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.words import EQUIPMENT_WORDS, INSPECTION_STATES, MODE_WORDS, RHYTHM_WORDS, WORDS
from fieldapp.domain.customers import Asset, Contract, Customer, Person, Site
from fieldapp.domain.planning.due import Due
from fieldapp.domain.visits import Visit

__all__ = ["PlanPages", "day_of"]

_ZONE = ZoneInfo("Asia/Shanghai")
_MADE_SHOWN = 12


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan in words; `state` is running, ended or waiting (it begins later); `coming` are (period, last day) pairs."""

    path: str
    contract: str
    term: str
    customer: str
    site: str
    rhythm: str
    source: str
    sheets: str
    mode: str
    made: int
    newest: str
    coming: tuple[tuple[str, str], ...]
    state: str
    ends: str
    missing: str
    first: bool


class PlanPages:
    """Plans of inspections."""

    def __init__(self, render: Callable[..., Response]) -> None:
        """`render` makes a page from a request, a template, a status and values."""
        self._render = render

    def routes(self) -> list[tuple[str, str, Callable[[Ask], Response]]]:
        """Method, path and page of each."""
        return [
            ("GET", "/console/plans", self.plans),
            ("POST", "/console/plans/make", self.make),
            ("GET", "/console/plans/new", self.new),
            ("POST", "/console/plans/new", self.create),
            ("GET", "/console/plans/{contract}/{site}/{rhythm}", self.one),
            ("POST", "/console/plans/{contract}/{site}/{rhythm}", self.alter),
            ("POST", "/console/plans/{contract}/{site}/{rhythm}/end", self.end),
        ]

    # ------------------------------------------------------------------------------------------------ the list

    def plans(self, ask: Ask) -> Response:
        """All plans, those that contain a text."""
        return self._plans(ask)

    def _plans(self, ask: Ask, told: tuple[str, ...] = (), message: str = "", status: int = 200) -> Response:
        today = _today(ask)
        standing = standing_plans(ask.desk, plan_settings(ask.desk.service.settings), today)
        customers = {each.id: each.name for each in ask.desk.find(Customer)}
        wanted = ask.field("text").casefold() if ask.request.method == "GET" else ""
        rows: list[PlanRow] = []
        for each in standing:
            row = _row(ask, each, customers, today)
            if wanted in " ".join((row.contract, row.customer, row.site, row.rhythm)).casefold():
                rows.append(replace(row, first=not rows or (rows[-1].contract, rows[-1].site) != (row.contract, row.site)))
        unknown = dict.fromkeys(sentence.read(ask.language) for each in standing for sentence in each.unknown)
        until = ask.field("until") or date(today.year + (today.month > 9), 12, 31).isoformat()
        values = {"rows": rows, "text": ask.field("text"), "told": told, "unknown": tuple(unknown), "until": until}
        return self._render(ask, "plans.html", status, message=message, **values)

    def make(self, ask: Ask) -> Response:
        """Make the inspections that are owed until a day, as the command does."""
        try:
            until = day_of(ask, "until", "until_day", needed=True)
            assert until is not None
            if until < _today(ask) or until.year > _today(ask).year + 3:
                raise BadEntry(field=read(WORDS["until_day"], ask.language))
            made = plan(ask.desk, plan_settings(ask.desk.service.settings), _today(ask), until)
        except FieldappError as fault:
            return self._plans(ask, message=fault.read(ask.language), status=400)
        fresh, added = sum(each.fresh for each in made.inspections), sum(each.added for each in made.inspections)
        told = [
            say(
                "{fresh} inspections were made until {day}, with {added} checklists. {held} stood already.",
                fresh=fresh,
                day=until.isoformat(),
                added=added,
                held=len(made.inspections) - fresh,
            ).read(ask.language)
        ]
        missing = dict.fromkeys(form for each in made.inspections for form in each.missing)
        if missing:
            told.append(say("Not published, so left out: {forms}.", forms=", ".join(missing)).read(ask.language))
        return self._plans(ask, (*told, *(each.read(ask.language) for each in made.unknown)))

    # ------------------------------------------------------------------------------------------------ one plan

    def one(self, ask: Ask) -> Response:
        """One plan: what it made, what it makes next, and what may be altered."""
        return self._one(ask)

    def _one(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        standing, order = _standing(ask)
        settings = plan_settings(ask.desk.service.settings)
        customers = {each.id: each.name for each in ask.desk.find(Customer)}
        categories = _categories(order)
        held = {**usual_forms(settings, order.rhythm.trigger), **(order.arranged.forms if order.arranged else {})}
        published = [form for form in newest_forms(ask.desk).values() if form.category in ("inspection", "")]
        asked = [form for category in categories for form in held.get(category, ())]
        forms = sorted({*(form.form_id for form in published), *asked}, key=lambda each: (len(each), each))
        titles = {form.form_id: (form.title_zh if ask.language == "zh" else form.title_en) for form in published}
        arranged = order.arranged
        return self._render(
            ask,
            "plan.html",
            status,
            row=_row(ask, standing, customers, _today(ask)),
            made=_made(ask, standing),
            unknown=[each.read(ask.language) for each in standing.unknown],
            forms=[(form, titles.get(form, form)) for form in forms],
            categories=[(each, _category(ask, each), held.get(each, ()), _count(order, each)) for each in categories],
            modes=[(mode, read(MODE_WORDS[mode], ask.language)) for mode in MODES],
            mode=order.mode,
            starts_on=arranged.starts_on.isoformat() if arranged and arranged.starts_on else "",
            ends_on=arranged.ends_on.isoformat() if arranged and arranged.ends_on else "",
            altered=" · ".join(part for part in (_when(ask, arranged), arranged.by) if part) if arranged else "",
            today=_today(ask).isoformat(),
            seen=_token(order),
            message=message,
        )

    def alter(self, ask: Ask) -> Response:
        """Save what was altered; what was made stays."""
        _, order = _standing(ask)
        try:
            _check_seen(ask, order)
            usual = usual_forms(plan_settings(ask.desk.service.settings), order.rhythm.trigger)
            wanted = replace(
                _arrangement(order),
                mode=ask.field("mode"),
                forms=_chosen(ask, order, usual),
                starts_on=day_of(ask, "starts_on", "first_day"),
                ends_on=day_of(ask, "ends_on", "last_day"),
            )
            arrange(ask.desk, wanted)
        except FieldappError as fault:
            return self._one(ask, fault.read(ask.language), 400)
        return RedirectResponse(_path(order), 303)

    def end(self, ask: Ask) -> Response:
        """End a plan with a day; what it made stays."""
        _, order = _standing(ask)
        try:
            _check_seen(ask, order)
            arrange(ask.desk, replace(_arrangement(order), ends_on=day_of(ask, "ends_on", "last_day", needed=True)))
        except FieldappError as fault:
            return self._one(ask, fault.read(ask.language), 400)
        return RedirectResponse(_path(order), 303)

    # ------------------------------------------------------------------------------------------------ a new one

    def new(self, ask: Ask) -> Response:
        """First the contract, then the site, the rhythm and the way."""
        return self._new(ask)

    def _new(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        customers = {each.id: each.name for each in ask.desk.find(Customer)}
        contracts = sorted(ask.desk.find(Contract), key=lambda each: (customers.get(each.customer_id, ""), each.number))
        chosen = next((each for each in contracts if each.id == ask.field("contract_id")), None)
        stands = {asset.site_id for asset in ask.desk.find(Asset) if chosen is not None and asset.contract_id == chosen.id}
        return self._render(
            ask,
            "new_plan.html",
            status,
            contracts=[(each.id, f"{customers.get(each.customer_id, '')} · {each.number}") for each in contracts],
            chosen=chosen.id if chosen else "",
            sites=[(each.id, each.name) for each in ask.desk.find(Site) if each.id in stands],
            rhythms=[(each, read(RHYTHM_WORDS[each], ask.language)) for each in TRIGGERS],
            modes=[(mode, read(MODE_WORDS[mode], ask.language)) for mode in MODES],
            values=dict(ask.fields),
            message=message,
        )

    def create(self, ask: Ask) -> Response:
        """Make a plan that the contract does not ask for."""
        try:
            rhythm = next((each for each in TRIGGERS if each == ask.field("rhythm")), None)
            if rhythm is None:
                raise BadEntry(field=read(WORDS["rhythm"], ask.language))
            wanted = Arrangement(
                contract_id=ask.field("contract_id"),
                site_id=ask.field("site_id"),
                rhythm=rhythm,
                mode=ask.field("mode"),
                starts_on=day_of(ask, "starts_on", "first_day"),
                ends_on=day_of(ask, "ends_on", "last_day"),
            )
            arrange(ask.desk, wanted, new=True)
        except FieldappError as fault:
            return self._new(ask, fault.read(ask.language), 400)
        return RedirectResponse(f"/console/plans/{wanted.contract_id}/{wanted.site_id}/{rhythm}", 303)


def day_of(ask: Ask, field: str, word: str, *, needed: bool = False) -> date | None:
    """A day typed in a form; BadEntry with the word that stands beside it."""
    text = ask.field(field)
    if not text and not needed:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2100:
        raise BadEntry(field=read(WORDS[word], ask.language))
    return day


def _today(ask: Ask) -> date:
    return ask.desk.service.clock.now().astimezone(_ZONE).date()


def _standing(ask: Ask) -> tuple[StandingPlan, Order]:
    """The plan in the address; UnknownThing."""
    contract, site, rhythm = (str(ask.request.path_params[name]) for name in ("contract", "site", "rhythm"))
    for each in standing_plans(ask.desk, plan_settings(ask.desk.service.settings), _today(ask), contract=contract):
        if (each.order.site.id, each.order.rhythm.trigger) == (site, rhythm):
            return each, each.order
    raise UnknownThing(what=f"{contract}/{site}/{rhythm}")


def _arrangement(order: Order) -> Arrangement:
    return order.arranged or Arrangement(order.contract.id, order.site.id, order.rhythm.trigger, order.mode)


def _token(order: Order) -> str:
    """What a page shows of an arrangement, in short."""
    return sha256(repr(order.arranged).encode()).hexdigest()[:16]


def _check_seen(ask: Ask, order: Order) -> None:
    """MovedOn when somebody altered the plan since the page was made."""
    if ask.field("seen") not in ("", _token(order)):
        raise MovedOn


def _categories(order: Order) -> list[str]:
    """The categories that a plan takes checklists for; a record of databases (R153) takes those of databases alone."""
    if order.rhythm.records_only:
        return ["database"]
    return [*dict.fromkeys(each.category for each in order.assets if each.category), SITE]


def _chosen(ask: Ask, order: Order, usual: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The checklists ticked for each category, where they are others than the usual ones."""
    found: dict[str, tuple[str, ...]] = {}
    for category in _categories(order):
        head = f"form:{category}:"
        ticked = {name.removeprefix(head) for name in ask.fields if name.startswith(head)}
        if ticked != set(usual.get(category, ())):
            found[category] = tuple(sorted(ticked, key=lambda each: (len(each), each)))
    return found


def _path(order: Order) -> str:
    return f"/console/plans/{order.contract.id}/{order.site.id}/{order.rhythm.trigger}"


def _category(ask: Ask, category: str) -> str:
    return read(EQUIPMENT_WORDS[category], ask.language) if category in EQUIPMENT_WORDS else category


def _count(order: Order, category: str) -> int:
    return 1 if category == SITE else sum(each.category == category for each in order.assets)


def _when(ask: Ask, arranged: Arrangement | None) -> str:
    return when_text(moment_from_text(arranged.at), ask.language) if arranged is not None and arranged.at else ""


def _row(ask: Ask, each: StandingPlan, customers: Mapping[Id, str], today: date) -> PlanRow:
    order, arranged = each.order, each.order.arranged
    ends = arranged.ends_on if arranged else None
    last = min((day for day in (ends, order.contract.ends_on) if day is not None), default=None)
    begins = max((day for day in (arranged.starts_on if arranged else None, order.contract.starts_on) if day is not None), default=None)
    state = "ended" if last is not None and last < today else "waiting" if begins is not None and begins > today else "running"
    source = order.rhythm.policy
    if order.rhythm.policy == ARRANGED:
        source = say("arranged").read(ask.language)
    elif arranged is not None:
        source = say("{policy}, altered", policy=order.rhythm.policy).read(ask.language)
    term = [day.isoformat() if day else "" for day in (order.contract.starts_on, order.contract.ends_on)]
    return PlanRow(
        path=_path(order),
        contract=order.contract.number,
        term=" – ".join(term) if any(term) else "",
        customer=customers.get(order.contract.customer_id, ""),
        site=order.site.name,
        rhythm=read(RHYTHM_WORDS[order.rhythm.trigger], ask.language),
        source=source,
        sheets=", ".join(sorted({sheet.form_id for sheet in order.sheets}, key=lambda form: (len(form), form))),
        mode=read(MODE_WORDS[order.mode], ask.language),
        made=len(each.made),
        newest=each.made[0].period if each.made else "",
        coming=tuple((due.period, _span(due)) for due in each.coming),
        state=state,
        ends=last.isoformat() if last else "",
        missing=", ".join(each.missing),
        first=True,
    )


def _span(due: Due) -> str:
    return f"{due.begins:%m-%d} – {due.ends:%m-%d}"


def _made(ask: Ask, standing: StandingPlan) -> list[tuple[str, str, str, str]]:
    """What a plan made: number, state, engineer, when it is agreed."""
    names = {each.id: each.name for each in ask.desk.find(Person)}
    visits = {each.id: each for each in ask.desk.find(Visit, sites={standing.order.site.id})}
    found = []
    for each in standing.made[:_MADE_SHOWN]:
        visit = visits.get(each.visit_id)
        at = visit.appointment_at if visit is not None else None
        state = read(INSPECTION_STATES.get(each.state, N_("Unknown")), ask.language)
        found.append((each.number, state, names.get(each.engineer_id, ""), when_text(at, ask.language) if at else ""))
    return found
