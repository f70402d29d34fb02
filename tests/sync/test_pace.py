"""How much of a file is put at stake at a time, and how fast bytes may pass."""

from __future__ import annotations

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.sync.pace import LARGEST, SMALLEST, Line, Paced, TokenBucket
from tests.sync.laptop import START


def test_pieces_grow_with_what_the_line_carries_and_shrink_when_it_breaks() -> None:
    line = Line()
    assert line.chunk_bytes == SMALLEST
    line.carried(2_000_000)
    assert line.chunk_bytes == 62_500
    line.carried(100 * LARGEST)
    assert line.chunk_bytes == LARGEST
    line.broke()
    assert line.chunk_bytes == SMALLEST


@pytest.mark.parametrize("every", [2_000_000, 5_000_000, 10_000_000])
def test_a_line_that_always_breaks_after_so_many_bytes_sends_five_percent_twice_at_most(every: int) -> None:
    """Headers of 700 bytes around each piece, and a question of 600 after each break."""
    line, arrived, sent, size = Line(), 0, 0, 100_000_000
    while arrived < size:
        left = every - sent % every
        whole = line.chunk_bytes + 700
        if whole <= left:
            arrived += line.chunk_bytes
            sent += whole
            line.carried(line.chunk_bytes)
        else:
            sent += left + 600
            line.broke()
    assert sent <= 1.05 * size


@pytest.mark.parametrize(("kib", "largest"), [(1, SMALLEST // 4), (50, 102_400), (10_000, LARGEST)])
def test_pieces_of_a_slow_line_are_small_enough_to_stop_soon(kib: int, largest: int) -> None:
    line = Line(kib * 1024)
    line.carried(100 * LARGEST)
    assert line.chunk_bytes == largest


def test_a_bucket_without_a_limit_never_waits() -> None:
    bucket = TokenBucket(0, TurnableClock(START), pause=lambda _: pytest.fail("it waited"))
    bucket.take(10**9)
    assert not bucket.limited


def _run(clock: TurnableClock, seconds: float) -> None:
    clock.advance(seconds=seconds)


def test_a_paced_body_may_be_sent_again_and_waits_in_steps() -> None:
    clock = TurnableClock(START)
    body = Paced(bytes(range(256)) * 256, TokenBucket(65_536, clock, pause=lambda seconds: _run(clock, seconds)))
    assert len(body) == 65_536
    assert b"".join(body) == bytes(range(256)) * 256
    assert clock.elapsed() == pytest.approx(0.75)
    assert b"".join(body) == bytes(range(256)) * 256
    assert clock.elapsed() == pytest.approx(1.75)
