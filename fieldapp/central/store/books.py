"""The books of one writing transaction: records are loaded once, changed in memory, and written with their digests at the end.

What is written together gets consecutive revisions, one for each record; the digest of each partition follows its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from fieldapp.base.ids import Id
from fieldapp.central.store.engine import next_number, put_rows, put_values
from fieldapp.central.store.tables import answer, counter, moved, partition_digest, record
from fieldapp.domain.merging import Actor
from fieldapp.domain.records import KINDS, Kind, Plain, partition
from fieldapp.wire.changes import row_digest

__all__ = ["Author", "Books", "Mark", "Stored", "chunks", "read_body", "revision_of"]

CHUNK = 400
"""How many ids go into one IN list; SQLite allows 32,766 and PostgreSQL 65,535 places, plans stay small with fewer."""

_ANSWERS = select(answer.c.instance_id, answer.c.key, answer.c.value)
_MARKS = select(answer.c.key, answer.c.revision, answer.c.actor, answer.c.author, answer.c.at).where(
    answer.c.instance_id == bindparam("id")
)
_ANSWER_NAMES = ("instance_id", "key", "value", "revision", "actor", "author", "at")

_body_encoder = msgspec.msgpack.Encoder(order="sorted")
_body_decoder = msgspec.msgpack.Decoder(dict[str, Plain])


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Who wrote a value that stands, and when (milliseconds since 1970, UTC); `revision` 0 until the transaction ends."""

    revision: int
    actor: Actor
    author: Id
    at: int


class Author(msgspec.Struct, frozen=True, gc=False):
    """Who edits: an engineer through a device, or the centre (a dispatcher, or the service itself with an empty id)."""

    actor: Actor
    person: Id
    at: int

    def mark(self) -> Mark:
        """The mark of an edit made now."""
        return Mark(0, self.actor, self.person, self.at)


_marks_decoder = msgspec.msgpack.Decoder(dict[str, Mark])


def read_body(data: bytes) -> dict[str, Plain]:
    """The closed fields of a stored record."""
    return _body_decoder.decode(data)


def revision_of(connection: Connection) -> int:
    """The highest revision that this connection sees."""
    known = connection.execute(select(counter.c.value).where(counter.c.name == "revision")).scalar()
    return int(known or 0)


def chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    """Ids in lists that fit one statement."""
    held = list(ids)
    return (held[start : start + CHUNK] for start in range(0, len(held), CHUNK))


@dataclass(slots=True)
class Stored:
    """One record in the books. `answers` is None until loaded, and stays empty for kinds without open fields.

    `fresh_marks`: who wrote the answers written in these books; those of the others are read when somebody asks (`answer_marks`).
    """

    kind: Kind
    id: Id
    values: dict[str, Plain]
    marks: dict[str, Mark]
    revision: int
    deleted: bool
    partition: str
    digest: int
    is_new: bool = False
    answers: dict[str, Plain] | None = None
    fresh_marks: dict[str, Mark] = field(default_factory=dict)
    earlier_marks: Callable[[Id], dict[str, Mark]] | None = None
    touched_answers: set[str] = field(default_factory=set)
    was: dict[str, Plain] = field(default_factory=dict)
    was_deleted: bool = False
    was_partition: str = ""

    @property
    def answer_marks(self) -> dict[str, Mark]:
        """Who wrote each answer, when, and at which revision."""
        if self.earlier_marks is not None:
            self.fresh_marks = self.earlier_marks(self.id) | self.fresh_marks
            self.earlier_marks = None
        return self.fresh_marks

    def as_new(self) -> None:
        """Have all answers travel again with the record, although they stand as they are."""
        self.touched_answers.update(self.answers or {})
        self.fresh_marks = {key: msgspec.structs.replace(mark, revision=0) for key, mark in self.answer_marks.items()}

    def value(self, name: str) -> Plain:
        """The value of a field, or an answer; None where there is none."""
        if name.startswith("/"):
            return (self.answers or {}).get(name)
        return self.values.get(name)

    def mark(self, name: str) -> Mark | None:
        """Who wrote the value that stands; None for an answer never given."""
        if name.startswith("/"):
            return self.answer_marks.get(name)
        return self.marks.get(name) or self.marks[""]


class Books:
    """Records of one writing transaction. Call `close` before the transaction ends; it may be called again."""

    def __init__(self, connection: Connection) -> None:
        """Books on a connection of `Store.writing`."""
        self.connection = connection
        self._held: dict[tuple[str, Id], Stored | None] = {}
        self._touched: dict[tuple[str, Id], Stored] = {}

    def load(self, wanted: Iterable[tuple[str, Id]]) -> None:
        """Fetch many records in few statements, answers included."""
        by_kind: dict[str, set[Id]] = {}
        for kind, record_id in wanted:
            if (kind, record_id) not in self._held:
                by_kind.setdefault(kind, set()).add(record_id)
        for kind, ids in by_kind.items():
            for some in chunks(sorted(ids)):
                self._fetch(kind, some)

    def _fetch(self, kind_name: str, ids: list[Id]) -> None:
        kind = KINDS[kind_name]
        for each in ids:
            self._held[kind_name, each] = None
        rows = self.connection.execute(select(record).where(record.c.kind == kind_name, record.c.id.in_(ids)))
        for row in rows:
            values = read_body(row.body)
            self._held[kind_name, row.id] = Stored(
                kind=kind,
                id=row.id,
                values=values,
                marks=_marks_decoder.decode(row.marks),
                revision=row.revision,
                deleted=row.deleted,
                partition=row.partition,
                digest=int(row.digest, 16),
                answers=None if kind.open_policy else {},
                was=dict(values),
                was_deleted=row.deleted,
                was_partition=row.partition,
            )
        if kind.open_policy:
            self._fetch_answers(kind_name, [each for each in ids if self._held[kind_name, each] is not None])

    def _fetch_answers(self, kind_name: str, ids: list[Id]) -> None:
        given: dict[Id, dict[str, Plain]] = {}
        for each in ids:
            stored = self._held[kind_name, each]
            assert stored is not None
            stored.answers = given[each] = {}
            stored.earlier_marks = self._marks_of
        for instance_id, key, value in self.connection.execute(_ANSWERS.where(answer.c.instance_id.in_(ids))).all():
            given[instance_id][key] = value

    def _marks_of(self, record_id: Id) -> dict[str, Mark]:
        return {key: Mark(*mark) for key, *mark in self.connection.execute(_MARKS, {"id": record_id})}

    def holds(self, kind: str, record_id: Id) -> bool:
        """Whether these books have the record, without looking for it."""
        return self._held.get((kind, record_id)) is not None

    def get(self, kind: str, record_id: Id) -> Stored | None:
        """A record as these books have it, deleted ones included; None when it never was."""
        if (kind, record_id) not in self._held:
            self._fetch(kind, [record_id])
        return self._held[kind, record_id]

    def create(self, kind: Kind, record_id: Id, values: Mapping[str, Plain], author: Author) -> Stored:
        """A new record; missing fields take their default, unknown ones are kept. Answers may be among the values."""
        closed = {name: known.default for name, known in kind.fields.items()}
        closed.update({name: value for name, value in values.items() if not name.startswith("/")})
        stored = Stored(kind, record_id, closed, {"": author.mark()}, 0, False, "", 0, is_new=True, answers={})
        self._held[kind.name, record_id] = stored
        self._touched[kind.name, record_id] = stored
        for name, value in values.items():
            if name.startswith("/"):
                self.write(stored, name, value, author)
        return stored

    def write(self, stored: Stored, name: str, value: Plain, author: Author) -> None:
        """Change one field or answer; no difference, no new revision."""
        if name.startswith("/"):
            assert stored.answers is not None
            if name in stored.answers and _same(stored.answers[name], value):
                return
            stored.answers[name] = value
            stored.fresh_marks[name] = author.mark()
            stored.touched_answers.add(name)
        else:
            if name in stored.values and _same(stored.values[name], value):
                return
            stored.values[name] = value
            stored.marks[name] = author.mark()
        self._touched[stored.kind.name, stored.id] = stored

    def remove(self, stored: Stored, author: Author) -> None:
        """Leave a tombstone."""
        if not stored.deleted:
            stored.deleted = True
            stored.marks[""] = author.mark()
            self._touched[stored.kind.name, stored.id] = stored

    def touch(self, stored: Stored) -> None:
        """Write a record anew at the end, although no field of it changed."""
        self._touched[stored.kind.name, stored.id] = stored

    def touched(self) -> list[Stored]:
        """The records changed in these books so far, in the order of their first change."""
        return list(self._touched.values())

    def take_revision(self) -> int:
        """One revision for something that is no record, e.g. a scope that changes."""
        return next_number(self.connection, "revision")

    def close(self) -> int:
        """Write everything; returns the highest revision afterwards."""
        touched = list(self._touched.values())
        last = next_number(self.connection, "revision", len(touched)) if touched else revision_of(self.connection)
        sums: dict[str, int] = {}
        rows: list[dict[str, Any]] = []
        answers: list[tuple[Any, ...]] = []
        moves: list[dict[str, Any]] = []
        for revision, stored in enumerate(touched, last - len(touched) + 1):
            self._settle(stored, revision, sums, moves)
            answers += _answer_rows(stored)
            rows.append(_record_row(stored))
        self._write(rows, answers, moves)
        self._add_sums(sums)
        for stored in touched:
            stored.is_new = False
            stored.touched_answers.clear()
            stored.was, stored.was_deleted, stored.was_partition = dict(stored.values), stored.deleted, stored.partition
        self._touched.clear()
        return last

    def _settle(self, stored: Stored, revision: int, sums: dict[str, int], moves: list[dict[str, Any]]) -> None:
        """Give a record its revision, partition and digest, and account for the difference."""
        if not stored.is_new and not stored.was_deleted:
            sums[stored.was_partition] = sums.get(stored.was_partition, 0) - stored.digest
        stored.revision = revision
        stored.marks = {name: _numbered(mark, revision) for name, mark in stored.marks.items()}
        stored.partition = partition(stored.kind, stored.id, stored.values)
        if not stored.is_new and stored.partition != stored.was_partition:
            moves.append({"revision": revision, "kind": stored.kind.name, "id": stored.id, "partition": stored.was_partition})
            stored.as_new()  # a laptop that gets the record anew needs all its answers, not only the newest
        for key in stored.touched_answers:
            stored.fresh_marks[key] = _numbered(stored.fresh_marks[key], revision)
        stored.digest = row_digest(stored.kind.name, stored.id, {**stored.values, **(stored.answers or {})})
        if not stored.deleted:
            sums[stored.partition] = sums.get(stored.partition, 0) + stored.digest

    def _write(self, rows: list[dict[str, Any]], answers: list[tuple[Any, ...]], moves: list[dict[str, Any]]) -> None:
        put_rows(self.connection, record, rows, replace=True)
        put_values(self.connection, answer, _ANSWER_NAMES, answers, replace=True)
        if moves:
            self.connection.execute(insert(moved), moves)

    def _add_sums(self, sums: Mapping[str, int]) -> None:
        held: dict[str, str] = {}
        for some in chunks(sorted(sums)):
            query = select(partition_digest.c.partition, partition_digest.c.digest).where(partition_digest.c.partition.in_(some))
            held.update((row.partition, row.digest) for row in self.connection.execute(query))
        rows = [(name, f"{(int(held.get(name, '0'), 16) + sums[name]) % 2**256:064x}") for name in sorted(sums)]
        put_values(self.connection, partition_digest, ("partition", "digest"), rows, replace=True)


def _same(one: Plain, other: Plain) -> bool:
    return type(one) is type(other) and one == other


def _numbered(mark: Mark, revision: int) -> Mark:
    return mark if mark.revision else msgspec.structs.replace(mark, revision=revision)


def _record_row(stored: Stored) -> dict[str, Any]:
    return {
        "kind": stored.kind.name,
        "id": stored.id,
        "partition": stored.partition,
        "revision": stored.revision,
        "deleted": stored.deleted,
        "body": _body_encoder.encode(stored.values),
        "marks": _body_encoder.encode(stored.marks),
        "digest": f"{stored.digest:064x}",
    }


def _answer_rows(stored: Stored) -> list[tuple[Any, ...]]:
    """What was written of a record's answers, in the order of `_ANSWER_NAMES`."""
    answers, marks, record_id = stored.answers or {}, stored.fresh_marks, stored.id
    rows: list[tuple[Any, ...]] = []
    for key in sorted(stored.touched_answers):
        mark = marks[key]
        rows.append((record_id, key, answers[key], mark.revision, mark.actor, mark.author, mark.at))
    return rows
