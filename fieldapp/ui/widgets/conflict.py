"""Two edits of one field: before, mine, theirs side by side, and the three ways to decide."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.base.i18n import say
from fieldapp.ui.theme.style import language_of, mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Line
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["ConflictCard", "ConflictSide", "ConflictWords"]


@dataclass(frozen=True, slots=True)
class ConflictSide:
    """A value as a person reads it, and where it comes from (07:52 at the sync, 10:58 on site)."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConflictWords:
    """One conflict: its title, the record and field, the three values, the reason when it is not the usual one."""

    title: str
    place: str
    before: ConflictSide
    mine: ConflictSide
    theirs: ConflictSide
    reason: str = ""
    can_enter: bool = True
    undoable: bool = True


class _Side(QFrame):
    def __init__(self, side: ConflictSide, chosen: bool) -> None:
        super().__init__()
        mark(self, panel="accent" if chosen else "plain", tight="true")
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.medium, GAP.medium, GAP.medium, GAP.medium)
        column.setSpacing(2)
        self.name = Text("", "small")
        column.addWidget(self.name)
        self._value, self._note = Text(side.value, "large", selectable=True), Text(side.note, "small")
        column.addWidget(self._value)
        column.addWidget(self._note)
        column.addStretch(1)
        self._note.setVisible(bool(side.note))

    def speak(self, name: str, empty: str) -> None:
        self.name.setText(name)
        if not self._value.text():
            self._value.setText(empty)
            mark(self._value, role="muted")
        self.setAccessibleName(f"{name}: {self._value.text()}")


class ConflictCard(QFrame):
    """A conflict; `kept_mine`, `took_theirs`, `wants_other` (enter a third value) say what a person decided."""

    kept_mine = Signal()
    took_theirs = Signal()
    wants_other = Signal()

    def __init__(self, words: ConflictWords) -> None:
        super().__init__()
        self.words = words
        mark(self, panel="plain")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, GAP.medium, 1, GAP.large)
        column.setSpacing(GAP.medium)
        head = QHBoxLayout()
        head.setContentsMargins(GAP.large, 0, GAP.large, 0)
        head.setSpacing(GAP.medium)
        head.addWidget(Text(words.title, "strong", wrap=False))
        head.addWidget(Text(words.place, "small"), 1)
        self._reason = Text("", "small")
        self._reason.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._reason, 1)
        column.addLayout(head)
        column.addWidget(Line())
        column.addLayout(self._sides(words))
        column.addLayout(self._buttons(words))
        self.setAccessibleName(f"{words.title} {words.place}")
        self._speak()

    def _sides(self, words: ConflictWords) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(GAP.large, GAP.tight, GAP.large, GAP.tight)
        row.setSpacing(GAP.medium)
        self._before, self._mine = _Side(words.before, False), _Side(words.mine, True)
        self._theirs = _Side(words.theirs, False)
        for side in (self._before, self._mine, self._theirs):
            row.addWidget(side, 1)
        return row

    def _buttons(self, words: ConflictWords) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(GAP.large, 0, GAP.large, 0)
        row.setSpacing(GAP.medium)
        self.keep, self.take, self.other = PrimaryButton(), SecondaryButton(), SecondaryButton()
        self.keep.clicked.connect(self.kept_mine)
        self.take.clicked.connect(self.took_theirs)
        self.other.clicked.connect(self.wants_other)
        self._undo = Text("", "small", wrap=False)
        self._undo.setVisible(words.undoable)
        row.addWidget(FlowRow([self.keep, self.take, self.other], GAP.medium), 1)
        row.addWidget(self._undo)
        self.other.setVisible(words.can_enter)
        return row

    def _speak(self) -> None:
        language = language_of(self)
        empty = say("empty").read(language)
        self._reason.setText(self.words.reason or say("Both edited, nothing lost").read(language))
        self._before.speak(say("Before").read(language), empty)
        self._mine.speak(say("Mine").read(language), empty)
        self._theirs.speak(say("Theirs").read(language), empty)
        self.keep.setText(say("Keep mine").read(language))
        self.take.setText(say("Take theirs").read(language))
        self.other.setText(say("Enter another…").read(language))
        self._undo.setText(say("Can be undone").read(language))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_undo"):
            self._speak()
