"""Places on the earth as people write them: decimal or in degrees, minutes and seconds, with letters or Han words, full-width too."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from fieldapp.base.i18n import Sentence, say

__all__ = ["Point", "points_of", "read_line", "read_point"]

_ALTITUDE = re.compile(r"(?:海拔|高程|高度|altitude|alt\.?)\s*:?\s*(-?\d+(?:\.\d+)?)\s*(?:米|m\b)?", re.IGNORECASE)
_ACCURACY = re.compile(r"(?:精度|误差|accuracy|acc\.?|±|\+/-)\s*:?\s*(\d+(?:\.\d+)?)\s*(?:米|m\b)?", re.IGNORECASE)
_WORDS = (
    (re.compile(r"北纬|北緯"), "N"),
    (re.compile(r"南纬|南緯"), "S"),
    (re.compile(r"东经|東經"), "E"),
    (re.compile(r"西经|西經"), "W"),
    (re.compile(r"纬度?|latitude|lat\.?", re.IGNORECASE), "N"),
    (re.compile(r"经度?|longitude|long\.?|lon\.?|lng\.?", re.IGNORECASE), "E"),
    (re.compile(r"北|north", re.IGNORECASE), "N"),
    (re.compile(r"南|south", re.IGNORECASE), "S"),
    (re.compile(r"东|東|east", re.IGNORECASE), "E"),
    (re.compile(r"西|west", re.IGNORECASE), "W"),
    (re.compile(r"度|º|˚|deg"), "°"),
    (re.compile(r"分|[′’‘ʹ]"), "'"),
    (re.compile(r"秒|[″”“ʺ]|''"), '"'),
    (re.compile(r"(?<=\d)\s*(?:米|m)(?![a-z])"), " "),
)
_TOKEN = re.compile(r"""\s*([-+−]?\d+(?:\.\d+)?|[NSEWnsew]|[°'"]|[,;:、])""")
_NO_POINT = say("This is not saved yet: write it like 31.2304, 121.4737 or 31°13'49\"N 121°28'25\"E.")
_NO_LATITUDE = say("This is not saved yet: a latitude lies between -90 and 90; it comes before the longitude.")
_NO_LONGITUDE = say("This is not saved yet: a longitude lies between -180 and 180.")


@dataclass(frozen=True, slots=True)
class Point:
    """Latitude and longitude in degrees (WGS 84), altitude and accuracy in metres (0 where none was told)."""

    latitude: Decimal
    longitude: Decimal
    altitude: Decimal = Decimal(0)
    accuracy: Decimal = Decimal(0)

    @property
    def answer(self) -> str:
        """As the form takes it: four numbers."""
        return " ".join(_plain(each) for each in (self.latitude, self.longitude, self.altitude, self.accuracy))

    @property
    def typed(self) -> str:
        """As a person types it; altitude and accuracy only where they were told."""
        text = f"{_plain(self.latitude)}, {_plain(self.longitude)}"
        if self.altitude or self.accuracy:
            text += f", {_plain(self.altitude)}"
        return text + (f", {_plain(self.accuracy)}" if self.accuracy else "")


def _plain(number: Decimal) -> str:
    text = f"{number.quantize(Decimal('1e-8')).normalize():f}"
    return "0" if text in ("-0", "") else text


def points_of(answer: str) -> tuple[Point, ...]:
    """The points of an answer as the form holds it; what is none is passed over."""
    found = []
    for part in answer.split(";"):
        numbers = re.findall(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", part)
        if 2 <= len(numbers) <= 4:
            found.append(Point(*(Decimal(each) for each in numbers)))
    return tuple(found)


def read_point(typed: str) -> Point | Sentence:
    """The point that was typed, or why it is none."""
    text = unicodedata.normalize("NFKC", typed)
    told = []
    for pattern in (_ALTITUDE, _ACCURACY):
        match = pattern.search(text)
        told.append(Decimal(match[1]) if match else None)
        text = pattern.sub(" ", text, count=1)
    for word, sign in _WORDS:
        text = word.sub(sign, text)
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return _NO_POINT
        tokens.append(match[1].upper().replace("−", "-"))
        at = match.end()
    parts = _parts([each for each in tokens if each not in ",;:、"])
    if parts is None:
        return _NO_POINT
    (latitude, longitude), rest = parts
    if abs(latitude) > 90:
        return _NO_LATITUDE
    if abs(longitude) > 180:
        return _NO_LONGITUDE
    altitude, accuracy = told
    spare = list(rest)
    altitude = altitude if altitude is not None else spare.pop(0) if spare else Decimal(0)
    accuracy = accuracy if accuracy is not None else spare.pop(0) if spare else Decimal(0)
    return _NO_POINT if spare or accuracy < 0 else Point(latitude, longitude, altitude, accuracy)


def _parts(tokens: list[str]) -> tuple[tuple[Decimal, Decimal], list[Decimal]] | None:
    """Latitude and longitude, and the numbers behind them; None where the words make no point."""
    letters = [each for each in tokens if each in "NSEW"]
    if letters:
        if len(letters) != 2 or len({each in "NS" for each in letters}) != 2:
            return None
        first = tokens.index(letters[0])
        second = len(tokens) - 1 - tokens[::-1].index(letters[1])
        if first == 0:
            one, two = tokens[1:second], tokens[second + 1 :]
        else:
            one, two = tokens[:first], tokens[first + 1 :]
            if second != len(tokens) - 1 and tokens[second - 1] in "NSEW":
                return None
            two = [each for each in two if each not in "NSEW"]
        found = _degrees(one, two)
        if found is None:
            return None
        (a, b), rest = found
        signed = {letter: -value if letter in "SW" else value for letter, value in zip(letters, (a, b), strict=True)}
        values = {letter in "NS": value for letter, value in signed.items()}
        return (values[True], values[False]), rest
    places = [at for at, each in enumerate(tokens) if each == "°"]
    if len(places) >= 2:
        return _degrees(tokens[: places[1] - 1], tokens[places[1] - 1 :])
    if places or "'" in tokens or '"' in tokens:
        return None
    numbers = [Decimal(each) for each in tokens]
    return ((numbers[0], numbers[1]), numbers[2:]) if 2 <= len(numbers) <= 4 else None


def _degrees(one: list[str], two: list[str]) -> tuple[tuple[Decimal, Decimal], list[Decimal]] | None:
    """Two angles from their numbers; the second has as many parts as the first, what is behind it is rest."""
    first = [Decimal(each) for each in one if each not in "°'\""]
    behind = [Decimal(each) for each in two if each not in "°'\""]
    count = len(first)
    if not 1 <= count <= 3 or len(behind) < count:
        return None
    angles = []
    for numbers in (first, behind[:count]):
        if any(not 0 <= each < 60 for each in numbers[1:]):
            return None
        size = sum((abs(each) / Decimal(60) ** at for at, each in enumerate(numbers)), Decimal(0))
        angles.append(-size if numbers[0].is_signed() else size)
    return (angles[0], angles[1]), behind[count:]


def read_line(typed: str, *, closed: bool) -> tuple[Point, ...] | Sentence:
    """The points of a line or an area, one a line (or with semicolons between), or why they are none; an area is closed by itself."""
    lines = [line for line in re.split(r"[\n;；]", typed) if line.strip()]
    found: list[Point] = []
    for number, line in enumerate(lines, start=1):
        point = read_point(line)
        if isinstance(point, Sentence):
            return say("Line {number}: {why}", number=number, why=point)
        found.append(point)
    if closed:
        if len(found) > 1 and found[0].answer.split()[:2] == found[-1].answer.split()[:2]:
            found.pop()
        if 0 < len(found) < 3:
            return say("This is not saved yet: an area needs three points or more.")
        return (*found, *found[:1])
    if len(found) == 1:
        return say("This is not saved yet: a line needs two points or more.")
    return tuple(found)
