"""Tags: a state in a word and a colour; a service clock with icon, words and colour; a choice that looks like a tag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import TONE_ICONS, IconName, pixmap
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import SIZE, TEXT, Tone

__all__ = ["ChipButton", "ClockChip", "Tag"]

_SIDE = 10
_HEIGHT = 26


def _width(text: str, with_icon: bool, side: int = _SIDE) -> int:
    theme = current_theme()
    metrics = QFontMetricsF(font(theme, TEXT.small, bold=True))
    room = theme.px(14) + 4 if with_icon else 0
    return round(metrics.horizontalAdvance(text) + 0.5) + room + 2 * side + 1


def _draw(painter: QPainter, box: QRectF, text: str, symbol: IconName | None, front: str, soft: str, ratio: float, edge: str = "") -> None:
    theme = current_theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(edge), 1) if edge else Qt.PenStyle.NoPen)
    painter.setBrush(QColor(soft))
    shape = box.adjusted(0.5, 0.5, -0.5, -0.5) if edge else box
    painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
    made = font(theme, TEXT.small, bold=True)
    painter.setFont(made)
    painter.setPen(QColor(front))
    left = box.left() + _SIDE
    if symbol is not None:
        side = theme.px(14)
        painter.drawPixmap(int(left), int(box.center().y() - side / 2 + 0.5), pixmap(symbol, front, side, ratio))
        left += side + 4
    room = box.right() - _SIDE + 1 - left
    cut = QFontMetricsF(made).elidedText(text, Qt.TextElideMode.ElideRight, room + 1)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(left, box.top(), room + 2, box.height()), flags, cut)


class Tag(QWidget):
    """A word or two in a pill. Colour is never alone: the words say the state."""

    def __init__(self, text: str = "", tone: Tone = "neutral", symbol: IconName | None = None) -> None:
        super().__init__()
        self._text, self._tone, self._symbol = text, tone, symbol
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def set(self, text: str, tone: Tone | None = None, symbol: IconName | None = None) -> None:
        """Show other words, and another tone and icon when given."""
        self._text = text
        self._tone = tone or self._tone
        self._symbol = symbol or self._symbol
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    @property
    def text(self) -> str:
        """The words."""
        return self._text

    @property
    def tone(self) -> Tone:
        """The tone."""
        return self._tone

    def sizeHint(self) -> QSize:
        """As wide as the words."""
        return QSize(_width(self._text, self._symbol is not None), current_theme().px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """It can be cut to a few letters."""
        return QSize(min(self.sizeHint().width(), current_theme().px(56)), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        front, soft = current_theme().colours.tone(self._tone)
        _draw(QPainter(self), QRectF(self.rect()), self._text, self._symbol, front, soft, self.devicePixelRatioF())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the whole in a tooltip while it is cut."""
        super().resizeEvent(event)
        self.setToolTip(self._text if self.width() < self.sizeHint().width() else "")

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()


class ClockChip(Tag):
    """A service clock: icon, words and colour; the words are given (剩 42 分, breached by 12 min)."""

    def __init__(self, text: str = "", tone: Tone = "neutral") -> None:
        super().__init__(text, tone, TONE_ICONS[tone])

    def set(self, text: str, tone: Tone | None = None, symbol: IconName | None = None) -> None:
        """Show another state of the clock."""
        super().set(text, tone, symbol or TONE_ICONS[tone or self._tone])


class ChipButton(QAbstractButton):
    """A tag that can be chosen (checkable) or pressed; 44 px high to press, 26 px high to see."""

    def __init__(self, text: str = "", tone: Tone = "accent", *, checkable: bool = False) -> None:
        super().__init__()
        self._tone = tone
        self.setText(text)
        self.setCheckable(checkable)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Wide enough for the words and the tick."""
        theme = current_theme()
        return QSize(_width(self.text(), self.isCheckable()), theme.target(SIZE.target))

    def minimumSizeHint(self) -> QSize:
        """Its words are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill in the middle; chosen ones in their tone with a tick, the focused one with a ring."""
        theme = current_theme()
        colours = theme.colours
        chosen = self.isChecked()
        front, soft = colours.tone(self._tone if chosen or not self.isCheckable() else "neutral")
        if not self.isEnabled():
            front, soft = colours.disabled, colours.raised
        height = theme.px(_HEIGHT) + 4
        box = QRectF(0, (self.height() - height) / 2, self.width(), height)
        edge = colours.accent if self.hasFocus() else (front if chosen or self.underMouse() else colours.edge)
        symbol: IconName | None = ("check" if chosen else "add") if self.isCheckable() else None
        _draw(QPainter(self), box, self.text(), symbol, front, soft, self.devicePixelRatioF(), edge)
