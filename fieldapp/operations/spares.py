"""Spares on the laptop: what lies in the van and the depot, and the swap of a part on site (practice 8-9, template T10).

Stock is derived from the ledger of movements, never stored. What physically happened is always recorded; what does not fit the books
is said and becomes a difference for the depot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case, stamp_case
from fieldapp.domain.customers import Asset, Contract, Customer, Site
from fieldapp.domain.spares import (
    ENDINGS,
    Rma,
    SparePart,
    StockLocation,
    StockMovement,
    Swap,
    check_swap,
    ending_sentence,
    needs_return,
    needs_rma,
    return_due,
    serial_differs,
    stock_at,
    swap_gaps,
    swap_movements,
)
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import add_activity, asset_title, number_of
from fieldapp.operations.clocks import read_calendar
from fieldapp.operations.session import FieldSession
from fieldapp.operations.swapping.views import (
    DueTone,
    EndingIncomplete,
    PartChoice,
    SourceChoice,
    Stock,
    StockRow,
    SwapEntry,
    SwapFinished,
    SwapRow,
    SwapTimesWrong,
    SwapView,
)
from fieldapp.replica.refusals import NoNumbersLeft
from fieldapp.replica.store import Reader, UnitOfWork

__all__ = [
    "begin_swap",
    "discard_swap",
    "keep_swap",
    "record_return",
    "record_swap",
    "stock",
    "swap",
    "swaps",
]


def stock(session: FieldSession) -> Stock:
    """What lies in the engineer's van, and in the depot as of the last sync."""
    with session.reading() as reader:
        parts = {each.id: each for each in reader.find(SparePart)}
        movements = reader.find(StockMovement)
        van = _van(session, reader)
        depots = reader.find(StockLocation, kind="depot")
        return Stock(
            van=_stock_rows(parts, movements, [van.id] if van else []),
            van_name=van.name if van else "",
            depot=_stock_rows(parts, movements, [each.id for each in depots]),
            synced_at=reader.sync_state().agreed_at,
        )


def _stock_rows(parts: dict[Id, SparePart], movements: Sequence[StockMovement], places: Sequence[Id]) -> tuple[StockRow, ...]:
    rows = []
    for place in places:
        for line in stock_at(movements, place):
            part = parts.get(line.part_id)
            names = (part.part_no, part.name_zh, part.name_en) if part else ("", "", "")
            rows.append(StockRow(line.part_id, *names, line.serial, line.quantity, line.condition))
    return tuple(sorted(rows, key=lambda row: (row.condition != "good", row.part_no, row.serial)))


def _van(session: FieldSession, reader: Reader) -> StockLocation | None:
    mine = reader.find(StockLocation, kind="van", person_id=session.engineer)
    return mine[0] if mine else None


def swaps(session: FieldSession) -> tuple[SwapRow, ...]:
    """All swaps on the laptop: those whose faulty part still has to go back, the most urgent first, then the others, newest first."""
    now = session.clock.now()
    with session.reading() as reader:
        customers = {each.id: each.name for each in reader.find(Customer)}
        sites = {each.id: each for each in reader.find(Site)}
        cases = {each.id: number_of(each) for each in reader.find(Case)}
        parts = {each.id: each for each in reader.find(SparePart)}
        assets = {each.id: each for each in reader.find(Asset)}
        calendar = read_calendar(reader)
        rows = []
        for each in reader.find(Swap):
            site, part = sites.get(each.site_id), parts.get(each.part_id)
            due = return_due(each, calendar, site.zone if site else session.zone)
            today = now.astimezone(ZoneInfo(site.zone if site else session.zone)).date()
            left = (each.return_due_on - today).days if each.return_due_on and each.returned_at is None else None
            words, tone = _due_words(each, left, due.unknown_reason)
            rows.append(
                SwapRow(
                    swap_id=each.id,
                    part_no=each.part_no,
                    part=(part.name_zh, part.name_en) if part else ("", ""),
                    old_serial=each.old_serial,
                    new_serial=each.new_serial,
                    customer=customers.get(site.customer_id, "") if site else "",
                    site=site.name if site else "",
                    case_number=cases.get(each.case_id, ""),
                    finished_at=each.finished_at,
                    complete=not swap_gaps(each, assets.get(each.asset_id)),
                    ending_words=ending_sentence(each.faulty_ending),
                    return_due_on=each.return_due_on,
                    days_left=left,
                    due_words=words,
                    due_tone=tone,
                )
            )
    return tuple(sorted(rows, key=_urgency))


def _urgency(row: SwapRow) -> tuple[int, float]:
    if row.days_left is not None:
        return 0, row.days_left
    return (1, 0.0) if row.finished_at is None else (2, -row.finished_at.timestamp())


def _due_words(found: Swap, left: int | None, unknown: Sentence | None) -> tuple[Sentence, DueTone]:
    if found.returned_at is not None:
        return say("Faulty part is back"), "met"
    if not needs_return(found.faulty_ending):
        return say("Nothing to return"), "neutral"
    if unknown is not None:
        return say("Return date not known yet"), "neutral"
    if left is None:
        return (say("Being recorded"), "due") if found.finished_at is None else (say("No return date"), "neutral")
    if left < 0:
        return say("Return breached by {days} days", days=-left), "breached"
    if left == 0:
        return say("Return due today"), "due"
    return say("Return due in {days} days", days=left), "due" if left <= 3 else "neutral"


def begin_swap(session: FieldSession, *, case_id: Id = "", visit_id: Id = "", asset_id: Id = "") -> SwapView:
    """A swap at a case, visit or piece of equipment: the one that was begun there, else a new one that nothing is saved of yet.

    UnknownRecord when case or visit are not on this laptop.
    """
    with session.reading() as reader:
        visit = reader.need(Visit, visit_id) if visit_id else None
        case_id = case_id or (visit.case_id if visit else "")
        case = reader.need(Case, case_id) if case_id else None
        asset_id = asset_id or (case.asset_id if case else "")
        for draft in reader.find(Swap, case_id=case_id, visit_id=visit_id, asset_id=asset_id):
            if not _recorded(reader, draft):
                return _view(session, reader, draft)
        asset = reader.get(Asset, asset_id) if asset_id else None
        van = _van(session, reader)
        fresh = Swap(
            id=session.ids.new(),
            site_id=(visit.site_id if visit else "") or (case.site_id if case else "") or (asset.site_id if asset else ""),
            case_id=case_id,
            visit_id=visit_id,
            asset_id=asset_id,
            source_id=van.id if van else "",
            fault_confirmed_at=case.diagnosed_at if case else None,
        )
        return _view(session, reader, fresh)


def swap(session: FieldSession, swap_id: Id) -> SwapView:
    """One swap; UnknownRecord when it is not on this laptop."""
    with session.reading() as reader:
        return _view(session, reader, reader.need(Swap, swap_id))


def _recorded(reader: Reader, found: Swap) -> bool:
    return found.finished_at is not None and reader.count(StockMovement, swap_id=found.id) > 0


def _entered(reader: Reader, entry: SwapEntry) -> Swap:
    """The Swap record with what was entered, trimmed; a known serial names its part."""
    before = reader.get(Swap, entry.swap_id) or Swap(id=entry.swap_id)
    visit = reader.get(Visit, entry.visit_id) if entry.visit_id else None
    case = reader.get(Case, entry.case_id) if entry.case_id else None
    asset = reader.get(Asset, entry.asset_id) if entry.asset_id else None
    part = reader.get(SparePart, entry.part_id) if entry.part_id else None
    values: dict[str, Any] = {name: getattr(entry, name) for name in SwapEntry.__dataclass_fields__ if name != "swap_id"}
    values |= {name: value.strip() for name, value in values.items() if isinstance(value, str)}
    site = before.site_id or next((each.site_id for each in (visit, case, asset) if each is not None and each.site_id), "")
    return replace(before, **{**values, "site_id": site, "part_no": part.part_no if part else values["part_no"]})


def keep_swap(session: FieldSession, entry: SwapEntry) -> SwapView:
    """Keep what is typed so far; nothing is booked yet. SwapFinished once the swap is recorded."""
    with session.writing() as work:
        found = _entered(work, entry)
        if _recorded(work, found):
            raise SwapFinished
        return _view(session, work, work.save(found))


def discard_swap(session: FieldSession, swap_id: Id) -> None:
    """Throw a begun swap away; SwapFinished once it is recorded, nothing when nothing was kept of it."""
    with session.writing() as work:
        found = work.get(Swap, swap_id)
        if found is None:
            return
        if _recorded(work, found):
            raise SwapFinished
        work.delete(Swap, swap_id)


def record_swap(session: FieldSession, entry: SwapEntry) -> SwapView:
    """换件完成, in one transaction: the swap, both lines of the ledger, the RMA with its number, the day of return, the case's time line
    and restored stamp, the serial on the equipment list when the equipment itself was swapped.

    SerialMissing, SameSerial, EndingNeeded, EndingIncomplete, SwapTimesWrong, SwapFinished; nothing is saved then.
    """
    now = session.clock.now()
    with session.writing() as work:
        found = _entered(work, entry)
        if _recorded(work, found):
            raise SwapFinished
        _check(work, found, now)
        site = work.get(Site, found.site_id) if found.site_id else None
        zone = site.zone if site else session.zone
        found = replace(found, finished_at=found.finished_at or now, received_at=found.received_at or found.started_at or now)
        found = replace(
            found,
            return_due_on=return_due(found, read_calendar(work), zone).day,
            serial_differs=serial_differs(found.old_serial, _listed(work, found)),
        )
        if needs_rma(found):
            found = replace(found, rma_id=_open_rma(session, work, found).id)
        work.save(found)
        _book(session, work, found)
        _correct_list(work, found)
        _tell_case(session, work, found)
        return _view(session, work, found)


def _check(reader: Reader, found: Swap, now: datetime) -> None:
    asset = reader.get(Asset, found.asset_id) if found.asset_id else None
    check_swap(found, data_bearing=_holds_data(reader, found, asset))
    if found.faulty_ending == "destroyed" and not found.ending_note:
        raise EndingIncomplete
    line = [each for each in (found.received_at, found.started_at, found.finished_at) if each is not None]
    if line != sorted(line) or any((each - now).total_seconds() > 60 for each in [*line, found.restored_at or now]):
        raise SwapTimesWrong


def _holds_data(reader: Reader, found: Swap, asset: Asset | None) -> bool:
    part = reader.get(SparePart, found.part_id) if found.part_id else None
    return bool((asset and asset.data_bearing) or (part and part.data_bearing))


def _listed(reader: Reader, found: Swap) -> list[str]:
    """The serials that equipment list and books know at the customer's for this part."""
    asset = reader.get(Asset, found.asset_id) if found.asset_id else None
    places = reader.find(StockLocation, kind="customer", site_id=found.site_id)
    booked = [line.serial for each in places for line in stock_at(reader.find(StockMovement), each.id) if line.part_id == found.part_id]
    itself = asset is not None and _same(asset.serial, found.old_serial)
    return [*booked, *([asset.serial] if asset is not None and itself else [])]


def _same(first: str, second: str) -> bool:
    return bool(first.strip() and second.strip()) and not serial_differs(first, [second])


def _open_rma(session: FieldSession, work: UnitOfWork, found: Swap) -> Rma:
    """The RMA of the faulty part; its number comes from the leased block, or from the centre when the block is used up."""
    try:
        number = work.next_number("RMA")
    except NoNumbersLeft:
        number = ""
    return work.save(
        Rma(
            id=session.ids.new(),
            site_id=found.site_id,
            number=number,
            case_id=found.case_id,
            swap_id=found.id,
            part_no=found.part_no,
            serial=found.old_serial,
            requested_at=session.clock.now(),
        )
    )


def _book(session: FieldSession, work: UnitOfWork, found: Swap) -> None:
    def place(kind: str, **more: Any) -> Id:
        those = work.find(StockLocation, kind=kind, **more)
        return those[0].id if those else ""

    van = _van(session, work)
    movements = swap_movements(
        found,
        found.finished_at or session.clock.now(),
        session.ids.new,
        customer_id=place("customer", site_id=found.site_id) or place("customer", site_id=""),
        van_id=van.id if van else "",
        transit_id=place("transit"),
        difference_id=place("difference"),
    )
    for movement in movements:
        work.save(movement)


def _correct_list(work: UnitOfWork, found: Swap) -> None:
    """The equipment list follows when the equipment itself was swapped."""
    asset = work.get(Asset, found.asset_id) if found.asset_id else None
    if asset is not None and found.substitution != "temporary" and _same(asset.serial, found.old_serial):
        work.save(replace(asset, serial=found.new_serial))


def _tell_case(session: FieldSession, work: UnitOfWork, found: Swap) -> None:
    record = work.get(Case, found.case_id) if found.case_id else None
    if record is None:
        return
    text = f"换件 {found.part_no} SN {found.old_serial} → {found.new_serial} / Part swapped"
    add_activity(session, work, record, "part", text, old=found.old_serial, new=found.new_serial)
    if found.faulty_ending == "retained" and not _retention(work, found):
        add_activity(session, work, record, "part", "介质保留无合同依据,请备件库处理 / Media retained without entitlement, for the depot")
    if found.restored_at is not None and found.self_test != "abnormal":
        after = stamp_case(record, "restored", found.restored_at)
        if after != record:
            work.save(after)
            add_activity(session, work, record, "restore", "业务恢复 / Service restored", old=record.status, new=after.status)


def _retention(reader: Reader, found: Swap) -> bool:
    asset = reader.get(Asset, found.asset_id) if found.asset_id else None
    case = reader.get(Case, found.case_id) if found.case_id else None
    contract_id = (case.contract_id if case else "") or (asset.contract_id if asset else "")
    contract = reader.get(Contract, contract_id) if contract_id else None
    return contract is not None and contract.media_retention


def record_return(session: FieldSession, swap_id: Id, handed_to: str) -> SwapView:
    """坏件返还: the faulty part was handed over (`handed_to`); ends the clock of its return, once."""
    with session.writing() as work:
        found = work.need(Swap, swap_id)
        if found.returned_at is None and needs_return(found.faulty_ending):
            found = work.save(replace(found, returned_at=session.clock.now(), handed_to=handed_to.strip() or found.handed_to))
        return _view(session, work, found)


def _notes(reader: Reader, found: Swap, asset: Asset | None, serials: Sequence[str]) -> tuple[Sentence, ...]:
    """What does not fit, in words; nothing of it keeps the swap from being recorded."""
    notes = []
    recorded = _recorded(reader, found)
    listed = [] if recorded else _listed(reader, found)
    if found.serial_differs or (found.old_serial and serial_differs(found.old_serial, listed)):
        notes.append(say("The faulty serial is unlike the equipment list; it is recorded and reported."))
    if asset is not None and not recorded and _same(asset.serial, found.old_serial):
        notes.append(say("The equipment itself is swapped: its serial in the equipment list follows."))
    if found.new_serial and found.source_id and not recorded and not any(_same(found.new_serial, each) for each in serials):
        notes.append(say("The good part is not in the books of this place; the depot gets a difference."))
    if found.faulty_ending == "retained" and not _retention(reader, found):
        notes.append(say("The contract does not cover keeping media; the depot gets a task."))
    if found.self_test == "abnormal":
        notes.append(say("The self test is abnormal: the case is not marked as restored."))
    return tuple(notes)


def _view(session: FieldSession, reader: Reader, found: Swap) -> SwapView:
    asset = reader.get(Asset, found.asset_id) if found.asset_id else None
    site = reader.get(Site, found.site_id) if found.site_id else None
    case = reader.get(Case, found.case_id) if found.case_id else None
    customer = reader.get(Customer, site.customer_id) if site else None
    rma = reader.get(Rma, found.rma_id) if found.rma_id else None
    zone = site.zone if site else session.zone
    movements = reader.find(StockMovement)
    van = _van(session, reader)
    in_van = [line for line in stock_at(movements, van.id) if line.condition == "good"] if van else []
    at_source = [line.serial for line in stock_at(movements, found.source_id)] if found.source_id else []
    due = return_due(found, read_calendar(reader), zone)
    depots = reader.find(StockLocation, kind="depot")
    places = [SourceChoice(each.id, say("{place}", place=each.name)) for each in ([van] if van else []) + depots]
    return SwapView(
        entry=SwapEntry(**{name: getattr(found, "id" if name == "swap_id" else name) for name in SwapEntry.__dataclass_fields__}),
        recorded=_recorded(reader, found),
        customer=customer.name if customer else "",
        site=site.name if site else "",
        zone=zone,
        case_number=number_of(case) if case else "",
        asset=asset_title(asset) if asset else "",
        asset_serial=asset.serial if asset else "",
        must_end=_holds_data(reader, found, asset),
        media_retention=_retention(reader, found),
        parts=tuple(
            PartChoice(
                each.id,
                each.part_no,
                each.name_zh,
                each.name_en,
                each.data_bearing,
                tuple(line.serial for line in in_van if line.part_id == each.id and line.serial),
            )
            for each in sorted(reader.find(SparePart), key=lambda one: one.part_no)
        ),
        sources=(*places, SourceChoice("", say("From the customer or the vendor"))),
        endings=tuple((each, ending_sentence(each)) for each in ENDINGS),
        gaps=swap_gaps(found, asset),
        notes=_notes(reader, found, asset, at_source),
        return_due_on=found.return_due_on or due.day,
        return_words=due.unknown_reason or say("10 working days after the good part was received"),
        returned_at=found.returned_at,
        rma_id=found.rma_id,
        rma_number=rma.number if rma else "",
    )
