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
    `confirmed()` on Enter, `media_wanted(name)` for a picture of the form that it would show.
    """

    edited = Signal(str)
    committed = Signal(str)
    marked = Signal(str)
    confirmed = Signal()
    media_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP.tight)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the answer, and the words in a language."""

    def show_media(self, name: str, data: bytes) -> None:
        """Show a picture of the form that was wanted."""

    def press(self, number: int) -> bool:
        """Take a digit that was typed outside all fields; False when it means nothing here."""
        return False

    def flush(self) -> None:
        """Hand on what was typed and not told yet."""

    def draft(self) -> str:
        """What stands in a field and cannot be an answer as it is; it comes back when the question is shown again."""
        return ""

    def take_draft(self, text: str) -> None:
        """Put back what could not be an answer, with what is wrong about it."""
