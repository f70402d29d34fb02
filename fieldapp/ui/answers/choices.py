"""A few choices, all in sight."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor

__all__ = ["AcknowledgeEditor", "BoxesEditor", "RadioEditor"]


class RadioEditor(Editor):
    """One of a few choices, below each other."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QRadioButton] = {}
        for each in view.choices:
            button = QRadioButton()
            button.setObjectName(f"choice-{each.value}")
            button.clicked.connect(lambda _=False, value=each.value: self.committed.emit(value))
            self._group.addButton(button)
            self._buttons[each.value] = button
            self.column.addWidget(button)
        if self._buttons:
            self.setFocusProxy(next(iter(self._buttons.values())))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which is chosen; choices that a filter took away are hidden."""
        labels = {each.value: each.label.read(language) for each in view.choices}
        self._group.setExclusive(False)
        for value, button in self._buttons.items():
            button.setText(labels.get(value, value))
            button.setVisible(value in labels)
            button.setChecked(value == view.value)
        self._group.setExclusive(True)


class BoxesEditor(Editor):
    """Several of some choices."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        for each in view.choices:
            box = QCheckBox()
            box.setObjectName(f"choice-{each.value}")
            box.clicked.connect(self._changed)
            self._boxes[each.value] = box
            self.column.addWidget(box)
        if self._boxes:
            self.setFocusProxy(next(iter(self._boxes.values())))

    def _changed(self) -> None:
        self.committed.emit(" ".join(value for value, box in self._boxes.items() if box.isChecked()))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which are chosen."""
        labels = {each.value: each.label.read(language) for each in view.choices}
        for value, box in self._boxes.items():
            box.setText(labels.get(value, value))
            box.setVisible(value in labels)
            box.setChecked(value in view.value.split())


class AcknowledgeEditor(Editor):
    """A box to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setObjectName("acknowledge")
        self.column.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.clicked.connect(lambda ticked: self.committed.emit("OK" if ticked else ""))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show whether it is ticked."""
        self.box.setText(say("Done and confirmed").read(language))
        self.box.setAccessibleName(f"{view.label.read(language)}: {self.box.text()}")
        self.box.setChecked(bool(view.value))

    def press(self, number: int) -> bool:
        """1 ticks the box."""
        if number == 1 and not self.box.isChecked():
            self.box.click()
        return number == 1
