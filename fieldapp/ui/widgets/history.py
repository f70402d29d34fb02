"""What was: a time line of events, a trend of the last readings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.base.i18n import say
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.style import current_theme, language_of
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.layouts import clear
from fieldapp.ui.widgets.progress import Circle
from fieldapp.ui.widgets.texts import Text

__all__ = ["Timeline", "TimelineEntry", "TrendLine"]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event: when (words), what, more about it, tone and icon of its mark."""

    when: str
    title: str
    detail: str = ""
    tone: Tone = "neutral"
    symbol: IconName = "dot"


class _Thread(QWidget):
    """The mark of an event, with the thread to the next one."""

    def __init__(self, entry: TimelineEntry, last: bool) -> None:
        super().__init__()
        self._last = last
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._circle = Circle("", entry.tone, entry.symbol, size=24)
        column.addWidget(self._circle)
        column.addStretch(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._last:
            return
        painter = QPainter(self)
        painter.setPen(QPen(QColor(current_theme().colours.line), 2))
        middle = self.width() // 2
        painter.drawLine(middle, self._circle.geometry().bottom() + 4, middle, self.height())


class Timeline(QWidget):
    """Events from top to bottom; they cannot be edited."""

    def __init__(self, entries: Iterable[TimelineEntry] = ()) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.set_entries(list(entries))

    def set_entries(self, entries: Sequence[TimelineEntry]) -> None:
        """Show these events."""
        clear(self._column)
        for index, entry in enumerate(entries):
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(GAP.medium)
            row.addWidget(_Thread(entry, index == len(entries) - 1))
            words = QVBoxLayout()
            words.setContentsMargins(0, 0, 0, GAP.large)
            words.setSpacing(0)
            words.addWidget(Text(entry.title))
            small = " · ".join(part for part in (entry.when, entry.detail) if part)
            words.addWidget(Text(small, "small"))
            row.addLayout(words, 1)
            line.setAccessibleName(f"{entry.when} {entry.title} {entry.detail}".strip())
            self._column.addWidget(line)


class TrendLine(QWidget):
    """The last readings as a line, the allowed band behind it, the present reading as a larger point."""

    def __init__(self) -> None:
        super().__init__()
        self._values: tuple[float, ...] = ()
        self._current: float | None = None
        self._low: float | None = None
        self._high: float | None = None
        self._tone: Tone = "neutral"
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_readings(
        self,
        values: Sequence[float],
        current: float | None = None,
        low: float | None = None,
        high: float | None = None,
        tone: Tone = "neutral",
    ) -> None:
        """Earlier readings from old to new, the present one, the allowed band; `tone` colours the present point."""
        self._values, self._current = tuple(values), current
        self._low, self._high, self._tone = low, high, tone
        self._speak()
        self.update()

    def sizeHint(self) -> QSize:
        """A small picture."""
        theme = current_theme()
        return QSize(theme.px(200), theme.px(44))

    def minimumSizeHint(self) -> QSize:
        """It can be half as wide."""
        return QSize(100, self.sizeHint().height())

    def _shown(self) -> list[float]:
        return [*self._values, *([self._current] if self._current is not None else [])]

    def _height_of(self, value: float, room: QRectF) -> float:
        known = [*self._shown(), *(v for v in (self._low, self._high) if v is not None)]
        least, most = min(known), max(known)
        return room.bottom() - (value - least) / ((most - least) or 1.0) * room.height()

    def points(self) -> list[QPointF]:
        """Where the readings are drawn, old to new, the present one last."""
        shown = self._shown()
        room = QRectF(self.rect()).adjusted(10, 7, -10, -7)
        step = room.width() / max(1, len(shown) - 1)
        return [QPointF(room.left() + i * step, self._height_of(v, room)) for i, v in enumerate(shown)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw band, line and points."""
        colours = current_theme().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        points = self.points()
        if self._low is not None and self._high is not None and points:
            room = QRectF(self.rect()).adjusted(0, 7, 0, -7)
            top, bottom = self._height_of(self._high, room), self._height_of(self._low, room)
            painter.setBrush(QColor(colours.met_soft))
            painter.drawRoundedRect(QRectF(0, top, room.width(), max(2.0, bottom - top)), 4, 4)
        painter.setPen(QPen(QColor(colours.muted), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
        painter.setPen(Qt.PenStyle.NoPen)
        for index, point in enumerate(points):
            present = self._current is not None and index == len(points) - 1
            painter.setBrush(QColor(colours.tone(self._tone)[0] if present else colours.muted))
            radius = 5.0 if present else 3.0
            painter.drawEllipse(point, radius, radius)

    def _speak(self) -> None:
        values = ", ".join(f"{v:g}" for v in self._shown())
        if self._low is not None and self._high is not None:
            low, high = f"{self._low:g}", f"{self._high:g}"
            words = say("Readings: {values}; allowed {low} to {high}", values=values, low=low, high=high)
        else:
            words = say("Readings: {values}", values=values)
        self.setAccessibleName(words.read(language_of(self)))
        self.setToolTip(self.accessibleName())

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_tone"):
            self._speak()
