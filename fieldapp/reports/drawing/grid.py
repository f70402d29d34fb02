"""A table as a flowable of our own: measured columns, hairlines, repeated header, long rows split. Lengths are points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.platypus.flowables import Flowable

from fieldapp.base.i18n import Language
from fieldapp.reports.blocks import Cell, Column, Table, Words
from fieldapp.reports.drawing.charts import draw_mark, draw_trend
from fieldapp.reports.drawing.flowables import SECOND, Sheet, hairline
from fieldapp.reports.drawing.theme import BOLD, INK, MUTED, REGULAR, WASH, Style, rgb, tone_colour
from fieldapp.reports.drawing.typeset import Line, draw_lines, height_of, width_of

__all__ = ["Grid"]

_CELL = Style(REGULAR, 8, 11.2, INK)
_HEAD = Style(BOLD, 7.4, 10, MUTED)
_HEAD_SECOND = Style(REGULAR, 5.6, 6.6, MUTED)
_TREND_WIDTH = 76.0
_BOX_GAP = 16.0
_SHORT_LINE = 40
_UNBROKEN_HAN = 7
"""So many Han characters, the length of a name of a thing, stay on one line where there is room at all."""


class Grid(Flowable):  # type: ignore[misc]
    """A table: header repeated on each page, rows on hairlines, long rows split between lines."""

    def __init__(self, sheet: Sheet, table: Table, rows: Sequence[Sequence[list[Line]]] | None = None) -> None:
        super().__init__()
        self._sheet, self._table = sheet, table
        self._widths = _column_widths(sheet, table)
        self._head = [
            sheet.lines(column.title, _HEAD, _HEAD_SECOND, width - 8) for column, width in zip(table.columns, self._widths, strict=True)
        ]
        self._cells = table.rows
        self._rows = list(rows) if rows is not None else [self._set_row(row) for row in table.rows]

    def _set_row(self, row: Sequence[Cell]) -> list[list[Line]]:
        widths = self._widths if len(row) == len(self._widths) else [sum(self._widths)]
        return [
            self._sheet.lines(
                cell.text,
                self._sheet.toned(_CELL, cell.tone),
                SECOND,
                width - 8 - (10 if cell.mark != "none" else 0),
            )
            for cell, width in zip(row, widths, strict=True)
        ]

    def _row_height(self, index: int) -> float:
        trend = any(cell.trend is not None for cell in self._cells[index])
        return max([height_of(lines) for lines in self._rows[index]] + [20 if trend else 11.2]) + 5

    def _box_lines(self, cell: Cell) -> list[Line]:
        return _box_lines(self._sheet, cell)

    def _head_height(self) -> float:
        return max(height_of(lines) for lines in self._head) + 6

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The width taken and the height needed."""
        self._high = self._head_height() + sum(self._row_height(i) for i in range(len(self._rows))) + 5
        return available_width, self._high

    def _part(self, cells: Sequence[Sequence[Cell]], rows: Sequence[Sequence[list[Line]]]) -> Grid:
        table = Table(self._table.columns, tuple(tuple(row) for row in cells), self._table.empty)
        part = Grid(self._sheet, table, rows)
        part._widths, part._head = self._widths, self._head
        return part

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """The part that fits and the rest, or nothing."""
        room, count = available_height - self._head_height() - 5, 0
        while count < len(self._rows) and self._row_height(count) <= room:
            room -= self._row_height(count)
            count += 1
        if count == len(self._rows):
            return [self]
        if count == 0:
            return self._split_row(room)
        if count > 2 and count == len(self._rows) - 1:
            count -= 1  # one row alone under a header on the next page reads as a mistake
        while count > 1 and len(self._cells[count - 1]) < len(self._widths):
            count -= 1  # a text that goes across is about what follows it
        return [self._part(self._cells[:count], self._rows[:count]), self._part(self._cells[count:], self._rows[count:])]

    def _split_row(self, room: float) -> list[Any]:
        """Split the first row between lines, when it would fill most of a page; else let it move on whole."""
        if self._row_height(0) < 300 or room < 80:
            return []
        upper, lower = [], []
        for lines in self._rows[0]:
            used, count = 6.0, 0
            while count < len(lines) and used + lines[count].style.leading <= room:
                used += lines[count].style.leading
                count += 1
            upper.append(lines[:count])
            lower.append(lines[count:])
        rest = tuple(Cell() for _ in self._cells[0])
        return [
            self._part([self._cells[0]], [upper]),
            self._part([rest, *self._cells[1:]], [lower, *self._rows[1:]]),
        ]

    def draw(self) -> None:
        """Draw header, rows and hairlines."""
        canvas, top = self.canv, self._high
        total = sum(self._widths)
        high = self._head_height()
        canvas.setFillColorRGB(*rgb(WASH))
        canvas.rect(0, top - high, total, high, stroke=0, fill=1)
        for column, x, lines, width in self._columns(self._head):
            draw_lines(canvas, x + 4, top - 3, lines, width - 8, column.align)
        top -= high
        hairline(canvas, 0, top, total, MUTED, 0.6)
        for index, row in enumerate(self._rows):
            high = self._row_height(index)
            for cell, (column, x, lines, width) in zip(self._cells[index], self._columns(row), strict=True):
                self._draw_cell(cell, column, x, top, lines, width, high)
            top -= high
            hairline(canvas, 0, top, total)

    def _columns(self, cells: Sequence[list[Line]]) -> list[tuple[Column, float, list[Line], float]]:
        if len(cells) < len(self._widths):
            return [(Column(Words()), 0.0, cells[0], sum(self._widths))]
        x, found = 0.0, []
        for column, lines, width in zip(self._table.columns, cells, self._widths, strict=True):
            found.append((column, x, lines, width))
            x += width
        return found

    def _draw_cell(self, cell: Cell, column: Column, x: float, top: float, lines: list[Line], width: float, high: float) -> None:
        at = x + 4
        if not lines and column.align != "left":
            at = x + width - 11 if column.align == "right" else x + width / 2 - 3.5
        if cell.mark != "none":
            draw_mark(self.canv, cell.mark, at, top - 12.2, 7, tone_colour(cell.tone, self._sheet.brand))
            at += 10
        draw_lines(self.canv, at, top - 3, lines, x + width - 4 - at, column.align)
        for label in self._box_lines(cell):
            draw_mark(self.canv, "box", at, top - 12.4, 7.4, tone_colour("plain", self._sheet.brand))
            draw_lines(self.canv, at + 10, top - 3, [label])
            at += label.width + _BOX_GAP
        if cell.trend is not None:
            draw_trend(self.canv, cell.trend, x + 4, top - high + 2, width - 8, high - 4, self._sheet.brand, axes=False)


def _box_lines(sheet: Sheet, cell: Cell) -> list[Line]:
    """The labels of a cell's boxes, each on one line, in the first language only."""
    main: Language = "en" if sheet.languages == "en" else "zh"
    return [Line(words.read(main), _CELL) for words in cell.boxes]


def _longest_piece(text: str) -> str:
    """What must not be broken: a word, or a line where a text comes in short lines of its own, as a digest does."""
    lines = text.split("\n")
    if len(lines) > 1 and all(len(line) <= _SHORT_LINE for line in lines):
        return max(lines, key=len)
    return max(text.replace("\n", " ").split(" "), key=len, default="")


def _side_by_side(sheet: Sheet, words: Words, style: Style) -> float:
    """The room that both languages want on one line; nothing where they would not stand on one."""
    if sheet.languages != "both" or not words.zh or not words.en or words.en == words.zh or "\n" in words.zh + words.en:
        return 0.0
    return Line(words.zh, style, words.en, _HEAD_SECOND if style is _HEAD else SECOND).width


def _column_widths(sheet: Sheet, table: Table) -> list[float]:
    """Columns wide enough for their longest word, then shared by what they hold, then by their weight."""
    natural, least = [], []
    whole = [row for row in table.rows if len(row) == len(table.columns)]
    measured = table.kin or whole
    for index, column in enumerate(table.columns):
        widest = narrow = 0.0
        texts = [(column.title, _HEAD)] + [(row[index].text, sheet.toned(_CELL, row[index].tone)) for row in measured]
        for words, style in texts:
            widest = max(widest, _side_by_side(sheet, words, style))
            for text in (words.zh, words.en if sheet.languages == "both" and words.zh else "") if words.zh else (words.en,):
                size = Style(style.font, style.size * (1 if text == words.zh or not words.zh else 0.8), 1, INK)
                long = max(width_of(line, size) for line in text.split("\n"))
                widest = max(widest, long)
                piece = _longest_piece(text)
                narrow = max(narrow, width_of(piece, size) if piece.isascii() else style.size * min(len(piece), _UNBROKEN_HAN))
        extra = 8.5 + (10 if any(row[index].mark != "none" for row in measured) else 0)
        trend = _TREND_WIDTH if any(row[index].trend for row in measured) else 0.0
        boxes = [
            sum(line.width + _BOX_GAP for line in _box_lines(sheet, row[index])) for row in table.rows if len(row) == len(table.columns)
        ]
        trend = max([trend, *(8 + wide for wide in boxes if wide)])
        natural.append(max(widest + extra, trend))
        least.append(max(min(narrow + extra, sheet.width * 0.34), trend))
    total, weights = sheet.width, [column.weight for column in table.columns]
    if sum(natural) <= total:
        spare = total - sum(natural)
        return [n + spare * w / sum(weights) for n, w in zip(natural, weights, strict=True)]
    if sum(least) >= total:
        return [m * total / sum(least) for m in least]
    return _shared(total, natural, least)


def _shared(total: float, natural: Sequence[float], least: Sequence[float]) -> list[float]:
    """What is spare goes to the columns that want least of it first: short values stay on one line, long ones wrap."""
    widths, spare = list(least), total - sum(least)
    by_want = sorted(range(len(widths)), key=lambda index: natural[index] - least[index])
    for position, index in enumerate(by_want):
        given = min(max(natural[index] - least[index], 0.0), spare / (len(by_want) - position))
        widths[index] += given
        spare -= given
    return widths
