"""Numbers that are typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.widgets.fields import NumberField

__all__ = ["NumberEditor"]

_NUMBER = 180
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


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
        """The number is whole when the cursor leaves it, and on Enter, which goes on from an empty field, too."""
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
