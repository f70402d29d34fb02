"""Service clocks from policy rows: start, due, met, breached, cannot be known. Pure; the laptop and the centre run the same code.

A case copies the rows of its profile when it is created (`clocks_for`); later changes of policy leave it alone. A reading says
where a clock stands at a moment that is only known to lie between two bounds, because a laptop's own clock may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Literal

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.calendars import PolicyRow
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.workdays import CODES, Due, WorkCalendar, add_working

__all__ = [
    "ClockReading",
    "ClockState",
    "basis_sentence",
    "chip_sentence",
    "clocks_for",
    "duration_sentence",
    "metric_sentence",
    "read_clock",
    "readings_to_show",
    "state_sentence",
]

ClockState = Literal["met", "running", "due_soon", "breached", "cannot_be_known", "not_agreed", "not_started"]

_TIMED = frozenset({"min", "h", "working_h", "calendar_day", "business_day"})

_START = MappingProxyType(
    {
        "reported": "reported",
        "notice": "reported",
        "received": "reported",
        "service call": "reported",
        "created": "created",
        "assigned": "assigned",
        "assigned or created": "assigned",
        "configurable": "contacted",
        "cleared": "restored",
        "fault confirmed": "diagnosed",
        "need stated": "need_stated",
        "faulty hardware received": "faulty_received",
        "good part received": "good_part_received",
    }
)
"""Start column of a row -> name of the stamp. Handling starts when the engineer first responds (decision 4 of the requirements)."""

_STOP = MappingProxyType(
    {
        "contact": "contacted|arrived|closed",
        "response": "contacted|arrived|closed",
        "response_repair": "contacted|arrived|closed",
        "response_remote": "contacted|arrived|closed",
        "active_response": "contacted|arrived|closed",
        "answer_limit": "contacted|arrived|closed",
        "supervise_1": "contacted|arrived|closed",
        "supervise_2": "contacted|arrived|closed",
        "plan_decided": "plan_decided|resolved|closed",
        "arrival": "arrived|resolved|closed",
        "arrival_level2": "arrived|resolved|closed",
        "handover_level3": "handed_over|resolved|closed",
        "diagnosis_escalate": "diagnosed|closed",
        "handling": "restored|resolved|closed",
        "restore": "restored|resolved|closed",
        "resolve": "resolved|closed",
        "loan_trigger": "loan_issued|restored|resolved|closed",
        "replace_proposal": "proposed|closed",
        "fault_report": "report_delivered",
        "swap_complete": "swap_completed",
        "return_faulty": "faulty_returned",
    }
)
"""Metric -> the stamps that end its clock, whichever comes first."""

_SUPERVISION = frozenset({"supervise_1", "supervise_2", "answer_limit", "loan_trigger"})
"""Clocks that make the centre act; the engineer is shown what they lead to, not these."""

_CALENDARS = MappingProxyType({"": "elapsed", "-": "elapsed", "Mon-Fri": "depot", "Mon-Fri 09-17": "depot", "depot or 7x8": "depot"})


def clocks_for(
    rows: Sequence[PolicyRow],
    profile: str,
    severity: str,
    case: Case,
    new_id: Callable[[], Id],
    *,
    calendar: str = "",
    critical: bool = False,
    response_required_min: int | None = None,
    travel_min: int | None = None,
    contact_start: str = "assigned",
) -> tuple[CaseClock, ...]:
    """Copy the rows that bind a case, one clock for each, in the order of the rows.

    `profile` names one profile or several joined by "+" (`S1-case+S1-commit`); `severity` is a level of the case's scheme.
    `calendar` is the contract's and takes the place of 7x24 in the rows; `critical`: the component is critical, so rows with that
    condition bind; `response_required_min` fills the formulas of S3, `travel_min` the arrival by distance of S4 (0-120 min);
    `contact_start` decides "assigned or created". Rows whose value is lost give a clock without a limit, which reads as not agreed.
    All timed rows are copied, also those by which the centre supervises; `readings_to_show` picks what an engineer sees.
    """
    profiles = {each.strip() for each in profile.split("+")}
    clocks: list[CaseClock] = []
    for row in rows:
        if row.profile not in profiles or not _binds(row.scheme_level, case.scheme, severity, critical):
            continue
        limit = _limit(row, response_required_min, travel_min)
        if limit is not None:
            start = contact_start if row.start == "assigned or created" else _START.get(row.start, row.start)
            hours = _CALENDARS.get(row.clock, row.clock)
            clocks += _copies(row, case, new_id, limit, start, calendar if calendar and hours == "7x24" else hours)
    return tuple(clocks)


def _copies(row: PolicyRow, case: Case, new_id: Callable[[], Id], limit: tuple[str, str], start: str, hours: str) -> list[CaseClock]:
    """One clock, or one for each metric where a row without a value names several."""
    value, unit = limit
    return [
        CaseClock(
            id=new_id(),
            case_id=case.id,
            site_id=case.site_id,
            policy=row.policy,
            profile=row.profile,
            level=row.scheme_level,
            metric=metric,
            value=value,
            unit=unit,
            clock=hours,
            start_event=start,
            stop_event=_STOP.get(metric, "closed"),
            action=row.action,
            source=row.source,
            reconstructed=row.reconstructed,
        )
        for metric in ([row.metric] if value else row.metric.split(", "))
    ]


def _binds(level: str, scheme: str, severity: str, critical: bool) -> bool:
    """Whether a row's level or condition fits a case."""
    if level == "any" or level.startswith("any,") or level == "any on site":
        return True
    if level == "critical component":
        return critical
    if level in {severity, f"{scheme} {severity}"}:
        return bool(severity)
    span = re.fullmatch(r"(product|project|level) (\d)-(\d)", level)
    given = re.fullmatch(r"(?:(product|project|level) )?(\d)", severity)
    if span and given:
        return given[1] in {None, span[1]} and int(span[2]) <= int(given[2]) <= int(span[3])
    return False


def _limit(row: PolicyRow, response_required_min: int | None, travel_min: int | None) -> tuple[str, str] | None:
    """Value and unit of a row's clock, the value empty where none is agreed; None for a row that is no clock (staff, periods)."""
    if row.unit == "formula":
        if response_required_min is None:
            return "", "min"
        return _decimal_text(Decimal(response_required_min) / 2), "min"
    if row.unit in _TIMED:
        span = re.fullmatch(r"(\d+)-(\d+)", row.value)
        if span:
            low, high = int(span[1]), int(span[2])
            return str(high if travel_min is None else min(max(travel_min, low), high)), row.unit
        return row.value, row.unit
    if not row.unit and not row.value:
        return "", ""
    return None


def _decimal_text(number: Decimal) -> str:
    return format(number.normalize(), "f")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Where one clock stands. `left` is the time to `due_at`, negative when it is past; None while there is no due time.

    For a stopped clock `left` is what was left when it stopped. `why` says why a state cannot be known. `clock_id` is the clock
    that was read. `later_step`: it is a step of the escalation ladder whose earlier limit has passed, so nothing is in time.
    """

    state: ClockState
    metric: str
    due_at: datetime | None = None
    left: timedelta | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    why: Sentence | None = None
    clock_id: str = ""
    later_step: bool = False


def _stamps(case: Case, given: Mapping[str, datetime]) -> dict[str, datetime]:
    own = {
        "reported": case.reported_at,
        "created": case.created_at,
        "assigned": case.assigned_at,
        "contacted": case.contacted_at,
        "plan_decided": case.plan_decided_at,
        "arrived": case.arrived_at,
        "diagnosed": case.diagnosed_at,
        "restored": case.restored_at,
        "resolved": case.resolved_at,
        "closed": case.closed_at,
    }
    return {name: moment for name, moment in own.items() if moment is not None} | dict(given)


_NO_STAMPS: Mapping[str, datetime] = MappingProxyType({})


def read_clock(
    clock: CaseClock,
    case: Case,
    calendar: WorkCalendar,
    now_earliest: datetime,
    now_latest: datetime,
    stamps: Mapping[str, datetime] = _NO_STAMPS,
    *,
    zone: str = "Asia/Shanghai",
    doubt: timedelta = timedelta(0),
) -> ClockReading:
    """Read one clock at a moment between `now_earliest` and `now_latest` (both aware).

    `calendar` brings the holidays, whatever its code; the clock names its own hours. `stamps` adds or replaces moments by name
    (good_part_received, faulty_returned, report_delivered, handed_over, loan_issued …). `doubt` is how far the stopping stamp may
    be wrong. Reaching the limit exactly counts as met. Bounds that lie on both sides of the due time give `cannot_be_known`.
    """
    reading = _read(clock, _stamps(case, stamps), calendar, (now_earliest, now_latest), zone, doubt)
    return replace(reading, clock_id=clock.id)


def _read(
    clock: CaseClock,
    moments: Mapping[str, datetime],
    calendar: WorkCalendar,
    now: tuple[datetime, datetime],
    zone: str,
    doubt: timedelta,
) -> ClockReading:
    now_earliest, now_latest = now
    started = clock.started_at or moments.get(clock.start_event)
    stops = [moments[name] for name in clock.stop_event.split("|") if name in moments]
    stopped = min(stops) if stops else None
    try:
        value = Decimal(clock.value)
    except InvalidOperation:
        return ClockReading("not_agreed", clock.metric, started_at=started, stopped_at=stopped)
    if started is None:
        return ClockReading("not_started", clock.metric, stopped_at=stopped)
    due = _due(started, value, clock.unit, clock.clock, calendar, zone)
    if due.moment is None:
        return ClockReading("cannot_be_known", clock.metric, started_at=started, stopped_at=stopped, why=due.unknown_reason)
    if stopped is not None:
        state = _against(due.moment, stopped - doubt, stopped + doubt)
        left = due.moment - stopped
    else:
        state = _against(due.moment, now_earliest, now_latest)
        left = due.moment - (now_earliest if state == "breached" else now_latest)
        if state == "met":
            state = "due_soon" if left * 4 <= due.moment - started else "running"
    why = say("The clock of this laptop is not certain enough; the next sync decides.") if state == "cannot_be_known" else None
    return ClockReading(state, clock.metric, due.moment, left, started, stopped, why)


def _against(due: datetime, earliest: datetime, latest: datetime) -> ClockState:
    if latest <= due:
        return "met"
    return "breached" if earliest > due else "cannot_be_known"


def _due(started: datetime, value: Decimal, unit: str, hours: str, calendar: WorkCalendar, zone: str) -> Due:
    """The due moment of a limit; a calendar code that is not known counts as elapsed time only for units that need no hours."""
    if unit == "business_day":
        return add_working(started, days=int(value), calendar=calendar.coded(hours if hours in CODES else "depot"), zone=zone)
    if unit == "calendar_day":
        return Due(started + timedelta(days=float(value)))
    minutes = float(value if unit == "min" else value * 60)
    if hours in CODES:
        return add_working(started, minutes=minutes, calendar=calendar.coded(hours), zone=zone)
    if unit == "working_h":
        return add_working(started, minutes=minutes, calendar=calendar.coded("depot"), zone=zone)
    return Due(started + timedelta(minutes=minutes))


_URGENCY = MappingProxyType(
    {"breached": 0, "due_soon": 1, "cannot_be_known": 2, "running": 3, "not_agreed": 4, "not_started": 5, "met": 6},
)


def readings_to_show(readings: Iterable[ClockReading]) -> tuple[ClockReading, ...]:
    """What an engineer sees of a case's clocks: one reading for each metric, the most urgent first.

    The clocks by which the centre supervises are left out. Of several limits of one metric (the steps of the escalation ladder,
    two commitments) the shortest that is not passed yet counts, or the last one when all are passed; a step that counts only
    because one before it has passed says so (`later_step`).
    """
    by_metric: dict[str, list[ClockReading]] = {}
    for reading in readings:
        if reading.metric not in _SUPERVISION:
            by_metric.setdefault(reading.metric, []).append(reading)
    chosen = [_most_telling(metric, each) for metric, each in by_metric.items()]
    return tuple(sorted(chosen, key=lambda each: (_URGENCY[each.state], each.left if each.left is not None else timedelta.max)))


def _most_telling(metric: str, readings: Sequence[ClockReading]) -> ClockReading:
    dated = sorted((each for each in readings if each.due_at), key=lambda each: each.due_at.timestamp() if each.due_at else 0)
    if not dated:
        return readings[0]
    if metric == "diagnosis_escalate" and dated[0].stopped_at is None:  # what is over was in time for its first limit, or late
        at = next((at for at, each in enumerate(dated) if each.state != "breached"), len(dated) - 1)
        return replace(dated[at], later_step=at > 0 and dated[at].state != "breached")
    return dated[0]


def metric_sentence(metric: str) -> Sentence:
    """The name of what a clock measures, for chips and lists."""
    known = {
        "contact": say("Contact customer"),
        "response": say("Response"),
        "response_repair": say("Response to repair request"),
        "response_remote": say("Remote response"),
        "active_response": say("Response call"),
        "answer_limit": say("Answer to customer"),
        "supervise_1": say("First reminder"),
        "supervise_2": say("Second reminder"),
        "plan_decided": say("Plan settled"),
        "arrival": say("Arrival"),
        "arrival_level2": say("Arrival, second level"),
        "handover_level3": say("Hand-over to third level"),
        "diagnosis_escalate": say("Fault located"),
        "handling": say("Fault handling"),
        "restore": say("Service restored"),
        "resolve": say("Fault solved"),
        "loan_trigger": say("Loan equipment"),
        "replace_proposal": say("Replacement proposal"),
        "fault_report": say("Fault analysis report"),
        "swap_complete": say("Swap repair"),
        "return_faulty": say("Return of faulty part"),
        "solve": say("Fault solved"),
        "all targets": say("Service targets"),
    }
    return known.get(metric) or say("{metric}", metric=metric.replace("_", " "))


def duration_sentence(span: timedelta) -> Sentence:
    """A length of time, its sign dropped, in the two largest units: 42 min, 3 h 05 min, 4 d; whole minutes, rounded down."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 1:
        return say("under 1 min")
    if minutes < 60:
        return say("{minutes} min", minutes=minutes)
    if minutes < 48 * 60:
        return say("{hours} h {minutes:02d} min", hours=minutes // 60, minutes=minutes % 60)
    return say("{days} d", days=minutes // (24 * 60))


def chip_sentence(reading: ClockReading) -> Sentence:
    """The words of a chip with the metric's name: Arrival 42 min left, Contact customer overdue by 12 min."""
    metric = metric_sentence(reading.metric)
    match reading.state:
        case "running" | "due_soon":
            span = duration_sentence(reading.left or timedelta(0))
            if reading.later_step:
                return say("{metric}: escalates in {span}", metric=metric, span=span)
            return say("{metric}: {span} left", metric=metric, span=span)
        case "breached":
            return say("{metric}: overdue by {span}", metric=metric, span=duration_sentence(reading.left or timedelta(0)))
        case "met":
            return say("{metric}: met", metric=metric)
        case "cannot_be_known":
            return say("{metric}: cannot be known, the next sync decides", metric=metric)
        case "not_agreed":
            return say("{metric}: no limit agreed", metric=metric)
        case _:
            return say("{metric}: not started", metric=metric)


def state_sentence(reading: ClockReading) -> Sentence:
    """The words of a chip that stands beside the metric's name: 42 min left, overdue by 12 min, met."""
    match reading.state:
        case "running" | "due_soon":
            span = duration_sentence(reading.left or timedelta(0))
            return say("escalates in {span}", span=span) if reading.later_step else say("{span} left", span=span)
        case "breached":
            return say("overdue by {span}", span=duration_sentence(reading.left or timedelta(0)))
        case "met":
            return say("met")
        case "cannot_be_known":
            return say("cannot be known, the next sync decides")
        case "not_agreed":
            return say("no limit agreed")
        case _:
            return say("not started")


def basis_sentence(clock: CaseClock) -> Sentence:
    """The limit and where it counts from: 30 min from assignment."""
    if not clock.value:
        return say("no limit agreed")
    value = clock.value
    limit = {
        "min": say("{value} min", value=value),
        "h": say("{value} h", value=value),
        "working_h": say("{value} working hours", value=value),
        "calendar_day": say("{value} days", value=value),
        "business_day": say("{value} working days", value=value),
    }.get(clock.unit, say("{value}", value=value))
    start = {
        "reported": say("since reported"),
        "created": say("since created"),
        "assigned": say("since assigned"),
        "contacted": say("from the first response"),
        "restored": say("from the restoration"),
        "diagnosed": say("from the located fault"),
        "good_part_received": say("from receipt of the good part"),
        "faulty_received": say("from receipt of the faulty part"),
        "need_stated": say("from the stated need"),
    }.get(clock.start_event, say("from its start"))
    return say("{limit}, {start}", limit=limit, start=start)
