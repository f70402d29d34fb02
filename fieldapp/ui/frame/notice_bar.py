"""The bar that says what happened: an icon, a sentence, a button to close it."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.ui.theme.icons import TONE_ICONS, pixmap
from fieldapp.ui.theme.style import current_theme, language_of, mark, restyle
from fieldapp.ui.theme.tokens import GAP, SIZE, Tone
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["NoticeBar"]

_SECONDS = 20
_FRESH_MS = 1500


class NoticeBar(QWidget):
    """Hidden until `show_notice`; a newer sentence takes the place of an older one."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence: Sentence | None = None
        self._tone: Tone = "accent"
        room = QVBoxLayout(self)
        room.setContentsMargins(GAP.page, GAP.medium, GAP.page, GAP.small)
        self._strip = QFrame()
        room.addWidget(self._strip)
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(GAP.large, GAP.tight, GAP.small, GAP.tight)
        row.setSpacing(GAP.medium)
        self._picture = QLabel()
        self.words = Text("", "bold")
        self._close = IconButton("cross", kind="quiet")
        self._close.clicked.connect(self.clear)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        row.addWidget(self._close)
        self._timer = QTimer(self)  # `clear` stops it
        self._timer.timeout.connect(self.clear)
        self._age = QElapsedTimer()
        self.hide()

    @property
    def tone(self) -> Tone:
        """The tone of the sentence shown last."""
        return self._tone

    def show_notice(self, sentence: Sentence, tone: Tone = "accent", seconds: int = 0) -> None:
        """Show a sentence for some seconds, by default 20: long enough to read it twice."""
        self._sentence, self._tone = sentence, tone
        self._age.start()
        self._speak()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self.words, QAccessible.Event.Alert))
        self._timer.start((seconds or _SECONDS) * 1000)

    def page_left(self) -> None:
        """Another page came: what was said belongs to the one before, unless it was said on the way to this one."""
        if self._age.isValid() and self._age.elapsed() > _FRESH_MS:
            self.clear()

    def clear(self) -> None:
        """Close it."""
        self._sentence = None
        self._timer.stop()
        self.hide()

    def _speak(self) -> None:
        if self._sentence is None:
            return
        theme, language = current_theme(), language_of(self)
        front, _soft = theme.colours.tone(self._tone)
        mark(self._strip, banner=self._tone)
        restyle(self.words)
        self._picture.setPixmap(pixmap(TONE_ICONS[self._tone], front, theme.px(SIZE.icon), self.devicePixelRatioF()))
        self.words.setText(self._sentence.read(language))
        self.words.setAccessibleName(self.words.text())
        self._close.set_name(say("Close this message").read(language))

    def changeEvent(self, event: QEvent) -> None:
        """Say it in the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_timer"):
            self._speak()
