"""Settle a conflict with mine, theirs, another side or a third value; open it again; mark as seen what was only told."""

from __future__ import annotations

from dataclasses import replace

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id
from fieldapp.domain.conflicts.sides import sides_of, spelled, value_of
from fieldapp.domain.conflicts.words import typed_value
from fieldapp.domain.documents import Conflict
from fieldapp.domain.records import KINDS, from_plain, kind_of, to_plain
from fieldapp.operations.overview import NOT_ASKED
from fieldapp.operations.session import FieldSession
from fieldapp.operations.settling.showing import Shower, stands, writer_of
from fieldapp.replica.store import UnitOfWork

__all__ = ["BadConflictValue", "NewerStands", "mark_seen", "settle_conflict", "settle_record", "undo_settlement"]


class BadConflictValue(InputError):
    """A third value that does not fit the field."""

    code = "FA-157"
    message = N_("This value does not fit the field. Nothing was changed; both values are still kept.")


class NewerStands(RuleError):
    """What was settled cannot be undone any more."""

    code = "FA-163"
    message = N_("A newer value stands there now, so this cannot be undone. Nothing was changed. Edit the record itself.")


def settle_conflict(session: FieldSession, conflict_id: Id, keep: str, other: str = "") -> None:
    """Settle a conflict: `keep` is mine, theirs, other (then `other` is the third value as typed) or the key of a side.

    BadConflictValue for a third value that does not fit; what the record's own rules refuse is raised as it is. A conflict
    that is settled already stays as it is.
    """
    with session.writing() as work:
        _settle(session, work, work.need(Conflict, conflict_id), keep, other)


def settle_record(session: FieldSession, kind: str, record_id: Id, keep: str) -> int:
    """Settle all open conflicts of one record with mine or with theirs, together or not at all; how many they were."""
    if keep not in ("mine", "theirs"):
        raise ValueError(f"no way to settle many: {keep!r}")
    with session.writing() as work:
        found = [each for each in work.find(Conflict, record_id=record_id, state="open") if each.kind == kind]
        asked = [each for each in found if each.reason not in NOT_ASKED]
        for each in asked:
            _settle(session, work, each, keep, "")
    return len(asked)


def _settle(session: FieldSession, work: UnitOfWork, conflict: Conflict, keep: str, other: str) -> None:
    side = {f"side:{place}": spelled(each.value) for place, each in enumerate(sides_of(conflict.sides))}.get(keep)
    if side is None and keep not in ("mine", "theirs", "other"):
        raise ValueError(f"no way to settle: {keep!r}")
    if conflict.state != "open":
        return
    now = stands(work, conflict)
    theirs = conflict.theirs if now in ("", conflict.mine) else now  # the centre may have moved on: its newer value is theirs
    kept = _spelled(session, work, conflict, other) if keep == "other" else side or {"mine": conflict.mine, "theirs": theirs}[keep]
    how = "other" if side is not None else keep
    by, at = (conflict.theirs_by, conflict.theirs_at) if theirs == conflict.theirs else writer_of(work, conflict, theirs)
    # the conflict goes first: at the centre it must be settled before the record's own edit is judged
    work.save(
        replace(
            conflict,
            theirs=theirs,
            theirs_by=by,
            theirs_at=at,
            state="settled",
            settled_with=how,
            settled_value=kept,
            settled_at=session.clock.now(),
            settled_by=session.engineer,
        )
    )
    _put(work, conflict, kept, deletes=how == "mine")


def _spelled(session: FieldSession, work: UnitOfWork, conflict: Conflict, typed: str) -> str:
    """What a person typed, as the conflict spells a value of the field."""
    asked = Shower(session, work).question(conflict.kind, conflict.record_id, conflict.field)
    try:
        value = typed_value(conflict.kind, conflict.field, typed, session.zone)
    except ValueError as fault:
        raise BadConflictValue from fault
    if not conflict.field or (asked is not None and not asked.fits(str(value or ""))):
        raise BadConflictValue
    return spelled(value)


def undo_settlement(session: FieldSession, conflict_id: Id) -> None:
    """Open a settled conflict again, with the value that stood before; NewerStands when another one stands there by now."""
    with session.writing() as work:
        conflict = work.need(Conflict, conflict_id)
        if conflict.state != "settled":
            return
        now = stands(work, conflict)
        if (now and now != conflict.settled_value) or (conflict.reason == "changed_meanwhile" and not now):
            raise NewerStands
        back = replace(conflict, state="open", settled_with="", settled_value="", settled_at=None, settled_by=None)
        work.save(back)
        if _revived(conflict) and not _kept_otherwise(work, conflict):
            if now:  # deleted is what stood before; where the record did not come back yet, the centre takes the settlement back
                work.delete(KINDS[conflict.kind].record, conflict.record_id)
            return
        _put(work, conflict, conflict.theirs)


def _revived(conflict: Conflict) -> bool:
    """Whether settling it brings a deleted record back."""
    return conflict.reason == "deleted" and conflict.settled_with in ("mine", "other")


def _kept_otherwise(work: UnitOfWork, conflict: Conflict) -> bool:
    """Whether somebody settled another field of the deleted record so that it is to be there."""
    others = work.find(Conflict, record_id=conflict.record_id, state="settled", reason="deleted")
    return any(_revived(each) for each in others if each.id != conflict.id)


def mark_seen(session: FieldSession, conflict_id: Id) -> None:
    """A person has read that a value was set aside; it stays in the history of the record."""
    with session.writing() as work:
        work.save(replace(work.need(Conflict, conflict_id), seen_at=session.clock.now()))


def _put(work: UnitOfWork, conflict: Conflict, value: str, deletes: bool = False) -> None:
    """Give the conflict's field a value; a record that is gone comes back from the centre, not from here."""
    kind = KINDS[conflict.kind]
    record = work.get(kind.record, conflict.record_id)
    if record is None:
        return
    if not conflict.field:
        if deletes:
            work.delete(kind.record, conflict.record_id)
        return
    plain = value_of(value)
    if conflict.field.startswith("/"):
        work.answer(conflict.record_id, {conflict.field: None if plain is None else str(plain)})
        return
    try:
        changed = from_plain(kind_of(record), conflict.record_id, {**to_plain(record), conflict.field: plain})
    except ValueError as fault:
        raise BadConflictValue from fault
    work.save(changed)
