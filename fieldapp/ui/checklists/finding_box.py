"""What an abnormal item asks for: note, photo or witness, fixed or left over, who, how grave, until when, advice, a case."""

from __future__ import annotations

from datetime import date
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import FindingView
from fieldapp.ui.answers.parts.moments import as_answer
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["LEVELS", "OWNERS", "FindingBox", "titled"]

OWNERS: dict[str, Sentence] = {
    "us": say("Owner: us"),
    "customer": say("Owner: customer"),
    "vendor": say("Owner: vendor"),
}
LEVELS: dict[str, Sentence] = {
    "minor": say("Level: minor"),
    "major": say("Level: major"),
    "critical": say("Level: critical"),
}
_PAUSE_MS = 600


def titled(item: str, label: str) -> str:
    """An item's label with its code before it, once."""
    return label if not item or label.startswith(item) else f"{item} {label}".strip()


class FindingBox(QWidget):
    """`typed()` with each letter, `changed(fields)` with what a person entered, at the latest a moment after the last letter;
    `photo_wanted`, `case_wanted`.
    """

    typed = Signal()
    changed = Signal(object)
    photo_wanted = Signal()
    case_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[str, Any] = {}
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.flush)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP.medium)
        self._build_words(column)
        self._build_choices(column)

    def _build_words(self, column: QVBoxLayout) -> None:
        first = QHBoxLayout()
        first.setSpacing(GAP.medium)
        self.note, self.photo = NoteField(), SecondaryButton(symbol="camera")
        self.why, self.witness, self.kept = Text("", "small"), QLineEdit(), Text("", "small")
        self.note.setObjectName("finding-note")
        self.photo.setObjectName("finding-photo")
        self.witness.setObjectName("finding-witness")
        self.note.edited.connect(lambda text: self._later("description", text))
        self.note.left.connect(self.flush)
        self.witness.textEdited.connect(lambda text: self._later("witness", text))
        self.witness.editingFinished.connect(self.flush)
        self.photo.clicked.connect(self.photo_wanted)
        first.addWidget(self.note, 3)
        first.addWidget(self.witness, 1)
        first.addWidget(self.photo)
        first.setAlignment(self.witness, Qt.AlignmentFlag.AlignTop)
        first.setAlignment(self.photo, Qt.AlignmentFlag.AlignTop)
        column.addLayout(first)
        for widget in (self.kept, self.why):
            column.addWidget(widget)

    def _build_choices(self, column: QVBoxLayout) -> None:
        self.fixed, self.left = ChipButton("", "met", checkable=True), ChipButton("", "due", checkable=True)
        self.owner, self.level = QComboBox(), QComboBox()
        self.due, self.advice = QLineEdit(), QLineEdit()
        self.case = SecondaryButton(compact=True)
        named = (
            ("finding-fixed", self.fixed),
            ("finding-left", self.left),
            ("finding-owner", self.owner),
            ("finding-level", self.level),
            ("finding-due", self.due),
            ("finding-advice", self.advice),
            ("finding-case", self.case),
        )
        for name, widget in named:
            widget.setObjectName(name)
        for combo, words in ((self.owner, OWNERS), (self.level, LEVELS)):
            for value in words:
                combo.addItem("", value)
        self.fixed.clicked.connect(lambda: self._now("state", "fixed"))
        self.left.clicked.connect(lambda: self._now("state", "left_over"))
        self.owner.activated.connect(lambda _: self._now("owner", self.owner.currentData()))
        self.level.activated.connect(lambda _: self._now("level", self.level.currentData()))
        self.due.editingFinished.connect(self._due_typed)
        self.advice.textEdited.connect(lambda text: self._later("advice", text))
        self.advice.editingFinished.connect(self.flush)
        self.case.clicked.connect(self.case_wanted)
        self.gap = Text("", "small", "due")
        column.addWidget(FlowRow([self.fixed, self.left, self.owner, self.level, self.due], GAP.medium))
        last = QHBoxLayout()
        last.setSpacing(GAP.medium)
        last.addWidget(self.advice, 1)
        last.addWidget(self.case)
        column.addLayout(last)
        column.addWidget(self.gap)

    # what a person enters

    def _later(self, field: str, value: object) -> None:
        self._waiting[field] = value
        self._pause.start()
        self.typed.emit()

    def _now(self, field: str, value: object) -> None:
        if field == "state":
            self.fixed.setChecked(value == "fixed")
            self.left.setChecked(value == "left_over")
            self.due.setVisible(value == "left_over")
        self._waiting[field] = value
        self.flush()

    def _due_typed(self) -> None:
        text = as_answer("date", self.due.text())
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            return
        self.due.setText(text)
        self._now("due_on", day)

    @property
    def holds_words(self) -> bool:
        """Whether something was entered that was not told yet."""
        return bool(self._waiting)

    def flush(self) -> None:
        """Hand on what was entered and not told yet."""
        self._pause.stop()
        if self._waiting:
            told, self._waiting = self._waiting, {}
            self.changed.emit(told)

    # what is shown

    def show_finding(self, found: FindingView | None, photo_why: Sentence | None, language: Language) -> None:
        """Show a finding (None while it is being written); `photo_why` says why there may be no photo. Fields that a person
        is in are left alone.
        """
        self._speak(found, language)
        self.photo.setEnabled(photo_why is None)
        words = photo_why.read(language) if photo_why is not None else ""
        self.photo.setToolTip(words)
        self.why.setText(words)
        self.why.setVisible(bool(words))
        self.witness.setVisible(bool(words))
        if found is None:
            self.gap.hide()
            self.kept.hide()
            return
        for name, line, text in (("witness", self.witness, found.witness), ("advice", self.advice, found.advice)):
            if not line.hasFocus() and name not in self._waiting and line.text() != text:
                line.setText(text)
        if not self.note.hasFocus() and "description" not in self._waiting:
            self.note.set_text(found.description)
        if not self.due.hasFocus():
            self.due.setText(found.due_on.isoformat() if found.due_on else "")
        left = found.state == "left_over"
        self.fixed.setChecked(found.state == "fixed")
        self.left.setChecked(left)
        self.due.setVisible(left)
        for combo, value in ((self.owner, found.owner), (self.level, found.level)):
            combo.setCurrentIndex(combo.findData(value))
        self.case.setEnabled(not found.case_id)
        self.gap.setVisible(bool(found.gaps))

    def _speak(self, found: FindingView | None, language: Language) -> None:
        def read(sentence: Sentence) -> str:
            return sentence.read(language)

        self.note.set_hint(read(say("What is abnormal, and what was done")))
        self.photo.setText(read(say("Take photo")))
        self.witness.setPlaceholderText(read(say("Witness (name)")))
        self.witness.setAccessibleName(self.witness.placeholderText())
        self.fixed.setText(read(say("Fixed on the spot")))
        self.left.setText(read(say("Left over")))
        self.advice.setPlaceholderText(read(say("Advice to the customer")))
        self.advice.setAccessibleName(self.advice.placeholderText())
        self.due.setPlaceholderText(read(say("e.g. {sample}", sample="2026-12-23")))
        self.due.setAccessibleName(read(say("To be done by")))
        self.due.setToolTip(self.due.accessibleName())
        self.due.setFixedWidth(current_theme().px(130))
        for combo, words in ((self.owner, OWNERS), (self.level, LEVELS)):
            for at, sentence in enumerate(words.values()):
                combo.setItemText(at, read(sentence))
            combo.setAccessibleName(combo.currentText())
        number = found.case_number if found is not None else ""
        self.case.setText(read(say("Case {number}", number=number)) if number else read(say("Make a case")))
        has_photo = found is not None and bool(found.photo_digest)
        self.kept.setVisible(has_photo)
        if has_photo and found is not None:
            self.kept.setText(read(say("Photo kept ({digest})", digest=found.photo_digest[:8])))
        if found is not None and found.gaps:
            missing = "; ".join(read(each) for each in found.gaps)
            self.gap.setText(read(say("Still missing: {missing}", missing=missing)))
