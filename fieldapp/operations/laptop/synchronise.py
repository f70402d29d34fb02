"""Sync from the desktop: a round with its phases, what it did in words, its history, and conflicts until a person settles them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from fieldapp.base.clock import moment_from_text
from fieldapp.base.errors import InputError
from fieldapp.base.i18n import N_, Sentence, say, when_text
from fieldapp.base.ids import Id, is_id
from fieldapp.domain.cases import status_sentence
from fieldapp.domain.customers import Person
from fieldapp.domain.documents import Conflict
from fieldapp.domain.merging import reason_sentence
from fieldapp.domain.records import KINDS, Field, Plain, from_plain, kind_of, plain_ok, to_plain
from fieldapp.operations.laptop.line import look_after, open_line, tidy
from fieldapp.operations.laptop.past import round_words
from fieldapp.operations.overview import NOT_ASKED, OnlyHere, kind_name, only_here, size_words, subject_of
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Watch
from fieldapp.replica.refusals import DiskFull
from fieldapp.replica.states import PendingVerdict
from fieldapp.replica.store import Reader, UnitOfWork
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.round import CancelToken, Phase, RoundResult, run_round
from fieldapp.wire.protocol import SyncPeer

__all__ = [
    "PHASES",
    "BadConflictValue",
    "ConflictView",
    "PastRound",
    "RejectedLine",
    "RoundView",
    "SyncView",
    "first_sync",
    "progress_of",
    "settle_conflict",
    "stop_token",
    "sync_view",
    "synchronise",
    "undo_settlement",
]

PHASES: tuple[Phase, ...] = ("changes", "reports", "news", "photos", "check")


class BadConflictValue(InputError):
    """A third value that does not fit the field."""

    code = "FA-157"
    message = N_("This value does not fit the field. Nothing was changed; both values are still kept.")


@dataclass(frozen=True, slots=True)
class RoundView:
    """What a round did: `complete` only when both ends agree and nothing waits here any more; `words` say it to a person."""

    complete: bool
    words: Sentence
    pushed: int
    pulled: int
    blobs: int
    conflicts: int
    rejected: int
    bytes_moved: int


@dataclass(frozen=True, slots=True)
class ConflictView:
    """冲突: one field that both ends changed, its three values in words; `settled_with` "" while it is open.

    `typed` is this laptop's value as it would be typed, `can_enter` whether a third value can be typed at all.
    """

    conflict_id: Id
    subject: str
    kind_words: Sentence
    field_words: Sentence
    before: Sentence
    mine: Sentence
    theirs: Sentence
    typed: str
    can_enter: bool
    mine_by: str
    theirs_by: str
    mine_at: datetime | None
    theirs_at: datetime | None
    settled_with: str


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A change the centre did not take: what it was about, what was entered, and why it was not taken."""

    kind_words: Sentence
    subject: str
    entered: tuple[tuple[Sentence, Sentence], ...]
    reason: Sentence
    at: datetime


@dataclass(frozen=True, slots=True)
class PastRound:
    """One line of the history."""

    started_at: datetime
    ended_at: datetime
    words: Sentence
    bytes_moved: int


@dataclass(frozen=True, slots=True)
class SyncView:
    """The page: where this laptop stands."""

    centre_url: str
    last_finished_at: datetime | None
    only_here: tuple[OnlyHere, ...]
    blobs: int
    blob_bytes: int
    conflicts: tuple[ConflictView, ...]
    rejected: tuple[RejectedLine, ...]
    history: tuple[PastRound, ...]


class _WatchToken(CancelToken):
    """A cancel token that asks the watch of the screen."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def cancelled(self) -> bool:
        return self._watch.cancelled or super().cancelled()


def stop_token(watch: Watch) -> CancelToken:
    """Stops a round when the person at the screen says so."""
    return _WatchToken(watch)


def progress_of(watch: Watch) -> Callable[[Phase, int, int, int], None]:
    """Tells a watch how far a round is, in words."""

    def tell(phase: Phase, done: int, total: int, moved: int) -> None:
        if watch.cancelled:
            return
        fraction = 1.0 if total <= 0 else min(1.0, done / total)
        if phase == "check":
            words = say("Compared")
        elif total > 0:
            words = say("{done} / {total} · {size}", done=done, total=total, size=size_words(moved))
        else:
            words = say("Nothing to do") if moved == 0 else Sentence("{size}", {"size": size_words(moved)})
        watch.tell(PHASES.index(phase) + fraction * 0.999, len(PHASES), words)

    return tell


def synchronise(session: FieldSession, watch: Watch, peer: SyncPeer | None = None) -> RoundView:
    """Run one round with the centre of this laptop (or over another peer); what stopped it is raised, what was done stays."""
    http = None
    if peer is None:
        peer = http = open_line(session)
    try:
        result = run_round(
            session.replica,
            session.blobs,
            peer,
            clock=session.clock,
            incarnations=IncarnationFile(session.places.vault / "incarnation"),
            progress=progress_of(watch),
            cancel=stop_token(watch),
        )
        if http is not None and not watch.cancelled:
            look_after(session, http, moved=result.pushed + result.pulled > 0)
    except DiskFull:
        tidy(session)  # so that the next round may find room
        raise
    finally:
        if http is not None:
            http.close()
        session.announce(frozenset(KINDS))
    return _round_view(result)


def first_sync(session: FieldSession, watch: Watch) -> RoundView:
    """The round after enrolment: brings everything in the engineer's scope onto the laptop."""
    return synchronise(session, watch)


def _round_view(result: RoundResult) -> RoundView:
    if result.complete:
        words = say("Sent {pushed} changes, received {pulled}; both ends agree.", pushed=result.pushed, pulled=result.pulled)
    elif result.agrees is False:
        words = say("The two ends do not agree yet; the next sync compares again. Nothing is lost.")
    else:
        words = say("The sync stopped before its end. What was sent is safe; the rest goes on next time.")
    return RoundView(
        complete=result.complete,
        words=words,
        pushed=result.pushed,
        pulled=result.pulled,
        blobs=result.blobs_sent + result.blobs_fetched,
        conflicts=result.conflicts,
        rejected=result.rejected,
        bytes_moved=result.bytes_up + result.bytes_down,
    )


def sync_view(session: FieldSession) -> SyncView:
    """Everything the sync page shows."""
    with session.reading() as reader:
        state, pending = reader.sync_state(), reader.unreceipted()
        verdicts, met = reader.verdicts(), reader.find(Conflict, order="mine_at")
        conflicts = [_conflict_view(session, reader, each, verdicts) for each in met if each.reason not in NOT_ASKED]
        rejected = tuple(_rejected(session, reader, each) for each in verdicts if each.verdict == "rejected")
        rejected += tuple(_told(session, reader, each) for each in met if each.reason in NOT_ASKED and each.state == "open")
        rounds = reader.rounds(8)
    return SyncView(
        centre_url=session.vault.identity.centre_url,
        last_finished_at=state.last_finished_at,
        only_here=only_here(session),
        blobs=pending.blobs,
        blob_bytes=pending.blob_bytes,
        conflicts=(*(each for each in conflicts if not each.settled_with), *[each for each in conflicts if each.settled_with][-3:]),
        rejected=rejected,
        history=tuple(
            PastRound(
                each.started_at,
                each.ended_at,
                round_words(each.outcome, each.counts),
                each.counts.get("bytes_up", 0) + each.counts.get("bytes_down", 0),
            )
            for each in rounds
        ),
    )


_FIELD_NAMES: Mapping[str, Sentence] = MappingProxyType(
    {
        "phone": say("Telephone"),
        "duty_phone": say("Telephone of the site"),
        "caller_phone": say("Contact telephone"),
        "caller_name": say("Contact person"),
        "address": say("Address"),
        "description": say("Description"),
        "summary": say("Summary"),
        "status": say("State"),
        "cause": say("Cause"),
        "solution": say("Solution"),
        "prevention": say("Prevention"),
        "remark": say("Remark"),
        "remarks": say("Remarks"),
        "name": say("Name"),
        "department": say("Department"),
        "role": say("Role"),
        "serial": say("Serial"),
        "firmware": say("Firmware"),
        "version": say("Version"),
        "room": say("Room"),
        "rack": say("Rack"),
        "unit": say("Rack unit"),
        "owner_id": say("Engineer"),
        "engineer_id": say("Engineer"),
        "due_on": say("Until"),
        "text": say("Text"),
        "work_done": say("What was done"),
        "symptom": say("What was found"),
        "appointment_at": say("Appointment"),
        "planned_end_at": say("Planned end"),
        "warranty_ends_on": say("Warranty until"),
    }
)


def _field_words(field: str) -> Sentence:
    """What a field is called; an answer by its item; a field without a name of its own by its name in the records."""
    if field.startswith("/"):
        return Sentence("{item}", {"item": field.rsplit("/", 1)[-1].replace("_", "-")})
    return _FIELD_NAMES.get(field) or Sentence("{field}", {"field": field.replace("_", " ")})


def _value_words(session: FieldSession, reader: Reader, kind: str, name: str, value: Plain) -> Sentence:
    """A plain value as a person reads it: moments in local time, people by their name, states and yes or no in words."""
    known = KINDS.get(kind)
    field = known.fields.get(name) if known else None
    if value is None or value == "":
        return Sentence("")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    text = str(value)
    if field is None or not plain_ok(field, value):
        return Sentence("{said}", {"said": text})
    if field.type == "moment":
        text = when_text(moment_from_text(text), "en", session.zone)
    elif field.type == "texts":
        text = " · ".join(json.loads(text))
    elif kind == "case" and name == "status":
        return status_sentence(text)
    elif is_id(text):
        text = _person(reader, text)
    return Sentence("{said}", {"said": text})


def _person(reader: Reader, given: str) -> str:
    """A person's name for an identity; any other text as it is."""
    person = reader.get(Person, given) if is_id(given) else None
    return person.name if person is not None else given


def _plain(spelled: str) -> Plain:
    """A value of a conflict, which is spelled as JSON; a text that is none stands for itself."""
    try:
        value: Plain = json.loads(spelled) if spelled else None
    except ValueError:
        return spelled
    return value


def _field_of(conflict: Conflict) -> Field | None:
    kind = KINDS.get(conflict.kind)
    return kind.fields.get(conflict.field) if kind else None


def _before(each: Conflict, verdicts: Sequence[PendingVerdict]) -> Plain:
    """What stood there before both edits: as the centre tells it, else what this laptop saw when it edited.

    A second edit goes on in the conflict of the first, so the oldest of such a chain knows it.
    """
    if each.before:
        return _plain(each.before)
    value, mine = None, _plain(each.mine)
    for one in verdicts:  # the newest first
        here = (one.kind, one.record_id, one.verdict) == (each.kind, each.record_id, "conflict") and each.field in one.fields
        if here and one.values.get(each.field) == mine:
            value = mine = one.bases.get(each.field)
    return value


def _conflict_view(session: FieldSession, reader: Reader, each: Conflict, verdicts: Sequence[PendingVerdict]) -> ConflictView:
    field = _field_of(each)
    mine = _plain(each.mine)

    def words(value: Plain) -> Sentence:
        return _value_words(session, reader, each.kind, each.field, value)

    return ConflictView(
        conflict_id=each.id,
        subject=subject_of(reader, each.kind, each.record_id),
        kind_words=kind_name(each.kind),
        field_words=_field_words(each.field),
        before=words(_before(each, verdicts)),
        mine=words(mine),
        theirs=words(_plain(each.theirs)),
        typed="" if mine is None else str(mine),
        can_enter=field is None or (field.type in ("text", "integer", "date") and not is_id(mine) and each.field != "status"),
        mine_by=_person(reader, each.mine_by),
        theirs_by=_person(reader, each.theirs_by),
        mine_at=each.mine_at,
        theirs_at=each.theirs_at,
        settled_with=each.settled_with if each.state == "settled" else "",
    )


def _told(session: FieldSession, reader: Reader, each: Conflict) -> RejectedLine:
    """What only the service desk can settle: told here, not asked."""
    return RejectedLine(
        kind_words=kind_name(each.kind),
        subject=subject_of(reader, each.kind, each.record_id),
        entered=(),
        reason=reason_sentence(each.reason) or say("The service desk did not take this. It is kept."),
        at=each.mine_at or session.clock.now(),
    )


def _rejected(session: FieldSession, reader: Reader, each: PendingVerdict) -> RejectedLine:
    entered = ((name, each.values.get(name)) for name in each.fields or each.values)
    return RejectedLine(
        kind_words=kind_name(each.kind),
        subject=subject_of(reader, each.kind, each.record_id),
        entered=tuple((_field_words(name), _value_words(session, reader, each.kind, name, value)) for name, value in entered),
        reason=reason_sentence(each.reason) or say("The service desk did not take this. It is kept."),
        at=each.at,
    )


def settle_conflict(session: FieldSession, conflict_id: Id, keep: str, other: str = "") -> None:
    """Settle a conflict: `keep` is mine, theirs or other (then `other` is the third value as typed).

    BadConflictValue for a third value that does not fit; what the record's own rules refuse is raised as it is.
    """
    if keep not in ("mine", "theirs", "other"):
        raise ValueError(f"no way to settle: {keep!r}")
    with session.writing() as work:
        conflict = work.need(Conflict, conflict_id)
        spelled = {"mine": conflict.mine, "theirs": conflict.theirs, "other": _spelled(conflict, other)}[keep]
        if keep != "theirs" or _stands(work, conflict) == conflict.mine:  # else the centre has moved on: its newer value stays
            _put(work, conflict, spelled)
        settled = replace(conflict, state="settled", settled_with=keep, settled_value=spelled, settled_at=session.clock.now())
        work.save(settled)


def _spelled(conflict: Conflict, typed: str) -> str:
    """What a person typed, as a value of the field: a whole number for one that counts, nothing for an empty optional field."""
    field, text = _field_of(conflict), typed.strip()
    value: Plain = text
    if field is not None and not text and field.optional:
        value = None
    elif field is not None and field.type == "integer" and text.lstrip("-").isdecimal():
        value = int(text)
    return json.dumps(value, ensure_ascii=False)


def undo_settlement(session: FieldSession, conflict_id: Id) -> None:
    """Open a settled conflict again; the centre's value stands until it is settled anew."""
    with session.writing() as work:
        conflict = work.need(Conflict, conflict_id)
        _put(work, conflict, conflict.theirs)
        work.save(replace(conflict, state="open", settled_with="", settled_value="", settled_at=None))


def _stands(work: UnitOfWork, conflict: Conflict) -> str:
    """The value that the field has now, spelled as the conflict spells its values; "" for a record that is gone."""
    if conflict.field.startswith("/"):
        return json.dumps(work.answers(conflict.record_id).get(conflict.field), ensure_ascii=False)
    record = work.get(KINDS[conflict.kind].record, conflict.record_id)
    return "" if record is None else json.dumps(to_plain(record).get(conflict.field), ensure_ascii=False)


def _put(work: UnitOfWork, conflict: Conflict, spelled: str) -> None:
    """Give the conflict's field a plain value; a record that is gone needs nothing."""
    value: Plain = json.loads(spelled) if spelled else None
    if conflict.field.startswith("/"):
        work.answer(conflict.record_id, {conflict.field: None if value is None else str(value)})
        return
    kind = KINDS[conflict.kind]
    record = work.get(kind.record, conflict.record_id)
    if record is None:
        return
    try:
        changed = from_plain(kind_of(record), conflict.record_id, {**to_plain(record), conflict.field: value})
    except ValueError as fault:
        raise BadConflictValue from fault
    work.save(changed)
