"""Choices in an order: dragged, moved by keys, or by two large buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, RADIUS, SIZE
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["RankEditor"]

_MOST = 10


class _Rows(QStyledItemDelegate):
    """The place in a square, the words beside it."""

    numbered = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(120, current_theme().target(SIZE.target))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        theme = current_theme()
        colours = theme.colours
        box = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)
        side = theme.px(28)
        place = box.adjusted(GAP.small, (box.height() - side) // 2, 0, 0)
        place.setSize(QSize(side, side))
        painter.setPen(QColor(colours.accent if self.numbered else colours.edge))
        painter.setBrush(QColor(colours.accent_soft if self.numbered else colours.surface))
        painter.drawRoundedRect(place, RADIUS.control, RADIUS.control)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(index.row() + 1) if self.numbered else "–")
        painter.setPen(QColor(colours.text))
        words = box.adjusted(side + 2 * GAP.small + GAP.tight, 0, -GAP.small, 0)
        cut = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), cut)
        painter.restore()


class RankEditor(Editor):
    """A list whose rows are dragged; Alt with Up and Down moves the one that is marked. There is no order before one was made or taken."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._value = ""
        self._offered: tuple[str, ...] = ()
        self._filling = False
        self.list = QListWidget()
        self.list.setObjectName("order")
        self._rows = _Rows(self.list)
        self.list.setItemDelegate(self._rows)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.model().rowsMoved.connect(self._moved)
        self.list.installEventFilter(self)
        self.up, self.down, self.again = IconButton("up"), IconButton("lower"), IconButton("undo", kind="quiet")
        self.take, self.hint = SecondaryButton(compact=True), Text("", "small")
        for name, button in (("move-up", self.up), ("move-down", self.down), ("clear", self.again), ("take", self.take)):
            button.setObjectName(name)
        self.up.clicked.connect(lambda: self.move_row(-1))
        self.down.clicked.connect(lambda: self.move_row(1))
        self.again.clicked.connect(lambda: self.committed.emit(""))
        self.take.clicked.connect(self._tell)
        side = QVBoxLayout()
        side.setSpacing(GAP.small)
        for button in (self.up, self.down, self.again):
            side.addWidget(button)
        side.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(GAP.small)
        row.addWidget(self.list, 1)
        row.addLayout(side)
        self.column.addLayout(row)
        self.column.addWidget(self.hint)
        self.column.addWidget(self.take, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.list)

    @property
    def order(self) -> tuple[str, ...]:
        """The values as they stand in the list."""
        return tuple(str(self.list.item(at).data(Qt.ItemDataRole.UserRole)) for at in range(self.list.count()))

    def _tell(self) -> None:
        self.committed.emit(" ".join(self.order))

    def _moved(self) -> None:
        if not self._filling:
            self._tell()

    def move_row(self, by: int) -> None:
        """Move the marked row up (-1) or down (1)."""
        at = max(0, self.list.currentRow())
        if 0 <= at + by < self.list.count():
            self._filling = True
            item = self.list.takeItem(at)
            self.list.insertItem(at + by, item)
            self.list.setCurrentRow(at + by)
            self._filling = False
            self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt with Up and Down moves; Enter takes the order as it stands and goes on; Delete begins anew."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.move_row(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._value:
                self._tell()
            self.confirmed.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.committed.emit("")
        else:
            return False
        return True

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the order; choices that came later stand at its end."""
        self._value = view.value
        labels = {each.value: each.label.read(language) for each in view.choices}
        ranked = [each for each in view.value.split() if each in labels]
        order = (*ranked, *(each for each in labels if each not in ranked))
        if order != self.order:
            held = self.list.currentItem()
            marked = held.data(Qt.ItemDataRole.UserRole) if held is not None else None
            self._filling = True
            self.list.clear()
            for value in order:
                item = QListWidgetItem(labels[value])
                item.setData(Qt.ItemDataRole.UserRole, value)
                self.list.addItem(item)
            self.list.setCurrentRow(order.index(marked) if marked in order else 0)
            self._filling = False
        answered = bool(ranked)
        self._rows.numbered = answered
        for at in range(self.list.count()):
            item = self.list.item(at)
            words = labels[order[at]]
            item.setText(words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{at + 1}. {words}" if answered else words)
        self.list.viewport().update()
        rows = min(_MOST, self.list.count())
        self.list.setFixedHeight(rows * current_theme().target(SIZE.target) + 2 * self.list.frameWidth() + 2)
        self.list.setAccessibleName(view.label.read(language))
        self.hint.setText(say("No order yet: drag the rows, or move them with Alt and the arrow keys").read(language))
        self.take.setText(say("Take this order").read(language))
        for part in (self.hint, self.take):
            part.setVisible(not answered)
        self.again.setVisible(answered)
        self.up.set_name(say("Move up").read(language))
        self.down.set_name(say("Move down").read(language))
        self.again.set_name(say("Begin the order anew").read(language))
