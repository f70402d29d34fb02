"""Numbers on paper: the centre's own series, and blocks of numbers leased to devices so that what is printed on site is final."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from fieldapp.base.ids import Id, derived_id
from fieldapp.central.store.books import Author, Books, read_body
from fieldapp.central.store.engine import next_number
from fieldapp.central.store.tables import record
from fieldapp.domain.records import KINDS, Plain

__all__ = ["BLOCK_SIZE", "SERIES", "blocks_wanted", "lease_blocks", "series_number", "void_blocks"]

SERIES = ("SR", "IR", "RMA", "TMP")
BLOCK_SIZE = 50
HOME_ZONE = ZoneInfo("Asia/Shanghai")
_WIDTH = {"CS": 5, "CHG": 4}


def series_number(books: Books, series: str, now: datetime) -> str:
    """The next number of one of the centre's own series: CS-2026-00417, CHG-2026-0093."""
    year = now.astimezone(HOME_ZONE).year
    number = next_number(books.connection, f"{series}-{year}")
    return f"{series}-{year}-{number:0{_WIDTH.get(series, 5)}d}"


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
            first, used = int(block.values["first"] or 0), int(block.values["used"] or 0)
            books.write(block, "last", max(used, first - 1), Author("centre", "", int(now.timestamp() * 1000)))


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
