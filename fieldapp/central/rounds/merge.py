"""Take one Change into the books: field by field against what the editor saw, each with a verdict.

Nothing is refused silently and nothing is hidden: a value that loses stands in a conflict record in the engineer's scope, or
in the log with the reason. Reasons are stable words; those of `domain.merging`, and here: unknown_kind, unknown_field,
bad_value, wrong_order, unreadable, centre_only, deleted, changed_meanwhile, sealed, highest_stands, settled_before, unknown_record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from fieldapp.base.ids import Id
from fieldapp.central.rounds.conflicts import Arrival, came_late, is_sealed, keep, saw, set_aside, take_settlement
from fieldapp.central.store.books import Author, Books, Stored
from fieldapp.central.store.tables import change_log
from fieldapp.domain.merging import Outcome, merge_field
from fieldapp.domain.records import KINDS, Kind, plain_ok
from fieldapp.wire.changes import Change, FieldEdit, value_digest
from fieldapp.wire.protocol import Verdict

__all__ = ["CENTRE_ONLY", "Arrival", "merge_change"]

CENTRE_ONLY = frozenset(
    (
        "customer",
        "contract",
        "site",
        "person",
        "duty_entry",
        "calendar_day",
        "policy_row",
        "asset_limit",
        "form_version",
        "spare_part",
        "stock_location",
        "number_block",
        "conflict",
    )
)
"""Kinds that only the centre creates."""

_SEALED_REPORT = frozenset(
    (
        "site_id",
        "customer_id",
        "contract_id",
        "visit_id",
        "subject_id",
        "kind",
        "number",
        "version",
        "title",
        "renderer",
        "content_digest",
        "pdf_digest",
        "pdf_size",
        "pages",
        "certified_at",
        "signed_at",
    )
)
_OPEN = frozenset({"field", "both"})
"""Policies under which an edit is applied whoever wrote before, if its editor saw what stands."""

_SEALED_STATES = frozenset({"signed", "refused", "paper", "void"})


@dataclass(slots=True)
class _Tally:
    """The outcomes of the fields of one change."""

    conflicts: list[str] = field(default_factory=list)
    rejected: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    conflict_id: Id = ""
    aside_id: Id = ""

    def verdict(self, sequence: int) -> Verdict:
        """One verdict for the change, with the first reason: rejected before conflict, because a conflict is seen in its own
        record too, but a rejected value nowhere else; a rejection names the rejected fields only.
        """
        named = tuple(sorted({*self.conflicts, *self.rejected, *self.merged}))
        if self.rejected:
            reason = next(iter(self.rejected.values()))
            return Verdict(sequence, "rejected", tuple(sorted(self.rejected)), reason, self.conflict_id or self.aside_id)
        if self.conflicts:
            return Verdict(sequence, "conflict", named, "both_edited", self.conflict_id)
        if self.merged:
            return Verdict(sequence, "merged", named, next(iter(self.merged.values())), self.aside_id)
        return Verdict(sequence, "applied")


def merge_change(books: Books, arrival: Arrival) -> Verdict:
    """Take a Change into the books and say what became of it; never raises for what the laptop sent."""
    change = arrival.change
    kind = KINDS.get(change.kind)
    if kind is None:
        return _refused(change, "unknown_kind")
    if len(change.record) != 16:
        return _refused(change, "bad_value")
    stored = books.get(kind.name, change.record_id)
    # a conflict is addressed to one engineer, a number block leased to one: nobody else may touch them
    if kind.scope == "engineer" and stored is not None and stored.values.get("engineer_id") != arrival.engineer:
        return _refused(change, "centre_only")
    if change.deleted:
        return _delete(books, arrival, kind, stored)
    if stored is not None and len(change.edits) == 1 and _answered(books, arrival, stored, change.edits[0]):
        return Verdict(change.sequence, "applied")
    wrong = _wrong_field(kind, change)
    if wrong:
        others = (edit.name for edit in change.edits if edit.name != wrong[0])
        return Verdict(change.sequence, "rejected", (wrong[0], *others), wrong[1])  # nothing of it stands: all of it is named
    if stored is None:
        if kind.name in CENTRE_ONLY:
            return _refused(change, "centre_only")
        if _never_altered(kind) and any(edit.base is not None for edit in change.edits):  # of an entry that went with a restored backup
            return _refused(change, "never_altered")
        if _of_a_lost_record(kind, change):
            return _refused(change, "unknown_record")
        books.create(kind, change.record_id, change.values(), _author(arrival))
        return Verdict(change.sequence, "applied")
    if kind.name == "conflict" and not stored.deleted:
        return take_settlement(books, arrival, stored)
    return _edit(books, arrival, stored)


def _of_a_lost_record(kind: Kind, change: Change) -> bool:
    """Whether this edits a record that was here before a backup was put back, and does not say where it belongs: made of it, the record
    would be everybody's. Its laptop gives it again as a whole.
    """
    place = f"{kind.scope}_id"
    seen = change.base_revision > 0 or any(edit.base is not None for edit in change.edits)
    return seen and place in kind.fields and all(edit.name != place for edit in change.edits)


def _answered(books: Books, arrival: Arrival, stored: Stored, edit: FieldEdit) -> bool:
    """Take what an evening mostly consists of, with few questions: one answer of an open checklist by somebody who saw what stands.

    False, and nothing done, for everything else: the rules below decide.
    """
    name, value = edit.name, edit.value
    if stored.kind.open_policy not in _OPEN or name[:1] != "/" or len(name) > 400 or stored.deleted or is_sealed(stored):
        return False
    if (value is not None and type(value) is not str) or not saw(stored, edit):
        return False
    books.write(stored, name, value, _author(arrival))
    return True


def _refused(change: Change, reason: str) -> Verdict:
    return Verdict(change.sequence, "rejected", tuple(edit.name for edit in change.edits), reason)


def _author(arrival: Arrival) -> Author:
    return Author("engineer", arrival.engineer, arrival.change.latest)


def _wrong_field(kind: Kind, change: Change) -> tuple[str, str] | None:
    """The first field whose value may not stand there, with the reason; fields of a newer version pass."""
    for edit in change.edits:
        if edit.name.startswith("/"):
            if kind.open_policy is None:
                return edit.name, "unknown_field"
            if not (edit.value is None or isinstance(edit.value, str)) or len(edit.name) > 400:
                return edit.name, "bad_value"
        else:
            known = kind.fields.get(edit.name)
            if known is not None and not plain_ok(known, edit.value):
                return edit.name, "bad_value"
    return None


def _delete(books: Books, arrival: Arrival, kind: Kind, stored: Stored | None) -> Verdict:
    change = arrival.change
    if kind.name in CENTRE_ONLY or (stored is not None and kind.open_policy is None and _never_altered(kind)):
        return _refused(change, "never_altered" if kind.name not in CENTRE_ONLY else "centre_only")
    if stored is None or stored.deleted:
        return Verdict(change.sequence, "applied")
    if is_sealed(stored):
        return _refused(change, "sealed")
    seen = change.base_revision
    newest = max(mark.revision for mark in (*stored.marks.values(), *stored.answer_marks.values()))
    by_others = any(mark.author != arrival.engineer for mark in (*stored.marks.values(), *stored.answer_marks.values()))
    if newest > seen and (by_others or _another_laptop(books, arrival, stored)):
        conflict = keep(books, arrival, stored, FieldEdit("", None), "changed_meanwhile")
        return Verdict(change.sequence, "conflict", (), "changed_meanwhile", conflict)
    books.remove(stored, _author(arrival))
    return Verdict(change.sequence, "applied")


def _another_laptop(books: Books, arrival: Arrival, stored: Stored) -> bool:
    """Whether the same engineer changed the record on another laptop since this one saw it."""
    place = change_log.c.kind == stored.kind.name, change_log.c.record == stored.id, change_log.c.revision > arrival.change.base_revision
    others = select(change_log.c.sequence).where(*place, change_log.c.device != arrival.device).limit(1)
    return books.connection.execute(others).first() is not None


def _never_altered(kind: Kind) -> bool:
    return all(known.policy in {"append", "once", "ledger"} for known in kind.fields.values())


def _sealed_field(stored: Stored, name: str) -> bool:
    if stored.kind.name == "service_report":
        return name in _SEALED_REPORT and stored.values.get("state") in _SEALED_STATES
    return name != "deprecated_id" and is_sealed(stored)


def _edit(books: Books, arrival: Arrival, stored: Stored) -> Verdict:
    tally = _Tally()
    author = _author(arrival)
    # judged by the state before this change, so that one change may seal a record together with its last answers
    sealed = {edit.name for edit in arrival.change.edits if _sealed_field(stored, edit.name)}
    for edit in arrival.change.edits:
        current = stored.value(edit.name)
        if edit.base is not None and edit.base == value_digest(edit.value):
            continue  # said along with the rest of a record that was given again, and never meant as an edit
        if stored.deleted:
            tally.conflicts.append(edit.name)
            tally.conflict_id = keep(books, arrival, stored, edit, "deleted")
            continue
        if edit.name in sealed and current != edit.value:
            tally.rejected[edit.name] = "sealed"
            tally.aside_id = set_aside(books, arrival, stored, edit, "sealed")
            continue
        mark = stored.mark(edit.name)
        outcome = _given_out(stored, edit) or merge_field(
            stored.kind.policy_of(edit.name),
            current,
            saw(stored, edit),
            edit.value,
            "engineer",
            current_by=mark.actor if mark is not None else None,
        )
        if outcome.code == "conflict":
            late = came_late(books, arrival, stored, edit)
            if late:
                tally.merged[edit.name], tally.aside_id = "settled_before", late
                continue
            tally.conflicts.append(edit.name)
            tally.conflict_id = keep(books, arrival, stored, edit, outcome.reason)
            continue
        if outcome.code == "rejected":
            tally.rejected[edit.name] = outcome.reason
            tally.aside_id = set_aside(books, arrival, stored, edit, outcome.reason)
            continue
        if outcome.code == "merged":
            tally.merged[edit.name] = outcome.reason
            tally.aside_id = set_aside(books, arrival, stored, edit, outcome.reason)
        books.write(stored, edit.name, outcome.value, author)
    return tally.verdict(arrival.change.sequence)


def _given_out(stored: Stored, edit: FieldEdit) -> Outcome | None:
    """Of a block of numbers: what was given out stays given out, whichever disk remembers it. None for any other field."""
    current, mine = stored.value(edit.name), edit.value
    if stored.kind.name != "number_block" or edit.name != "used" or not isinstance(current, int) or not isinstance(mine, int):
        return None
    return Outcome("applied", mine) if mine >= current else Outcome("merged", current, "highest_stands", mine, loses=True)
