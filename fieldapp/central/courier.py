"""The centre's end of a courier's file: believe it, take in what it brings as if it came over the network, write the answer.

The file is read twice: once to believe it, once to take it in. Whatever is in it may have come before, or may be years old: every
exchange is idempotent, and a laptop that moved on since leaves the answer alone. When the answer cannot be written, what was taken
in stays, and handing the file in again makes another answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.exc import DBAPIError

from fieldapp.base.errors import CentreError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id
from fieldapp.central.refusals import OtherProtocol, RevokedDevice, UnknownBlob
from fieldapp.central.rounds.epochs import epoch_of
from fieldapp.central.rounds.scope import scope_digest
from fieldapp.central.service import PAGE_LIMIT, PROTOCOLS, CentralService
from fieldapp.central.store.books import revision_of
from fieldapp.central.trust.devices import certificates_of
from fieldapp.domain.documents import comes_by_itself
from fieldapp.wire.changes import GENESIS, chain_digest
from fieldapp.wire.courier import (
    PIECE,
    Answered,
    Asked,
    BackManifest,
    BadParcel,
    BlobHead,
    Closing,
    Frame,
    OutManifest,
    Packer,
    Parcel,
    PublicKey,
    TakenAnswer,
    key_of_certificate,
)
from fieldapp.wire.protocol import PROTOCOL, Exchange, ExchangeReply
from fieldapp.wire.requests import RequestSigner
from fieldapp.wire.snapshot import write_snapshot
from fieldapp.wire.stick import written_whole

__all__ = ["DatabaseTrouble", "Handled", "answer_name", "take_parcel"]

_TAKEN = ("ok", "snapshot")
_TRIES = 20
"""Times that the centre looks for a moment in which nothing changed since the last page, so that digests can be compared."""


class DatabaseTrouble(CentreError):
    """The centre's disk is full, or its database cannot be reached."""

    code = "FA-640"
    message = N_(
        "The database of the central service could not be written ({reason}). What was taken in before stays, and no answer was written. "
        "Make room, then hand the same file in again."
    )


@dataclass(frozen=True, slots=True)
class Handled:
    """What a file brought and what its answer holds; `state` as in a reply: ok, or fork, resend, snapshot."""

    device: Id
    engineer: Id
    state: str
    changes: int
    conflicts: int
    rejected: int
    blobs: int
    news: int
    blobs_back: int
    answer: Path


@dataclass(frozen=True, slots=True)
class _CentreSigner:
    """The key of the CA, which every laptop pinned at enrolment."""

    key: ec.EllipticCurvePrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def answer_name(path: Path) -> Path:
    """Where the answer to a file goes by itself: beside it, `…-back.courier`."""
    stem = path.stem.removesuffix("-out")
    return path.with_name(f"{stem}-back.courier")


def take_parcel(service: CentralService, path: Path, answer: Path) -> Handled:
    """Take a laptop's file in and write the answer. What `Parcel` and `written_whole` refuse, UnknownDevice, RevokedDevice,
    OtherProtocol; nothing was changed then, but for an answer that could not be written.
    """
    parcel = Parcel(path, "out", service.sealing.public, service.sealing.open)
    believed: list[tuple[OutManifest, Any]] = []

    def keys(first: Frame) -> list[PublicKey]:
        manifest = first.read(OutManifest)
        if manifest.protocol not in PROTOCOLS:
            raise OtherProtocol
        who = service.device(manifest.device.hex())
        if who.state != "active":
            raise RevokedDevice
        believed.append((manifest, who))
        with service.store.reading() as connection:  # the file may have been written before its laptop's certificate was renewed
            earlier = certificates_of(connection, who.id)
        return [key_of_certificate(each) for each in (who.certificate, *earlier)]

    parcel.check(keys)
    manifest, who = believed[0]
    try:
        return _Taking(service, parcel, manifest, who).run(answer)
    except (DBAPIError, sqlite3.Error) as fault:
        raise DatabaseTrouble(reason=str(getattr(fault, "orig", fault))) from fault


class _Taking:
    """One file on its way through the centre."""

    def __init__(self, service: CentralService, parcel: Parcel, manifest: OutManifest, who: Any) -> None:
        self._service = service
        self._parcel = parcel
        self._manifest = manifest
        self._device: Id = who.id
        self._engineer: Id = who.engineer
        self._state = "ok"
        self._last: Asked | None = None
        self._closing = Closing(0, 0, b"")
        self._counts = dict.fromkeys(("changes", "conflicts", "rejected", "blobs", "news", "blobs_back"), 0)
        self._came: dict[str, bool] = {}
        self._wanted: dict[str, None] = dict.fromkeys(manifest.lacks)

    def run(self, answer: Path) -> Handled:
        """Everything."""
        signer: RequestSigner = _CentreSigner(self._service.authority.ca.key)
        with written_whole(answer) as stream:
            try:
                packer = Packer(stream, "back", self._manifest.answer_to, self._service.randomness)
            except ValueError as fault:
                raise BadParcel from fault
            made = int(self._service.clock.now().timestamp() * 1000)
            packer.message(b"M", BackManifest(PROTOCOL, self._manifest.parcel, self._manifest.device, made))
            self._take(packer)
            if self._state == "ok":
                self._tell_news(packer)
            self._pack_blobs(packer)
            packer.message(b"C", self._last_word())
            packer.finish(signer)
        return Handled(self._device, self._engineer, self._state, answer=answer, **self._counts)

    # ------------------------------------------------------------------------------------------------ what came

    def _take(self, packer: Packer) -> None:
        blob: _Arriving | None = None
        for frame in self._parcel.frames():
            if frame.mark == b"P" and blob is not None:
                blob.add(frame.body)
                continue
            self._settle(blob)
            blob = None
            if frame.mark == b"X" and self._state in _TAKEN:
                self._push(packer, frame.read(Exchange))
            elif frame.mark == b"T":
                self._push_taken(packer, frame.read(Exchange))
            elif frame.mark == b"B":
                head = frame.read(BlobHead)
                blob = _Arriving(self._service, head.digest, head.size)

    def _push(self, packer: Packer, request: Exchange) -> None:
        request = msgspec.structs.replace(request, wants=0, scope_digest=b"")
        reply = self._service.exchange(self._device, request)
        self._last = _asked(request)
        self._state = reply.state
        packer.message(b"A", Answered(self._last, reply))
        self._counts["changes"] += len(request.changes) if reply.state in _TAKEN else 0
        self._counts["conflicts"] += sum(each.code == "conflict" for each in reply.verdicts)
        self._counts["rejected"] += sum(each.code == "rejected" for each in reply.verdicts)
        if reply.state == "snapshot" and self._manifest.whole:
            self._state = "ok"  # it asks for what it gets now

    def _push_taken(self, packer: Packer, request: Exchange) -> None:
        """What the laptop took over from a lost one; where that is not blocked, or somebody else's, it goes on waiting, unanswered."""
        if request.device == self._manifest.device:
            return
        request = msgspec.structs.replace(request, wants=0, scope_digest=b"")
        try:
            reply = self._service.exchange(self._device, request)
        except CentreError:
            return
        packer.message(b"T", TakenAnswer(request.device, _asked(request), reply))
        self._counts["changes"] += len(request.changes) if reply.state in _TAKEN else 0
        self._counts["conflicts"] += sum(each.code == "conflict" for each in reply.verdicts)
        self._counts["rejected"] += sum(each.code == "rejected" for each in reply.verdicts)

    def _settle(self, blob: _Arriving | None) -> None:
        if blob is not None:
            self._came[blob.digest] = blob.finish()
            self._counts["blobs"] += self._came[blob.digest]

    # ------------------------------------------------------------------------------------------------ what goes back

    def _tell_news(self, packer: Packer) -> None:
        if self._last is None:
            return
        epoch, cursor = self._last.epoch, self._last.cursor
        if self._manifest.whole:
            head, rows = self._service.snapshot(self._device)
            for piece in write_snapshot(head, rows):
                packer.frame(b"S", piece)
            epoch, cursor = head.epoch, head.revision
            self._counts["news"] += head.rows
        tries = 0
        while tries < _TRIES:
            request = self._question(epoch, cursor)
            reply = self._service.exchange(self._device, request)  # what arrived above is time-stamped before the reply
            told = len(reply.rows) + len(reply.removed)
            if told or reply.state != "ok":
                packer.message(b"A", Answered(_asked(request), reply))
            self._counts["news"] += told
            self._note_attachments(reply)
            self._state, cursor = reply.state, reply.cursor
            if reply.state != "ok":
                return
            if not told and not reply.more:
                self._close()
                if self._closing.revision == cursor:
                    return
                tries += 1

    def _question(self, epoch: int, cursor: int) -> Exchange:
        assert self._last is not None
        last = self._last
        device = self._manifest.device
        return Exchange(PROTOCOL, device, last.incarnation, last.last + 1, last.head_after, (), epoch, cursor, PAGE_LIMIT)

    def _note_attachments(self, reply: ExchangeReply) -> None:
        """What a laptop fetches in a round over the network."""
        for row in reply.rows:
            digest, size = row.values.get("digest"), row.values.get("size")
            if row.kind != "attachment" or not isinstance(digest, str) or not isinstance(size, int) or digest in self._came:
                continue
            if comes_by_itself(str(row.values.get("purpose")), str(row.values.get("owner_kind")), size):
                self._wanted[digest] = None

    def _pack_blobs(self, packer: Packer) -> None:
        for digest in self._wanted:
            try:
                pieces: Iterator[bytes] = self._service.fetch_blob(self._device, digest, 0)
            except UnknownBlob:
                continue
            packer.blob(digest, self._service.blobs.state(digest).offset, pieces)
            self._counts["blobs_back"] += 1

    def _close(self) -> None:
        with self._service.store.reading() as connection:
            self._closing = Closing(epoch_of(connection), revision_of(connection), scope_digest(connection, self._engineer))

    def _last_word(self) -> Closing:
        if not self._closing.revision:
            self._close()
        return msgspec.structs.replace(self._closing, received=tuple(digest for digest, whole in self._came.items() if whole))


class _Arriving:
    """A blob whose pieces come one after the other; a blob that the centre refuses gets no receipt, and nothing else suffers."""

    def __init__(self, service: CentralService, digest: str, size: int) -> None:
        self.digest = digest
        self._service = service
        self._size = size
        self._at = 0
        self._held = bytearray()
        self._refused = False
        self._known = self._try(lambda: service.blob_state(digest).complete)

    def add(self, piece: bytes) -> None:
        """The next bytes."""
        if not (self._known or self._refused):
            self._held += piece
            if len(self._held) >= 4 * PIECE:
                self._send()

    def finish(self) -> bool:
        """No more come: whether the centre holds it whole."""
        if not (self._known or self._refused):
            self._send()
        return self._known

    def _send(self) -> None:
        data, at = bytes(self._held), self._at
        self._at += len(data)
        self._held.clear()
        self._known = self._try(lambda: self._service.send_blob(self.digest, at, self._size, data).complete)

    def _try(self, call: Any) -> bool:
        try:
            return bool(call())
        except CentreError:
            self._refused = True
            return False


def _asked(request: Exchange) -> Asked:
    head = request.head_before
    for data in request.changes:
        head = chain_digest(head, data)
    last = request.first + len(request.changes) - 1
    return Asked(request.incarnation, request.first, last, head if last else GENESIS, request.epoch, request.cursor)
