"""The further values of a conflict: what another laptop of the same engineer wrote, and what came after it was settled.

They stand in `Conflict.sides`, a JSON list in canonical spelling, null where there is none.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from fieldapp.base.ids import Id
from fieldapp.domain.documents import Conflict
from fieldapp.domain.records import Plain

__all__ = ["ASIDE", "LATE", "OTHER_LAPTOP", "Side", "is_told", "sides_of", "spelled", "value_of", "with_side"]

OTHER_LAPTOP = "laptop"
"""A value of another laptop of the same engineer, which met the same field."""
LATE = "late"
"""What a person decided who settled the conflict after somebody else had."""

ASIDE = "aside"
"""The state of a conflict in which nothing is to be decided: the rules chose between two values and kept the other one."""


@dataclass(frozen=True, slots=True)
class Side:
    """One further value: whose it is, when it was written (a moment's text, or empty), on which laptop, and why it stands here."""

    value: Plain
    by: Id
    at: str
    device: Id
    why: str


def spelled(value: Plain) -> str:
    """A plain value as a conflict holds it: JSON."""
    return json.dumps(value, ensure_ascii=False)


def value_of(text: str | None) -> Plain:
    """The plain value of what a conflict holds; a text that is no JSON stands for itself, nothing for null."""
    try:
        value: object = json.loads(text) if text else None
    except ValueError:
        return text
    return value if value is None or isinstance(value, str | int) else text


def sides_of(text: str | None) -> tuple[Side, ...]:
    """The sides that a conflict holds; what cannot be read is passed over."""
    try:
        held = json.loads(text) if text else []
    except ValueError:
        return ()
    found = []
    for each in held if isinstance(held, list) else ():
        if isinstance(each, dict) and set(each) >= {"value", "by", "at", "device", "why"}:
            value = each["value"]
            if value is None or isinstance(value, str | int):
                found.append(Side(value, str(each["by"]), str(each["at"]), str(each["device"]), str(each["why"])))
    return tuple(found)


def with_side(text: str | None, side: Side, replacing: Side | None = None) -> str:
    """The sides with one more; instead of `replacing` when that is given. The same value of the same laptop stands once."""
    held = [each for each in sides_of(text) if each != replacing]
    known = any((each.value, each.device, each.why) == (side.value, side.device, side.why) for each in held)
    listed = held if known else [*held, side]
    return json.dumps([asdict(each) for each in listed], ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def is_told(conflict: Conflict) -> bool:
    """Whether a conflict asks nothing but has something to tell that nobody has marked as seen."""
    late = any(side.why == LATE for side in sides_of(conflict.sides))
    return conflict.seen_at is None and (conflict.state == ASIDE or (conflict.state == "settled" and late))
