"""The end of a visit: how it ended, what was found and done, what is left over; and the way to its report."""

from __future__ import annotations

import functools

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QComboBox, QDateEdit, QLineEdit

from fieldapp.base.i18n import say
from fieldapp.operations.visits import VisitView, add_left_over, end, write_work
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column, FlowRow, Row
from fieldapp.ui.widgets.tags import ChipButton, Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["VisitEnd"]

_OUTCOMES = {
    "complete": say("Completed"),
    "partial": say("Partly done"),
    "unfinished": say("Not finished"),
    "wasted": say("Wasted visit"),
    "observing": say("Under observation"),
}
_OWNERS = {"us": say("Us"), "customer": say("Customer"), "vendor": say("Vendor")}


class VisitEnd(Card):
    """A card of the visit page; writes through the page's session. What is typed is kept when the cursor leaves the field."""

    def __init__(self, page: Page) -> None:
        super().__init__(gap=GAP.small)
        self.page = page
        self._outcome = ""
        self._shown = ""
        self._view: VisitView | None = None
        self.chips = FlowRow()
        self.symptom, self.cause, self.done, self.reason = NoteField(), NoteField(), NoteField(), NoteField()
        self.record, self.report = PrimaryButton(), SecondaryButton()
        self.left_text, self.owner, self.due = QLineEdit(), QComboBox(), QDateEdit()
        self.due.setCalendarPopup(True)
        self.due.setDisplayFormat("yyyy-MM-dd")
        self.add_left = SecondaryButton()
        self.left_rows = Column(gap=GAP.tight)
        for name, widget in (
            ("symptom", self.symptom),
            ("cause", self.cause),
            ("work_done", self.done),
            ("outcome_reason", self.reason),
            ("record_end", self.record),
            ("make_report", self.report),
            ("left_over", self.left_text),
            ("left_owner", self.owner),
            ("left_due", self.due),
            ("add_left_over", self.add_left),
        ):
            widget.setObjectName(name)
        self.left_title = Text("", "bold")
        left = Row([self.left_text, self.owner, self.due, self.add_left])
        self.labels = {name: Text("", "small") for name in ("symptom", "cause", "work_done", "outcome_reason")}
        for note in (self.symptom, self.cause, self.done):
            self.add(Column([self.labels[note.objectName()], note], gap=2))
            note.left.connect(self._keep)
        self.outcome_title, self.kept = Text("", "bold"), Text("", "small")
        self.kept.hide()
        self.why = Column([self.labels["outcome_reason"], self.reason], gap=2)
        self.add(self.kept, self.left_title, self.left_rows, left)
        self.add(self.outcome_title, self.chips, self.why, FlowRow([self.record, self.report], gap=GAP.medium))
        self.record.clicked.connect(self._record)
        self.report.clicked.connect(self._report)
        self.add_left.clicked.connect(self._add_left)

    def retranslate(self) -> None:
        """Words of fields and buttons."""
        t = self.page.t
        self.set_title(t("What was found and done"))
        for field, words in (
            (self.symptom, t("What was found")),
            (self.cause, t("Cause")),
            (self.done, t("What was done")),
            (self.reason, t("Reason, when it is not complete")),
        ):
            self.labels[field.objectName()].setText(words)
            field.setAccessibleName(words)
        self.outcome_title.setText(t("How it ended"))
        self.record.setText(t("Record the end"))
        self.report.setText(t("Make the service report"))
        self.left_title.setText(t("Left-over items"))
        self.left_text.setPlaceholderText(t("What remains"))
        self.left_text.setAccessibleName(t("What remains"))
        self.owner.setAccessibleName(t("Owner"))
        self.due.setAccessibleName(t("Until"))
        self.add_left.setText(t("Add"))
        chosen = max(0, self.owner.currentIndex())
        self.owner.clear()
        for key, sentence in _OWNERS.items():
            self.owner.addItem(self.page.read(sentence), key)
        self.owner.setCurrentIndex(chosen)

    def render_view(self, view: VisitView) -> None:
        """Show what is recorded; texts that somebody is typing stay."""
        self.setVisible(any(step.at for step in view.stamps))
        other, self._shown, self._view = self._shown != view.visit_id, view.visit_id, view
        if other:
            self.left_text.clear()
            self.kept.hide()
        if other or not self._outcome:
            self._outcome = view.outcome
        texts = ((self.symptom, view.symptom), (self.cause, view.cause), (self.done, view.work_done), (self.reason, view.outcome_reason))
        for field, text in texts:
            # what somebody is typing stays, and so does a reason that is not recorded yet
            if other or (not field.hasFocus() and (text or field is not self.reason)):
                field.set_text(text)
        self._draw_chips()
        self.left_rows.set_widgets(
            Row(
                [
                    Tag(self.page.read(_OWNERS.get(each.owner, say("Us")))),
                    Text(each.text),
                    None,
                    Text(each.due_on.isoformat() if each.due_on else "", "small"),
                ]
            )
            for each in view.left_overs
        )
        if self.due.date() < QDate(2001, 1, 1):
            later = self.page.ctx.clock.now().date()
            self.due.setDate(QDate(later.year, later.month, later.day).addDays(14))

    def _draw_chips(self) -> None:
        chips = []
        for key, words in _OUTCOMES.items():
            chip = ChipButton(self.page.read(words), "met" if key == "complete" else "due", checkable=True)
            chip.setObjectName(f"outcome_{key}")
            chip.setChecked(key == self._outcome)
            chip.clicked.connect(functools.partial(self._choose, key))
            chips.append(chip)
        self.chips.set_widgets(chips)
        self._show_why()

    def _show_why(self) -> None:
        self.why.setVisible(self._outcome not in ("", "complete"))
        self.record.setEnabled(bool(self._outcome))

    def _choose(self, outcome: str) -> None:
        self._outcome = outcome
        for chip in self.chips.findChildren(ChipButton):
            chip.setChecked(chip.objectName() == f"outcome_{outcome}")
        self._show_why()

    def _record(self) -> None:
        session, visit_id = self.page.ctx.session, str(self.page.arguments["visit_id"])
        outcome, reason = self._outcome, self.reason.text()
        symptom, cause, done = self.symptom.text(), self.cause.text(), self.done.text()
        self.page.run(
            lambda: end(session, visit_id, outcome, reason=reason, symptom=symptom, cause=cause, work_done=done), busy=(self.record,)
        )

    def _keep(self) -> None:
        view = self._view
        symptom, cause, done = self.symptom.text().strip(), self.cause.text().strip(), self.done.text().strip()
        if view is None or (symptom, cause, done) == (view.symptom, view.cause, view.work_done):
            return
        session, visit_id = self.page.ctx.session, view.visit_id

        def kept(after: VisitView) -> None:
            if self._shown == after.visit_id:
                self._view = after
            self.kept.setText(self.page.t("saved {time}", time=self.page.time(self.page.ctx.clock.now(), seconds=True)))
            self.kept.show()

        self.page.run(lambda: write_work(session, visit_id, symptom=symptom, cause=cause, work_done=done), kept)

    def _report(self) -> None:
        self.page.ctx.navigate("report", visit_id=str(self.page.arguments["visit_id"]), kind="service")

    def _add_left(self) -> None:
        session, visit_id = self.page.ctx.session, str(self.page.arguments["visit_id"])
        text, owner, due = self.left_text.text(), str(self.owner.currentData()), self.due.date().toPython()

        def added(_view: VisitView) -> None:
            self.left_text.clear()

        self.page.run(lambda: add_left_over(session, visit_id, text, owner, due), added, busy=(self.add_left,))  # type: ignore[arg-type]
