"""Choices to press: a ring or a box with words that break over lines, a tile with a picture; all of it can be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import pixmap
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, RADIUS, SIZE, TEXT

__all__ = ["BoxChoice", "ChoiceGrid", "RingChoice", "Tile"]

_SPACING = 10
_PICTURE = 96


if TYPE_CHECKING:
    _Pressable = QAbstractButton
else:
    _Pressable = object


class _Choice(_Pressable):
    """What rings and boxes share: words that break over lines, and all of it can be pressed. It stands before the class of Qt."""

    def hasHeightForWidth(self) -> bool:
        """Words break over lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """As many lines as the words need, not lower than a finger needs."""
        return max(current_theme().target(SIZE.target), self._words_height(width) + GAP.small)

    def sizeHint(self) -> QSize:
        """All words on one line, unless it is too long to read."""
        wide = self.fontMetrics().horizontalAdvance(self.text()) + self._indicator().width() + _SPACING + 4
        width = min(wide, current_theme().px(560))
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """A few words beside the indicator."""
        return QSize(min(self.sizeHint().width(), current_theme().px(120)), current_theme().target(SIZE.target))

    def hitButton(self, pos: QPoint) -> bool:
        """All of it can be pressed."""
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The indicator at the first line, words beside it as broad as there is room."""
        painter, option = QPainter(self), QStyleOptionButton()
        option.initFrom(self)
        option.state |= QStyle.StateFlag.State_On if self.isChecked() else QStyle.StateFlag.State_Off
        size = self._indicator()
        line = self.fontMetrics().height()
        one = max(line, size.height())
        top = (self.height() - max(one, self._words_height(self.width()))) // 2
        option.rect = QRect(QPoint(0, top + (one - size.height()) // 2), size)
        element = QStyle.PrimitiveElement
        kind = element.PE_IndicatorRadioButton if isinstance(self, QRadioButton) else element.PE_IndicatorCheckBox
        self.style().drawPrimitive(kind, option, painter, self)
        left, colours = size.width() + _SPACING, current_theme().colours
        words = QRect(left, top + (one - line) // 2, self.width() - left, self.height())
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.disabled))
        painter.drawText(words, int(Qt.TextFlag.TextWordWrap) | int(Qt.AlignmentFlag.AlignTop), self.text())
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colours.accent), 1))
            told = painter.fontMetrics().boundingRect(words, int(Qt.TextFlag.TextWordWrap), self.text())
            frame = QRectF(told).adjusted(-6, -4, 6, 4).intersected(QRectF(self.rect()).adjusted(0, 1, -1, -1))
            painter.drawRoundedRect(frame, RADIUS.control, RADIUS.control)  # around the words: it would cut the ring

    def _indicator(self) -> QSize:
        style, metric = self.style(), QStyle.PixelMetric
        ring = isinstance(self, QRadioButton)
        width = style.pixelMetric(metric.PM_ExclusiveIndicatorWidth if ring else metric.PM_IndicatorWidth, None, self)
        height = style.pixelMetric(metric.PM_ExclusiveIndicatorHeight if ring else metric.PM_IndicatorHeight, None, self)
        return QSize(width, height)

    def _words_height(self, width: int) -> int:
        room = max(1, width - self._indicator().width() - _SPACING)
        return self.fontMetrics().boundingRect(QRect(0, 0, room, 10_000), int(Qt.TextFlag.TextWordWrap), self.text()).height()


class RingChoice(_Choice, QRadioButton):
    """One of several."""


class BoxChoice(_Choice, QCheckBox):
    """One that others stand beside."""


class Tile(QAbstractButton):
    """A choice as a tile, its picture above its words; chosen ones have a tick and a thick edge."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: QPixmap | None = None
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_picture(self, picture: QPixmap) -> None:
        """Show a picture."""
        self._picture = picture
        self.updateGeometry()
        self.update()

    def _words(self, width: int) -> QRect:
        side = current_theme().px(18) + GAP.small
        flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter)
        return self.fontMetrics().boundingRect(QRect(0, 0, max(1, width - 2 * side - GAP.small), 10_000), flags, self.text())

    def sizeHint(self) -> QSize:
        """Room for words, tick and picture."""
        theme = current_theme()
        side = theme.px(18) + GAP.small
        width = min(self.fontMetrics().horizontalAdvance(self.text()) + 4, theme.px(240)) + 2 * side + GAP.large
        height = self._words(width).height() + GAP.large
        if self._picture is not None:
            width, height = max(width, theme.px(_PICTURE) + GAP.large), height + theme.px(_PICTURE) + GAP.small
        return QSize(width, max(theme.target(SIZE.target), height))

    def minimumSizeHint(self) -> QSize:
        """Its words are never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tile."""
        theme = current_theme()
        colours = theme.colours
        chosen = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        wide = 2 if chosen or self.hasFocus() else 1
        painter.setPen(QPen(QColor(colours.accent if chosen or self.hasFocus() else colours.edge), wide))
        painter.setBrush(QColor(colours.accent_soft if chosen else colours.raised if self.underMouse() else colours.surface))
        half = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), RADIUS.control, RADIUS.control)
        words = QRect(0, 0, self.width(), self.height())
        if self._picture is not None:
            side = theme.px(_PICTURE)
            size = self._picture.size().scaled(QSize(self.width() - GAP.large, side), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawPixmap(
                QRect(QPoint((self.width() - size.width()) // 2, GAP.small + (side - size.height()) // 2), size), self._picture
            )
            words.setTop(side + GAP.small)
        if chosen:
            tick = theme.px(18)
            painter.drawPixmap(
                GAP.small, words.center().y() - tick // 2 + 1, pixmap("check", colours.accent, tick, self.devicePixelRatioF())
            )
        painter.setFont(font(theme, TEXT.body, bold=chosen))
        painter.setPen(QColor(colours.disabled if not self.isEnabled() else colours.accent if chosen else colours.text))
        side = theme.px(18) + GAP.small
        painter.drawText(words.adjusted(side, 0, -side, 0), int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter), self.text())

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.updateGeometry()


class ChoiceGrid(QWidget):
    """Choices below each other (1 column), in as many columns as asked for or fit (0), or each as wide as it is (`packed`)."""

    def __init__(self, columns: int = 1, *, packed: bool = False) -> None:
        super().__init__()
        self._columns, self._packed = columns, packed
        self._shown: list[QAbstractButton] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_buttons(self, buttons: list[QAbstractButton]) -> None:
        """Hold other buttons; those before are let go."""
        for each in self._shown:
            if each not in buttons:
                each.hide()
                each.deleteLater()
        self._shown = buttons
        for each in buttons:
            each.setParent(self)
            each.show()
        self.measure()

    def measure(self) -> None:
        """Place the buttons anew, as their words are others now."""
        self._place(self.width(), apply=True)
        self.updateGeometry()

    def _across(self, width: int) -> int:
        gap = GAP.small
        if self._columns != 0:
            most = max((each.minimumSizeHint().width() for each in self._shown), default=1)
            return max(1, min(self._columns, (width + gap) // (most + gap)))
        widest = max((each.sizeHint().width() for each in self._shown), default=1)
        return max(1, min(len(self._shown), (width + gap) // (widest + gap)))

    def _place(self, width: int, *, apply: bool) -> int:
        gap = GAP.small
        left = top = line = 0
        placed: list[tuple[QAbstractButton, QRect]] = []
        across = 0 if self._packed else self._across(width)
        for at, each in enumerate(self._shown):
            if self._packed:
                wide = min(each.sizeHint().width(), max(1, width))
                new_line = left > 0 and left + wide > width
            else:
                wide = (width - (across - 1) * gap) // across
                new_line = at > 0 and at % across == 0
            if new_line:
                left, top, line = 0, top + line + (gap if self._packed or across > 1 or isinstance(each, Tile) else 0), 0
            high = each.heightForWidth(wide) if each.hasHeightForWidth() else each.sizeHint().height()
            placed.append((each, QRect(left, top, wide, high)))
            left += wide + gap
            line = max(line, high)
        if apply:
            lines = {place.y(): max(other.height() for _, other in placed if other.y() == place.y()) for _, place in placed}
            for each, place in placed:
                if isinstance(each, Tile):  # those of a line are as high as the highest
                    place.setHeight(lines[place.y()])
                each.setGeometry(place)
        return top + line

    def hasHeightForWidth(self) -> bool:
        """The height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """All lines."""
        return self._place(width, apply=False)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        width = self.width() if self.width() > 1 else current_theme().px(560)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """The widest choice alone."""
        return QSize(max((each.minimumSizeHint().width() for each in self._shown), default=0), self.heightForWidth(max(1, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break lines where the room ends."""
        super().resizeEvent(event)
        self._place(self.width(), apply=True)
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_shown"):
            self.measure()
