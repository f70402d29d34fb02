"""The results of a check as large keys; a scale of agreement (likert) as the same keys."""

from __future__ import annotations

from PySide6.QtCore import Qt

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.tokens import Tone
from fieldapp.ui.widgets.keys import KeyChoice, ResultKeys

__all__ = ["KeysEditor"]

_LOOKS: dict[str, tuple[Tone, IconName]] = {
    "ok": ("met", "check"),
    "abnormal": ("breached", "cross"),
    "na": ("accent", "minus"),
    "unchecked": ("due", "clock"),
}


class KeysEditor(Editor):
    """The results as large keys, 1 to 4 and a few more; na and unchecked stand at the end even where the form does not list them."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        choices = []
        for each in view.choices:
            tone, symbol = _LOOKS.get(each.meaning, ("met", "check"))
            choices.append(KeyChoice(each.value, each.label, tone, symbol))
        meanings = {each.meaning for each in view.choices}
        self._marks = {"#na": "na", "#unchecked": "unchecked"}
        self._marked = False
        if view.item and "na" not in meanings:
            choices.append(KeyChoice("#na", say("Not applicable"), *_LOOKS["na"]))
        if view.item and "unchecked" not in meanings:
            choices.append(KeyChoice("#unchecked", say("Not checked"), *_LOOKS["unchecked"]))
        self.keys = ResultKeys(choices)
        self.keys.setObjectName("keys")
        self.column.addWidget(self.keys)
        self.setFocusProxy(self.keys)
        self.keys.picked.connect(self._picked)
        self.keys.confirmed.connect(self.confirmed)

    def _picked(self, value: str) -> None:
        if value in self._marks:
            self.marked.emit(self._marks[value])
            return
        if self._marked:
            self.marked.emit("")  # the answer may be the one that stood behind the mark
        self.committed.emit(value)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which is chosen."""
        self._marked = bool(view.result)
        self.keys.set_value(f"#{view.result}" if view.result else view.value or None)
        label = view.label.read(language)
        for key in self.keys.buttons:
            key.setAccessibleDescription(label)

    def press(self, number: int) -> bool:
        """Choose by number, as if the keys had the focus."""
        if not self.keys.press(number):
            return False
        self.keys.buttons[number - 1].setFocus(Qt.FocusReason.OtherFocusReason)
        return True
