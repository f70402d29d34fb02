"""Gates from top to bottom: number or tick, title, detail, state; progress with cancel; the point of no return."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.base.i18n import say
from fieldapp.ui.theme.style import current_theme, language_of
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import Button, SecondaryButton
from fieldapp.ui.widgets.cards import Line
from fieldapp.ui.widgets.layouts import clear
from fieldapp.ui.widgets.progress import Bar, Circle
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["GateList", "GateWords", "NoReturnLine"]


@dataclass(frozen=True, slots=True)
class GateWords:
    """One gate. `number` stands in the circle unless `done`; `state` with `tone` is the tag at the right.

    `progress` (0 to 1) shows a bar with `progress_words` and, when `can_cancel`, a button; `action` is the words of
    the gate's own button; `no_return` puts the dashed line above this gate.
    """

    number: str
    title: str
    detail: str = ""
    state: str = ""
    tone: Tone = "neutral"
    done: bool = False
    progress: float | None = None
    progress_words: str = ""
    can_cancel: bool = False
    action: str = ""
    no_return: bool = False


class NoReturnLine(QWidget):
    """A dashed line with words in the middle: after this only the way back restores."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, GAP.medium, 0, 0)
        self._words = Text("", "caption", "breached", wrap=False)
        row.addStretch(1)
        row.addWidget(self._words)
        row.addStretch(1)
        self._speak()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dashes at both sides of the words."""
        painter = QPainter(self)
        painter.setPen(QPen(QColor(current_theme().colours.breached), 2, Qt.PenStyle.DashLine))
        words = self._words.geometry()
        middle = words.center().y()
        painter.drawLine(0, middle, words.left() - 8, middle)
        painter.drawLine(words.right() + 8, middle, self.width(), middle)

    def _speak(self) -> None:
        self._words.setText(say("After this starts, only the way back restores").read(language_of(self)))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_words"):
            self._speak()


class _Gate(QWidget):
    acted = Signal()
    cancelled = Signal()

    def __init__(self, words: GateWords, first: bool, last: bool) -> None:
        super().__init__()
        self.words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0 if first else GAP.medium, 0, 0)
        row.setSpacing(GAP.medium)
        tone: Tone = "met" if words.done else words.tone
        circle = Circle(words.number, tone, "check" if words.done else None)
        row.addWidget(circle, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(GAP.medium)
        head.addStrut(self._tag_height())  # a title without a tag stands beside the circle as one with it does
        head.addWidget(Text(words.title, "strong"), 1)
        self._tag = Tag(words.state, tone)
        self._tag.setVisible(bool(words.state))
        head.addWidget(self._tag, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        if words.detail:
            column.addWidget(Text(words.detail, "small"))
        self._bar: Bar | None = None
        self._cancel: Button | None = None
        self._progress_words = Text("", "small", wrap=False)
        if words.progress is not None:
            column.addLayout(self._progress_line(words, words.progress))
        if words.action:
            button = SecondaryButton(words.action, compact=True)
            button.setObjectName(f"gate_action_{words.number}")
            button.clicked.connect(self.acted)
            column.addSpacing(GAP.tight)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if not last:
            column.addSpacing(10)
            column.addWidget(Line())
        row.addLayout(column, 1)
        self.setAccessibleName(f"{words.number} {words.title} {words.state}".strip())
        self._speak()

    @staticmethod
    def _tag_height() -> int:
        return Tag("0").sizeHint().height()

    def _progress_line(self, words: GateWords, progress: float) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(GAP.medium)
        self._bar = Bar(progress)
        self._progress_words.setText(words.progress_words)
        line.addWidget(self._bar, 1)
        line.addWidget(self._progress_words)
        if words.can_cancel:
            self._cancel = SecondaryButton(compact=True)
            self._cancel.setObjectName(f"gate_cancel_{words.number}")
            self._cancel.clicked.connect(self.cancelled)
            line.addWidget(self._cancel)
        return line

    def set_progress(self, fraction: float, words: str, state: str) -> None:
        if self._bar is not None:
            self._bar.set_fraction(fraction)
            self._progress_words.setText(words)
        if state:
            self._tag.set(state)

    def _speak(self) -> None:
        if self._cancel is not None:
            self._cancel.setText(say("Cancel").read(language_of(self)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_progress_words"):
            self._speak()


class GateList(QWidget):
    """Gates; `acted(index)` when a gate's button is pressed, `cancelled(index)` when its progress is to stop."""

    acted = Signal(int)
    cancelled = Signal(int)

    def __init__(self, gates: Iterable[GateWords] = ()) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._gates: list[_Gate] = []
        self.set_gates(list(gates))

    def set_gates(self, gates: Sequence[GateWords]) -> None:
        """Show these gates."""
        clear(self._column)
        self._gates = []
        for index, words in enumerate(gates):
            if words.no_return:
                self._column.addWidget(NoReturnLine())
            gate = _Gate(words, first=index == 0, last=index == len(gates) - 1)
            gate.acted.connect(lambda at=index: self.acted.emit(at))
            gate.cancelled.connect(lambda at=index: self.cancelled.emit(at))
            self._gates.append(gate)
            self._column.addWidget(gate)

    def set_progress(self, index: int, fraction: float, words: str, state: str = "") -> None:
        """Move the bar of a gate (0 to 1) without drawing the list anew."""
        self._gates[index].set_progress(fraction, words, state)
