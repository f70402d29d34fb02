"""The transcript of a day: what was done, what was checked, how it ended."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from fieldapp.base.clock import TurnableClock

__all__ = ["Transcript"]


@dataclass
class Transcript:
    """Lines on the terminal and in a file; failures decide how the day ends. `clock` is the laptop's."""

    out: Path
    clock: TurnableClock
    pictures: int = 0
    failures: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def say(self, line: str) -> None:
        """One line of the transcript, on the terminal too."""
        self.lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def step(self, title: str) -> None:
        """A headline of the transcript, with the laptop's time."""
        self.say(f"\n== {title}  [{self.clock.now():%Y-%m-%d %H:%M} UTC, {time.monotonic() - self.started:.0f} s]")

    def check(self, what: str, holds: bool, detail: object = "") -> None:
        """A check; the day goes on, and fails at its end."""
        self.say(f"  {'ok  ' if holds else 'FAIL'} {what}{f' ({detail})' if detail != '' else ''}")
        if not holds:
            self.failures.append(what)

    def finish(self) -> int:
        """Write the transcript; 0 when every check held."""
        held = sum(line.startswith("  ok") for line in self.lines)
        took = time.monotonic() - self.started
        self.say(f"\n{held} checks held, {len(self.failures)} failed, {self.pictures} pictures, {took:.0f} s")
        (self.out / "transcript.txt").write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return 1 if self.failures else 0
