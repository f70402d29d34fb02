"""A table of plain rows that stays fast with 100,000 of them: only what is seen is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import SIZE, TEXT, Tone

__all__ = ["DataTable", "RowModel", "TableColumn", "TableRow"]

_Index = QModelIndex | QPersistentModelIndex
_LEAST = 150
"""What a column that takes the spare room keeps, in pixels at 100 %."""


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its heading, its width at 100 % (0 takes the spare room), where its words stand, whether bold.

    `two_lines`: what follows a line break in its cells stands small and muted on a line of its own.
    `optional`: it goes where there is no room for all, since the row's own page tells it too.
    """

    title: str
    width: int = 120
    align: Literal["left", "right"] = "left"
    bold: bool = False
    two_lines: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: the key that `chosen` gives, its cells as a person reads them, a tone for each cell or none at all."""

    key: str
    cells: tuple[str, ...]
    tones: tuple[Tone | None, ...] = ()


class RowModel(QAbstractTableModel):
    """Rows held as they are; nothing is computed before it is seen."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[TableColumn, ...] = ()
        self.rows: Sequence[TableRow] = ()

    def show_rows(self, rows: Sequence[TableRow]) -> None:
        """Take other rows; the sequence is kept, not copied."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def show_columns(self, columns: Sequence[TableColumn]) -> None:
        """Take other columns."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        """How many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words, tooltip, alignment, colour and weight of a cell."""
        row, at = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            words = row.cells[at] if at < len(row.cells) else ""
            return words.replace("\n", " · ") if role == Qt.ItemDataRole.AccessibleTextRole else words
        column = self.columns[at]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.align == "right" else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        tone = row.tones[at] if at < len(row.tones) else None
        if role == Qt.ItemDataRole.ForegroundRole and tone is not None:
            return QColor(current_theme().colours.tone(tone)[0])
        if role == Qt.ItemDataRole.FontRole and (column.bold or tone is not None):
            return _bold()
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The headings."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            right = self.columns[section].align == "right"
            side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None


def _bold() -> QFont:
    return font(current_theme(), TEXT.body, bold=True)


class _TwoLines(QStyledItemDelegate):
    """Draws the lines of a cell below each other, each cut off on its own where the column is too narrow."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        wide = QStyleOptionViewItem(option)
        self.initStyleOption(wide, index)
        first, _, second = str(index.data(Qt.ItemDataRole.DisplayRole)).partition("\n")
        style = wide.widget.style()
        room = QRectF(style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, wide, wide.widget)).adjusted(3, 0, -3, 0)
        wide.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, wide, painter, wide.widget)
        theme = current_theme()
        lines = [(first, font(theme, TEXT.body), theme.colours.text)]
        if second:
            lines.append((second, font(theme, TEXT.small), theme.colours.muted))
        heights = [QFontMetricsF(face).height() - 1 for _, face, _ in lines]
        top = room.center().y() - sum(heights) / 2
        painter.save()
        for (words, face, colour), high in zip(lines, heights, strict=True):
            painter.setFont(face)
            painter.setPen(QColor(colour))
            shown = QFontMetricsF(face).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(QRectF(room.left(), top, room.width(), high), int(Qt.AlignmentFlag.AlignVCenter), shown)
            top += high
        painter.restore()


class DataTable(QTableView):
    """Rows to choose from: `chosen(key)` on click or Enter, `sort_wanted(column, descending)` on a heading."""

    chosen = Signal(str)
    sort_wanted = Signal(int, bool)

    def __init__(self, columns: Sequence[TableColumn] = ()) -> None:
        super().__init__()
        self.rows_model = RowModel()
        self.setModel(self.rows_model)
        self._plain, self._two_lines = QStyledItemDelegate(self), _TwoLines(self)
        self._sorted: tuple[int, bool] = (-1, False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._sort)
        self.clicked.connect(lambda index: self.chosen.emit(self.rows_model.rows[index.row()].key))
        self.set_columns(columns)

    def set_columns(self, columns: Sequence[TableColumn]) -> None:
        """Take other columns, or the same in another language."""
        self.rows_model.show_columns(columns)
        for at, column in enumerate(self.rows_model.columns):
            self.setItemDelegateForColumn(at, self._two_lines if column.two_lines else self._plain)
        self._measure()

    def set_rows(self, rows: Sequence[TableRow]) -> None:
        """Show other rows; the row that was chosen stays chosen when it is still there."""
        before = self.current_key
        self.rows_model.show_rows(rows)
        if before is not None:
            self.select_key(before)

    @property
    def current_key(self) -> str | None:
        """The key of the row that is chosen, or None."""
        row = self.currentIndex().row()
        return self.rows_model.rows[row].key if 0 <= row < len(self.rows_model.rows) else None

    def select_key(self, key: str) -> None:
        """Choose the row with that key, without telling; a key that is not there changes nothing."""
        for at, row in enumerate(self.rows_model.rows):
            if row.key == key:
                self.selectRow(at)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the row."""
        key = self.current_key
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and key is not None:
            self.chosen.emit(key)
            return
        super().keyPressEvent(event)

    def _sort(self, column: int) -> None:
        descending = self._sorted == (column, False)
        self._sorted = (column, descending)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicatorShown(True)
        self.horizontalHeader().setSortIndicator(column, order)
        self.sort_wanted.emit(column, descending)

    def _measure(self) -> None:
        theme = current_theme()
        lines = font(theme, TEXT.body), font(theme, TEXT.small)
        two = sum(QFontMetricsF(face).height() for face in lines) + theme.px(4) if any(c.two_lines for c in self.rows_model.columns) else 0
        self.verticalHeader().setDefaultSectionSize(max(theme.target(SIZE.target), round(two)))
        header = self.horizontalHeader()
        for at, column in enumerate(self.rows_model.columns):
            mode = QHeaderView.ResizeMode.Interactive if column.width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(at, mode)
        self._share()

    def _share(self) -> None:
        """Give the columns their widths; where that leaves too little for those that take the spare room, all give way alike."""
        theme, columns = current_theme(), self.rows_model.columns
        heads = [self.fontMetrics().horizontalAdvance(column.title) + theme.px(36) for column in columns]
        shown = [(at, column) for at, column in enumerate(columns) if column.optional or not self.isColumnHidden(at)]
        wanted = {at: max(theme.px(column.width), heads[at]) for at, column in shown if column.width}
        spare = sum(max(theme.px(_LEAST), heads[at]) for at, _ in shown if at not in wanted)
        over = sum(wanted.values()) + spare - self.viewport().width()
        for at in [at for at, column in enumerate(columns) if column.optional]:
            self.horizontalHeader().setSectionHidden(at, over > 0)
            over -= wanted.pop(at) if over > 0 else 0
        least = {at: min(heads[at] - theme.px(10), wide) for at, wide in wanted.items()}
        gives = sum(wanted.values()) - sum(least.values())
        part = min(1.0, over / gives) if over > 0 and gives and self.viewport().width() > theme.px(200) else 0.0
        for at, wide in wanted.items():
            self.setColumnWidth(at, round(wide - part * (wide - least[at])))

    def setColumnHidden(self, column: int, hide: bool) -> None:
        """Hide a column, or show it, and share the width anew."""
        if self.isColumnHidden(column) != hide:
            super().setColumnHidden(column, hide)
            self._share()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._share()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_sorted"):
            self._measure()
