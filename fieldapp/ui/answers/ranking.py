"""Choices in an order."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.tags import ChipButton

__all__ = ["RankEditor"]


class RankEditor(Editor):
    """Choices in an order: they are pressed one after the other; the arrow begins anew."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._order: list[str] = []
        self._chips: dict[str, ChipButton] = {}
        row = QHBoxLayout()
        row.setSpacing(GAP.small)
        for each in view.choices:
            chip = ChipButton(checkable=True)
            chip.setObjectName(f"choice-{each.value}")
            chip.clicked.connect(lambda _=False, value=each.value: self._press(value))
            self._chips[each.value] = chip
            row.addWidget(chip)
        self._again = IconButton("undo")
        self._again.clicked.connect(lambda: self.committed.emit(""))
        row.addWidget(self._again)
        row.addStretch(1)
        self.column.addLayout(row)

    def _press(self, value: str) -> None:
        self.committed.emit(" ".join([*(each for each in self._order if each != value), value]))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the order."""
        self._order = view.value.split()
        for each in view.choices:
            place = f"{self._order.index(each.value) + 1}. " if each.value in self._order else ""
            self._chips[each.value].setText(place + each.label.read(language))
            self._chips[each.value].setChecked(bool(place))
            self._chips[each.value].updateGeometry()
        self._again.set_name(say("Begin the order anew").read(language))
