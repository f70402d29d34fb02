"""Service clocks for screens: a case's clocks as plain lines that tick without touching the replica again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.calendars import CalendarDay
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.policies import basis_sentence, chip_sentence, metric_sentence, read_clock, readings_to_show, state_sentence
from fieldapp.domain.workdays import WorkCalendar
from fieldapp.replica.store import Reader

__all__ = ["ClockLine", "TickingCase", "clock_lines", "doubt_words", "read_calendar", "ticking"]

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


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock on screen: what it measures, its words, its tone (neutral, met, due, breached, unknown) and symbol.

    `chip` names the metric too, `state_words` stands beside the metric's name; `basis` says the limit and its start.
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


@dataclass(frozen=True, slots=True)
class TickingCase:
    """What the clocks of one case need to be read again and again: pure data, no replica."""

    case: Case
    clocks: tuple[CaseClock, ...]
    calendar: WorkCalendar
    stamps: Mapping[str, datetime]
    zone: str
    doubt: timedelta

    def lines(self, now: datetime) -> tuple[ClockLine, ...]:
        """The lines at a moment, the most urgent first."""
        return clock_lines(self, now)


def read_calendar(reader: Reader) -> WorkCalendar:
    """The statutory days that came from the centre."""
    return WorkCalendar.from_records(reader.find(CalendarDay))


def ticking(reader: Reader, case: Case, zone: str, calendar: WorkCalendar | None = None) -> TickingCase:
    """Gather a case's clocks; the doubt about the laptop's time comes from the last contact with the centre."""
    state = reader.sync_state()
    doubt = timedelta(milliseconds=max(abs(state.clock_low), abs(state.clock_high))) if state.last_contact_at else timedelta(0)
    clocks = tuple(reader.find(CaseClock, case_id=case.id, order="policy"))
    return TickingCase(case, clocks, calendar or read_calendar(reader), {}, zone, doubt)


def clock_lines(case: TickingCase, now: datetime) -> tuple[ClockLine, ...]:
    """Read the clocks of a case at a moment."""
    by_reading = {
        id(reading): (reading, clock)
        for clock in case.clocks
        for reading in [read_clock(clock, case.case, case.calendar, now - case.doubt, now + case.doubt, case.stamps, zone=case.zone)]
    }
    shown = readings_to_show([reading for reading, _ in by_reading.values()])
    lines = []
    for reading in shown:
        clock = by_reading[id(reading)][1]
        lines.append(
            ClockLine(
                metric=reading.metric,
                name=metric_sentence(reading.metric),
                state=reading.state,
                chip=chip_sentence(reading),
                state_words=state_sentence(reading),
                basis=basis_sentence(clock),
                tone=TONES[reading.state],
                symbol=SYMBOLS[reading.state],
                due_at=reading.due_at,
            )
        )
    return tuple(lines)


def doubt_words(cases: Sequence[TickingCase]) -> Sentence:
    """How certain the laptop's own time is, for the line under the heading of the clocks."""
    seconds = max((case.doubt.total_seconds() for case in cases), default=0.0)
    return say("computed offline, within ±{seconds} s", seconds=max(1, round(seconds)))
