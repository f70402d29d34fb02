"""Buttons: the one main action of a page, others, one that destroys, quiet ones, icons, choices."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from fieldapp.ui.theme.icons import IconName, icon
from fieldapp.ui.theme.style import current_theme, mark

__all__ = ["Button", "ButtonKind", "DangerButton", "IconButton", "LinkButton", "PrimaryButton", "QuietButton", "SecondaryButton"]

ButtonKind = Literal["primary", "secondary", "danger", "quiet", "link"]


class Button(QPushButton):
    """A button at least 44 px high (40 with `compact`); it is never narrower than its words."""

    def __init__(self, text: str = "", kind: ButtonKind = "secondary", symbol: IconName | None = None, *, compact: bool = False) -> None:
        super().__init__(text)
        self._symbol = symbol
        self._kind: ButtonKind = kind
        mark(self, kind=kind, compact="true" if compact else "false")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._draw_symbol()

    def set_kind(self, kind: ButtonKind) -> None:
        """Turn it into a button of another kind."""
        self._kind = kind
        mark(self, kind=kind)
        self._draw_symbol()

    def minimumSizeHint(self) -> QSize:
        """Its words are never cut."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_symbol"):
            self._draw_symbol()

    def _draw_symbol(self) -> None:
        if self._symbol is None:
            return
        theme = current_theme()
        colours = theme.colours
        colour = {
            "primary": colours.on_accent,
            "secondary": colours.text,
            "danger": colours.breached,
            "quiet": colours.muted,
            "link": colours.accent,
        }[self._kind]
        self.setIcon(icon(self._symbol, colour, colours.disabled))
        self.setIconSize(QSize(theme.px(18), theme.px(18)))


class PrimaryButton(Button):
    """The one main action of a page."""

    def __init__(self, text: str = "", symbol: IconName | None = None, *, tall: bool = False) -> None:
        """`tall` makes it 56 px high (to sign, to start)."""
        super().__init__(text, "primary", symbol)
        mark(self, tall="true" if tall else "false")


class SecondaryButton(Button):
    """Any other action."""

    def __init__(self, text: str = "", symbol: IconName | None = None, *, compact: bool = False) -> None:
        super().__init__(text, "secondary", symbol, compact=compact)


class DangerButton(Button):
    """An action that cannot be undone, or the way back from one."""

    def __init__(self, text: str = "", symbol: IconName | None = None) -> None:
        super().__init__(text, "danger", symbol)


class QuietButton(Button):
    """An action that stays in the background: no border until the pointer is over it."""

    def __init__(self, text: str = "", symbol: IconName | None = None) -> None:
        super().__init__(text, "quiet", symbol)


class LinkButton(Button):
    """A way to another page, in the accent colour; a name too long for its place ends in an ellipsis, and is told whole when pointed at."""

    def __init__(self, text: str = "", symbol: IconName | None = None) -> None:
        super().__init__(text, "link", symbol)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """It may be narrower than its words."""
        whole = self.sizeHint()
        return QSize(min(whole.width(), current_theme().px(140)), whole.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the words as there is room for."""
        painter, option = QStylePainter(self), QStyleOptionButton()
        self.initStyleOption(option)
        over = self.sizeHint().width() - self.width()
        if over > 0:
            room = self.fontMetrics().horizontalAdvance(self.text()) - over
            option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        self.setToolTip(self.text() if over > 0 else "")
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)


class IconButton(Button):
    """A square button with an icon; its name is said by the screen reader and in the tooltip."""

    def __init__(self, symbol: IconName, name: str = "", kind: ButtonKind = "secondary") -> None:
        super().__init__("", kind, symbol)
        mark(self, square="true")
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """What it does, in words."""
        self.setAccessibleName(name)
        self.setToolTip(name)
