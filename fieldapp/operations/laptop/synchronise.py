"""Sync from the desktop: a round with its phases, what it did in words, its history, and conflicts until a person settles them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.errors import StorageError
from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.documents import Conflict
from fieldapp.domain.records import KINDS
from fieldapp.operations.laptop.line import look_after, note_wanted, open_line, tidy
from fieldapp.operations.laptop.past import WHY, round_words
from fieldapp.operations.overview import NOT_ASKED, OnlyHere, only_here, size_words
from fieldapp.operations.session import FieldSession
from fieldapp.operations.settling.showing import ConflictView, RejectedLine, Shower
from fieldapp.operations.watching import Watch
from fieldapp.replica.refusals import DiskFull
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.round import CancelToken, Phase, RoundResult, run_round
from fieldapp.wire.protocol import SyncPeer

__all__ = [
    "PHASES",
    "PastRound",
    "RoundView",
    "SyncView",
    "first_sync",
    "progress_of",
    "stop_token",
    "sync_view",
    "synchronise",
]

SETTLED_SHOWN = 20
"""How many settled conflicts stay in sight, so that each can be undone."""

PHASES: tuple[Phase, ...] = ("changes", "reports", "news", "photos", "check")


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
class PastRound:
    """One line of the history."""

    started_at: datetime
    ended_at: datetime
    words: Sentence
    bytes_moved: int


@dataclass(frozen=True, slots=True)
class SyncView:
    """The page: where this laptop stands. `agreed_at`: when both ends last agreed on all records; `waits` why files, or what was taken
    over, did not go then, None when nothing was held up.
    """

    centre_url: str
    agreed_at: datetime | None
    waits: Sentence | None
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
    with session.line_turn:
        return _synchronise(session, watch, peer)


def _synchronise(session: FieldSession, watch: Watch, peer: SyncPeer | None) -> RoundView:
    note_wanted(session)
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
        with suppress(StorageError):  # the next round may find more room; that this one did not is what is told
            tidy(session, pressed=True)
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
    elif result.records:
        words = round_words("incomplete", result.counts())
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
        shower, known = Shower(session, reader), {each.id for each in met}
        asked = [each for each in met if each.reason not in NOT_ASKED and each.state in ("open", "settled")]
        newest = sorted((each for each in asked if each.state == "settled"), key=lambda each: str(each.settled_at or ""))[-SETTLED_SHOWN:]
        shown = [*(each for each in asked if each.state == "open"), *newest]
        conflicts = tuple(shower.conflict(each, verdicts) for each in shown)
        # what the centre keeps in a record of its own is told from there, until somebody has seen it
        alone = [each for each in verdicts if each.verdict == "rejected" and each.conflict_id not in known]
        rejected = (*map(shower.rejected, alone), *(line for each in met for line in shower.told(each)))
        rounds = reader.rounds(8)
        held_up = rounds and rounds[0].counts.get("records") and rounds[0].outcome != "complete" and pending.changes + pending.blobs
    return SyncView(
        centre_url=session.vault.identity.centre_url,
        agreed_at=state.agreed_at,
        waits=WHY.get(rounds[0].outcome, say("some files could not be moved")) if held_up else None,
        only_here=only_here(session),
        blobs=pending.blobs,
        blob_bytes=pending.blob_bytes,
        conflicts=conflicts,
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
