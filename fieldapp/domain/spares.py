"""Spares 备件: parts, locations, the ledger of movements, swaps and RMA (rows R132-R146, template T10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset
from fieldapp.domain.workdays import Due, WorkCalendar, add_working, next_working_day

__all__ = [
    "ENDINGS",
    "EndingNeeded",
    "ReturnDue",
    "Rma",
    "SameSerial",
    "SerialMissing",
    "SparePart",
    "StockLine",
    "StockLocation",
    "StockMovement",
    "Swap",
    "check_swap",
    "ending_sentence",
    "needs_return",
    "needs_rma",
    "quantities",
    "return_due",
    "rma_due",
    "serial_differs",
    "ship_by",
    "stock_at",
    "swap_gaps",
    "swap_movements",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SparePart:
    """备件: a catalogue entry; parts of one `part_class` substitute each other."""

    id: Id
    part_no: str = ""
    name_zh: str = ""
    name_en: str = ""
    part_class: str = ""
    manufacturer: str = ""
    data_bearing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLocation:
    """库位. `kind`: depot 备件库 | swap_repair 换件维修库 | van 随车 | customer | transit | rma | difference 差异."""

    id: Id
    kind: str = "depot"
    name: str = ""
    person_id: Id = ""
    site_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMovement:
    """One line of the ledger: a serial (or a quantity) goes from one location to another; quantities are derived, never stored."""

    id: Id
    part_id: Id = ""
    serial: str = ""
    quantity: int = 1
    from_id: Id = ""
    to_id: Id = ""
    at: datetime | None = None
    reason: str = ""
    case_id: Id = ""
    swap_id: Id = ""
    condition: str = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """换件 (T10). `substitution`: original | same_class | temporary; `self_test`: "" | ok | abnormal.

    `faulty_ending`: taken_back 带回 | sent_by_customer 客户寄回 | retained 介质保留 | destroyed 现场销毁 | wiped 清除后带回.
    `return_due_on` is 10 working days after the good part was received (policy return_faulty); empty where nothing returns.
    """

    id: Id
    site_id: Id = ""
    case_id: Id = ""
    visit_id: Id = ""
    asset_id: Id = ""
    part_id: Id = ""
    part_no: str = ""
    old_serial: str = ""
    new_serial: str = ""
    source_id: Id = ""
    substitution: str = "original"
    fault_confirmed_at: datetime | None = None
    received_at: datetime | None = None
    configuration_saved: bool = False
    esd_protection: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    self_test: str = ""
    restored_at: datetime | None = None
    faulty_ending: str = ""
    handed_to: str = ""
    ending_note: str = ""
    return_due_on: date | None = None
    returned_at: datetime | None = None
    rma_id: Id = ""
    serial_differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rma:
    """RMA 维修. `state`: requested | authorised | received | exchanged | repaired | returned | rejected;
    due in 72 working hours of the depot.
    """

    id: Id
    site_id: Id = ""
    number: str = ""
    case_id: Id = ""
    swap_id: Id = ""
    part_no: str = ""
    serial: str = ""
    state: str = "requested"
    administrator: str = ""
    requested_at: datetime | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None


ENDINGS = ("taken_back", "sent_by_customer", "retained", "destroyed", "wiped")
RETURN_DAYS = 10
RMA_HOURS = 72
_CUTOFF = time(14)


class SameSerial(InputError):
    """The part put in has the serial of the part taken out."""

    code = "FA-106"
    message = N_("The new part and the faulty part have the same serial number. Nothing was changed. Scan both again.")


class EndingNeeded(InputError):
    """Nobody said what happens to the faulty part."""

    code = "FA-107"
    message = N_(
        "The faulty part of this equipment holds data. Nothing was changed. Say whether it is taken back, retained, destroyed or wiped."
    )


class SerialMissing(InputError):
    """A serial number is missing; an unreadable one is written as such."""

    code = "FA-108"
    message = N_("A serial number is missing. Nothing was changed. Scan or type it, or write that it cannot be read.")


def _plain_serial(serial: str) -> str:
    return "".join(serial.split()).upper()


def serial_differs(serial: str, listed: Iterable[str]) -> bool:
    """Whether a serial is unlike every one of the equipment list; false when the list has none. Case and spaces do not count.

    A difference is recorded and reported, never refused: what physically happened stands.
    """
    known = {_plain_serial(each) for each in listed} - {""}
    return bool(known) and _plain_serial(serial) not in known


def check_swap(swap: Swap, *, data_bearing: bool = False) -> None:
    """SerialMissing, SameSerial or EndingNeeded when a swap cannot stand as it is; `data_bearing` of the equipment or the part."""
    if not swap.old_serial.strip() or not swap.new_serial.strip():
        raise SerialMissing
    if _plain_serial(swap.old_serial) == _plain_serial(swap.new_serial):
        raise SameSerial
    if data_bearing and swap.faulty_ending not in ENDINGS:
        raise EndingNeeded


def swap_gaps(swap: Swap, asset: Asset | None = None) -> tuple[Sentence, ...]:
    """What a swap still lacks before leaving; `asset` is the equipment when it is known."""
    gaps = []
    if not swap.old_serial.strip() or not swap.new_serial.strip():
        gaps.append(say("both serial numbers"))
    if swap.finished_at is None:
        gaps.append(say("the end of the swap"))
    if not swap.self_test:
        gaps.append(say("the self test after the swap"))
    if swap.faulty_ending not in ENDINGS:
        holds_data = asset is not None and asset.data_bearing
        gaps.append(say("what happens to the faulty part, which holds data") if holds_data else say("what happens to the faulty part"))
    elif swap.faulty_ending == "destroyed" and not swap.ending_note.strip():
        gaps.append(say("how the part was destroyed, and two names"))
    return tuple(gaps)


def ending_sentence(ending: str) -> Sentence:
    """What happens to the faulty part, in words."""
    return {
        "taken_back": say("Taken back"),
        "sent_by_customer": say("Sent by the customer"),
        "retained": say("Media retained"),
        "destroyed": say("Destroyed on site"),
        "wiped": say("Wiped and taken back"),
    }.get(ending, say("Not decided yet"))


def needs_return(ending: str) -> bool:
    """Whether the faulty part has to come back to the depot; undecided counts as yes."""
    return ending not in ("retained", "destroyed")


def needs_rma(swap: Swap) -> bool:
    """Whether the faulty part goes into repair: it comes back, and it was no temporary substitute."""
    return needs_return(swap.faulty_ending) and swap.substitution != "temporary"


@dataclass(frozen=True, slots=True)
class ReturnDue:
    """The day by which the faulty part must be back; None with a reason while it cannot be known, or without one when nothing returns."""

    day: date | None
    unknown_reason: Sentence | None = None


def return_due(swap: Swap, calendar: WorkCalendar, zone: str = "Asia/Shanghai") -> ReturnDue:
    """Ten working days after the good part was received, by the depot's calendar; nothing before it was received."""
    if swap.received_at is None or not needs_return(swap.faulty_ending):
        return ReturnDue(None)
    due = add_working(swap.received_at, days=RETURN_DAYS, calendar=calendar.coded("depot"), zone=zone)
    if due.moment is None:
        return ReturnDue(None, due.unknown_reason)
    return ReturnDue(due.moment.astimezone(ZoneInfo(zone)).date())


def rma_due(received_at: datetime, calendar: WorkCalendar, zone: str = "Asia/Shanghai") -> Due:
    """72 working hours of the depot after the faulty hardware was received (an aware moment)."""
    return add_working(received_at, minutes=RMA_HOURS * 60, calendar=calendar.coded("depot"), zone=zone)


def ship_by(confirmed_at: datetime, calendar: WorkCalendar, zone: str = "Asia/Shanghai") -> Due:
    """When the depot sends the good part: before 14:00 of a working day by its closing hour, else by noon of the next working day.

    14:00:00 exactly counts as after.
    """
    local = confirmed_at.astimezone(ZoneInfo(zone))
    day = local.date()
    if calendar.is_working_day(day) and local.time() < _CUTOFF:
        return Due(datetime.combine(day, time(17), ZoneInfo(zone)).astimezone(UTC))
    following = next_working_day(day, calendar) if calendar.published(day) else None
    if following is None:
        return add_working(confirmed_at, days=1, calendar=calendar.coded("depot"), zone=zone)
    return Due(datetime.combine(following, time(12), ZoneInfo(zone)).astimezone(UTC))


def swap_movements(
    swap: Swap,
    at: datetime,
    new_id: Callable[[], Id],
    *,
    customer_id: Id,
    van_id: Id,
    transit_id: Id,
    difference_id: Id,
) -> tuple[StockMovement, ...]:
    """The ledger lines of a swap, double entry by locations: the good part goes to the customer, the faulty one leaves it.

    A good part that is in no book (from the customer, the vendor) comes out of the difference location, for the depot to explain.
    The faulty part goes to the van (taken back, wiped), into transit (sent by the customer), to the difference (destroyed), or
    stays where it is (retained, undecided), which makes no line.
    """
    good = StockMovement(
        id=new_id(),
        part_id=swap.part_id,
        serial=swap.new_serial,
        from_id=swap.source_id or difference_id,
        to_id=customer_id,
        at=at,
        reason="swap_in",
        case_id=swap.case_id,
        swap_id=swap.id,
    )
    goes_to = {"taken_back": van_id, "wiped": van_id, "sent_by_customer": transit_id, "destroyed": difference_id}.get(swap.faulty_ending)
    if goes_to is None:
        return (good,)
    reason = "destroyed" if swap.faulty_ending == "destroyed" else "swap_out"
    faulty = replace(good, id=new_id(), serial=swap.old_serial, from_id=customer_id, to_id=goes_to, reason=reason, condition="faulty")
    return good, faulty


def quantities(movements: Iterable[StockMovement]) -> Mapping[tuple[Id, Id, str], int]:
    """Derived stock: (location, part, condition) -> quantity; zeros are left out, a negative quantity shows a gap in the books."""
    stock: dict[tuple[Id, Id, str], int] = {}
    for each in movements:
        for place, sign in ((each.from_id, -1), (each.to_id, 1)):
            if place:
                key = (place, each.part_id, each.condition)
                stock[key] = stock.get(key, 0) + sign * each.quantity
    return {key: count for key, count in stock.items() if count}


@dataclass(frozen=True, slots=True)
class StockLine:
    """What lies at a location: one serial, or a quantity without serials."""

    part_id: Id
    serial: str
    quantity: int
    condition: str


def stock_at(movements: Sequence[StockMovement], location_id: Id) -> tuple[StockLine, ...]:
    """What lies at a location, derived: serials by their last movement, the rest by sums; in the order of part and serial.

    Movements of one serial are ordered by time, then identity, so that every replica derives the same.
    """
    last: dict[tuple[Id, str], StockMovement] = {}
    loose: dict[tuple[Id, str], int] = {}
    for each in sorted(movements, key=lambda one: (one.at.timestamp() if one.at else 0.0, one.id)):
        if each.serial:
            last[each.part_id, _plain_serial(each.serial)] = each
        else:
            key = (each.part_id, each.condition)
            loose[key] = loose.get(key, 0) + each.quantity * ((each.to_id == location_id) - (each.from_id == location_id))
    lines = [StockLine(each.part_id, each.serial, each.quantity, each.condition) for each in last.values() if each.to_id == location_id]
    lines += [StockLine(part, "", count, condition) for (part, condition), count in loose.items() if count]
    return tuple(sorted(lines, key=lambda each: (each.part_id, each.serial, each.condition)))
