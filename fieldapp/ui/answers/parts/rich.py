"""A text with the form's markup. What it draws was escaped where it was made; nothing but words, colours and links is in it."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.widgets.texts import Role

__all__ = ["RichText"]

_STYLE = re.compile(r' style="[^"]*"')


class RichText(QLabel):
    """Words with bold, italic, lists, links; colours of the author only on the light theme, as they were chosen for paper."""

    def __init__(self, role: Role = "body") -> None:
        super().__init__()
        self._html = ""
        mark(self, role=role)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard)
        self.setOpenExternalLinks(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_html(self, html: str, plain: str) -> None:
        """Show HTML of our own making; `plain` is what a screen reader says."""
        self._html = html
        self.setAccessibleName(plain)
        self._draw()

    def _draw(self) -> None:
        dark = current_theme().name == "dark"
        shown = _STYLE.sub("", self._html) if dark else self._html
        if shown != self.text():
            self.setText(shown)

    def changeEvent(self, event: QEvent) -> None:
        """Draw in the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_html"):
            self._draw()
