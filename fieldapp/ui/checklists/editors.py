"""Editors of questions: one for each kind of answer. They know nothing of forms; the card hands them a view and hears of texts."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCalendarWidget,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.checklists.moments import SAMPLES, as_answer, as_typed, is_moment
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import IconButton, SecondaryButton
from fieldapp.ui.widgets.fields import NoteField, NumberField
from fieldapp.ui.widgets.keys import KeyChoice, ResultKeys
from fieldapp.ui.widgets.tags import ChipButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["Editor", "FileEditor", "KeysEditor", "LineEditor", "NumberEditor", "as_typed", "editor_for"]

_MOST_KEYS = 4
_NUMBER = 180
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_RADIOS = 7
_LOOKS: dict[str, tuple[Tone, IconName]] = {
    "ok": ("met", "check"),
    "abnormal": ("breached", "cross"),
    "na": ("accent", "minus"),
    "unchecked": ("due", "clock"),
}


class Editor(QWidget):
    """Signals: `edited(text)` while a person types, `committed(text)` with a whole answer, `marked(result)` for na and unchecked,
    `confirmed()` on Enter.
    """

    edited = Signal(str)
    committed = Signal(str)
    marked = Signal(str)
    confirmed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(GAP.tight)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the answer, and the words in a language."""

    def press(self, number: int) -> bool:
        """Take a digit that was typed outside all fields; False when it means nothing here."""
        return False

    def flush(self) -> None:
        """Hand on what was typed and not told yet."""


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


class NumberEditor(Editor):
    """A number with its unit."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self.field = NumberField(view.unit, 0 if view.kind == "integer" else 6)
        self.field.line.setObjectName("number")
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.column.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.edited.connect(lambda _: self.edited.emit(self.field.text()))
        self.field.line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The number is whole when the cursor leaves it, and on Enter, which goes on from an empty field, too."""
        enters = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _ENTER
        if event.type() == QEvent.Type.FocusOut or enters:
            self.committed.emit(self.field.text())
        if enters:
            self.confirmed.emit()
        return enters

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the number, red when it is outside its limits."""
        self.field.setFixedWidth(current_theme().px(_NUMBER))
        self.field.set_value(view.value)
        self.field.set_name(view.label.read(language))
        self.field.set_invalid(view.status == "abnormal" or view.message is not None)


class LineEditor(Editor):
    """A text of one line; also what is typed with a pattern: a date (2026-11-23 or 20261123), a time (13:30 or 1330), both."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._kind = view.kind
        self.line = QLineEdit()
        self.line.setObjectName("line")
        row = QHBoxLayout()
        row.setSpacing(GAP.small)
        row.addWidget(self.line, 1)
        self.column.addLayout(row)
        self.setFocusProxy(self.line)
        self._days: IconButton | None = None
        if view.kind in ("date", "datetime"):
            self._days = IconButton("today", kind="quiet")
            self._days.setObjectName("calendar")
            self._days.clicked.connect(self._open_calendar)
            row.addWidget(self._days)
            row.addStretch(1)
        if view.kind in ("date", "datetime", "time"):
            self.line.setMaximumWidth(current_theme().px(220))
        else:
            self.line.textEdited.connect(self.edited)
        self.wrong = Text("", "small", "breached")
        self.wrong.hide()
        self.column.addWidget(self.wrong)
        self._value = ""
        self.line.textEdited.connect(lambda _text: self._refuse(False))
        self.line.editingFinished.connect(self._commit)
        self.line.returnPressed.connect(self._go_on)

    def _commit(self) -> None:
        """Tell the answer; what is no date or time stays where it was typed, with what is wrong below it."""
        text = as_answer(self._kind, self.line.text())
        self._refuse(not is_moment(self._kind, text))
        if self.wrong.isHidden():
            self.committed.emit(text)

    def _refuse(self, wrong: bool) -> None:
        self.wrong.setVisible(wrong)
        mark(self.line, invalid="true" if wrong else "false")

    def _go_on(self) -> None:
        self._commit()
        if self.wrong.isHidden():
            self.confirmed.emit()

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the text; one that could not be taken stays, until another answer comes from elsewhere."""
        shown = as_typed(self._kind, view.value)
        if view.value != self._value:
            self._refuse(False)
        self._value = view.value
        if self.line.text() != shown and self.wrong.isHidden():
            self.line.setText(shown)
        self.line.setAccessibleName(view.label.read(language))
        sample = SAMPLES.get(self._kind)
        if sample is not None:
            self.line.setPlaceholderText(say("e.g. {sample}", sample=sample).read(language))
            self.wrong.setText(say("This is not saved yet: write it like {sample}.", sample=sample).read(language))
        if self._days is not None:
            self._days.set_name(say("Choose a day").read(language))

    def flush(self) -> None:
        """A date, a time: told when the cursor leaves them, or here."""
        if self.line.isModified():
            self.line.setModified(False)
            self._commit()

    def calendar(self) -> QCalendarWidget:
        """A calendar that stands on the day that was typed; a day that is pressed is the answer, its time of day kept."""
        made = QCalendarWidget()
        day = QDate.fromString(as_answer(self._kind, self.line.text())[:10], Qt.DateFormat.ISODate)
        if day.isValid():
            made.setSelectedDate(day)
        made.clicked.connect(self._take_day)
        made.activated.connect(self._take_day)
        return made

    def _take_day(self, day: QDate) -> None:
        text = day.toString(Qt.DateFormat.ISODate)
        if self._kind == "datetime":
            text += f" {self.line.text()[11:] or '00:00'}"
        self.line.setText(text)
        self._commit()

    def _open_calendar(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        held = QWidgetAction(menu)
        calendar = self.calendar()
        calendar.clicked.connect(menu.close)
        calendar.activated.connect(menu.close)
        held.setDefaultWidget(calendar)
        menu.addAction(held)
        menu.popup(self.line.mapToGlobal(self.line.rect().bottomLeft()))


class NoteEditor(Editor):
    """A text of several lines."""

    def __init__(self) -> None:
        super().__init__()
        self.note = NoteField(lines=2)
        self.note.setObjectName("note")
        self.column.addWidget(self.note)
        self.setFocusProxy(self.note)
        self.note.edited.connect(self.edited)
        self.note.left.connect(lambda: self.committed.emit(self.note.text()))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the text."""
        self.note.set_text(view.value)
        self.note.setAccessibleName(view.label.read(language))


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


class ComboEditor(Editor):
    """One of many choices."""

    def __init__(self) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.setObjectName("choices")
        self.column.addWidget(self.combo)
        self.setFocusProxy(self.combo)
        self.combo.activated.connect(lambda _: self.committed.emit(str(self.combo.currentData() or "")))

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the choices as they are now, and which is chosen."""
        self.combo.clear()
        self.combo.addItem("", "")
        for each in view.choices:
            self.combo.addItem(each.label.read(language), each.value)
        self.combo.setCurrentIndex(max(0, self.combo.findData(view.value)))
        self.combo.setAccessibleName(view.label.read(language))


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


class FileEditor(Editor):
    """A file or photo: `wanted()` asks the page to let one be chosen; where the site forbids it, a text stands in its place."""

    wanted = Signal()

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self._photo = view.kind == "image"
        self._allowed = view.why_not is None
        row = QHBoxLayout()
        row.setSpacing(GAP.medium)
        self.button = SecondaryButton(symbol="photo" if self._photo else "attach")
        self.button.setObjectName("file")
        self.button.setEnabled(self._allowed)
        self.name = Text("", "body", selectable=True)
        self.line = QLineEdit()
        self.line.setObjectName("line")
        self._remove = IconButton("delete", kind="quiet")
        row.addWidget(self.line, 1)
        row.addWidget(self.name, 1)
        row.addWidget(self._remove)
        row.addWidget(self.button)
        self.column.addLayout(row)
        self.why = Text("", "small")
        self.column.addWidget(self.why)
        self.why.setVisible(not self._allowed)
        self.line.setVisible(not self._allowed)
        self.name.setVisible(self._allowed)
        self.setFocusProxy(self.button if self._allowed else self.line)
        self.button.clicked.connect(self.wanted)
        self._remove.clicked.connect(lambda: self.committed.emit(""))
        self.line.textEdited.connect(self.edited)
        self.line.editingFinished.connect(lambda: self.committed.emit(self.line.text()))
        self.line.returnPressed.connect(self.confirmed)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the file's name, or what stands in its place, and why."""
        self.button.setText((say("Choose a photo") if self._photo else say("Choose a file")).read(language))
        hint = say("What you see, and who is the witness") if self._photo else say("The values, or where the file is kept at the customer")
        self.line.setPlaceholderText(hint.read(language))
        self.line.setAccessibleName(f"{view.label.read(language)}: {hint.read(language)}")
        if self.line.text() != view.value:
            self.line.setText(view.value)
        self.name.setText(view.value)
        self._remove.set_name(say("Remove").read(language))
        self._remove.setVisible(self._allowed and bool(view.value))
        if view.why_not is not None:
            self.why.setText(view.why_not.read(language))


def editor_for(view: QuestionView) -> Editor | None:
    """The editor of a question; None for a note, and for what is only shown."""
    kind, look = view.kind, view.appearance
    if kind == "note" or view.readonly:
        return None
    if kind == "select_one":
        if (view.item and len(view.choices) <= _MOST_KEYS) or "likert" in look:
            return KeysEditor(view)
        few = len(view.choices) <= _MOST_RADIOS and not {"minimal", "autocomplete", "search"} & set(look.split())
        return RadioEditor(view) if few else ComboEditor()
    if kind == "string" and "multiline" in look:
        return NoteEditor()
    made: dict[str, type[NumberEditor | BoxesEditor | RankEditor | FileEditor]] = {
        **dict.fromkeys(("integer", "decimal", "range"), NumberEditor),
        **dict.fromkeys(("image", "file", "audio", "video"), FileEditor),
        "select_multiple": BoxesEditor,
        "rank": RankEditor,
    }
    if kind in made:
        return made[kind](view)
    return AcknowledgeEditor() if kind == "acknowledge" else LineEditor(view)
