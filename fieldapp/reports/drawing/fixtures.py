"""The fixed parts of a document as flowables: title block, photos, digests, places for signatures. Lengths are points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus import Flowable

from fieldapp.base.i18n import say
from fieldapp.reports.blocks import DigestLine, DocumentContent, Photo, SignatureFields, SignerSlot, words
from fieldapp.reports.canonical import digest_groups
from fieldapp.reports.drawing.charts import draw_qr
from fieldapp.reports.drawing.flowables import Sheet, hairline
from fieldapp.reports.drawing.pictures import size_of
from fieldapp.reports.drawing.theme import BOLD, HAIRLINE, INK, MUTED, REGULAR, WASH, Style, rgb
from fieldapp.reports.drawing.typeset import Line, draw_lines, height_of, set_words, width_of

__all__ = ["DigestRow", "PhotoRow", "SignatureGrid", "TitleBlock"]

_QR = 50.0
_CAPTION = Style(REGULAR, 7.5, 10, INK)
_CAPTION_SECOND = Style(REGULAR, 6.2, 8.2, MUTED)
_FINE = Style(REGULAR, 6.4, 8.6, MUTED)


class TitleBlock(Flowable):  # type: ignore[misc]
    """The head of the first page: title in both languages, number, subject, QR of number and digest."""

    def __init__(self, sheet: Sheet, content: DocumentContent) -> None:
        super().__init__()
        self._sheet, self._content = sheet, content

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        return available_width, _QR + 8

    def draw(self) -> None:
        """Draw it."""
        canvas, content, languages = self.canv, self._content, self._sheet.languages
        title = set_words(
            content.title,
            languages,
            Style(BOLD, 19, 25, INK),
            Style(REGULAR, 8.6, 11, MUTED),
            self._width - _QR - 10,
        )
        top = draw_lines(canvas, 0, _QR + 7, title)
        subject = set_words(content.subject, languages, Style(REGULAR, 8.5, 12, MUTED), _FINE, self._width - _QR - 10)
        draw_lines(canvas, 0, min(top - 4, 19), subject[:1])
        draw_qr(canvas, f"{content.number} {content.digest}", self._width - _QR + 3, 5, _QR)
        hairline(canvas, 0, 1, self._width, self._sheet.brand.accent, 1.4)
        canvas.bookmarkHorizontal("title", 0, _QR)
        main: Any = "en" if languages == "en" else "zh"
        canvas.addOutlineEntry(content.title.read(main), "title", 0, closed=False)


class PhotoRow(Flowable):  # type: ignore[misc]
    """A row of photos with captions and the beginning of their digests; never split."""

    def __init__(self, sheet: Sheet, photos: Sequence[Photo], columns: int) -> None:
        super().__init__()
        self._sheet, self._photos, self._columns = sheet, photos, columns

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        gap = 10
        self._cell = (available_width - gap * (self._columns - 1)) / self._columns
        self._gap = gap
        self._tall = 0.0
        self._sizes, self._captions = [], []
        for photo in self._photos:
            wide, high = size_of(photo)
            scale = min(self._cell / wide, 190 / high)
            self._sizes.append((wide * scale, high * scale))
            self._captions.append(
                [
                    *set_words(photo.caption, self._sheet.languages, _CAPTION, _CAPTION_SECOND, self._cell),
                    Line(f"SHA-256 {digest_groups(photo.sha256, 4)}", _FINE),
                ]
            )
            self._tall = max(self._tall, high * scale)
        self._high = self._tall + max(height_of(lines) for lines in self._captions) + 14
        return available_width, self._high

    def draw(self) -> None:
        """Draw pictures on a tinted ground, captions under them."""
        x = 0.0
        for photo, (wide, high), caption in zip(self._photos, self._sizes, self._captions, strict=True):
            bottom = self._high - 2 - self._tall
            self.canv.setFillColorRGB(*rgb(WASH))
            self.canv.rect(x, bottom, self._cell, self._tall, stroke=0, fill=1)
            place = (x + (self._cell - wide) / 2, bottom + (self._tall - high) / 2)
            self._sheet.pictures.draw(self.canv, photo, *place, wide, high)
            draw_lines(self.canv, x, bottom - 3, caption)
            x += self._cell + self._gap


class DigestRow(Flowable):  # type: ignore[misc]
    """A digest in 16 groups of 4, after what it stands for."""

    def __init__(self, sheet: Sheet, block: DigestLine) -> None:
        super().__init__()
        self._sheet, self._block = sheet, block

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        digest = Line(digest_groups(self._block.sha256), Style(REGULAR, 7, 9.5, INK))
        self._digest = digest
        room = available_width - width_of(digest.text, digest.style) - 10
        self._label = set_words(self._block.label, self._sheet.languages, Style(REGULAR, 7, 9.5, MUTED), _FINE, room)
        self._high = height_of(self._label) + 4
        return available_width, self._high

    def draw(self) -> None:
        """Draw label and digest on a hairline."""
        draw_lines(self.canv, 0, self._high - 2, self._label)
        draw_lines(self.canv, 0, self._high - 2, [self._digest], self._width, "right")
        hairline(self.canv, 0, 0, self._width)


class SignatureGrid(Flowable):  # type: ignore[misc]
    """The places for signatures, two in a row, in the template's order; each is a field, or room for ink and seal."""

    def __init__(self, sheet: Sheet, block: SignatureFields, first: int = 0, paper_height: float = 92) -> None:
        super().__init__()
        self._sheet, self._block, self._first = sheet, block, first
        self._cell_high = paper_height if block.paper else 71.0
        self.total = self._cell_high * ((len(block.slots) + 1) // 2) + 4

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        return available_width, self.total

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """The part that fits and the rest, or nothing."""
        rows = int((available_height - 4) // self._cell_high)
        if rows < 1 or rows * 2 >= len(self._block.slots):
            return []
        head, tail = self._block.slots[: rows * 2], self._block.slots[rows * 2 :]
        return [
            SignatureGrid(self._sheet, SignatureFields(head, self._block.paper), self._first),
            SignatureGrid(self._sheet, SignatureFields(tail, self._block.paper), self._first + rows * 2),
        ]

    def draw(self) -> None:
        """Draw the boxes and remember where the fields are."""
        gap = 14.0
        wide = (self._width - gap) / 2
        for index, slot in enumerate(self._block.slots):
            x = (index % 2) * (wide + gap)
            top = self.total - (index // 2) * self._cell_high
            self._draw_slot(slot, self._first + index + 1, x, top, wide)

    def _draw_slot(self, slot: SignerSlot, order: int, x: float, top: float, wide: float) -> None:
        canvas, languages = self.canv, self._sheet.languages
        role = set_words(slot.role, languages, Style(BOLD, 8, 11, INK), _FINE, wide - 70)
        draw_lines(canvas, x, top - 2, [Line(f"{order}", Style(BOLD, 8, 11, self._sheet.brand.accent))])
        draw_lines(canvas, x + 12, top - 2, role)
        name = " · ".join(filter(None, (slot.detail.read("en" if languages == "en" else "zh"), slot.name)))
        draw_lines(canvas, x, top - 2, [Line(name, Style(REGULAR, 8, 11, INK))], wide, "right")
        high = self._cell_high - 26
        bottom = top - 20 - high
        canvas.setStrokeColorRGB(*rgb(HAIRLINE))
        canvas.setLineWidth(0.6)
        canvas.roundRect(x, bottom, wide, high, 4, stroke=1, fill=0)
        if self._block.paper:
            main: Any = "en" if languages == "en" else "zh"
            labels = [say("Signature"), say("Seal"), say("Date")]
            for share, label in zip((0.03, 0.42, 0.75), labels, strict=True):
                draw_lines(canvas, x + wide * share, bottom + 11, [Line(words(label).read(main), _FINE)])
            return
        left, low = canvas.absolutePosition(x + 1, bottom + 1)
        right, high_y = canvas.absolutePosition(x + wide - 1, bottom + high - 1)
        rect = (round(left, 2), round(low, 2), round(right, 2), round(high_y, 2))
        self._sheet.places.append((slot.key, canvas.getPageNumber(), rect))
