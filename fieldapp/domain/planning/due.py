"""Which inspections a contract owes in a span of days: by quarter, by month, before major holidays (rows R147, R149, R152, R153).

A holiday of a year whose calendar is not published is not guessed: the answer says which years are unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.calendars import CalendarDay, PolicyRow
from fieldapp.domain.customers import Contract
from fieldapp.domain.workdays import WorkCalendar

__all__ = ["LEAD_DAYS", "Due", "Holiday", "Owed", "Rhythm", "Trigger", "due_inspections", "holidays_of", "last_day_of", "rhythms_of"]

Trigger = Literal["quarter", "pre_holiday", "month"]

LEAD_DAYS = 10
"""Working days before a holiday within which its inspection is made, unless the settings say otherwise (decision 7 of 5.5)."""

_GAP = timedelta(days=3)
"""Ordinary weekend days within a holiday are not in the table: rows so near belong to one holiday."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """One rhythm that a contract asks for, with the policy row it comes from. `records_only`: a record of databases alone (R153)."""

    trigger: Trigger
    policy: str
    source: str
    records_only: bool = False


@dataclass(frozen=True, slots=True)
class Holiday:
    """A major holiday: its name and its first and last day off (adjoining weekend days between them included)."""

    name_zh: str
    name_en: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Due:
    """One inspection that is owed: `period` is its key (2026Q4, 2026-11, or the first day of the holiday), made from `begins` to `ends`."""

    period: str
    rhythm: Rhythm
    begins: date
    ends: date
    holiday: Holiday | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed, in the order of its ends, and what cannot be known yet."""

    due: tuple[Due, ...]
    unknown: tuple[Sentence, ...] = ()


def rhythms_of(contract: Contract, rows: Iterable[PolicyRow]) -> tuple[Rhythm, ...]:
    """The rhythms of a contract's profile (several joined by "+"), each once, from the rows that speak of inspections or their records."""
    profiles = {each.strip() for each in contract.sla_profile.split("+")} - {""}
    found: dict[tuple[Trigger, bool], Rhythm] = {}
    for row in rows:
        if row.profile not in profiles or row.metric not in ("inspection", "report_period"):
            continue
        record = row.metric == "report_period"
        if record and "inspection" not in row.value:
            continue
        told: list[Trigger] = []
        if "quarter" in row.value:
            told.append("quarter")
        if "holiday" in row.value:
            told.append("pre_holiday")
        if "month" in row.value:
            told.append("month")
        for trigger in told:
            found.setdefault((trigger, record), Rhythm(trigger, row.policy, row.source, record))
    if ("month", False) in found:  # the whole monthly inspection holds the record of the databases
        found.pop(("month", True), None)
    return tuple(found.values())


def holidays_of(days: Iterable[CalendarDay], names: Sequence[str] = (), calendar: str = "CN") -> tuple[Holiday, ...]:
    """The major holidays of a calendar, in order. `names` (Chinese) take the place of the marks in the table when given."""
    wanted = [each for each in days if each.calendar == calendar and each.kind == "holiday" and each.day is not None]
    runs: list[list[CalendarDay]] = []
    for each in sorted(wanted, key=lambda one: one.day or date.min):
        if runs and each.day is not None and (before := runs[-1][-1].day) is not None and each.day - before <= _GAP:
            runs[-1].append(each)
        else:
            runs.append([each])
    found = []
    for run in runs:
        called = [_plain(each.name_zh) for each in run]
        if not (set(names) & set(called) if names else any(each.major for each in run)):
            continue
        chosen = next((name for name in names if name in called), "") or Counter(called).most_common(1)[0][0]
        english = next((_plain(each.name_en) for each in run if _plain(each.name_zh) == chosen), "")
        first, last = run[0].day, run[-1].day
        if first is not None and last is not None:
            found.append(Holiday(chosen, english, first, last))
    return tuple(found)


def _plain(name: str) -> str:
    """A holiday's name without the remark why this day is off."""
    return re.sub(r"\s*[（(].*", "", name).strip()


def due_inspections(
    contract: Contract,
    rows: Iterable[PolicyRow],
    days: Sequence[CalendarDay],
    since: date,
    until: date,
    *,
    names: Sequence[str] = (),
    lead_days: int = LEAD_DAYS,
    rhythms: Sequence[Rhythm] | None = None,
) -> Owed:
    """What a contract owes from `since` to `until` (both included), as far as it runs then; `rhythms` instead of those of its rows.

    A quarter or month counts when the contract runs on any day of it; the inspection is to be made on days on which it runs.
    """
    begin = max(since, contract.starts_on or since)
    end = min(until, contract.ends_on or until)
    if begin > end:
        return Owed(())
    found: list[Due] = []
    unknown: list[Sentence] = []
    for rhythm in rhythms_of(contract, rows) if rhythms is None else rhythms:
        if rhythm.trigger == "pre_holiday":
            due, missing = _before_holidays(rhythm, days, begin, end, names, lead_days)
            found += due
            unknown += missing
        else:
            found += _regular(rhythm, contract, begin, end)
    return Owed(tuple(sorted(found, key=lambda each: (each.ends, each.period, each.rhythm.policy))), tuple(unknown))


def _regular(rhythm: Rhythm, contract: Contract, begin: date, end: date) -> list[Due]:
    months = 3 if rhythm.trigger == "quarter" else 1
    first = date(begin.year, (begin.month - 1) // months * months + 1, 1)
    found = []
    while first <= end:
        following = _later(first, months)
        starts = max(first, contract.starts_on or first)
        ends = min(following - timedelta(days=1), contract.ends_on or following)
        name = f"{first.year}Q{(first.month + 2) // 3}" if months == 3 else f"{first:%Y-%m}"
        if ends >= begin:
            found.append(Due(name, rhythm, starts, ends))
        first = following
    return found


def last_day_of(period: str) -> date | None:
    """The last day of a period by its key: of a quarter (2026Q4), of a month (2026-11), or the eve of a holiday (2026-10-01)."""
    try:
        if len(period) == 10:
            return date.fromisoformat(period) - timedelta(days=1)
        year, month = (int(period[:4]), 3 * int(period[5:]) - 2) if period[4:5] == "Q" else (int(period[:4]), int(period[5:]))
        return _later(date(year, month, 1), 3 if period[4:5] == "Q" else 1) - timedelta(days=1)
    except ValueError:
        return None


def _later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _before_holidays(
    rhythm: Rhythm, days: Sequence[CalendarDay], begin: date, end: date, names: Sequence[str], lead_days: int
) -> tuple[list[Due], list[Sentence]]:
    calendar = WorkCalendar.from_records(days)
    found = []
    for holiday in holidays_of(days, names):
        if not begin <= holiday.first <= end + timedelta(days=1):
            continue
        before = _working_days_before(holiday.first, lead_days, calendar)
        if before and before[0] >= begin:
            found.append(Due(holiday.first.isoformat(), rhythm, max(begin, before[-1]), before[0], holiday))
    unknown = [
        say(
            "The public holidays of {year} are not published yet. Inspections before its holidays are planned when they are.",
            year=str(year),
        )
        for year in range(begin.year, end.year + 1)
        if year not in calendar.published_years
    ]
    return found, unknown


def _working_days_before(first: date, count: int, calendar: WorkCalendar) -> list[date]:
    """The last working days before a day, the nearest first; fewer where the year before is not published."""
    found: list[date] = []
    day = first - timedelta(days=1)
    while len(found) < max(count, 1):
        working = calendar.is_working_day(day)
        if working is None:
            break
        if working:
            found.append(day)
        day -= timedelta(days=1)
    return found
