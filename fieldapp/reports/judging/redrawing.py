"""Whether the pages of a report are those that its attached data give: they are drawn again and compared.

Byte for byte first. Where the bytes differ, object by object with streams unpacked, because another build of Python may
pack the same stream otherwise (zlib and zlib-ng do); what is drawn is the same then, and nothing else may differ.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass, replace
from typing import Any

from pyhanko.pdf_utils import generic as _generic

from fieldapp.base.i18n import say
from fieldapp.reports.blocks import Brand, Photo
from fieldapp.reports.content import ReportData
from fieldapp.reports.documents import document
from fieldapp.reports.embedding import reader_of
from fieldapp.reports.judging.bytecheck import Refusal
from fieldapp.reports.layout import render

__all__ = ["drawing_digest", "drawn_from", "plain", "same_drawing"]

generic: Any = _generic
_PACKING = {"/FlateDecode", "/ASCII85Decode"}


def drawn_from(data: ReportData, base: bytes, brand: Brand) -> bool:
    """Whether `base` (the file before its first signature) is what the renderer makes of the data, with the photos of the file."""
    again = render(document(_with_photos(data, _photos_in(base))), brand)
    return again == base or same_drawing(again, base)


def same_drawing(one: bytes, other: bytes) -> bool:
    """Whether two files of one revision hold the same objects under the same numbers, however their streams are packed."""
    return 4 * abs(len(one) - len(other)) <= len(one) and drawing_digest(one) == drawing_digest(other)


def drawing_digest(pdf: bytes) -> str:
    """SHA-256 over the objects of a file of one revision, streams unpacked; Refusal when it has more than one."""
    reader = reader_of(pdf)
    if reader.xrefs.total_revisions != 1:
        raise Refusal(say("The file has revisions that no signature accounts for."))
    found = hashlib.sha256(repr(plain(reader.trailer_view)).encode())
    for number in sorted(ref.idnum for ref in reader.xrefs.explicit_refs_in_revision(0)):
        found.update(repr((number, *_unpacked(reader, number))).encode())
    return found.hexdigest()


def _unpacked(reader: Any, number: int) -> tuple[Any, bytes]:
    item = reader.get_object(generic.Reference(number, 0, reader))
    if not isinstance(item, generic.StreamObject):
        return plain(item), b""
    names = item.get("/Filter", ())
    packed = {str(name) for name in ([names] if isinstance(names, str) else names)} <= _PACKING
    left_out = {"/Length", "/Filter"} if packed else {"/Length"}
    entries = tuple((key, plain(item.raw_get(key))) for key in sorted(item) if key not in left_out)
    return entries, item.data if packed else item.encoded_data


def plain(value: Any) -> Any:
    """An object of a PDF as values that compare: references by their number, nothing followed, entries sorted."""
    if isinstance(value, generic.IndirectObject):
        return "reference", value.idnum, value.generation
    if isinstance(value, generic.DictionaryObject):
        return tuple((str(key), plain(value.raw_get(key))) for key in sorted(value))
    if isinstance(value, generic.ArrayObject):
        return [plain(value.raw_get(index)) for index in range(len(value))]
    return type(value).__name__, getattr(value, "original_bytes", value)


def _photos_in(base: bytes) -> dict[str, bytes]:
    """The JPEGs of a rendered file by their SHA-256."""
    found = {}
    reader = reader_of(base)
    for number in range(1, int(reader.trailer["/Size"])):
        item = reader.get_object(generic.Reference(number, 0, reader))
        encoded = getattr(item, "encoded_data", b"")
        if encoded[:3] == b"\xff\xd8\xff":
            found[hashlib.sha256(encoded).hexdigest()] = encoded
    return found


def _with_photos(value: Any, photos: dict[str, bytes]) -> Any:
    """Data with the bytes of their photos filled in by digest; Refusal when one is not in the file."""
    if isinstance(value, Photo):
        if value.sha256 not in photos:
            raise Refusal(say("A photo of the data is not in the file."))
        return replace(value, jpeg=photos[value.sha256])
    if isinstance(value, tuple):
        return tuple(_with_photos(item, photos) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {f.name: _with_photos(getattr(value, f.name), photos) for f in fields(value)}
        return replace(value, **changed)
    return value
