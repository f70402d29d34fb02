"""Working hours and holidays: add working time to a moment. Pure; holidays come as CalendarDay records.

Hours of the calendars (decided here where the sources give none): `7x24` always; `7x12` every day 08:00-20:00; `7x8` every day
09:00-17:00, holidays too; `5x8` and `depot` on working days 09:00-17:00. Working days are Monday to Friday without the
statutory holidays, and the weekend days that the State Council shifted to working days (调休). All hours are local to a zone.

Only `5x8`, `depot` and business days need the table of holidays. A year without one row is not published: the answer is then
that it cannot be known yet, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.calendars import CalendarDay

__all__ = ["CODES", "Due", "WorkCalendar", "add_working", "next_working_day", "working_between"]

_OPEN, _CLOSE = time(9), time(17)
_HOURS: Mapping[str, tuple[time, time]] = MappingProxyType(
    {
        "7x12": (time(8), time(20)),
        "7x8": (_OPEN, _CLOSE),
        "5x8": (_OPEN, _CLOSE),
        "depot": (_OPEN, _CLOSE),
    }
)
CODES = ("7x24", "7x12", "7x8", "5x8", "depot")
_BY_HOLIDAYS = frozenset({"5x8", "depot"})


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Hours by `code` (one of CODES) and the statutory exceptions: day -> `holiday` | `working_day`."""

    code: str = "depot"
    days: Mapping[date, str] = field(default_factory=dict)
    published_years: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """ValueError for a code that is none of CODES."""
        if self.code not in CODES:
            raise ValueError(f"no calendar {self.code!r}")

    @classmethod
    def from_records(cls, records: Iterable[CalendarDay], code: str = "depot", country: str = "CN") -> WorkCalendar:
        """Build from the CalendarDay records of a country; a year with one row or more is published."""
        days = {each.day: each.kind for each in records if each.day is not None and each.calendar == country}
        return cls(code, MappingProxyType(days), frozenset(day.year for day in days))

    def coded(self, code: str) -> WorkCalendar:
        """The same holidays with the hours of another code."""
        return self if code == self.code else replace(self, code=code)

    def published(self, day: date) -> bool:
        """Whether the holidays of the day's year are known."""
        return day.year in self.published_years

    def is_working_day(self, day: date) -> bool | None:
        """Whether people work on this day (by the holidays, whatever the code); None when the year is not published."""
        if not self.published(day):
            return None
        exception = self.days.get(day)
        return exception == "working_day" if exception else day.weekday() < 5

    def opens(self, day: date) -> bool | None:
        """Whether this calendar has hours on this day; None when the year is not published."""
        return self.is_working_day(day) if self.code in _BY_HOLIDAYS else True


@dataclass(frozen=True, slots=True)
class Due:
    """A computed moment (aware, UTC), or None with the reason why it cannot be known yet."""

    moment: datetime | None
    unknown_reason: Sentence | None = None


def _unpublished(day: date) -> Due:
    return Due(
        None,
        say(
            "The public holidays of {year} are not published yet. This date will be known once the service desk has them.",
            year=str(day.year),
        ),
    )


def _window(day: date, calendar: WorkCalendar, zone: ZoneInfo) -> tuple[datetime, datetime]:
    opens, closes = _HOURS[calendar.code]
    return datetime.combine(day, opens, zone).astimezone(UTC), datetime.combine(day, closes, zone).astimezone(UTC)


def _days_from(day: date) -> Iterator[date]:
    while True:
        yield day
        day += timedelta(days=1)


def add_working(
    moment: datetime,
    *,
    minutes: float = 0,
    days: int | None = None,
    calendar: WorkCalendar,
    zone: str = "Asia/Shanghai",
) -> Due:
    """Add working minutes, or business days, to an aware moment.

    Minutes run only while the calendar has hours; a sum that ends at closing time stays there. With `days` the moment's own local
    day is day zero and the answer is the closing hour (17:00) of the n-th working day after it. ValueError for a naive moment.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment carries its zone")
    moment = moment.astimezone(UTC)
    if days is not None:
        return _add_days(moment, days, calendar, ZoneInfo(zone))
    left = timedelta(minutes=float(minutes))
    if left <= timedelta(0) or calendar.code == "7x24":
        return Due(moment + max(left, timedelta(0)))
    local = ZoneInfo(zone)
    for day in _days_from(moment.astimezone(local).date()):
        opens = calendar.opens(day)
        if opens is None:
            return _unpublished(day)
        if not opens:
            continue
        begin, end = _window(day, calendar, local)
        begin = max(begin, moment)
        if begin >= end:
            continue
        if left <= end - begin:
            return Due(begin + left)
        left -= end - begin
    raise AssertionError("days do not end")


def _add_days(moment: datetime, days: int, calendar: WorkCalendar, zone: ZoneInfo) -> Due:
    start = moment.astimezone(zone).date()
    day = start
    for _ in range(days):
        following = next_working_day(day, calendar)
        if following is None:
            return _unpublished(_first_unpublished(day, calendar))
        day = following
    return Due(datetime.combine(day, _CLOSE, zone).astimezone(UTC))


def _first_unpublished(day: date, calendar: WorkCalendar) -> date:
    return next(each for each in _days_from(day + timedelta(days=1)) if not calendar.published(each))


def next_working_day(day: date, calendar: WorkCalendar) -> date | None:
    """The first working day after a day; None when it runs into an unpublished year."""
    for each in _days_from(day + timedelta(days=1)):
        working = calendar.is_working_day(each)
        if working is None:
            return None
        if working:
            return each
    raise AssertionError("days do not end")


def working_between(start: datetime, end: datetime, *, calendar: WorkCalendar, zone: str = "Asia/Shanghai") -> timedelta | None:
    """Working time between two aware moments (zero when `end` is not after `start`); None when a year in between is not published."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end <= start:
        return timedelta(0)
    if calendar.code == "7x24":
        return end - start
    local = ZoneInfo(zone)
    total = timedelta(0)
    last = end.astimezone(local).date()
    for day in _days_from(start.astimezone(local).date()):
        if day > last:
            break
        opens = calendar.opens(day)
        if opens is None:
            return None
        if opens:
            begin, close = _window(day, calendar, local)
            total += max(min(close, end) - max(begin, start), timedelta(0))
    return total
