"""A visit from departure to exit: stamps, site rules, people, left-over items, the check before leaving (practice 1-6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_, Sentence
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case, entitlement, entitlement_sentence, stamp_case
from fieldapp.domain.customers import Asset, Contract, Customer, Site, SiteRule, effect_of, rule_sentence
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.leaving import ExitItem, exit_check
from fieldapp.domain.spares import Swap
from fieldapp.domain.upgrades import UpgradeOrder
from fieldapp.domain.visits import LeftOver, StampState, Visit, VisitPerson, arrival_at, end_visit, outcome_sentence, stamp, stamp_states
from fieldapp.operations.cases import ContactLine, add_activity, contact_lines, number_of
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader, UnitOfWork

__all__ = [
    "EmptyLeftOver",
    "EmptyName",
    "LeftOverLine",
    "PersonLine",
    "RuleLine",
    "VisitView",
    "add_left_over",
    "add_person",
    "clear",
    "depart",
    "end",
    "enter",
    "leave",
    "read_rules",
    "start_work",
    "visit",
    "write_work",
]


class EmptyLeftOver(InputError):
    """A left-over item without text."""

    code = "FA-156"
    message = N_("The left-over item is empty. Nothing was changed. Write what remains.")


class EmptyName(InputError):
    """A person without a name."""

    code = "FA-158"
    message = N_("The name is empty. Nothing was changed. Write who is on site.")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of the site: its words, whether the subject is usable, why not, and what to do instead."""

    subject: str
    words: Sentence
    clause: str
    text: str
    allowed: bool
    reason: Sentence | None
    substitute: Sentence | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody on the visit."""

    name: str
    side: str
    role: str
    phone: str
    leader: bool
    minutes: int | None


@dataclass(frozen=True, slots=True)
class LeftOverLine:
    """遗留事项: text, owner (us | customer | vendor), date."""

    text: str
    owner: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit whole. `stamps` are the five steps with what is allowed now; `exit` is the check before leaving."""

    visit_id: Id
    kind: str
    title: str
    customer: str
    site_id: Id
    site: str
    address: str
    phone: str
    zone: str
    contract: str
    entitlement: str
    entitlement_words: Sentence
    appointment_at: datetime | None
    planned_end_at: datetime | None
    stamps: tuple[StampState, ...]
    rules: tuple[RuleLine, ...]
    rules_read_at: datetime | None
    permit_no: str
    escort: str
    tools: tuple[str, ...]
    start_confirmed_by: str
    items_out: tuple[str, ...]
    outcome: str
    outcome_words: Sentence
    outcome_reason: str
    symptom: str
    cause: str
    work_done: str
    people: tuple[PersonLine, ...]
    contacts: tuple[ContactLine, ...]
    left_overs: tuple[LeftOverLine, ...]
    exit: tuple[ExitItem, ...]
    inspection_id: Id
    case_id: Id
    case_number: str
    asset_id: Id
    order_id: Id
    reports: tuple[tuple[Id, str, str, str], ...]


def visit(session: FieldSession, visit_id: Id) -> VisitView:
    """One visit with everything that belongs to it; `reports` are (id, number, kind, state)."""
    with session.reading() as reader:
        return _view(session, reader, reader.need(Visit, visit_id))


def _rules(reader: Reader, site_id: Id) -> tuple[list[SiteRule], tuple[RuleLine, ...]]:
    rules = reader.find(SiteRule, site_id=site_id, order="clause")
    lines = []
    for rule in rules:
        if rule.verdict == "allowed":
            continue
        effect = effect_of(rules, rule.subject)
        lines.append(RuleLine(rule.subject, rule_sentence(rule), rule.clause, rule.text, effect.allowed, effect.reason, effect.substitute))
    return rules, tuple(lines)


def _view(session: FieldSession, reader: Reader, found: Visit) -> VisitView:
    site = reader.need(Site, found.site_id)
    customer = reader.get(Customer, found.customer_id) if found.customer_id else None
    contract = reader.get(Contract, found.contract_id) if found.contract_id else None
    record = reader.get(Case, found.case_id) if found.case_id else None
    asset = reader.get(Asset, record.asset_id) if record and record.asset_id else None
    orders = reader.find(UpgradeOrder, visit_id=found.id) or (reader.find(UpgradeOrder, event_id=found.event_id) if found.event_id else [])
    reports = reader.find(ServiceReport, visit_id=found.id, order="number")
    swaps = reader.find(Swap, visit_id=found.id)
    left = reader.find(LeftOver, visit_id=found.id)
    rules, lines = _rules(reader, found.site_id)
    entitled = (record.entitlement if record else "") or entitlement(contract, asset, session.clock.now().date())
    instances = reader.find(FormInstance, owner_id=found.inspection_id) if found.inspection_id else []
    return VisitView(
        visit_id=found.id,
        kind=found.kind,
        title=found.title,
        customer=customer.name if customer else "",
        site_id=site.id,
        site=site.name,
        address=site.address,
        phone=site.duty_phone,
        zone=site.zone,
        contract=contract.number if contract else "",
        entitlement=entitled,
        entitlement_words=entitlement_sentence(entitled),
        appointment_at=found.appointment_at,
        planned_end_at=found.planned_end_at,
        stamps=stamp_states(found, rules_to_read=bool(lines)),
        rules=lines,
        rules_read_at=found.rules_read_at,
        permit_no=found.permit_no,
        escort=found.escort,
        tools=found.tools,
        start_confirmed_by=found.start_confirmed_by,
        items_out=found.items_out,
        outcome=found.outcome,
        outcome_words=outcome_sentence(found.outcome),
        outcome_reason=found.outcome_reason,
        symptom=found.symptom,
        cause=found.cause,
        work_done=found.work_done,
        people=tuple(
            PersonLine(each.name, each.side, each.role, each.phone, each.leader, each.hours_minutes)
            for each in reader.find(VisitPerson, visit_id=found.id)
        ),
        contacts=contact_lines(reader, found.customer_id, found.site_id),
        left_overs=tuple(LeftOverLine(each.text, each.owner, each.due_on) for each in left),
        exit=exit_check(
            found,
            rules=rules,
            instances=instances,
            reports=reports,
            swaps=swaps,
            assets=[each for swap in swaps if (each := reader.get(Asset, swap.asset_id)) is not None],
            orders=orders,
            left_overs=left,
        ),
        inspection_id=found.inspection_id,
        case_id=found.case_id,
        case_number=number_of(record) if record else "",
        asset_id=asset.id if asset else "",
        order_id=orders[0].id if orders else "",
        reports=tuple((each.id, each.number, each.kind, each.state) for each in reports),
    )


def _change(session: FieldSession, visit_id: Id, alter: Callable[[Visit, UnitOfWork], Visit]) -> VisitView:
    with session.writing() as work:
        before = work.need(Visit, visit_id)
        after = alter(before, work)
        if after != before:
            work.save(after)
            _tell_case(session, work, before, after)
    return visit(session, visit_id)


def _tell_case(session: FieldSession, work: UnitOfWork, before: Visit, after: Visit) -> None:
    """The arrival at the site stops the arrival clock of the visit's case, once."""
    arrived = arrival_at(after)
    if arrived is None or arrival_at(before) == arrived or not after.case_id:
        return
    record = work.get(Case, after.case_id)
    if record is not None and record.arrived_at is None:
        work.save(stamp_case(record, "arrived", arrived))
        add_activity(session, work, record, "visit", "到达现场 / Arrived on site")


def _stamped(session: FieldSession, work: UnitOfWork, found: Visit, name: str) -> Visit:
    _, lines = _rules(work, found.site_id)
    return stamp(found, name, session.clock.now(), rules_to_read=bool(lines))


def depart(session: FieldSession, visit_id: Id) -> VisitView:
    """出发."""
    return _change(session, visit_id, lambda found, work: _stamped(session, work, found, "departed_at"))


def enter(session: FieldSession, visit_id: Id, *, permit_no: str = "", escort: str = "", tools: Sequence[str] = ()) -> VisitView:
    """入场登记: permit or work ticket, escort, tools and laptop with serials; this is the arrival."""

    def alter(found: Visit, work: UnitOfWork) -> Visit:
        named = replace(found, permit_no=permit_no.strip(), escort=escort.strip(), tools=_lines(tools))
        return _stamped(session, work, named, "entered_at")

    return _change(session, visit_id, alter)


def read_rules(session: FieldSession, visit_id: Id) -> VisitView:
    """The engineer has read the site's rules; the first reading stands."""
    now = session.clock.now()
    return _change(session, visit_id, lambda found, _work: found if found.rules_read_at else replace(found, rules_read_at=now))


def start_work(session: FieldSession, visit_id: Id, *, confirmed_by: str = "") -> VisitView:
    """开工确认: safety, earthing, and who of the customer agreed."""
    return _change(
        session,
        visit_id,
        lambda found, work: _stamped(session, work, replace(found, start_confirmed_by=confirmed_by.strip()), "started_at"),
    )


def clear(session: FieldSession, visit_id: Id) -> VisitView:
    """清场: panels closed, temporary accounts and cables removed."""
    return _change(session, visit_id, lambda found, work: _stamped(session, work, found, "cleared_at"))


def leave(session: FieldSession, visit_id: Id, *, items_out: Sequence[str] = ()) -> VisitView:
    """离场登记: tools checked again, what is taken out and who allowed it."""
    return _change(session, visit_id, lambda found, work: _stamped(session, work, replace(found, items_out=_lines(items_out)), "left_at"))


def end(
    session: FieldSession, visit_id: Id, outcome: str, *, reason: str = "", symptom: str = "", cause: str = "", work_done: str = ""
) -> VisitView:
    """How the visit ends (domain.visits.OUTCOMES), with what was found and done; OutcomeNeedsReason where a reason is owed."""

    def alter(found: Visit, work: UnitOfWork) -> Visit:
        left = work.find(LeftOver, visit_id=visit_id)
        return end_visit(found, outcome, reason, symptom=symptom, cause=cause, work_done=work_done, left_overs=left)

    return _change(session, visit_id, alter)


def write_work(session: FieldSession, visit_id: Id, *, symptom: str, cause: str, work_done: str) -> VisitView:
    """Keep what was typed about what was found and done, as it stands, before the visit ends."""
    return _change(
        session,
        visit_id,
        lambda found, _work: replace(found, symptom=symptom.strip(), cause=cause.strip(), work_done=work_done.strip()),
    )


def add_left_over(session: FieldSession, visit_id: Id, text: str, owner: str, due_on: date | None) -> VisitView:
    """遗留事项: what remains, whose it is, until when."""
    if not text.strip():
        raise EmptyLeftOver
    with session.writing() as work:
        found = work.need(Visit, visit_id)
        item = LeftOver(id=session.ids.new(), site_id=found.site_id, visit_id=visit_id, text=text.strip(), owner=owner, due_on=due_on)
        work.save(item)
    return visit(session, visit_id)


def add_person(session: FieldSession, visit_id: Id, name: str, side: str, role: str, phone: str = "") -> VisitView:
    """Somebody more is on the visit; `side` is us, customer, vendor or subcontractor. EmptyName without a name."""
    if not name.strip():
        raise EmptyName
    with session.writing() as work:
        found = work.need(Visit, visit_id)
        person = VisitPerson(
            id=session.ids.new(), site_id=found.site_id, visit_id=visit_id, name=name.strip(), side=side, role=role.strip(), phone=phone
        )
        work.save(person)
    return visit(session, visit_id)


def _lines(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for line in given if (text := line.strip()))
