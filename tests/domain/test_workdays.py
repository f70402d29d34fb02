"""Working time: against a slow count, minute by minute, and against the calendar that was published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.settings import resource
from fieldapp.domain.calendars import BadTable, calendar_days
from fieldapp.domain.workdays import CODES, WorkCalendar, add_working, next_working_day, working_between

DAYS = calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8"))
CN = WorkCalendar.from_records(DAYS)
ZONE = ZoneInfo("Asia/Shanghai")
HOURS = {"7x24": (0, 24), "7x12": (8, 20), "7x8": (9, 17), "5x8": (9, 17), "depot": (9, 17)}


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


def due(moment: datetime, code: str = "depot", zone: str = "Asia/Shanghai", **span: int) -> str:
    found = add_working(moment, calendar=CN.coded(code), zone=zone, **span)
    assert found.moment is not None
    assert found.unknown_reason is None
    return found.moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def slowly(moment: datetime, minutes: int, code: str) -> datetime:
    """Count working minutes one at a time."""
    first, last = HOURS[code]
    while minutes:
        here = moment.astimezone(ZONE)
        works = code not in ("5x8", "depot") or bool(CN.is_working_day(here.date()))
        minutes -= works and first <= here.hour < last
        moment += timedelta(minutes=1)
    return moment


@settings(max_examples=40, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 30)).map(lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)),
    minutes=st.integers(1, 1500),
    code=st.sampled_from(CODES),
)
def test_adding_minutes_agrees_with_counting_them(start: datetime, minutes: int, code: str) -> None:
    found = add_working(start, minutes=minutes, calendar=CN.coded(code))
    assert found.moment == slowly(start, minutes, code)


@settings(max_examples=60, deadline=None)
@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 31)).map(lambda at: at.replace(tzinfo=UTC)),
    minutes=st.integers(0, 3000),
    code=st.sampled_from(CODES),
)
def test_what_was_added_lies_between(start: datetime, minutes: int, code: str) -> None:
    calendar = CN.coded(code)
    found = add_working(start, minutes=minutes, calendar=calendar).moment
    assert found is not None
    assert working_between(start, found, calendar=calendar) == timedelta(minutes=minutes)


def test_the_depot_closes_at_five() -> None:
    assert due(local(2026, 11, 23, 16, 0), minutes=60) == "2026-11-23 17:00"
    assert due(local(2026, 11, 23, 16, 0), minutes=61) == "2026-11-24 09:01"
    assert due(local(2026, 11, 23, 3, 0), minutes=1) == "2026-11-23 09:01"


def test_seventy_two_working_hours_are_nine_days() -> None:
    assert due(local(2026, 11, 23, 9, 0), minutes=72 * 60) == "2026-12-03 17:00"


def test_ten_working_days_pass_over_weekends() -> None:
    assert due(local(2026, 11, 23, 10, 0), days=10) == "2026-12-07 17:00"


def test_national_day_and_its_shifted_working_days_count() -> None:
    assert CN.is_working_day(date(2026, 10, 1)) is False
    assert CN.is_working_day(date(2026, 9, 20)) is True
    assert CN.is_working_day(date(2026, 10, 10)) is True
    assert CN.is_working_day(date(2026, 10, 11)) is False
    assert due(local(2026, 9, 30, 10, 0), days=3) == "2026-10-10 17:00"


def test_everyday_hours_do_not_ask_for_holidays() -> None:
    assert due(local(2027, 10, 1, 16, 0), "7x8", minutes=120) == "2027-10-02 10:00"
    assert due(local(2027, 10, 1, 19, 0), "7x12", minutes=120) == "2027-10-02 09:00"
    assert due(local(2027, 10, 1, 19, 0), "7x24", minutes=120) == "2027-10-01 21:00"


@pytest.mark.parametrize("code", ["5x8", "depot"])
def test_an_unpublished_year_is_said_not_guessed(code: str) -> None:
    found = add_working(local(2026, 12, 31, 16, 0), minutes=120, calendar=CN.coded(code))
    assert found.moment is None
    assert found.unknown_reason is not None
    assert "2027" in found.unknown_reason.read("zh")
    assert add_working(local(2026, 12, 31, 10, 0), days=1, calendar=CN).moment is None
    assert working_between(local(2026, 12, 31), local(2027, 1, 5), calendar=CN.coded(code)) is None
    assert next_working_day(date(2026, 12, 31), CN) is None
    assert CN.is_working_day(date(2027, 1, 4)) is None


def test_a_limit_inside_the_published_year_is_still_known() -> None:
    assert due(local(2026, 12, 31, 10, 0), minutes=60) == "2026-12-31 11:00"


def test_a_day_of_the_clock_change_has_its_real_length() -> None:
    calendar = WorkCalendar("7x24")
    before = datetime(2026, 3, 29, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add_working(before, minutes=120, calendar=calendar, zone="Europe/Berlin").moment == before.astimezone(UTC) + timedelta(hours=2)
    found = add_working(before, minutes=8 * 60, calendar=WorkCalendar("7x8"), zone="Europe/Berlin").moment
    assert found == datetime(2026, 3, 29, 17, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def test_nothing_added_is_the_moment_itself() -> None:
    assert add_working(local(2026, 11, 22, 3), minutes=0, calendar=CN).moment == local(2026, 11, 22, 3)
    assert working_between(local(2026, 11, 23), local(2026, 11, 22), calendar=CN) == timedelta(0)


def test_a_moment_without_a_zone_and_an_unknown_calendar_are_faults() -> None:
    with pytest.raises(ValueError, match="zone"):
        add_working(datetime(2026, 1, 1), minutes=1, calendar=CN)
    with pytest.raises(ValueError, match="calendar"):
        WorkCalendar("8x25")


def test_the_published_years_are_those_of_the_table() -> None:
    assert CN.published_years == {2025, 2026}
    assert {each.name_zh for each in DAYS if each.major and each.kind == "holiday"} >= {"春节", "劳动节", "国庆节"}
    assert all(each.name_zh and each.name_en for each in DAYS)
    assert len({each.id for each in DAYS}) == len(DAYS)
    assert all(each.day is not None and each.day.weekday() >= 5 for each in DAYS if each.kind == "working_day")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"calendar": "CN", "days": [{"day": "2026-13-01", "kind": "holiday"}]}',
        '{"calendar": "CN", "days": [{"day": "2026-01-01", "kind": "rest"}]}',
    ],
)
def test_a_broken_table_of_holidays_is_refused(text: str) -> None:
    with pytest.raises(BadTable):
        calendar_days(text)
