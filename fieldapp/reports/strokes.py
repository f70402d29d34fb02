"""Handwritten strokes as plain data: canonical bytes and their SHA-256.

Coordinates are hundredths of a pixel, times are milliseconds since the first point, pressure is 0..1000 or None
(recorded only with consent). The raw strokes never go in a PDF; their digest does.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_

__all__ = ["StrokePoint", "Strokes", "StrokesError", "strokes_from_bytes"]

_LIMIT = 10_000_000
_POINTS_LIMIT = 100_000


class StrokesError(DocumentError):
    """The strokes are empty or not spelled as strokes."""

    code = "FA-801"
    message = N_("These strokes cannot be used as a signature. Nothing was signed. Clear the pad and sign again.")


@dataclass(frozen=True, slots=True)
class StrokePoint:
    """One point of the pen: x, y in 1/100 px (y grows downwards), milliseconds, pressure 0..1000 or None."""

    x: int
    y: int
    millis: int = 0
    pressure: int | None = None


@dataclass(frozen=True, slots=True)
class Strokes:
    """What the pen drew on a pad of `width` x `height` (1/100 px); strokes in order, points in order."""

    width: int
    height: int
    lines: tuple[tuple[StrokePoint, ...], ...]

    def check(self) -> None:
        """Refuse strokes without a mark, outside of all bounds, or too many: StrokesError."""
        points = [point for line in self.lines for point in line]
        if not 0 < self.width <= _LIMIT or not 0 < self.height <= _LIMIT:
            raise StrokesError
        if not points or len(points) > _POINTS_LIMIT or all(not line for line in self.lines):
            raise StrokesError
        if any(abs(p.x) > _LIMIT or abs(p.y) > _LIMIT or p.millis < 0 for p in points):
            raise StrokesError
        if len({(p.x, p.y) for p in points}) < 2:
            raise StrokesError

    def canonical_bytes(self) -> bytes:
        """The one spelling of these strokes: JSON without spaces, keys sorted, integers only."""
        lines = [[[p.x, p.y, p.millis] if p.pressure is None else [p.x, p.y, p.millis, p.pressure] for p in line] for line in self.lines]
        plain = {"height": self.height, "lines": lines, "v": 1, "width": self.width}
        return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, 64 hex characters."""
        return hashlib.sha256(self.canonical_bytes()).hexdigest()


def strokes_from_bytes(raw: bytes) -> Strokes:
    """Read what `canonical_bytes` wrote; StrokesError for anything else."""
    try:
        plain = json.loads(raw)
        lines = tuple(tuple(StrokePoint(*point) for point in line) for line in plain["lines"])
        strokes = Strokes(plain["width"], plain["height"], lines)
        strokes.check()
        spelled = strokes.canonical_bytes()
    except (ValueError, KeyError, TypeError) as problem:
        raise StrokesError from problem
    if spelled != raw:
        raise StrokesError
    return strokes
