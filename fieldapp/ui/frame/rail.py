"""The left rail: the places of the program with their counters, settings below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.base.i18n import LANGUAGES, N_, read
from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import IconName, pixmap
from fieldapp.ui.theme.style import current_theme, language_of, mark
from fieldapp.ui.theme.tokens import GAP, RADIUS, SIZE, TEXT

__all__ = ["PLACES", "Place", "Rail", "RailButton"]


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail: the page it opens, its word (English key), its icon."""

    page: str
    word: str
    symbol: IconName


PLACES: tuple[Place, ...] = (
    Place("today", N_("Today"), "today"),
    Place("cases", N_("Cases"), "cases"),
    Place("inspections", N_("Inspections"), "inspections"),
    Place("spares", N_("Spares"), "spares"),
    Place("changes", N_("Changes"), "changes"),
    Place("reports", N_("Reports"), "reports"),
    Place("equipment", N_("Equipment"), "equipment"),
    Place("duty", N_("Duty"), "duty"),
    Place("sync", N_("Sync"), "sync"),
)
SETTINGS = Place("settings", N_("Settings"), "settings")
_BELONGS = {
    "visit": "today",
    "case": "cases",
    "checklist": "inspections",
    "swap": "spares",
    "upgrade": "changes",
    "report": "reports",
}
_PAD, _ICON_GAP, _PILL = 12, 12, 9


class RailButton(QAbstractButton):
    """One entry: icon, word, counter as a pill; checked while its page is open."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.count = 0
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_count(self, count: int) -> None:
        """Show a counter; 0 shows none."""
        self.count = count
        self.name()
        self.update()

    def name(self) -> None:
        """Say word and counter to the screen reader, in the language of the window."""
        word = read(self.place.word, language_of(self))
        self.setText(word)
        self.setAccessibleName(f"{word} {self.count}" if self.count else word)

    def width_for(self, word: str) -> int:
        """Pixels that a word needs with icon and a counter of two digits, so that no language is cut."""
        theme = current_theme()
        words = QFontMetricsF(font(theme, TEXT.body, bold=True)).horizontalAdvance(word)
        pill = QFontMetricsF(font(theme, TEXT.small, bold=True)).horizontalAdvance("99") + 2 * _PILL
        return round(2 * _PAD + theme.px(SIZE.icon) + _ICON_GAP + words + GAP.small + pill + 1)

    def sizeHint(self) -> QSize:
        """Room for its word and a counter."""
        return QSize(self.width_for(self.text()), current_theme().target(SIZE.target))

    def minimumSizeHint(self) -> QSize:
        """Its word is never cut."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entry."""
        theme = current_theme()
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        here, box = self.isChecked(), QRectF(self.rect())
        painter.setPen(QPen(QColor(colours.accent), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        fill = colours.accent_soft if here else colours.raised if self.underMouse() else colours.surface
        painter.setBrush(QColor(fill))
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1) if self.hasFocus() else box, RADIUS.control, RADIUS.control)
        front = colours.accent if here else colours.muted
        side = theme.px(SIZE.icon)
        picture = pixmap(self.place.symbol, front, side, self.devicePixelRatioF())
        painter.drawPixmap(_PAD, (self.height() - side) // 2, picture)
        painter.setFont(font(theme, TEXT.body, bold=here))
        painter.setPen(QColor(front if here else colours.muted))
        left = _PAD + side + _ICON_GAP
        centre = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, self.width() - left, self.height()), centre, self.text())
        if self.count:
            self._draw_count(painter, colours.surface if here else colours.raised, front)

    def _draw_count(self, painter: QPainter, soft: str, front: str) -> None:
        theme = current_theme()
        number = "999+" if self.count > 999 else str(self.count)
        made = font(theme, TEXT.small, bold=self.isChecked())
        metrics = QFontMetricsF(made)
        height = theme.px(19)
        width = max(metrics.horizontalAdvance(number) + 2 * _PILL - 2, height + 4)
        pill = QRectF(self.width() - _PAD - width, (self.height() - height) / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(soft))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(made)
        painter.setPen(QColor(front))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, number)


class _Mark(QWidget):
    """The program's square."""

    def sizeHint(self) -> QSize:
        return QSize(22, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(current_theme().colours.accent))
        painter.drawRoundedRect(QRectF(0, (self.height() - 22) / 2, 22, 22), 6, 6)


class Rail(QFrame):
    """The rail; `opened(page)` when an entry is pressed. Up and Down walk through it, Ctrl+1 to Ctrl+9 jump."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        mark(self, panel="rail")
        self.buttons: dict[str, RailButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, GAP.large)
        column.setSpacing(0)
        column.addWidget(self._brand())
        inner = QWidget()
        entries = QVBoxLayout(inner)
        entries.setContentsMargins(GAP.small, 0, GAP.small, 0)
        entries.setSpacing(GAP.tight)
        for place in PLACES:
            entries.addWidget(self._entry(place))
        entries.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        scroll.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        column.addWidget(scroll, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(GAP.small, GAP.small, GAP.small, 0)
        foot.addWidget(self._entry(SETTINGS))
        column.addLayout(foot)
        self.fit()

    def _brand(self) -> QWidget:
        brand = QWidget()
        brand.setFixedHeight(SIZE.bar)
        row = QHBoxLayout(brand)
        row.setContentsMargins(20, 0, GAP.medium, 0)
        row.setSpacing(GAP.small)
        square = _Mark()
        square.setFixedWidth(22)
        name = QLabel("fieldapp")
        mark(name, role="large")
        row.addWidget(square)
        row.addWidget(name, 1)
        return brand

    def _entry(self, place: Place) -> RailButton:
        button = RailButton(place)
        button.clicked.connect(lambda: self._press(place.page))
        self.buttons[place.page] = button
        return button

    def _press(self, page: str) -> None:
        self.buttons[page].setChecked(True)
        self.opened.emit(page)

    def show_place(self, page: str) -> None:
        """Mark the entry of a page, or the one that its page belongs to; none for a page of no place (the search)."""
        place = _BELONGS.get(page, page)
        for name, button in self.buttons.items():
            button.setChecked(name == place)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show counters by page; pages not named show none."""
        for name, button in self.buttons.items():
            button.set_count(counts.get(name, 0))

    def fit(self) -> None:
        """Take the words of the language, and a width that holds the longest word of either."""
        for button in self.buttons.values():
            button.name()
        widths = [b.width_for(read(b.place.word, lang)) for b in self.buttons.values() for lang in LANGUAGES]
        self.setFixedWidth(max(SIZE.rail, max(widths) + 2 * GAP.small + 1))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window, in the size of the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LocaleChange, QEvent.Type.StyleChange) and hasattr(self, "buttons"):
            self.fit()
