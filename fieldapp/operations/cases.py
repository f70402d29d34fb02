"""Cases on the laptop: the list, one case whole, and what an engineer records on it (rows R074-R131)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import (
    Case,
    CaseActivity,
    allowed_statuses,
    entitlement,
    entitlement_sentence,
    move,
    needs_fee_confirmation,
    stamp_case,
    status_sentence,
    take_over,
)
from fieldapp.domain.customers import Asset, Contact, Contract, Customer, Site
from fieldapp.domain.inspections import Finding
from fieldapp.domain.visits import Visit
from fieldapp.operations.clocks import TickingCase, read_calendar, ticking, ticking_all
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader, UnitOfWork

__all__ = [
    "CaseChoices",
    "CaseFilter",
    "CaseRow",
    "CaseView",
    "ContactLine",
    "EmptyNote",
    "TimelineLine",
    "VisitLink",
    "add_activity",
    "add_note",
    "asset_title",
    "case",
    "case_choices",
    "cases",
    "contact_lines",
    "contacted",
    "milestone",
    "number_of",
    "open_follow_up",
    "set_status",
    "take_case_over",
    "write_findings",
]

CLOSED = ("closed", "archived", "resolved")

_MILESTONE_OF: Mapping[str, str] = MappingProxyType(
    {"responded": "contacted", "on_site": "arrived", "restored": "restored", "resolved": "resolved"}
)
"""The milestone that a status stands for; its clock stops with it."""

_MILESTONE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "contacted": "已联系客户 / Customer contacted",
        "plan_decided": "方案已确定 / Plan settled",
        "arrived": "到达现场 / Arrived on site",
        "diagnosed": "故障定位 / Fault located",
        "restored": "业务恢复 / Service restored",
        "resolved": "故障解决 / Fault solved",
    }
)
"""What the time line keeps of a milestone: data in both languages, as both are read at the centre."""


class EmptyNote(InputError):
    """A note without text."""

    code = "FA-155"
    message = N_("The note is empty. Nothing was changed. Write what happened.")


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What the list shows; empty fields do not narrow it. `mine` only the engineer's own; `state` open | closed | ""."""

    state: Literal["", "open", "closed"] = "open"
    severity: str = ""
    kind: str = ""
    manufacturer: str = ""
    mine: bool = False
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseChoices:
    """What the filters of the list offer beside levels and states."""

    kinds: tuple[str, ...]
    manufacturers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list, with its clocks; `ticking` None where the case is closed and nothing ticks any more."""

    case_id: Id
    number: str
    severity: str
    customer: str
    site: str
    summary: str
    status: str
    status_words: Sentence
    reported_at: datetime | None
    ticking: TickingCase | None


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One entry of the time line: cannot be edited; `kind` as in CaseActivity, `words` what happened."""

    at: datetime | None
    kind: str
    author: str
    words: Sentence


@dataclass(frozen=True, slots=True)
class VisitLink:
    """A visit of the case: its title, when it was or will be, and how it ended."""

    visit_id: Id
    title: str
    at: datetime | None
    outcome: str


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A person to ring: name, department and role, telephone, authority."""

    name: str
    role: str
    phone: str
    may_approve: bool
    may_accept: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case whole. `statuses` are those the field may give it now, beside the milestones (contacted, diagnosed, restored).

    `milestones` names the milestones that may be recorded now; `take_over` whether the case may be asked for, `asked` whether it was.
    """

    case_id: Id
    number: str
    severity: str
    major: bool
    summary: str
    description: str
    status: str
    status_words: Sentence
    statuses: tuple[str, ...]
    customer: str
    customers_number: str
    site: str
    address: str
    entitlement: str
    entitlement_words: Sentence
    fee_confirmation: bool
    contract: str
    asset_id: Id
    asset: str
    asset_place: str
    mine: bool
    take_over: bool
    asked: bool
    milestones: tuple[str, ...]
    stamps: tuple[tuple[str, datetime | None], ...]
    cause: str
    solution: str
    prevention: str
    visits: tuple[VisitLink, ...]
    timeline: tuple[TimelineLine, ...]
    contacts: tuple[ContactLine, ...]
    ticking: TickingCase


def asset_title(found: Asset) -> str:
    """Name and model of a piece of equipment; what both say ("EgretDB", "EgretDB 12") is said once."""
    if found.model in found.name:
        return found.name
    name, model = found.name.split(), found.model.split()
    shared = next(count for count in range(min(len(name), len(model)), -1, -1) if count == 0 or name[-count:] == model[:count])
    return " ".join([*name, *model[shared:]])


def number_of(record: Case) -> str:
    """The number a person reads: the centre's, or the one given offline."""
    return record.number or record.temp_no


def _wanted(record: Case, wish: CaseFilter, engineer: Id) -> bool:
    closed = record.status in CLOSED
    if (wish.state == "open" and closed) or (wish.state == "closed" and not closed):
        return False
    if wish.mine and record.owner_id != engineer:
        return False
    for name in ("severity", "kind", "manufacturer"):
        value = getattr(wish, name)
        if value and getattr(record, name) != value:
            return False
    if wish.since and (record.reported_at is None or record.reported_at < wish.since):
        return False
    return not (wish.until and (record.reported_at is None or record.reported_at >= wish.until))


def cases(session: FieldSession, wish: CaseFilter | None = None) -> tuple[CaseRow, ...]:
    """The cases that fit a filter, the newest first."""
    wish = wish or CaseFilter()
    with session.reading() as reader:
        customers = {each.id: each.name for each in reader.find(Customer)}
        sites = {each.id: each for each in reader.find(Site)}
        calendar = read_calendar(reader)
        found = [each for each in reader.find(Case, order="reported_at", descending=True) if _wanted(each, wish, session.engineer)]
        zones = {each.id: each.zone for each in sites.values()}
        clocks = ticking_all(
            reader, [(each, zones.get(each.site_id, session.zone)) for each in found if each.status not in CLOSED], calendar
        )
    return tuple(
        CaseRow(
            case_id=each.id,
            number=number_of(each),
            severity=each.severity,
            customer=customers.get(each.customer_id, ""),
            site=sites[each.site_id].name if each.site_id in sites else "",
            summary=each.summary,
            status=each.status,
            status_words=status_sentence(each.status),
            reported_at=each.reported_at,
            ticking=clocks.get(each.id),
        )
        for each in found
    )


def case_choices(session: FieldSession) -> CaseChoices:
    """The kinds and manufacturers that cases on this laptop have, for the filters of the list."""
    with session.reading() as reader:
        found = reader.find(Case)
    return CaseChoices(tuple(sorted({each.kind for each in found})), tuple(sorted({each.manufacturer for each in found} - {""})))


def contact_lines(reader: Reader, customer_id: Id, site_id: Id) -> tuple[ContactLine, ...]:
    """The customer's people for a site."""
    found = [each for each in reader.find(Contact, customer_id=customer_id) if each.site_id in ("", site_id)]
    return tuple(
        ContactLine(
            each.name,
            " · ".join(part for part in (each.department, each.role) if part),
            each.phone,
            each.may_approve,
            each.may_accept,
        )
        for each in found
    )


def case(session: FieldSession, case_id: Id) -> CaseView:
    """One case with its time line, people, equipment and clocks; UnknownRecord for one that is not on this laptop."""
    with session.reading() as reader:
        found = reader.need(Case, case_id)
        site = reader.get(Site, found.site_id) if found.site_id else None
        customer = reader.get(Customer, found.customer_id) if found.customer_id else None
        contract = reader.get(Contract, found.contract_id) if found.contract_id else None
        asset = reader.get(Asset, found.asset_id) if found.asset_id else None
        day = session.clock.now().date()
        entitled = found.entitlement or entitlement(contract, asset, day)
        activities = reader.find(CaseActivity, case_id=case_id, order="at", descending=True)
        milestones = _milestones(found)
        names = ("reported", "assigned", "contacted", "plan_decided", "arrived", "diagnosed", "restored", "resolved", "closed")
        return CaseView(
            case_id=found.id,
            number=number_of(found),
            severity=found.severity,
            major=found.major,
            summary=found.summary,
            description=found.description,
            status=found.status,
            status_words=status_sentence(found.status),
            statuses=tuple(each for each in allowed_statuses(found) if _may_choose(found, each)),
            customer=customer.name if customer else "",
            customers_number=found.customers_number,
            site=site.name if site else "",
            address=site.address if site else "",
            entitlement=entitled,
            entitlement_words=entitlement_sentence(entitled),
            fee_confirmation=needs_fee_confirmation(entitled),
            contract=contract.number if contract else "",
            asset_id=asset.id if asset else "",
            asset=f"{asset_title(asset)} · SN {asset.serial}" if asset else "",
            asset_place=" · ".join(part for part in (asset.room, asset.rack, asset.unit) if part) if asset else "",
            mine=found.owner_id == session.engineer,
            take_over=found.owner_id != session.engineer and found.status not in ("closed", "archived"),
            asked=any(each.kind == "reassignment" and each.new_value == session.engineer for each in activities),
            milestones=milestones,
            stamps=tuple((name, getattr(found, f"{name}_at")) for name in names),
            cause=found.cause,
            solution=found.solution,
            prevention=found.prevention,
            visits=tuple(
                VisitLink(each.id, each.title, each.entered_at or each.appointment_at, each.outcome)
                for each in reader.find(Visit, case_id=case_id, order="appointment_at")
            ),
            timeline=tuple(TimelineLine(each.at, each.kind, each.author_name, _line_words(each)) for each in activities),
            contacts=_case_contacts(reader, found),
            ticking=ticking(reader, found, site.zone if site else session.zone),
        )


_FIELD_MILESTONES = ("contacted", "diagnosed", "restored")


def _milestones(record: Case) -> tuple[str, ...]:
    """What the field may record now; who has arrived needs no call to say so."""
    if record.status in ("new", *CLOSED):
        return ()
    met = record.arrived_at is not None
    return tuple(name for name in _FIELD_MILESTONES if not getattr(record, f"{name}_at") and not (name == "contacted" and met))


def _may_choose(record: Case, status: str) -> bool:
    """A status that stands for a milestone comes with the milestone; it may be chosen to go back to, once that is recorded."""
    milestone_of = _MILESTONE_OF.get(status)
    return status == "resolved" or milestone_of is None or getattr(record, f"{milestone_of}_at") is not None


def _line_words(activity: CaseActivity) -> Sentence:
    if activity.kind == "status_change":
        before, after = status_sentence(activity.old_value), status_sentence(activity.new_value)
        return say("{before} → {after}", before=before, after=after)
    if activity.kind == "reassignment" and not activity.text:
        return say("Another engineer")
    return Sentence("{said}", {"said": activity.text})


def _case_contacts(reader: Reader, record: Case) -> tuple[ContactLine, ...]:
    """The customer's people, the one who reported the case before the others."""
    known = contact_lines(reader, record.customer_id, record.site_id)
    caller = next((each for each in known if each.name == record.caller_name), None)
    if caller is None and record.caller_name:
        caller = ContactLine(record.caller_name, "", record.caller_phone, may_approve=False, may_accept=False)
    return known if caller is None else (caller, *(each for each in known if each is not caller))


def add_activity(session: FieldSession, work: UnitOfWork, record: Case, kind: str, text: str, *, old: str = "", new: str = "") -> None:
    """Add an entry to a case's time line inside a transaction of the caller's."""
    work.save(
        CaseActivity(
            id=session.ids.new(),
            case_id=record.id,
            site_id=record.site_id,
            kind=kind,
            at=session.clock.now(),
            author_id=session.engineer,
            author_name=session.engineer_name,
            text=text,
            old_value=old,
            new_value=new,
        )
    )


def contacted(session: FieldSession, case_id: Id) -> CaseView:
    """已联系客户: the engineer has reached the customer; stamps the case once and adds the call to its time line."""
    return milestone(session, case_id, "contacted", kind="call")


def milestone(session: FieldSession, case_id: Id, name: str, *, kind: str = "note", text: str = "", at: datetime | None = None) -> CaseView:
    """Record a milestone of a case (domain.cases.STAMPS); the first one stands, a second changes nothing.

    `text` is what a person adds to the entry of the time line.
    """
    with session.writing() as work:
        before = work.need(Case, case_id)
        after = stamp_case(before, name, at or session.clock.now())
        if after != before:
            work.save(after)
            said = ": ".join(part for part in (_MILESTONE_TEXTS[name], text.strip()) if part)
            add_activity(session, work, before, kind, said, old=before.status, new=after.status)
    return case(session, case_id)


def write_findings(
    session: FieldSession, case_id: Id, *, cause: str, solution: str, prevention: str, shown: Mapping[str, str] | None = None
) -> CaseView:
    """Keep what was typed about cause, solution and prevention, as it stands; the time line has no entry of it.

    `shown`: what the page showed of these before anything was typed: only what differs from it is written.
    """
    with session.writing() as work:
        before = work.need(Case, case_id)
        seen = {"cause": before.cause, "solution": before.solution, "prevention": before.prevention} | dict(shown or {})
        read = replace(before, cause=seen["cause"], solution=seen["solution"], prevention=seen["prevention"])
        work.save(replace(read, cause=cause.strip(), solution=solution.strip(), prevention=prevention.strip()), read=read)
    return case(session, case_id)


def add_note(session: FieldSession, case_id: Id, text: str) -> CaseView:
    """Add a note to the time line; EmptyNote when there is nothing in it."""
    if not text.strip():
        raise EmptyNote
    with session.writing() as work:
        add_activity(session, work, work.need(Case, case_id), "note", text.strip())
    return case(session, case_id)


def set_status(
    session: FieldSession, case_id: Id, status: str, *, cause: str | None = None, solution: str | None = None, prevention: str | None = None
) -> CaseView:
    """Give a case another status, with what was found; the milestone it stands for is recorded with it, once.

    StatusNotAllowed and CauseNeeded say what is missing.
    """
    with session.writing() as work:
        before = work.need(Case, case_id)
        written = replace(
            before,
            cause=before.cause if cause is None else cause.strip(),
            solution=before.solution if solution is None else solution.strip(),
            prevention=before.prevention if prevention is None else prevention.strip(),
        )
        after = move(written, status)
        if status in _MILESTONE_OF:
            after = stamp_case(after, _MILESTONE_OF[status], session.clock.now())
        work.save(after)
        add_activity(session, work, before, "status_change", "", old=before.status, new=status)
    return case(session, case_id)


def take_case_over(session: FieldSession, case_id: Id, reason: str) -> CaseView:
    """接管: ask for a case of a colleague's; the centre makes the engineer its owner at the next sync."""
    with session.writing() as work:
        found = work.need(Case, case_id)
        work.save(take_over(found, session.engineer, session.engineer_name, session.clock.now(), session.ids.new(), reason))
    return case(session, case_id)


def open_follow_up(session: FieldSession, work: UnitOfWork, finding: Finding, summary: str = "") -> Case:
    """转工单: open a case from a finding, inside the caller's transaction; its number is a temporary one from the leased block."""
    site = work.need(Site, finding.site_id)
    asset = work.get(Asset, finding.asset_id) if finding.asset_id else None
    now = session.clock.now()
    opened = work.save(
        Case(
            id=session.ids.new(),
            temp_no=work.next_number("TMP"),
            kind="inspection_finding",
            customer_id=site.customer_id,
            site_id=site.id,
            contract_id=asset.contract_id if asset else "",
            asset_id=finding.asset_id,
            summary=summary or " ".join(part for part in (finding.item_label, finding.description) if part)[:200],
            description=finding.description,
            manufacturer=asset.manufacturer if asset else "",
            severity="P3",
            status="new",
            channel="visit",
            owner_id=session.engineer,
            reported_at=now,
            created_at=now,
            finding_id=finding.id,
        )
    )
    add_activity(session, work, opened, "finding", opened.summary)
    work.save(replace(finding, case_id=opened.id))
    return opened
