"""From content to pages. The same content and brand give the same bytes.

A4, one column of 511 points; a running head with brand, title and number, a running foot with the digest of the
content in 16 groups of 4 and "page x / y". The data go along as an attachment (see `pdfa`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.platypus import BaseDocTemplate, CondPageBreak, Frame, PageTemplate
from reportlab.platypus import Spacer as Gap
from reportlab.platypus.doctemplate import LayoutError

from fieldapp.base.clock import moment_from_text
from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_, say
from fieldapp.reports import blocks as b
from fieldapp.reports.canonical import digest_groups
from fieldapp.reports.drawing.fixtures import DigestRow, PhotoRow, SignatureGrid, TitleBlock
from fieldapp.reports.drawing.flowables import (
    BODY,
    AnnexBreak,
    BarsFlow,
    FigureRow,
    HeadingRow,
    KeyRow,
    Sheet,
    Spring,
    TextFlow,
    TrendFlow,
    hairline,
)
from fieldapp.reports.drawing.grid import Grid
from fieldapp.reports.drawing.pdfa import PRODUCER, archive
from fieldapp.reports.drawing.pictures import Pictures
from fieldapp.reports.drawing.theme import BOLD, INK, MUTED, REGULAR, Style, fonts, tone_colour
from fieldapp.reports.drawing.typeset import Line, check_glyphs, draw_lines, set_words, width_of

__all__ = ["LogoError", "MissingPhotoError", "TooLargeError", "draw_pages"]

_LEFT, _TOP, _BOTTOM = 42.0, 46.0, 40.0
_WIDTH = A4[0] - 2 * _LEFT
_HEIGHT = A4[1] - _TOP - _BOTTOM
_LONG = 110
_TABLE_START = 70
_SECOND = Style(REGULAR, 6.8, 9.4, MUTED)
_RUNNING = Style(REGULAR, 7, 9.5, MUTED)


def draw_pages(content: b.DocumentContent, brand: b.Brand) -> bytes:
    """The PDF/A-3b of a content (see `layout.render`)."""
    with Pictures(_photos(content)) as pictures:
        fonts()
        check_glyphs(_texts((content.title, content.subject, content.number, content.blocks)))
        check_glyphs((brand.name, brand.contact))
        _check_pictures(content, brand)
        return _drawn(content, Sheet(brand, content.languages, _WIDTH, pictures=pictures))


def _photos(content: b.DocumentContent) -> Iterator[b.Photo]:
    for block in content.blocks:
        yield from block.items if isinstance(block, b.Photos) else ()


def _drawn(content: b.DocumentContent, sheet: Sheet) -> bytes:
    brand = sheet.brand
    out = io.BytesIO()
    template = BaseDocTemplate(
        out,
        pagesize=A4,
        invariant=1,
        initialFontName=REGULAR,
        initialFontSize=9,
        pageCompression=1,
        lang="en" if content.languages == "en" else "zh-CN",
    )
    frame = Frame(_LEFT, _BOTTOM, _WIDTH, _HEIGHT, 0, 0, 0, 0, id="column")
    head = PageTemplate(id="page", frames=[frame], onPage=lambda canvas, _: _draw_running(canvas, content, brand))
    template.addPageTemplates([head])
    finish = _Finish(content, sheet)
    story = [TitleBlock(sheet, content), Gap(0, 4), *_story(content, sheet)]
    try:
        template.build(story, canvasmaker=finish.canvas)
    except LayoutError as problem:
        raise TooLargeError from problem
    return out.getvalue()


class TooLargeError(DocumentError):
    """One piece of a document is larger than a page and cannot be split."""

    code = "FA-808"
    message = N_(
        "One entry of this document is too long to be printed. Nothing was signed and nothing is lost. "
        "Shorten the longest name, heading or caption."
    )


class MissingPhotoError(DocumentError):
    """A photo's bytes are not those of its digest."""

    code = "FA-810"
    message = N_(
        "A photo of this document is not on this laptop, or it is not the one that was taken ({photo}). Nothing was signed. "
        "Sync, or take the photo again."
    )


class LogoError(DocumentError):
    """The company's logo is no picture."""

    code = "FA-811"
    message = N_("The company's logo cannot be read. Nothing was signed. Choose a PNG or JPEG in the settings.")


def _check_pictures(content: b.DocumentContent, brand: b.Brand) -> None:
    """Every photo has the bytes of its digest, and the logo is a picture."""
    for photo in _photos(content):
        if hashlib.sha256(photo.jpeg).hexdigest() != photo.sha256 or not photo.jpeg.startswith(b"\xff\xd8\xff"):
            raise MissingPhotoError(photo=photo.caption.read("zh") or digest_groups(photo.sha256, 4))
    if brand.logo:
        try:
            ImageReader(io.BytesIO(brand.logo)).getSize()
        except (OSError, ValueError, SyntaxError) as problem:
            raise LogoError from problem


class _Finish:
    """Makes the canvas, and does what can only be done when all pages are drawn."""

    def __init__(self, content: b.DocumentContent, sheet: Sheet) -> None:
        self._content, self._sheet = content, sheet

    def canvas(self, *arguments: Any, **options: Any) -> Any:
        """A canvas that finishes the document when it is saved."""
        from reportlab.pdfgen.canvas import Canvas

        canvas = Canvas(*arguments, **{**options, "pdfVersion": (1, 7)})
        save = canvas.save

        def finished() -> None:
            if canvas._code:
                canvas.showPage()
            total = canvas.getPageNumber() - 1
            canvas.beginForm("pages", 0, 0, 30, 12)
            draw_lines(canvas, 0, 10, [Line(str(total), _RUNNING)])
            canvas.endForm()
            when = moment_from_text(self._content.when_text)
            archive(canvas, self._content, self._sheet.places, when, self._sheet.brand.name or PRODUCER)
            save()

        canvas.save = finished
        return canvas


def _texts(value: object) -> Iterator[str]:
    """Every text that will be drawn."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from _texts(getattr(value, each.name))


def _draw_running(canvas: Any, content: b.DocumentContent, brand: b.Brand) -> None:
    top, right = A4[1] - 24, _LEFT + _WIDTH
    main: Any = "en" if content.languages == "en" else "zh"
    x = _LEFT
    if brand.logo:
        logo = ImageReader(io.BytesIO(brand.logo))
        wide, high = logo.getSize()
        canvas.drawImage(logo, x, top - 14, 16 * wide / high, 16, mask=None)
        x += 16 * wide / high + 7
    draw_lines(canvas, x, top, [Line(brand.name, Style(BOLD, 8, 11, INK))])
    right_text = f"{content.title.read(main)}  ·  {content.number}"
    draw_lines(canvas, _LEFT, top, [Line(right_text, Style(REGULAR, 7.5, 11, MUTED))], _WIDTH, "right")
    hairline(canvas, _LEFT, top - 16, _WIDTH)
    foot = 34.0
    hairline(canvas, _LEFT, foot, _WIDTH)
    label = b.words(say("Digest (SHA-256)")).read(main)
    text = f"{label} {digest_groups(content.digest)}"
    draw_lines(canvas, _LEFT, foot - 3, [Line(text, Style(REGULAR, 6.6, 9.5, MUTED))])
    if brand.contact:
        draw_lines(canvas, _LEFT, foot - 12, [Line(brand.contact, Style(REGULAR, 6.2, 9, MUTED))])
    number = f"{canvas.getPageNumber()} / "
    draw_lines(canvas, right - 60, foot - 3, [Line(number, _RUNNING)], 60 - width_of("00", _RUNNING), "right")
    canvas.saveState()
    canvas.translate(right - width_of("00", _RUNNING), foot - 13)
    canvas.doForm("pages")
    canvas.restoreState()


def _story(content: b.DocumentContent, sheet: Sheet) -> list[Any]:
    story: list[Any] = []
    for index, block in enumerate(content.blocks):
        if isinstance(block, b.Heading):
            story.append(CondPageBreak(_closing_height(content.blocks[index : index + 5], sheet)))
            story.append(CondPageBreak(_opening_height(content.blocks[index : index + 5], sheet)))
        story += _flow(block, sheet, index)
    return story


def _opening_height(following: tuple[b.Block, ...], sheet: Sheet) -> float:
    """The height of a heading, what introduces it, and the beginning of the table under them, which stay together; 0 without a table."""
    height = 2.0
    for index, block in enumerate(following):
        if isinstance(block, b.Table):
            return height + _TABLE_START if block.rows else 0
        if not isinstance(block, b.Heading | b.KeyValues | b.Figures):
            return 0
        parts = [part for part in _flow(block, sheet, index) if not isinstance(part, CondPageBreak)]
        height += sum(float(part.wrap(sheet.width, _HEIGHT)[1]) for part in parts)
        if height + _TABLE_START > _HEIGHT / 3:
            return 0  # no page is left a third empty
    return 0


def _closing_height(following: tuple[b.Block, ...], sheet: Sheet) -> float:
    """The height of a heading, its rows and the signatures under them, which stay on one page; 0 for other headings."""
    places = next((i for i, block in enumerate(following) if isinstance(block, b.SignatureFields)), None)
    if places is None or any(isinstance(block, b.Heading) for block in following[1:places]):
        return 0
    parts = [part for i, block in enumerate(following[:places]) for part in _flow(block, sheet, i)]
    height: float = sum(float(part.wrap(sheet.width, _HEIGHT)[1]) for part in parts if not isinstance(part, CondPageBreak))
    signatures = following[places]
    assert isinstance(signatures, b.SignatureFields)
    total = height + float(SignatureGrid(sheet, signatures).total) + 5
    return min(total, float(_HEIGHT) - 1)


def _flow(block: b.Block, sheet: Sheet, index: int) -> list[Any]:
    match block:
        case b.Heading():
            need = {1: 110, 2: 84}.get(block.level, 64)
            return [CondPageBreak(need), HeadingRow(sheet, block, f"h{index}")]
        case b.Paragraph():
            width = sheet.width - (20 if block.boxed else 0)
            lines = set_words(block.text, sheet.languages, sheet.toned(BODY, block.tone), _SECOND, width)
            return [TextFlow(lines, tone_colour(block.tone, sheet.brand) if block.boxed else "", 5)]
        case b.KeyValues():
            return _key_rows(block, sheet)
        case b.Table():
            if not block.rows:
                muted = Style(REGULAR, 8.5, 12, MUTED)
                return [TextFlow(set_words(block.empty, sheet.languages, muted, _SECOND, sheet.width), "", 5)]
            return [CondPageBreak(_TABLE_START), Grid(sheet, block)]
        case b.Figures():
            return [FigureRow(sheet, block)]
        case b.Photos():
            step = block.columns
            return [PhotoRow(sheet, block.items[i : i + step], step) for i in range(0, len(block.items), step)]
        case b.TrendChart():
            return [TrendFlow(sheet, block)]
        case b.BarChart():
            return [BarsFlow(sheet, block)]
        case b.DigestLine():
            return [DigestRow(sheet, block)]
        case b.SignatureFields():
            grid = SignatureGrid(sheet, block)
            return [Spring(grid.total), grid]
        case b.PageBreak():
            return [AnnexBreak(_HEIGHT)]


def _key_rows(block: b.KeyValues, sheet: Sheet) -> list[Any]:
    """Rows of the block's columns; a long value gets a row of its own, which can be split between pages."""
    flows: list[Any] = []
    waiting: list[b.KeyValue] = []
    for row in block.rows:
        if block.columns > 1 and max(len(row.value.zh), len(row.value.en)) > _LONG:
            if waiting:
                flows.append(KeyRow(sheet, waiting, block.columns))
            flows.append(KeyRow(sheet, (row,), 1))
            waiting = []
            continue
        waiting.append(row)
        if len(waiting) == block.columns:
            flows.append(KeyRow(sheet, waiting, block.columns))
            waiting = []
    if waiting:
        flows.append(KeyRow(sheet, waiting, block.columns))
    return [*flows, Gap(0, 4)]
