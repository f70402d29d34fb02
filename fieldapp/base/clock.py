"""The only source of "now" and of elapsed time; everything else is handed a Clock.

Moments are aware datetimes in UTC. Elapsed time is monotonic seconds and says nothing about the date.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

__all__ = ["Clock", "SystemClock", "TurnableClock", "moment_from_text", "moment_text"]


class Clock(Protocol):
    """What a room needs to know about time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def elapsed(self) -> float:
        """Monotonic seconds since an arbitrary origin; never goes back while the program runs."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The machine's idea of the present moment, in UTC."""
        return datetime.now(UTC)

    def elapsed(self) -> float:
        """Seconds of the machine's monotonic counter."""
        return time.monotonic()


class TurnableClock:
    """A clock that tests and simulated worlds turn by hand."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware moment; ValueError for a naive one."""
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware moment")
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """The moment it was last turned to."""
        return self._now

    def elapsed(self) -> float:
        """Seconds advanced so far; jumps of `set` do not count."""
        return self._elapsed

    def advance(self, **span: float) -> datetime:
        """Let time pass, given as `timedelta` keywords; return the new moment."""
        delta = timedelta(**span)
        self._now += delta
        self._elapsed += delta.total_seconds()
        return self._now

    def set(self, moment: datetime) -> None:
        """Turn the wall clock, as a person or a time service would; elapsed time is untouched."""
        self._now = moment.astimezone(UTC)


def moment_text(moment: datetime) -> str:
    """Spell an aware moment as RFC 3339 in UTC with milliseconds: `2026-11-23T01:34:00.000Z`.

    This is the one spelling in replica, wire and documents; texts sort as the moments do.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment carries its zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment_from_text(text: str) -> datetime:
    """Read what `moment_text` wrote, or any ISO 8601 text with a zone; ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment carries its zone: {text!r}")
    return moment.astimezone(UTC)
