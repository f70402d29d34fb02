"""A number out of a range: a slider, stars, or a list to pick from, as the appearance asks."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.figures import step_label
from fieldapp.operations.filling.views import ChoiceView, QuestionView, words
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.lists import ComboEditor
from fieldapp.ui.answers.parts.scale import Scale
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, SIZE
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["PickerEditor", "RangeEditor", "values_of"]

_MOST_VALUES = 10_001
_MOST_STARS = 36


def values_of(view: QuestionView) -> tuple[str, ...]:
    """The numbers of a range in their order, as texts; none where its parameters make none that a person could choose from."""
    if view.bounds is None:
        return ()
    first, last, step = (Decimal(repr(each)) for each in view.bounds)
    step = abs(step) if last >= first else -abs(step)
    if not step or (last - first) / step >= _MOST_VALUES:
        return ()
    count = int((last - first) / step) + 1
    return tuple(f"{(first + at * step).normalize():f}" for at in range(count))


def _at(value: str, values: tuple[str, ...]) -> int | None:
    try:
        wanted = Decimal(value)
    except InvalidOperation:
        return None
    return next((at for at, each in enumerate(values) if Decimal(each) == wanted), None)


class RangeEditor(Editor):
    """A slider with the number beside it, or stars; it has no value until it is touched."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        looks = view.appearance.split()
        self._values = values_of(view)
        stars = "rating" in looks and len(self._values) <= _MOST_STARS
        self.scale = Scale(
            len(self._values) - 1, look="stars" if stars else "line", upright="vertical" in looks, ticks="no-ticks" not in looks
        )
        self.scale.setObjectName("scale")
        self._stars = stars
        self.number = Text("", "figure", wrap=False)
        self.number.setObjectName("chosen-number")
        theme, line = current_theme(), not stars and "vertical" not in looks
        self.number.setMinimumWidth(theme.px(72 if line else 24))
        self.number.setMinimumHeight(theme.target(SIZE.target))
        self.clear = IconButton("erase", kind="quiet")
        self.clear.setObjectName("clear")
        held = self.clear.sizePolicy()
        held.setRetainSizeWhenHidden(True)  # the line does not change its length under the hand
        self.clear.setSizePolicy(held)
        row = QHBoxLayout()
        row.setSpacing(GAP.large)
        row.addWidget(self.scale)
        beside = Qt.AlignmentFlag.AlignTop if line else Qt.AlignmentFlag.AlignVCenter  # of a line its ends stand below it
        row.addWidget(self.number, 0, beside)
        row.addWidget(self.clear, 0, beside)
        if not line:
            row.addStretch(1)
        self.column.addLayout(row)
        self.name = Text("", "body")
        self.name.setObjectName("step-name")
        self.name.hide()
        self.column.addWidget(self.name)
        self.setFocusProxy(self.scale)
        self.scale.moved.connect(lambda step: self._tell(step, whole=False))
        self.scale.chosen.connect(lambda step: self._tell(step, whole=True))
        self.scale.emptied.connect(lambda: self.committed.emit(""))
        self.scale.entered.connect(self.confirmed)
        self.clear.clicked.connect(lambda: self.committed.emit(""))

    def _tell(self, step: int, *, whole: bool) -> None:
        self.number.setText(self._values[step])
        (self.committed if whole else self.edited).emit(self._values[step])

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number, or that there is none."""
        at = _at(view.value, self._values)
        if self.scale.step != at:
            self.scale.set_step(at)
        name = step_label(view, view.value)
        self.name.setText(name.read(language) if name is not None else "")
        self.name.setVisible(name is not None)
        self._show_ends(view, language)
        self.number.setText(f"{view.value} {view.unit}".strip() if view.value else "–")
        told = f"{view.value} {self.name.text()}".strip() or say("no answer yet").read(language)
        self.scale.setAccessibleName(f"{view.label.read(language)}: {told}")
        self.clear.set_name(say("Take the answer back").read(language))
        self.clear.setVisible(bool(view.value))

    def _show_ends(self, view: QuestionView, language: Language) -> None:
        """The names of the ends beside their numbers, where the form has any."""
        if not self._stars:
            named = [(end, step_label(view, end)) for end in (self._values[0], self._values[-1])]
            first, last = (f"{end} {name.read(language)}" if name is not None else end for end, name in named)
            self.scale.set_ends(first, last)


class PickerEditor(ComboEditor):
    """The numbers of a range in a list."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._choices = tuple(ChoiceView(each, words(each, each), "ok") for each in values_of(view))
        self.combo.setMaximumWidth(current_theme().px(220))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show which number is chosen."""
        values = tuple(each.value for each in self._choices)
        self.show_choices(
            self._choices, values[at] if (at := _at(view.value, values)) is not None else "", view.label.read(language), language
        )
