"""How a request to the centre is signed and packed; the same code at both ends.

Each request carries the device, a time, a nonce and a signature (ECDSA P-256 with SHA-256) over `signing_text`: there is no
token to fetch each evening and none to steal. They stand in four headers that every centre reads, or packed in one that a centre
says it reads; the packed one is for rounds that carry nothing else. Bodies are msgpack; a body of some size travels compressed (gzip), and
the digest that is signed is that of the bytes as they travel.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping
from typing import Protocol, TypeVar

import msgspec

from fieldapp.base.errors import SyncError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id, is_id
from fieldapp.wire.protocol import BlobState
from fieldapp.wire.signatures import NUMBER_BYTES, der_signature, packed_signature

__all__ = [
    "AUTHORIZATION_HEADER",
    "CERTIFICATE_HEADER",
    "COMPLETE_HEADER",
    "CONTENT_TYPE",
    "DEVICE_HEADER",
    "DIGEST_HEADER",
    "NONCE_HEADER",
    "OFFSET_HEADER",
    "SCHEME",
    "SCHEME_HEADER",
    "SIGNATURE_HEADER",
    "TIME_HEADER",
    "BadMessage",
    "BadRequestSignature",
    "MessageTooLarge",
    "RequestSigner",
    "SignedRequest",
    "blob_headers",
    "certificate_header",
    "digest_header",
    "fits_digest",
    "is_packed",
    "message_bytes",
    "message_from_bytes",
    "packed_header",
    "read_blob_headers",
    "read_certificate_header",
    "read_signature_headers",
    "signature_headers",
    "signing_text",
    "squeeze",
    "unsqueeze",
]

CONTENT_TYPE = "application/x-msgpack"
DEVICE_HEADER = "X-Fieldapp-Device"
TIME_HEADER = "X-Fieldapp-Time"
NONCE_HEADER = "X-Fieldapp-Nonce"
SIGNATURE_HEADER = "X-Fieldapp-Signature"
OFFSET_HEADER = "X-Fieldapp-Offset"
COMPLETE_HEADER = "X-Fieldapp-Complete"
DIGEST_HEADER = "X-Fieldapp-Digest"
CERTIFICATE_HEADER = "X-Fieldapp-Certificate"
AUTHORIZATION_HEADER = "Authorization"
SCHEME_HEADER = "WWW-Authenticate"

SCHEME = "Fieldapp"
"""Stands before the packed signature, and alone in the answer of a centre that reads it."""

SQUEEZE_FROM = 256
"""Bodies below this many bytes travel as they are: gzip would not make them smaller."""

_CERTIFICATE_TEXT = 8192
_TIME = 6
_PACKED = 16 + 16 + _TIME + 2 * NUMBER_BYTES

_Message = TypeVar("_Message")
_encoder = msgspec.msgpack.Encoder()


class BadMessage(SyncError):
    """Bytes that are no message of this protocol."""

    code = "FA-502"
    message = N_(
        "The central service and this program did not understand each other. Everything stays safe on this laptop. Try again later."
    )


class MessageTooLarge(SyncError):
    """A body larger than the receiver allows, compressed or not."""

    code = "FA-504"
    message = N_("A message of the sync is too large. Everything stays safe on this laptop. Tell the service desk.")


class BadRequestSignature(SyncError):
    """A request without the headers of a signed one, or with headers that cannot be read."""

    code = "FA-505"
    message = N_("The request carries no valid signature of a laptop. Nothing was changed.")


class RequestSigner(Protocol):
    """The laptop's key; the vault keeps it."""

    def sign(self, data: bytes) -> bytes:
        """The ECDSA signature (P-256, SHA-256 of `data`), DER."""
        ...


class SignedRequest(msgspec.Struct, frozen=True):
    """What the headers say: the device, milliseconds since 1970 (UTC) by the laptop's clock, nonce, signature (DER)."""

    device: Id
    time: int
    nonce: str
    signature: bytes


def signing_text(method: str, path: str, body_digest: bytes, time: int, nonce: str) -> bytes:
    """The bytes that are signed: a line each for protocol, method, path, SHA-256 of the body, time, nonce.

    `path` is path and query exactly as in the request line ("/v1/blobs/ab..?offset=0&total=9"), without the host, so that a
    proxy may rename it; `body_digest` is SHA-256 (32 bytes) of the body as it travels, that of b"" without one;
    `time` in milliseconds since 1970 (UTC); `nonce` 32 hexadecimal digits, never used twice.
    """
    return "\n".join(("fieldapp-request-1", method.upper(), path, body_digest.hex(), str(time), nonce)).encode()


def signature_headers(signer: RequestSigner, device: Id, method: str, path: str, body: bytes, time: int, nonce: str) -> dict[str, str]:
    """The four headers of a signed request; arguments as in `signing_text`, the body as it travels."""
    signature = signer.sign(signing_text(method, path, hashlib.sha256(body).digest(), time, nonce))
    return {
        DEVICE_HEADER: device,
        TIME_HEADER: str(time),
        NONCE_HEADER: nonce,
        SIGNATURE_HEADER: base64.b64encode(signature).decode("ascii"),
    }


def packed_header(signer: RequestSigner, device: Id, method: str, path: str, body: bytes, time: int, nonce: str) -> dict[str, str]:
    """The one header that says what the four of `signature_headers` say; same arguments.

    The scheme, a space, and base64 (that of URLs) of 102 bytes: device (16), nonce
    (16), time (6, big endian), and the two numbers of the signature (32 each, big endian).
    """
    signature = signer.sign(signing_text(method, path, hashlib.sha256(body).digest(), time, nonce))
    packed = bytes.fromhex(device) + bytes.fromhex(nonce) + time.to_bytes(_TIME, "big") + packed_signature(signature)
    return {AUTHORIZATION_HEADER: f"{SCHEME} {base64.urlsafe_b64encode(packed).decode('ascii')}"}


def is_packed(headers: Mapping[str, str]) -> bool:
    """Whether a request is signed by `packed_header`. Its sender takes an answer in gzip without saying so."""
    return headers.get(AUTHORIZATION_HEADER, "").partition(" ")[0] == SCHEME


def _read_packed(text: str) -> SignedRequest:
    try:
        packed = base64.b64decode(text.encode("ascii"), b"-_", validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadRequestSignature from fault
    if len(packed) != _PACKED:
        raise BadRequestSignature
    time = int.from_bytes(packed[32 : 32 + _TIME], "big")
    return SignedRequest(packed[:16].hex(), time, packed[16:32].hex(), der_signature(packed[32 + _TIME :]))


def read_signature_headers(headers: Mapping[str, str]) -> SignedRequest:
    """Read the packed header or the four (of a mapping that passes over case); BadRequestSignature when one is missing or misspelled.

    The signature itself, the time window and the nonce are the receiver's to check, with `signing_text`.
    """
    if is_packed(headers):
        return _read_packed(headers[AUTHORIZATION_HEADER].partition(" ")[2])
    device, time, nonce = (headers.get(name, "") for name in (DEVICE_HEADER, TIME_HEADER, NONCE_HEADER))
    if not is_id(device) or not is_id(nonce) or not (time.isascii() and time.isdigit() and len(time) <= 15):
        raise BadRequestSignature
    try:
        signature = base64.b64decode(headers.get(SIGNATURE_HEADER, ""), validate=True)
    except (binascii.Error, ValueError) as fault:
        raise BadRequestSignature from fault
    if not signature:
        raise BadRequestSignature
    return SignedRequest(device, int(time), nonce, signature)


def certificate_header(certificate: bytes) -> dict[str, str]:
    """The device's own certificate (DER) beside a signed request: for a centre that a restored backup made forget the renewal."""
    return {CERTIFICATE_HEADER: base64.b64encode(certificate).decode("ascii")}


def read_certificate_header(headers: Mapping[str, str]) -> bytes:
    """The certificate that a request shows; b"" for none, and for what cannot be one."""
    text = headers.get(CERTIFICATE_HEADER, "")
    try:
        return base64.b64decode(text, validate=True) if len(text) <= _CERTIFICATE_TEXT else b""
    except (binascii.Error, ValueError):
        return b""


def message_bytes(message: msgspec.Struct) -> bytes:
    """A message of the protocol as msgpack."""
    return _encoder.encode(message)


def message_from_bytes(data: bytes, kind: type[_Message]) -> _Message:
    """Read a message of a kind (Exchange, ExchangeReply, ...); BadMessage if it is none."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadMessage from fault


def blob_headers(state: BlobState) -> dict[str, str]:
    """The headers of every good answer (200, no body) to HEAD and PATCH of a blob: bytes held durably, and 1 when it is whole."""
    return {OFFSET_HEADER: str(state.offset), COMPLETE_HEADER: str(int(state.complete))}


def read_blob_headers(headers: Mapping[str, str]) -> BlobState:
    """Read what `blob_headers` wrote; BadMessage otherwise."""
    offset, complete = headers.get(OFFSET_HEADER, ""), headers.get(COMPLETE_HEADER, "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= 15) or complete not in ("0", "1"):
        raise BadMessage
    return BlobState(int(offset), complete == "1")


def digest_header(body: bytes, *, short: bool = False) -> dict[str, str]:
    """The header of an answer to an exchange: the first 16 bytes (short: 8) of SHA-256 of its body as it travels, in hexadecimal digits."""
    return {DIGEST_HEADER: hashlib.sha256(body).hexdigest()[: 16 if short else 32]}


def fits_digest(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a body is the one that `digest_header` was made for; True where the answer does not name a digest."""
    whole = hashlib.sha256(body).hexdigest()
    return headers.get(DIGEST_HEADER, "") in {"", whole[:16], whole[:32]}


def squeeze(data: bytes) -> tuple[bytes, bool]:
    """The body as it should travel and whether it was compressed (then Content-Encoding is gzip)."""
    if len(data) < SQUEEZE_FROM:
        return data, False
    machine = zlib.compressobj(1, zlib.DEFLATED, 31)  # level 6: a fourteenth fewer bytes of an evening for nearly four times the work
    return machine.compress(data) + machine.flush(), True


def unsqueeze(data: bytes, limit: int) -> bytes:
    """Undo gzip, at most `limit` bytes of it (MessageTooLarge); BadMessage if it is no gzip or was cut."""
    machine = zlib.decompressobj(31)
    try:
        plain = machine.decompress(data, limit + 1)
    except zlib.error as fault:
        raise BadMessage from fault
    if len(plain) > limit or machine.unconsumed_tail:
        raise MessageTooLarge
    if not machine.eof:
        raise BadMessage
    return plain
