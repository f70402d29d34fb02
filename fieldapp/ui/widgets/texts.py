"""Texts: one that wraps, one that is cut with dots and tells the whole in its tooltip."""

from __future__ import annotations

import re
from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyle, QStyleOption, QWidget

from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import Tone

_READABLE = 640
_WORDS = re.compile(r"[^\s\u2e80-\uffef]+|[\u2e80-\uffef]")

__all__ = ["Elided", "Role", "Text"]

Role = Literal["body", "muted", "small", "caption", "strong", "bold", "large", "title", "figure"]


class Text(QLabel):
    """A text that wraps and can be selected with the mouse when asked. Never rich text: what people type is shown as typed."""

    def __init__(
        self, text: str = "", role: Role = "body", tone: Tone | None = None, *, wrap: bool = True, selectable: bool = False
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        mark(self, role=role)
        if tone is not None:
            mark(self, tone=tone)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred if wrap else QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """One line as long as it is not too long to read; a column decides the rest."""
        if not self.wordWrap():
            return super().sizeHint()
        lines = self.text().split("\n")
        longest = max(self.fontMetrics().horizontalAdvance(line) for line in lines) + 2
        width = min(longest, current_theme().px(_READABLE))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """As narrow as its longest word; Han text breaks between any two characters."""
        if not self.wordWrap():
            return super().minimumSizeHint()
        words = _WORDS.findall(self.text()) or [""]
        width = max(self.fontMetrics().horizontalAdvance(word) for word in words) + 2
        return QSize(min(width, current_theme().px(_READABLE)), self.fontMetrics().height())

    def set_tone(self, tone: Tone | None) -> None:
        """Colour the text in a tone, or plainly."""
        mark(self, tone=tone or "")


class Elided(QLabel):
    """One line; what does not fit is cut with dots, and the tooltip and the accessible name say all of it."""

    def __init__(self, text: str = "", role: Role = "body", tone: Tone | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        mark(self, role=role)
        if tone is not None:
            mark(self, tone=tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self.setAccessibleName(text)
        self._explain()

    def minimumSizeHint(self) -> QSize:
        """It can be cut down to a few letters."""
        return QSize(self.fontMetrics().horizontalAdvance("MM…"), super().sizeHint().height())

    def sizeHint(self) -> QSize:
        """The whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 2, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, cut where the room ends."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        cut = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), cut)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the whole in a tooltip only while it is cut."""
        super().resizeEvent(event)
        self._explain()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the font changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._explain()

    def _explain(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width() + 1
        self.setToolTip(self.text() if cut else "")
