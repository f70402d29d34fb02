"""A sync round as one sealed file, which anybody may carry: what it holds, how it is sealed, opened and believed.

A file is a head, then chunks of 64 KiB, each sealed with AES-GCM under a key of its own file; HPKE seals that key to whom the file
is for. The nonce counts the chunks and marks the last, and every chunk covers the head: a file that was cut, mended, put together
anew or turned round does not open. Inside are frames, and at the end the sender's signature over all of them, whom it is for included.
`Parcel.check` reads the whole once and believes it; only then anything is taken from it. Nothing is ever wholly in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple, TypeVar

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldapp.base.errors import SyncError, disk_words
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Randomness
from fieldapp.wire.protocol import ExchangeReply
from fieldapp.wire.requests import BadMessage, RequestSigner, message_bytes, message_from_bytes

__all__ = [
    "PARCEL_CHUNK",
    "PIECE",
    "Answered",
    "Asked",
    "BackManifest",
    "BadParcel",
    "BlobHead",
    "Closing",
    "Direction",
    "ForSomebodyElse",
    "Frame",
    "Mark",
    "NewerParcel",
    "OutManifest",
    "Packer",
    "Parcel",
    "PublicKey",
    "TakenAnswer",
    "UnreadableParcel",
    "UnsignedParcel",
    "WrongDirection",
    "key_of_certificate",
    "opener",
    "public_of",
    "seal",
]

VERSION = 1
PARCEL_CHUNK = 64 * 1024
"""Plain bytes of a sealed chunk; the last one may be shorter."""

PIECE = 256 * 1024
"""Bytes of a blob in one frame, at most."""

PARCEL_FRAME = 64 * 2**20
"""Bytes of a frame, at most; a longer one is refused before memory is taken for it."""

_MAGIC = b"FACOUR1\n"
_TAG = 16
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO = b"fieldapp-courier-1\n"
_SIGNED = b"fieldapp-courier-signature-1\n"

Direction = Literal["out", "back"]
Mark = Literal[b"M", b"T", b"X", b"A", b"S", b"B", b"P", b"C", b"Z"]
"""Of a frame: manifest, exchange, answered exchange, piece of a snapshot, head of a blob, piece of it, closing, signature."""

PublicKey = ec.EllipticCurvePublicKey

Open = Callable[[bytes, bytes], bytes | None]
"""What opens a key that HPKE sealed, for a purpose; None when it was not sealed to us, or was changed."""

_Message = TypeVar("_Message", bound=msgspec.Struct)


class BadParcel(SyncError):
    """No file of a courier, or one that is not as it was written."""

    code = "FA-520"
    message = N_(
        "This file is no courier file, or it is damaged or not whole. Nothing was taken from it and nothing was changed. "
        "Copy it once more, or ask for it again."
    )


class WrongDirection(SyncError):
    """A file for the centre at the laptop, or the other way round."""

    code = "FA-521"
    message = N_(
        "This courier file goes the other way: one goes out to the central service, another one comes back from it. "
        "Nothing was changed. Choose the other file."
    )


class ForSomebodyElse(SyncError):
    """Sealed to another laptop or another centre."""

    code = "FA-522"
    message = N_(
        "This courier file is for another laptop or another central service, and cannot be opened here. "
        "Nothing was changed. Give it to whom it belongs."
    )


class UnsignedParcel(SyncError):
    """It opens, and its signature is not that of the sender."""

    code = "FA-523"
    message = N_("The seal of this courier file is not that of its sender. Nothing was taken from it. Ask for a new file.")


class NewerParcel(SyncError):
    """A version of the file that this program does not know."""

    code = "FA-524"
    message = N_("This courier file was written by a newer version of the program. Nothing was changed. Update the program here first.")


class UnreadableParcel(SyncError):
    """The file is not there, or the stick does not give its bytes."""

    code = "FA-525"
    message = N_("The file {name} cannot be read ({reason}). Nothing was changed. Check the stick and try again.")


class OutManifest(msgspec.Struct, frozen=True, array_like=True):
    """The first frame of a file from a laptop.

    `parcel`: 16 bytes, of this file. `answer_to`: the laptop's X25519 key. `made`: by its clock, milliseconds. `whole`: it
    needs the whole scope anew. `lacks`: digests (hex) of files it knows of and does not hold.
    """

    protocol: int
    parcel: bytes
    device: bytes
    answer_to: bytes
    made: int
    epoch: int
    cursor: int
    whole: bool
    lacks: tuple[str, ...] = ()


class BackManifest(msgspec.Struct, frozen=True, array_like=True):
    """The first frame of a file from the centre: which file it answers, for whom, when (the centre's clock, milliseconds)."""

    protocol: int
    parcel: bytes
    device: bytes
    made: int


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """Where the laptop stood when it asked: a reply is taken only by a laptop whose own chain says the same.

    `first` to `last`: sequences of the Changes (`last` is `first` - 1 when there were none); `head_after`: the chain's head at `last`.
    """

    incarnation: int
    first: int
    last: int
    head_after: bytes
    epoch: int
    cursor: int


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """One reply of the centre and what it answers."""

    asked: Asked
    reply: ExchangeReply


class TakenAnswer(msgspec.Struct, frozen=True, array_like=True):
    """One reply about Changes that were taken over from a lost laptop: which laptop (16 bytes), what it answers, the reply."""

    device: bytes
    asked: Asked
    reply: ExchangeReply


class BlobHead(msgspec.Struct, frozen=True, array_like=True):
    """Before the pieces of a blob: its digest (hex) and size; the pieces that follow add up to it."""

    digest: str
    size: int


class Closing(msgspec.Struct, frozen=True, array_like=True):
    """The last frame of a file from the centre: digest of the engineer's scope at a revision (empty when the centre was too
    busy to say), and the blobs that the centre holds whole.
    """

    epoch: int
    revision: int
    scope_digest: bytes
    received: tuple[str, ...] = ()


class Frame(NamedTuple):
    """One frame: its mark, its bytes, and where in the plain stream the next one begins."""

    mark: bytes
    body: bytes
    after: int

    def read(self, kind: type[_Message]) -> _Message:
        """Its message; BadParcel when it is none of this kind."""
        try:
            return message_from_bytes(self.body, kind)
        except BadMessage as fault:
            raise BadParcel from fault


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """What everybody can read: version, direction, a digest of the key it is sealed to, and the sealed key."""

    version: int
    direction: str
    to: bytes
    key: bytes


def public_of(private: bytes) -> bytes:
    """The public half (32 bytes) of an X25519 key (32 bytes)."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def opener(private: bytes) -> Open:
    """What opens what was sealed to this key (X25519, 32 bytes)."""
    key = X25519PrivateKey.from_private_bytes(private)

    def open_it(sealed: bytes, info: bytes) -> bytes | None:
        try:
            return _SUITE.decrypt(sealed, key, info)
        except (InvalidTag, ValueError):
            return None

    return open_it


def seal(public: bytes, data: bytes, info: bytes) -> bytes:
    """Seal bytes to an X25519 key (32 bytes) for a purpose; ValueError for a key that is none."""
    return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public), info)


def key_of_certificate(certificate: bytes) -> PublicKey:
    """The key of a certificate (DER); UnsignedParcel when it holds none that can sign."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError as fault:
        raise UnsignedParcel from fault
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise UnsignedParcel
    return key


def _name_of(public: bytes) -> bytes:
    return hashlib.sha256(_INFO + public).digest()[:16]


def _nonce(place: int, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([last])


def _signed(head: bytes, told: bytes) -> bytes:
    return _SIGNED + hashlib.sha256(head).digest() + told


class Packer:
    """Writes one file into a stream; what is written is worth nothing before `finish`."""

    def __init__(self, stream: IO[bytes], direction: Direction, to: bytes, randomness: Randomness) -> None:
        """`to`: the receiver's X25519 key (32 bytes); ValueError when it is none."""
        self._stream = stream
        key = randomness.bytes(32)
        name = _name_of(to)
        sealed = seal(to, key, _INFO + direction.encode() + name)
        head = message_bytes(_Head(VERSION, direction, name, sealed))
        self._head = _MAGIC + len(head).to_bytes(2, "big") + head
        self._covers = hashlib.sha256(self._head).digest()
        self._cipher = AESGCM(key)
        self._place = 0
        self._held = bytearray()
        self._told = hashlib.sha256()
        self._size = len(self._head)
        stream.write(self._head)

    def message(self, mark: Mark, message: msgspec.Struct) -> None:
        """Add a frame with a message."""
        self.frame(mark, message_bytes(message))

    def frame(self, mark: Mark, body: bytes) -> None:
        """Add a frame."""
        self._add(mark + len(body).to_bytes(4, "big") + body)

    def blob(self, digest: str, size: int, pieces: Iterator[bytes]) -> None:
        """Add a blob in frames; ValueError when the pieces are not `size` bytes."""
        self.message(b"B", BlobHead(digest, size))
        held, count = bytearray(), 0
        for piece in pieces:
            held += piece
            count += len(piece)
            while len(held) >= PIECE:
                self.frame(b"P", bytes(held[:PIECE]))
                del held[:PIECE]
        if held:
            self.frame(b"P", bytes(held))
        if count != size:
            raise ValueError(f"a blob of {size} bytes has {count}")

    def finish(self, signer: RequestSigner) -> int:
        """Sign all frames and seal the last chunk; how many bytes the file has."""
        self.frame(b"Z", signer.sign(_signed(self._head, self._told.digest())))
        self._seal(bytes(self._held), last=True)
        return self._size

    def _add(self, data: bytes) -> None:
        self._told.update(data)
        self._held += data
        while len(self._held) > PARCEL_CHUNK:
            self._seal(bytes(self._held[:PARCEL_CHUNK]), last=False)
            del self._held[:PARCEL_CHUNK]

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._stream.write(self._cipher.encrypt(_nonce(self._place, last), chunk, self._covers))
        self._size += len(chunk) + _TAG
        self._place += 1


class Parcel:
    """A file that was opened. The key that opened it is kept, so that nothing else can take its place between two readings."""

    def __init__(self, path: Path, direction: Direction, public: bytes, open_key: Open) -> None:
        """Read the head. `public` and `open_key` are the reader's. BadParcel, WrongDirection, ForSomebodyElse, NewerParcel."""
        self._path = path
        with self._reading() as stream:
            start = stream.read(len(_MAGIC) + 2)
            length = int.from_bytes(start[len(_MAGIC) :], "big")
            data = stream.read(length)
        if not start.startswith(_MAGIC) or len(start) != len(_MAGIC) + 2 or len(data) != length:
            raise BadParcel
        try:
            head = message_from_bytes(data, _Head)
        except BadMessage as fault:
            raise BadParcel from fault
        if head.version > VERSION:
            raise NewerParcel
        if head.direction != direction:
            raise WrongDirection if head.direction in ("out", "back") else BadParcel
        if head.to != _name_of(public):
            raise ForSomebodyElse
        key = open_key(head.key, _INFO + direction.encode() + head.to)
        if head.version != VERSION or key is None or len(key) != 32:
            raise BadParcel
        self._head = start + data
        self._covers = hashlib.sha256(self._head).digest()
        self._cipher = AESGCM(key)

    @contextmanager
    def _reading(self) -> Iterator[IO[bytes]]:
        """The file, open; UnreadableParcel whenever the stick does not give its bytes."""
        try:
            with self._path.open("rb") as stream:
                yield stream
        except OSError as fault:
            raise UnreadableParcel(name=self._path.name, reason=disk_words(fault)) from fault

    def check(self, keys: Callable[[Frame], list[PublicKey]]) -> int:
        """Read the whole file and believe it; how many bytes it holds.

        `keys` is asked once, with the manifest: who may have signed such a file (it may refuse by an error of its own).
        BadParcel where a byte is not as it was sealed or the end is missing, UnsignedParcel when nobody of them signed.
        """
        told = hashlib.sha256()
        known: list[PublicKey] | None = None
        signed = False
        after = 0
        for frame in self.frames():
            if signed:
                raise BadParcel
            if known is None:
                if frame.mark != b"M":
                    raise BadParcel
                known = keys(frame)
            if frame.mark == b"Z":
                _believe(known, frame.body, _signed(self._head, told.digest()))
                signed = True
            told.update(frame.mark + len(frame.body).to_bytes(4, "big") + frame.body)
            after = frame.after
        if not signed:
            raise BadParcel
        return after

    def frames(self, start: int = 0) -> Iterator[Frame]:
        """The frames from a place in the plain stream on, which must be the beginning of one."""
        held = bytearray()
        place = start
        for chunk in self._plain(start):
            held += chunk
            at = 0
            while len(held) - at >= 5:
                length = int.from_bytes(held[at + 1 : at + 5], "big")
                if length > PARCEL_FRAME:
                    raise BadParcel
                if len(held) - at < 5 + length:
                    break
                end = at + 5 + length
                yield Frame(bytes(held[at : at + 1]), bytes(held[at + 5 : end]), place + end)
                at = end
            del held[:at]
            place += at
        if held:
            raise BadParcel

    def _plain(self, start: int) -> Iterator[bytes]:
        place, skip = divmod(start, PARCEL_CHUNK)
        with self._reading() as stream:
            stream.seek(len(self._head) + place * (PARCEL_CHUNK + _TAG))
            sealed = stream.read(PARCEL_CHUNK + _TAG)
            if not sealed:
                raise BadParcel
            while sealed:
                following = stream.read(PARCEL_CHUNK + _TAG)
                try:
                    chunk = self._cipher.decrypt(_nonce(place, not following), sealed, self._covers)
                except InvalidTag as fault:
                    raise BadParcel from fault
                yield chunk[skip:]
                place, sealed, skip = place + 1, following, 0


def _believe(keys: list[PublicKey], signature: bytes, data: bytes) -> None:
    for key in keys:
        try:
            key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return
    raise UnsignedParcel
