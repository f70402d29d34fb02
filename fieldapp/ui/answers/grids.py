"""Questions with the same choices as rows of one table: a head that names the choices, and a row of rings or boxes for each question."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QCheckBox, QHBoxLayout, QRadioButton, QSizePolicy, QWidget

from fieldapp.base.i18n import Language
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.texts import Text

__all__ = ["GridHead", "GridRowEditor", "in_grid"]

_WORDS, _CELL = 5, 2


def in_grid(view: QuestionView) -> bool:
    """Whether a question is the head or a row of a table."""
    return view.kind in ("select_one", "select_multiple") and bool({"label", "list-nolabel"} & set(view.appearance.split()))


def _row() -> tuple[QHBoxLayout, Text]:
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP.small)
    words = Text("", "body")
    words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    layout.addWidget(words, _WORDS)
    return layout, words


class GridHead(QWidget):
    """The words of the choices above their columns."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        layout, self.words = _row()
        self.cells: list[Text] = []
        for _ in view.choices:
            cell = Text("", "caption")
            cell.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            cell.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            layout.addWidget(cell, _CELL)
            self.cells.append(cell)
        self.setLayout(layout)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the words in a language."""
        self.words.setText(view.label.read(language))
        for cell, each in zip(self.cells, view.choices, strict=False):
            cell.setText(each.label.read(language))


class GridRowEditor(Editor):
    """One question as a row: its words, then a ring or box for each choice. Left and Right walk, digits choose, Delete takes back."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._several = view.kind == "select_multiple"
        layout, self.words = _row()
        self.group = QButtonGroup(self)
        self.group.setExclusive(not self._several)
        self.buttons: dict[str, QAbstractButton] = {}
        for each in view.choices:
            button: QAbstractButton = QCheckBox() if self._several else QRadioButton()
            button.setObjectName(f"choice-{each.value}")
            button.installEventFilter(self)
            button.clicked.connect(lambda _=False, value=each.value: self._press(value))
            self.group.addButton(button)
            self.buttons[each.value] = button
            cell = QHBoxLayout()
            cell.addStretch(1)
            cell.addWidget(button)
            cell.addStretch(1)
            held = QWidget()
            held.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            cell.setContentsMargins(0, 0, 0, 0)
            held.setLayout(cell)
            layout.addWidget(held, _CELL)
        self.column.addLayout(layout)

    def _press(self, value: str) -> None:
        chosen = [each for each, button in self.buttons.items() if button.isChecked()] if self._several else [value]
        self.committed.emit(" ".join(chosen))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, Delete takes the answer back, Up and Down go to the rows around."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.confirmed.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.committed.emit("")
        else:
            return False
        return True

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which are chosen."""
        label = view.label.read(language)
        self.words.setText(f"{label} *" if view.required else label)
        chosen = set(view.value.split()) if self._several else {view.value}
        names = {each.value: each.label.read(language) for each in view.choices}
        self.group.setExclusive(False)
        for value, button in self.buttons.items():
            button.setAccessibleName(f"{label}: {names.get(value, value)}")
            button.setToolTip(names.get(value, value))
            button.setEnabled(value in names)
            button.setChecked(value in chosen)
        self.group.setExclusive(not self._several)
        first = next((self.buttons[each] for each in self.buttons if each in chosen), next(iter(self.buttons.values()), None))
        if first is not None:
            self.setFocusProxy(first)

    def press(self, number: int) -> bool:
        """Choose by number."""
        buttons = list(self.buttons.values())
        if not 1 <= number <= len(buttons):
            return False
        buttons[number - 1].setFocus(Qt.FocusReason.OtherFocusReason)
        buttons[number - 1].click()
        return True
