"""What of XLSForm a laptop cannot do as a telephone does, and what a person is given instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fieldapp.base.i18n import Sentence, say

__all__ = ["kind_sentence", "stand_ins"]

_TYPED_PLACE = say("there is no map: the coordinates are typed or pasted")
_CHOSEN_FILE = say("nothing is recorded here: a file is chosen")
_EMPTY = say("a laptop has none: it stays empty")
_DATES = say("dates are those of the common calendar")

_TYPES: Mapping[str, Sentence] = MappingProxyType(
    {
        "geopoint": _TYPED_PLACE,
        "location": _TYPED_PLACE,
        "gps": _TYPED_PLACE,
        "geotrace": _TYPED_PLACE,
        "geoshape": _TYPED_PLACE,
        "start-geopoint": _EMPTY,
        "background-geopoint": _EMPTY,
        "audio": _CHOSEN_FILE,
        "video": _CHOSEN_FILE,
        "background-audio": say("nothing is recorded in the background"),
        "audit": say("no log of moves within the form is written; who changed what and when is kept for every answer"),
        "phonenumber": _EMPTY,
        "simserial": _EMPTY,
        "subscriberid": _EMPTY,
        "email": _EMPTY,
        "osm": _CHOSEN_FILE,
    }
)
_APPEARANCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "map": say("there is no map: the choices are listed"),
        "quickmap": say("there is no map: the choices are listed"),
        "placement-map": _TYPED_PLACE,
        "maps": _TYPED_PLACE,
        "new": say("a picture is chosen, pasted or dropped; the laptop's camera is not opened"),
        "new-front": say("a picture is chosen, pasted or dropped; the laptop's camera is not opened"),
        "bearing": say("a laptop has no compass: the bearing is typed"),
        "printer": say("nothing is printed from a question: the report is printed"),
        "web": say("the answer is typed"),
        "url": say("the address is shown and not opened"),
        "ethiopian": _DATES,
        "coptic": _DATES,
        "islamic": _DATES,
        "bikram-sambat": _DATES,
        "myanmar": _DATES,
        "persian": _DATES,
        "buddhist": _DATES,
    }
)
_KINDS: Mapping[str, Sentence] = MappingProxyType(
    {
        "integer": say("whole number"),
        "decimal": say("number"),
        "string": say("text"),
        "select_one": say("one choice"),
        "select_multiple": say("several choices"),
        "rank": say("order of choices"),
        "date": say("date"),
        "time": say("time of day"),
        "datetime": say("date and time"),
        "image": say("picture"),
        "audio": say("sound"),
        "video": say("film"),
        "file": say("file"),
        "barcode": say("bar code"),
        "geopoint": say("place"),
        "geotrace": say("line of places"),
        "geoshape": say("area"),
        "note": say("note"),
        "range": say("number on a scale"),
        "acknowledge": say("acknowledgement"),
        "calculate": say("calculated"),
        "hidden": say("hidden"),
        "boolean": say("yes or no"),
    }
)


def kind_sentence(kind: str) -> Sentence:
    """The kind of a question in words."""
    return _KINDS.get(kind, say("{kind}", kind=kind))


def stand_ins(kind: str, appearance: str) -> tuple[Sentence, ...]:
    """What stands in for a type (as the author wrote it) and its appearances; empty when all of it works as written."""
    found = [_TYPES[kind]] if kind in _TYPES else []
    for word in appearance.split():
        told = _APPEARANCES.get(word)
        if word.startswith("ex:"):
            told = say("no other program is asked: the answer is typed")
        elif word.startswith("printer:"):
            told = _APPEARANCES["printer"]
        if told is not None and told not in found:
            found.append(told)
    return tuple(found)
