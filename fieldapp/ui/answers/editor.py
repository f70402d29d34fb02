"""What every editor is: a widget that shows the view of a question and tells of texts."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.theme.tokens import GAP

__all__ = ["Editor"]


class Editor(QWidget):
    """Signals: `edited(text)` while a person types, `committed(text)` with a whole answer, `marked(result)` for na and unchecked,
    `confirmed()` on Enter.
    """

    edited = Signal(str)
    committed = Signal(str)
    marked = Signal(str)
    confirmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP.tight)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the answer, and the words in a language."""

    def press(self, number: int) -> bool:
        """Take a digit that was typed outside all fields; False when it means nothing here."""
        return False

    def flush(self) -> None:
        """Hand on what was typed and not told yet."""
