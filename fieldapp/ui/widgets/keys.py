"""Large keys: the four results of a check (1 to 4), any other few choices, a pad for the PIN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.ui.theme.fonts import font
from fieldapp.ui.theme.icons import IconName, pixmap
from fieldapp.ui.theme.style import current_theme, language_of
from fieldapp.ui.theme.tokens import GAP, RADIUS, SIZE, TEXT, Tone
from fieldapp.ui.widgets.buttons import Button, IconButton, PrimaryButton
from fieldapp.ui.widgets.fields import PinField

__all__ = ["RESULTS", "KeyChoice", "PinPad", "ResultKeys"]


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """One key: the value it gives, its words, the tone and icon while it is chosen."""

    value: str
    words: Sentence
    tone: Tone = "accent"
    symbol: IconName = "check"


RESULTS: tuple[KeyChoice, ...] = (
    KeyChoice("normal", say("Normal"), "met", "check"),
    KeyChoice("abnormal", say("Abnormal"), "breached", "cross"),
    KeyChoice("not_applicable", say("Not applicable"), "accent", "minus"),
    KeyChoice("not_checked", say("Not checked"), "due", "clock"),
)


class _Key(QAbstractButton):
    def __init__(self, choice: KeyChoice, number: int) -> None:
        super().__init__()
        self.choice, self.number = choice, number
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.speak()

    def speak(self) -> None:
        self.setText(self.choice.words.read(language_of(self)))
        self.setAccessibleName(f"{self.text()} {self.number}")
        self.updateGeometry()
        self.update()

    def _parts(self) -> tuple[float, float]:
        theme = current_theme()
        words = QFontMetricsF(font(theme, TEXT.large, bold=True)).horizontalAdvance(self.text())
        return words, float(theme.px(20))

    def sizeHint(self) -> QSize:
        theme = current_theme()
        words, cap = self._parts()
        return QSize(round(words + cap + theme.px(18) + 18 + 24), theme.target(SIZE.answer))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        colours, chosen = theme.colours, self.isChecked()
        tone_front, tone_soft = colours.tone(self.choice.tone)
        front = tone_front if chosen else colours.text if self.isEnabled() else colours.disabled
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wide = 2 if self.hasFocus() else 1
        edge = colours.accent if self.hasFocus() and not chosen else tone_front if chosen else colours.edge
        fill = tone_soft if chosen else colours.raised if self.underMouse() else colours.surface
        painter.setPen(QPen(QColor(edge), wide))
        painter.setBrush(QColor(fill))
        half = wide / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), RADIUS.control, RADIUS.control)
        words, cap = self._parts()
        side = theme.px(18) + 6 if chosen else 0
        left = (self.width() - words - cap - 10 - side) / 2
        if chosen:
            picture = pixmap(self.choice.symbol, front, theme.px(18), self.devicePixelRatioF())
            painter.drawPixmap(int(left), (self.height() - theme.px(18)) // 2 + 1, picture)
            left += side
        painter.setFont(font(theme, TEXT.large, bold=True))
        painter.setPen(QColor(front))
        painter.drawText(QRectF(left, 0, words + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        box = QRectF(left + words + 10, (self.height() - cap) / 2 + 0.5, cap, cap)
        painter.setPen(QPen(QColor(front if chosen else colours.edge), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 4, 4)
        painter.setFont(font(theme, TEXT.small))
        painter.setPen(QColor(front if chosen else colours.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self.number))


class ResultKeys(QWidget):
    """Keys in a row, of which at most one is chosen; `picked(value)` when a person chooses.

    1 to 9 choose while one of the keys has the focus; a page passes digits from elsewhere to `press`.
    Left and Right walk. `confirmed` on Enter after a choice.
    """

    picked = Signal(str)
    confirmed = Signal()

    def __init__(self, choices: Sequence[KeyChoice] = RESULTS) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP.medium)
        self._shares: tuple[int, ...] = ()
        self._keys = [_Key(choice, number) for number, choice in enumerate(choices, start=1)]
        for key in self._keys:
            key.clicked.connect(lambda _=False, at=key.number: self.press(at))
        self.setFocusProxy(self._keys[0])
        self._arrange()

    def _arrange(self) -> None:
        """As many keys beside each other as have room, of one width, or each as wide as its words where only so one row holds them."""
        widths = [key.sizeHint().width() for key in self._keys]
        room = (self.width() + GAP.medium) // (max(widths) + GAP.medium)
        count = len(self._keys)
        in_a_row = sum(widths) + GAP.medium * (count - 1) <= self.width()
        across = count if room >= count or in_a_row else max(1, min(room, (count + 1) // 2))
        shares = tuple(widths) if room < across else (1,) * across
        if shares == self._shares:
            return
        for key in self._keys:
            self._grid.removeWidget(key)
        for column in range(count):
            self._grid.setColumnStretch(column, shares[column] if column < across else 0)
        for at, key in enumerate(self._keys):
            self._grid.addWidget(key, *divmod(at, across))
        self._shares = shares

    def minimumSizeHint(self) -> QSize:
        """One key beside another is not needed."""
        return QSize(max(key.sizeHint().width() for key in self._keys), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the row where the room ends."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def value(self) -> str | None:
        """The value of the chosen key, or None."""
        return next((key.choice.value for key in self._keys if key.isChecked()), None)

    @property
    def buttons(self) -> tuple[QAbstractButton, ...]:
        """The keys from left to right."""
        return tuple(self._keys)

    def set_value(self, value: str | None) -> None:
        """Show which is chosen; does not emit."""
        for key in self._keys:
            key.setChecked(key.choice.value == value)

    def press(self, number: int) -> bool:
        """Choose the key with that number, as a person would; False when there is none or it rests."""
        if not 1 <= number <= len(self._keys) or not self._keys[number - 1].isEnabled():
            return False
        chosen = self._keys[number - 1].choice.value
        self.set_value(chosen)
        self.picked.emit(chosen)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits choose, Left and Right walk, Enter confirms."""
        digit = event.key() - int(Qt.Key.Key_0)
        if 1 <= digit <= 9 and self.press(digit):
            self._keys[digit - 1].setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.confirmed.emit()
            return
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        at = next((i for i, key in enumerate(self._keys) if key.hasFocus()), None)
        if step and at is not None and 0 <= at + step < len(self._keys):
            self._keys[at + step].setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LocaleChange, QEvent.Type.StyleChange) and hasattr(self, "_keys"):
            for key in self._keys:
                key.speak()
            self._arrange()


class PinPad(QWidget):
    """A PIN field with a pad of digits below; `entered(pin)` on Enter or on the button. Rests while `set_resting`."""

    entered = Signal(str)

    def __init__(self, shortest: int = 4, longest: int = 12) -> None:
        super().__init__()
        self._shortest = shortest
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP.medium)
        self.field = PinField(longest)
        column.addWidget(self.field)
        grid = QGridLayout()
        grid.setSpacing(GAP.small)
        self._digits: list[Button] = []
        for index, digit in enumerate("1234567890"):
            key = Button(digit)
            key.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            key.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            key.clicked.connect(lambda _=False, digit=digit: self._type(digit))
            row, place = divmod(index, 3) if digit != "0" else (3, 1)
            grid.addWidget(key, row, place)
            self._digits.append(key)
        self._delete = IconButton("backspace", kind="quiet")
        self._delete.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._delete.clicked.connect(self.field.backspace)
        grid.addWidget(self._delete, 3, 2, Qt.AlignmentFlag.AlignCenter)
        column.addLayout(grid)
        self.button = PrimaryButton()
        self.button.clicked.connect(self._enter)
        column.addWidget(self.button)
        self.field.returnPressed.connect(self._enter)
        self.field.textChanged.connect(self._check)
        self.setFocusProxy(self.field)
        self._resting = False
        self._check()
        self._speak()

    def set_resting(self, resting: bool) -> None:
        """Take nothing for now (after wrong tries, while a PIN is checked); say why beside it."""
        self._resting = resting
        for widget in (self.field, self._delete, *self._digits):
            widget.setEnabled(not resting)
        self._check()

    def clear(self) -> None:
        """Forget what was typed."""
        self.field.clear()
        self.field.setFocus()

    def _type(self, digit: str) -> None:
        self.field.insert(digit)

    def _enter(self) -> None:
        if self.button.isEnabled():
            self.entered.emit(self.field.text())

    def _check(self) -> None:
        self.button.setEnabled(not self._resting and len(self.field.text()) >= self._shortest)

    def _speak(self) -> None:
        language = language_of(self)
        self.button.setText(say("Unlock").read(language))
        self._delete.set_name(say("Delete the last digit").read(language))
        for key in self._digits:
            key.setAccessibleName(say("Digit {digit}", digit=key.text()).read(language))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and hasattr(self, "_resting"):
            self._speak()
