"""How numbers of a form are said: digits in groups of three, directions by the compass."""

from __future__ import annotations

import re

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.filling.views import QuestionView, Words

__all__ = ["compass", "grouped", "step_label"]

_POINTS = (
    *(say("north"), say("north-east"), say("east"), say("south-east")),
    *(say("south"), say("south-west"), say("west"), say("north-west")),
)


def grouped(text: str) -> str:
    """A number with commas between thousands: -1234567.25 gives -1,234,567.25; any other text as it is."""
    found = re.fullmatch(r"([-+]?)(\d+)(\.\d*)?", text)
    return f"{found[1]}{int(found[2]):,}{found[3] or ''}" if found else text


def compass(text: str) -> Sentence | None:
    """The nearest of eight directions of a bearing in degrees from north, clockwise; None for what is no bearing (0 to 360)."""
    try:
        degrees = float(text)
    except ValueError:
        return None
    return _POINTS[round(degrees / 45) % 8] if 0 <= degrees <= 360 else None


def step_label(view: QuestionView, value: str) -> Words | None:
    """What a step of a range is called by its form (`tick_labelset`); None for a step without a name."""
    if view.kind != "range" or not value:
        return None
    return next((each.label for each in view.choices if _same(each.value, value)), None)


def _same(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False
