"""Calendars and policy rows as data: they come from the centre and travel with the cases (dictionary 3.4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id, derived_id

__all__ = ["BadTable", "CalendarDay", "PolicyRow", "calendar_days", "policy_rows"]


class BadTable(InputError):
    """A table of holidays or of policy rows does not read."""

    code = "FA-101"
    message = N_("This table cannot be read ({reason}). The tables in use stay as they are. Correct the file and load it again.")


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


def calendar_days(text: str) -> tuple[CalendarDay, ...]:
    """Read a table of holidays: a JSON object with `calendar` and `days`, each with day, kind, name_zh, name_en, major.

    The ids derive from calendar and day, so that loading it twice doubles nothing. BadTable for anything else.
    """
    try:
        table = json.loads(text)
        code = str(table["calendar"])
        found = []
        for each in table["days"]:
            if each["kind"] not in ("holiday", "working_day"):
                raise ValueError(f"kind {each['kind']!r}")
            found.append(
                CalendarDay(
                    id=derived_id("calendar_day", code, date.fromisoformat(each["day"]).isoformat()),
                    calendar=code,
                    day=date.fromisoformat(each["day"]),
                    kind=each["kind"],
                    name_zh=str(each.get("name_zh", "")),
                    name_en=str(each.get("name_en", "")),
                    major=each.get("major") is True,
                )
            )
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise BadTable(reason=str(fault)) from fault
    return tuple(found)


_COLUMNS = ("policy", "profile", "scheme_level", "metric", "value", "unit", "clock", "start", "action", "source", "reconstructed")


def policy_rows(text: str) -> tuple[PolicyRow, ...]:
    """Read a table of policy rows: a JSON array of objects with the columns of PolicyRow as texts; ids derive from `policy`.

    BadTable when a row has no `policy`, repeats one, or has a column that is no text.
    """
    try:
        table = json.loads(text)
        rows: dict[str, PolicyRow] = {}
        for each in table:
            columns = {name: each.get(name, "") for name in _COLUMNS}
            if not columns["policy"] or columns["policy"] in rows or not all(isinstance(value, str) for value in columns.values()):
                raise ValueError(f"row {columns['policy']!r}")
            rows[columns["policy"]] = PolicyRow(id=derived_id("policy_row", columns["policy"]), **columns)
    except (ValueError, TypeError, AttributeError) as fault:
        raise BadTable(reason=str(fault)) from fault
    return tuple(rows.values())
