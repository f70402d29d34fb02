"""Calendars and policy rows as data: they come from the centre and travel with the cases (dictionary 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fieldapp.base.ids import Id

__all__ = ["CalendarDay", "PolicyRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One statutory exception: `kind` holiday 节假日 | working_day 调休; `major` marks the holidays that ask for an inspection before.

    A year is published when it has at least one row; an unpublished year is said, not guessed.
    """

    id: Id
    calendar: str = "CN"
    day: date | None = None
    kind: str = "holiday"
    name_zh: str = ""
    name_en: str = ""
    major: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """时限规则: one row of the policy table 5.2/5.3, with its source and whether it was reconstructed; empty values stay empty."""

    id: Id
    policy: str = ""
    profile: str = ""
    scheme_level: str = ""
    metric: str = ""
    value: str = ""
    unit: str = ""
    clock: str = ""
    start: str = ""
    action: str = ""
    source: str = ""
    reconstructed: str = ""
