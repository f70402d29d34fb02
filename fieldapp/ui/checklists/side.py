"""The left column of a checklist: what the last inspection left over, the sections with their progress, when it was saved."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import OpenFinding, SectionView
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, RADIUS
from fieldapp.ui.widgets.cards import Banner, Card
from fieldapp.ui.widgets.layouts import ScrollColumn
from fieldapp.ui.widgets.progress import SectionList, SectionWords
from fieldapp.ui.widgets.texts import Text

__all__ = ["Side"]


class _LeftBanner(Banner):
    """A banner that the keyboard reaches, too."""

    def __init__(self) -> None:
        super().__init__(tone="due")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setObjectName("left-over")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(current_theme().colours.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)


class Side(Card):
    """`left_wanted` for what was left over, `chosen(index)` for a section."""

    left_wanted = Signal()
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(gap=GAP.small)
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(GAP.medium, GAP.medium, GAP.medium, GAP.medium)
        self.banner, self.list, self.saved = _LeftBanner(), SectionList(), Text("", "small")
        self._saved_words = say("Every answer is saved at once")
        self.list.setObjectName("sections")
        self.saved.setObjectName("saved")
        self.saved.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.saved.setContentsMargins(GAP.medium, 0, GAP.medium, 0)
        scroll = ScrollColumn(0)
        scroll.column.addWidget(self.list)
        scroll.column.addStretch(1)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.add(self.banner)
        self.body.addWidget(scroll, 1)
        self.add(self.saved)
        self.banner.pressed.connect(self.left_wanted)
        self.list.chosen.connect(self.chosen)

    def show_sections(self, sections: Sequence[SectionView], current: int, language: Language) -> None:
        """Show progress; `current` -1 marks none."""
        self.list.set_sections(
            [
                SectionWords(
                    each.title.read(language),
                    each.answered,
                    each.total,
                    say("{count} abnormal", count=each.abnormal).read(language) if each.abnormal else "",
                )
                for each in sections
            ],
            current,
        )

    def show_left(self, left: Sequence[OpenFinding], language: Language) -> None:
        """Show what is left over; nothing when nothing is."""
        self.banner.setVisible(bool(left))
        if left:
            first = left[0].description or left[0].label
            self.banner.set_words(
                say("{count} left over from last time", count=len(left)).read(language),
                say("{what} · settled?", what=first).read(language),
            )
            for label in self.banner.findChildren(QLabel):
                label.setWordWrap(True)

    def say_saved(self, words: Sentence, language: Language) -> None:
        """When the last answer was saved, or that it was not."""
        self._saved_words = words
        self.speak(language)

    def speak(self, language: Language) -> None:
        """Say it in another language."""
        self.saved.setText(self._saved_words.read(language))
