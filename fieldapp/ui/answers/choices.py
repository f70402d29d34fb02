"""A few choices, all in sight: one of them, several of them, a single box to tick."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QCheckBox

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.parts.boxes import BoxChoice, ChoiceGrid, RingChoice, Tile
from fieldapp.ui.answers.parts.svg_map import SvgMap

__all__ = ["AcknowledgeEditor", "ChoicesEditor", "ImageMapEditor", "looks_of"]

_ARROWS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CLEAR = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


def looks_of(view: QuestionView) -> frozenset[str]:
    """The words of an appearance; those of older forms (`compact`, `quickcompact-2`, `horizontal-compact`) in the words of today."""
    found: set[str] = set()
    for each in view.appearance.split():
        old = re.fullmatch(r"(quick|horizontal-)?compact(?:-(\d{1,2}))?", each)
        if old is None:
            found.add(each)
        else:
            found |= {"no-buttons"} if old[1] != "horizontal-" else set()
            found |= {f"columns-{old[2]}" if old[2] else "columns-pack", *({"quick"} if old[1] == "quick" else ())}
    return frozenset(found)


class ChoicesEditor(Editor):
    """Rings, boxes or tiles, in columns where the appearance asks for them. Digits choose, Delete takes the answer back, Enter goes on;
    with `quick` a choice goes on by itself.
    """

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        looks = looks_of(view)
        self._several = view.kind == "select_multiple"
        self._quick = "quick" in looks and not self._several
        self._tiles = "no-buttons" in looks
        fixed = next((int(match[1]) for look in looks if (match := re.fullmatch(r"columns-(\d{1,2})", look))), 0)
        packed = bool({"columns-pack", "list", "horizontal", "image-map"} & looks)
        beside = "columns" in looks or any(each.picture for each in view.choices)
        self.grid = ChoiceGrid(fixed or (0 if beside else 1), packed=packed)
        self.column.addWidget(self.grid)
        self._group = QButtonGroup(self)
        self._group.setExclusive(not self._several)
        self.buttons: dict[str, QAbstractButton] = {}
        self._offered: tuple[tuple[str, str], ...] = ()
        self._value = ""
        self._walking = False

    def _build(self, view: QuestionView) -> None:
        pictures = any(each.picture for each in view.choices)
        for each in self.buttons.values():
            self._group.removeButton(each)
        self.buttons = {}
        for choice in view.choices:
            button: QAbstractButton = Tile() if self._tiles or pictures else BoxChoice() if self._several else RingChoice()
            button.setObjectName(f"choice-{choice.value}")
            button.installEventFilter(self)
            button.clicked.connect(lambda _=False, value=choice.value: self._press(value))
            self._group.addButton(button)
            self.buttons[choice.value] = button
        self.grid.set_buttons(list(self.buttons.values()))
        for name in dict.fromkeys(each.picture for each in view.choices if each.picture):
            self.media_wanted.emit(name)

    def _press(self, value: str) -> None:
        walking, self._walking = self._walking, False
        if not self._several:
            self.committed.emit(value)
            if self._quick and not walking:
                self.confirmed.emit()
            return
        gone = [each for each in self._value.split() if each not in self.buttons]
        self.committed.emit(" ".join([*(each for each, button in self.buttons.items() if button.isChecked()), *gone]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on, Delete takes the answer back, arrows walk without going on."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _ENTER:
                self.confirmed.emit()
                return True
            if event.key() in _CLEAR:
                self.committed.emit("")
                return True
            self._walking = event.key() in _ARROWS
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._walking = False
        return False

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which are chosen, and the choices as a filter leaves them."""
        self._value = view.value
        offered = tuple((each.value, each.picture) for each in view.choices)
        if offered != self._offered:
            self._offered = offered
            self._build(view)
        chosen = set(view.value.split()) if self._several else {view.value}
        label = view.label.read(language)
        changed = False
        self._group.setExclusive(False)
        for each in view.choices:
            button, words = self.buttons[each.value], each.label.read(language)
            changed = changed or button.text() != words
            button.setText(words)
            button.setAccessibleDescription(label)
            button.setChecked(each.value in chosen)
        self._group.setExclusive(not self._several)
        first = next((button for value, button in self.buttons.items() if value in chosen), next(iter(self.buttons.values()), None))
        if first is not None:
            self.setFocusProxy(first)
        if changed:
            self.grid.measure()

    def show_media(self, name: str, data: bytes) -> None:
        """Put a picture on the tiles that it belongs to."""
        picture = QPixmap()
        if picture.loadFromData(data):
            for value, each in self._offered:
                button = self.buttons[value]
                if each == name and isinstance(button, Tile):
                    button.set_picture(picture)
            self.grid.measure()

    def press(self, number: int) -> bool:
        """Choose by number."""
        buttons = list(self.buttons.values())
        if not 1 <= number <= len(buttons):
            return False
        self._walking = False
        buttons[number - 1].setFocus(Qt.FocusReason.OtherFocusReason)
        buttons[number - 1].click()
        return True


class ImageMapEditor(ChoicesEditor):
    """A drawing whose areas choose, and below it the same choices by name, for keys, screen readers and where the drawing is not here."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__(view)
        self._name = ""
        self.map = SvgMap()
        self.map.setObjectName("image-map")
        self.column.insertWidget(0, self.map)
        self.map.pressed.connect(self._press_area)

    def _press_area(self, value: str) -> None:
        button = self.buttons.get(value)
        if button is not None and self.isEnabled():
            button.setFocus(Qt.FocusReason.MouseFocusReason)
            button.click()

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which areas and names are chosen."""
        super().show_view(view, language)
        self.map.set_areas([each.value for each in view.choices], view.value.split() if self._several else [view.value])
        self.map.setAccessibleName(view.label.read(language))
        name = dict(view.media)["image"].read(language)
        if name != self._name:
            self._name = name
            self.media_wanted.emit(name)

    def show_media(self, name: str, data: bytes) -> None:
        """Show the drawing."""
        super().show_media(name, data)
        if name == self._name:
            self.map.show_drawing(data)


class AcknowledgeEditor(Editor):
    """A box to tick."""

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setObjectName("acknowledge")
        self.column.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.clicked.connect(lambda ticked: self.committed.emit("OK" if ticked else ""))
        self.box.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on."""
        enters = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ENTER
        if enters:
            self.confirmed.emit()
        return enters

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
