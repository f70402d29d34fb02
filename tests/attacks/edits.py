"""Ways to change a PDF: by an appended update, by bytes, by another CMS in the same place. Attacks are made of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic as _generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigObjSetup

from fieldapp.reports.embedding import DocumentTimestamp, _room, _write, _Writer, reader_of
from fieldapp.reports.judging.bytecheck import SignedRange, signed_ranges
from fieldapp.reports.timestamping import Stamper

generic: Any = _generic


def updated(pdf: bytes, change: Callable[[Any], None]) -> bytes:
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def overpainted(pdf: bytes) -> bytes:
    """A white box and other words over the first page, as an incremental update."""

    def paint(writer: Any) -> None:
        stream = generic.StreamObject(stream_data=b"q 1 1 1 rg 40 400 500 300 re f Q")
        writer.add_stream_to_page(0, writer.add_object(stream))

    return updated(pdf, paint)


def annotated(pdf: bytes) -> bytes:
    """A square annotation over the text."""

    def annotate(writer: Any) -> None:
        page_ref, _ = writer.find_page_for_modification(0)
        page = page_ref.get_object()
        name = generic.pdf_name
        box = [generic.FloatObject(n) for n in (40, 400, 500, 700)]
        square = generic.DictionaryObject(
            {
                name("/Type"): name("/Annot"),
                name("/Subtype"): name("/Square"),
                name("/Rect"): generic.ArrayObject(box),
                name("/IC"): generic.ArrayObject([generic.FloatObject(1)] * 3),
                name("/F"): generic.NumberObject(4),
            }
        )
        page["/Annots"].append(writer.add_object(square))
        writer.update_container(page["/Annots"])
        writer.mark_update(page_ref.reference)

    return updated(pdf, annotate)


def photo_replaced(pdf: bytes, jpeg: bytes) -> bytes:
    """Another picture under the object number of the first photo."""

    def exchange(writer: Any) -> None:
        for number in range(1, int(writer.prev.trailer["/Size"])):
            item = writer.prev.get_object(generic.Reference(number, 0, writer.prev))
            if getattr(item, "encoded_data", b"")[:3] == b"\xff\xd8\xff":
                writer.objects[(0, number)] = generic.StreamObject(dict(item), encoded_data=jpeg)
                return

    return updated(pdf, exchange)


def strokes_drawn(pdf: bytes, field: int) -> bytes:
    """Strokes drawn into a field's appearance without any signature."""

    def draw(writer: Any) -> None:
        item = writer.root["/AcroForm"]["/Fields"][field]
        entry = item.get_object() if hasattr(item, "get_object") else item
        stream = generic.StreamObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
                generic.pdf_name("/BBox"): generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 240, 40)]),
            },
            stream_data=b"2 w 10 10 m 80 30 l 120 5 l S",
        )
        entry["/AP"] = generic.DictionaryObject({generic.pdf_name("/N"): writer.add_object(stream)})
        writer.update_container(entry)

    return updated(pdf, draw)


def without_signatures(pdf: bytes) -> bytes:
    """A look-alike: the same pages and appearances, written anew without a signature value."""

    def forget(writer: Any) -> None:
        for item in writer.root["/AcroForm"]["/Fields"]:
            item.get_object().pop("/V", None)
        writer.root.pop("/Perms", None)

    return written_as_one(pdf, forget)


def byte_range_renamed(pdf: bytes) -> bytes:
    """The name of the last ByteRange written with an escape that other readers understand."""
    at = pdf.rindex(b"/ByteRange [")
    return pdf[:at] + b"/#42yteRange [" + pdf[at + len(b"/ByteRange [") : -2] + pdf[-2:]


def flipped(pdf: bytes, at: int) -> bytes:
    """One bit of one byte changed; within a signature's hex digits another digit of the same case."""
    old = pdf[at]
    new = ord("0") + (old - ord("0") + 1) % 10 if chr(old).isdigit() else old ^ 1
    return pdf[:at] + bytes([new]) + pdf[at + 1 :]


def hex_case_flipped(pdf: bytes, found: SignedRange) -> bytes:
    """One letter of /Contents in upper case: the same value to every parser."""
    at = next(i for i in range(found.start, found.end) if pdf[i] in b"abcdef")
    return pdf[:at] + pdf[at : at + 1].upper() + pdf[at + 1 :]


def padding_flipped(pdf: bytes, found: SignedRange) -> bytes:
    """The last digit of the padding of /Contents set."""
    at = found.end - 2
    return pdf[:at] + b"1" + pdf[at + 1 :]


def gap_positions(pdf: bytes, step: int) -> Iterator[int]:
    """Positions inside of each /Contents: its brackets, and digits of the CMS and of the padding evenly."""
    for found in signed_ranges(pdf):
        yield from (found.start, found.end - 1, found.start + 1, found.end - 2)
        yield from range(found.start + 2, found.end - 2, step)


def with_cms(pdf: bytes, der: bytes) -> bytes:
    """Another CMS in the last gap, which must be large enough."""
    found = signed_ranges(pdf)[-1]
    return in_gap(pdf, b"<" + der.hex().encode().ljust(found.end - found.start - 2, b"0") + b">")


def in_gap(pdf: bytes, contents: bytes) -> bytes:
    """Other bytes in the last gap; no offset moves."""
    found = signed_ranges(pdf)[-1]
    if len(contents) != found.end - found.start:
        raise ValueError(f"{len(contents)} bytes do not fill a gap of {found.end - found.start}")
    return pdf[: found.start] + contents + pdf[found.end :]


def gap_named(pdf: bytes, old: bytes, new: bytes) -> bytes:
    """The last occurrence of `old` written as `new` of the same length, filled up with spaces."""
    at = pdf.rindex(old)
    return pdf[:at] + new.ljust(len(old)) + pdf[at + len(old) :]


def entry_of(writer: Any, index: int) -> Any:
    """A signature field of a document that is being changed."""
    return writer.root["/AcroForm"]["/Fields"][index].get_object()


def drawn(operators: bytes, wide: int = 240, high: int = 40) -> Any:
    """An appearance of these operators."""
    box = generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, wide, high)])
    names = {"/Type": "/XObject", "/Subtype": "/Form"}
    entries = {generic.pdf_name(key): generic.pdf_name(value) for key, value in names.items()}
    return generic.StreamObject({**entries, generic.pdf_name("/BBox"): box}, stream_data=operators)


def stamp_again(
    pdf: bytes,
    stamper: Stamper,
    when: datetime,
    field: str = "timestamp2",
    certificates: tuple[bytes, ...] = (),
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """A time-stamp with any change in its revision; with certificates also a store of its own, whatever stands in the file already."""
    name = generic.pdf_name
    writer: Any = _Writer.from_reader(reader_of(pdf))
    if certificates:
        items = [writer.add_object(generic.StreamObject(stream_data=der)) for der in (*certificates, stamper.key.certificate)]
        store = {name("/Type"): name("/DSS"), name("/Certs"): generic.ArrayObject(items)}
        writer.root["/DSS"] = writer.add_object(generic.DictionaryObject(store))
        writer.update_root()
    if change is not None:
        change(writer)

    def spell(digest: bytes) -> bytes:
        return stamper.token(digest, when)

    place = SigFieldSpec(sig_field_name=field, invis_sig_settings=InvisSigSettings())
    steps = PdfCMSEmbedder(new_field_spec=place).write_cms(field, writer)
    next(steps)
    return _write(steps, SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=_room(spell))), spell)


def written_as_one(pdf: bytes, change: Callable[[Any], None]) -> bytes:
    """The file written anew, in one revision, with a change."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    writer: Any = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
