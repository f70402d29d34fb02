"""Numbers on paper: the centre's own series, and blocks of numbers leased to devices so that what is printed on site is final."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id, derived_id
from fieldapp.central.store.books import Author, Books, read_body
from fieldapp.central.store.engine import next_number
from fieldapp.central.store.tables import record, void_number
from fieldapp.domain.records import KINDS, Plain

__all__ = [
    "BLOCK_SIZE",
    "SERIES",
    "VoidNumbers",
    "blocks_wanted",
    "lease_blocks",
    "series_number",
    "skip_numbers",
    "void_blocks",
    "void_numbers",
]

SERIES = ("SR", "IR", "RMA", "TMP")
BLOCK_SIZE = 50
HOME_ZONE = ZoneInfo("Asia/Shanghai")
_WIDTH = {"CS": 5, "CHG": 4}

LEASED_GAP, OWN_GAP = 10_000, 1_000
"""Numbers of a series that are passed over, at least, when a backup was put back: 200 blocks, and cases or changes of the desk."""

LEASED_STARTS, OWN_STARTS = 1_800_000, 9_000_000
"""Behind them, from how many places, a block or a number apart, the new epoch's number chooses one to go on from: below 10^8 and 10^7."""


@dataclass(frozen=True, slots=True)
class VoidNumbers:
    """Numbers of one leased block, from the first to the last, that will never stand on paper; since when."""

    device: Id
    first: str
    last: str
    at: str


def series_number(books: Books, series: str, now: datetime) -> str:
    """The next number of one of the centre's own series: CS-2026-00417, CHG-2026-0093."""
    year = now.astimezone(HOME_ZONE).year
    number = next_number(books.connection, f"{series}-{year}")
    return f"{series}-{year}-{number:0{_WIDTH.get(series, 5)}d}"


def skip_numbers(connection: Connection, now: datetime, epoch: int) -> None:
    """A centre that was put back does not know which numbers it gave out since the backup: they may stand on paper, and others follow.

    How far it skips is decided by the new epoch's random number. A centre that is put back once more has forgotten how far it
    skipped before, and laptops that print from those blocks may be away for weeks.
    """
    year, place = now.astimezone(HOME_ZONE).year, epoch >> 1  # an epoch is always odd
    for series in SERIES:
        next_number(connection, _prefix(series, year), LEASED_GAP + place % LEASED_STARTS * BLOCK_SIZE)
    for series in _WIDTH:
        next_number(connection, f"{series}-{year}", OWN_GAP + place % OWN_STARTS)


def blocks_wanted(connection: Connection, device: Id, engineer: Id, now: datetime) -> list[str]:
    """The series of which a device has less than half a block left for this year."""
    left = dict.fromkeys(SERIES, 0)
    year = now.astimezone(HOME_ZONE).year
    mine = record.c.partition == f"engineer:{engineer}", record.c.kind == "number_block", record.c.deleted.is_(False)
    for body in connection.execute(select(record.c.body).where(*mine)).scalars():
        block = read_body(body)
        series = str(block["series"])
        if block["device"] == device and series in left and block["prefix"] == _prefix(series, year):
            left[series] += int(block["last"] or 0) - int(block["used"] or 0)
    return [series for series, remaining in left.items() if remaining * 2 < BLOCK_SIZE]


def lease_blocks(books: Books, device: Id, engineer: Id, now: datetime) -> None:
    """Give the device a new block of each series of which it has less than half a block left."""
    year = now.astimezone(HOME_ZONE).year
    for series in blocks_wanted(books.connection, device, engineer, now):
        last = next_number(books.connection, _prefix(series, year), BLOCK_SIZE)
        _lease(books, device, engineer, series, year, last, now)


def void_blocks(books: Books, device: Id, engineer: Id, now: datetime) -> None:
    """End the blocks of a device at the last number that is known to be given out; the rest of them is void.

    A device whose disk was put back or copied may have printed numbers that nobody told the centre of.
    """
    mine = record.c.partition == f"engineer:{engineer}", record.c.kind == "number_block", record.c.deleted.is_(False)
    held = books.connection.execute(select(record.c.id).where(*mine).order_by(record.c.id)).scalars().all()
    books.load(("number_block", each) for each in held)
    for each in held:
        block = books.get("number_block", each)
        if block is not None and block.values["device"] == device:
            first, used, last = (int(block.values[name] or 0) for name in ("first", "used", "last"))
            kept = max(used, first - 1)
            if kept < last:
                _note_void(books.connection, each, block.values, kept + 1, last, now)
                books.write(block, "last", kept, Author("centre", "", int(now.timestamp() * 1000)))


def _note_void(connection: Connection, block: Id, values: Mapping[str, Plain], first: int, last: int, now: datetime) -> None:
    if connection.execute(select(void_number.c.block).where(void_number.c.block == block)).first() is None:
        what = {name: str(values[name] or "") for name in ("device", "series", "prefix")}
        row = {"block": block, "width": int(values["width"] or 0), "first": first, "last": last, "at": moment_text(now), **what}
        connection.execute(insert(void_number).values(row))


def void_numbers(connection: Connection, device: Id = "") -> list[VoidNumbers]:
    """The numbers that nobody will give out any more (of one device, or of all), as they would stand on paper, in their order.

    What a journal told later of numbers that had been given out is no longer among them.
    """
    query = select(void_number).order_by(void_number.c.prefix, void_number.c.first)
    made = []
    for row in connection.execute(query.where(void_number.c.device == device) if device else query):
        body = connection.execute(select(record.c.body).where(record.c.kind == "number_block", record.c.id == row.block)).scalar()
        first = max(row.first, int(read_body(body)["used"] or 0) + 1 if body is not None else 0)
        if first <= row.last:
            spelled = [f"{row.prefix}{number:0{row.width}d}" for number in (first, row.last)]
            made.append(VoidNumbers(row.device, spelled[0], spelled[1], row.at))
    return made


def _prefix(series: str, year: int) -> str:
    return f"{series}-{year}-"


def _lease(books: Books, device: Id, engineer: Id, series: str, year: int, last: int, now: datetime) -> None:
    first = last - BLOCK_SIZE + 1
    values: dict[str, Plain] = {
        "engineer_id": engineer,
        "device": device,
        "series": series,
        "prefix": _prefix(series, year),
        "first": first,
        "last": last,
        "width": 5,
        "used": first - 1,
    }
    block = derived_id("number_block", device, series, str(year), str(first))
    books.create(KINDS["number_block"], block, values, Author("centre", "", int(now.timestamp() * 1000)))
