"""Putting signatures and time-stamps into PDF files as incremental updates (pyHanko; import this module lazily).

Everything before an update stays byte for byte. No metadata is touched, no version entry is written (PDF/A-3 forbids
2.0), nothing reads a clock: the time of signing is an argument.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic as _generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import FieldMDPSpec, InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp as _DocumentTimestamp
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_

generic: Any = _generic
DocumentTimestamp: Any = _DocumentTimestamp
"""pyHanko's objects; their constructors carry no types."""

__all__ = [
    "Field",
    "UnreadableError",
    "Update",
    "attached_data",
    "embed_signature",
    "embed_time_stamp",
    "fields_of",
    "reader_of",
    "stamps_of",
]


class UnreadableError(DocumentError):
    """A file is no document of this program."""

    code = "FA-804"
    message = N_("This file is not a report of this program, or it is damaged. Nothing was changed. Ask for it again.")


_LARGEST = 64 * 2**20
"""Bytes of data that a document may have; the largest real ones have one or two million."""


@dataclass(frozen=True, slots=True)
class Field:
    """A signature field: its name, whether it is signed, whether it locks, its size in points."""

    name: str
    signed: bool
    locks: bool
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Update:
    """What a signature says beside its CMS: the appearance is one page of a PDF of the field's size."""

    field: str
    when: datetime
    name: str
    contact: str
    reason: str
    certifies: bool
    appearance: bytes


class _Writer(IncrementalPdfFileWriter):
    """Touches no metadata, and derives the second half of the file's identity from the bytes before it."""

    def _update_meta(self) -> None:
        pass

    @classmethod
    def _handle_id(cls, prev: Any) -> Any:
        prev.stream.seek(0)
        second = hashlib.sha256(prev.stream.read()).digest()[:16]
        first = prev.trailer["/ID"][0]
        first = getattr(first, "original_bytes", first)
        return generic.ArrayObject([generic.ByteStringObject(first), generic.ByteStringObject(second)])


def reader_of(pdf: bytes) -> Any:
    """A strict reader; UnreadableError for anything that is no PDF."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        _ = reader.root
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as problem:
        raise UnreadableError from problem
    return reader


def fields_of(reader: Any) -> list[Field]:
    """The signature fields of a document in their order, time-stamps left out."""
    found = []
    try:
        for item in reader.root["/AcroForm"]["/Fields"]:
            entry = item.get_object()
            value = entry["/V"] if "/V" in entry else None  # noqa: SIM401 - get() would not follow the reference
            if value is not None and value.get("/Type") == "/DocTimeStamp":
                continue
            left, bottom, right, top = (float(x) for x in entry["/Rect"])
            found.append(Field(str(entry["/T"]), value is not None, "/Lock" in entry, right - left, top - bottom))
    except (PdfError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UnreadableError from problem
    return found


def stamps_of(reader: Any) -> int:
    """How many time-stamps a document bears."""
    try:
        values = [item.get_object().get("/V") for item in reader.root["/AcroForm"]["/Fields"]]
        return sum(value is not None and value.get_object().get("/Type") == "/DocTimeStamp" for value in values)
    except (PdfError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise UnreadableError from problem


def attached_data(reader: Any, name: str) -> bytes:
    """The bytes of the one attachment; UnreadableError when there is none of that name, or more, or it unpacks to too much."""
    try:
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        if len(names) != 2 or str(names[0]) != name:
            raise UnreadableError
        stream = names[1]["/EF"]["/F"]
        if list(stream["/Filter"]) != ["/FlateDecode"] or "/DecodeParms" in stream:
            raise UnreadableError
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(stream.encoded_data, _LARGEST)
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, zlib.error) as problem:
        raise UnreadableError from problem
    if not unpacking.eof:  # a few thousand bytes can unpack to gigabytes
        raise UnreadableError
    return data


def _write(steps: Any, setup: Any, spell: Callable[[bytes], bytes]) -> bytes:
    """Drive pyHanko's embedding protocol with a CMS of our own spelling."""
    steps.send(setup)
    prepared, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    steps.send(spell(prepared.document_digest))
    start, end = prepared.reserved_region_start, prepared.reserved_region_end
    # the one spelling that verification accepts is lower case; the gap is not signed, so it may be respelled, in place: files are large
    output.seek(start)
    spelled = output.read(end - start).lower()
    output.seek(start)
    output.write(spelled)
    written: bytes = output.getvalue()
    return written


def embed_signature(pdf: bytes, update: Update, spell: Callable[[bytes], bytes]) -> bytes:
    """Add a signature to an empty field; `spell` makes the CMS (DER) of a SHA-256 digest.

    The room for the CMS is measured with a digest of zeros, so `spell` is called twice.
    """
    reader = reader_of(pdf)
    writer: Any = _Writer.from_reader(reader)
    steps = PdfCMSEmbedder().write_cms(update.field, writer, existing_fields_only=True)
    field = next(steps).get_object()
    page = PdfFileReader(io.BytesIO(update.appearance))
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.import_page_as_xobject(page)})
    lock = FieldMDPSpec.from_pdf_object(field["/Lock"]) if "/Lock" in field else None
    mdp = SigMDPSetup(
        md_algorithm="sha256",
        certify=update.certifies,
        field_lock=lock,
        docmdp_perms=MDPPerm.NO_CHANGES if lock is not None and not update.certifies else MDPPerm.FILL_FORMS,
    )
    placeholder = SignatureObject(
        timestamp=update.when,
        subfilter=SigSeedSubFilter.PADES,
        name=update.name,
        contact_info=update.contact,
        reason=update.reason,
        bytes_reserved=_room(spell),
    )
    return _write(steps, SigObjSetup(sig_placeholder=placeholder, mdp_setup=mdp), spell)


def embed_time_stamp(
    pdf: bytes, certificates: tuple[bytes, ...], crls: tuple[bytes, ...], spell: Callable[[bytes], bytes], field: str
) -> bytes:
    """Add certificates and CRLs (DSS) and one document time-stamp, as one revision.

    What a store holds already stays in it, in its order; what is new comes behind it.
    """
    reader = reader_of(pdf)
    writer: Any = _Writer.from_reader(reader)

    earlier: Any = reader.root["/DSS"] if "/DSS" in reader.root else {}  # noqa: SIM401 - get() would not follow the reference

    def streams(items: tuple[bytes, ...], key: str) -> Any:
        held: Any = earlier[key] if key in earlier else []  # noqa: SIM401
        known = {entry.get_object().data for entry in held}
        fresh = [writer.add_object(generic.StreamObject(stream_data=item)) for item in items if item not in known]
        return generic.ArrayObject([*(_reference(held.raw_get(index), writer) for index in range(len(held))), *fresh])

    store = {pdf_name("/Type"): pdf_name("/DSS"), pdf_name("/Certs"): streams(certificates, "/Certs")}
    if crls or "/CRLs" in earlier:
        store[pdf_name("/CRLs")] = streams(crls, "/CRLs")
    writer.root["/DSS"] = writer.add_object(generic.DictionaryObject(store))
    writer.update_root()
    specification = SigFieldSpec(sig_field_name=field, invis_sig_settings=InvisSigSettings())
    steps = PdfCMSEmbedder(new_field_spec=specification).write_cms(field, writer)
    next(steps)
    return _write(steps, SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=_room(spell))), spell)


def _reference(item: Any, writer: Any) -> Any:
    """The same object, named by what is being written."""
    return generic.IndirectObject(item.idnum, item.generation, writer)


def _room(spell: Callable[[bytes], bytes]) -> int:
    """Hex digits for a CMS: its length, and what a signature in DER may vary by."""
    return 2 * len(spell(bytes(32))) + 32
