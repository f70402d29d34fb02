"""Many choices: a plain drop-down for some, a list that is filtered by typing for thousands."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import ChoiceView, QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.parts.choice_list import ChoiceList, FoldButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["ComboEditor", "ListEditor"]

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}


class ComboEditor(Editor):
    """One of some choices."""

    def __init__(self) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setObjectName("choices")
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(8)
        self.column.addWidget(self.combo)
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(lambda _: self.committed.emit(str(self.combo.currentData() or "")))
        self.combo.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, Delete takes the answer back; the wheel turns the page, never the answer."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _ENTER:
                self.confirmed.emit()
                return True
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.committed.emit("")
                return True
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return False

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the choices as they are now, and which is chosen."""
        self.show_choices(view.choices, view.value, view.label.read(language), language)

    def show_choices(self, choices: Sequence[ChoiceView], value: str, label: str, language: Language) -> None:
        """Offer choices of which one, or none, is chosen."""
        wanted = [("", ""), *((each.label.read(language), each.value) for each in choices)]
        if wanted != [(self.combo.itemText(at), self.combo.itemData(at)) for at in range(self.combo.count())]:
            self.combo.clear()
            for words, each in wanted:
                self.combo.addItem(words, each)
        self.combo.setCurrentIndex(max(0, self.combo.findData(value)))
        self.combo.setAccessibleName(label)


class ListEditor(Editor):
    """One or several of any number: a button with what is chosen unfolds a line that filters and the list below it.

    Typing on the button unfolds and filters at once; Down, Up and Enter choose, Esc folds.
    """

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._several = view.kind == "select_multiple"
        self._value = ""
        self._language: Language = "zh"
        self.head = FoldButton()
        self.head.setObjectName("choose")
        self.filter, self.list, self.none = QLineEdit(), ChoiceList(), Text("", "small")
        self.filter.setObjectName("filter")
        self.list.setObjectName("list")
        for part in (self.head, self.filter, self.list, self.none):
            self.column.addWidget(part)
        self.setFocusProxy(self.head)
        self.head.clicked.connect(lambda: self.unfold(self.filter.isHidden()))
        self.filter.textEdited.connect(self._filter)
        self.list.clicked.connect(lambda index: self._take(index.row()))
        self.head.installEventFilter(self)
        self.filter.installEventFilter(self)
        self.list.installEventFilter(self)
        self.unfold(False)

    def unfold(self, unfolded: bool) -> None:
        """Show the line and the list, or hide them."""
        if unfolded:
            self.filter.clear()
            self._filter("")
            self.list.setCurrentIndex(self.list.choices.index(max(0, self.list.choices.row_of(self._value)), 0))
        self.filter.setVisible(unfolded)
        self.list.setVisible(unfolded)
        self.none.hide()
        if unfolded:
            self.filter.setFocus(Qt.FocusReason.OtherFocusReason)

    def _filter(self, text: str) -> None:
        self.list.choices.set_filter(text)
        self.list.fit()
        count = self.list.choices.rowCount()
        if count:
            self.list.setCurrentIndex(self.list.choices.index(0, 0))
        self.none.setText(say("Nothing in the list holds these words").read(self._language))
        self.none.setVisible(count == 0 and bool(text))

    def _take(self, row: int) -> None:
        if not 0 <= row < self.list.choices.rowCount():
            return
        value = self.list.choices.value(row)
        if not self._several:
            self.committed.emit(value)
            self.unfold(False)
            self.head.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        words = self._value.split()
        self.committed.emit(" ".join([each for each in words if each != value] if value in words else [*words, value]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the button, the line and the list."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key = Qt.Key(event.key())
        if watched is self.head:
            return self._head_key(key, event.text())
        if key == Qt.Key.Key_Escape:
            self.unfold(False)
            self.head.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key in _ENTER:
            self._take(self.list.currentIndex().row())
        elif watched is self.filter and key in _STEPS:
            self.list.step(_STEPS[key])
        else:
            return False
        return True

    def _head_key(self, key: Qt.Key, text: str) -> bool:
        if key in _ENTER:
            self.confirmed.emit()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.committed.emit("")
        elif key == Qt.Key.Key_Down:
            self.unfold(True)
        elif text.strip() and text.isprintable():
            self.unfold(True)
            self.filter.insert(text)
            self._filter(self.filter.text())
        else:
            return False
        return True

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show what is chosen, and the choices as they are now."""
        self._language, self._value = language, view.value
        chosen = view.value.split() if self._several else [view.value] if view.value else []
        self.list.choices.set_choices(tuple((each.value, each.label.read(language)) for each in view.choices))
        self.list.choices.set_chosen(frozenset(chosen))
        self.list.fit()
        words = " · ".join(self.list.choices.labels(chosen)) or say("Choose from {count}", count=len(view.choices)).read(language)
        self.head.setText(words)
        self.head.setToolTip(words)
        label = view.label.read(language)
        self.head.setAccessibleName(f"{label}: {words}")
        hint = say("Type to find").read(language)
        self.filter.setPlaceholderText(hint)
        self.filter.setAccessibleName(f"{label}: {hint}")
        self.list.setAccessibleName(label)
