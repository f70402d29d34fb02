"""The messages of a sync round, and SyncPeer, the interface that every other end keeps (HTTP, courier, simulator).

Frames are msgpack arrays, gzip around the body. Version N and N-1 are understood; a message of another version is refused
with its code. A round: push -> receipts -> blobs of signed reports -> pull -> rebase -> other blobs -> compare digests.
One `Exchange` carries pushes and asks for news at once; a round with nothing new is one Exchange and its reply.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import msgspec

from fieldapp.base.ids import Id
from fieldapp.wire.changes import Plain

__all__ = [
    "PROTOCOL",
    "BlobState",
    "EnrolRequest",
    "Enrolled",
    "Exchange",
    "ExchangeReply",
    "RemovedRow",
    "Row",
    "SnapshotHead",
    "SyncPeer",
    "Verdict",
    "VerdictCode",
]

PROTOCOL = 1

VerdictCode = Literal["applied", "merged", "conflict", "rejected"]


class Verdict(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the centre did with one Change. `applied` is the rule and travels as a range (`ExchangeReply.received`); only the
    exceptions travel as Verdicts, with the fields concerned and a reason: a code from `wire` or an error code of the tree.
    """

    sequence: int
    code: VerdictCode
    fields: tuple[str, ...] = ()
    reason: str = ""
    conflict: Id = ""


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The centre's present version of one record: all closed fields, and of open fields ("/…") those newer than the cursor."""

    kind: str
    record: bytes
    revision: int
    values: dict[str, Plain]


class RemovedRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A record that is no longer for this engineer: deleted at the centre, or out of the scope."""

    kind: str
    record: bytes
    revision: int
    deleted: bool


class Exchange(msgspec.Struct, frozen=True, array_like=True):
    """One request: the next Changes in order (canonical bytes each) and where the laptop stands.

    `head_before`: the chain's head before the first of them. `cursor`: the highest revision the laptop has taken in whole.
    `wants`: how many rows at most in the reply (0: only push). `scope_digest`: 32 bytes, of the replica without pending
    Changes, when the laptop believes itself complete; empty otherwise. `epoch`: the centre's epoch it knows (0: none).
    """

    protocol: int
    device: bytes
    incarnation: int
    first: int
    head_before: bytes
    changes: tuple[bytes, ...]
    epoch: int
    cursor: int
    wants: int
    scope_digest: bytes = b""


class ExchangeReply(msgspec.Struct, frozen=True, array_like=True):
    """The answer, sent only after COMMIT.

    `state`: ok | fork (this sequence was used with another digest: take `incarnation` and resend) | resend (the centre was
    restored: send again from sequence `received` + 1) | snapshot (take the whole again) | revoked.
    `received`: the highest sequence of this incarnation that the centre holds; everything up to it has a receipt.
    `head`: the chain's head at `received`. `verdicts`: the exceptions among the Changes of the request.
    `rows`, `removed`: news up to `cursor`; `more`: ask again. `revision`: the centre's highest revision.
    `agrees`: whether the scope digests agree (None where not compared). `now`: the centre's time in milliseconds.
    `wanted_blobs`: digests (hex) of blobs the centre knows of by an attachment and does not hold yet, small ones first.
    """

    protocol: int
    state: Literal["ok", "fork", "resend", "snapshot", "revoked"]
    epoch: int
    revision: int
    incarnation: int
    received: int
    head: bytes
    verdicts: tuple[Verdict, ...] = ()
    rows: tuple[Row, ...] = ()
    removed: tuple[RemovedRow, ...] = ()
    cursor: int = 0
    more: bool = False
    agrees: bool | None = None
    now: int = 0
    wanted_blobs: tuple[str, ...] = ()


class SnapshotHead(msgspec.Struct, frozen=True, array_like=True):
    """What stands before the rows of a first sync: how many rows to expect, and the revision they all belong to."""

    protocol: int
    epoch: int
    revision: int
    rows: int


class BlobState(msgspec.Struct, frozen=True, array_like=True):
    """How much of a blob the other end holds durably; `complete` once its digest was checked there."""

    offset: int
    complete: bool


class EnrolRequest(msgspec.Struct, frozen=True):
    """A laptop asks to become a device: the one-time code, its new identity, its certificate request (PKCS#10, DER)."""

    protocol: int
    code: str
    device: Id
    device_name: str
    csr: bytes


class Enrolled(msgspec.Struct, frozen=True):
    """The centre's answer: who you are, your certificate, and the certificates to pin (DER; the CA first)."""

    protocol: int
    engineer: Id
    engineer_name: str
    incarnation: int
    epoch: int
    certificate: bytes
    chain: tuple[bytes, ...]
    crl: bytes
    courier_key: bytes
    company: str


class SyncPeer(Protocol):
    """The other end of a sync round. Every call may raise SyncError leaves and may be repeated without harm."""

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Push, receipts and news in one."""
        ...

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole scope as one compressed stream of rows."""
        ...

    def blob_state(self, digest: str) -> BlobState:
        """How much of this blob the other end holds."""
        ...

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Append a chunk at `offset`; the digest is checked when `total` is reached."""
        ...

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """The blob's bytes from an offset on, in chunks."""
        ...
