"""The byte-exact part of verification: nothing in a file may be spelled otherwise than this program spells it.

Other verifiers call a file valid whose padding, hex case or unsigned certificates were changed, or that was rolled
back. Here each /Contents is `<`, lower-case hex of exactly one DER value, zeros, `>`, and fills exactly the gap of its
ByteRange; each CMS equals the one rebuilt from its parts, its signed attributes those that digest and certificate
give, and its signature fits them; the last signed byte is the last byte of the file. So every byte outside of the last
gap is covered by the last signature, and every byte inside of it is fixed by its spelling, by the signed attributes or
by the signature. Only certificates above the signer's are left to the judgement of the certificate path.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from fieldapp.base.i18n import Sentence, say
from fieldapp.reports.cms import attributes_of, parts_of, respell

__all__ = ["Refusal", "SignedRange", "base_of", "signed_ranges"]

_RANGE = re.compile(rb"/ByteRange \[0 ([1-9]\d{0,9}) ([1-9]\d{0,9}) ([1-9]\d{0,9})\] *")
_NAME = b"/ByteRange"
_LIMIT = 40
_HEADER, _HEADER_WITHIN = b"%PDF-", 1024


class Refusal(Exception):
    """Why a file is not accepted."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.read("en"))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class SignedRange:
    """A signature as bytes: the gap [start, end) in the file, where its revision ends, its CMS and the CMS's parts."""

    start: int
    end: int
    covered: int
    der: bytes
    signed_attributes: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    content: bytes


def signed_ranges(pdf: bytes) -> list[SignedRange]:
    """All signatures in order of their revisions, each checked byte by byte; Refusal says what is wrong."""
    found: list[tuple[int, ...]] = []
    at = pdf.find(_NAME)
    while at >= 0:
        match = _RANGE.match(pdf, at)
        if match is None or len(found) == _LIMIT:
            raise Refusal(say("A signature is spelled in a way this program never writes."))
        found.append(tuple(int(n) for n in match.groups()))
        at = pdf.find(_NAME, at + 1)
    if not found:
        raise Refusal(say("The file bears no signature.") if _HEADER in pdf[:_HEADER_WITHIN] else say("The file is no PDF."))
    places, before = [], 0
    for start, end, rest in sorted(found):
        covered = end + rest
        if not before < start < end <= covered <= len(pdf):
            raise Refusal(say("A signature does not cover what stands before it."))
        places.append((start, end, covered))
        before = covered
    if before != len(pdf):
        raise Refusal(say("Bytes follow after the last signature: the file was changed after it was signed."))
    quick = [_quick(pdf, *place) for place in reversed(places)]  # the last one covers most, so a change shows there first
    return [_signed_range(*parts) for parts in quick][::-1]


def _quick(pdf: bytes, start: int, end: int, covered: int) -> tuple[int, int, int, bytes, bytes]:
    """A place with its DER and the digest that it covers; Refusal when the digest is nowhere in the DER."""
    if not pdf[covered - 8 : covered].rstrip(b"\r\n").endswith(b"%%EOF"):
        raise Refusal(say("A signature ends inside of a revision."))
    der = _contents(pdf[start:end])
    covering = hashlib.sha256(memoryview(pdf)[:start])
    covering.update(memoryview(pdf)[end:covered])
    digest = covering.digest()
    if digest not in der:  # the quick answer for most changed files; what follows is exact
        raise Refusal(say("The file was changed after it was signed."))
    return start, end, covered, der, digest


def _signed_range(start: int, end: int, covered: int, der: bytes, digest: bytes) -> SignedRange:
    """The parts of one signature, when its CMS is exactly the one that they give."""
    try:
        attributes, signature, certificates, content = parts_of(der)
        if content and _imprint(content) != digest:
            raise Refusal(say("The file was changed after it was signed."))
        kind, inner = ("tst_info", hashlib.sha256(content).digest()) if content else ("data", digest)
        if attributes != attributes_of(kind, inner, certificates[0]):
            raise Refusal(say("The file was changed after it was signed."))
        respelled = respell(attributes, signature, certificates, content)
        fits = _fits(attributes, signature, certificates[0])
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as problem:
        raise Refusal(say("A signature cannot be read.")) from problem
    if respelled != der:
        raise Refusal(say("A signature is spelled in a way this program never writes."))
    if not fits:
        raise Refusal(say("The signature does not fit the file."))
    return SignedRange(start, end, covered, der, attributes, signature, certificates, content)


def _fits(attributes: bytes, signature: bytes, certificate: bytes) -> bool:
    """Whether the certificate's key made this signature (ECDSA with SHA-256) over the signed attributes."""
    from asn1crypto import algos, x509
    from pyhanko_certvalidator.sig_validate import DEFAULT_SIGNATURE_VALIDATOR

    key = x509.Certificate.load(certificate).public_key
    if key.algorithm != "ec" or key.curve != ("named", "secp256r1"):
        raise Refusal(say("The key is not of the kind that this program uses."))
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    try:
        DEFAULT_SIGNATURE_VALIDATOR.validate_signature(signature, attributes, key, algorithm)
    except Exception:  # noqa: BLE001 - a key or a signature that cannot be read fits no better than a wrong one
        return False
    return True


def _imprint(content: bytes) -> bytes:
    from asn1crypto import tsp

    try:
        imprint = tsp.TSTInfo.load(content, strict=True)["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != "sha256":
            return b""
        found: bytes = imprint["hashed_message"].native
    except (ValueError, TypeError, KeyError) as problem:
        raise Refusal(say("The time-stamp cannot be read.")) from problem
    return found


def _contents(gap: bytes) -> bytes:
    """The DER value in a gap that is filled canonically."""
    if gap[:1] != b"<" or gap[-1:] != b">" or len(gap) % 2:
        raise Refusal(say("A signature does not fill its place exactly."))
    digits = gap[1:-1]
    if digits.translate(None, b"0123456789abcdef"):
        raise Refusal(say("A signature is spelled in a way this program never writes."))
    raw = bytes.fromhex(digits.decode())
    length = _der_length(raw)
    if not 0 < length <= len(raw) or any(raw[length:]):
        raise Refusal(say("A signature does not fill its place exactly."))
    return raw[:length]


def _der_length(raw: bytes) -> int:
    """The whole length of the SEQUENCE at the beginning, 0 when it is not in shortest form."""
    if len(raw) < 4 or raw[0] != 0x30:
        return 0
    if raw[1] < 0x80:
        return 2 + raw[1]
    count = raw[1] & 0x7F
    if not 1 <= count <= 3 or raw[2] == 0:
        return 0
    value = int.from_bytes(raw[2 : 2 + count], "big")
    return 2 + count + value if value >= 0x80 else 0


def base_of(pdf: bytes, first: SignedRange) -> bytes:
    """The rendered file as it was before the first signature."""
    return pdf[: pdf.rfind(b"%%EOF", 0, first.start) + len(b"%%EOF\n")]
