"""The export of a visit's history: Changes as lines of JSON, one spelling each, the same from the laptop and from the centre.

The first line says what the file is about; it proves nothing. Each other line is a Change with its place in its laptop's order. A
line is the Change itself, in JSON instead of msgpack: from it the canonical bytes are made again, and nothing stands beside them.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

import msgspec

from fieldapp.base.errors import InputError, StorageError, disk_words
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.wire.changes import BadChange, Change, FieldEdit, Plain, change_bytes, change_from_bytes, content_digest

__all__ = [
    "SCHEMA",
    "BadHistory",
    "HistoryHead",
    "HistoryNotWritten",
    "Placed",
    "from_first_to_last",
    "history_lines",
    "once_each",
    "read_history",
    "write_history",
]

SCHEMA: Final = "fieldapp.history/1"
"""The name of the format; it stands in the first line."""

Placed = tuple[int, bytes]
"""A Change with its place: the incarnation, and the canonical bytes, in which the sequence stands."""


class BadHistory(InputError):
    """A file that is no export of a visit's history, or is not spelled as one."""

    code = "FA-507"
    message = N_("The history {name} cannot be read (line {line}). Nothing was checked. Ask for the export again.")


class HistoryNotWritten(StorageError):
    """The export of a visit's history could not be written where a person wanted it."""

    code = "FA-508"
    message = N_("The history could not be written to {path} ({reason}). Nothing else was changed. Choose another place and try again.")


class HistoryHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an export is about: number and version of the report, the laptop, and who wrote it."""

    schema: Literal["fieldapp.history/1"]
    number: str
    version: int
    device: str
    source: Literal["laptop", "centre"]


class _Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    value: Plain
    base: str | None


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    incarnation: int
    sequence: int
    kind: str
    record: str
    edits: tuple[_Edit, ...]
    base_epoch: int
    base_revision: int
    author: str
    earliest: int
    latest: int
    schema: int
    deleted: bool


def history_lines(head: HistoryHead, changes: Iterable[Placed]) -> Iterator[bytes]:
    """The lines of an export, each with its end."""
    yield msgspec.json.encode(head) + b"\n"
    for incarnation, data in changes:
        yield msgspec.json.encode(_line(incarnation, change_from_bytes(data))) + b"\n"


def read_history(data: bytes, name: str | Sentence = "") -> tuple[HistoryHead, tuple[Placed, ...]]:
    """Read an export; BadHistory names the first line that is not spelled as `history_lines` spells it. `name`: what the file is called."""
    lines = data.split(b"\n")
    if len(lines) < 2 or lines[-1]:
        raise BadHistory(name=name, line=len(lines))
    lines.pop()
    at = 1
    try:
        head = msgspec.json.decode(lines[0], type=HistoryHead)
        _same(lines[0], head)
        found = []
        for at, line in enumerate(lines[1:], 2):  # noqa: B007 - where the reading ended is what the refusal says
            read = msgspec.json.decode(line, type=_Line)
            _same(line, read)
            found.append((read.incarnation, change_bytes(_change(read))))
    except (msgspec.DecodeError, ValueError, RecursionError, BadChange) as fault:
        raise BadHistory(name=name or say("of the visit"), line=at) from fault
    return head, tuple(found)


def write_history(path: Path, head: HistoryHead, changes: Iterable[Placed]) -> None:
    """Write an export, whole or not at all; HistoryNotWritten where it cannot be, or where there is a file of that name."""
    beside = path.with_name(f"{path.name}.part")
    try:
        if path.exists():
            raise FileExistsError(errno.EEXIST, "")
        beside.write_bytes(b"".join(history_lines(head, changes)))
        beside.replace(path)
    except OSError as fault:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise HistoryNotWritten(path=path, reason=disk_words(fault)) from fault


def _same(line: bytes, read: msgspec.Struct) -> None:
    """ValueError where a line is spelled otherwise: doubled names would show a reader what the program does not see."""
    if msgspec.json.encode(read) != line:
        raise ValueError("not as it is written")


def _line(incarnation: int, change: Change) -> _Line:
    edits = tuple(_Edit(each.name, each.value, None if each.base is None else each.base.hex()) for each in change.edits)
    return _Line(
        incarnation,
        change.sequence,
        change.kind,
        change.record.hex(),
        edits,
        change.base_epoch,
        change.base_revision,
        change.author.hex(),
        change.earliest,
        change.latest,
        change.schema,
        change.deleted,
    )


def _change(line: _Line) -> Change:
    return Change(
        line.sequence,
        line.kind,
        _bytes(line.record),
        tuple(FieldEdit(each.name, each.value, None if each.base is None else _bytes(each.base)) for each in line.edits),
        line.base_epoch,
        line.base_revision,
        _bytes(line.author),
        line.earliest,
        line.latest,
        line.schema,
        line.deleted,
    )


def _bytes(text: str) -> bytes:
    """Bytes from lower-case hexadecimal digits; ValueError for any other spelling."""
    made = bytes.fromhex(text)
    if made.hex() != text:
        raise ValueError("no hexadecimal digits")
    return made


def once_each(changes: Iterable[Placed]) -> list[Placed]:
    """Changes in order without those that an earlier incarnation has, too: what was sent again under new numbers is the same Change."""
    first: dict[bytes, int] = {}
    return [(incarnation, data) for incarnation, data in changes if first.setdefault(content_digest(data), incarnation) == incarnation]


def from_first_to_last(changes: Sequence[Placed], digests: Sequence[str], *, so_far: bool = False) -> list[Placed]:
    """The Changes from the first of the listed ones to the last, and whatever stands between; an end that is not there does not cut.

    With `so_far` also what follows the last.
    """
    found = [content_digest(data).hex() for _, data in changes]
    listed = set(digests)
    places = [place for place, each in enumerate(found) if each in listed]
    begins = places[0] if places and found[places[0]] == digests[0] else 0
    ends = places[-1] if places and found[places[-1]] == digests[-1] else len(changes) - 1
    ends = len(changes) - 1 if so_far else ends
    return list(changes[begins : ends + 1])
