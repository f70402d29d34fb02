"""How fast, and how much at a time: a limit for lines that others need too, and pieces that suit a line that breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fieldapp.base.clock import Clock

__all__ = ["Line", "Paced", "TokenBucket"]

SMALLEST, LARGEST = 32 * 1024, 1024 * 1024
"""Bytes of a piece. A request costs some 600 bytes around it: 1.8 % of the smallest."""

AT_STAKE = 32
"""A piece is one such part of what the line carried since it last broke: when it breaks again, no more than 3 % goes twice."""

_STEP = 16 * 1024


class Line:
    """What a line carried since it last broke."""

    def __init__(self, rate: int = 0) -> None:
        """`rate`: bytes a second it is limited to (0: none); a piece then takes two seconds at most, so that a cancel is heard soon."""
        self._largest = max(SMALLEST // 4, min(LARGEST, 2 * rate)) if rate else LARGEST
        self._since = 0

    def carried(self, size: int) -> None:
        """So many bytes arrived."""
        self._since += size

    def broke(self) -> None:
        """It broke: carefully from here on."""
        self._since = 0

    @property
    def chunk_bytes(self) -> int:
        """Bytes of the next piece."""
        return min(self._largest, max(SMALLEST, self._since // AT_STAKE))


class TokenBucket:
    """Lets so many bytes a second pass: a quarter of a second's worth at once, whoever takes more waits."""

    def __init__(self, rate: int, clock: Clock, pause: Callable[[float], None]) -> None:
        """`rate` in bytes a second, 0 for no limit; elapsed time is the clock's, `pause` waits for seconds."""
        self._rate = rate
        self._clock = clock
        self._pause = pause
        self._most = rate / 4
        self._free = self._most
        self._at = clock.elapsed()

    @property
    def limited(self) -> bool:
        """Whether there is a limit at all."""
        return self._rate > 0

    def take(self, size: int) -> None:
        """Wait until so many bytes may pass."""
        if not self._rate:
            return
        now = self._clock.elapsed()
        self._free = min(self._most, self._free + (now - self._at) * self._rate) - size
        self._at = now
        if self._free < 0:
            self._pause(-self._free / self._rate)


class Paced:
    """A body that goes out in steps, as the bucket lets them pass; it has a length and may be sent once more."""

    def __init__(self, data: bytes, bucket: TokenBucket) -> None:
        """Nothing waits before it is iterated."""
        self._data = data
        self._bucket = bucket

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), _STEP):
            step = self._data[start : start + _STEP]
            self._bucket.take(len(step))
            yield step
