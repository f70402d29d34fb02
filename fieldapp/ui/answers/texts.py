"""Texts of one line and of several; the line that others build on reads what is typed and says what is wrong below it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from fieldapp.base.i18n import Language, Sentence
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.style import mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.texts import Text

__all__ = ["LineEditor", "NoteEditor", "TypedEditor"]


class TypedEditor(Editor):
    """A line whose text is read: what can be read is told at once, anything else stays where it was typed with a sentence below."""

    def __init__(self) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setObjectName("line")
        self.row = QHBoxLayout()
        self.row.setSpacing(GAP.small)
        self.row.addWidget(self.line, 1)
        self.column.addLayout(self.row)
        self.setFocusProxy(self.line)
        self.told, self.wrong = Text("", "small"), Text("", "small", "breached")
        self.told.setObjectName("told")
        self.wrong.setObjectName("wrong")
        for words in (self.told, self.wrong):
            words.hide()
            self.column.addWidget(words)
        self._value = ""
        self._language: Language = "zh"
        self.line.textEdited.connect(self._type)
        self.line.editingFinished.connect(self._commit)
        self.line.returnPressed.connect(self._go_on)

    def read(self, typed: str) -> str | Sentence:
        """The answer that was typed, or what is wrong with it."""
        return typed

    def shown(self, answer: str) -> str:
        """An answer as a person types it."""
        return answer

    def about(self, answer: str) -> Sentence | None:
        """What is said below of an answer."""
        return None

    def _type(self, text: str) -> None:
        self._refuse(None)
        found = self.read(text)
        if isinstance(found, str):
            self.edited.emit(found)

    def _commit(self) -> None:
        found = self.read(self.line.text())
        self.line.setModified(False)
        self._refuse(found if isinstance(found, Sentence) else None)
        if isinstance(found, str):
            self.committed.emit(found)

    def _refuse(self, why: Sentence | None) -> None:
        self.wrong.setText(why.read(self._language) if why is not None else "")
        self.wrong.setVisible(why is not None)
        mark(self.line, invalid="true" if why is not None else "false")

    def _go_on(self) -> None:
        self._commit()
        if self.wrong.isHidden():
            self.confirmed.emit()

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the answer; a text that could not be taken stays, until another answer comes from elsewhere."""
        self._language = language
        other, self._value = view.value != self._value, view.value
        if other:
            self._refuse(None)
        if self.wrong.isHidden():
            if self.read(self.line.text()) != view.value and (other or not self.line.isModified()):
                self.line.setText(self.shown(view.value))
        else:
            why = self.read(self.line.text())
            self._refuse(why if isinstance(why, Sentence) else None)
        told = self.about(view.value) if view.value else None
        self.told.setText(told.read(language) if told is not None else "")
        self.told.setVisible(told is not None)
        self.line.setAccessibleName(view.label.read(language))

    def flush(self) -> None:
        """Tell what was typed and not told yet."""
        if self.line.isModified():
            self._commit()

    def draft(self) -> str:
        """What was typed and cannot be read."""
        return self.line.text() if isinstance(self.read(self.line.text()), Sentence) else ""

    def take_draft(self, text: str) -> None:
        """Put it back with what is wrong."""
        self.line.setText(text)
        why = self.read(text)
        self._refuse(why if isinstance(why, Sentence) else None)


class LineEditor(TypedEditor):
    """A text of one line; `masked` ones are dots, `numbers` bring up digits on a touch keyboard."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        looks = view.appearance.split()
        if "masked" in looks:
            self.line.setEchoMode(QLineEdit.EchoMode.Password)
        if "numbers" in looks:
            self.line.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        if "url" in looks:
            self.line.setInputMethodHints(Qt.InputMethodHint.ImhUrlCharactersOnly)


class NoteEditor(Editor):
    """A text of several lines."""

    def __init__(self) -> None:
        super().__init__()
        self.note = NoteField(lines=2)
        self.note.setObjectName("note")
        self.column.addWidget(self.note)
        self.setFocusProxy(self.note)
        self.note.edited.connect(self.edited)
        self.note.left.connect(lambda: self.committed.emit(self.note.text()))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the text."""
        self.note.set_text(view.value)
        self.note.setAccessibleName(view.label.read(language))
