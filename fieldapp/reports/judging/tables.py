"""The bytes of a revision between the one before and its trailer: objects one after the other, and their table, spelled one way.

Readers differ in what they take of a table that lists an object twice, calls one free, or stands elsewhere than it says,
and in what they look for when they repair a file. Here nothing of that is left to them: the table is the one that its
objects give, and the objects fill the revision without a byte between them.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from pyhanko.pdf_utils import generic as _generic

__all__ = ["spelled_once", "stands_within"]

generic: Any = _generic

_STATED = re.compile(rb"startxref\n([1-9][0-9]{0,9})\n%%EOF\n\Z")
_TAIL = 64
_FREE = "0000000000 65535 f \n"


def stands_within(reader: Any, pdf: bytes, revision: int, start: int, end: int) -> bool:
    """Whether the table that is read for a revision is the one at its end, and names only objects in its own bytes.

    Else a later revision could bring another table, or the bytes of an object, for an earlier one.
    """
    stated = _STATED.search(pdf, max(start, end - _TAIL), end)
    if stated is None or reader.xrefs.get_startxref_for_revision(revision) != int(stated[1]):
        return False
    places = _places(reader, revision)
    return bool(places) and all(isinstance(place, int) and start <= place < int(stated[1]) for place in places.values())


def spelled_once(reader: Any, pdf: bytes, revision: int, start: int) -> bool:
    """Whether an appended revision that begins at `start` holds its objects, without gaps, and the table that they give."""
    places = _places(reader, revision)
    table = reader.xrefs.get_startxref_for_revision(revision)
    written = _table_of(places) + b"trailer\n<<\n"
    if pdf[table : table + len(written)] != written:
        return False
    order = sorted(places.items(), key=lambda item: item[1])
    ends = [place for _, place in order[1:]] + [table]
    resolver = reader.get_historical_resolver(revision)
    values = [resolver(generic.Reference(number, 0, None)) for number, _ in order]
    parts = [pdf[place:end] for (_, place), end in zip(order, ends, strict=True)]
    whole = all(_is_object(raw, number, value) for raw, (number, _), value in zip(parts, order, values, strict=True))
    return whole and order[0][1] == start


def _places(reader: Any, revision: int) -> dict[int, Any]:
    xrefs = reader.xrefs
    return {ref.idnum: xrefs.get_historical_ref(ref, revision) for ref in xrefs.explicit_refs_in_revision(revision)}


def _table_of(places: dict[int, int]) -> bytes:
    """The table of these objects and of the entry that begins the list of free ones, number 0."""
    entries = {0: _FREE, **{number: f"{places[number]:010d} 00000 n \n" for number in sorted(places)}}
    numbers = list(entries)
    breaks = [0, *(i for i, (one, two) in enumerate(pairwise(numbers), 1) if two != one + 1), len(numbers)]
    lines = ["xref\n"]
    for first, last in pairwise(breaks):
        lines.append(f"{numbers[first]} {last - first}\n")
        lines += [entries[number] for number in numbers[first:last]]
    return "".join(lines).encode()


def _is_object(raw: bytes, number: int, value: Any) -> bool:
    """Whether these bytes are one object and no more; of a stream its length says where it ends."""
    tail = b"\nendobj\n"
    if not raw.startswith(b"%d 0 obj\n<<\n" % number) or not raw.endswith(tail):
        return False
    if not isinstance(value, generic.StreamObject):
        return raw.count(tail) == 1 and b"\nstream\n" not in raw
    length = value.raw_get("/Length")
    if not isinstance(length, generic.NumberObject):
        return False
    head = raw[: len(raw) - len(tail) - len(b"\nendstream") - int(length)]
    return head.endswith(b">>\nstream\n") and head.count(b"\nstream\n") == 1 and tail not in head
