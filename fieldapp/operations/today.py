"""Today: a shift, not a date - its visits in order, its clocks, what is only here, whom to ring; and the check before leaving home."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case, entitlement, entitlement_sentence
from fieldapp.domain.customers import Asset, Contract, Customer, DutyEntry, Site, SiteRule, rule_sentence
from fieldapp.domain.documents import Attachment, NumberBlock
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, open_findings
from fieldapp.domain.spares import StockLocation, StockMovement, stock_at
from fieldapp.domain.upgrades import ScheduledEvent, UpgradeOrder
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import CLOSED, number_of
from fieldapp.operations.clocks import TickingCase, doubt_words, read_calendar, ticking
from fieldapp.operations.overview import kind_name, size_words
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = [
    "CaseClocks",
    "DutyLine",
    "Readiness",
    "Tagged",
    "TodayView",
    "TodayVisit",
    "duty",
    "ready_to_leave",
    "shift_of",
    "today",
]

SHIFT_STARTS = 5
LEAST_FREE_BYTES = 2 * 10**9


@dataclass(frozen=True, slots=True)
class Tagged:
    """A short text with its tone (neutral, met, due, breached)."""

    words: Sentence
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class TodayVisit:
    """One visit of the shift. `action`: contact | continue | open; `target` is the page to open and its arguments.

    `answered` and `total` count the answers of an inspection (total 0: none).
    """

    visit_id: Id
    kind: str
    at: datetime | None
    place: str
    work: Sentence
    contact: str
    tags: tuple[Tagged, ...]
    ticking: TickingCase | None
    appointment_at: datetime | None
    zone: str
    action: str
    case_id: Id
    answered: int
    total: int
    abnormal: int
    left_over: int
    done: bool


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The clocks of one case in the list beside the visits."""

    case_id: Id
    number: str
    severity: str
    ticking: TickingCase


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Somebody to ring. `duty` as in DutyEntry."""

    duty: str
    duty_words: Sentence
    name: str
    phone: str
    note: str


@dataclass(frozen=True, slots=True)
class TodayView:
    """The whole page. `day` is the local date on which the shift began; `night` whether it runs past midnight."""

    day: date
    night: bool
    visits: tuple[TodayVisit, ...]
    clocks: tuple[CaseClocks, ...]
    certainty: Sentence
    only_here: tuple[Sentence, ...]
    only_here_items: int
    duty: tuple[DutyLine, ...]
    last_sync_at: datetime | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """One line of the check before leaving: fine, or what to see to."""

    key: str
    fine: bool
    words: Sentence


def shift_of(moment: datetime, zone: str) -> tuple[datetime, datetime]:
    """The shift a moment belongs to: from 05:00 local time to 05:00 of the next day, aware UTC."""
    there = moment.astimezone(ZoneInfo(zone))
    start = there.replace(hour=SHIFT_STARTS, minute=0, second=0, microsecond=0)
    if there < start:
        start -= timedelta(days=1)
    return start, start + timedelta(days=1)


def today(session: FieldSession) -> TodayView:
    """What the shift holds, from the replica alone."""
    now = session.clock.now()
    start, end = shift_of(now, session.zone)
    with session.reading() as reader:
        calendar = read_calendar(reader)
        visits = [each for each in reader.find(Visit, engineer_id=session.engineer) if _in_shift(each, start, end)]
        visits.sort(key=lambda each: each.appointment_at or each.entered_at or start)
        open_cases = [each for each in reader.find(Case, owner_id=session.engineer) if each.status not in CLOSED]
        sites = {each.id: each for each in reader.find(Site)}
        clocks = [
            CaseClocks(each.id, number_of(each), each.severity, ticking(reader, each, _zone(sites, each.site_id, session.zone), calendar))
            for each in open_cases
        ]
        clocks = [each for each in clocks if any(line.due_at and line.state != "met" for line in each.ticking.lines(now))]
        clocks.sort(key=lambda each: _urgency(each.ticking, now))
        pending = reader.unreceipted()
        state = reader.sync_state()
        by_case = {each.case_id: each.ticking for each in clocks}
        return TodayView(
            day=start.date(),
            night=any(
                each.planned_end_at and each.planned_end_at.astimezone(ZoneInfo(session.zone)).date() > start.date() for each in visits
            ),
            visits=tuple(_visit(session, reader, each, by_case) for each in visits),
            clocks=tuple(clocks),
            certainty=doubt_words([each.ticking for each in clocks]),
            only_here=_only_here(pending.by_kind, pending.blobs, pending.blob_bytes),
            only_here_items=pending.changes + pending.blobs,
            duty=_duty(reader, now),
            last_sync_at=state.last_finished_at,
        )


def _ends_on(found: Visit, zone: str, otherwise: date) -> date:
    return found.planned_end_at.astimezone(ZoneInfo(zone)).date() if found.planned_end_at else otherwise


def _zone(sites: dict[Id, Site], site_id: Id, otherwise: str) -> str:
    site = sites.get(site_id)
    return site.zone if site else otherwise


def _in_shift(found: Visit, start: datetime, end: datetime) -> bool:
    """A visit belongs to the shift of its appointment; one that runs still, or was left in this shift, belongs here too."""
    at = found.appointment_at or found.departed_at
    if at is not None and start <= at < end:
        return True
    runs = found.departed_at is not None and found.left_at is None
    return runs or (found.left_at is not None and start <= found.left_at < end)


def _urgency(case: TickingCase, now: datetime) -> tuple[int, datetime]:
    lines = [line for line in case.lines(now) if line.due_at and line.state != "met"]
    order = {"breached": 0, "due_soon": 1, "cannot_be_known": 3}
    first = lines[0]
    return order.get(first.state, 2), first.due_at or now


def _visit(session: FieldSession, reader: Reader, found: Visit, by_case: dict[Id, TickingCase]) -> TodayVisit:
    site = reader.get(Site, found.site_id)
    customer = reader.get(Customer, found.customer_id) if found.customer_id else None
    contract = reader.get(Contract, found.contract_id) if found.contract_id else None
    record = reader.get(Case, found.case_id) if found.case_id else None
    asset = reader.get(Asset, record.asset_id) if record and record.asset_id else None
    entitled = (record.entitlement if record else "") or entitlement(contract, asset, session.clock.now().date())
    tones = {"warranty": "met", "maintenance": "neutral", "per_call": "due"}
    tags = [Tagged(entitlement_sentence(entitled), tones[entitled])]
    tags += _rule_tags(reader, found.site_id)
    if found.kind == "repair" and contract and contract.media_retention:
        tags.append(Tagged(say("Media stay with the customer"), "due"))
    if found.kind == "upgrade":
        tags.append(Tagged(say("3 backups to prove"), "due"))
    answered, total, abnormal, left = _progress(reader, found)
    started = found.departed_at is not None
    waits_for_call = record is not None and record.contacted_at is None and record.owner_id == session.engineer
    return TodayVisit(
        visit_id=found.id,
        kind=found.kind,
        at=found.appointment_at,
        place=" · ".join(part for part in (customer.name if customer else "", site.name if site else "") if part),
        work=_work(reader, found, record),
        contact=" · ".join(part for part in (site.address if site else "", site.duty_phone if site else "") if part),
        tags=tuple(tags),
        ticking=by_case.get(found.case_id),
        appointment_at=found.appointment_at,
        zone=site.zone if site else session.zone,
        action="contact" if waits_for_call else ("continue" if started and found.left_at is None else "open"),
        case_id=found.case_id,
        answered=answered,
        total=total,
        abnormal=abnormal,
        left_over=left,
        done=found.left_at is not None,
    )


def _rule_tags(reader: Reader, site_id: Id) -> list[Tagged]:
    tags = []
    for rule in reader.find(SiteRule, site_id=site_id, order="clause"):
        if rule.verdict == "forbidden" and rule.subject in ("camera", "usb", "phone"):
            tags.append(Tagged(rule_sentence(rule), "due"))
        elif rule.subject == "escort" and rule.verdict != "allowed":
            tags.append(Tagged(rule_sentence(rule)))
    return tags


def _work(reader: Reader, found: Visit, record: Case | None) -> Sentence:
    if record is not None:
        number, level, summary = number_of(record), record.severity, record.summary
        return say("Case {number} · {level} {summary}", number=number, level=level, summary=summary)
    if found.event_id:
        event = reader.get(ScheduledEvent, found.event_id)
        order = next(iter(reader.find(UpgradeOrder, event_id=found.event_id)), None)
        if event and order:
            return say(
                "Change {number} · upgrade {before} → {after}", number=event.number, before=order.from_version, after=order.to_version
            )
    return Sentence("{title}", {"title": found.title})


def _progress(reader: Reader, found: Visit) -> tuple[int, int, int, int]:
    """Answered and all questions as the checklists last counted them, findings of this inspection, left over from the last."""
    if not found.inspection_id:
        return 0, 0, 0, 0
    instances = reader.find(FormInstance, owner_id=found.inspection_id)
    assets = {each.asset_id for each in instances if each.asset_id}
    answered = len({(row.instance_id, row.key.split("#")[0]) for row in reader.answers_of([each.id for each in instances])})
    total = sum(_questions(reader, each) for each in instances)
    findings = reader.find(Finding, site_id=found.site_id)
    abnormal = sum(each.inspection_id == found.inspection_id for each in findings)
    earlier = [each for each in findings if each.inspection_id != found.inspection_id and each.asset_id in assets]
    return min(answered, total), total, abnormal, len(open_findings(earlier))


def _questions(reader: Reader, instance: FormInstance) -> int:
    """How many questions a form asks, repeats counted once: the input elements in its XForm."""
    forms = reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
    if not forms:
        return 0
    xform = forms[0].xform
    return sum(xform.count(f"<{tag} ") for tag in ("input", "select1", "select", "upload", "range", "odk:rank"))


def _only_here(by_kind: object, blobs: int, size: int) -> tuple[Sentence, ...]:
    assert hasattr(by_kind, "items")
    lines = [say("{count} × {what}", count=count, what=kind_name(kind)) for kind, count in by_kind.items()]
    if blobs:
        lines.append(say("{count} files, {size}", count=blobs, size=size_words(size)))
    return tuple(lines)


_DUTIES = {
    "hotline": say("Hotline"),
    "manager": say("Duty manager"),
    "second_line": say("Second line"),
    "depot": say("Spare depot"),
    "vendor": say("Vendor hotline"),
}


def _duty(reader: Reader, now: datetime) -> tuple[DutyLine, ...]:
    lines = []
    for each in reader.find(DutyEntry):
        if (each.starts_at and now < each.starts_at) or (each.ends_at and now >= each.ends_at):
            continue
        lines.append(DutyLine(each.duty, _DUTIES.get(each.duty, say("Duty")), each.name, each.phone, each.note))
    order = list(_DUTIES)
    return tuple(sorted(lines, key=lambda line: order.index(line.duty) if line.duty in order else len(order)))


def duty(session: FieldSession) -> tuple[DutyLine, ...]:
    """Who is to be rung now, from the roster on the laptop."""
    with session.reading() as reader:
        return _duty(reader, session.clock.now())


def ready_to_leave(session: FieldSession) -> tuple[Readiness, ...]:
    """Everything the day needs is on the laptop: cases, history, forms, fonts, keys, numbers, parts, disk, clock, approvals."""
    now = session.clock.now()
    start, end = shift_of(now, session.zone)
    with session.reading() as reader:
        state = reader.sync_state()
        visits = [each for each in reader.find(Visit, engineer_id=session.engineer) if _in_shift(each, start, end)]
        lines = [_synced(state.last_finished_at, now), *_forms(reader, visits), *_approvals(reader, visits)]
        blocks = {each.series: each.last - each.used for each in reader.find(NumberBlock)}
        short = [series for series in ("SR", "IR", "RMA") if blocks.get(series, 0) < 3]
        words = (
            say("Numbers are running short: {series}", series=", ".join(short)) if short else say("Numbers for reports and RMA are here")
        )
        lines.append(Readiness("numbers", not short, words))
        vans = reader.find(StockLocation, kind="van", person_id=session.engineer)
        movements = reader.find(StockMovement)
        parts = sum(line.quantity for van in vans for line in stock_at(movements, van.id))
        lines.append(Readiness("parts", True, say("{count} parts in the van", count=parts)))
        waiting = reader.count(Attachment, purpose="form_media")
        lines.append(Readiness("media", True, say("{count} files belong to the forms", count=waiting)))
        offset = max(abs(state.clock_low), abs(state.clock_high)) / 1000
    lines += [_certificate(session, now), _fonts(), _disk(session)]
    words = say("The clock agrees with the centre within {seconds} s", seconds=round(offset))
    lines.append(Readiness("clock", offset < 60, words if offset < 60 else say("The clock is off by {seconds} s", seconds=round(offset))))
    return tuple(lines)


def _synced(last: datetime | None, now: datetime) -> Readiness:
    fresh = last is not None and now - last < timedelta(hours=12)
    words = say("Synced within the last 12 hours") if fresh else say("The last sync is more than 12 hours ago")
    return Readiness("synced", fresh, words)


def _forms(reader: Reader, visits: list[Visit]) -> list[Readiness]:
    missing = 0
    for each in visits:
        for instance in reader.find(FormInstance, owner_id=each.inspection_id) if each.inspection_id else []:
            missing += not reader.count(FormVersion, form_id=instance.form_id, version=instance.form_version)
    words = say("{count} forms are missing: sync once more", count=missing) if missing else say("All forms are here")
    return [Readiness("forms", not missing, words)]


def _approvals(reader: Reader, visits: list[Visit]) -> list[Readiness]:
    missing = [
        rule
        for site in {each.site_id for each in visits}
        for rule in reader.find(SiteRule, site_id=site, verdict="approval")
        if not rule.approval_no.strip() and rule.subject != "escort"
    ]
    words = say("{count} approvals of the site have no number yet", count=len(missing)) if missing else say("All approvals are noted")
    return [Readiness("approvals", not missing, words)]


def _certificate(session: FieldSession, now: datetime) -> Readiness:
    left = session.vault.signer().expires_at - now
    fine = left > timedelta(days=14)
    return Readiness("certificate", fine, say("The signing certificate is valid for {days} more days", days=max(0, left.days)))


def _fonts() -> Readiness:
    there = resource("fonts/NotoSansSC_400Regular.ttf").is_file()
    return Readiness("fonts", there, say("Fonts for reports are here") if there else say("Fonts for reports are missing"))


def _disk(session: FieldSession) -> Readiness:
    free = shutil.disk_usage(session.places.data).free
    return Readiness("disk", free > LEAST_FREE_BYTES, say("{size} free on the disk", size=size_words(free)))
