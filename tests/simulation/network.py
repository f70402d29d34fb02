"""The network between a laptop and the centre: messages as bytes, and what a network does to them."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, TypeVar

import sqlalchemy as sa

from fieldapp.base.errors import CentreError
from fieldapp.base.ids import Id
from fieldapp.central.refusals import UnknownBlob
from fieldapp.central.service import DevicePeer
from fieldapp.sync.refusals import BlobNotAtCentre, CentreRefused, CentreUnreachable
from fieldapp.wire.protocol import BlobState, Exchange, ExchangeReply, Row, SnapshotHead
from fieldapp.wire.requests import BadMessage, message_bytes, message_from_bytes
from fieldapp.wire.snapshot import RowBlock, read_blocks, read_snapshot, write_snapshot
from tests.simulation.crash import SimulatedCrash
from tests.simulation.plan import MEANWHILE, NETWORK, Fault

__all__ = ["SimulatedPeer"]

R = TypeVar("R")
Call = Callable[[DevicePeer], R]


class Wires(Protocol):
    """What the network needs of the world."""

    counts: Counter[str]
    late: list[tuple[Id, Callable[[DevicePeer], object]]]

    def at_centre(self, device: Id, call: Callable[[DevicePeer], R]) -> R:
        """Run a call at the centre; SimulatedCrash when it dies of it."""
        ...


class SimulatedPeer:
    """Keeps `wire.protocol.SyncPeer`; each message is spelled as bytes and read again at the other end."""

    def __init__(
        self, wires: Wires, device: Id, faults: Sequence[Fault] = (), meanwhile: Mapping[str, Callable[[], None]] = MappingProxyType({})
    ) -> None:
        """`meanwhile`: what people do while a request is under way, by the name of the fault that plans it."""
        self._wires = wires
        self._device = device
        self._faults = {fault.at: fault.what for fault in faults if fault.what in (*NETWORK, *MEANWHILE)}
        self._meanwhile = meanwhile
        self._crossings = 0
        self.replies: list[ExchangeReply] = []

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Push, receipts and news in one."""
        data = message_bytes(request)
        reply = self._cross(lambda end: message_bytes(end.exchange(message_from_bytes(data, Exchange))))
        self.replies.append(self._whole_reply(b"".join(self._cut(reply, ends=False))))
        return self.replies[-1]

    def _whole_reply(self, data: bytes) -> ExchangeReply:
        """A reply that was cut cannot be read; it is as if it had been lost."""
        try:
            return message_from_bytes(data, ExchangeReply)
        except BadMessage as fault:
            raise CentreUnreachable from fault

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole scope, row by row."""
        return read_snapshot(self._cut(self._cross(_whole)))

    def snapshot_blocks(self) -> tuple[SnapshotHead, Iterator[RowBlock]]:
        """The whole scope."""
        return read_blocks(self._cut(self._cross(_whole)))

    def blob_state(self, digest: str) -> BlobState:
        """How much of a blob the centre holds."""
        return self._cross(lambda end: end.blob_state(digest))

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Append a chunk; one that is cut on the way is refused whole, because its signature does not fit."""
        return self._cross(lambda end: end.send_blob(digest, offset, total, chunk))

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """The blob's bytes from an offset on."""
        return self._cut(self._cross(lambda end: b"".join(end.fetch_blob(digest, offset))))

    def _cross(self, call: Call[R]) -> R:
        self._crossings += 1
        what = self._faults.get(self._crossings, "")
        if what and what != "cut":
            self._wires.counts[what] += 1
        if what == "delayed":
            self._wires.late.append((self._device, call))
        if what in ("request_lost", "delayed"):
            raise CentreUnreachable
        if what == "doubled":
            self._at_centre(call)
        reply = self._at_centre(call)
        if what in self._meanwhile:
            self._meanwhile[what]()
        if what == "reply_lost":
            raise CentreUnreachable
        return reply

    def _at_centre(self, call: Call[R]) -> R:
        try:
            return self._wires.at_centre(self._device, call)
        except SimulatedCrash as crash:
            raise CentreUnreachable from crash
        except UnknownBlob as fault:
            raise BlobNotAtCentre from fault
        except CentreError as fault:
            raise CentreRefused(number=fault.code, reason=str(fault)) from fault
        except (sa.exc.OperationalError, sqlite3.OperationalError, OSError) as fault:
            raise CentreRefused(number="500", reason="full") from fault

    def _cut(self, data: bytes, *, ends: bool = True) -> Iterator[bytes]:
        """The bytes in pieces; cut somewhere when that is the fault of this crossing. `ends`: and the connection says so."""
        cut = self._faults.get(self._crossings) == "cut"
        if cut:
            self._wires.counts["cut"] += 1
        end = len(data) * (self._crossings % 4 + 1) // 6 if cut else len(data)
        for start in range(0, end, 20_000):
            yield data[start : min(start + 20_000, end)]
        if cut and ends:
            raise CentreUnreachable


def _whole(end: DevicePeer) -> bytes:
    return b"".join(write_snapshot(*end.snapshot()))
