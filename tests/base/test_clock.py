"""Now and elapsed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.base.clock import SystemClock, TurnableClock, moment_from_text, moment_text

START = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_machines_clock_is_aware_and_never_elapses_backwards() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.elapsed() <= clock.elapsed()


def test_time_that_passes_moves_both_hands() -> None:
    clock = TurnableClock(START)
    assert clock.advance(minutes=5) == START + timedelta(minutes=5)
    assert clock.elapsed() == 300.0


def test_a_clock_set_back_still_elapses() -> None:
    clock = TurnableClock(START)
    clock.advance(hours=1)
    clock.set(START - timedelta(days=1))
    assert clock.now() == START - timedelta(days=1)
    assert clock.elapsed() == 3600.0


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        TurnableClock(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="zone"):
        moment_text(datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="zone"):
        moment_from_text("2026-01-01T00:00:00")


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-12, 14))
def test_a_moment_keeps_its_milliseconds_in_any_zone(naive: datetime, hours: int) -> None:
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=timezone(timedelta(hours=hours)))
    assert moment_from_text(moment_text(moment)) == moment


@given(st.lists(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)), min_size=2))
def test_texts_of_moments_sort_as_the_moments_do(moments: list[datetime]) -> None:
    aware = [each.replace(microsecond=each.microsecond // 1000 * 1000, tzinfo=UTC) for each in moments]
    assert sorted(map(moment_text, aware)) == [moment_text(each) for each in sorted(aware)]
