"""Conflicts in the books: both values kept, more than two when more laptops met, and what follows when one is settled.

Whoever settles first stands, an engineer through a laptop or a dispatcher at the desk; what the second decided is kept as a
further side of the conflict, and he is told. A record that was deleted comes back when a person keeps the edit of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from sqlalchemy import select

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id, derived_id
from fieldapp.central.store.books import Author, Books, Mark, Stored, read_body
from fieldapp.central.store.tables import record
from fieldapp.domain.conflicts.sides import ASIDE, LATE, OTHER_LAPTOP, Side, sides_of, spelled, value_of, with_side
from fieldapp.domain.records import KINDS, Plain
from fieldapp.wire.changes import Change, FieldEdit, value_digest
from fieldapp.wire.protocol import Verdict

__all__ = [
    "UNTOLD",
    "Arrival",
    "bring_back",
    "came_late",
    "is_sealed",
    "keep",
    "revive",
    "saw",
    "set_aside",
    "settle_at_desk",
    "standing",
    "take_settlement",
    "undo_at_desk",
]

UNTOLD = frozenset({"satisfaction", "sign_off", "number_block", "conflict"})
"""Kinds whose values are never repeated in another record: what a customer judged and signed is his, numbers are no opinion."""

_NOW = 2**63
"""Above every revision: of a mark that was made in these books and has none yet."""

_SETTLING = ("state", "settled_with", "settled_value")
_MAY = frozenset(name for name, known in KINDS["conflict"].fields.items() if known.policy == "field")


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One Change with where it comes from."""

    change: Change
    engineer: Id
    device: Id
    incarnation: int


def saw(stored: Stored, edit: FieldEdit) -> bool:
    """Whether the editor saw the value that stands now; before a field was ever set he saw its default."""
    current = stored.value(edit.name)
    if edit.base is not None:
        return edit.base == value_digest(current)
    known = stored.kind.fields.get(edit.name)
    return current is None or (known is not None and known.default == current)


def text_of_moment(millis: int) -> str | None:
    """Milliseconds since 1970 as text; None for what no calendar holds."""
    try:
        return moment_text(datetime.fromtimestamp(millis / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _side(arrival: Arrival, value: Plain, why: str) -> Side:
    return Side(value, arrival.engineer, text_of_moment(arrival.change.latest) or "", arrival.device, why)


def _newest(books: Books, stored: Stored, field: str, engineer: Id) -> tuple[Id, Stored | None]:
    """The newest conflict of an engineer about a field, and the id of the next one; the same id while it is open."""
    place = ("conflict", stored.kind.name, stored.id, field, engineer)
    number, found = 1, derived_id(*place)
    last: Stored | None = None
    while (held := books.get("conflict", found)) is not None:
        last = held
        if held.values.get("state") == "open":
            break
        number += 1
        found = derived_id(*place, str(number))
    return found, last


def keep(books: Books, arrival: Arrival, stored: Stored, edit: FieldEdit, reason: str) -> Id:
    """Keep both values as a conflict in the engineer's scope; returns its id.

    A second edit on top of a value that lost goes on in its place: the person has one decision to make. Another value of
    another laptop of the same engineer becomes a side of its own.
    """
    conflict_id, held = _newest(books, stored, edit.name, arrival.engineer)
    system = Author("centre", "", arrival.change.latest)
    if held is not None and held.id == conflict_id:
        _another(books, arrival, held, edit, system)
        return conflict_id
    books.create(KINDS["conflict"], conflict_id, _values(arrival, stored, edit.name, edit.value, stored.value(edit.name), reason), system)
    return conflict_id


def _another(books: Books, arrival: Arrival, held: Stored, edit: FieldEdit, system: Author) -> None:
    text = str(held.values.get("sides") or "")
    mine = value_of(str(held.values.get("mine") or ""))
    sides = sides_of(text)
    if _same(mine, edit.value) or any(_same(side.value, edit.value) for side in sides):
        return
    if edit.base == value_digest(mine):
        books.write(held, "mine", spelled(edit.value), system)
        books.write(held, "mine_at", text_of_moment(arrival.change.latest), system)
        return
    below = next((side for side in sides if edit.base == value_digest(side.value)), None)
    books.write(held, "sides", with_side(text, _side(arrival, edit.value, OTHER_LAPTOP), below), system)


def _same(one: Plain, other: Plain) -> bool:
    return type(one) is type(other) and one == other


def _values(arrival: Arrival, stored: Stored, field: str, mine: Plain, theirs: Plain, reason: str) -> Mapping[str, Plain]:
    mark: Mark | None = stored.marks[""] if field == "" or stored.deleted else stored.mark(field)
    return {
        "site_id": str(stored.values.get("site_id") or ""),
        "engineer_id": arrival.engineer,
        "kind": stored.kind.name,
        "record_id": stored.id,
        "field": field,
        "mine": spelled(mine),
        "theirs": spelled(theirs),
        "mine_by": arrival.engineer,
        "theirs_by": mark.author if mark is not None else "",
        "mine_at": text_of_moment(arrival.change.latest),
        "theirs_at": text_of_moment(mark.at) if mark is not None else None,
        "reason": reason,
    }


def set_aside(books: Books, arrival: Arrival, stored: Stored, edit: FieldEdit, reason: str) -> Id:
    """The rules chose between two values without asking: both are kept where people see them; returns the record's id.

    To be called before the field is written. Empty for kinds whose values are not repeated elsewhere.
    """
    if stored.kind.name in UNTOLD:
        return ""
    at = (str(arrival.incarnation), str(arrival.change.sequence))
    aside_id = derived_id(ASIDE, stored.kind.name, stored.id, edit.name, arrival.engineer, arrival.device, *at)
    if books.get("conflict", aside_id) is None:
        values = _values(arrival, stored, edit.name, edit.value, stored.value(edit.name), reason)
        books.create(KINDS["conflict"], aside_id, {**values, "state": ASIDE}, Author("centre", "", arrival.change.latest))
    return aside_id


def came_late(books: Books, arrival: Arrival, stored: Stored, edit: FieldEdit) -> Id:
    """The settled conflict in which this very edit is kept as a decision that came second; empty when there is none."""
    _, held = _newest(books, stored, edit.name, arrival.engineer)
    if held is None or held.values.get("state") != "settled":
        return ""
    sides = sides_of(str(held.values.get("sides") or ""))
    mine = any(side.why == LATE and side.device == arrival.device and _same(side.value, edit.value) for side in sides)
    return held.id if mine else ""


def take_settlement(books: Books, arrival: Arrival, stored: Stored) -> Verdict:
    """A Change of a conflict from the engineer it is addressed to: taken whole, or kept as a decision that came second."""
    change = arrival.change
    edits = {edit.name: edit for edit in change.edits}
    foreign = tuple(sorted(name for name in edits if name not in _MAY and name in stored.kind.fields))
    if foreign:
        return Verdict(change.sequence, "rejected", tuple(sorted(edits)), "centre_decides")
    agrees = all(_same(stored.value(name), edits[name].value) for name in _SETTLING if name in edits)
    if "state" in edits and not agrees and not all(saw(stored, edits[name]) for name in _SETTLING if name in edits):
        return _second(books, arrival, stored, edits)
    author = Author("engineer", arrival.engineer, change.latest)
    settles = stored.values.get("state") == "open" and "state" in edits and edits["state"].value == "settled"
    if revived(stored) and "state" in edits and edits["state"].value == "open":
        gone_again(books, stored, author)
    for edit in change.edits:
        if not agrees or edit.name not in ("settled_at", "settled_by", "theirs", "theirs_by", "theirs_at"):
            books.write(stored, edit.name, edit.value, author)
    if settles:
        bring_back(books, stored, author)
    return Verdict(change.sequence, "applied")


def _second(books: Books, arrival: Arrival, stored: Stored, edits: Mapping[str, FieldEdit]) -> Verdict:
    decided = edits.get("settled_value")
    system = Author("centre", "", arrival.change.latest)
    if edits["state"].value == "settled" and decided is not None and decided.value:
        side = _side(arrival, value_of(str(decided.value)), LATE)
        books.write(stored, "sides", with_side(str(stored.values.get("sides") or ""), side), system)
        books.write(stored, "seen_at", None, system)
    return Verdict(arrival.change.sequence, "merged", tuple(sorted(edits)), "settled_before", stored.id)


def bring_back(books: Books, conflict: Stored, author: Author) -> None:
    """What only the centre can do when a conflict is settled: a deleted record comes back with the value that was kept."""
    values = conflict.values
    if values.get("reason") != "deleted" or values.get("settled_with") not in ("mine", "other") or not values.get("settled_value"):
        return
    target = books.get(str(values["kind"]), str(values["record_id"]))
    if target is None:
        return
    back = target.deleted
    if back:
        revive(books, target, author)
    name = str(values["field"])
    if name and (back or spelled(target.value(name)) == values.get("theirs")):
        books.write(target, name, value_of(str(values["settled_value"])), author)


def revive(books: Books, stored: Stored, author: Author) -> None:
    """Take a tombstone away: the record travels again, with all its answers."""
    stored.deleted = False
    stored.marks[""] = author.mark()
    stored.as_new()
    books.touch(stored)


def revived(conflict: Stored) -> bool:
    """Whether a conflict is settled so that a deleted record came back."""
    values = conflict.values
    return values.get("state") == "settled" and values.get("reason") == "deleted" and values.get("settled_with") in ("mine", "other")


def gone_again(books: Books, conflict: Stored, author: Author) -> bool:
    """What a settlement is undone to that brought a deleted record back: deleted. False, and nothing done, when anything of the record
    was changed since; while another settled conflict keeps it, only the field goes back.
    """
    target, now = standing(books, conflict)
    if target is None or target.deleted:
        return True
    back, name = target.marks[""].revision, str(conflict.values["field"])
    if spelled(now) != conflict.values.get("settled_value"):
        return False
    if _kept_otherwise(books, conflict):
        books.write(target, name, value_of(str(conflict.values["theirs"])), author)
        return True
    newest = max(mark.revision or _NOW for mark in (*target.marks.values(), *target.answer_marks.values()))
    if newest > (back or _NOW):
        return False
    books.remove(target, author)
    return True


def _kept_otherwise(books: Books, conflict: Stored) -> bool:
    """Whether another field of the same record is settled so that the record is to be there. Rarely asked: all conflicts are read."""
    rows = books.connection.execute(select(record.c.id, record.c.body).where(record.c.kind == "conflict", record.c.deleted.is_(False)))
    about = [row.id for row in rows if read_body(row.body).get("record_id") == conflict.values["record_id"] and row.id != conflict.id]
    return any(revived(each) for one in about if (each := books.get("conflict", one)) is not None)


def standing(books: Books, conflict: Stored) -> tuple[Stored | None, Plain]:
    """The record that a conflict is about, and the value that its field has now; null for one that is deleted."""
    target = books.get(str(conflict.values["kind"]), str(conflict.values["record_id"]))
    name = str(conflict.values["field"])
    return target, target.value(name) if target is not None and not target.deleted and name else None


def is_sealed(stored: Stored) -> bool:
    """Whether a record is frozen as a whole: a form that was sealed under a signature."""
    return stored.kind.name == "form_instance" and stored.values.get("state") == "sealed"


def settle_at_desk(books: Books, conflict: Stored, keep_value: Plain, how: str, author: Author) -> None:
    """A dispatcher settles an open conflict: the record gets the value, both are written together.

    `how` is mine (the laptop's), theirs or other; `keep_value` what is to stand. A sealed checklist keeps what was signed.
    """
    target, now = standing(books, conflict)
    name = str(conflict.values["field"])
    decided = {"settled_with": how, "settled_value": spelled(keep_value), "settled_by": author.person}
    if target is not None and not target.deleted:
        books.write(conflict, "theirs", spelled(now), author)
    for field, value in {**decided, "state": "settled", "settled_at": text_of_moment(author.at)}.items():
        books.write(conflict, field, value, author)
    bring_back(books, conflict, author)
    if target is None or target.deleted or how == "theirs":
        return
    if not name:
        books.remove(target, author)
    elif not is_sealed(target):
        books.write(target, name, keep_value, author)


def undo_at_desk(books: Books, conflict: Stored, author: Author) -> bool:
    """Open a settled conflict again with the value that stood before; False, and nothing done, when a newer one stands, or when
    the checklist was signed since.
    """
    target, now = standing(books, conflict)
    if target is None or target.deleted or is_sealed(target) or spelled(now) != conflict.values.get("settled_value"):
        return False
    if revived(conflict):
        if not gone_again(books, conflict, author):
            return False
    elif str(conflict.values["field"]):
        books.write(target, str(conflict.values["field"]), value_of(str(conflict.values["theirs"])), author)
    opened: Mapping[str, Plain] = {"state": "open", "settled_with": "", "settled_value": "", "settled_at": None, "settled_by": None}
    for field, value in opened.items():
        books.write(conflict, field, value, author)
    return True
