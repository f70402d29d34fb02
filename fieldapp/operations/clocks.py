"""Service clocks for screens: a case's clocks as plain lines that tick without touching the replica again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.calendars import CalendarDay
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.policies import basis_sentence, chip_sentence, metric_sentence, read_clock, readings_to_show, state_sentence
from fieldapp.domain.visits import Visit
from fieldapp.domain.workdays import WorkCalendar
from fieldapp.replica.outbox import bounds
from fieldapp.replica.states import SyncState
from fieldapp.replica.store import Reader

__all__ = ["ClockLine", "TickingCase", "clock_lines", "doubt_words", "in_shift", "read_calendar", "shift_of", "ticking", "ticking_all"]

TONES: Mapping[str, str] = {
    "met": "met",
    "running": "neutral",
    "due_soon": "due",
    "breached": "breached",
    "cannot_be_known": "unknown",
    "not_agreed": "neutral",
    "not_started": "neutral",
}
SYMBOLS: Mapping[str, str] = {
    "met": "check",
    "running": "clock",
    "due_soon": "clock",
    "breached": "warning",
    "cannot_be_known": "question",
    "not_agreed": "dot",
    "not_started": "dot",
}

SHIFT_STARTS = 5
_AT_ONCE = 500
"""How many cases one question names; SQLite takes a limited number of values."""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock on screen: what it measures, its words, its tone (neutral, met, due, breached, unknown) and symbol.

    `chip` names the metric too, `state_words` stands beside the metric's name; `basis` says the limit and its start.
    `stopped`: what it measures has happened, in time or not.
    """

    metric: str
    name: Sentence
    state: str
    chip: Sentence
    state_words: Sentence
    basis: Sentence
    tone: str
    symbol: str
    due_at: datetime | None
    stopped: bool

    @property
    def waits(self) -> bool:
        """Whether somebody must still do something for it: it runs, is overdue, or cannot be read now."""
        return not self.stopped and self.state in ("running", "due_soon", "breached", "cannot_be_known")


@dataclass(frozen=True, slots=True)
class TickingCase:
    """What the clocks of one case need to be read again and again: pure data, no replica."""

    case: Case
    clocks: tuple[CaseClock, ...]
    calendar: WorkCalendar
    zone: str
    time: SyncState

    def lines(self, now: datetime) -> tuple[ClockLine, ...]:
        """The lines at a moment, the most urgent first."""
        return clock_lines(self, now)

    def urgent(self, now: datetime) -> ClockLine | None:
        """The clock to look at first, or None when nothing waits."""
        return next((line for line in self.lines(now) if line.waits), None)

    def between(self, now: datetime) -> tuple[datetime, datetime]:
        """Between which moments of the centre's clock the laptop's `now` lies; before any contact its own clock is all there is."""
        if self.time.last_contact_at is None:
            return now, now
        earliest, latest = bounds(now, self.time)
        return datetime.fromtimestamp(earliest / 1000, UTC), datetime.fromtimestamp(latest / 1000, UTC)


def shift_of(moment: datetime, zone: str) -> tuple[datetime, datetime]:
    """The shift a moment belongs to: from 05:00 local time to 05:00 of the next day, aware UTC."""
    there = moment.astimezone(ZoneInfo(zone))
    start = there.replace(hour=SHIFT_STARTS, minute=0, second=0, microsecond=0)
    if there < start:
        start -= timedelta(days=1)
    return start, start + timedelta(days=1)


def in_shift(found: Visit, start: datetime, end: datetime) -> bool:
    """A visit belongs to the shift of its appointment; one that runs still, or was left in this shift, belongs here too."""
    at = found.appointment_at or found.departed_at
    if at is not None and start <= at < end:
        return True
    runs = found.departed_at is not None and found.left_at is None
    return runs or (found.left_at is not None and start <= found.left_at < end)


def read_calendar(reader: Reader) -> WorkCalendar:
    """The statutory days that came from the centre."""
    return WorkCalendar.from_records(reader.find(CalendarDay))


def ticking(reader: Reader, case: Case, zone: str, calendar: WorkCalendar | None = None) -> TickingCase:
    """Gather a case's clocks; the doubt about the laptop's time comes from the last contact with the centre."""
    return ticking_all(reader, [(case, zone)], calendar)[case.id]


def ticking_all(reader: Reader, cases: Sequence[tuple[Case, str]], calendar: WorkCalendar | None = None) -> dict[Id, TickingCase]:
    """Gather the clocks of several cases, each with the zone of its site, in as few questions as for one."""
    time, calendar = reader.sync_state(), calendar or read_calendar(reader)
    clocks: dict[Id, list[CaseClock]] = {case.id: [] for case, _ in cases}
    ids = list(clocks)
    for start in range(0, len(ids), _AT_ONCE):
        for clock in reader.find(CaseClock, case_id=ids[start : start + _AT_ONCE], order="policy"):
            clocks[clock.case_id].append(clock)
    return {case.id: TickingCase(case, tuple(clocks[case.id]), calendar, zone, time) for case, zone in cases}


def clock_lines(case: TickingCase, now: datetime) -> tuple[ClockLine, ...]:
    """Read the clocks of a case at a moment."""
    earliest, latest = case.between(now)
    clock_of = {clock.id: clock for clock in case.clocks}
    lines = []
    read = (read_clock(clock, case.case, case.calendar, earliest, latest, zone=case.zone) for clock in case.clocks)
    for reading in readings_to_show(read):
        basis = basis_sentence(clock_of[Id(reading.clock_id)])
        lines.append(
            ClockLine(
                metric=reading.metric,
                name=metric_sentence(reading.metric),
                state=reading.state,
                chip=chip_sentence(reading),
                state_words=state_sentence(reading),
                basis=say("{basis}; the limit before it has passed", basis=basis) if reading.later_step else basis,
                tone="due" if reading.later_step and reading.stopped_at is None else TONES[reading.state],
                symbol=SYMBOLS[reading.state],
                due_at=reading.due_at,
                stopped=reading.stopped_at is not None,
            )
        )
    return tuple(lines)


def doubt_words(cases: Sequence[TickingCase], now: datetime) -> Sentence:
    """How certain the laptop's own time is, for the line under the heading of the clocks."""
    spans = [latest - earliest for earliest, latest in (case.between(now) for case in cases)]
    half = max(spans, default=timedelta(0)) / 2
    if half > timedelta(hours=1):
        return say("computed offline; the clock of this laptop was changed")
    return say("computed offline, within ±{seconds} s", seconds=max(1, round(half.total_seconds())))
