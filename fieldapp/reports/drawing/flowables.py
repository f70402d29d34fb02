"""The blocks as reportlab flowables of our own: measured text, hairlines, no font but the embedded ones.

They are drawn directly on the canvas. Each knows its height before it is drawn, splits between lines or rows, and
repeats the header of its table. Lengths are points; `Sheet` carries what all of them need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reportlab.platypus import FrameBreak
from reportlab.platypus.flowables import Flowable, NullDraw

from fieldapp.base.i18n import Language
from fieldapp.reports.blocks import BarChart, Brand, Chip, Figures, Heading, KeyValue, Languages, TrendChart, Words
from fieldapp.reports.drawing.charts import bars_height, draw_bars, draw_mark, draw_trend
from fieldapp.reports.drawing.pictures import Pictures
from fieldapp.reports.drawing.theme import BOLD, HAIRLINE, INK, MUTED, REGULAR, WASH, Style, rgb, tone_colour
from fieldapp.reports.drawing.typeset import Line, break_lines, draw_lines, height_of, set_words, width_of

__all__ = [
    "BODY",
    "AnnexBreak",
    "BarsFlow",
    "FigureRow",
    "HeadingRow",
    "KeyRow",
    "Sheet",
    "Spring",
    "TextFlow",
    "TrendFlow",
]

BODY = Style(REGULAR, 8.8, 12, INK)
_SECOND = Style(REGULAR, 6.4, 8, MUTED)
_LABEL = Style(REGULAR, 7.8, 11, MUTED)
_LABEL_SECOND = Style(REGULAR, 5.8, 6.8, MUTED)
_ROW_PAD = 4.6
SECOND = Style(REGULAR, 6, 7.4, MUTED)


@dataclass(slots=True)
class Sheet:
    """What all flowables of one document share; `places` collects the signature fields as they are drawn, `pictures` draws photos."""

    brand: Brand
    languages: Languages
    width: float
    places: list[tuple[str, int, tuple[float, float, float, float]]] = field(default_factory=list)
    pictures: Pictures = field(default_factory=lambda: Pictures(()))

    def lines(self, words: Words, first: Style, second: Style, width: float) -> list[Line]:
        """Words set in this document's languages."""
        return set_words(words, self.languages, first, second, width)

    def toned(self, style: Style, tone: Any) -> Style:
        """A style in the colour of a tone; strong and judged tones are bold."""
        font = BOLD if tone in ("strong", "breached", "due", "met") else style.font
        return Style(font, style.size, style.leading, tone_colour(tone, self.brand))


def hairline(canvas: Any, x: float, y: float, width: float, colour: str = HAIRLINE, weight: float = 0.5) -> None:
    """A horizontal line."""
    canvas.setStrokeColorRGB(*rgb(colour))
    canvas.setLineWidth(weight)
    canvas.line(x, y, x + width, y)


class Spring(Flowable):  # type: ignore[misc]
    """Pushes what follows to the foot of the first page, when it fits there and the hole stays below a third of it."""

    def __init__(self, below: float, least: float = 4, most: float = 250) -> None:
        super().__init__()
        self._below, self._least, self._most = below, least, most

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        room = available_height - self._below - 2
        pinned = self._least < room <= self._most and self.canv.getPageNumber() == 1
        return available_width, room if pinned else self._least

    def draw(self) -> None:
        """Nothing is drawn."""


class AnnexBreak(Flowable):  # type: ignore[misc]
    """A new page, unless less than half of this one is used: no page stays a third empty."""

    def __init__(self, page_height: float) -> None:
        super().__init__()
        self._page_height = page_height

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """No height on a page with room, else more than there is."""
        fresh = available_height > self._page_height * 0.45
        return available_width, 0 if fresh else available_height + 1

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """Nothing of it is left on the next page."""
        return [FrameBreak(), NullDraw()] if available_height <= self._page_height * 0.45 else []

    def draw(self) -> None:
        """Nothing is drawn."""


class TextFlow(Flowable):  # type: ignore[misc]
    """Lines of running text, optionally in a tinted box with a bar at its left."""

    def __init__(self, lines: Sequence[Line], bar: str = "", after: float = 4) -> None:
        super().__init__()
        self._lines, self._bar, self._after = list(lines), bar, after

    def _pad(self) -> float:
        return 7 if self._bar else 0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        return available_width, height_of(self._lines) + 2 * self._pad() + self._after

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """The part that fits and the rest, or nothing."""
        room, count = available_height - 2 * self._pad() - self._after, 0
        for line in self._lines:
            room -= line.style.leading
            if room < 0:
                break
            count += 1
        if count < 2 or count >= len(self._lines):
            return []
        return [
            TextFlow(self._lines[:count], self._bar, self._after),
            TextFlow(self._lines[count:], self._bar, self._after),
        ]

    def draw(self) -> None:
        """Draw box and lines."""
        high = height_of(self._lines) + 2 * self._pad()
        if self._bar:
            self.canv.setFillColorRGB(*rgb(WASH))
            self.canv.rect(0, self._after, self._width, high, stroke=0, fill=1)
            self.canv.setFillColorRGB(*rgb(self._bar))
            self.canv.rect(0, self._after, 2, high, stroke=0, fill=1)
        draw_lines(self.canv, 10 if self._bar else 0, self._after + high - self._pad(), self._lines)


class HeadingRow(Flowable):  # type: ignore[misc]
    """A heading, bilingual on one line when there is room, in the bookmarks; `aside` at the right edge."""

    def __init__(self, sheet: Sheet, heading: Heading, key: str) -> None:
        super().__init__()
        self._sheet, self._heading, self._key = sheet, heading, key
        size, above, foot = {1: (12.5, 12, 5), 2: (9.6, 7, 2.5)}.get(heading.level, (8.8, 5, 2))
        self._style = Style(BOLD, size, size * 1.4, INK)
        self._small = Style(REGULAR, max(size * 0.66, 6.4), size * 1.05, MUTED)
        self._above, self._foot = above, foot

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        sheet, heading = self._sheet, self._heading
        self._width = available_width
        main: Language = "en" if sheet.languages == "en" else "zh"
        text, both = heading.text.read(main), sheet.languages == "both"
        self._other = heading.text.en if both and heading.text.zh and heading.text.en != heading.text.zh else ""
        self._aside = Line(heading.aside.read(main), Style(REGULAR, 7, self._style.leading, MUTED))
        aside = width_of(self._aside.text, self._aside.style) + 14 if self._aside.text else 0
        self._lines = [Line(line, self._style) for line in break_lines(text, self._style, available_width - aside)]
        taken = width_of(text, self._style) + 8 + width_of(self._other, self._small) + aside
        self._beside = len(self._lines) == 1 and taken <= available_width
        if self._other and not self._beside:
            self._lines += [Line(line, self._small) for line in break_lines(self._other, self._small, available_width)]
        return available_width, height_of(self._lines) + self._above + self._foot

    def draw(self) -> None:
        """Draw the line, and set the bookmark."""
        canvas, level, text = self.canv, self._heading.level, self._lines[0].text
        top = self._foot + height_of(self._lines)
        draw_lines(canvas, 0, top, self._lines)
        if self._other and self._beside:
            beside = Line(self._other, Style(REGULAR, self._small.size, self._style.leading * 1.06, MUTED))
            draw_lines(canvas, width_of(text, self._style) + 7, top, [beside])
        if self._aside.text:
            draw_lines(canvas, 0, top, [self._aside], self._width, "right")
        if level == 1:
            hairline(canvas, 0, self._foot - 1.5, self._width, INK, 0.7)
        canvas.bookmarkHorizontal(self._key, 0, top)
        canvas.addOutlineEntry(text, self._key, min(level, 2) - 1, closed=False)


class KeyRow(Flowable):  # type: ignore[misc]
    """One row of labels and values over a hairline; a single long value splits between lines.

    Chips stand before the value in rows of one column.
    """

    def __init__(self, sheet: Sheet, rows: Sequence[KeyValue], columns: int, given: Sequence[Line] | None = None) -> None:
        super().__init__()
        self._sheet, self._rows, self._columns, self._given = sheet, rows, columns, given

    def _label_width(self) -> float:
        return 86 if self._columns == 1 else 76

    def _measure(self, width: float) -> None:
        gap = 18 if self._columns > 1 else 0
        self._cell = (width - gap * (self._columns - 1)) / self._columns
        self._gap = gap
        self._labels, self._values = [], []
        for row in self._rows:
            sheet = self._sheet
            self._labels.append(sheet.lines(row.label, _LABEL, _LABEL_SECOND, self._label_width() - 6))
            room = self._cell - self._label_width() - (11 if row.mark != "none" else 0)
            value = sheet.lines(row.value, sheet.toned(BODY, row.tone), _SECOND, room)
            self._values.append(value if self._given is None else list(self._given))

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._measure(available_width)
        self._width = available_width
        chips = self._chip_height(self._rows[0])
        values = [height_of(lines) + chips for lines in self._values]
        self._high = max(*values, *(height_of(lines) for lines in self._labels)) + _ROW_PAD
        return available_width, self._high

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """The part that fits and the rest, or nothing."""
        self._measure(available_width)
        if len(self._rows) != 1:
            return []
        room = available_height - _ROW_PAD - self._chip_height(self._rows[0])
        lines, count = self._values[0], 0
        for line in lines:
            room -= line.style.leading
            if room < 0:
                break
            count += 1
        if count < 2 or count >= len(lines):
            return []
        rest = KeyValue(Words(), self._rows[0].value)
        return [
            KeyRow(self._sheet, self._rows, self._columns, lines[:count]),
            KeyRow(self._sheet, (rest,), self._columns, lines[count:]),
        ]

    def _chip_rows(self, row: KeyValue) -> list[list[tuple[Chip, float, list[Line]]]]:
        """Chips on lines, each with its width and its lines of text."""
        rows: list[list[tuple[Chip, float, list[Line]]]] = []
        room, used = self._cell - self._label_width(), 0.0
        for chip in row.chips:
            lines = self._sheet.lines(chip.text, self._sheet.toned(BODY, chip.tone), _SECOND, room - 12)
            wide = max(line.width for line in lines) + 24
            if not rows or used + wide > room + 14:
                rows.append([])
                used = 0.0
            rows[-1].append((chip, wide, lines))
            used += wide
        return rows

    def _chip_height(self, row: KeyValue) -> float:
        return sum(max(height_of(lines) for _, _, lines in chips) for chips in self._chip_rows(row))

    def _draw_chips(self, chips: Sequence[Chip], x: float) -> float:
        """Draw chips from the top of the row; the height they took."""
        top = self._high - 2
        for line in self._chip_rows(self._rows[0]) if chips else []:
            at = x
            for chip, wide, lines in line:
                if chip.mark != "none":
                    draw_mark(self.canv, chip.mark, at, top - 9.6, 7.2, tone_colour(chip.tone, self._sheet.brand))
                draw_lines(self.canv, at + 10, top, lines)
                at += wide
            top -= max(height_of(lines) for _, _, lines in line)
        return self._high - 2 - top

    def draw(self) -> None:
        """Draw labels, marks, values and the hairline under them."""
        x = 0.0
        for row, label, value in zip(self._rows, self._labels, self._values, strict=True):
            draw_lines(self.canv, x, self._high - 2, label)
            at = x + self._label_width()
            top = self._high - 2 - self._draw_chips(row.chips, at)
            if row.mark != "none":
                colour = tone_colour(row.tone, self._sheet.brand)
                draw_mark(self.canv, row.mark, at, top - 9.6, 7.2, colour)
                at += 11
            draw_lines(self.canv, at, top, value)
            hairline(self.canv, x, 0, self._cell)
            x += self._cell + self._gap


class FigureRow(Flowable):  # type: ignore[misc]
    """Numbers over their labels, in equal cells on a tinted band."""

    def __init__(self, sheet: Sheet, block: Figures) -> None:
        super().__init__()
        self._sheet, self._block = sheet, block

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        self._cell = available_width / max(len(self._block.items), 1)
        self._number = Style(BOLD, 8.6, 11.5, INK) if self._block.small else Style(BOLD, 17, 22, INK)
        label, second = Style(REGULAR, 7.2, 9.6, MUTED), Style(REGULAR, 5.8, 7.4, MUTED)
        self._labels, self._values = [], []
        for item in self._block.items:
            style = self._sheet.toned(self._number, item.tone)
            words = [Line(text, style) for text in item.value.split("\n")]
            self._values.append(words)
            self._labels.append(self._sheet.lines(item.label, label, second, self._cell - 8))
        values = max((height_of(lines) for lines in self._values), default=0)
        self._high = values + max((height_of(lines) for lines in self._labels), default=0) + 11
        return available_width, self._high + 5

    def draw(self) -> None:
        """Draw the band and its cells."""
        self.canv.setFillColorRGB(*rgb(WASH))
        self.canv.rect(0, 2, self._width, self._high, stroke=0, fill=1)
        for index, (label, value) in enumerate(zip(self._labels, self._values, strict=True)):
            x = index * self._cell
            top = draw_lines(self.canv, x + 7, self._high - 3, label)
            draw_lines(self.canv, x + 7, top - 1, value)
            if index:
                self.canv.setStrokeColorRGB(*rgb(HAIRLINE))
                self.canv.setLineWidth(0.5)
                self.canv.line(x, 8, x, self._high - 4)


class TrendFlow(Flowable):  # type: ignore[misc]
    """A trend chart with its title, as wide as half the page."""

    def __init__(self, sheet: Sheet, chart: TrendChart) -> None:
        super().__init__()
        self._sheet, self._chart = sheet, chart

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        return available_width, 104

    def draw(self) -> None:
        """Draw title and chart."""
        title = self._sheet.lines(self._chart.title, Style(BOLD, 8, 11, INK), SECOND, self._width)
        unit = [Line(self._chart.unit, SECOND)]
        draw_lines(self.canv, 0, 104, title[:1])
        draw_lines(self.canv, 0, 104, unit, self._width, "right")
        draw_trend(self.canv, self._chart, 0, 4, self._width, 86, self._sheet.brand)


class BarsFlow(Flowable):  # type: ignore[misc]
    """Horizontal bars with their title."""

    def __init__(self, sheet: Sheet, chart: BarChart) -> None:
        super().__init__()
        self._sheet, self._chart = sheet, chart

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._width = available_width
        return available_width, bars_height(self._chart) + 22

    def draw(self) -> None:
        """Draw title and bars."""
        high = bars_height(self._chart) + 18
        title = self._sheet.lines(self._chart.title, Style(BOLD, 8, 11, INK), SECOND, self._width)
        draw_lines(self.canv, 0, high + 2, title[:1])
        draw_bars(self.canv, self._chart, 0, high - 14, self._width, self._sheet.brand, self._sheet.languages)
