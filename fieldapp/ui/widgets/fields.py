"""Fields to type in: search, a number with its unit, a note, a PIN."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QFocusEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QSizePolicy, QWidget

from fieldapp.base.i18n import say
from fieldapp.ui.theme.icons import pixmap
from fieldapp.ui.theme.style import current_theme, language_of, mark
from fieldapp.ui.theme.tokens import GAP, SIZE
from fieldapp.ui.widgets.texts import Text

__all__ = ["NoteField", "NumberField", "PinField", "SearchField"]


class _Keys(QLabel):
    """The words of a shortcut; `styled()` once they have the font of another theme."""

    styled = Signal()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self.styled.emit()


class SearchField(QLineEdit):
    """A search box with a glass at the left and its shortcut at the right."""

    def __init__(self) -> None:
        super().__init__()
        mark(self, search="true")
        self.setMinimumWidth(120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._keys = _Keys(self)
        self._keys.styled.connect(self._fit)
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark(self._keys, role="key")
        self._fit()

    def set_hint(self, hint: str, keys: str = "") -> None:
        """What can be searched for, and the keys that lead here."""
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self._keys.setText(keys)
        self._fit()

    def _fit(self) -> None:
        theme = current_theme()
        room = self._keys.sizeHint().width() if self._wide() else 0
        self._keys.setVisible(bool(self._keys.text()) and self._wide())
        self.setTextMargins(theme.px(18) + 6, 0, room + 4 if room else 0, 0)
        size = self._keys.sizeHint()
        self._keys.setGeometry(self.width() - size.width() - 12, (self.height() - size.height()) // 2, size.width(), size.height())

    def _wide(self) -> bool:
        return self.width() >= current_theme().px(260)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the glass over the field."""
        super().paintEvent(event)
        theme = current_theme()
        side = theme.px(18)
        painter = QPainter(self)
        picture = pixmap("search", theme.colours.muted, side, self.devicePixelRatioF())
        painter.drawPixmap(12, (self.height() - side) // 2, picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the shortcut at the right; it gives way when the field is narrow."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Measure again when the theme changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_keys"):
            self._fit()


class NumberField(QFrame):
    """A large number with its unit; 56 px high. `edited(text)` while typing, `entered()` on Enter.

    Digits, sign, decimal point only; `value()` is None while it is empty or half typed.
    """

    edited = Signal(str)
    entered = Signal()

    def __init__(self, unit: str = "", decimals: int = 6) -> None:
        super().__init__()
        mark(self, field="plain")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(GAP.small)
        self.line = QLineEdit()
        mark(self.line, frame_less="true", figure="true")
        validator = QDoubleValidator(self)
        validator.setLocale(QLocale.c())
        validator.setDecimals(decimals)
        validator.setNotation(QDoubleValidator.Notation.StandardNotation)
        self.line.setValidator(validator)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)
        self.line.installEventFilter(self)
        self._unit = Text(unit, "muted", wrap=False)
        row.addWidget(self.line, 1)
        row.addWidget(self._unit)
        self.setFocusProxy(self.line)
        self.setMinimumWidth(current_theme().px(170))
        self.setFixedHeight(current_theme().target(SIZE.answer))
        self.line.textEdited.connect(self.edited)
        self.line.returnPressed.connect(self.entered)

    def set_name(self, name: str) -> None:
        """What the number is, for the screen reader."""
        self.line.setAccessibleName(f"{name} {self._unit.text()}".strip())

    def set_unit(self, unit: str) -> None:
        """Show another unit."""
        self._unit.setText(unit)

    def set_value(self, value: float | str | None) -> None:
        """Show a value; does not emit `edited`."""
        text = "" if value is None else value if isinstance(value, str) else f"{value:.10g}"
        if text != self.line.text():
            self.line.setText(text)

    def set_invalid(self, invalid: bool) -> None:
        """Show that the number is outside what is allowed; say why beside it."""
        mark(self, field="invalid" if invalid else "plain")

    def text(self) -> str:
        """What was typed."""
        return self.line.text().strip()

    def value(self) -> float | None:
        """The number, or None."""
        try:
            return float(self.text())
        except ValueError:
            return None

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Show the focus of the line at the frame."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            mark(self, focused="true" if event.type() == QEvent.Type.FocusIn else "false")
        return False

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "line"):
            self.setMinimumWidth(current_theme().px(170))
            self.setFixedHeight(current_theme().target(SIZE.answer))


class NoteField(QPlainTextEdit):
    """A text of some lines that grows with what is typed; `edited(text)` while typing, `left()` when the cursor goes."""

    edited = Signal(str)
    left = Signal()

    def __init__(self, hint: str = "", lines: int = 1, most: int = 8) -> None:
        super().__init__()
        self._lines, self._most, self._quiet = lines, most, False
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_hint(hint)
        self.textChanged.connect(self._changed)
        self._fit()

    def set_hint(self, hint: str) -> None:
        """What to write here; also its accessible name."""
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)

    def set_text(self, text: str) -> None:
        """Show a text; keeps the cursor when it is the same, does not emit `edited`."""
        if text != self.toPlainText():
            self._quiet = True
            self.setPlainText(text)
            self._quiet = False

    def text(self) -> str:
        """What was typed."""
        return self.toPlainText()

    def sizeHint(self) -> QSize:
        """As wide as there is room, as high as its lines."""
        return QSize(240, self.height())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that the cursor went."""
        super().focusOutEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines break anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Grow with the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange) and hasattr(self, "_quiet"):
            self._fit()

    def _changed(self) -> None:
        self._fit()
        if not self._quiet:
            self.edited.emit(self.toPlainText())

    def _fit(self) -> None:
        typed = round(self.document().size().height())
        lines = min(self._most, max(self._lines, typed))
        more = Qt.ScrollBarPolicy.ScrollBarAsNeeded if typed > self._most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(more)
        height = round(lines * self.fontMetrics().lineSpacing() + 24)
        wanted = max(height, current_theme().target(SIZE.target))
        if wanted != self.height() or self.minimumHeight() != wanted:
            self.setFixedHeight(wanted)


class PinField(QLineEdit):
    """A PIN as dots, digits only; nothing of it can be copied out. `entered(pin)` on Enter."""

    entered = Signal(str)

    def __init__(self, longest: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(longest)
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        mark(self, figure="true")
        self.textEdited.connect(self._only_digits)
        self.returnPressed.connect(lambda: self.entered.emit(self.text()))
        self._speak()

    def _only_digits(self, text: str) -> None:
        digits = "".join(c for c in text if c in "0123456789")
        if digits != text:
            self.setText(digits)

    def _speak(self) -> None:
        self.setAccessibleName(say("PIN").read(language_of(self)))

    def changeEvent(self, event: QEvent) -> None:
        """Speak the language of the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange:
            self._speak()
