"""Many choices."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor

__all__ = ["ComboEditor"]


class ComboEditor(Editor):
    """One of many choices."""

    def __init__(self) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setObjectName("choices")
        self.column.addWidget(self.combo)
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(lambda _: self.committed.emit(str(self.combo.currentData() or "")))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the choices as they are now, and which is chosen."""
        self.combo.clear()
        self.combo.addItem("", "")
        for each in view.choices:
            self.combo.addItem(each.label.read(language), each.value)
        self.combo.setCurrentIndex(max(0, self.combo.findData(view.value)))
        self.combo.setAccessibleName(view.label.read(language))
