"""How far things are: a bar, a phase with its bar, the sections of a checklist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.base.i18n import say
from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import IconName, pixmap
from fieldapp.ui.theme.style import current_theme, language_of
from fieldapp.ui.theme.tokens import GAP, RADIUS, TEXT, Tone
from fieldapp.ui.widgets.layouts import clear
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["Bar", "Circle", "PhaseState", "ProgressRow", "SectionList", "SectionWords"]

_SIDE = 12
"""Pixels at the left and the right of a section."""

PhaseState = Literal["done", "now", "waiting", "failed"]


def _draw_bar(painter: QPainter, box: QRectF, fraction: float, front: str, back: str) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    half = box.height() / 2
    painter.setBrush(QColor(back))
    painter.drawRoundedRect(box, half, half)
    if fraction > 0:
        painter.setBrush(QColor(front))
        width = max(box.height(), box.width() * min(1.0, fraction))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), width, box.height()), half, half)


class Bar(QWidget):
    """A bar 6 px high; `fraction` 0 to 1."""

    def __init__(self, fraction: float = 0.0, tone: Tone = "accent", height: int = 6) -> None:
        super().__init__()
        self._fraction, self._tone = fraction, tone
        self.setFixedHeight(height)
        self.setMinimumWidth(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_fraction(fraction)

    @property
    def fraction(self) -> float:
        """How far it is, 0 to 1."""
        return self._fraction

    def set_fraction(self, fraction: float, tone: Tone | None = None) -> None:
        """Show how far it is."""
        self._fraction = min(1.0, max(0.0, fraction))
        self._tone = tone or self._tone
        self.setAccessibleName(f"{round(self._fraction * 100)} %")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar."""
        colours = current_theme().colours
        _draw_bar(QPainter(self), QRectF(self.rect()), self._fraction, colours.tone(self._tone)[0], colours.raised)


class Circle(QWidget):
    """A round mark with a number or an icon, in a tone."""

    def __init__(self, text: str = "", tone: Tone = "neutral", symbol: IconName | None = None, size: int = 30) -> None:
        super().__init__()
        self._text, self._tone, self._symbol, self._size = text, tone, symbol, size
        side = current_theme().px(size)
        self.setFixedSize(side, side)

    def set(self, text: str, tone: Tone, symbol: IconName | None = None) -> None:
        """Show another number or icon."""
        self._text, self._tone, self._symbol = text, tone, symbol
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the circle."""
        theme = current_theme()
        side = theme.px(self._size)
        if self.width() != side:
            self.setFixedSize(side, side)
        front, soft = theme.colours.tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(soft))
        painter.drawEllipse(QRectF(self.rect()))
        if self._symbol is not None:
            inner = theme.px(self._size * 0.54)
            place = (self.width() - inner) // 2
            painter.drawPixmap(place, place, pixmap(self._symbol, front, inner, self.devicePixelRatioF()))
            return
        painter.setFont(font(theme, TEXT.small, bold=True))
        painter.setPen(QColor(front))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


class ProgressRow(QWidget):
    """One phase: mark, name, bar, words at the right (bytes, time left)."""

    _marks: tuple[tuple[PhaseState, Tone, IconName], ...] = (
        ("done", "met", "check"),
        ("now", "due", "up"),
        ("waiting", "neutral", "more"),
        ("failed", "breached", "warning"),
    )

    def __init__(self, name: str = "", symbol: IconName = "up") -> None:
        super().__init__()
        self._symbol = symbol
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 6, 0, 6)
        self._grid.setHorizontalSpacing(GAP.medium)
        self._grid.setVerticalSpacing(GAP.tight)
        self._mark = Circle(size=26)
        self._name = Elided(name)
        self.bar = Bar()
        self.words = Text("", "small", wrap=False)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._narrow: bool | None = None
        self._arrange()
        self.show_phase("waiting", 0.0, "")

    def _arrange(self) -> None:
        narrow = 0 < self.width() < current_theme().px(620)
        if narrow == self._narrow:
            return
        self._narrow = narrow
        for widget in (self._mark, self._name, self.bar, self.words):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self._mark, 0, 0, 2 if narrow else 1, 1, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._name, 0, 1)
        self._grid.addWidget(self.bar, *((1, 1, 1, 2) if narrow else (0, 2, 1, 1)))
        self._grid.addWidget(self.words, 0, 2 if narrow else 3)
        for column, stretch in enumerate((0, 1, 0, 0) if narrow else (0, 3, 8, 3)):
            self._grid.setColumnStretch(column, stretch)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the bar below the words where there is no room beside them."""
        super().resizeEvent(event)
        self._arrange()

    def set_name(self, name: str) -> None:
        """The name of the phase."""
        self._name.setText(name)

    def show_phase(self, state: PhaseState, fraction: float, words: str) -> None:
        """Show state, 0 to 1, and the words at the right."""
        tone, symbol = next((t, s) for name, t, s in self._marks if name == state)
        self._mark.set("", tone, self._symbol if state == "now" else symbol)
        self.bar.set_fraction(fraction, "breached" if state == "failed" else "accent")
        self.words.setText(words)
        self.setAccessibleName(f"{self._name.text()}: {words}")


@dataclass(frozen=True, slots=True)
class SectionWords:
    """One section: its title, answered and all questions, and words about what is abnormal (may be empty)."""

    title: str
    done: int
    total: int
    warning: str = ""


class _Section(QAbstractButton):
    def __init__(self, words: SectionWords) -> None:
        super().__init__()
        self.words = words
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_words(words)

    def set_words(self, words: SectionWords) -> None:
        self.words = words
        self.setText(words.title)
        self.setAccessibleName(f"{words.title} {self._count()} {words.warning}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        theme = current_theme()
        small = QFontMetricsF(font(theme, TEXT.small)).height()
        return QSize(theme.px(180), round(self._title_height() + (small + 4 if self.words.warning else 0) + 34))

    def _title_width(self) -> float:
        """The room beside the count, which stands at the right of the first line whether the title takes one or two."""
        count = QFontMetricsF(font(current_theme(), TEXT.small)).horizontalAdvance(self._count())
        return max(1.0, self.width() - 2 * _SIDE - 8 - count)

    def _title_height(self) -> float:
        metrics = QFontMetricsF(font(current_theme(), TEXT.body, bold=True))  # as high when it is chosen and bold
        box = QRectF(0, 0, self._title_width(), 10_000)
        needed = metrics.boundingRect(box, int(Qt.TextFlag.TextWordWrap), self.words.title).height()
        return max(metrics.height(), min(needed, 2 * metrics.lineSpacing()))

    def _count(self) -> str:
        """Answered of all; a section in which nothing counts may be left empty, and says so."""
        return f"{self.words.done}/{self.words.total}" if self.words.total else say("optional").read(language_of(self))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours, words, here = theme.colours, self.words, self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if here or self.hasFocus() or self.underMouse():
            painter.setPen(QPen(QColor(colours.accent), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent_soft if here else colours.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS.control, RADIUS.control)
        inner = QRectF(self.rect()).adjusted(_SIDE, 10, -_SIDE, -12)
        small = QFontMetricsF(font(theme, TEXT.small))
        painter.setFont(font(theme, TEXT.body, bold=here))
        painter.setPen(QColor(colours.accent if here else colours.text))
        top = QRectF(inner.left(), inner.top(), inner.width(), self._title_height())
        title = QRectF(top.left(), top.top(), self._title_width(), top.height())
        painter.drawText(title, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), words.title)
        first = QFontMetricsF(font(theme, TEXT.body)).height()
        painter.setFont(font(theme, TEXT.small))
        painter.setPen(QColor(colours.muted))
        whole = words.total > 0 and words.done >= words.total
        bar = QRectF(inner.left(), top.bottom() + 6, inner.width(), 4)
        beside = QRectF(top.left(), top.top(), top.width(), first)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._count())
        fraction = words.done / words.total if words.total else 0.0
        if words.total:
            _draw_bar(painter, bar, fraction, colours.met if whole else colours.accent, colours.raised)
        if words.warning:
            painter.setPen(QColor(colours.breached))
            painter.drawText(QRectF(inner.left(), bar.bottom() + 4, inner.width(), small.height()), 0, words.warning)


class SectionList(QWidget):
    """Sections with their progress; Up and Down walk, `chosen(index)` when one is pressed."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._sections: list[_Section] = []

    def set_sections(self, sections: Iterable[SectionWords], current: int = 0) -> None:
        """Show these sections; buttons are kept when their number is the same, so that the focus stays."""
        wanted = list(sections)
        if len(wanted) != len(self._sections):
            clear(self._column)
            self._sections = [_Section(words) for words in wanted]
            for index, section in enumerate(self._sections):
                section.clicked.connect(lambda _=False, at=index: self._press(at))
                self._column.addWidget(section)
        for section, words in zip(self._sections, wanted, strict=True):
            section.set_words(words)
        self.set_current(current)

    def set_current(self, index: int) -> None:
        """Mark the section that is open."""
        for at, section in enumerate(self._sections):
            section.setChecked(at == index)

    def _press(self, index: int) -> None:
        self.set_current(index)
        self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk through the sections."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        at = next((i for i, section in enumerate(self._sections) if section.hasFocus()), None)
        if step and at is not None and 0 <= at + step < len(self._sections):
            self._sections[at + step].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)
