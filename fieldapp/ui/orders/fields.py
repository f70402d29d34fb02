"""Fields that the pages of orders share: a caption above a field, a moment with "now", a serial that a scanner may type."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from fieldapp.base.clock import Clock
from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import Button, SecondaryButton
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["Captioned", "Choice", "FieldRow", "MomentField", "ScanField"]

_FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M")


class Captioned(QWidget):
    """A field with its caption above, which is also its name for the screen reader."""

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        self.field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP.tight)
        self._caption = Text("", "small")
        column.addWidget(self._caption)
        column.addWidget(field)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_caption(self, words: str) -> None:
        """Say what the field is for."""
        self._caption.setText(words)
        target = self.field.line if isinstance(self.field, MomentField) else self.field
        target.setAccessibleName(words)


class FieldRow(QWidget):
    """Fields side by side with equal widths; below each other where there is no room."""

    def __init__(self, *fields: QWidget, least: int = 210) -> None:
        """`least`: the width that a field needs, in pixels at 100 %."""
        super().__init__()
        self._fields, self._least = fields, least
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(GAP.medium)
        for field in fields:
            self._box.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest field."""
        widest = max(field.minimumSizeHint().width() for field in self._fields)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Turn the row into a column and back."""
        super().resizeEvent(event)
        shown = [field for field in self._fields if not field.isHidden()]
        narrow = self.width() < current_theme().px(self._least) * len(shown) + GAP.medium * (len(shown) - 1)
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if way != self._box.direction():
            self._box.setDirection(way)
            self.updateGeometry()


class ScanField(QLineEdit):
    """A serial number: typed, or by a scanner that types it and ends with Enter; `scanned` then, and the next field has the cursor."""

    scanned = Signal(str)

    def __init__(self, following: QWidget | None = None) -> None:
        super().__init__()
        self.following = following
        self.setInputMethodHints(Qt.InputMethodHint.ImhPreferUppercase | Qt.InputMethodHint.ImhNoPredictiveText)
        self.returnPressed.connect(self._entered)

    def _entered(self) -> None:
        plain = "".join(self.text().split()) if self.text().strip() else ""
        if plain != self.text():
            self.setText(plain)
        if plain:
            self.scanned.emit(plain)
            if self.following is not None:
                self.following.setFocus(Qt.FocusReason.TabFocusReason)


class MomentField(QWidget):
    """Date and time in the site's zone, typed (a time alone means today) or put by "now"; `changed` when it was edited."""

    changed = Signal()

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._zone = ZoneInfo("Asia/Shanghai")
        self.line = QLineEdit()
        self.line.setPlaceholderText("____-__-__ __:__")
        self.now: Button = SecondaryButton()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP.small)
        row.addWidget(self.line, 1)
        row.addWidget(self.now)
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._edited)
        self.now.clicked.connect(self._put_now)
        self._measure()

    def name(self, name: str) -> MomentField:
        """Name the line, and its button `<name>_now`."""
        self.line.setObjectName(name)
        self.now.setObjectName(f"{name}_now")
        return self

    def set_words(self, now: str) -> None:
        """What the button says."""
        self.now.setText(now)

    def set_moment(self, moment: datetime | None, zone: str | None = None) -> None:
        """Show a moment without telling."""
        if zone is not None:
            self._zone = ZoneInfo(zone)
        self.line.setText(moment.astimezone(self._zone).strftime(_FORMATS[0]) if moment else "")
        mark(self.line, invalid="false")

    @property
    def valid(self) -> bool:
        """Whether it is empty or can be read."""
        return not self.line.text().strip() or self.moment() is not None

    def moment(self) -> datetime | None:
        """The aware moment, None when it is empty or cannot be read."""
        text = " ".join(self.line.text().replace("：", ":").split())
        today = self._clock.now().astimezone(self._zone)
        if text and " " not in text:
            text = f"{today:%Y-%m-%d} {text}"
        for pattern in _FORMATS:
            try:
                return datetime.strptime(text, pattern).replace(tzinfo=self._zone)
            except ValueError:
                continue
        return None

    def changeEvent(self, event: QEvent) -> None:
        """Keep room for the whole moment when the text grows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "now"):
            self._measure()

    def _measure(self) -> None:
        self.line.setMinimumWidth(current_theme().px(132) + 30)

    def _edited(self) -> None:
        mark(self.line, invalid="false" if self.valid else "true")
        self.changed.emit()

    def _put_now(self) -> None:
        self.set_moment(self._clock.now())
        self.changed.emit()


class Choice(FlowRow):
    """One of a few, as chips; `chosen(key)` when a person chose. Nothing is chosen at first."""

    chosen = Signal(str)

    def __init__(self, name: str, tones: Mapping[str, Tone] | None = None) -> None:
        super().__init__()
        self._name, self._tones = name, tones or {}
        self.key = ""

    def set_options(self, options: Iterable[tuple[str, str]]) -> None:
        """Show (key, words) pairs; what was chosen stays chosen."""
        chips = []
        for key, words in options:
            chip = ChipButton(words, self._tones.get(key, "accent"), checkable=True)
            chip.setObjectName(f"{self._name}_{key}")
            chip.setChecked(key == self.key)
            chip.clicked.connect(functools.partial(self._press, key))
            chips.append(chip)
        self.set_widgets(chips)

    def choose(self, key: str) -> None:
        """Choose without telling; an empty key takes the choice back."""
        self.key = key
        for chip in self.findChildren(ChipButton):
            chip.setChecked(chip.objectName() == f"{self._name}_{key}")

    def _press(self, key: str, _checked: bool = False) -> None:
        self.choose(key)
        self.chosen.emit(key)
