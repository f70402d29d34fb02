"""One visit of the shift, as Today shows it: time, place, what for, whom to ring, site rules, state, one button."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.progress import Bar
from fieldapp.ui.widgets.tags import ClockChip, Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["ClockRow", "VisitCard", "VisitWords"]


@dataclass(frozen=True, slots=True)
class VisitWords:
    """What a visit card says. `tags` are (words, tone); `chip` is an appointment, or a clock when `chip_is_clock`."""

    time: str
    title: str
    subtitle: str = ""
    contact: str = ""
    tags: tuple[tuple[str, Tone], ...] = ()
    chip: str = ""
    chip_tone: Tone = "neutral"
    chip_is_clock: bool = False
    action: str = ""
    progress: float | None = None
    progress_left: str = ""
    progress_right: str = ""


class VisitCard(QFrame):
    """A visit; `opened` when the card is clicked or Enter pressed on it, `acted` for its button."""

    opened = Signal()
    acted = Signal()

    def __init__(self, words: VisitWords) -> None:
        super().__init__()
        self.words = words
        mark(self, panel="plain")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.large, GAP.large, GAP.large, GAP.large)
        column.setSpacing(GAP.small)
        row = QHBoxLayout()
        row.setSpacing(GAP.large)
        time = Text(words.time, "large", wrap=False)
        time.setMinimumWidth(current_theme().px(60))
        row.addWidget(time, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._middle(words), 1)
        row.addLayout(self._right(words))
        column.addLayout(row)
        # only now they have a parent: shown alone they would be windows, and take the keyboard from the one that is there
        self.chip.setVisible(bool(words.chip))
        self.button.setVisible(bool(words.action))
        if words.progress is not None:
            column.addWidget(Bar(words.progress, "met" if words.progress >= 1 else "accent"))
            below = QHBoxLayout()
            below.addWidget(Text(words.progress_left, "small", wrap=False))
            below.addStretch(1)
            below.addWidget(Text(words.progress_right, "small", wrap=False))
            column.addLayout(below)
        self.setAccessibleName(", ".join(w for w in (words.time, words.title, words.subtitle, words.chip) if w))

    def _middle(self, words: VisitWords) -> QVBoxLayout:
        middle = QVBoxLayout()
        middle.setSpacing(2)
        middle.addWidget(Text(words.title, "strong"))
        if words.subtitle:
            middle.addWidget(Text(words.subtitle))
        if words.contact:
            middle.addWidget(Text(words.contact, "small", selectable=True))
        if words.tags:
            middle.addSpacing(GAP.tight)
            middle.addWidget(FlowRow([Tag(text, tone) for text, tone in words.tags], gap=6))
        middle.addStretch(1)
        return middle

    def _right(self, words: VisitWords) -> QVBoxLayout:
        right = QVBoxLayout()
        right.setSpacing(GAP.small)
        end = Qt.AlignmentFlag.AlignRight
        self.chip: Tag = (ClockChip if words.chip_is_clock else Tag)(words.chip, words.chip_tone)
        right.addWidget(self.chip, 0, end)
        self.button = SecondaryButton(words.action)
        self.button.clicked.connect(self.acted)
        right.addWidget(self.button, 0, end)
        right.addStretch(1)
        return right

    def set_chip(self, text: str, tone: Tone) -> None:
        """Let the clock tick without drawing the card anew."""
        self.chip.set(text, tone)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the visit."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the visit with Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.opened.emit()
            return
        super().keyPressEvent(event)


class ClockRow(QWidget):
    """A number (case), its clock at the right, what it counts below; words too long for that stand on a line of their own."""

    def __init__(self, title: str, detail: str, chip: str, tone: Tone) -> None:
        super().__init__()
        self._title, self._detail = title, Text(detail, "small")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(GAP.small)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._name, self.chip = Text(title, "bold", wrap=False), ClockChip(chip, tone)
        self._below: bool | None = None
        self.set_chip(chip, tone)

    def set_chip(self, text: str, tone: Tone) -> None:
        """Let the clock tick."""
        self.chip.set(text, tone)
        self.setAccessibleName(f"{self._title}: {text}, {self._detail.text()}")
        self._arrange()

    def _arrange(self) -> None:
        below = 0 < self.width() < self._name.sizeHint().width() + GAP.small + self.chip.sizeHint().width()
        if below == self._below:
            return
        self._below = below
        for widget in (self._name, self.chip, self._detail):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self._name, 0, 0)
        self._grid.addWidget(self.chip, 1 if below else 0, 0 if below else 1, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(self._detail, 2 if below else 1, 0, 1, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the clock where there is room for it."""
        super().resizeEvent(event)
        self._arrange()
