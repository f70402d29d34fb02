"""Cards: a panel with a title; names with their values; what to do when there is nothing to show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.ui.theme.icons import IconName, pixmap
from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.layouts import FlowRow, clear
from fieldapp.ui.widgets.texts import Role, Text

__all__ = ["Banner", "Card", "EmptyState", "KeyValueList", "Line", "Panel"]

Panel = Literal["plain", "inset", "soft", "met", "due", "breached", "unknown", "accent"]


class Line(QFrame):
    """A hairline."""

    def __init__(self) -> None:
        super().__init__()
        mark(self, panel="line")
        self.setFixedHeight(1)


class Card(QFrame):
    """A panel with room for widgets in `body`. The border takes the colour of a tone when `panel` names one."""

    def __init__(self, title: str = "", detail: str = "", panel: Panel = "plain", gap: int = GAP.small) -> None:
        super().__init__()
        mark(self, panel=panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.large, GAP.large, GAP.large, GAP.large)
        column.setSpacing(gap)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(GAP.medium)
        self.title, self.detail = Text("", "strong"), Text("", "small")
        head.addWidget(FlowRow([self.title, self.detail], GAP.medium), 1)
        self._head_row = head
        column.addWidget(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(gap)
        column.addLayout(self.body)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.set_title(title, detail)

    def set_title(self, title: str, detail: str = "") -> None:
        """The bold title and small words beside it; both empty take no room."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))
        self._head.setVisible(bool(title or detail) or self._head_row.count() > 1)
        self.setAccessibleName(title)

    def add_to_title(self, widget: QWidget) -> None:
        """Put a widget (a tag) at the right end of the title."""
        self._head_row.addWidget(widget, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._head.setVisible(True)

    def set_panel(self, panel: Panel) -> None:
        """Draw another border."""
        mark(self, panel=panel)

    def add(self, *widgets: QWidget) -> None:
        """Add widgets below each other."""
        for widget in widgets:
            self.body.addWidget(widget)


class Banner(QFrame):
    """A soft strip in a tone with a bold line and a plain one; `pressed` when it is clicked."""

    pressed = Signal()

    def __init__(self, title: str = "", detail: str = "", tone: Tone = "due") -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.medium, GAP.small, GAP.medium, GAP.small)
        column.setSpacing(0)
        self._title, self._detail = Text("", "caption"), Text("", "small")
        column.addWidget(self._title)
        column.addWidget(self._detail)
        self.set_words(title, detail, tone)

    def set_words(self, title: str, detail: str = "", tone: Tone | None = None) -> None:
        """Say something else, in another tone when given."""
        if tone is not None and tone != self.property("banner"):
            mark(self, banner=tone)
            for words in (self._title, self._detail):  # Qt styles what stands inside only when it is told to
                words.style().unpolish(words)
                words.style().polish(words)
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.setAccessibleName(f"{title} {detail}".strip())

    def mouseReleaseEvent(self, event: object) -> None:
        """Tell that it was clicked."""
        self.pressed.emit()


class KeyValueList(QWidget):
    """Names at the left, values at the right edge, or side by side with lines between (`style="sheet"`)."""

    def __init__(
        self,
        rows: Iterable[tuple[str, str]] = (),
        *,
        style: Literal["edges", "sheet"] = "edges",
        value_role: Role = "muted",
    ) -> None:
        super().__init__()
        self._style, self._role = style, value_role
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP.large)
        self._grid.setVerticalSpacing(GAP.small)
        self._grid.setColumnStretch(1, 1)
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show other rows, (name, value) each."""
        clear(self._grid)
        sheet = self._style == "sheet"
        for index, (name, value) in enumerate(rows):
            key = Text(name, "muted" if sheet else "body", wrap=False)
            shown = Text(value, self._role if not sheet else "body", selectable=True)
            shown.setAccessibleName(f"{name}: {value}")
            top = Qt.AlignmentFlag.AlignTop
            if not sheet:
                shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            elif index:
                self._grid.addWidget(Line(), 2 * index - 1, 0, 1, 2)
            self._grid.addWidget(key, 2 * index, 0, top)
            self._grid.addWidget(shown, 2 * index, 1)


class EmptyState(QWidget):
    """Says that there is nothing here, what to do next, and offers the button that does it (`pressed`)."""

    pressed = Signal()

    def __init__(self, symbol: IconName = "empty") -> None:
        super().__init__()
        self._symbol = symbol
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.page, 2 * GAP.page, GAP.page, 2 * GAP.page)
        column.setSpacing(GAP.small)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title, self._detail = Text("", "large"), Text("", "muted")
        self._button = SecondaryButton()
        self._button.clicked.connect(self.pressed)
        for words in (self._title, self._detail):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        column.addWidget(self._picture)
        column.addWidget(self._title)
        column.addWidget(self._detail)
        column.addSpacing(GAP.small)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self._button.hide()
        self._draw()

    def set_words(self, title: str, detail: str = "", action: str = "") -> None:
        """The bold line, what to do next, and the button's words (empty: no button)."""
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._button.setText(action)
        self._button.setVisible(bool(action))

    def _draw(self) -> None:
        theme = current_theme()
        picture = pixmap(self._symbol, theme.colours.edge, theme.px(48), self.devicePixelRatioF())
        self._picture.setPixmap(picture)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_picture"):
            self._draw()
