"""Numbers that are typed, counted by buttons, or said as directions."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.figures import compass, grouped
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, SIZE
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.fields import NumberField
from fieldapp.ui.widgets.texts import Text

__all__ = ["BearingEditor", "CountEditor", "NumberEditor"]

_NUMBER = 180
_GROUPED = 240
_WORDS = 100
_NUMBER_IN = re.compile(r"[-+]?\d[\d ,]*(?:\.\d*)?|[-+.]")
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


def _plain(text: str) -> str:
    """The number in a text that was pasted or came from an input method, full-width digits and a unit behind it included."""
    found = _NUMBER_IN.match(unicodedata.normalize("NFKC", text).replace("−", "-").replace("。", ".").strip())
    return found[0].replace(" ", "").replace(",", "") if found else ""


class NumberEditor(Editor):
    """A number with its unit; with `thousands-sep` its digits stand in groups while nobody types."""

    def __init__(self, view: QuestionView, unit: str = "") -> None:
        super().__init__()
        self._grouped = "thousands-sep" in view.appearance.split()
        self.field = NumberField(view.unit or unit, 0 if view.kind == "integer" else 6)
        self.field.line.setObjectName("number")
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.row = QHBoxLayout()
        self.row.setSpacing(GAP.small)
        self.row.addWidget(self.field)
        self.column.addLayout(self.row)
        self.setFocusProxy(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.edited.connect(lambda _: self.edited.emit(self.typed()))
        self.field.line.installEventFilter(self)

    def typed(self) -> str:
        """The number that stands in the field, as an answer."""
        return self.field.text().replace(",", "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The number is whole when the cursor leaves it, and on Enter, which goes on from an empty field, too; what is pasted or
        comes from an input method is read as a number first.
        """
        given = _plain(event.commitString()) if isinstance(event, QInputMethodEvent) else ""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.matches(QKeySequence.StandardKey.Paste):
            given = _plain(QGuiApplication.clipboard().text())
        if given:
            self.field.line.insert(given)
            self.edited.emit(self.typed())
            return True
        if self._grouped and event.type() == QEvent.Type.FocusIn:
            self.field.set_value(self.typed())
        enters = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ENTER
        if event.type() == QEvent.Type.FocusOut or enters:
            self.committed.emit(self.typed())
            if self._grouped and not enters:
                self.field.set_value(grouped(self.typed()))
        if enters:
            self.confirmed.emit()
        return enters

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number, red when it is outside its limits."""
        self.field.setFixedWidth(current_theme().px(_GROUPED if self._grouped else _NUMBER))
        self.field.set_value(grouped(view.value) if self._grouped and not self.field.line.hasFocus() else view.value)
        self.field.set_name(view.label.read(language))
        self.field.set_invalid(view.status == "abnormal" or view.message is not None)


class CountEditor(NumberEditor):
    """A whole number between two buttons that count it down and up, as Down and Up do; never below nothing."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self.less, self.more = IconButton("minus"), IconButton("add")
        for name, button, step in (("count-less", self.less, -1), ("count-more", self.more, 1)):
            button.setObjectName(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, step=step: self._count(step))
        self.row.insertWidget(0, self.less)
        self.row.addWidget(self.more)

    def _count(self, step: int) -> None:
        found = re.fullmatch(r"[-+]?\d{1,9}", self.typed())
        self.committed.emit(str(max(0, (int(found[0]) if found else 0) + step)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down count."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and Qt.Key(event.key()) in _STEPS:
            self._count(_STEPS[Qt.Key(event.key())])
            return True
        return super().eventFilter(watched, event)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number; nothing is less than nothing."""
        super().show_view(view, language)
        label = view.label.read(language)
        self.less.set_name(say("{label}: one less", label=label).read(language))
        self.more.set_name(say("{label}: one more", label=label).read(language))
        self.less.setEnabled(view.value not in ("", "0"))
        side = current_theme().target(SIZE.answer)
        for button in (self.less, self.more):
            button.setFixedSize(side, side)


class BearingEditor(NumberEditor):
    """A direction in degrees from north, its name by the compass beside it; a laptop has no compass of its own."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view, "°")
        self.words = Text("", "strong", wrap=False)
        self.words.setObjectName("compass")
        self.row.addWidget(self.words)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number and the direction."""
        super().show_view(view, language)
        told = compass(view.value)
        self.words.setText(told.read(language) if told is not None else "")
        self.words.setFixedWidth(current_theme().px(_WORDS))
