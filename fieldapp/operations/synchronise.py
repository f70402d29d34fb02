"""Sync from the desktop: a round with its phases, what it did in words, its history, and conflicts until a person settles them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from fieldapp.base.errors import FieldappError, InputError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.documents import Conflict
from fieldapp.domain.records import KINDS, Plain, from_plain, kind_of, to_plain
from fieldapp.operations.overview import OnlyHere, kind_name, only_here, size_words
from fieldapp.operations.session import FieldSession
from fieldapp.operations.watching import Watch
from fieldapp.replica.store import UnitOfWork
from fieldapp.sync.http_peer import HttpPeer
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
    "field_words",
    "first_sync",
    "settle_conflict",
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
    """冲突: one field that both ends changed. Values are texts for the screen; `settled_with` "" while it is open."""

    conflict_id: Id
    subject: str
    kind_words: Sentence
    field: str
    before: str
    mine: str
    theirs: str
    mine_by: str
    theirs_by: str
    mine_at: datetime | None
    theirs_at: datetime | None
    settled_with: str


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A change the centre did not take: what it was about, and why."""

    kind_words: Sentence
    fields: tuple[str, ...]
    reason: str
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


class _Token(CancelToken):
    """A cancel token that asks the watch of the screen."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def cancelled(self) -> bool:
        return self._watch.cancelled or super().cancelled()


def _progress(watch: Watch) -> Callable[[Phase, int, int, int], None]:
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
        identity = session.vault.identity
        peer = http = HttpPeer(
            identity.centre_url,
            session.vault.signer(),
            identity.device,
            clock=session.clock,
            randomness=session.randomness,
        )
    try:
        result = run_round(
            session.replica,
            session.blobs,
            peer,
            clock=session.clock,
            incarnations=IncarnationFile(session.places.vault / "incarnation"),
            progress=_progress(watch),
            cancel=_Token(watch),
        )
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
        conflicts = tuple(_conflict_view(_subject(reader.get, each), each) for each in reader.find(Conflict, order="mine_at"))
        verdicts = [each for each in reader.verdicts() if each.verdict == "rejected"]
        rounds = reader.rounds(8)
    return SyncView(
        centre_url=session.vault.identity.centre_url,
        last_finished_at=state.last_finished_at,
        only_here=only_here(session),
        blobs=pending.blobs,
        blob_bytes=pending.blob_bytes,
        conflicts=tuple(each for each in conflicts if not each.settled_with) + tuple(each for each in conflicts if each.settled_with)[-3:],
        rejected=tuple(RejectedLine(kind_name(each.kind), each.fields, each.reason, each.at) for each in verdicts),
        history=tuple(
            PastRound(
                each.started_at,
                each.ended_at,
                _history_words(each.outcome, each.counts),
                each.counts.get("bytes_up", 0) + each.counts.get("bytes_down", 0),
            )
            for each in rounds
        ),
    )


def _subject(get: Callable[[type, Id], object | None], conflict: Conflict) -> str:
    """What a conflict's record is called: its number, name or title."""
    kind = KINDS.get(conflict.kind)
    record = get(kind.record, conflict.record_id) if kind else None
    for name in ("number", "name", "title", "serial", "form_id"):
        text = getattr(record, name, "")
        if text:
            return str(text)
    return ""


def _history_words(outcome: str, counts: Mapping[str, int]) -> Sentence:
    if outcome == "complete":
        return say(
            "Sent {pushed} changes, received {pulled}; both ends agree.", pushed=counts.get("pushed", 0), pulled=counts.get("pulled", 0)
        )
    if outcome == "incomplete":
        return say("Stopped; {receipts} receipts", receipts=counts.get("receipts", 0))
    return say("Ended early ({code})", code=outcome)


_FIELD_NAMES: Mapping[str, Sentence] = MappingProxyType(
    {
        "phone": say("Telephone"),
        "duty_phone": say("Telephone of the site"),
        "caller_phone": say("Contact telephone"),
        "caller_name": say("Contact person"),
        "address": say("Address"),
        "description": say("Description"),
        "remark": say("Remark"),
        "name": say("Name"),
    }
)


def field_words(field: str) -> Sentence:
    """What a field is called; an answer by its item."""
    if field.startswith("/"):
        return Sentence(field.rsplit("/", 1)[-1].replace("_", "-"))
    return _FIELD_NAMES.get(field, Sentence(field))


def _text(value: str) -> str:
    """A plain value spelled as JSON, for the screen."""
    try:
        plain = json.loads(value) if value else ""
    except ValueError:
        return value
    return "" if plain is None else str(plain)


def _conflict_view(subject: str, each: Conflict) -> ConflictView:
    return ConflictView(
        conflict_id=each.id,
        subject=subject,
        kind_words=kind_name(each.kind),
        field=each.field,
        before=_text(each.before),
        mine=_text(each.mine),
        theirs=_text(each.theirs),
        mine_by=each.mine_by,
        theirs_by=each.theirs_by,
        mine_at=each.mine_at,
        theirs_at=each.theirs_at,
        settled_with=each.settled_with if each.state == "settled" else "",
    )


def settle_conflict(session: FieldSession, conflict_id: Id, keep: str, other: str = "") -> None:
    """Settle a conflict: `keep` is mine, theirs or other (then `other` is the third value as typed)."""
    if keep not in ("mine", "theirs", "other"):
        raise ValueError(f"no way to settle: {keep!r}")
    with session.writing() as work:
        conflict = work.need(Conflict, conflict_id)
        spelled = {"mine": conflict.mine, "theirs": conflict.theirs, "other": json.dumps(other, ensure_ascii=False)}[keep]
        _put(work, conflict, spelled)
        settled = replace(conflict, state="settled", settled_with=keep, settled_value=spelled, settled_at=session.clock.now())
        work.save(settled)


def undo_settlement(session: FieldSession, conflict_id: Id) -> None:
    """Open a settled conflict again; the centre's value stands until it is settled anew."""
    with session.writing() as work:
        conflict = work.need(Conflict, conflict_id)
        _put(work, conflict, conflict.theirs)
        work.save(replace(conflict, state="open", settled_with="", settled_value="", settled_at=None))


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
        work.save(from_plain(kind_of(record), conflict.record_id, {**to_plain(record), conflict.field: value}))
    except (ValueError, FieldappError) as fault:
        raise BadConflictValue from fault
