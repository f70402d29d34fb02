"""Numbers that are typed."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QSizePolicy

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.widgets.fields import NumberField

__all__ = ["NumberEditor"]

_NUMBER = 180
_NUMBER_IN = re.compile(r"[-+]?\d[\d ,]*(?:\.\d*)?|[-+.]")
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _plain(text: str) -> str:
    """The number in a text that was pasted or came from an input method, full-width digits and a unit behind it included."""
    found = _NUMBER_IN.match(unicodedata.normalize("NFKC", text).replace("−", "-").replace("。", ".").strip())
    return found[0].replace(" ", "").replace(",", "") if found else ""


class NumberEditor(Editor):
    """A number with its unit."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self.field = NumberField(view.unit, 0 if view.kind == "integer" else 6)
        self.field.line.setObjectName("number")
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.column.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.edited.connect(lambda _: self.edited.emit(self.field.text()))
        self.field.line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The number is whole when the cursor leaves it, and on Enter, which goes on from an empty field, too; what is pasted or
        comes from an input method is read as a number first.
        """
        given = _plain(event.commitString()) if isinstance(event, QInputMethodEvent) else ""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.matches(QKeySequence.StandardKey.Paste):
            given = _plain(QGuiApplication.clipboard().text())
        if given:
            self.field.line.insert(given)
            self.edited.emit(self.field.text())
            return True
        enters = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ENTER
        if event.type() == QEvent.Type.FocusOut or enters:
            self.committed.emit(self.field.text())
        if enters:
            self.confirmed.emit()
        return enters

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number, red when it is outside its limits."""
        self.field.setFixedWidth(current_theme().px(_NUMBER))
        self.field.set_value(view.value)
        self.field.set_name(view.label.read(language))
        self.field.set_invalid(view.status == "abnormal" or view.message is not None)
