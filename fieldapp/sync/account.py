"""What a round did so far: counts, progress told, patience left, and the result that remains of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal

from fieldapp.replica.states import Pending
from fieldapp.sync.refusals import CentreConfused
from fieldapp.wire.protocol import SyncPeer

__all__ = ["Account", "CancelToken", "Phase", "Progress", "RoundResult", "Stopped", "Tally"]

Phase = Literal["changes", "reports", "news", "photos", "check"]
Progress = Callable[[Phase, int, int, int], None]
"""Told (phase, done, total, bytes moved in this round)."""

_PATIENCE = 6  # answers of one sort (fork, resend, snapshot, no comparison) before the round gives up


class Stopped(Exception):
    """Somebody asked the round to stop; what was done is done."""


class CancelToken:
    """Asks a round to stop at the next place between two requests."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """From any thread; a second call does nothing."""
        self._event.set()

    def cancelled(self) -> bool:
        """Whether somebody asked."""
        return self._event.is_set()


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What a round did. `pushed`: Changes sent; `pulled`: rows and removals taken in; `missing`: blobs that could not be moved.

    `agrees`: whether both ends' digests agreed (None: not compared). `complete`: they agreed, and nothing on this laptop is
    without a receipt; only then may a screen say "synced". `records`: they agreed, and no Change of this laptop is without a receipt;
    files, or Changes taken over from another laptop, may wait.
    """

    pushed: int
    receipts: int
    conflicts: int
    rejected: int
    pulled: int
    blobs_sent: int
    blobs_fetched: int
    missing: int
    requests: int
    agrees: bool | None
    started: datetime
    ended: datetime
    bytes_up: int
    bytes_down: int
    complete: bool
    records: bool

    def counts(self) -> dict[str, int]:
        """The numbers of it, zeros aside; `records` is 1 when both ends agreed on them."""
        numbers = {name: value for name, value in asdict(self).items() if type(value) is int and value}
        return numbers | ({"records": 1} if self.records else {})


@dataclass(slots=True)
class Tally:
    """The counts of a round under way; `wanted`: blobs that the centre asked for."""

    pushed: int = 0
    receipts: int = 0
    conflicts: int = 0
    rejected: int = 0
    pulled: int = 0
    blobs_sent: int = 0
    blobs_fetched: int = 0
    missing: int = 0
    requests: int = 0
    agrees: bool | None = None
    wanted: dict[str, None] = field(default_factory=dict)


class Account:
    """Counts, tells, and says when to stop."""

    def __init__(self, peer: SyncPeer, progress: Progress | None, cancel: CancelToken | None) -> None:
        """A peer that counts its bytes (`bytes_up`, `bytes_down`) is asked for them; others count as nothing."""
        self.tally = Tally()
        self.cancelled = (cancel or CancelToken()).cancelled
        self._peer = peer
        self._progress = progress
        self._odd: dict[str, int] = {}
        self._up, self._down = getattr(peer, "bytes_up", 0), getattr(peer, "bytes_down", 0)

    def moved(self) -> tuple[int, int]:
        """Bytes up and down in this round."""
        return getattr(self._peer, "bytes_up", 0) - self._up, getattr(self._peer, "bytes_down", 0) - self._down

    def tell(self, phase: Phase, done: int, total: int) -> None:
        """Say how far the round is."""
        if self._progress is not None:
            self._progress(phase, done, total, sum(self.moved()))

    def go_on(self) -> None:
        """Raise Stopped when somebody asked to stop."""
        if self.cancelled():
            raise Stopped

    def odd(self, what: str) -> None:
        """Count an answer that should be rare; CentreConfused when it comes again and again."""
        self._odd[what] = self._odd.get(what, 0) + 1
        if self._odd[what] > _PATIENCE:
            raise CentreConfused

    def result(self, started: datetime, ended: datetime, pending: Pending, *, failed: bool, waits: bool) -> RoundResult:
        """The result of the round, now that it is over. `waits`: whether a Change of this laptop is without a receipt."""
        tally = self.tally
        agrees = None if failed else tally.agrees
        whole = not (pending.changes or pending.blobs or tally.missing or self.cancelled())
        up, down = self.moved()
        return RoundResult(
            pushed=tally.pushed,
            receipts=tally.receipts,
            conflicts=tally.conflicts,
            rejected=tally.rejected,
            pulled=tally.pulled,
            blobs_sent=tally.blobs_sent,
            blobs_fetched=tally.blobs_fetched,
            missing=tally.missing,
            requests=tally.requests,
            agrees=agrees,
            started=started,
            ended=ended,
            bytes_up=up,
            bytes_down=down,
            complete=agrees is True and whole,
            records=agrees is True and not waits,
        )
