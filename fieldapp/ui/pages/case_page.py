"""One case: header with clocks and entitlement, what is found and done, a time line that cannot be edited, people, equipment."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from PySide6.QtWidgets import QComboBox, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.cases import (
    CaseView,
    ContactLine,
    TimelineLine,
    VisitLink,
    add_note,
    case,
    contacted,
    milestone,
    set_status,
    take_case_over,
    write_findings,
)
from fieldapp.operations.clocks import ClockLine
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.history import Timeline, TimelineEntry
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Row, TwoColumns
from fieldapp.ui.widgets.tags import ClockChip, Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["CasePage"]

STATUS_WORDS = {
    "responded": say("Customer contacted"),
    "diagnosing": say("Locating the fault"),
    "waiting_part": say("Waiting for a part"),
    "waiting_vendor": say("Waiting for the vendor"),
    "on_site": say("Working on site"),
    "restored": say("Service is restored"),
    "verifying": say("Verifying"),
    "resolved": say("Solved"),
}
_STAMPS = {
    "reported": say("Reported"),
    "assigned": say("Assigned"),
    "contacted": say("Customer contacted"),
    "arrived": say("Arrived"),
    "diagnosed": say("Fault located"),
    "restored": say("Service is restored"),
    "resolved": say("Solved"),
    "closed": say("Closed"),
}
_SYMBOLS: dict[str, IconName] = {
    "call": "phone",
    "visit": "place",
    "note": "edit",
    "part": "spares",
    "rma": "spares",
    "escalation": "warning",
    "status_change": "flag",
    "reassignment": "people",
    "finding": "inspections",
    "restore": "check",
}


class CasePage(Page):
    """Argument `case_id`. What is typed about cause, solution and prevention is kept when the cursor leaves the field."""

    kinds = frozenset({"case", "case_activity", "case_clock", "visit", "contact"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.contacted, self.take = PrimaryButton(symbol="phone"), SecondaryButton()
        self.contacted.setObjectName("contacted")
        self.take.setObjectName("take_over")
        self.header = PageHeader([self.take, self.contacted])
        self.tags = FlowRow()
        self.about = Card()
        self.description = Text("", "body", selectable=True)
        self.facts = KeyValueList(style="sheet")
        self.about.add(self.description, self.facts)
        self.progress = Card(gap=GAP.small)
        self.cause, self.solution, self.prevention = NoteField(), NoteField(), NoteField()
        self.status, self.apply = QComboBox(), SecondaryButton()
        self.status.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.diagnosed, self.restored = SecondaryButton(), SecondaryButton()
        for name, widget in (
            ("cause", self.cause),
            ("solution", self.solution),
            ("prevention", self.prevention),
            ("status", self.status),
            ("apply_status", self.apply),
            ("diagnosed", self.diagnosed),
            ("restored", self.restored),
        ):
            widget.setObjectName(name)
        self.labels = {name: Text("", "small") for name in ("cause", "solution", "prevention")}
        self.kept = Text("", "small")
        for name, note in (("cause", self.cause), ("solution", self.solution), ("prevention", self.prevention)):
            self.progress.add(Column([self.labels[name], note], gap=2))
            note.left.connect(self._keep)
        self.steps = FlowRow([self.diagnosed, self.restored, self.status, self.apply], gap=GAP.medium)
        self.status.setMinimumWidth(160)
        self.progress.add(self.kept, self.steps)
        self._shown = ""
        self._filled: dict[str, str] = {}  # what each field showed before anybody typed in it
        self.line_card = Card(gap=GAP.medium)
        self.note, self.add_note = NoteField(), SecondaryButton()
        self.note.setObjectName("note")
        self.add_note.setObjectName("add_note")
        self.timeline = Timeline()
        self.line_card.add(self.note, Row([None, self.add_note]), self.timeline)
        self.clocks, self.people, self.equipment, self.visits = Card(), Card(), Card(), Card()
        self.clock_rows, self.people_rows = Column(gap=GAP.small), Column(gap=GAP.small)
        self.equipment_rows, self.visit_rows = Column(gap=GAP.small), Column(gap=GAP.small)
        for card, rows in (
            (self.clocks, self.clock_rows),
            (self.people, self.people_rows),
            (self.equipment, self.equipment_rows),
            (self.visits, self.visit_rows),
        ):
            card.add(rows)
        columns = TwoColumns(side=320)
        for part in (self.header, self.tags, self.about, self.progress, self.line_card):
            columns.main.addWidget(part)
        columns.main.addStretch(1)
        for part in (self.clocks, self.people, self.equipment, self.visits):
            columns.side.addWidget(part)
        columns.side.addStretch(1)
        self.body.addWidget(columns)
        self._connect()

    def _connect(self) -> None:
        self.contacted.clicked.connect(lambda: self._run(contacted))
        self.take.clicked.connect(
            lambda: self._run(lambda session, case_id: take_case_over(session, case_id, self.t("Taken over on site")))
        )
        self.diagnosed.clicked.connect(lambda: self._milestone("diagnosed", self.cause.text()))
        self.restored.clicked.connect(lambda: self._milestone("restored", self.solution.text(), kind="restore"))
        self.apply.clicked.connect(self._apply)
        self.add_note.clicked.connect(self._note)

    def retranslate(self) -> None:
        """Titles, hints, buttons."""
        self.contacted.setText(self.t("Customer contacted"))
        self.progress.set_title(self.t("What was found and done"))
        for field, words in (
            (self.cause, self.t("What caused it")),
            (self.solution, self.t("What solved it")),
            (self.prevention, self.t("What keeps it from happening again")),
            (self.note, self.t("Add a note; it cannot be changed afterwards")),
        ):
            field.set_hint(words)
        for name, words in (("cause", self.t("Cause")), ("solution", self.t("Solution")), ("prevention", self.t("Prevention"))):
            self.labels[name].setText(words)
        self.diagnosed.setText(self.t("Fault located now"))
        self.restored.setText(self.t("Service restored now"))
        self.apply.setText(self.t("Set the state"))
        self.status.setAccessibleName(self.t("State"))
        self.line_card.set_title(self.t("Time line"))
        self.add_note.setText(self.t("Add the note"))
        self.clocks.set_title(self.t("Service clocks"))
        self.people.set_title(self.t("People"))
        self.equipment.set_title(self.t("Equipment"))
        self.visits.set_title(self.t("Visits"))

    def heading(self) -> str:
        """The window's title."""
        return self.t("Case")

    def load(self) -> Callable[[], CaseView]:
        """Ask the replica."""
        session, case_id = self.ctx.session, str(self.arguments["case_id"])
        return lambda: case(session, case_id)

    def render_view(self, view: CaseView) -> None:
        """Show the case."""
        self.header.set_words(
            f"{view.number} · {view.summary}", " · ".join(part for part in (view.customer, view.site, view.address) if part)
        )
        self.contacted.setVisible("contacted" in view.milestones and view.mine)
        self.take.setVisible(view.take_over)
        self.take.setEnabled(not view.asked)
        self.take.setText(self.t("Take-over asked; the next sync decides") if view.asked else self.t("Take over"))
        tags = [Tag(view.severity, "due" if view.severity in ("P1", "P2") else "neutral")] if view.severity else []
        tags.append(Tag(self.read(view.status_words), "accent"))
        tags.append(Tag(self.read(view.entitlement_words), "met" if view.entitlement == "warranty" else "neutral"))
        if view.fee_confirmation:
            tags.append(Tag(self.t("Fee confirmation before work"), "due"))
        if view.major:
            tags.append(Tag(self.t("Major fault"), "breached"))
        self.tags.set_widgets(tags)
        self.description.setText(view.description)
        self.description.setVisible(bool(view.description))
        facts = [(self.t("Contract"), view.contract), (self.t("Customer's number"), view.customers_number)]
        facts += [(self.read(_STAMPS[name]), self.when(at)) for name, at in view.stamps if at and name in _STAMPS]
        self.facts.set_rows([(name, value) for name, value in facts if value])
        self._render_progress(view)
        self.timeline.set_entries([self._entry(each) for each in view.timeline])
        self._render_side(view)

    def _render_progress(self, view: CaseView) -> None:
        other, self._shown = self._shown != view.case_id, view.case_id
        if other:
            self.kept.setText("")
            self.note.set_text("")
        notes = (
            (self.cause, "cause", view.cause),
            (self.solution, "solution", view.solution),
            (self.prevention, "prevention", view.prevention),
        )
        for field, name, text in notes:
            # what somebody is typing stays; a field nobody is in shows what is kept
            if other or not field.hasFocus():
                field.set_text(text)
                self._filled[name] = text
        self.kept.setVisible(bool(self.kept.text()))
        self.diagnosed.setVisible("diagnosed" in view.milestones)
        self.restored.setVisible("restored" in view.milestones)
        chosen = self.status.currentData()
        self.status.clear()
        for status in view.statuses:
            self.status.addItem(self.read(STATUS_WORDS.get(status, say("Solved"))), status)
        self.status.setCurrentIndex(max(0, self.status.findData(chosen)))
        self.status.setVisible(bool(view.statuses))
        self.apply.setVisible(bool(view.statuses))
        self.steps.setVisible(bool(view.statuses or view.milestones))
        self.progress.setVisible(bool(view.statuses or view.milestones or view.cause or view.solution))

    def _render_side(self, view: CaseView) -> None:
        lines = [line for line in view.ticking.lines(self.ctx.clock.now()) if line.state not in ("not_started", "not_agreed")]
        self.clock_rows.set_widgets([self._clock(line) for line in lines])
        self.clocks.setVisible(bool(lines))
        self.people_rows.set_widgets([self._person(each) for each in view.contacts])
        self.people.setVisible(bool(view.contacts))
        self.equipment.setVisible(bool(view.asset))
        way = LinkButton(self.t("Equipment with its history"), "next")
        way.setObjectName("go_equipment")
        way.clicked.connect(functools.partial(self.ctx.navigate, "equipment", asset_id=view.asset_id))
        self.equipment_rows.set_widgets([Text(view.asset, "bold"), Text(view.asset_place, "small"), Row([way, None])])
        self.visit_rows.set_widgets([self._visit(each) for each in view.visits])
        self.visits.setVisible(bool(view.visits))

    def _person(self, each: ContactLine) -> QWidget:
        line = Row([Elided(each.name, "bold"), None, Text(each.phone, wrap=False, selectable=True)])
        return Column([line, Text(each.role, "small")] if each.role else [line], gap=0)

    def _clock(self, line: ClockLine) -> QWidget:
        chip = ClockChip(self.read(line.state_words), cast(Tone, line.tone))
        name = Text(self.read(line.name), "bold")
        return Column([FlowRow([name, chip]), Text(self.read(line.basis), "small")], gap=0)

    def _visit(self, each: VisitLink) -> QWidget:
        way = LinkButton(each.title or self.t("Visit"), "next")
        way.setObjectName("go_visit")
        way.clicked.connect(functools.partial(self.ctx.navigate, "visit", visit_id=each.visit_id))
        return Column([Row([way, None]), Text(self.when(each.at) if each.at else "", "small")], gap=0)

    def _entry(self, line: TimelineLine) -> TimelineEntry:
        when = self.when(line.at) if line.at else ""
        small = " · ".join(part for part in (when, line.author) if part)
        return TimelineEntry(small, self.read(line.words), "", "neutral", _SYMBOLS.get(line.kind, "dot"))

    def _run(self, operation: Callable[..., CaseView]) -> None:
        session, case_id = self.ctx.session, str(self.arguments["case_id"])
        self.run(lambda: operation(session, case_id), busy=(self.contacted, self.take, self.diagnosed, self.restored, self.apply))

    def _milestone(self, name: str, text: str, kind: str = "note") -> None:
        self._run(lambda session, case_id: milestone(session, case_id, name, kind=kind, text=text))

    def _apply(self) -> None:
        status = str(self.status.currentData())
        cause, solution, prevention = self.cause.text(), self.solution.text(), self.prevention.text()
        self._run(lambda session, case_id: set_status(session, case_id, status, cause=cause, solution=solution, prevention=prevention))

    def _keep(self) -> None:
        view: CaseView | None = self.view
        fields = {"cause": self.cause, "solution": self.solution, "prevention": self.prevention}
        typed, shown = {name: field.text().strip() for name, field in fields.items()}, dict(self._filled)
        if view is None or view.case_id != self._shown or typed == shown:
            return
        session, case_id = self.ctx.session, view.case_id

        def kept(after: CaseView) -> None:
            self._filled.update({name: text for name, text in typed.items() if self._shown == case_id})
            self.view = after if self.view is view else self.view
            self.kept.setText(self.t("saved {time}", time=self.time(self.ctx.clock.now(), seconds=True)))
            self.kept.show()

        self.run(lambda: write_findings(session, case_id, **typed, shown=shown), kept)

    def _note(self) -> None:
        session, case_id, text = self.ctx.session, str(self.arguments["case_id"]), self.note.text()
        self.run(lambda: add_note(session, case_id, text), lambda _view: self.note.set_text(""), busy=(self.add_note,))
