"""A sync round by courier: everything that waits goes into one sealed file, and the answer comes back in another one.

Writing the file changes nothing here: what is in it waits until the centre's receipt comes, by a file or over the network.
The answer is taken in as replies of a round are. Each says what it answers; one that this laptop has outgrown (an answer taken
twice or out of order, another incarnation or epoch) is left alone, and one that fits is worth what it is worth over the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fieldapp.base.clock import Clock
from fieldapp.base.errors import SyncError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id, Randomness
from fieldapp.replica import bulk, intake, outbox
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.keeping.takeover import all_taken, taken_between
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob
from fieldapp.replica.states import SyncState
from fieldapp.sync import attachments, takeover
from fieldapp.sync.account import CancelToken, Progress, RoundResult
from fieldapp.sync.courier_peer import CarriedPeer
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.refusals import CentreConfused, EmptySnapshot, NewerCentre
from fieldapp.sync.round import BATCH_BYTES, BATCH_CHANGES, Round
from fieldapp.sync.takeover import request_of, take_taken
from fieldapp.wire.changes import GENESIS
from fieldapp.wire.courier import (
    Answered,
    Asked,
    BackManifest,
    BlobHead,
    Closing,
    ForSomebodyElse,
    Frame,
    OutManifest,
    Packer,
    Parcel,
    PublicKey,
    TakenAnswer,
    key_of_certificate,
    opener,
    public_of,
)
from fieldapp.wire.protocol import PROTOCOL, Exchange, ExchangeReply
from fieldapp.wire.requests import RequestSigner
from fieldapp.wire.snapshot import read_blocks
from fieldapp.wire.stick import room_for, written_whole

__all__ = ["CarriedAnswer", "CourierKeys", "NoCourierKey", "OtherLife", "take_answer", "write_out"]

SPARE_BYTES = 4 * 2**20
"""What is asked of a stick beyond the files that go onto it: Changes, heads, seals."""


class NoCourierKey(SyncError):
    """The laptop was enrolled before the centre had a key for files."""

    code = "FA-529"
    message = N_(
        "This laptop does not know the key of the central service for courier files yet. Nothing is lost. "
        "Sync once over the network, then it does."
    )


class OtherLife(SyncError):
    """The laptop's own chain is not the one that the answer belongs to."""

    code = "FA-530"
    message = N_(
        "This laptop was put back from a backup, or copied, after it wrote the file that is answered here. "
        "Nothing was changed. Write a new courier file."
    )


@dataclass(frozen=True, slots=True)
class CourierKeys:
    """What a laptop seals and opens with: its signer, its X25519 key (32 bytes), the centre's public one, the pinned certificates."""

    device: Id
    signer: RequestSigner
    private: bytes
    centre: bytes
    roots: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CarriedAnswer:
    """What an answer brought; its `receipts` and `blobs_sent` are receipts for Changes and blobs. `outgrown`: nothing in it was of use
    any more.
    """

    result: RoundResult
    outgrown: bool


def write_out(
    replica: Replica,
    blobs: BlobStore,
    path: Path,
    keys: CourierKeys,
    *,
    clock: Clock,
    randomness: Randomness,
    incarnations: IncarnationFile,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> RoundResult:
    """Write everything that waits into a file for the centre. NoCourierKey, NameTaken, StickFull, StickTrouble: no file then.

    In the result `pushed` are the Changes in the file, `blobs_sent` the blobs, `bytes_up` its size; no receipt came of it.
    """
    if not keys.centre:
        raise NoCourierKey
    return _Outgoing(replica, blobs, path, keys, clock, randomness, incarnations, progress, cancel).run()


def take_answer(
    replica: Replica,
    blobs: BlobStore,
    path: Path,
    keys: CourierKeys,
    *,
    clock: Clock,
    incarnations: IncarnationFile,
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> CarriedAnswer:
    """Take in a file of the centre. What `Parcel` refuses, OtherLife, and what a round refuses; then nothing of the reply counts."""
    taking = _Incoming(replica, blobs, path, keys, clock, incarnations, progress, cancel)
    result = taking.run()
    return CarriedAnswer(result, taking.outgrown)


class _Outgoing(Round):
    """Writes instead of asking."""

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        path: Path,
        keys: CourierKeys,
        clock: Clock,
        randomness: Randomness,
        incarnations: IncarnationFile,
        progress: Progress | None,
        cancel: CancelToken | None,
    ) -> None:
        self._carried = CarriedPeer()
        super().__init__(replica, blobs, self._carried, clock, incarnations, progress, cancel)
        self._path = path
        self._keys = keys
        self._randomness = randomness

    def _outcome(self, result: RoundResult) -> str:
        return "courier_out" if self._carried.bytes_up else "incomplete"

    def _steps(self) -> None:
        with self._replica.reading() as reader:
            state = reader.sync_state()
            waiting, self._tally.missing = attachments.to_send(reader, self._blobs, (), urgent=False)
            lacks = tuple(digest for digest, _ in attachments.to_fetch(reader, self._blobs))
            total = reader.unreceipted().changes
        room_for(self._path, sum(size for _, size in waiting) + SPARE_BYTES)
        with written_whole(self._path) as stream:
            packer = Packer(stream, "out", self._keys.centre, self._randomness)
            packer.message(b"M", self._manifest(state, lacks))
            with self._replica.reading() as reader:
                taken = [request_of(batch) for batch in all_taken(reader.connection, takeover.BATCH_CHANGES, takeover.BATCH_BYTES)]
            for request in taken:
                packer.message(b"T", request)
                self._tally.pushed += len(request.changes)
            for request in self._requests(state):
                packer.message(b"X", request)
                self._tally.pushed += len(request.changes)
                self._account.tell("changes", self._tally.pushed, max(total, self._tally.pushed))
            self._pack_blobs(packer, waiting)
            size = packer.finish(self._keys.signer)
        self._carried.bytes_up = size  # only now: before, there is no file

    def _manifest(self, state: SyncState, lacks: tuple[str, ...]) -> OutManifest:
        return OutManifest(
            PROTOCOL,
            self._randomness.bytes(16),
            bytes.fromhex(state.device),
            public_of(self._keys.private),
            int(self._clock.now().timestamp() * 1000),
            state.epoch,
            state.cursor,
            not state.complete,
            lacks,
        )

    def _requests(self, state: SyncState) -> Iterator[Exchange]:
        """All Changes without a receipt, as the requests of a round that only pushes; one without any when nothing waits."""
        after, more = 0, True
        while more:
            self._account.go_on()
            with self._replica.reading() as reader:
                batch = outbox.next_batch(reader.connection, BATCH_CHANGES, BATCH_BYTES, after)
            if batch.incarnation != state.incarnation:
                raise CentreConfused  # a round over the network changed it meanwhile
            after, more = batch.last, batch.more
            yield Exchange(
                PROTOCOL,
                bytes.fromhex(state.device),
                batch.incarnation,
                batch.first,
                batch.head_before,
                batch.changes,
                state.epoch,
                state.cursor,
                0,
            )

    def _pack_blobs(self, packer: Packer, waiting: list[tuple[str, int]]) -> None:
        for place, (digest, _) in enumerate(waiting):
            self._account.go_on()
            self._account.tell("photos", place, len(waiting))
            try:
                packer.blob(digest, self._blobs.size(digest), self._blobs.open(digest))
            except (DamagedBlob, BlobNotHere):
                self._tally.missing += 1  # the centre sees that its pieces are not the whole of it
                continue
            self._tally.blobs_sent += 1
        self._account.tell("photos", len(waiting), len(waiting))


class _Incoming(Round):
    """Takes replies out of a file instead of asking for them."""

    def __init__(
        self,
        replica: Replica,
        blobs: BlobStore,
        path: Path,
        keys: CourierKeys,
        clock: Clock,
        incarnations: IncarnationFile,
        progress: Progress | None,
        cancel: CancelToken | None,
    ) -> None:
        self._parcel = Parcel(path, "back", public_of(keys.private), opener(keys.private))
        self._carried = CarriedPeer(self._parcel)
        super().__init__(replica, blobs, self._carried, clock, incarnations, progress, cancel)
        self._keys = keys
        self._used = False
        self._closing: Closing | None = None

    @property
    def outgrown(self) -> bool:
        """Whether nothing in the file was of use."""
        return not self._used

    def _outcome(self, result: RoundResult) -> str:
        return "courier_in" if self._used else "courier_old"

    def _steps(self) -> None:
        self._account.tell("news", 0, 0)
        self._carried.bytes_down = self._parcel.check(self._signed_for_us)
        self._take_frames()
        self._take_closing()
        with self._replica.reading() as reader:
            waiting = attachments.to_fetch(reader, self._blobs)
        self._fetch_blobs(waiting)

    def _signed_for_us(self, first: Frame) -> list[PublicKey]:
        manifest = first.read(BackManifest)
        if manifest.protocol != PROTOCOL:
            raise NewerCentre
        if manifest.device.hex() != self._keys.device:
            raise ForSomebodyElse
        return [key_of_certificate(each) for each in self._keys.roots]

    def _take_frames(self) -> None:
        place, before = 0, b""
        for frame in self._parcel.frames():
            self._account.go_on()
            if frame.mark == b"A":
                self._take_answered(frame.read(Answered))
                self._account.tell("news", self._tally.pulled, self._tally.pulled)
            elif frame.mark == b"T":
                self._take_taken(frame.read(TakenAnswer))
            elif frame.mark == b"S" and before != b"S":
                self._take_carried_whole(place)
            elif frame.mark == b"B":
                blob = frame.read(BlobHead)
                self._carried.note_blob(blob.digest, blob.size, frame.after)
            elif frame.mark == b"C":
                self._closing = frame.read(Closing)
            place, before = frame.after, frame.mark

    def _take_answered(self, one: Answered) -> None:
        asked, reply, state = one.asked, one.reply, self._state()
        if reply.protocol != PROTOCOL:
            raise NewerCentre
        nothing = outbox.Batch(asked.incarnation, asked.last + 1, asked.head_after, (), False)
        stands = (asked.epoch, asked.cursor, asked.incarnation) == (state.epoch, state.cursor, state.incarnation)
        if reply.state not in ("ok", "snapshot"):
            if stands:  # else it told this to a laptop of the past
                self._used = True
                self._take(nothing, state, reply, None)
            return
        if state.epoch not in (0, reply.epoch):
            return
        batch = self._waiting_of(asked, reply) or nothing
        fits = asked.cursor == state.cursor and state.complete
        if reply.state == "snapshot" and not fits:
            reply = msgspec.structs.replace(reply, state="ok")
        news = fits and bool(reply.rows or reply.removed or reply.cursor > state.cursor or reply.state == "snapshot")
        if not batch.changes and not news:
            return
        self._used = True
        self._take(batch, replace(state, cursor=asked.cursor if fits else -1), reply, None)

    def _take_taken(self, one: TakenAnswer) -> None:
        """What was said to Changes of a lost laptop, where they still wait here as they were sent."""
        asked, reply, state = one.asked, one.reply, self._state()
        if reply.protocol != PROTOCOL:
            raise NewerCentre
        if reply.state == "revoked" or state.epoch not in (0, reply.epoch):
            return
        place = one.device.hex(), asked.incarnation, asked.first, asked.last
        with self._replica.reading() as reader:
            batch = taken_between(reader.connection, *place, asked.head_after)
        if batch is not None:
            self._used = True
            take_taken(self._replica, batch, reply, self._account, self._clock)

    def _waiting_of(self, asked: Asked, reply: ExchangeReply) -> outbox.Batch | None:
        """The Changes of a request that still wait here; OtherLife when others have their numbers."""
        with self._replica.reading() as reader:
            ours = GENESIS if asked.last == 0 else outbox.head_at(reader.connection, asked.incarnation, asked.last)
            further = outbox.head_at(reader.connection, asked.incarnation, reply.received)
            if (ours is not None and ours != asked.head_after) or (further is not None and further != reply.head):
                raise OtherLife
            if ours is None:  # they got their receipts long ago, or other numbers
                return None
            return outbox.batch_between(reader.connection, asked.incarnation, asked.first, asked.last)

    def _take_carried_whole(self, place: int) -> None:
        state = self._state()
        head, blocks = read_blocks(self._stream(place))
        if head.protocol != PROTOCOL:
            raise NewerCentre
        outgrown = state.complete or state.epoch not in (0, head.epoch) or (head.epoch == state.epoch and head.revision < state.cursor)
        if outgrown:
            return
        if head.rows == 0 and any(state.scope_digest):
            raise EmptySnapshot
        held = list(blocks)  # the stick first, then the transaction: nobody who saves meanwhile waits for it
        with self._replica.transaction() as connection:
            self._tally.pulled += bulk.take_snapshot(connection, head, held, got=None)
        self._unsearched = True
        self._used = True

    def _stream(self, place: int) -> Iterator[bytes]:
        for frame in self._parcel.frames(place):
            if frame.mark != b"S":
                return
            yield frame.body

    def _take_closing(self) -> None:
        closing, state = self._closing, self._state()
        if closing is None:
            raise CentreConfused
        if closing.epoch != state.epoch:
            return
        with self._replica.reading() as reader:
            waiting = {digest for digest, *_ in reader.waiting_blobs()} & set(closing.received)
        if waiting:
            with self._replica.transaction() as connection:
                for digest in sorted(waiting):
                    intake.blob_received(connection, digest, self._clock.now())
        self._tally.blobs_sent = len(waiting)
        self._used |= bool(waiting)
        if state.complete and state.cursor == closing.revision and closing.scope_digest:
            self._tally.agrees = state.scope_digest == closing.scope_digest
            if not self._tally.agrees:
                with self._replica.transaction() as connection:
                    intake.want_whole(connection)
