"""A pad to sign on with pen, finger or mouse; it gives strokes, not a picture.

A stroke is a tuple of points `(x, y, t_ms, pressure)`: x and y in the pixels that the pad had when the first stroke
began (`extent`), t_ms milliseconds since the first point, pressure 0 to 1 or None when the device has none.
"""

from __future__ import annotations

import itertools

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTabletEvent, QTouchEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.base.clock import Clock
from fieldapp.base.i18n import say
from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.style import current_theme, language_of
from fieldapp.ui.theme.tokens import GAP, RADIUS, TEXT

__all__ = ["Point", "SignaturePad", "Stroke"]

Point = tuple[float, float, int, float | None]
Stroke = tuple[Point, ...]


class SignaturePad(QWidget):
    """The pad. `changed` after each stroke, after undo and clear; `strokes` and `extent` are what was signed."""

    changed = Signal()

    def __init__(self, clock: Clock) -> None:
        """`clock` gives the elapsed time of the points."""
        super().__init__()
        self._clock = clock
        self._strokes: list[Stroke] = []
        self._running: list[Point] | None = None
        self._began: float | None = None
        self._extent = QSize()
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._speak()

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """Every finished stroke, in the order they were made."""
        return tuple(self._strokes)

    @property
    def extent(self) -> tuple[int, int]:
        """Width and height of the field that the points lie in; (0, 0) before the first stroke."""
        return (self._extent.width(), self._extent.height()) if self._began is not None else (0, 0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was signed."""
        return not self._strokes

    def clear(self) -> None:
        """Take everything back."""
        self._strokes.clear()
        self._running = self._began = None
        self._tell()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._strokes:
            self._strokes.pop()
            if not self._strokes:
                self._began = None
            self._tell()

    def sizeHint(self) -> QSize:
        """As the sketch: 440 x 200."""
        return QSize(440, 200)

    # capture

    def _scale(self) -> float:
        if self._began is None or not self._extent.width() or not self._extent.height():
            return 1.0
        return min(self.width() / self._extent.width(), self.height() / self._extent.height())

    def _begin(self, place: QPointF, pressure: float | None) -> None:
        if self._began is None:
            self._began = self._clock.elapsed()
            self._extent = self.size()
        self._running = []
        self._extend(place, pressure)

    def _extend(self, place: QPointF, pressure: float | None) -> None:
        if self._running is None or self._began is None:
            return
        scale = self._scale()
        x = min(max(place.x() / scale, 0.0), float(self._extent.width()))
        y = min(max(place.y() / scale, 0.0), float(self._extent.height()))
        millis = round((self._clock.elapsed() - self._began) * 1000)
        self._running.append((round(x, 2), round(y, 2), millis, None if pressure is None else round(pressure, 3)))
        self.update()

    def _finish(self) -> None:
        if self._running:
            self._strokes.append(tuple(self._running))
        self._running = None
        self._tell()

    def _tell(self) -> None:
        self._speak()
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The mouse begins a stroke."""
        if event.button() == Qt.MouseButton.LeftButton and self._running is None:
            self._begin(event.position(), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The mouse draws on."""
        self._extend(event.position(), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The mouse ends a stroke."""
        if event.button() == Qt.MouseButton.LeftButton and self._running is not None:
            self._finish()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen draws, with its pressure."""
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            self._begin(event.position(), event.pressure())
        elif kind == QEvent.Type.TabletMove:
            self._extend(event.position(), event.pressure())
        elif kind == QEvent.Type.TabletRelease and self._running is not None:
            self._finish()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """A finger draws; a second finger (the resting hand) draws nothing."""
        if isinstance(event, QTouchEvent) and event.points():
            place = event.points()[0].position()
            kind = event.type()
            if kind == QEvent.Type.TouchBegin:
                self._begin(place, None)
            elif kind == QEvent.Type.TouchUpdate:
                self._extend(place, None)
            elif kind in (QEvent.Type.TouchEnd, QEvent.Type.TouchCancel) and self._running is not None:
                self._finish()
            event.accept()
            return True
        return super().event(event)

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, the line to sign on, the strokes."""
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.accent if self.hasFocus() else colours.line), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(colours.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.card, RADIUS.card)
        below = theme.px(36)
        painter.setPen(QPen(QColor(colours.edge), 1))
        painter.drawLine(20, self.height() - below, self.width() - 20, self.height() - below)
        painter.setFont(font(theme, TEXT.small))
        painter.setPen(QColor(colours.muted))
        words = QRectF(20, self.height() - below + GAP.tight, self.width() - 40, below - GAP.small)
        hint = say("Sign with pen, finger or mouse").read(language_of(self))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, hint)
        scale = self._scale()
        painter.scale(scale, scale)
        for stroke in (*self._strokes, tuple(self._running or ())):
            _draw_stroke(painter, stroke, QColor(colours.ink))

    def _speak(self) -> None:
        count = len(self._strokes)
        words = say("Signature, {count} strokes", count=count) if count else say("Signature")
        self.setAccessibleName(words.read(language_of(self)))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_extent"):
            self._speak()
            self.update()


def _draw_stroke(painter: QPainter, stroke: Stroke, ink: QColor) -> None:
    if not stroke:
        return
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    pressures = [p[3] for p in stroke if p[3] is not None]
    width = 1.6 + 2.4 * sum(pressures) / len(pressures) if pressures else 3.0
    painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, cap, join))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    spots = [QPointF(p[0], p[1]) for p in stroke]
    if len(spots) == 1:
        painter.drawPoint(spots[0])
        return
    path = QPainterPath(spots[0])
    for before, after in itertools.pairwise(spots[1:]):
        path.quadTo(before, (before + after) / 2)
    path.lineTo(spots[-1])
    painter.drawPath(path)
