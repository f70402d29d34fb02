"""Identities made offline."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource, SeededRandomness, SystemRandomness, derived_id, is_id

START = datetime(2026, 11, 23, tzinfo=UTC)


def source(seed: int = 1) -> tuple[IdSource, TurnableClock]:
    clock = TurnableClock(START)
    return IdSource(clock, SeededRandomness(seed)), clock


def test_an_identity_is_a_uuid_of_version_seven_that_holds_its_moment() -> None:
    made, _ = source()
    parsed = uuid.UUID(made.new())
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == int(START.timestamp() * 1000)


def test_later_identities_sort_after_earlier_ones_within_a_millisecond() -> None:
    made, _ = source()
    several = [made.new() for _ in range(5000)]
    assert several == sorted(several)
    assert len(set(several)) == 5000


def test_a_wall_clock_that_goes_back_does_not_disturb_the_order() -> None:
    made, clock = source()
    first = made.new()
    clock.set(START - timedelta(days=30))
    assert made.new() > first


def test_two_devices_never_make_the_same_identity() -> None:
    left, right = source(1)[0], source(2)[0]
    assert not {left.new() for _ in range(1000)} & {right.new() for _ in range(1000)}


def test_several_threads_share_one_source() -> None:
    made, _ = source()
    several: list[str] = []
    threads = [threading.Thread(target=lambda: several.extend(made.new() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(several)) == 2000


def test_the_same_seed_says_the_same() -> None:
    assert [source(7)[0].new() for _ in range(3)] == [source(7)[0].new() for _ in range(3)]
    assert len(SystemRandomness().bytes(16)) == 16


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_derived_identities_agree_only_for_the_same_parts(left: list[str], right: list[str]) -> None:
    assert is_id(derived_id(*left))
    if "\x1f" not in "".join(left + right):
        assert (derived_id(*left) == derived_id(*right)) == (left == right)


def test_what_is_no_identity_is_seen() -> None:
    for wrong in ("", "0" * 31, "G" * 32, "A" * 32, None, 5):
        assert not is_id(wrong)
