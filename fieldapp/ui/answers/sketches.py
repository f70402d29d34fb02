"""The window to draw in: on an empty sheet, on a photo, or on a line to sign."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.ui.answers.parts.canvas import Canvas, Tool
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, PrimaryButton, QuietButton, SecondaryButton
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["SketchDialog"]

_TOOLS: dict[Tool, Sentence] = {"pen": say("Pen"), "arrow": say("Arrow"), "text": say("Words")}
_COLOURS: dict[str, Sentence] = {
    "#D01F1F": say("Red"),
    "#0B5FBF": say("Blue"),
    "#F2C200": say("Yellow"),
    "#151A21": say("Black"),
}


class SketchDialog(QDialog):
    """`made(bytes)` with a PNG when it is closed with something drawn; only what is discarded is lost."""

    made = Signal(object)

    def __init__(self, parent: QWidget, title: str, language: Language, *, photo: QImage | None = None, signed: bool = False) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.canvas = Canvas(photo, signed=signed)
        self.canvas.setObjectName("canvas")
        hint = say("Draw with pen, finger or mouse; with keys: arrows move the cross, Space sets the pen down and lifts it").read(language)
        self.canvas.setAccessibleName(f"{title}: {hint}")
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.large, GAP.large, GAP.large, GAP.large)
        column.setSpacing(GAP.medium)
        column.addWidget(Text(title, "strong"))
        column.addWidget(FlowRow(self._tools(language, plain=signed)))
        column.addWidget(self.canvas, 1)
        column.addWidget(Text(hint, "small"))
        self.discard, self.done_button = QuietButton(say("Discard the drawing").read(language), "delete"), PrimaryButton()
        self.discard.setObjectName("discard")
        self.done_button.setObjectName("done")
        self.done_button.setText(say("Done").read(language))
        self.discard.clicked.connect(self._discard)
        self.done_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.discard)
        foot.addStretch(1)
        foot.addWidget(self.done_button)
        column.addLayout(foot)
        for button in (self.discard, self.done_button):
            button.setAutoDefault(False)
        around = parent.window().size()
        self.resize(max(720, around.width() * 9 // 10), max(520, around.height() * 9 // 10))
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()
        self.canvas.changed.connect(self._changed)

    def _tools(self, language: Language, *, plain: bool) -> list[QWidget]:
        parts: list[QWidget] = []
        if not plain:
            kinds = QButtonGroup(self)
            for tool, words in _TOOLS.items():
                button = SecondaryButton(words.read(language))
                button.setCheckable(True)
                button.setAutoDefault(False)
                button.setChecked(tool == "pen")
                button.setObjectName(f"tool-{tool}")
                button.clicked.connect(lambda _=False, tool=tool: self._choose(tool))
                kinds.addButton(button)
                parts.append(button)
            self.words = QLineEdit()
            self.words.setObjectName("words")
            self.words.setPlaceholderText(say("Words to set down").read(language))
            self.words.setAccessibleName(self.words.placeholderText())
            self.words.setMinimumWidth(current_theme().px(200))
            self.words.textChanged.connect(self._say)
            self.words.hide()
            parts.append(self.words)
            colours = QButtonGroup(self)
            for colour, words in _COLOURS.items():
                spot = QPixmap(20, 20)
                spot.fill(QColor(colour))
                button = SecondaryButton(words.read(language))
                button.setIcon(QIcon(spot))
                button.setCheckable(True)
                button.setAutoDefault(False)
                button.setChecked(colour == self.canvas.colour)
                button.setObjectName(f"colour-{colour[1:]}")
                button.clicked.connect(lambda _=False, colour=colour: setattr(self.canvas, "colour", colour))
                colours.addButton(button)
                parts.append(button)
        self.undo = IconButton("undo", say("Take the last mark back").read(language))
        self.clear = IconButton("erase", say("Take all marks back").read(language))
        self.undo.setObjectName("undo")
        self.clear.setObjectName("clear")
        self.undo.clicked.connect(self.canvas.undo)
        self.clear.clicked.connect(self.canvas.clear)
        for each in (self.undo, self.clear):
            each.setAutoDefault(False)
        return [*parts, self.undo, self.clear]

    def _choose(self, tool: Tool) -> None:
        self.canvas.tool = tool
        self.words.setVisible(tool == "text")
        if tool == "text":
            self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, text: str) -> None:
        self.canvas.words = text

    def _changed(self) -> None:
        self.undo.setEnabled(not self.canvas.is_empty)
        self.clear.setEnabled(not self.canvas.is_empty)
        self.discard.setVisible(not self.canvas.is_empty)

    def _discard(self) -> None:
        self.canvas.clear()
        self.reject()

    def done(self, result: int) -> None:
        """Hand on what was drawn, however the window is closed."""
        if not self.canvas.is_empty:
            self.made.emit(self.canvas.png())
        super().done(result)
