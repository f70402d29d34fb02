"""Beside a number: its limits in words, the last four readings as a small table, their trend as a line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.numbers import NumberEditor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.history import TrendLine
from fieldapp.ui.widgets.texts import Text

__all__ = ["NumberRow"]


class _Readings(QWidget):
    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP.large)
        self._grid.setVerticalSpacing(0)
        self.limits = Text("", "small")
        self._grid.addWidget(self.limits, 0, 0, 1, len(view.readings) + 1)
        for at, each in enumerate(view.readings):
            period, value = Text(each.period, "small", wrap=False), Text(each.value, "caption", wrap=False)
            value.setAccessibleName(f"{each.period}: {each.value}")
            self._grid.addWidget(period, 1, at)
            self._grid.addWidget(value, 2, at)
        self._grid.setColumnStretch(len(view.readings), 1)

    def say_limits(self, words: str, tone: Tone | None) -> None:
        self.limits.setText(words)
        self.limits.setVisible(bool(words))
        self.limits.set_tone(tone)


class NumberRow(QWidget):
    """The field at the left, limits and readings beside it, the trend at the right; below each other where there is no room."""

    def __init__(self, editor: NumberEditor, view: QuestionView) -> None:
        super().__init__()
        self._editor = editor
        self._readings = _Readings(view)
        self._trend = TrendLine()
        self._has_trend = bool(view.readings)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP.page)
        self._grid.setVerticalSpacing(GAP.small)
        self._shape: int | None = None
        self._arrange()
        self._trend.setVisible(self._has_trend)  # only now it has a parent: alone it would be a window

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show limits and trend for the number as it is now."""
        outside = view.status == "abnormal"
        self._readings.say_limits(view.limits.read(language) if view.limits else "", "breached" if outside else None)
        if self._has_trend:
            tone: Tone = "breached" if outside else "due" if view.trend else "neutral"
            low, high = _float(view.minimum), _float(view.maximum)
            readings = [number for each in view.readings if (number := _float(each.value)) is not None]
            self._trend.set_readings(readings, _float(view.value), low, high, tone)
        self._arrange()

    def _arrange(self) -> None:
        theme = current_theme()
        field, words = self._editor.sizeHint().width(), self._readings.sizeHint().width()
        beside = field + GAP.page + words
        trend = GAP.page + theme.px(200) if self._has_trend else 0
        width = self.width()
        shape = 2 if width >= beside + trend else 1 if width >= beside else 0
        if shape == self._shape:
            return
        self._shape = shape
        _clear(self._grid)
        middle = Qt.AlignmentFlag.AlignVCenter
        places = {2: ((0, 0), (0, 1), (0, 2)), 1: ((0, 0), (0, 1), (1, 1)), 0: ((0, 0), (1, 0), (2, 0))}[shape]
        self._grid.addWidget(self._editor, *places[0], alignment=middle | Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(self._readings, *places[1])
        self._grid.addWidget(self._trend, *places[2], alignment=middle | Qt.AlignmentFlag.AlignLeft)
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column == (1 if shape else 0) else 0)
        self._grid.setHorizontalSpacing(GAP.page if shape else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the parts where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_shape"):
            self._arrange()


def _clear(grid: QGridLayout) -> None:
    """Take the widgets out of a grid and keep them."""
    while grid.takeAt(0) is not None:
        pass


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
