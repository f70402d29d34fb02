"""Signed pages for the eye: a copy in which the seals and strokes are part of the page, for viewers that draw no signatures.

The copy is for looking at and for printing. It is never kept or handed out: the appended update breaks what was signed.
"""

from __future__ import annotations

import io
from typing import Any

from pyhanko.pdf_utils import generic as _generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

__all__ = ["with_signatures_drawn"]

generic: Any = _generic


def with_signatures_drawn(pdf: bytes) -> bytes:
    """A copy of a report whose pages show what its signatures look like; the same bytes when nothing is signed."""
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    drawn = 0
    for reference in writer.root["/Pages"].raw_get("/Kids"):
        page = reference.get_object()
        seals = [entry for item in page.get("/Annots", ()) if "/AP" in (entry := item.get_object())]
        if seals:
            _draw(writer, page, seals)
            writer.mark_update(reference.reference)
            drawn += len(seals)
    if not drawn:
        return pdf
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _draw(writer: Any, page: Any, seals: list[Any]) -> None:
    resources = page["/Resources"]
    if "/XObject" not in resources:
        resources["/XObject"] = generic.DictionaryObject()
    lines = []
    for number, seal in enumerate(seals):
        name = f"/Seal{number}"
        resources["/XObject"][pdf_name(name)] = seal["/AP"].raw_get("/N")
        left, bottom = float(seal["/Rect"][0]), float(seal["/Rect"][1])
        lines.append(f"q 1 0 0 1 {left} {bottom} cm {name} Do Q")
    before = writer.add_object(generic.StreamObject(stream_data=b"q\n"))
    after = writer.add_object(generic.StreamObject(stream_data=("Q\n" + "\n".join(lines)).encode()))
    page[pdf_name("/Contents")] = generic.ArrayObject([before, page.raw_get("/Contents"), after])
