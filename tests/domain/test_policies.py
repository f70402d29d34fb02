"""Service clocks: which rows bind a case, and where each clock stands, one second before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.settings import resource
from fieldapp.domain.calendars import BadTable, calendar_days, policy_rows
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.policies import (
    ClockReading,
    basis_sentence,
    chip_sentence,
    clocks_for,
    duration_sentence,
    metric_sentence,
    read_clock,
    readings_to_show,
    state_sentence,
)
from fieldapp.domain.workdays import WorkCalendar

ROWS = policy_rows(resource("policies/policies.json").read_text(encoding="utf-8"))
CN = WorkCalendar.from_records(calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8")))
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CASE = Case(id="c" * 32, site_id="s" * 32, severity="P2", reported_at=START, created_at=START, assigned_at=START)


def copied(profile: str, severity: str, case: Case = CASE, **options: Any) -> tuple[CaseClock, ...]:
    numbers = count(1)
    return clocks_for(ROWS, profile, severity, case, lambda: f"{next(numbers):032x}", **options)


def one(profile: str, severity: str, metric: str, **options: Any) -> CaseClock:
    return next(each for each in copied(profile, severity, **options) if each.metric == metric)


def read(clock: CaseClock, now: datetime, case: Case = CASE, **stamps: datetime) -> ClockReading:
    return read_clock(clock, case, CN, now, now, stamps)


def test_every_row_of_the_table_is_there_with_source_and_mark() -> None:
    assert len(ROWS) == 65
    assert [each.policy for each in ROWS] == [f"POL-{number:03d}" for number in range(1, 66)]
    assert all(each.source and each.reconstructed for each in ROWS)
    assert {each.policy for each in ROWS if not each.value} == {"POL-056", "POL-057", "POL-061"}


@pytest.mark.parametrize("text", ["", "{}", "[{}]", '[{"policy": "a", "value": 3}]', '[{"policy": "a"}, {"policy": "a"}]'])
def test_a_broken_table_of_rows_is_refused(text: str) -> None:
    if text == "{}":
        assert policy_rows(text) == ()
        return
    with pytest.raises(BadTable):
        policy_rows(text)


@pytest.mark.parametrize(("level", "minutes"), [("P1", 30), ("P2", 30), ("P3", 60), ("P4", 60)])
def test_the_contact_limit_depends_on_the_level(level: str, minutes: int) -> None:
    clock = one("S1-case", level, "contact")
    assert (clock.value, clock.unit, clock.start_event) == (str(minutes), "min", "assigned")
    due = START + timedelta(minutes=minutes)
    assert read(clock, due).state == "due_soon"
    assert read(clock, due + SECOND).state == "breached"


LADDER = {
    "P1": {1: "RCM", 4: "TM", 24: "TCM", 48: "IM", 72: "IGM"},
    "P2": {4: "RCM", 24: "TM", 48: "TCM"},
    "P3": {24: "RCM", 48: "TM"},
    "P4": {48: "RCM", 72: "TM"},
}


@pytest.mark.parametrize("level", LADDER)
def test_the_escalation_ladder_has_exactly_its_cells(level: str) -> None:
    steps = [each for each in copied("S1-case", level) if each.metric == "diagnosis_escalate"]
    assert {int(each.value): each.action for each in steps} == LADDER[level]
    for clock in steps:
        due = START + timedelta(hours=int(clock.value))
        assert read(clock, due - SECOND).state == "due_soon"
        assert read(clock, due + SECOND).state == "breached"
        known = Case(id="c", created_at=START, diagnosed_at=due)
        assert read(clock, due + timedelta(days=9), known).state == "met"
        late = Case(id="c", created_at=START, diagnosed_at=due + SECOND)
        assert read(clock, due + timedelta(days=9), late).state == "breached"


def test_the_working_clock_of_the_c_scheme_runs_eight_hours_a_day() -> None:
    clock = one("S1-C-list", "C-2", "diagnosis_escalate")
    reading = read(clock, START)
    assert reading.due_at == START + timedelta(hours=8)
    evening = Case(id="c", scheme="C", reported_at=START + timedelta(hours=7))
    assert read(clock, START, evening).due_at == START + timedelta(days=1, hours=7)


def test_only_rows_of_the_profile_and_level_are_copied() -> None:
    found = copied("S1-case+S1-commit", "P3")
    assert {each.profile for each in found} == {"S1-case", "S1-commit"}
    assert {each.level for each in found} == {"any", "P3"}
    assert all(each.case_id == CASE.id and each.site_id == CASE.site_id for each in found)
    assert len({each.id for each in found}) == len(found)


def test_rows_that_are_no_clocks_are_not_copied() -> None:
    assert copied("S1-C", "C-1") == ()
    assert not [each for each in copied("S1-depot", "P1") if each.metric.startswith("ship")]
    assert not [each for each in copied("S0", "P1") if each.metric == "inspection"]


def test_the_critical_row_binds_only_critical_components() -> None:
    assert not [each for each in copied("S0", "x") if each.metric == "resolve"]
    assert one("S0", "x", "resolve", critical=True).value == "24"


def test_the_three_levels_of_the_first_source_bind_by_their_own_scheme() -> None:
    case = Case(id="c", scheme="S0-3", severity="severe", reported_at=START)
    found = [each for each in copied("S0", "severe", case) if each.metric == "handling"]
    assert [each.value for each in found] == ["30"]
    assert read(found[0], START, case).state == "not_started"
    assert read(found[0], START, Case(id="c", contacted_at=START)).due_at == START + timedelta(minutes=30)


def test_lost_limits_read_as_not_agreed() -> None:
    found = copied("S4-storage", "level 2")
    assert [each.metric for each in found] == ["response", "solve"]
    assert {read(each, START).state for each in found} == {"not_agreed"}
    assert chip_sentence(read(found[0], START)).read("zh") == "响应 未约定时限"
    assert copied("S4-storage", "level 5") == ()
    assert len(copied("S3", "product 1")) == 3


def test_half_of_the_required_response_is_computed_from_the_contract() -> None:
    assert one("S3", "1", "arrival_level2", response_required_min=45).value == "22.5"
    assert read(one("S3", "1", "arrival_level2"), START).state == "not_agreed"


def test_arrival_by_distance_stays_in_its_span() -> None:
    assert one("S4-G", "x", "arrival").value == "120"
    assert one("S4-G", "x", "arrival", travel_min=35).value == "35"
    assert one("S4-G", "x", "arrival", travel_min=500).value == "120"


def test_the_contracts_calendar_takes_the_place_of_round_the_clock() -> None:
    clock = one("S1-case", "P3", "contact", calendar="5x8")
    assert clock.clock == "5x8"
    saturday = Case(id="c", assigned_at=datetime(2026, 11, 28, 2, 0, tzinfo=UTC))
    assert read(clock, START, saturday).due_at == datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
    assert one("S1-commit", "P3", "arrival", calendar="5x8").clock == "elapsed"


def test_the_start_of_the_contact_clock_is_a_setting() -> None:
    assert one("S1-case", "P1", "contact", contact_start="created").start_event == "created"


def test_the_return_of_the_faulty_part_counts_working_days_from_receipt() -> None:
    clock = one("S1-depot", "P1", "return_faulty")
    assert read(clock, START).state == "not_started"
    received = read(clock, START, good_part_received=START)
    assert received.due_at == datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
    assert received.state == "running"
    back = read(clock, START, good_part_received=START, faulty_returned=START + timedelta(days=3))
    assert back.state == "met"


def test_a_due_day_in_an_unpublished_year_cannot_be_known() -> None:
    clock = one("S1-depot", "P1", "return_faulty")
    reading = read(clock, START, good_part_received=datetime(2026, 12, 28, 2, 0, tzinfo=UTC))
    assert reading.state == "cannot_be_known"
    assert reading.due_at is None
    assert reading.why is not None
    assert "2027" in reading.why.read("en")


def test_an_uncertain_clock_cannot_decide_near_the_limit() -> None:
    clock = one("S1-case", "P2", "contact")
    due = START + timedelta(minutes=30)
    reading = read_clock(clock, CASE, CN, due - SECOND, due + SECOND)
    assert reading.state == "cannot_be_known"
    assert chip_sentence(reading).read("zh") == "联系客户 无法判定,同步后确定"
    assert read_clock(clock, CASE, CN, due - 2 * SECOND, due - SECOND).state == "due_soon"
    assert read_clock(clock, CASE, CN, due + SECOND, due + 2 * SECOND).state == "breached"


def test_a_doubtful_stamp_near_the_limit_cannot_be_judged() -> None:
    clock = one("S1-case", "P2", "contact")
    stamped = Case(id="c", assigned_at=START, contacted_at=START + timedelta(minutes=29))
    assert read_clock(clock, stamped, CN, START, START).state == "met"
    assert read_clock(clock, stamped, CN, START, START, doubt=timedelta(minutes=5)).state == "cannot_be_known"


def test_arriving_ends_the_contact_clock_too() -> None:
    clock = one("S1-case", "P2", "contact")
    arrived = Case(id="c", assigned_at=START, arrived_at=START + timedelta(minutes=20))
    assert read(clock, START + timedelta(hours=3), arrived).state == "met"


@pytest.mark.parametrize(
    ("minutes", "english", "chinese"),
    [
        (-12, "Arrival: overdue by 12 min", "到场 超时 12 分"),
        (42, "Arrival: 42 min left", "到场 剩 42 分"),
        (185, "Arrival: 3 h 05 min left", "到场 剩 3 时 05 分"),
        (4 * 1440 + 5, "Arrival: 4 d left", "到场 剩 4 天"),
    ],
)
def test_chips_speak_the_words_of_the_trade(minutes: int, english: str, chinese: str) -> None:
    left = timedelta(minutes=minutes)
    reading = ClockReading("breached" if minutes < 0 else "running", "arrival", START, left)
    assert chip_sentence(reading).read("en") == english
    assert chip_sentence(reading).read("zh") == chinese
    assert chinese.endswith(state_sentence(reading).read("zh"))


def test_a_met_clock_says_so() -> None:
    assert chip_sentence(ClockReading("met", "contact")).read("zh") == "联系客户 已达标"
    assert state_sentence(ClockReading("met", "contact")).read("zh") == "已达标"


def test_every_metric_of_the_table_has_a_name_in_both_languages() -> None:
    for profile in {each.profile for each in ROWS}:
        for clock in copied(profile, "P1", critical=True):
            assert metric_sentence(clock.metric).read("zh") != metric_sentence(clock.metric).read("en")
            assert basis_sentence(clock).read("zh") != basis_sentence(clock).read("en")


def test_seconds_are_not_rounded_up() -> None:
    assert duration_sentence(timedelta(minutes=41, seconds=59)).read("en") == "41 min"
    assert duration_sentence(timedelta(seconds=59)).read("zh") == "不到 1 分"


def test_an_engineer_sees_one_line_for_each_metric_the_most_urgent_first() -> None:
    now = START + timedelta(minutes=42)
    shown = readings_to_show(read(each, now) for each in copied("S1-case+S1-commit", "P2"))
    metrics = [each.metric for each in shown]
    assert metrics[0] == "contact"
    assert len(set(metrics)) == len(metrics)
    assert not {"supervise_1", "supervise_2", "answer_limit", "loan_trigger"} & set(metrics)
    ladder = next(each for each in shown if each.metric == "diagnosis_escalate")
    assert ladder.due_at == START + timedelta(hours=4)
    assert not ladder.later_step
    later = readings_to_show(read(each, START + timedelta(hours=5)) for each in copied("S1-case", "P2"))
    second = next(each for each in later if each.metric == "diagnosis_escalate")
    assert second.due_at == START + timedelta(hours=24)
    assert second.later_step
    assert chip_sentence(second).read("zh") == "故障定位 19 时 00 分后上报"
    assert state_sentence(second).read("en") == "escalates in 19 h 00 min"


def test_of_two_limits_of_one_metric_the_shorter_counts() -> None:
    readings = [ClockReading("running", "arrival", START + timedelta(hours=hours), timedelta(hours=hours)) for hours in (12, 2)]
    assert readings_to_show(readings)[0].due_at == START + timedelta(hours=2)


@settings(max_examples=80, deadline=None)
@given(
    index=st.integers(0, 30),
    minutes=st.integers(-100, 100_000),
    spread=st.integers(0, 300),
    stopped=st.none() | st.integers(0, 100_000),
)
def test_a_reading_is_certain_only_when_both_bounds_agree(index: int, minutes: int, spread: int, stopped: int | None) -> None:
    clocks = copied("S0+S1-case+S1-commit", "P1", critical=True)
    clock = clocks[index % len(clocks)]
    stop = None if stopped is None else START + timedelta(minutes=stopped)
    case = Case(id="c", reported_at=START, created_at=START, assigned_at=START, contacted_at=stop)
    early = START + timedelta(minutes=minutes)
    late = early + timedelta(seconds=spread)
    both = [read_clock(clock, case, CN, at, at).state for at in (early, late)]
    found = read_clock(clock, case, CN, early, late)
    if "breached" in both and both[0] != both[1]:
        assert found.state == "cannot_be_known"
    else:
        assert found.state == both[1]
    if found.state == "breached" and found.left is not None:
        assert found.left < timedelta(0)


def test_a_limit_reached_exactly_at_the_earlier_bound_is_not_called_breached() -> None:
    clock = one("S1-case", "P2", "contact")
    due = START + timedelta(minutes=30)
    assert read_clock(clock, CASE, CN, due, due + SECOND).state == "cannot_be_known"


def test_the_last_quarter_of_a_limit_is_due_soon() -> None:
    clock = one("S1-case", "P4", "contact")
    assert read(clock, START + timedelta(minutes=45) - SECOND).state == "running"
    assert read(clock, START + timedelta(minutes=45)).state == "due_soon"


def test_of_a_ladder_that_is_passed_the_last_step_is_shown() -> None:
    readings = [read(each, START + timedelta(days=9)) for each in copied("S1-case", "P1") if each.metric == "diagnosis_escalate"]
    assert readings_to_show(readings)[0].due_at == START + timedelta(hours=72)


def test_what_was_located_late_is_late_for_its_first_limit_not_in_time_for_a_later_one() -> None:
    late = Case(id="c", created_at=START, diagnosed_at=START + timedelta(hours=6))
    steps = [each for each in copied("S1-case", "P2") if each.metric == "diagnosis_escalate"]
    (shown,) = readings_to_show(read_clock(each, late, CN, START + timedelta(hours=7), START + timedelta(hours=7)) for each in steps)
    assert (shown.state, shown.left, shown.later_step) == ("breached", timedelta(hours=-2), False)
    assert shown.clock_id == steps[0].id
