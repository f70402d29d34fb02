"""Which blobs go up and come down in a round, and in which order; each is resumable and checked by its digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from fieldapp.base.errors import CentreError
from fieldapp.domain.documents import FETCHED, comes_by_itself
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.keeping.upkeep import attached, dropped, wanted_back
from fieldapp.replica.reader import Reader
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob
from fieldapp.sync.refusals import BlobNotAtCentre, CentreConfused, CentreUnreachable
from fieldapp.wire.protocol import BlobState, SyncPeer

__all__ = ["CHUNK_UP", "URGENT", "fetch", "send", "to_fetch", "to_send"]

URGENT = frozenset({"strokes", "report", "manifest"})
"""Purposes that go up before the news are asked for, so that a report comes back time-stamped in the same round."""

CHUNK_UP = 256 * 1024
"""Bytes of one request, for a peer that does not say what suits its line."""

PATIENCE = 3
"""Requests without a byte of progress before a transfer is given up until the next round."""

Cancelled = Callable[[], bool]


def to_send(reader: Reader, blobs: BlobStore, wanted: Iterable[str], *, urgent: bool) -> tuple[list[tuple[str, int]], int]:
    """Blobs to send as (digest, size), the smallest first, and how many are wanted that this laptop does not have (any more).

    `urgent`: only those of signed reports; else all that have no receipt, and those that the centre asked for.
    """
    waiting = {digest: size for digest, size, purpose in reader.waiting_blobs() if not urgent or purpose in URGENT}
    missing = [digest for digest in waiting if not blobs.has(digest)]
    found = {digest: size for digest, size in waiting.items() if digest not in missing}
    if not urgent:
        found |= {digest: blobs.size(digest) for digest in wanted if blobs.has(digest)}
    return sorted(found.items(), key=lambda each: (each[1], each[0])), len(missing)


def to_fetch(reader: Reader, blobs: BlobStore) -> list[tuple[str, int]]:
    """Blobs to fetch as (digest, size), in the order of `documents.FETCHED`, smaller ones first; what is wanted back comes last."""
    found: dict[str, tuple[int, int]] = {digest: (len(FETCHED), size) for digest, size in wanted_back(reader.connection)}
    gone = dropped(reader.connection)
    for digest, size, purpose, owner_kind in attached(reader.connection, FETCHED):
        if digest in gone or blobs.has(digest) or not comes_by_itself(purpose, owner_kind, size):
            continue
        place = (FETCHED.index(purpose), size)
        found[digest] = min(place, found.get(digest, place))
    return [(digest, size) for digest, (_, size) in sorted(found.items(), key=lambda each: (each[1], each[0]))]


def send(peer: SyncPeer, blobs: BlobStore, digest: str, cancelled: Cancelled) -> bool:
    """Send what the centre lacks of a blob; False when cancelled on the way, CentreConfused when it never comes to an end.

    The centre's offset is the only one: what it says after each chunk is where the next one begins. When the line breaks the
    centre is asked how far it is, and the transfer goes on from there; CentreUnreachable when nothing moves any more. The
    receipt is that the centre holds this digest whole, in this size.
    """
    total = blobs.size(digest)
    state = peer.blob_state(digest)
    furthest, idle = state.offset, 0
    while not state.complete:
        if cancelled():
            return False
        if not 0 <= state.offset <= total or idle > PATIENCE:
            raise CentreConfused
        chunk = _slice(blobs, digest, state.offset, getattr(peer, "chunk_bytes", CHUNK_UP))
        state = _send_one(peer, digest, state.offset, total, chunk, last_try=idle == PATIENCE)
        idle = 0 if state.offset > furthest else idle + 1
        furthest = max(furthest, state.offset)
    if state.offset != total:
        raise CentreConfused
    return True


def _send_one(peer: SyncPeer, digest: str, offset: int, total: int, chunk: bytes, *, last_try: bool) -> BlobState:
    try:
        return peer.send_blob(digest, offset, total, chunk)
    except CentreUnreachable:
        if last_try:
            raise
        return peer.blob_state(digest)  # the chunk may have arrived, and only the answer was lost


def _slice(blobs: BlobStore, digest: str, offset: int, size: int) -> bytes:
    """The bytes of a blob from an offset on, `size` at most."""
    held = bytearray()
    for chunk in blobs.open(digest, offset):
        held += chunk
        if len(held) >= size:
            break
    return bytes(held[:size])


def fetch(
    peer: SyncPeer, blobs: BlobStore, digest: str, cancelled: Cancelled, size: int = 0, *, asked: bool = False
) -> Literal["here", "later", "broken", "stopped"]:
    """Fetch a blob, going on where an earlier round stopped, and after each break of the line as long as something came since.

    `later`: the centre does not have it whole yet, because whoever attached it has not synced; `broken`: other bytes came, and
    nothing of them is kept. CentreUnreachable when nothing moves any more; DiskFull, BlobQuota before the first byte when there is no
    room for its `size`; `asked`: a person wants it, so the quota does not count.
    """
    before = -1
    try:
        while True:
            with blobs.receive(digest, size, asked=asked) as receiver:
                try:
                    for piece in peer.fetch_blob(digest, receiver.offset):
                        receiver.add(piece)
                        if cancelled():
                            return "stopped"
                    receiver.finish()
                    return "here"
                except CentreUnreachable:
                    if receiver.offset <= before:
                        raise
                    before = receiver.offset
    except (BlobNotAtCentre, CentreError):
        return "later"
    except (DamagedBlob, BlobNotHere):
        return "broken"
