"""The bar above every page: back, search, the safety light, language, engineer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import IconName, pixmap
from fieldapp.ui.theme.style import current_theme, language_of, mark
from fieldapp.ui.theme.tokens import GAP, SIZE, TEXT, Tone
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.fields import SearchField
from fieldapp.ui.widgets.texts import Elided

__all__ = ["LanguageSwitch", "Safety", "SafetyLight", "TopBar"]


@dataclass(frozen=True, slots=True)
class Safety:
    """What the safety light says.

    `state`: "safe" everything is at the centre, "local" some is only on this laptop, "due" it should travel soon,
    "needs" a person must decide. `text` is short; `detail` is the whole sentence (tooltip, screen reader).
    """

    state: Literal["safe", "local", "due", "needs"]
    text: Sentence
    detail: Sentence | None = None


_LIGHTS: dict[str, tuple[Tone, IconName]] = {
    "safe": ("met", "check"),
    "local": ("neutral", "dot"),
    "due": ("due", "clock"),
    "needs": ("breached", "warning"),
}


class SafetyLight(QAbstractButton):
    """A pill with icon, words and colour; a press asks for the list of what is where."""

    def __init__(self) -> None:
        super().__init__()
        self.safety = Safety("local", say("Not known yet"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.speak()

    def set_safety(self, safety: Safety) -> None:
        """Show another state."""
        self.safety = safety
        self.speak()

    def speak(self) -> None:
        """Say the state in the language of the window."""
        language = language_of(self)
        self.setText(self.safety.text.read(language))
        whole = (self.safety.detail or self.safety.text).read(language)
        self.setAccessibleName(whole)
        self.setToolTip(whole)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """The whole text."""
        theme = current_theme()
        words = QFontMetricsF(font(theme, TEXT.body, bold=True)).horizontalAdvance(self.text())
        return QSize(round(words + theme.px(16) + 8 + 32 + 1), theme.target(40))

    def minimumSizeHint(self) -> QSize:
        """Icon and the first words; the tooltip says the rest."""
        return QSize(min(self.sizeHint().width(), current_theme().px(160)), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        theme = current_theme()
        tone, symbol = _LIGHTS[self.safety.state]
        front, soft = theme.colours.tone(tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor(soft))
        painter.setPen(QColor(theme.colours.accent if self.hasFocus() else soft))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        side = theme.px(12 if symbol == "dot" else 16)
        top = (self.height() - side) // 2
        painter.drawPixmap(16, top, pixmap(symbol, front, side, self.devicePixelRatioF()))
        left = 16 + theme.px(16) + 8
        made = font(theme, TEXT.body, bold=True)
        painter.setFont(made)
        painter.setPen(QColor(front))
        room = self.width() - left - 16
        cut = QFontMetricsF(made).elidedText(self.text(), Qt.TextElideMode.ElideRight, room + 2)
        painter.drawText(QRectF(left, 0, room + 4, self.height()), Qt.AlignmentFlag.AlignVCenter, cut)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LocaleChange, QEvent.Type.StyleChange) and hasattr(self, "safety"):
            self.speak()


class LanguageSwitch(QAbstractButton):
    """`中 / EN`; a press takes the other language. The one in force is drawn strong."""

    _words: tuple[tuple[Language, str], ...] = (("zh", "中"), ("en", "EN"))

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.speak()

    def speak(self) -> None:
        """Name it in the language of the window."""
        name = say("Switch the language").read(language_of(self))
        self.setAccessibleName(name)
        self.setToolTip(name)

    def _widths(self) -> tuple[float, float, float]:
        theme = current_theme()
        metrics = QFontMetricsF(font(theme, TEXT.body, bold=True))
        return metrics.horizontalAdvance("中"), metrics.horizontalAdvance(" / "), metrics.horizontalAdvance("EN")

    def sizeHint(self) -> QSize:
        """Both words."""
        return QSize(round(sum(self._widths())) + 18, current_theme().target(SIZE.target))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both words, the one in force strong."""
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(QColor(colours.accent if self.hasFocus() else colours.raised))
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        here = language_of(self)
        widths = self._widths()
        left = 8.0
        texts = (("中", here == "zh"), (" / ", False), ("EN", here == "en"))
        for (word, strong), width in zip(texts, widths, strict=True):
            painter.setFont(font(theme, TEXT.body, bold=strong))
            painter.setPen(QColor(colours.text if strong else colours.muted))
            box = QRectF(left, 0, width + 2, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
            left += width

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language of the window."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LocaleChange, QEvent.Type.StyleChange):
            self.speak()
            self.updateGeometry()
            self.update()


class TopBar(QFrame):
    """The bar. Signals: `searched(text)` on Enter, `typed(text)` while typing, `language_wanted`, `safety_pressed`, `back_pressed`."""

    searched = Signal(str)
    typed = Signal(str)
    language_wanted = Signal()
    safety_pressed = Signal()
    back_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        mark(self, panel="bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP.page, 0, GAP.page, 1)
        row.setSpacing(GAP.medium)
        self.back = IconButton("back", kind="quiet")
        self.back.hide()
        self.search = SearchField()
        self.search.setMaximumWidth(440)
        self.light = SafetyLight()
        self.language = LanguageSwitch()
        self.engineer = Elided("", "bold")
        row.addWidget(self.back)
        row.addWidget(self.search, 3)
        row.addStretch(1)
        row.addWidget(self.light)
        row.addWidget(self.language)
        row.addWidget(self.engineer)
        self.back.clicked.connect(self.back_pressed)
        self.search.returnPressed.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textEdited.connect(self.typed)
        self.light.clicked.connect(self.safety_pressed)
        self.language.clicked.connect(self.language_wanted)
        self.speak()

    def set_engineer(self, name: str) -> None:
        """Show who is at work."""
        self.engineer.setText(name)

    def speak(self) -> None:
        """Say everything in the language of the window."""
        language = language_of(self)
        self.setFixedHeight(current_theme().target(SIZE.bar))
        self.search.set_hint(
            say("Search cases, customers, serials…").read(language),
            QKeySequence("Ctrl+K").toString(QKeySequence.SequenceFormat.NativeText).replace("+", " "),
        )
        self.back.set_name(say("Back").read(language))

    def changeEvent(self, event: QEvent) -> None:
        """Follow language and theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LocaleChange, QEvent.Type.StyleChange) and hasattr(self, "engineer"):
            self.speak()
