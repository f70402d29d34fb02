"""What a stranger without any key can do to the bytes of a signed file.

USF and SWA are the classes of Mladenov, Mainka, Meyer zu Selhausen, Grothe, Schwenk: "1 Trillion Dollar Refund: How To
Spoof PDF Signatures" (ACM CCS 2019).
"""

from __future__ import annotations

import re

from asn1crypto import cms

from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.wire.signatures import NUMBER_BYTES, P256_ORDER, der_signature, packed_signature
from tests.attacks import edits, genuine

_EVIL = b"q 1 1 1 rg 40 300 500 450 re f Q"


def bit_flipped() -> bytes:
    """One bit of the drawn pages is changed; the plainest forgery there is (ISO 32000-1, 12.8.1)."""
    pdf = genuine.on_site()
    return edits.flipped(pdf, pdf.index(b"stream\n") + 40)


def trailing_bytes() -> bytes:
    """Bytes are put behind the end, where no signature of the file looks (CCS 2019, the first step of ISA)."""
    return genuine.on_site() + b"\n% paid in full\n%%EOF\n"


def leading_bytes() -> bytes:
    """Another format stands before the header: a file of two formats (PDF Reference 1.7, appendix H, note 13)."""
    return b"<html><body>paid</body></html>\n" + genuine.on_site()


def padding_flipped() -> bytes:
    """The padding behind the customer's CMS is no zeros; no digest covers it (a free channel: EN 319 142-1)."""
    pdf = genuine.on_site()
    return edits.padding_flipped(pdf, signed_ranges(pdf)[-1])


def hex_case_flipped() -> bytes:
    """One hex digit of the customer's CMS is a capital: the same value, another file (free spelling of ISO 32000-1, 7.3.4.3)."""
    pdf = genuine.on_site()
    return edits.hex_case_flipped(pdf, signed_ranges(pdf)[-1])


def stamp_padding_flipped() -> bytes:
    """The padding behind the time-stamp is no zeros; after the last revision nothing covers it (EN 319 142-1)."""
    pdf = genuine.stamped()
    return edits.padding_flipped(pdf, signed_ranges(pdf)[-1])


def stamp_hex_case_flipped() -> bytes:
    """One hex digit of the time-stamp is a capital (free spelling of ISO 32000-1, 7.3.4.3)."""
    pdf = genuine.stamped()
    return edits.hex_case_flipped(pdf, signed_ranges(pdf)[-1])


def stamp_flipped() -> bytes:
    """The minute inside of the time-stamp's token is another (RFC 3161, section 4: the token must be verified, not read)."""
    pdf = genuine.stamped()
    found = signed_ranges(pdf)[-1]
    moment = re.search(rb"\d{14}Z", found.content)
    assert moment is not None
    at = found.start + 1 + 2 * (found.der.index(found.content) + moment.start() + 11) + 1
    return edits.flipped(pdf, at)


def byte_range_renamed() -> bytes:
    """USF: the name of the last ByteRange is written with an escape, which some readers undo and others do not (CCS 2019)."""
    return edits.byte_range_renamed(genuine.on_site())


def byte_range_missing() -> bytes:
    """USF: the last signature has no ByteRange, so that a careless reader has nothing to check (CCS 2019, variant 3)."""
    return edits.gap_named(genuine.on_site(), b"/ByteRange", b"/ByteRungs")


def byte_range_null() -> bytes:
    """USF: the last ByteRange is null (CCS 2019; CVE-2018-16042 in Adobe Reader)."""
    pdf = genuine.on_site()
    old = pdf[pdf.rindex(b"/ByteRange") :]
    old = old[: old.index(b"]") + 1]
    return edits.gap_named(pdf, old, b"/ByteRange null")


def byte_range_negative() -> bytes:
    """USF: a length of the last ByteRange is negative (CCS 2019)."""
    pdf = genuine.on_site()
    at = pdf.rindex(b"/ByteRange [0 ") + len(b"/ByteRange [0 ")
    return pdf[:at] + b"-" + pdf[at + 1 :]


def contents_missing() -> bytes:
    """USF: the last signature has no Contents (CCS 2019)."""
    return edits.gap_named(genuine.on_site(), b"/Contents <", b"/Cantents <")


def contents_null() -> bytes:
    """USF: the Contents of the last signature is null (CCS 2019)."""
    pdf = genuine.on_site()
    found = signed_ranges(pdf)[-1]
    return edits.in_gap(pdf, b"null".ljust(found.end - found.start))


def contents_zero() -> bytes:
    """USF: the Contents of the last signature are zeros (CCS 2019)."""
    pdf = genuine.on_site()
    return edits.with_cms(pdf, b"\0")


def wrapped() -> bytes:
    """SWA: what was signed is moved to the end, a second ByteRange points there, other pages stand in the gap (CCS 2019)."""
    pdf = genuine.on_site()
    last = signed_ranges(pdf)[-1]
    head, gap, tail = pdf[: last.start], pdf[last.start : last.end], pdf[last.end :]
    table = int(tail.split(b"startxref")[1].split()[0])
    page = re.search(rb"/Contents (\d+) 0 R", pdf)
    assert page is not None
    number = int(page[1])
    evil = b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (number, len(_EVIL), _EVIL)
    shift = 40_000
    range_ = b" /ByteRange [0 %d %d %d] >>\nendobj\n" % (last.start, last.end + shift, len(tail))
    start = len(head) + len(gap) + len(range_)
    evil_table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n" % (number, start)
    trailer = tail[tail.index(b"trailer") + len(b"trailer\n") : tail.index(b"startxref")]
    filler = table - start - len(evil)  # the signed end still says where the table stands: there is another one now
    inside = range_ + evil + b"\n" * filler + evil_table + trailer
    return head + gap + inside.ljust(shift) + tail


def _signature_replaced(signature: bytes, pdf: bytes) -> bytes:
    found = signed_ranges(pdf)[-1]
    parsed = cms.ContentInfo.load(found.der)
    parsed["content"]["signer_infos"][0]["signature"] = signature
    return edits.with_cms(pdf, parsed.dump(force=True))


def twin_of_a_signature() -> bytes:
    """The twin (r, n - s) of the customer's signature holds as well: another file, no key (malleability of ECDSA; SEC 1, 4.1; BIP 62)."""
    pdf = genuine.on_site()
    return _signature_replaced(_twin(signed_ranges(pdf)[-1].signature), pdf)


def twin_of_a_stamp() -> bytes:
    """The twin (r, n - s) of the time-stamp's signature (malleability of ECDSA; SEC 1, 4.1; BIP 62)."""
    pdf = genuine.stamped()
    return _signature_replaced(_twin(signed_ranges(pdf)[-1].signature), pdf)


def _twin(signature: bytes) -> bytes:
    numbers = packed_signature(signature)
    turned = P256_ORDER - int.from_bytes(numbers[NUMBER_BYTES:], "big")
    return der_signature(numbers[:NUMBER_BYTES] + turned.to_bytes(NUMBER_BYTES, "big"))


def psychic_signature() -> bytes:
    """The signature (0, 0), which fits everything where its numbers are not looked at (CVE-2022-21449, "psychic signatures" in Java)."""
    return _signature_replaced(der_signature(bytes(64)), genuine.on_site())


def numbers_in_long_form() -> bytes:
    """The signature's numbers with leading zeros: BER, which lax parsers take for the same (CVE-2019-14859, CVE-2020-13822)."""
    pdf = genuine.on_site()
    numbers = packed_signature(signed_ranges(pdf)[-1].signature)
    parts = b"".join(b"\x02\x22\0\0" + numbers[at : at + NUMBER_BYTES] for at in (0, NUMBER_BYTES))
    return _signature_replaced(b"\x30" + bytes([len(parts)]) + parts, pdf)


def unsigned_attribute_added() -> bytes:
    """An unsigned attribute is put into the customer's CMS: room for anything, covered by nothing (RFC 5652, 5.3)."""
    pdf = genuine.on_site()
    parsed = cms.ContentInfo.load(signed_ranges(pdf)[-1].der)
    attribute = cms.CMSAttribute({"type": "1.2.3", "values": []})
    parsed["content"]["signer_infos"][0]["unsigned_attrs"] = cms.CMSAttributes([attribute])
    return edits.with_cms(pdf, parsed.dump(force=True))


def signed_attributes_dropped() -> bytes:
    """The signed attributes are left out, to be taken for content (Strenzke, "ForgedAttributes", ePrint 2023/1801)."""
    pdf = genuine.on_site()
    parsed = cms.ContentInfo.load(signed_ranges(pdf)[-1].der)
    parsed["content"]["signer_infos"][0]["signed_attrs"] = None
    return edits.with_cms(pdf, parsed.dump(force=True))


def digest_named_sha1() -> bytes:
    """The CMS says SHA-1, for which two files of one digest are known (Stevens et al., "SHAttered", CRYPTO 2017)."""
    pdf = genuine.on_site()
    parsed = cms.ContentInfo.load(signed_ranges(pdf)[-1].der)
    info = parsed["content"]["signer_infos"][0]
    info["digest_algorithm"]["algorithm"] = "sha1"
    info["signature_algorithm"]["algorithm"] = "sha1_ecdsa"
    return edits.with_cms(pdf, parsed.dump(force=True))
