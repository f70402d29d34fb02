"""Where the sample story plays: its day, its identities, its dice, and the names and phrases that stand in resources/sample."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fieldapp.base.ids import Id, IdSource, Randomness, SeededRandomness
from fieldapp.base.settings import resource

__all__ = ["ZONE", "Dice", "Period", "Stage", "moment_on", "phrases"]

ZONE = ZoneInfo("Asia/Shanghai")
_T = TypeVar("_T")


def phrases(name: str) -> Any:
    """The names and phrases of `resources/sample/<name>.json`, as plain JSON values."""
    return json.loads(resource(f"sample/{name}.json").read_text(encoding="utf-8"))


class Dice:
    """Choices that a seed decides."""

    def __init__(self, randomness: Randomness) -> None:
        self._randomness = randomness

    def below(self, count: int) -> int:
        """A whole number from 0 to count - 1."""
        return int.from_bytes(self._randomness.bytes(4), "big") % count

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def one_of(self, choices: Sequence[_T]) -> _T:
        """One of several."""
        return choices[self.below(len(choices))]


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A quarter of a year; `quarter` counts from 1."""

    year: int
    quarter: int

    @property
    def label(self) -> str:
        """As it stands in records: `2026Q4`."""
        return f"{self.year}Q{self.quarter}"

    @property
    def title(self) -> str:
        """As it stands on a visit."""
        return f"第{'一二三四'[self.quarter - 1]}季度巡检"

    @property
    def first_day(self) -> date:
        """The first day of the quarter."""
        return date(self.year, 3 * self.quarter - 2, 1)

    def back(self, quarters: int) -> Period:
        """The quarter so many quarters earlier."""
        count = self.year * 4 + self.quarter - 1 - quarters
        return Period(count // 4, count % 4 + 1)

    @classmethod
    def of(cls, day: date) -> Period:
        """The quarter a day lies in."""
        return cls(day.year, (day.month + 2) // 3)


@dataclass(frozen=True, slots=True)
class Stage:
    """The moment the story is told at (aware, UTC), where identities come from, and the dice."""

    at: datetime
    ids: IdSource
    dice: Dice

    @classmethod
    def set_up(cls, at: datetime, seed: int, ids: IdSource) -> Stage:
        """A stage whose dice fall as the seed says; ValueError for a naive moment."""
        if at.tzinfo is None:
            raise ValueError("the sample is told at an aware moment")
        return cls(at.astimezone(UTC), ids, Dice(SeededRandomness(seed)))

    @property
    def today(self) -> date:
        """The local day of the story."""
        return self.at.astimezone(ZONE).date()

    @property
    def year(self) -> int:
        """The local year of the story, as it stands in numbers."""
        return self.today.year

    def new_id(self) -> Id:
        """The next identity."""
        return self.ids.new()

    def at_hour(self, hour: str, days: int = 0) -> datetime:
        """A local hour `HH:MM` of the story's day or of one `days` later, as a moment in UTC."""
        return moment_on(self.today + timedelta(days=days), hour)

    def ago(self, minutes: float) -> datetime:
        """So many minutes before the story's moment."""
        return self.at - timedelta(minutes=minutes)

    def filled(self, text: str) -> str:
        """A phrase with its places {year} and {day} filled."""
        return text.format(year=self.year, day=f"{self.today:%Y%m%d}") if "{" in text else text


def moment_on(day: date, hour: str) -> datetime:
    """A local hour `HH:MM` of a day, as a moment in UTC."""
    return datetime.combine(day, time.fromisoformat(hour), ZONE).astimezone(UTC)
