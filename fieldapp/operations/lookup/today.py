"""Today: a shift, not a date - its visits in order, its clocks, what is only here, whom to ring; and the check before leaving home."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say, time_text
from fieldapp.base.ids import Id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case, entitlement, entitlement_sentence
from fieldapp.domain.customers import Asset, Contract, Customer, DutyEntry, Site, SiteRule, rule_sentence
from fieldapp.domain.documents import NumberBlock
from fieldapp.domain.gates import crosses_midnight, gates, window_sentence
from fieldapp.domain.inspections import Coverage, Finding, FormInstance, FormVersion, Inspection, open_findings
from fieldapp.domain.spares import StockLocation, StockMovement, stock_at
from fieldapp.domain.upgrades import Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import CLOSED, contact_lines, number_of
from fieldapp.operations.clocks import TickingCase, doubt_words, in_shift, read_calendar, shift_of, ticking_all
from fieldapp.operations.inspections import counted
from fieldapp.operations.overview import size_words
from fieldapp.operations.session import FieldSession
from fieldapp.replica.states import SyncState
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
    "today",
]

LEAST_FREE_BYTES = 2 * 10**9
LEAST_NUMBERS = 3
MOST_OFFSET_S = 60


@dataclass(frozen=True, slots=True)
class Tagged:
    """A short text with its tone (neutral, met, due, breached)."""

    words: Sentence
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class TodayVisit:
    """One visit of the shift. `action`: contact | continue | open; `contact` is the site's address and telephone.

    `answered` and `total` count the items of an inspection as its checklists do (total 0: none).
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
    """Somebody to ring. `duty` as in DutyEntry, or customer."""

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


def today(session: FieldSession) -> TodayView:
    """What the shift holds, from the replica alone."""
    now = session.clock.now()
    start, end = shift_of(now, session.zone)
    with session.reading() as reader:
        visits = _visits(session, reader, start, end)
        clocks = _clocks(session, reader, now)
        pending, state = reader.unreceipted(), reader.sync_state()
        by_case = {each.case_id: each.ticking for each in clocks}
        return TodayView(
            day=start.date(),
            night=any(_past_midnight(each, start.date(), session.zone) for each in visits),
            visits=tuple(_visit(session, reader, each, by_case) for each in visits),
            clocks=clocks,
            certainty=doubt_words([each.ticking for each in clocks], now),
            only_here=_only_here(pending.by_kind, pending.blobs, pending.blob_bytes),
            only_here_items=pending.changes + pending.blobs,
            duty=_duty(reader, now),
            last_sync_at=state.agreed_at,
        )


def _visits(session: FieldSession, reader: Reader, start: datetime, end: datetime) -> list[Visit]:
    found = [each for each in reader.find(Visit, engineer_id=session.engineer) if in_shift(each, start, end)]
    return sorted(found, key=lambda each: each.appointment_at or each.entered_at or start)


def _clocks(session: FieldSession, reader: Reader, now: datetime) -> tuple[CaseClocks, ...]:
    """The engineer's open cases whose clocks still wait for something, the most urgent first."""
    cases = [each for each in reader.find(Case, owner_id=session.engineer) if each.status not in CLOSED]
    zones = {each.id: each.zone for each in reader.find(Site)}
    clocks = ticking_all(reader, [(each, zones.get(each.site_id, session.zone)) for each in cases], read_calendar(reader))
    waiting = [(line, each) for each in cases if (line := clocks[each.id].urgent(now)) is not None]
    order = {"breached": 0, "due_soon": 1, "running": 2}
    waiting.sort(key=lambda pair: (order.get(pair[0].state, 3), pair[0].due_at or now))
    return tuple(CaseClocks(each.id, number_of(each), each.severity, clocks[each.id]) for _, each in waiting)


def _past_midnight(found: Visit, day: date, zone: str) -> bool:
    return found.planned_end_at is not None and found.planned_end_at.astimezone(ZoneInfo(zone)).date() > day


def _visit(session: FieldSession, reader: Reader, found: Visit, by_case: dict[Id, TickingCase]) -> TodayVisit:
    site = reader.get(Site, found.site_id) if found.site_id else None
    customer = reader.get(Customer, found.customer_id) if found.customer_id else None
    contract = reader.get(Contract, found.contract_id) if found.contract_id else None
    record = reader.get(Case, found.case_id) if found.case_id else None
    asset = reader.get(Asset, record.asset_id) if record and record.asset_id else None
    entitled = (record.entitlement if record else "") or entitlement(contract, asset, session.clock.now().date())
    tones = {"warranty": "met", "maintenance": "neutral", "per_call": "due"}
    tags = [Tagged(entitlement_sentence(entitled), tones.get(entitled, "neutral"))]
    tags += _rule_tags(reader, found.site_id)
    if found.kind == "repair" and contract and contract.media_retention:
        tags.append(Tagged(say("Media stay with the customer"), "due"))
    tags += _backup_tags(session, reader, found, contract)
    covered, abnormal, left = _progress(session, reader, found)
    started, zone = found.departed_at is not None, site.zone if site else session.zone
    return TodayVisit(
        visit_id=found.id,
        kind=found.kind,
        at=found.appointment_at,
        place=" · ".join(part for part in (customer.name if customer else "", site.name if site else "") if part),
        work=_work(reader, found, record, covered, zone),
        contact=" · ".join(part for part in (site.address if site else "", site.duty_phone if site else "") if part),
        tags=tuple(tags),
        ticking=by_case.get(found.case_id),
        appointment_at=found.appointment_at,
        zone=zone,
        action="contact" if _waits_for_call(session, record) else ("continue" if started and found.left_at is None else "open"),
        case_id=found.case_id,
        answered=covered.answered,
        total=covered.total,
        abnormal=abnormal,
        left_over=left,
        done=found.left_at is not None,
    )


def _waits_for_call(session: FieldSession, record: Case | None) -> bool:
    """Whether the customer of the engineer's own case was neither called nor met yet."""
    if record is None or record.owner_id != session.engineer or record.status in CLOSED:
        return False
    return record.contacted_at is None and record.arrived_at is None


def _backup_tags(session: FieldSession, reader: Reader, found: Visit, contract: Contract | None) -> list[Tagged]:
    """How many of the backups of an upgrade are still to be proved, as its gates say."""
    order = _order_of(reader, found) if found.kind == "upgrade" else None
    if order is None or order.state in ("done", "rolled_back") or order.started_at is not None:
        return []
    backups, approvals = reader.find(BackupRecord, order_id=order.id), reader.find(Approval, order_id=order.id)
    event = reader.get(ScheduledEvent, order.event_id) if order.event_id else None
    stand = gates(order, event, backups, approvals, reader.find(UpgradeStep, order_id=order.id), contract, session.clock.now())
    missing = sum(gate.key.startswith("backup_") and gate.state != "done" for gate in stand)
    return [Tagged(say("{count} backups to prove", count=missing), "due") if missing else Tagged(say("Backups are proved"), "met")]


def _order_of(reader: Reader, found: Visit) -> UpgradeOrder | None:
    orders = reader.find(UpgradeOrder, visit_id=found.id, limit=1)
    if not orders and found.event_id:
        orders = reader.find(UpgradeOrder, event_id=found.event_id, limit=1)
    return orders[0] if orders else None


def _rule_tags(reader: Reader, site_id: Id) -> list[Tagged]:
    tags = []
    for rule in reader.find(SiteRule, site_id=site_id, order="clause"):
        if rule.verdict == "forbidden" and rule.subject in ("camera", "usb", "phone"):
            tags.append(Tagged(rule_sentence(rule), "due"))
        elif rule.subject == "escort" and rule.verdict != "allowed":
            tags.append(Tagged(rule_sentence(rule)))
    return tags


def _work(reader: Reader, found: Visit, record: Case | None, covered: Coverage, zone: str) -> Sentence:
    if record is not None:
        number, level, summary = number_of(record), record.severity, record.summary
        return say("Case {number} · {level} {summary}", number=number, level=level, summary=summary)
    if found.event_id:
        event = reader.get(ScheduledEvent, found.event_id)
        order = _order_of(reader, found)
        if event and order:
            number, before, after = event.number, order.from_version, order.to_version
            said = say("Change {number} · {before} → {after}", number=number, before=before, after=after)
            return Sentence("{said} · {window}", {"said": said, "window": _window(event, zone)})
    if found.inspection_id and covered.total:
        sheets = reader.count(FormInstance, owner_id=found.inspection_id)
        return say("{title} · {sheets} checklists, {items} items", title=found.title, sheets=sheets, items=covered.total)
    return Sentence("{title}", {"title": found.title})


def _window(event: ScheduledEvent, zone: str) -> Sentence:
    """The window in times of day, as a shift reads it; with its dates where it is longer than a day."""
    starts, ends = event.window_starts_at, event.window_ends_at
    if starts is None or ends is None or ends - starts >= timedelta(days=1):
        return window_sentence(event, zone)
    start, end = time_text(starts, zone), time_text(ends, zone)
    if crosses_midnight(event, zone):
        return say("{start} – {end} next day", start=start, end=end)
    return say("window {start} – {end}", start=start, end=end)


def _progress(session: FieldSession, reader: Reader, found: Visit) -> tuple[Coverage, int, int]:
    """The coverage of an inspection's checklists, findings of this inspection, those left over from the last ones."""
    if not found.inspection_id:
        return Coverage(), 0, 0
    instances = reader.find(FormInstance, owner_id=found.inspection_id)
    assets = {each.asset_id for each in instances if each.asset_id}
    covered = Coverage()
    for each in instances:
        covered = covered.plus(counted(session, reader, each))
    findings = reader.find(Finding, site_id=found.site_id)
    abnormal = sum(each.inspection_id == found.inspection_id for each in findings)
    earlier = [each for each in findings if each.inspection_id != found.inspection_id and each.asset_id in assets]
    return covered, abnormal, len(open_findings(earlier))


def _only_here(by_kind: Mapping[str, int], blobs: int, size: int) -> tuple[Sentence, ...]:
    """What waits, as a person counts it: edits, reports, signatures, files."""
    reports, signatures = by_kind.get("service_report", 0), by_kind.get("sign_off", 0)
    edits = sum(by_kind.values()) - reports - signatures
    lines = []
    if edits:
        lines.append(say("{count} edits", count=edits))
    if reports:
        lines.append(say("{count} edits of reports", count=reports))
    if signatures:
        lines.append(say("{count} signatures", count=signatures))
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
    """Who is to be rung now: the roster on the laptop, then the customers' people of the shift's visits."""
    now = session.clock.now()
    with session.reading() as reader:
        visits = _visits(session, reader, *shift_of(now, session.zone))
        sites = {each.site_id: each.customer_id for each in visits}
        lines = list(_duty(reader, now))
        for site_id, customer_id in sites.items():
            site = reader.get(Site, site_id)
            for each in contact_lines(reader, customer_id, site_id):
                note = " · ".join(part for part in (site.name if site else "", each.role) if part)
                lines.append(DutyLine("customer", say("Customer"), each.name, each.phone, note))
    return tuple(lines)


def ready_to_leave(session: FieldSession) -> tuple[Readiness, ...]:
    """Everything the shift needs is on the laptop: work, history, forms, numbers, parts, certificate, fonts, disk, clock, approvals."""
    now = session.clock.now()
    start, end = shift_of(now, session.zone)
    with session.reading() as reader:
        state = reader.sync_state()
        visits = _visits(session, reader, start, end)
        lines = [_synced(state.agreed_at, now), _work_here(reader, visits), _history(reader, visits), _forms(reader, visits)]
        lines += [_approvals(reader, visits), _numbers(reader), _parts(session, reader)]
    return (*lines, _certificate(session, now), _fonts(), _disk(session), _clock(state))


def _work_here(reader: Reader, visits: Sequence[Visit]) -> Readiness:
    """Each visit's site, and its case, inspection or change."""
    missing = 0
    for each in visits:
        wanted = ((Site, each.site_id), (Case, each.case_id), (Inspection, each.inspection_id), (ScheduledEvent, each.event_id))
        missing += any(record_id and reader.get(record_class, record_id) is None for record_class, record_id in wanted)
    if missing:
        return Readiness("work", False, say("{count} visits are not complete on this laptop: sync once more", count=missing))
    return Readiness("work", True, say("{count} visits with all that belongs to them are here", count=len(visits)))


def _history(reader: Reader, visits: Sequence[Visit]) -> Readiness:
    """The readings of earlier periods for the equipment that is inspected."""
    now_open = [each for visit in visits if visit.inspection_id for each in reader.find(FormInstance, owner_id=visit.inspection_id)]
    ids = {each.id for each in now_open}
    assets = {each.asset_id for each in now_open if each.asset_id}
    before = {each.asset_id for each in reader.find(FormInstance, asset_id=assets) if each.id not in ids} if assets else set()
    words = say("Earlier readings are here for {count} of {total} pieces of equipment", count=len(before), total=len(assets))
    return Readiness("history", True, words if assets else say("No inspection in this shift"))


def _numbers(reader: Reader) -> Readiness:
    blocks = {each.series: each.last - each.used for each in reader.find(NumberBlock)}
    short = [series for series in ("SR", "IR", "RMA") if blocks.get(series, 0) < LEAST_NUMBERS]
    if short:
        return Readiness("numbers", False, say("Numbers are running short: {series}", series=", ".join(short)))
    return Readiness("numbers", True, say("Numbers for reports and RMA are here"))


def _parts(session: FieldSession, reader: Reader) -> Readiness:
    vans = reader.find(StockLocation, kind="van", person_id=session.engineer)
    movements = reader.find(StockMovement)
    parts = sum(line.quantity for van in vans for line in stock_at(movements, van.id))
    return Readiness("parts", True, say("{count} parts in the van", count=parts))


def _clock(state: SyncState) -> Readiness:
    if state.last_contact_at is None:
        return Readiness("clock", False, say("The clock of this laptop was never compared with the centre"))
    offset = max(abs(state.clock_low), abs(state.clock_high)) / 1000
    if offset >= MOST_OFFSET_S:
        return Readiness("clock", False, say("The clock is off by {seconds} s", seconds=round(offset)))
    return Readiness("clock", True, say("The clock agrees with the centre within {seconds} s", seconds=max(1, round(offset))))


def _synced(last: datetime | None, now: datetime) -> Readiness:
    fresh = last is not None and now - last < timedelta(hours=12)
    words = say("Synced within the last 12 hours") if fresh else say("The last sync is more than 12 hours ago")
    return Readiness("synced", fresh, words)


def _forms(reader: Reader, visits: Sequence[Visit]) -> Readiness:
    missing = 0
    for each in visits:
        for instance in reader.find(FormInstance, owner_id=each.inspection_id) if each.inspection_id else []:
            missing += not reader.count(FormVersion, form_id=instance.form_id, version=instance.form_version)
    words = say("{count} forms are missing: sync once more", count=missing) if missing else say("All forms are here")
    return Readiness("forms", not missing, words)


def _approvals(reader: Reader, visits: Iterable[Visit]) -> Readiness:
    missing = [
        rule
        for site in {each.site_id for each in visits}
        for rule in reader.find(SiteRule, site_id=site, verdict="approval")
        if not rule.approval_no.strip() and rule.subject != "escort"
    ]
    words = say("{count} approvals of the site have no number yet", count=len(missing)) if missing else say("All approvals are noted")
    return Readiness("approvals", not missing, words)


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
