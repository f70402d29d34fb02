"""What stands beside: the same report by reportlab and pyHanko alone, as somebody would write it who wants a signed PDF and no more.

`python -m tests.bench.report.bare FOLDER` reads pieces.json, photos and key.p12 of FOLDER, writes FOLDER/bare.pdf and prints one line
of JSON. Same texts, same fonts, same photos, same key, a PAdES signature that certifies. It has no archive format, no attached data,
no charts, and checks nothing; a cell becomes a paragraph only where its text is wider than the cell.
"""

from __future__ import annotations

import io
import json
import sys
import time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.bench.report import memory


def main(folder: Path) -> int:
    """Draw, sign, write."""
    told = json.loads((folder / "pieces.json").read_text(encoding="utf-8"))
    signed = _signed(_drawn(told, folder), folder)
    (folder / "bare.pdf").write_bytes(signed)
    print(json.dumps({"cpu": time.process_time(), "peak": memory.peak(), "size": len(signed)}))
    return 0


def _drawn(told: dict[str, Any], folder: Path) -> bytes:
    from reportlab import rl_config
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import SimpleDocTemplate

    rl_config.useA85 = 0  # as ours: else each photo is written out as text, which takes longer than all the rest
    for name in ("Regular", "Bold"):
        pdfmetrics.registerFont(TTFont(name, told["fonts"][name], asciiReadable=0))
    plain = ParagraphStyle("plain", fontName="Regular", fontSize=8, leading=11, wordWrap="CJK")
    styles = {0: plain, **{n: ParagraphStyle(f"h{n}", fontName="Bold", fontSize=s, leading=s + 6) for n, s in ((1, 13), (2, 10), (3, 9))}}
    out = io.BytesIO()
    paper = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=42, rightMargin=42, topMargin=46, bottomMargin=40, initialFontName="Regular", invariant=1
    )

    def running(canvas: Any, _: Any) -> None:
        canvas.setFont("Regular", 7)
        canvas.drawString(42, A4[1] - 30, told["number"])
        canvas.drawString(42, 26, told["digest"])
        canvas.drawRightString(A4[0] - 42, 26, str(canvas.getPageNumber()))

    story = [flow for piece in told["pieces"] for flow in _flows(piece, styles, A4[0] - 84, folder)]
    paper.build(story, onFirstPage=running, onLaterPages=running)
    return out.getvalue()


def _flows(piece: list[Any], styles: dict[int, Any], width: float, folder: Path) -> list[Any]:
    from reportlab.platypus import Image, PageBreak, Paragraph, Spacer

    match piece:
        case ["title", text, number]:
            return [Paragraph(escape(f"{text} {number}"), styles[1])]
        case ["heading", text, level]:
            return [Paragraph(escape(text), styles[level])]
        case ["text", text]:
            return [Paragraph(escape(text).replace("\n", "<br/>"), styles[0])]
        case ["table", weights, titles, rows]:
            return [_table(weights, titles, rows, styles[0], width), Spacer(0, 5)]
        case ["photos", columns, photos]:
            cell = width / columns - 10
            cells = []
            for digest, caption in photos:
                picture = Image(str(folder / "photos" / f"{digest}.jpg"), kind="proportional", width=cell, height=190)
                cells.append([picture, Paragraph(escape(caption), styles[0]), Paragraph(f"SHA-256 {digest[:16]}", styles[0])])
            return [_grid([cells[at : at + columns] for at in range(0, len(cells), columns)], columns, width)]
        case _:
            return [PageBreak()]


def _table(weights: list[int], titles: list[str], rows: list[list[str]], style: Any, width: float) -> Any:
    from reportlab.pdfbase.pdfmetrics import stringWidth
    from reportlab.platypus import Paragraph, Table

    wide = [width * weight / sum(weights) for weight in weights]

    def cell(text: str, room: float) -> Any:
        narrow = "\n" not in text and stringWidth(text, style.fontName, style.fontSize) <= room - 12
        return text if narrow else Paragraph(escape(text).replace("\n", "<br/>"), style)

    listed = [[cell(text, room) for text, room in zip(row, wide[: len(row)], strict=True)] for row in ([titles] if titles else []) + rows]
    look = [("FONT", (0, 0), (-1, -1), "Regular", 8), ("LINEBELOW", (0, 0), (-1, -1), 0.3, "#D5DBE2"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Table(listed, wide, style=look, repeatRows=1 if titles else 0)


def _grid(rows: list[list[Any]], columns: int, width: float) -> Any:
    from reportlab.platypus import Table

    filled = [[*row, *[""] * (columns - len(row))] for row in rows]
    return Table(filled, [width / columns] * columns, style=[("FONT", (0, 0), (-1, -1), "Regular", 8)])


def _signed(pdf: bytes, folder: Path) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    load: Any = signers.SimpleSigner.load_pkcs12
    signer = load(str(folder / "key.p12"), passphrase=b"bench")
    meaning = signers.PdfSignatureMetadata(
        field_name="engineer",
        md_algorithm="sha256",
        name="李工",
        reason="content",
        certify=True,
        subfilter=fields.SigSeedSubFilter.PADES,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
    )
    place = fields.SigFieldSpec("engineer", on_page=-1, box=(42, 60, 240, 130))
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    out: bytes = signers.PdfSigner(meaning, signer, new_field_spec=place).sign_pdf(writer).getvalue()
    return out


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
