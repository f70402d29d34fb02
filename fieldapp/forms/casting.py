"""Texts of values by the type of their question: what a number, date or time looks like when it is stored."""

from __future__ import annotations

import re

from fieldapp.forms.xpath.moments import moment_of_text
from fieldapp.forms.xpath.values import number_text

__all__ = ["cast", "fits"]

_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::\d{2})?)?")
_PLACES = frozenset(["geopoint", "geotrace", "geoshape"])
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?")


def fits(kind: str, text: str, zone: str) -> bool:
    """Whether a text is a value of a type: int, decimal, date, time, dateTime, geopoint, geotrace, geoshape; others take any text."""
    if kind in ("int", "integer", "long"):
        return _INTEGER.fullmatch(text) is not None and (kind == "long" or abs(int(text) + 0.5) < 2**31)
    if kind == "decimal":
        return _DECIMAL.fullmatch(text) is not None
    if kind == "date":
        return _DATE.fullmatch(text) is not None and moment_of_text(text, zone) is not None
    if kind == "time":
        return _TIME.fullmatch(text) is not None
    if kind == "dateTime":
        return _DATE_TIME.fullmatch(text) is not None and moment_of_text(text, zone) is not None
    return kind not in _PLACES or _is_place(kind, text)


def _is_place(kind: str, text: str) -> bool:
    """Whether a text is a point, a line of at least two points, or an area: at least three that end where they began."""
    if kind == "geopoint":
        return _is_point(text)
    points = [point.strip() for point in text.strip().removesuffix(";").split(";")]
    if not all(_is_point(point) for point in points):
        return False
    if kind == "geotrace":
        return len(points) >= 2
    ends = [[float(word) for word in point.split()[:2]] for point in (points[0], points[-1])]
    return len(points) >= 3 and ends[0] == ends[1]


def _is_point(text: str) -> bool:
    """Whether a text is latitude, longitude and perhaps altitude and accuracy."""
    words = text.split()
    if not 2 <= len(words) <= 4 or not all(_DECIMAL.fullmatch(word) for word in words):
        return False
    if not any(float(word) for word in words):
        return False  # Receivers say all zeros when they know no place.
    return abs(float(words[0])) <= 90 and abs(float(words[1])) <= 180


def cast(kind: str, text: str, zone: str) -> str:
    """The text of a computed value for a type: whole numbers are cut, dates lose their time, empty when it fits not."""
    if not text:
        return ""
    if kind in ("int", "integer", "long"):
        if _INTEGER.fullmatch(text):
            return text
        return str(int(float(text))) if _DECIMAL.fullmatch(text) and abs(float(text)) < 1e300 else ""
    if kind == "decimal":
        return number_text(float(text)) if _DECIMAL.fullmatch(text) else ""
    if kind == "date":
        moment = moment_of_text(text, zone)
        local = moment.local(zone) if moment is not None else None
        return local.date().isoformat() if local is not None else ""
    if kind == "dateTime":
        moment = moment_of_text(text, zone)
        local = moment.local(zone) if moment is not None else None
        return local.isoformat(timespec="milliseconds") if local is not None else ""
    if kind in _PLACES:
        return text if _is_place(kind, text) else ""
    if kind == "time":
        if _TIME.fullmatch(text):
            return text
        moment = moment_of_text(text, zone)
        local = moment.local(zone) if moment is not None and "T" in text else None
        return local.isoformat(timespec="milliseconds").partition("T")[2] if local is not None else ""
    return text
