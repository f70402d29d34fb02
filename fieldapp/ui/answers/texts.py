"""Texts of one line and of several; days and times that are typed, with pickers beside them."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCalendarWidget, QHBoxLayout, QLineEdit, QMenu, QWidgetAction

from fieldapp.base.i18n import Language, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.answers.parts.moments import SAMPLES, as_answer, as_typed, is_moment
from fieldapp.ui.theme.style import current_theme, mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.texts import Text

__all__ = ["LineEditor", "NoteEditor"]


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
