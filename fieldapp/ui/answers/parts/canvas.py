"""A sheet to draw on with pen, finger, mouse or keys: an empty one, or a photo, with strokes, arrows and words above it."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.ui.theme.fonts import FAMILY
from fieldapp.ui.theme.style import current_theme

__all__ = ["Canvas", "Tool", "png_of"]

Tool = Literal["pen", "arrow", "text"]

_PAPER = "#FFFFFF"
_SHEET = QSize(1200, 800)
_SIGNED = QSize(1200, 480)
_STEP = 12


def png_of(image: QImage) -> bytes:
    """A picture as the bytes of a PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt for Python a text
    return bytes(buffer.data().data())


@dataclass(slots=True)
class _Mark:
    tool: Tool
    colour: str
    width: float
    points: list[QPointF] = field(default_factory=list)
    words: str = ""


class Canvas(QWidget):
    """`changed()` after each mark, undo and clear. Arrow keys move a cross, Space sets the pen down and lifts it."""

    changed = Signal()

    def __init__(self, photo: QImage | None = None, *, signed: bool = False) -> None:
        """`photo` is what is drawn on; `signed` makes a lower sheet with a line to sign on, which is not part of the picture."""
        super().__init__()
        self.tool: Tool = "pen"
        self.colour = "#142F6B" if signed else "#D01F1F" if photo is not None else "#151A21"
        self.words = ""
        self._photo, self._signed = photo, signed
        self._extent = photo.size() if photo is not None else _SIGNED if signed else _SHEET
        self._marks: list[_Mark] = []
        self._running: _Mark | None = None
        self._cross: QPointF | None = None
        self._down = False
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(280, 160)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was drawn."""
        return not self._marks

    def undo(self) -> None:
        """Take the last mark back."""
        if self._marks:
            self._marks.pop()
            self._tell()

    def clear(self) -> None:
        """Take all marks back; the photo stays."""
        self._marks.clear()
        self._tell()

    def picture(self) -> QImage:
        """The sheet with all marks, in its own pixels."""
        made = QImage(self._extent, QImage.Format.Format_RGB32)
        made.fill(QColor(_PAPER))
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter)
        painter.end()
        return made

    def png(self) -> bytes:
        """The picture as the bytes of a PNG."""
        return png_of(self.picture())

    # drawing by hand

    def _sheet(self) -> QRectF:
        """Where the sheet lies in the widget."""
        scale = min((self.width() - 4) / self._extent.width(), (self.height() - 4) / self._extent.height())
        wide, high = self._extent.width() * scale, self._extent.height() * scale
        return QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)

    def _on_sheet(self, place: QPointF) -> QPointF:
        box = self._sheet()
        x, y = (place.x() - box.left()) / box.width(), (place.y() - box.top()) / box.height()
        return QPointF(min(1.0, max(0.0, x)) * self._extent.width(), min(1.0, max(0.0, y)) * self._extent.height())

    def _begin(self, spot: QPointF, pressure: float | None = None) -> None:
        width = max(3.0, max(self._extent.width(), self._extent.height()) / 260)
        if pressure is not None:
            width *= 0.6 + 0.9 * pressure
        self._running = _Mark(self.tool, self.colour, width, [spot], self.words if self.tool == "text" else "")

    def _extend(self, spot: QPointF) -> None:
        if self._running is None:
            return
        if self._running.tool == "text":
            self._running.points = [spot]
        elif self._running.tool == "arrow":
            self._running.points = [self._running.points[0], spot]
        else:
            self._running.points.append(spot)
        self.update()

    def _finish(self) -> None:
        made, self._running = self._running, None
        if made is not None and (made.tool != "text" or made.words.strip()) and (made.tool != "arrow" or len(made.points) > 1):
            self._marks.append(made)
        self._tell()

    def _tell(self) -> None:
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The mouse begins a mark."""
        if event.button() == Qt.MouseButton.LeftButton and self._running is None:
            self._begin(self._on_sheet(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The mouse draws on."""
        self._extend(self._on_sheet(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The mouse ends a mark."""
        if event.button() == Qt.MouseButton.LeftButton and self._running is not None:
            self._finish()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen draws, as broad as it is pressed."""
        kind, spot = event.type(), self._on_sheet(event.position())
        if kind == QEvent.Type.TabletPress:
            self._begin(spot, event.pressure())
        elif kind == QEvent.Type.TabletMove:
            self._extend(spot)
        elif kind == QEvent.Type.TabletRelease and self._running is not None:
            self._finish()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """A finger draws; a second finger (the resting hand) draws nothing."""
        if isinstance(event, QTouchEvent) and event.points():
            spot, kind = self._on_sheet(event.points()[0].position()), event.type()
            if kind == QEvent.Type.TouchBegin:
                self._begin(spot)
            elif kind == QEvent.Type.TouchUpdate:
                self._extend(spot)
            elif kind in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel) and self._running is not None:
                self._finish()
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the cross (finely with Shift), Space sets the pen down and lifts it, Ctrl+Z and Backspace undo."""
        key = Qt.Key(event.key())
        step = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}.get(key)
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if step is not None:
            size = 2 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
            at = self._cross or QPointF(self._extent.width() / 2, self._extent.height() / 2)
            x = min(float(self._extent.width()), max(0.0, at.x() + step[0] * size))
            y = min(float(self._extent.height()), max(0.0, at.y() + step[1] * size))
            self._cross = QPointF(x, y)
            if self._down:
                self._extend(self._cross)
            self.update()
        elif key == Qt.Key.Key_Space:
            self._cross = self._cross or QPointF(self._extent.width() / 2, self._extent.height() / 2)
            if self._down:
                self._finish()
            else:
                self._begin(self._cross)
            self._down = not self._down
        elif key == Qt.Key.Key_Backspace or (control and key == Qt.Key.Key_Z):
            self.undo()
        else:
            super().keyPressEvent(event)

    # drawing on the screen

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheet, the line to sign on, the marks and the cross."""
        colours = current_theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self._sheet()
        painter.fillRect(box, QColor(_PAPER))
        painter.save()
        painter.setClipRect(box)
        painter.translate(box.topLeft())
        painter.scale(box.width() / self._extent.width(), box.height() / self._extent.height())
        if self._signed:
            painter.setPen(QPen(QColor("#8792A2"), 2))
            painter.drawLine(QPointF(40, self._extent.height() * 0.78), QPointF(self._extent.width() - 40, self._extent.height() * 0.78))
        self._draw(painter)
        if self._cross is not None and self.hasFocus():
            painter.setPen(QPen(QColor("#0B5FBF"), 2 if not self._down else 4))
            for across in (QPointF(14, 0), QPointF(0, 14)):
                painter.drawLine(self._cross - across, self._cross + across)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.edge), 2 if self.hasFocus() else 1))
        painter.drawRect(box)

    def _draw(self, painter: QPainter) -> None:
        if self._photo is not None:
            painter.drawImage(0, 0, self._photo)
        for mark in (*self._marks, *([self._running] if self._running is not None else [])):
            _draw_mark(painter, mark)


def _draw_mark(painter: QPainter, mark: _Mark) -> None:
    pen = QPen(QColor(mark.colour), mark.width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    first, last = mark.points[0], mark.points[-1]
    if mark.tool == "text":
        letters = QFont(FAMILY)
        letters.setPixelSize(round(mark.width * 8))
        painter.setFont(letters)
        painter.drawText(first, mark.words)
    elif mark.tool == "arrow":
        painter.drawLine(first, last)
        angle, size = math.atan2(first.y() - last.y(), first.x() - last.x()), mark.width * 5
        sides = [last + QPointF(math.cos(angle + turn) * size, math.sin(angle + turn) * size) for turn in (0.45, -0.45)]
        painter.setBrush(QColor(mark.colour))
        painter.drawPolygon(QPolygonF([last, *sides]))
    elif len(mark.points) == 1:
        painter.drawPoint(first)
    else:
        path = QPainterPath(first)
        for before, after in itertools.pairwise(mark.points[1:]):
            path.quadTo(before, (before + after) / 2)
        path.lineTo(last)
        painter.drawPath(path)
