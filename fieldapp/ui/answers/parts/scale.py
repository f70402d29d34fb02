"""A slider or a row of stars over equal steps, which may have no value yet."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider

from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, SIZE, TEXT

__all__ = ["Scale"]

_MOST_TICKS = 50
_TALL = 260
_STAR = (
    *((0.5, 0.05), (0.62, 0.37), (0.96, 0.38), (0.69, 0.59), (0.79, 0.92)),
    *((0.5, 0.72), (0.21, 0.92), (0.31, 0.59), (0.04, 0.38), (0.38, 0.37)),
)


class Scale(QSlider):
    """`moved(step)` while it is dragged, `chosen(step)` when it rests, `emptied()` on Delete; steps count from 0.

    It is a QSlider so that a screen reader knows it as one; what it looks like, and that it may be empty, is its own.
    """

    moved = Signal(int)
    chosen = Signal(int)
    emptied = Signal()
    entered = Signal()

    def __init__(self, steps: int, *, look: Literal["line", "stars"] = "line", upright: bool = False, ticks: bool = True) -> None:
        """`steps` above 0 lie between the ends; stars have one more than steps."""
        super().__init__(Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal)
        self._look, self._ticks = look, ticks and steps <= _MOST_TICKS
        self._empty = True
        self._ends = ("", "")
        self.setRange(0, steps)
        self.setPageStep(max(1, steps // 10))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        fixed, grows = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if upright or look == "stars" else grows, fixed)

    @property
    def step(self) -> int | None:
        """The step that is chosen, or None."""
        return None if self._empty else self.value()

    def set_step(self, step: int | None) -> None:
        """Show a step, or that there is none; tells nothing."""
        self._empty = step is None
        self.blockSignals(True)
        self.setValue(step or 0)
        self.blockSignals(False)
        self.update()

    def set_ends(self, first: str, last: str) -> None:
        """The words at the ends."""
        if (first, last) != self._ends:
            self._ends = (first, last)
            self.updateGeometry()
            self.update()

    # geometry

    @property
    def _upright(self) -> bool:
        return self.orientation() == Qt.Orientation.Vertical

    def _margin(self) -> float:
        least = current_theme().px(14) + 2.0
        return least if self._upright else max(least, *(self.fontMetrics().horizontalAdvance(end) / 2 + 2 for end in self._ends))

    def sizeHint(self) -> QSize:
        """Room for a finger, the words of the ends below."""
        theme = current_theme()
        target = theme.target(SIZE.target)
        if self._look == "stars":
            return QSize(min(self.maximum() + 1, 12) * (target + GAP.tight), target * (1 + self.maximum() // 12))
        if self._upright:
            words = max(self.fontMetrics().horizontalAdvance(end) for end in self._ends)
            return QSize(target + GAP.medium + words, theme.px(_TALL))
        return QSize(theme.px(320), target + theme.px(TEXT.small) + GAP.small)

    def minimumSizeHint(self) -> QSize:
        """A short line still works."""
        hint = self.sizeHint()
        return hint if self._look == "stars" or self._upright else QSize(current_theme().px(160), hint.height())

    def _place(self, step: int) -> QPointF:
        margin, share = self._margin(), step / max(1, self.maximum())
        middle = current_theme().target(SIZE.target) / 2
        if self._upright:
            return QPointF(middle, self.height() - margin - share * (self.height() - 2 * margin))
        return QPointF(margin + share * (self.width() - 2 * margin), middle)

    def _star(self, step: int) -> QRectF:
        side = current_theme().target(SIZE.target)
        row, column = divmod(step, 12)
        return QRectF(column * (side + GAP.tight), row * side, side, side)

    def _step_at(self, spot: QPoint) -> int:
        if self._look == "stars":
            side = current_theme().target(SIZE.target)
            row = min(max(0, spot.y() // side), self.maximum() // 12)
            return min(self.maximum(), row * 12 + min(11, max(0, spot.x() // (side + GAP.tight))))
        margin = self._margin()
        share = (
            (self.height() - margin - spot.y()) / max(1.0, self.height() - 2 * margin)
            if self._upright
            else (spot.x() - margin) / max(1.0, self.width() - 2 * margin)
        )
        return round(min(1.0, max(0.0, share)) * self.maximum())

    # a person

    def _take(self, step: int, *, rests: bool) -> None:
        self.set_step(step)
        (self.chosen if rests else self.moved).emit(step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The handle goes where it is pressed."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._take(self._step_at(event.position().toPoint()), rests=False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """It is dragged."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._take(self._step_at(event.position().toPoint()), rests=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It rests."""
        if event.button() == Qt.MouseButton.LeftButton and not self._empty:
            self.chosen.emit(self.value())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel turns the page, never an answer."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page keys, Home and End; Delete empties, Enter goes on. The first key of an empty one begins at its end."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.set_step(None)
            self.emptied.emit()
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
            return
        digit = key - Qt.Key.Key_0
        if self._look == "stars" and 1 <= digit <= min(9, self.maximum() + 1):
            self._take(digit - 1, rests=True)
            return
        by = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_PageDown: -self.pageStep(),
            Qt.Key.Key_PageUp: self.pageStep(),
        }.get(key)
        if by is not None:
            start = (self.maximum() if by < 0 else 0) if self._empty else self.value() + by
            self._take(min(self.maximum(), max(0, start)), rests=True)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self._take(0 if key == Qt.Key.Key_Home else self.maximum(), rests=True)
        else:
            super().keyPressEvent(event)

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw stars, or the line with ticks, ends and handle; an empty one has no handle and its line is dashed."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._look == "stars":
            self._draw_stars(painter)
        else:
            self._draw_line(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(current_theme().colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _draw_stars(self, painter: QPainter) -> None:
        colours = current_theme().colours
        for step in range(self.maximum() + 1):
            box = self._star(step).adjusted(7, 7, -7, -7)
            lit = not self._empty and step <= self.value()
            painter.setPen(QPen(QColor(colours.accent if lit or self.hasFocus() else colours.edge), 1.6))
            painter.setBrush(QColor(colours.accent) if lit and self.isEnabled() else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in _STAR]))

    def _draw_line(self, painter: QPainter) -> None:
        theme = current_theme()
        colours = theme.colours
        first, last = self._place(0), self._place(self.maximum())
        style = Qt.PenStyle.DashLine if self._empty else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(colours.edge), 2 if self._empty else 4, style, Qt.PenCapStyle.RoundCap))
        painter.drawLine(first, last)
        front = colours.accent if self.isEnabled() else colours.edge
        if not self._empty:
            painter.setPen(QPen(QColor(front), 4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(first, self._place(self.value()))
        if self._ticks:
            painter.setPen(QPen(QColor(colours.edge), 1))
            for step in range(self.maximum() + 1):
                spot = self._place(step)
                side = QPointF(10, 0) if self._upright else QPointF(0, 10)
                painter.drawLine(spot - side, spot + side)
        if not self._empty:
            painter.setPen(QPen(QColor(colours.surface), 2))
            painter.setBrush(QColor(front))
            painter.drawEllipse(self._place(self.value()), theme.px(11), theme.px(11))
        painter.setFont(font(theme, TEXT.small))
        painter.setPen(QColor(colours.muted))
        for spot, words in ((first, self._ends[0]), (last, self._ends[1])):
            wide, high = painter.fontMetrics().horizontalAdvance(words) + 4, painter.fontMetrics().height()
            corner = (
                QPointF(theme.target(SIZE.target) + GAP.tight, spot.y() - high / 2)
                if self._upright
                else QPointF(spot.x() - wide / 2, theme.target(SIZE.target))
            )
            painter.drawText(QRectF(corner.x(), corner.y(), wide, high), int(Qt.AlignmentFlag.AlignCenter), words)
