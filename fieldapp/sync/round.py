"""A sync round: push, receipts, signed reports, news, other blobs, comparison of digests; may stop anywhere and go on.

Each reply of the centre is one transaction of the replica with its checkpoint, so a round that ends early leaves everything
as if it had been shorter, and the next one begins where it stood. The same code runs over HTTP, a courier's file, or a
simulated network.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec

from fieldapp.base.clock import Clock
from fieldapp.base.errors import FieldappError
from fieldapp.replica import bulk, intake, outbox
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.keeping.giving import give_again
from fieldapp.replica.keeping.takeover import anything_taken, forget_receipts
from fieldapp.replica.keeping.upkeep import note_back, wanted_back
from fieldapp.replica.reader import Reader
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob, DiskFull
from fieldapp.replica.states import SyncState
from fieldapp.sync import attachments
from fieldapp.sync.account import Account, CancelToken, Phase, Progress, RoundResult, Stopped
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.refusals import REVOKED_AT_CENTRE, CentreConfused, CentreFull, CentreRefused, DeviceRevoked, EmptySnapshot, NewerCentre
from fieldapp.sync.takeover import push_taken
from fieldapp.wire.changes import GENESIS
from fieldapp.wire.protocol import PROTOCOL, Exchange, ExchangeReply, Row, SnapshotHead, SyncPeer
from fieldapp.wire.requests import MessageTooLarge
from fieldapp.wire.snapshot import BLOCK_ROWS, RowBlock

__all__ = ["CancelToken", "Phase", "Progress", "Round", "RoundResult", "run_round"]

BATCH_CHANGES = 5000
BATCH_BYTES = 2 * 2**20
PAGE_ROWS = 5000


def run_round(
    replica: Replica,
    blobs: BlobStore,
    peer: SyncPeer,
    *,
    clock: Clock,
    incarnations: IncarnationFile,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RoundResult:
    """Run one round. Raises the SyncError or StorageError that ended it (what was done until then stays); a cancelled round
    returns, `complete` False. Every round leaves a row in the history.
    """
    return Round(replica, blobs, peer, clock, incarnations, progress, cancel).run()


@contextmanager
def _who_is_revoked_is_told() -> Iterator[None]:
    """An exchange says in its reply that the device is blocked; the whole and files are refused with a number."""
    try:
        yield
    except CentreRefused as fault:
        if fault.values.get("number") == REVOKED_AT_CENTRE:
            raise DeviceRevoked from fault
        raise


class Round:
    """One round; `_steps` are those over a peer that answers at once, a courier's answer has steps of its own."""

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        peer: SyncPeer,
        clock: Clock,
        incarnations: IncarnationFile,
        progress: Progress | None,
        cancel: CancelToken | None,
    ) -> None:
        self._replica = replica
        self._blobs = blobs
        self._peer = peer
        self._clock = clock
        self._incarnations = incarnations
        self._account = Account(peer, progress, cancel)
        self._tally = self._account.tally
        self._batch_bytes = BATCH_BYTES
        self._whole_wanted = False
        self._taken_over = True  # something of a lost laptop may wait
        self._unsearched = True  # records may be here that search does not find yet
        self._given = False  # a record that the centre lost was given again
        self._told_last: FieldappError | None = None  # what hindered a part of the round, and nothing else in it

    def run(self) -> RoundResult:
        """Run it; see `run_round`."""
        started = self._clock.now()
        try:
            self._incarnation()
            with _who_is_revoked_is_told():
                self._steps()
            while self._unsearched and self._replica.refresh_search():
                self._account.go_on()
            self._account.tell("check", 1, 1)
            if self._told_last is not None:
                raise self._told_last
        except Stopped:
            pass
        except FieldappError as fault:
            self._remember(started, fault.code, broken=fault is not self._told_last)
            raise
        return self._remember(started, None)

    # -------------------------------------------------------------------------------------------- steps

    def _steps(self) -> None:
        if self._taken_over:
            self._told_last = push_taken(self._replica, self._peer.exchange, self._account, self._clock)
        while not self._push():
            with self._replica.reading() as reader:
                urgent = self._to_send(reader, urgent=True)
            self._send_blobs("reports", urgent)
            if self._news():
                break
        self._photos()

    def _incarnation(self) -> None:
        """A database that is older than the number outside of it was restored: what it still has to say, it says under that number."""
        with self._replica.reading() as reader:  # and what the round asks only once
            state = reader.sync_state()
            self._taken_over = anything_taken(reader.connection)
        self._unsearched = state.search_behind
        known = self._incarnations.read()
        if known > state.incarnation:
            with self._replica.transaction() as connection:
                outbox.adopt_incarnation(connection, known)
        elif known < state.incarnation:
            self._incarnations.write(state.incarnation)

    def _push(self) -> bool:
        """Send all that waits; True when there was nothing to send and both ends agree: the shortest round there is."""
        total: int | None = None
        while True:
            with self._replica.reading() as reader:
                state = reader.sync_state()
                urgent = bool(attachments.to_send(reader, self._blobs, (), urgent=True)[0])
                batch = outbox.next_batch(reader.connection, BATCH_CHANGES, self._batch_bytes, state=state)
                if total is None:
                    total = reader.unreceipted().changes if batch.changes else 0
                    self._account.tell("changes", 0, total)
            if not batch.changes and (urgent or not state.complete):
                return False
            asks = state.complete and not urgent and not batch.more
            reply = self._exchange(batch, state, asks=asks)
            if reply is None:
                continue
            self._account.tell("changes", self._tally.receipts, max(total, self._tally.receipts))
            if self._given:
                self._given = False  # a Change was added
                continue
            if not batch.more and reply.received >= batch.last:
                if not batch.changes and reply.agrees is False:
                    self._whole_wanted = True
                return not batch.changes and _agreed(reply)

    def _news(self) -> bool:
        """Take in the centre's side until both ends say the same digest of it; False when there may be something to send first."""
        disagreements = 0
        while True:
            state = self._state()
            if (self._whole_wanted or not state.complete) and self._take_whole(state):
                continue
            with self._replica.reading() as reader:
                nothing = outbox.next_batch(reader.connection, 0, 0)
            reply = self._exchange(nothing, state, asks=True)
            if reply is None:
                return False
            self._account.tell("news", self._tally.pulled, self._tally.pulled + (1 if reply.more else 0))
            if reply.more and reply.cursor <= state.cursor:
                raise CentreConfused
            if _agreed(reply):
                return True
            if reply.agrees is None and not (reply.more or reply.rows or reply.removed or self._whole_wanted):
                self._account.odd("compare")
            if reply.agrees is False:
                disagreements += 1
                if disagreements > 1:
                    return True  # the digests differ even after the whole was taken again: the result says so
                self._whole_wanted = True

    def _photos(self) -> None:
        with self._replica.reading() as reader:
            sendable, fetchable = self._to_send(reader, urgent=False), attachments.to_fetch(reader, self._blobs)
        if self._send_blobs("photos", sendable):
            self._news()  # a report among them comes back time-stamped
            with self._replica.reading() as reader:
                fetchable = attachments.to_fetch(reader, self._blobs)
        self._fetch_blobs(fetchable)

    # -------------------------------------------------------------------------------------------- exchanges

    def _exchange(self, batch: outbox.Batch, state: SyncState, *, asks: bool) -> ExchangeReply | None:
        """One request and its reply, taken in; None when the reply asks for something else first (fork, resend, the whole)."""
        self._account.go_on()
        compare = asks and not batch.changes and state.complete
        request = Exchange(
            protocol=PROTOCOL,
            device=bytes.fromhex(state.device),
            incarnation=batch.incarnation,
            first=batch.first,
            head_before=batch.head_before,
            changes=batch.changes,
            epoch=state.epoch,
            cursor=state.cursor,
            wants=PAGE_ROWS if asks else 0,
            scope_digest=state.scope_digest if compare else b"",
        )
        sent = self._clock.now()
        self._tally.requests += 1
        try:
            reply = self._peer.exchange(request)
        except MessageTooLarge:
            if len(batch.changes) < 2:
                raise
            self._batch_bytes = max(1, sum(map(len, batch.changes)) // 2)
            return None
        return self._take(batch, state, reply, sent)

    def _take(self, batch: outbox.Batch, state: SyncState, reply: ExchangeReply, sent: datetime | None) -> ExchangeReply | None:
        if reply.protocol != PROTOCOL:
            raise NewerCentre
        if reply.state == "revoked":
            raise DeviceRevoked
        if reply.state == "fork":
            self._fork(state, reply)
            return None
        if reply.state == "resend" or state.epoch not in (0, reply.epoch) or reply.received < batch.first - 1:
            self._resend(reply)
            return None
        if batch.changes and reply.received < batch.first:
            raise CentreConfused
        self._check_head(batch, reply)
        with self._replica.transaction() as connection:
            verdicts = give_again(connection, batch, reply.verdicts, self._clock)
            if verdicts is not reply.verdicts:
                reply, self._given = msgspec.structs.replace(reply, verdicts=verdicts), True
            taken = intake.take_reply(connection, batch, state.cursor, reply, sent=sent, got=self._clock.now())
        self._tally.pushed += len(batch.changes)
        self._tally.receipts += taken.receipts
        self._tally.conflicts += taken.conflicts
        self._tally.rejected += taken.rejected
        self._tally.pulled += taken.rows
        self._tally.agrees = reply.agrees
        self._tally.wanted.update(dict.fromkeys(reply.wanted_blobs))
        if reply.state == "snapshot":
            self._account.odd("snapshot")
            self._whole_wanted = True
        return reply

    def _check_head(self, batch: outbox.Batch, reply: ExchangeReply) -> None:
        """Both chains must be the same up to where the receipts go; a centre that says otherwise is not believed."""
        if reply.received == batch.first - 1:
            ours = batch.head_before if batch.head_before != GENESIS else None
        else:
            with self._replica.reading() as reader:
                ours = outbox.head_at(reader.connection, batch.incarnation, reply.received)
        if ours is not None and ours != reply.head:
            raise CentreConfused

    def _fork(self, state: SyncState, reply: ExchangeReply) -> None:
        self._account.odd("fork")
        if reply.incarnation <= state.incarnation:
            raise CentreConfused
        self._incarnations.write(reply.incarnation)  # first: if we are killed in between, the next round goes on from it
        with self._replica.transaction() as connection:
            outbox.adopt_incarnation(connection, reply.incarnation)

    def _resend(self, reply: ExchangeReply) -> None:
        """The centre lost what had receipts, or has another epoch: it went back to a backup.

        What was taken over goes first, while the records that it edited are still here to be given again: the whole that follows
        is without those that the centre lost.
        """
        self._account.odd("resend")
        with self._replica.transaction() as connection:
            outbox.send_again(connection, reply.received)
            forget_receipts(connection)
            intake.new_epoch(connection, reply.epoch)
        self._told_last = push_taken(self._replica, self._peer.exchange, self._account, self._clock) or self._told_last

    def _take_whole(self, state: SyncState) -> bool:
        """Take the whole; False when it is of another epoch: what that centre lost is told by an exchange first."""
        self._account.go_on()
        self._account.odd("snapshot")
        self._tally.requests += 1
        head, blocks = self._blocks()
        if head.protocol != PROTOCOL:
            raise NewerCentre
        if state.epoch not in (0, head.epoch):
            return False
        if head.rows == 0 and any(state.scope_digest):
            raise EmptySnapshot
        if head.epoch == state.epoch and head.revision < state.cursor:
            raise CentreConfused
        held: list[RowBlock] = []
        rows = 0
        for block in blocks:  # the network first, then the transaction: nobody who saves meanwhile waits for a slow line
            self._account.go_on()
            held.append(block)
            rows += len(block.rows)
            self._account.tell("news", rows, head.rows)
        with self._replica.transaction() as connection:
            self._tally.pulled += bulk.take_snapshot(connection, head, held, got=self._clock.now())
        self._whole_wanted = False
        self._unsearched = True
        return True

    def _blocks(self) -> tuple[SnapshotHead, Iterator[RowBlock]]:
        as_blocks = getattr(self._peer, "snapshot_blocks", None)
        if as_blocks is not None:
            head, blocks = as_blocks()
            return head, blocks
        head, rows = self._peer.snapshot()
        return head, _gathered(rows)

    # -------------------------------------------------------------------------------------------- blobs

    def _to_send(self, reader: Reader, *, urgent: bool) -> Sequence[tuple[str, int]]:
        found, missing = attachments.to_send(reader, self._blobs, self._tally.wanted, urgent=urgent)
        if not urgent:
            self._tally.missing += missing
        return found

    def _send_blobs(self, phase: Phase, waiting: Sequence[tuple[str, int]]) -> int:
        sent = 0
        for place, (digest, _) in enumerate(waiting):
            self._account.go_on()
            self._account.tell(phase, place, len(waiting))
            try:
                arrived = attachments.send(self._peer, self._blobs, digest, self._account.cancelled)
            except (DamagedBlob, BlobNotHere):
                self._tally.missing += 1
                continue
            except CentreFull as fault:
                self._told_last = fault  # those that follow are not smaller
                break
            if not arrived:
                raise Stopped
            with self._replica.transaction() as connection:
                intake.blob_received(connection, digest, self._clock.now())
            self._tally.wanted.pop(digest, None)
            sent += 1
        self._tally.blobs_sent += sent
        self._account.tell(phase, len(waiting), len(waiting))
        return sent

    def _fetch_blobs(self, waiting: Sequence[tuple[str, int]]) -> None:
        if not waiting:
            return
        with self._replica.reading() as reader:
            back = {digest for digest, _ in wanted_back(reader.connection)}
        for place, (digest, size) in enumerate(waiting):
            self._account.go_on()
            self._account.tell("photos", place, len(waiting))
            try:
                arrived = attachments.fetch(self._peer, self._blobs, digest, self._account.cancelled, size, asked=digest in back)
            except DiskFull as fault:
                self._told_last = fault
                return
            if arrived == "here" and digest in back:
                with self._replica.transaction() as connection:
                    note_back(connection, digest)
            self._tally.blobs_fetched += arrived == "here"
            self._tally.missing += arrived == "broken"

    # -------------------------------------------------------------------------------------------- around

    def _state(self) -> SyncState:
        with self._replica.reading() as reader:
            return reader.sync_state()

    def _outcome(self, result: RoundResult) -> str:
        """What the history says of a round that came to its end or was stopped."""
        return "complete" if result.complete else "incomplete"

    def _remember(self, started: datetime, code: str | None, *, broken: bool = False) -> RoundResult:
        """`broken`: what ended it kept both ends from being compared, or from being compared last."""
        ended = self._clock.now()
        with self._replica.transaction() as connection:
            pending = Reader(connection).unreceipted()
            waits = pending.changes > 0 and outbox.anything_waits(connection)
            result = self._account.result(started, ended, pending, failed=broken, waits=waits)
            outcome = code or self._outcome(result)
            stands = {"complete": result.complete and not code, "agreed": result.records}
            intake.remember_round(connection, started, ended, outcome, result.counts(), **stands)
        return result


def _agreed(reply: ExchangeReply) -> bool:
    return reply.agrees is True and not reply.more and not reply.rows and not reply.removed


def _gathered(rows: Iterator[Row]) -> Iterator[RowBlock]:
    """Rows one by one as blocks of the same kind and fields, for peers that do not stream blocks."""
    kind = ""
    names: tuple[str, ...] = ()
    held: list[Row] = []

    def block() -> RowBlock:
        return RowBlock(kind, names, tuple((row.record, row.revision, tuple(row.values[name] for name in names)) for row in held))

    for row in rows:
        fields = tuple(sorted(row.values))
        if held and (row.kind != kind or fields != names or len(held) == BLOCK_ROWS):
            yield block()
            held.clear()
        kind, names = row.kind, fields
        held.append(row)
    if held:
        yield block()
