"""Small windows to pick from: hour and minute, year and month."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, say
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["MonthPicker", "TimePicker"]

_MINUTES = tuple(range(0, 60, 5))


class TimePicker(QWidget):
    """Hours and minutes as buttons: `picked("13:30")` with each press, `done()` with a minute."""

    picked = Signal(str)
    done = Signal()

    def __init__(self, text: str, language: Language) -> None:
        """`text` is the time to begin with (`13:30`), or empty."""
        super().__init__()
        hour, _, minute = text.partition(":")
        known = hour.isdigit() and minute.isdigit()
        self._hour: int | None = int(hour) if known else None
        self._minute = int(minute) if known else 0
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.small, GAP.small, GAP.small, GAP.small)
        self._groups = []
        words = (say("Hour").read(language), say("Minute").read(language))
        for name, title, values, across in (("hour", words[0], range(24), 6), ("minute", words[1], _MINUTES, 6)):
            column.addWidget(Text(title, "caption"))
            grid, group = QGridLayout(), QButtonGroup(self)
            grid.setSpacing(GAP.tight)
            for at, value in enumerate(values):
                button = SecondaryButton(f"{value:02d}")
                button.setCheckable(True)
                button.setObjectName(f"{name}-{value}")
                button.setAccessibleName(f"{title} {value:02d}")
                button.setChecked(value == (self._hour if name == "hour" else self._minute if self._hour is not None else -1))
                button.clicked.connect(lambda _=False, name=name, value=value: self._press(name, value))
                group.addButton(button)
                grid.addWidget(button, *divmod(at, across))
            self._groups.append(group)
            column.addLayout(grid)

    def _press(self, name: str, value: int) -> None:
        if name == "hour":
            self._hour = value
        else:
            self._minute = value
        self.picked.emit(f"{self._hour or 0:02d}:{self._minute:02d}")
        if name == "minute":
            self.done.emit()


class MonthPicker(QWidget):
    """A year with its twelve months, or six years around: `picked("2026-11")` or `picked("2026")`."""

    picked = Signal(str)

    def __init__(self, day: QDate, language: Language, *, months: bool) -> None:
        """`day` is where it begins."""
        super().__init__()
        self._year, self._months, self._shown = day.year(), months, day
        self._locale = QLocale("zh_CN" if language == "zh" else "en_GB")
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.small, GAP.small, GAP.small, GAP.small)
        row = QHBoxLayout()
        self._title = Text("", "strong", wrap=False)
        for symbol, step, name in (("previous", -1, say("Earlier")), ("next", 1, say("Later"))):
            turn = IconButton("previous" if step < 0 else "next", name.read(language), kind="quiet")
            turn.setObjectName(symbol)
            turn.clicked.connect(lambda _=False, step=step: self._turn(step))
            row.addWidget(turn)
        row.insertWidget(1, self._title, 1)
        column.addLayout(row)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP.tight)
        self._buttons = []
        for at in range(12):
            button = SecondaryButton()
            button.setCheckable(True)
            button.setObjectName(f"pick-{at}")
            button.clicked.connect(lambda _=False, at=at: self.picked.emit(self._value(at)))
            self._buttons.append(button)
            self._grid.addWidget(button, *divmod(at, 4))
        column.addLayout(self._grid)
        self._show()

    def _value(self, at: int) -> str:
        return f"{self._year:04d}-{at + 1:02d}" if self._months else f"{self._first + at:04d}"

    @property
    def _first(self) -> int:
        return self._year - self._year % 12

    def _turn(self, step: int) -> None:
        self._year = min(9987, max(12, self._year + (step if self._months else 12 * step)))
        self._show()

    def _show(self) -> None:
        self._title.setText(str(self._year) if self._months else f"{self._first}-{self._first + 11}")
        for at, button in enumerate(self._buttons):
            button.setText(self._locale.monthName(at + 1, QLocale.FormatType.ShortFormat) if self._months else str(self._first + at))
            now = (self._year, at + 1) if self._months else (self._first + at,)
            button.setChecked(now == ((self._shown.year(), self._shown.month()) if self._months else (self._shown.year(),)))
