"""Signing a rendered report: the engineer certifies, others approve with strokes, what stays empty is marked void.

The order is the template's: the order of the fields in the file. The first signature certifies (only filling of the
remaining fields is allowed after it); the last locks the file. All are PAdES B-B with the device's P-256 key, made
offline. Each names the digest of the content, each approval the digest of its strokes, in its signed reason.
Times are arguments. pyHanko is imported inside the functions (0.4 s), so that importing this module costs nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_, Language, Sentence, say, when_text
from fieldapp.reports.blocks import Mark
from fieldapp.reports.canonical import DATA_NAME
from fieldapp.reports.cms import Signer, detached_signature
from fieldapp.reports.strokes import Strokes

__all__ = ["FieldState", "Signer", "SigningOrderError", "approve", "certify", "reason_text", "signature_fields", "void"]


class SigningOrderError(DocumentError):
    """Somebody signs out of turn, or twice."""

    code = "FA-805"
    message = N_("This place cannot be signed now. Nothing was signed. The next place to sign is: {expected}")


@dataclass(frozen=True, slots=True)
class FieldState:
    """A place for a signature, in order; `locks` marks the last one."""

    name: str
    signed: bool
    locks: bool


def signature_fields(pdf: bytes) -> tuple[FieldState, ...]:
    """The places for signatures in their order; UnreadableError for a file that is no report."""
    from fieldapp.reports.embedding import fields_of, reader_of

    return tuple(FieldState(field.name, field.signed, field.locks) for field in fields_of(reader_of(pdf)))


def reason_text(content: str, strokes: str = "", voided: bool = False) -> str:
    """The signed reason: `content sha256:…`, after `strokes sha256:…; ` of an approval or `void; ` of an empty place."""
    head = f"strokes sha256:{strokes}; " if strokes else ("void; " if voided else "")
    return f"{head}content sha256:{content}"


def certify(pdf: bytes, signer: Signer, *, when: datetime, name: str, role: str = "", zone: str = "Asia/Shanghai") -> bytes:
    """The engineer's certification of a rendered report (DocMDP 2), in its first field.

    `when` is the aware moment of signing, printed in `zone`. SigningOrderError when something is signed already.
    """
    headline = say("Sealed by {name}", name=name)
    return _sign(pdf, signer, "", _Words(name, role, headline, "tick", "#17784A"), when, zone, None, False)


def approve(
    pdf: bytes,
    signer: Signer,
    *,
    field: str,
    strokes: Strokes,
    name: str,
    role: str,
    when: datetime,
    zone: str = "Asia/Shanghai",
) -> bytes:
    """An approval with handwritten strokes, made with the device's key; `name` and `role` are the person's.

    StrokesError for empty strokes, SigningOrderError when it is not this field's turn.
    """
    strokes.check()
    return _sign(pdf, signer, field, _Words(name, role, say("{name}", name=name), "none", ""), when, zone, strokes, False)


def void(
    pdf: bytes,
    signer: Signer,
    *,
    field: str,
    reason: str,
    name: str,
    when: datetime,
    zone: str = "Asia/Shanghai",
) -> bytes:
    """Mark a place as void (closed early, refused, absent), signed by the engineer; `reason` is printed there."""
    headline = say("Void: {reason}", reason=reason)
    return _sign(pdf, signer, field, _Words(name, reason, headline, "cross", "#B3261E"), when, zone, None, True)


@dataclass(frozen=True, slots=True)
class _Words:
    name: str
    role: str
    headline: Sentence
    mark: Mark
    colour: str


def _sign(
    pdf: bytes,
    signer: Signer,
    field: str,
    said: _Words,
    when: datetime,
    zone: str,
    strokes: Strokes | None,
    voided: bool,
) -> bytes:
    from fieldapp.reports.drawing.stamp import seal_page
    from fieldapp.reports.embedding import Update, attached_data, embed_signature, fields_of, reader_of

    reader = reader_of(pdf)
    fields = fields_of(reader)
    following = [item for item in fields if not item.signed]
    certifies = len(following) == len(fields)
    expected = following[0] if following else None
    if expected is None or (certifies and field) or (not certifies and field != expected.name):
        raise SigningOrderError(expected=expected.name if expected else "-")
    data = attached_data(reader, DATA_NAME)
    content = hashlib.sha256(data).hexdigest()
    language: Language = "en" if b'"languages":"en"' in data else "zh"
    moment = f"{when_text(when, 'zh', zone)} ({zone})"
    fingerprint = hashlib.sha256(signer.certificate).hexdigest()
    if strokes is None:
        details: tuple[str, ...] = (moment, f"SHA-256 {' '.join(fingerprint[i : i + 4] for i in range(0, 24, 4))} …")
    else:
        details = (said.role, moment)
    appearance = seal_page(expected.width, expected.height, said.headline.read(language), details, said.mark, said.colour, strokes)
    update = Update(
        expected.name,
        when.replace(microsecond=0),
        said.name,
        said.role,
        reason_text(content, strokes.digest if strokes is not None else "", voided),
        certifies,
        appearance,
    )
    return embed_signature(pdf, update, lambda digest: detached_signature(digest, signer))
