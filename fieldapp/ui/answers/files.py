"""Files."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["FileEditor"]


class FileEditor(Editor):
    """A file or photo: `wanted()` asks the page to let one be chosen; where the site forbids it, a text stands in its place."""

    wanted = Signal()

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._photo = view.kind == "image"
        self._allowed = view.why_not is None
        row = QHBoxLayout()
        row.setSpacing(GAP.medium)
        self.button = SecondaryButton(symbol="photo" if self._photo else "attach")
        self.button.setObjectName("file")
        self.button.setEnabled(self._allowed)
        self.name = Text("", "body", selectable=True)
        self.line = QLineEdit()
        self.line.setObjectName("line")
        self._remove = IconButton("delete", kind="quiet")
        row.addWidget(self.line, 1)
        row.addWidget(self.name, 1)
        row.addWidget(self._remove)
        row.addWidget(self.button)
        self.column.addLayout(row)
        self.why = Text("", "small")
        self.column.addWidget(self.why)
        self.why.setVisible(not self._allowed)
        self.line.setVisible(not self._allowed)
        self.name.setVisible(self._allowed)
        self.setFocusProxy(self.button if self._allowed else self.line)
        self.button.clicked.connect(self.wanted)
        self._remove.clicked.connect(lambda: self.committed.emit(""))
        self.line.textEdited.connect(self.edited)
        self.line.editingFinished.connect(lambda: self.committed.emit(self.line.text()))
        self.line.returnPressed.connect(self.confirmed)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the file's name, or what stands in its place, and why."""
        self.button.setText((say("Choose a photo") if self._photo else say("Choose a file")).read(language))
        hint = say("What you see, and who is the witness") if self._photo else say("The values, or where the file is kept at the customer")
        self.line.setPlaceholderText(hint.read(language))
        self.line.setAccessibleName(f"{view.label.read(language)}: {hint.read(language)}")
        if self.line.text() != view.value:
            self.line.setText(view.value)
        self.name.setText(view.value)
        self._remove.set_name(say("Remove").read(language))
        self._remove.setVisible(self._allowed and bool(view.value))
        if view.why_not is not None:
            self.why.setText(view.why_not.read(language))
