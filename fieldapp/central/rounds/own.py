"""What a laptop need not be sent back: records that stand here just as its own Changes, all applied, make them stand there.

A laptop that gets receipts for its Changes and a cursor beyond them takes them into its copy of the centre's version by
itself. That is the same version only where nobody else had a hand in it: the laptop had seen the record as it stood before,
every Change of it was applied, and nothing but what they say was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fieldapp.base.ids import Id
from fieldapp.central.rounds.exchange import Taken
from fieldapp.central.store.books import Books, Stored
from fieldapp.domain.records import Plain
from fieldapp.wire.changes import Change

__all__ = ["OwnWork"]


@dataclass(frozen=True, slots=True)
class _Expected:
    """A record and the closed fields that it must have in the end, nulls aside; `partition` is empty for a new one."""

    stored: Stored
    values: Mapping[str, Plain]
    partition: str


class OwnWork:
    """Made after the Changes were taken and before the books close; asked afterwards."""

    def __init__(self, books: Books, taken: Taken, cursor: int) -> None:
        """`cursor`: the revision up to which the laptop has seen everything."""
        self.verdicts = tuple(taken.verdicts)
        self.touched = [place for place in dict.fromkeys((*taken.by_record, *sorted(taken.odd))) if place[0] and books.holds(*place)]
        self._expected: dict[tuple[str, Id], _Expected] = {}
        for place, changes in taken.by_record.items():
            if place in taken.odd or not books.holds(*place) or any(change.deleted for change in changes):
                continue
            stored = books.get(*place)
            if stored is None or stored.was_deleted or stored.revision > cursor:
                continue
            answers, closed = _said(changes)
            held = stored.answers or {}
            if not stored.touched_answers <= answers.keys() or any(held.get(name) != value for name, value in answers.items()):
                continue  # answers are texts or nothing: what is equal is the same
            if any(not _same(value, stored.values.get(name)) for name, value in closed.items()):
                continue
            values = {**stored.was, **closed}
            self._expected[place] = _Expected(stored, values, "" if stored.is_new else stored.was_partition)

    def revisions(self) -> dict[tuple[str, Id], int]:
        """The records that the laptop has as they stand, with the revisions that this transaction gave them."""
        return {place: one.stored.revision for place, one in self._expected.items() if _as_expected(one)}


def _said(changes: Iterable[Change]) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """What Changes say in the end: the answers, and the other fields."""
    answers: dict[str, Plain] = {}
    closed: dict[str, Plain] = {}
    for change in changes:
        for edit in change.edits:
            (answers if edit.name[:1] == "/" else closed)[edit.name] = edit.value
    return answers, closed


def _as_expected(one: _Expected) -> bool:
    stored = one.stored
    if stored.deleted or one.partition not in ("", stored.partition):
        return False
    names = stored.values.keys() | one.values.keys()
    return all(_same(stored.values.get(name), one.values.get(name)) for name in names)


def _same(one: Plain, other: Plain) -> bool:
    return type(one) is type(other) and one == other
