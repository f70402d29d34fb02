"""Messages beside the rounds (JSON, signed): what a laptop needs from time to time, and taking over a lost laptop's journal."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from fieldapp.base.ids import Id
from fieldapp.wire.requests import message_bytes, message_from_bytes

__all__ = [
    "JOURNAL_ANSWER",
    "JOURNAL_LETTER",
    "SEALING_PROOF",
    "Care",
    "CareRequest",
    "JournalBlob",
    "JournalChange",
    "JournalLetter",
    "TakenOver",
    "TakeoverRequest",
    "entry_bytes",
    "entry_from_bytes",
    "letter_bytes",
    "letter_from_bytes",
]

JOURNAL_LETTER = b"fieldapp journal letter 1"
"""What a journal's letter to the centre is sealed for (HPKE, `info`)."""

SEALING_PROOF = b"fieldapp sealing key 1"
"""What stands before the centre's key in the text that the CA signs."""

JOURNAL_ANSWER = b"fieldapp journal answer 1"
"""What the centre's answer is sealed for."""


class CareRequest(msgspec.Struct, frozen=True):
    """A laptop asks for what it needs from time to time. `csr`: a request for a new certificate (PKCS#10, DER); empty: none."""

    protocol: int
    csr: bytes = b""


class Care(msgspec.Struct, frozen=True):
    """The answer.

    `horizon`: the highest revision, of `epoch`, that every backup holds which may be put back (0: none was made yet). `crl`: the
    list of revoked certificates (DER). `sealing_key`: the centre's key for what is sealed to it; `sealing_proof`: the CA's
    signature over SEALING_PROOF and that key (ECDSA, SHA-256, DER). `certificate`, `chain`: as at enrolment, where a request was given.
    """

    protocol: int
    epoch: int = 0
    horizon: int = 0
    crl: bytes = b""
    sealing_key: bytes = b""
    sealing_proof: bytes = b""
    certificate: bytes = b""
    chain: tuple[bytes, ...] = ()


class TakeoverRequest(msgspec.Struct, frozen=True):
    """A laptop wants to take a lost one's journal over. `letter`: as it lies beside the journal; `answer_to`: a key of this
    request alone (X25519, 32 bytes) to which the answer is sealed.
    """

    protocol: int
    letter: bytes
    answer_to: bytes


class TakenOver(msgspec.Struct, frozen=True):
    """The answer: whose journal it is, and the key that opens it, sealed to `answer_to`. From then on the lost one is blocked."""

    protocol: int
    device: Id
    device_name: str
    key: bytes


class JournalLetter(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed to the centre's key beside a journal: the device, its engineer, and the journal's key (32 bytes)."""

    device: bytes
    engineer: bytes
    key: bytes


class JournalChange(msgspec.Struct, frozen=True, array_like=True, tag="change"):
    """A Change without a receipt: its place, the chain's head before it, its canonical bytes, and what the outbox knows beside
    them (base values by field as JSON, the moment as text).
    """

    device: bytes
    incarnation: int
    sequence: int
    head_before: bytes
    data: bytes
    bases: str
    at: str


class JournalBlob(msgspec.Struct, frozen=True, array_like=True, tag="blob"):
    """A blob without a receipt; its bytes lie beside the journal."""

    digest: str
    size: int
    purpose: str
    added_at: str


def entry_bytes(entry: JournalChange | JournalBlob) -> bytes:
    """One entry of a journal as it is sealed."""
    return message_bytes(entry)


def entry_from_bytes(data: bytes) -> JournalChange | JournalBlob:
    """Read `entry_bytes`; BadMessage otherwise."""
    entry: JournalChange | JournalBlob = message_from_bytes(data, cast("Any", JournalChange | JournalBlob))
    return entry


def letter_bytes(letter: JournalLetter) -> bytes:
    """A letter before it is sealed."""
    return message_bytes(letter)


def letter_from_bytes(data: bytes) -> JournalLetter:
    """Read `letter_bytes`; BadMessage otherwise."""
    return message_from_bytes(data, JournalLetter)
