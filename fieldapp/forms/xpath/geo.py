"""The functions of ODK on places: area, distance, geofence; points are `latitude longitude [altitude accuracy]`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.core import every_text
from fieldapp.forms.xpath.functions import Function
from fieldapp.forms.xpath.values import Context, Value

__all__ = ["GEO"]

# The radius that JavaRosa, Enketo and the ODK documentation use, in metres.
_RADIUS = 6_378_100.0
Point = tuple[float, float]


def _points(ctx: Context, values: Sequence[Value]) -> list[Point] | None:
    found: list[Point] = []
    for text in every_text(ctx, values):
        for part in text.strip().strip(";").split(";"):
            words = part.split()
            try:
                latitude, longitude = float(words[0]), float(words[1])
            except (IndexError, ValueError):
                return None
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                return None
            found.append((latitude, longitude))
    return found or None


def _area(ctx: Context, values: Sequence[Value]) -> Value:
    points = _points(ctx, values)
    if points is None:
        return math.nan
    if len(points) < 3:
        return 0.0
    if points[0] != points[-1]:
        points.append(points[0])
    total = 0.0
    for (lat1, lon1), (lat2, lon2) in pairwise(points):
        total += math.radians(lon2 - lon1) * (2 + math.sin(math.radians(lat1)) + math.sin(math.radians(lat2)))
    return round(abs(total * _RADIUS * _RADIUS / 2) * 100) / 100


def _distance(ctx: Context, values: Sequence[Value]) -> Value:
    points = _points(ctx, values)
    if points is None:
        return math.nan
    total = 0.0
    for one, other in pairwise(points):
        if one == other:
            continue
        lat1, lat2 = math.radians(one[0]), math.radians(other[0])
        turn = math.radians(other[1] - one[1])
        cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(turn)
        total += math.acos(max(-1.0, min(1.0, cosine))) * _RADIUS
    return round(total * 100) / 100


def _geofence(ctx: Context, values: Sequence[Value]) -> Value:
    place, fence = _points(ctx, values[:1]), _points(ctx, values[1:])
    if place is None or fence is None or len(place) != 1:
        raise UnknownFunctionError(name="geofence", reason="it needs a point and a shape")
    y, x = place[0]
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(fence, fence[1:] + fence[:1], strict=True):
        if (lat1 > y) != (lat2 > y) and x < (lon2 - lon1) * (y - lat1) / (lat2 - lat1) + lon1:
            inside = not inside
    return inside


GEO: dict[str, Function] = {
    "area": Function(1, None, _area),
    "distance": Function(1, None, _distance),
    "geofence": Function(2, 2, _geofence),
}
