"""A list of thousands of choices, drawn without a widget for each, with a line that filters it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QStylePainter,
)

from fieldapp.ui.theme.icons import pixmap
from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP, SIZE
from fieldapp.ui.widgets.buttons import SecondaryButton

__all__ = ["ChoiceList", "ChoiceModel", "FoldButton"]

_Index = QModelIndex | QPersistentModelIndex


class ChoiceModel(QAbstractListModel):
    """Pairs of value and label, of which those stay that hold every word of a filter; chosen ones are checked."""

    def __init__(self) -> None:
        super().__init__()
        self._all: tuple[tuple[str, str], ...] = ()
        self._folded: list[str] = []
        self._rows: list[int] = []
        self._words: list[str] = []
        self.chosen: frozenset[str] = frozenset()

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the same ones again cost nothing."""
        if choices != self._all:
            self._all = tuple(choices)
            self._folded = [label.casefold() for _, label in self._all]
            self._refilter()

    def set_filter(self, text: str) -> None:
        """Leave the choices whose label holds every word, in their order."""
        self._words = text.casefold().split()
        self._refilter()

    def set_chosen(self, values: frozenset[str]) -> None:
        """Show which are chosen."""
        if values != self.chosen:
            self.chosen = values
            if self._rows:
                self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1), [Qt.ItemDataRole.CheckStateRole])

    def _refilter(self) -> None:
        self.beginResetModel()
        words = self._words
        self._rows = [at for at, label in enumerate(self._folded) if all(word in label for word in words)]
        self.endResetModel()

    def value(self, row: int) -> str:
        """The value of a row."""
        return self._all[self._rows[row]][0]

    def row_of(self, value: str) -> int:
        """The row of a value, or -1."""
        return next((row for row, at in enumerate(self._rows) if self._all[at][0] == value), -1)

    def labels(self, values: Sequence[str]) -> list[str]:
        """The labels of values, in their order."""
        wanted = set(values)
        known = {value: label for value, label in self._all if value in wanted}
        return [known.get(value, value) for value in values]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        """How many are left."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Label and whether it is chosen."""
        if not index.isValid():
            return None
        value, label = self._all[self._rows[index.row()]]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return label
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if value in self.chosen else Qt.CheckState.Unchecked
        return None


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, current_theme().target(SIZE.target))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        theme = current_theme()
        colours = theme.colours
        box: QRect = option.rect
        chosen = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
        painter.save()
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(colours.accent_soft))
        side = theme.px(18)
        if chosen:
            painter.drawPixmap(box.left() + GAP.small, box.center().y() - side // 2 + 1, pixmap("check", colours.accent, side, 1.0))
        words = box.adjusted(side + 2 * GAP.small, 0, -GAP.small, 0)
        painter.setPen(QColor(colours.accent if chosen else colours.text))
        cut = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), cut)
        painter.restore()


class ChoiceList(QListView):
    """The list itself, as high as its rows up to `most`."""

    def __init__(self, most: int = 6) -> None:
        super().__init__()
        self._most = most
        self.choices = ChoiceModel()
        self.choices.setParent(self)
        self.setModel(self.choices)
        self.setItemDelegate(_Rows(self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.fit()

    def fit(self) -> None:
        """Take the height of the rows that are left."""
        rows = max(1, min(self._most, self.choices.rowCount()))
        self.setFixedHeight(rows * current_theme().target(SIZE.target) + 2 * self.frameWidth() + 2)

    def step(self, by: int) -> None:
        """Walk among the rows, as the line above passes Up and Down on."""
        count = self.choices.rowCount()
        if count:
            at = self.currentIndex().row()
            self.setCurrentIndex(self.choices.index(min(count - 1, max(0, at + by)), 0))


class FoldButton(SecondaryButton):
    """What is chosen, cut where there is no room for more, and an arrow at the right edge as a drop-down has it."""

    def __init__(self) -> None:
        super().__init__()
        mark(self, choosing="true")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As high as a button; the width comes from where it stands."""
        return QSize(current_theme().px(240), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Some words and the arrow."""
        return QSize(current_theme().px(120), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, the words at its left and the arrow at its right."""
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        words, option.text = option.text, ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        theme = current_theme()
        colour, side = theme.colours.text if self.isEnabled() else theme.colours.disabled, theme.px(18)
        room = self.rect().adjusted(GAP.medium, 0, -GAP.medium - side - GAP.small, 0)
        painter.setPen(QColor(colour))
        cut = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), cut)
        at = self.width() - GAP.small - side
        painter.drawPixmap(at, (self.height() - side) // 2, pixmap("down", colour, side, self.devicePixelRatioF()))
