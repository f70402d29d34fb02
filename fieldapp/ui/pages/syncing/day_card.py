"""The end of the day in words: what went up, what came down, what still waits and why, what is to be settled."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from fieldapp.operations.laptop.evening import DayLine
from fieldapp.ui.page import Page
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.layouts import Column
from fieldapp.ui.widgets.progress import Circle
from fieldapp.ui.widgets.texts import Text

__all__ = ["DayCard"]

_SYMBOLS: MappingProxyType[str, IconName] = MappingProxyType({"up": "upload", "down": "download", "waits": "clock", "settle": "question"})


class DayCard(Card):
    """One line for each thing that a person asks in the evening."""

    def __init__(self, page: Page) -> None:
        super().__init__(gap=GAP.small)
        self._page = page
        self._rows = Column(gap=GAP.small)
        self._rows.setObjectName("day_lines")
        self.add(self._rows)

    def retranslate(self) -> None:
        """The title."""
        self.set_title(self._page.t("Today's sync"))

    def show_lines(self, lines: Iterable[DayLine]) -> None:
        """Show the lines."""
        self._rows.set_widgets([self._line(each) for each in lines])

    def _line(self, each: DayLine) -> QWidget:
        tone: Tone = "due" if each.attention else "neutral"
        row = QWidget()
        across = QHBoxLayout(row)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(GAP.medium)
        across.addWidget(Circle("", tone, _SYMBOLS[each.about], 26), 0, Qt.AlignmentFlag.AlignTop)
        across.addWidget(Text(self._page.read(each.words), "bold" if each.attention else "body"), 1)
        return row
