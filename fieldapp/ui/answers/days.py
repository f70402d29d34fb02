"""Days, times, months and years: typed as people write them, or picked beside the line."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QCalendarWidget, QMenu, QWidget, QWidgetAction

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.operations.filling.views import QuestionView
from fieldapp.ui.answers.parts.moments import SAMPLES, as_answer, as_typed, is_moment, moment_of
from fieldapp.ui.answers.parts.pickers import MonthPicker, TimePicker
from fieldapp.ui.answers.texts import TypedEditor
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.widgets.buttons import IconButton

__all__ = ["MomentEditor"]


class MomentEditor(TypedEditor):
    """A date (2026-11-23 or 20261123), a time (13:30 or 1330), both, a month or a year, each with what it is picked from."""

    def __init__(self, view: QuestionView) -> None:
        super().__init__()
        self.kind = moment_of(view.kind, view.appearance)
        self.line.setMaximumWidth(current_theme().px(220))
        self._days = self._times = None
        if self.kind != "time" and "no-calendar" not in view.appearance.split():
            self._days = IconButton("today", kind="quiet")
            self._days.setObjectName("calendar")
            self._days.clicked.connect(lambda: self._pop(self._day_picker()))
            self.row.addWidget(self._days)
        if self.kind in ("time", "datetime"):
            self._times = IconButton("clock", kind="quiet")
            self._times.setObjectName("clock")
            self._times.clicked.connect(lambda: self._pop(self.clock()))
            self.row.addWidget(self._times)
        self.row.addStretch(1)

    def read(self, typed: str) -> str | Sentence:
        """The moment as the form takes it."""
        answer = as_answer(self.kind, typed)
        return answer if is_moment(self.kind, answer) else say("This is not saved yet: write it like {sample}.", sample=SAMPLES[self.kind])

    def shown(self, answer: str) -> str:
        """As a person types it."""
        return as_typed(self.kind, answer)

    def show_view(self, view: QuestionView, language: Language) -> None:
        """Show the moment, and how one is written."""
        super().show_view(view, language)
        self.line.setPlaceholderText(say("e.g. {sample}", sample=SAMPLES[self.kind]).read(language))
        if self._days is not None:
            names = {"month": say("Choose a month"), "year": say("Choose a year")}
            self._days.set_name(names.get(self.kind, say("Choose a day")).read(language))
        if self._times is not None:
            self._times.set_name(say("Choose a time").read(language))

    def _day(self) -> QDate:
        """The day that was typed; where there is none, the one that Qt takes for today."""
        answer = self.read(self.line.text())
        day = QDate.fromString(answer[:10], Qt.DateFormat.ISODate) if isinstance(answer, str) else QDate()
        return day if day.isValid() else QCalendarWidget().selectedDate()

    def calendar(self) -> QCalendarWidget:
        """A calendar that stands on the day that was typed; a day that is pressed is the answer, its time of day kept."""
        made = QCalendarWidget()
        made.setSelectedDate(self._day())
        made.clicked.connect(self._take_day)
        made.activated.connect(self._take_day)
        return made

    def months(self) -> MonthPicker:
        """The months of a year, or years."""
        made = MonthPicker(self._day(), self._language, months=self.kind == "month")
        made.picked.connect(self._take)
        return made

    def clock(self) -> TimePicker:
        """Hours and minutes; the day is kept, and where there is none it is the one of the calendar."""
        answer = self.read(self.line.text())
        known = answer.rpartition("T")[2][:5] if isinstance(answer, str) else ""
        made = TimePicker(known if ":" in known else "", self._language)
        made.picked.connect(self._take_time)
        return made

    def _day_picker(self) -> QWidget:
        return self.months() if self.kind in ("month", "year") else self.calendar()

    def _take_day(self, day: QDate) -> None:
        text = day.toString(Qt.DateFormat.ISODate)
        if self.kind == "datetime":
            text += f" {self.line.text()[11:] or '00:00'}"
        self._take(text)

    def _take_time(self, text: str) -> None:
        day = f"{self._day().toString(Qt.DateFormat.ISODate)} " if self.kind == "datetime" else ""
        self._take(day + text)

    def _take(self, text: str) -> None:
        self.line.setText(text)
        self._commit()

    def _pop(self, picker: QWidget) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        held = QWidgetAction(menu)
        if isinstance(picker, QCalendarWidget):
            picker.clicked.connect(menu.close)
            picker.activated.connect(menu.close)
        elif isinstance(picker, TimePicker):
            picker.done.connect(menu.close)
        elif isinstance(picker, MonthPicker):
            picker.picked.connect(menu.close)
        held.setDefaultWidget(picker)
        menu.addAction(held)
        menu.aboutToShow.connect(lambda: picker.setFocus(Qt.FocusReason.PopupFocusReason))
        menu.popup(self.line.mapToGlobal(self.line.rect().bottomLeft()))
