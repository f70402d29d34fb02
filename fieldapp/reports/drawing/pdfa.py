"""What makes a reportlab file a PDF/A-3b with its data attached and its signature fields in place.

Everything is written in the one pass of reportlab, so that the same content gives the same bytes.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

from fieldapp.base.settings import resource
from fieldapp.reports.blocks import DocumentContent
from fieldapp.reports.canonical import DATA_NAME

__all__ = ["PRODUCER", "FieldPlace", "archive"]

PRODUCER = "fieldapp"

FieldPlace = tuple[str, int, tuple[float, float, float, float]]
"""Name of a signature field, its page (from 1), its rectangle in points."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
<xmp:CreateDate>{when}</xmp:CreateDate><xmp:ModifyDate>{when}</xmp:ModifyDate>
<xmp:CreatorTool>{producer}</xmp:CreatorTool><pdf:Producer>{producer}</pdf:Producer><pdf:Keywords>{keywords}</pdf:Keywords>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


@functools.cache
def _srgb() -> bytes:
    return (resource("icc") / "srgb.icc").read_bytes()


def _dictionary(**entries: Any) -> Any:
    return pdfdoc.PDFDictionary(entries)


def _stream(content: bytes | str, compress: bool, **entries: Any) -> Any:
    filters = [pdfdoc.PDFZCompress] if compress else []
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary(entries), content, filters)


def _set_dates(document: Any, when: datetime) -> str:
    stamp = document._timeStamp
    stamp.YMDhms = (when.year, when.month, when.day, when.hour, when.minute, when.second)
    stamp.dhh = stamp.dmm = 0
    return f"D:{when:%Y%m%d%H%M%S}+00'00'"


def archive(canvas: Any, content: DocumentContent, places: Sequence[FieldPlace], when: datetime, author: str) -> None:
    """Give the canvas its metadata, colour intent, attachment and empty signature fields; call it before saving."""
    document = canvas._doc
    keywords = f"sha256:{content.digest}"
    title = f"{content.title.read('zh')} {content.number}"
    subject = content.subject.read("zh") or content.number
    pdf_date = _set_dates(document, when)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    canvas.setSubject(subject)
    canvas.setKeywords(keywords)
    canvas.setCreator(PRODUCER)
    canvas.setProducer(PRODUCER)
    xmp = _XMP.format(
        title=escape(title),
        author=escape(author),
        subject=escape(subject),
        when=f"{when:%Y-%m-%dT%H:%M:%S}+00:00",
        producer=PRODUCER,
        keywords=keywords,
    )
    catalog = document.Catalog
    # reportlab writes only the entries it knows; the instance's own list lets the rest of PDF/A through
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents", "AF"]
    catalog.Metadata = _stream(xmp.encode(), False, Type=pdfdoc.PDFName("Metadata"), Subtype=pdfdoc.PDFName("XML"))
    profile = document.Reference(_stream(_srgb(), True, N=3))
    condition = pdfdoc.PDFString("sRGB IEC61966-2.1")
    intent = _dictionary(
        Type=pdfdoc.PDFName("OutputIntent"),
        S=pdfdoc.PDFName("GTS_PDFA1"),
        OutputConditionIdentifier=condition,
        Info=condition,
        DestOutputProfile=profile,
    )
    catalog.OutputIntents = pdfdoc.PDFArray([intent])
    for page in range(1, document.pageCounter):
        document.idToObject[f"Page{page}"].Trans = None  # reportlab writes an empty transition
    _attach(document, content.data_json, pdf_date)
    _add_fields(canvas, places)


def _attach(document: Any, data: bytes, pdf_date: str) -> None:
    checksum = pdfdoc.PDFText(hashlib.md5(data, usedforsecurity=False).digest(), enc="raw")
    embedded = _stream(
        data,
        True,
        Type=pdfdoc.PDFName("EmbeddedFile"),
        Subtype="/application#2Fjson",  # PDFName leaves the slash as it is
        Params=_dictionary(Size=len(data), ModDate=pdfdoc.PDFString(pdf_date), CheckSum=checksum),
    )
    file = document.Reference(embedded)
    specification = document.Reference(
        _dictionary(
            Type=pdfdoc.PDFName("Filespec"),
            F=pdfdoc.PDFString(DATA_NAME),
            UF=pdfdoc.PDFString(DATA_NAME),
            AFRelationship=pdfdoc.PDFName("Data"),
            Desc=pdfdoc.PDFString("Data of this document"),
            EF=_dictionary(F=file, UF=file),
        )
    )
    names = _dictionary(Names=pdfdoc.PDFArray([pdfdoc.PDFString(DATA_NAME), specification]))
    document.Catalog.Names = _dictionary(EmbeddedFiles=names)
    document.Catalog.AF = pdfdoc.PDFArray([specification])


def _add_fields(canvas: Any, places: Sequence[FieldPlace]) -> None:
    """Empty signature fields in order; the last one locks the whole document when it is signed."""
    document, references = canvas._doc, []
    for index, (name, page, rect) in enumerate(places):
        blank = _stream(
            "\n",
            False,
            Type=pdfdoc.PDFName("XObject"),
            Subtype=pdfdoc.PDFName("Form"),
            BBox=pdfdoc.PDFArray([0, 0, round(rect[2] - rect[0], 2), round(rect[3] - rect[1], 2)]),
            Resources=_dictionary(),
        )
        entries = {
            "Type": pdfdoc.PDFName("Annot"),
            "Subtype": pdfdoc.PDFName("Widget"),
            "FT": pdfdoc.PDFName("Sig"),
            "T": pdfdoc.PDFString(name),
            "F": 132,
            "Rect": pdfdoc.PDFArray(list(rect)),
            "P": pdfdoc.PDFObjectReference(f"Page{page}"),
            "AP": _dictionary(N=document.Reference(blank)),
        }
        if index == len(places) - 1:
            entries["Lock"] = _dictionary(Type=pdfdoc.PDFName("SigFieldLock"), Action=pdfdoc.PDFName("All"), P=1)
        reference = document.Reference(pdfdoc.PDFDictionary(entries), f"SignatureField{index}")
        references.append(reference)
        page_object = document.idToObject[f"Page{page}"]
        page_object.Annots = [*(page_object.Annots or []), reference]
    if references:
        form = _dictionary(Fields=pdfdoc.PDFArray(references), SigFlags=3)
        document.Catalog.AcroForm = form
