"""Signing as somebody with a valid device could do with a program of their own: any revision, any words, any CMS."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyhanko.sign.fields import FieldMDPSpec, MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from fieldapp.reports.canonical import DATA_NAME
from fieldapp.reports.cms import detached_signature
from fieldapp.reports.embedding import _Writer, attached_data, generic, reader_of
from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.reports.signing import reason_text
from tests.reports import samples, signed
from tests.reports.authority import DeviceKey, world

__all__ = ["Revision", "signed_by_hand"]


@dataclass(frozen=True)
class Revision:
    """One signature's revision; `tamper` may change anything in it before it is signed."""

    field: str
    when: datetime
    certifies: bool = False
    permissions: MDPPerm = MDPPerm.FILL_FORMS
    locks: bool = True
    strokes: str = ""
    content: str = ""
    signer: DeviceKey | None = None
    tamper: Callable[[Any, Any], None] | None = None
    name: str = "王敏"


def customer(**changes: Any) -> Revision:
    """What the customer's approval looks like, but for the changes."""
    return Revision(**{"field": "customer", "when": samples.at(8, 55), "strokes": signed.strokes().digest, **changes})


def engineer(**changes: Any) -> Revision:
    """What the engineer's certification looks like, but for the changes."""
    return Revision(**{"field": "engineer", "when": samples.at(8, 53), "certifies": True, "locks": False, **changes})


def signed_by_hand(pdf: bytes, revision: Revision, spell: Callable[[bytes], bytes] | None = None) -> bytes:
    """The file with this revision; `spell` makes the CMS (DER) of the digest, else the device does as it should."""
    signer = revision.signer or world().engineer
    spell = spell or (lambda digest: detached_signature(digest, signer))
    reader = reader_of(pdf)
    content = revision.content or hashlib.sha256(attached_data(reader, DATA_NAME)).hexdigest()
    writer: Any = _Writer.from_reader(reader)
    steps = PdfCMSEmbedder().write_cms(revision.field, writer)
    field = next(steps).get_object()
    if revision.tamper is not None:
        revision.tamper(writer, field)
    lock = FieldMDPSpec.from_pdf_object(field["/Lock"]) if revision.locks and "/Lock" in field else None
    permissions = MDPPerm.NO_CHANGES if lock is not None else revision.permissions
    placeholder = SignatureObject(
        timestamp=revision.when,
        subfilter=SigSeedSubFilter.PADES,
        name=revision.name,
        contact_info="",
        reason=reason_text(content, revision.strokes),
        bytes_reserved=2 * len(spell(bytes(32))) + 32,
    )
    setup = SigMDPSetup(md_algorithm="sha256", certify=revision.certifies, field_lock=lock, docmdp_perms=permissions)
    steps.send(SigObjSetup(sig_placeholder=placeholder, mdp_setup=setup))
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    steps.send(spell(prepared.document_digest))
    written: bytes = output.getvalue()
    start, end = prepared.reserved_region_start, prepared.reserved_region_end
    return written[:start] + written[start:end].lower() + written[end:]


def appearance_of(writer: Any, field: Any, stream: Any) -> None:
    """Give a field an appearance within the revision."""
    field["/AP"] = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(stream)})


def resigned(pdf: bytes, inserted: Callable[[int], bytes], previous: Callable[[int], int], entries: bytes = b"") -> bytes:
    """The last revision with bytes put before its table, which then names another one before it; signed anew by the device.

    Both functions are told where the bytes begin; `entries` are more lines of the table.
    """
    last = signed_ranges(pdf)[-1]
    at = pdf.rindex(b"\nxref\n") + 1
    more = inserted(at)
    end = re.sub(rb"/Prev \d+", b"/Prev %d" % previous(at), pdf[at:])
    end = re.sub(rb"startxref\n\d+", b"startxref\n%d" % (at + len(more)), end)
    end = end.replace(b" 65535 f \n", b" 65535 f \n" + entries, 1)
    rest = at + len(more) + len(end) - last.end
    place = pdf.rindex(b"/ByteRange [")
    old = pdf[place : pdf.index(b"]", place) + 1]
    new = b"/ByteRange [0 %d %d %d]" % (last.start, last.end, rest)
    width = max(len(old), len(new))
    head, tail = pdf[: last.start], pdf[last.end : at].replace(old.ljust(width), new.ljust(width)) + more + end
    digest = hashlib.sha256(head + tail).digest()
    room = last.end - last.start - 2
    return head + b"<" + detached_signature(digest, world().engineer).hex().encode().ljust(room, b"0") + b">" + tail
