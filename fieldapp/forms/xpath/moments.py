"""Moments as values of expressions: read from text, counted in days, written in the zone of the form, formatted."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Moment", "day_fraction", "format_moment", "moment_of_days", "moment_of_text"]

_DAY_MS = 86_400_000.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = r"(?P<zone>Z|[+-]\d{1,2}(?::?\d{2})?)"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d+))?)?"
_MOMENT = re.compile(rf"\s*(?P<year>\d{{4,5}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[T ]{_TIME}\s*{_OFFSET}?)?\s*", re.ASCII)
_SPOKEN = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}) (?P<year>\d{4}) "
    r"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2}) GMT(?P<zone>[+-]\d{4})(?: \(.*\))?",
    re.ASCII,
)
_TIME_ONLY = re.compile(rf"\s*(?:\d{{4}}-\d{{1,2}}-\d{{1,2}}T)?{_TIME}\s*{_OFFSET}?\s*", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@functools.cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in milliseconds since 1970 UTC; NaN: what was given is no date."""

    stamp: float

    @property
    def valid(self) -> bool:
        """Whether this is a moment at all."""
        return self.stamp == self.stamp

    @property
    def days(self) -> float:
        """Days since 1970-01-01T00:00Z."""
        return self.stamp / _DAY_MS

    def local(self, zone: str) -> datetime | None:
        """The wall clock in a zone; None for no moment or one beyond the calendar."""
        if not self.valid:
            return None
        try:
            return (_EPOCH + timedelta(milliseconds=round(self.stamp))).astimezone(_zone(zone))
        except OverflowError:
            return None

    def text(self, zone: str) -> str:
        """ISO 8601: the date alone at local midnight, else with milliseconds and offset; `Invalid Date` for none."""
        local = self.local(zone)
        if local is None:
            return "Invalid Date"
        if not (local.hour or local.minute or local.second or local.microsecond):
            return f"{local.year:04d}-{local.month:02d}-{local.day:02d}"
        return local.isoformat(timespec="milliseconds")


def moment_of_days(days: float) -> Moment:
    """The moment at a number of days since 1970-01-01T00:00Z."""
    return Moment(days * _DAY_MS if math.isfinite(days) else math.nan)


def _offset(text: str) -> timedelta | None:
    if text == "Z":
        return timedelta(0)
    digits = text[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 23 or minutes > 59:
        return None
    span = timedelta(hours=hours, minutes=minutes)
    return -span if text[0] == "-" else span


@functools.lru_cache(maxsize=2048)
def moment_of_text(text: str, zone: str) -> Moment | None:
    """Read `2026-11-23`, with or without a time and an offset; None when the text is no date of the calendar.

    Without an offset it is the wall clock of `zone`.
    """
    match = _MOMENT.fullmatch(text) or _SPOKEN.fullmatch(text)
    if match is None:
        return None
    part = {"fraction": "", **match.groupdict()}
    month = part["month"]
    if not month.isdigit() and month not in _MONTHS:
        return None
    fraction = (part["fraction"] or "0")[:6].ljust(6, "0")
    try:
        wall = datetime(
            int(part["year"]),
            int(month) if month.isdigit() else _MONTHS.index(month) + 1,
            int(part["day"]),
            int(part["hour"] or 0),
            int(part["minute"] or 0),
            int(part["second"] or 0),
            int(fraction),
            tzinfo=UTC,
        )
        if part["zone"]:
            offset = _offset(part["zone"])
            if offset is None:
                return None
            aware = wall - offset
        else:
            aware = wall.replace(tzinfo=_zone(zone))
        return Moment((aware - _EPOCH) / timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        return None


def day_fraction(text: str, zone: str, now: float) -> float:
    """The time of a text (`06:00:00.000-07:00`, or a date-time's) as a fraction of the local day; NaN for no time."""
    match = _TIME_ONLY.fullmatch(text)
    if match is None:
        return math.nan
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return math.nan
    seconds = hour * 3600 + minute * 60 + second + float(f"0.{match['fraction'] or 0}")
    if match["zone"]:
        offset = _offset(match["zone"])
        local = Moment(now).local(zone)
        here = local.utcoffset() if local is not None else None
        if offset is None or here is None:
            return math.nan
        seconds += here.total_seconds() - offset.total_seconds()
    return (seconds % 86_400) / 86_400


def format_moment(local: datetime, pattern: str) -> str:
    """Fill the places of ODK's format-date: %Y %y %m %n %b %d %e %H %h %M %S %3 %a %%."""
    return re.sub(r"%(.)", lambda match: _place(local, match[1]) or match[0], pattern)


def _place(local: datetime, letter: str) -> str:
    places = {
        "Y": f"{local.year:04d}",
        "y": f"{local.year % 100:02d}",
        "m": f"{local.month:02d}",
        "n": str(local.month),
        "b": _MONTHS[local.month - 1],
        "d": f"{local.day:02d}",
        "e": str(local.day),
        "H": f"{local.hour:02d}",
        "h": str(local.hour),
        "M": f"{local.minute:02d}",
        "S": f"{local.second:02d}",
        "3": f"{local.microsecond // 1000:03d}",
        "a": _WEEKDAYS[local.weekday()],
        "W": f"{local.isocalendar()[1]}",
        "%": "%",
    }
    return places.get(letter, "")
