"""One case: header with clocks and entitlement, what is found and done, a time line that cannot be edited, people, equipment."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from PySide6.QtWidgets import QComboBox, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.cases import CaseView, TimelineLine, add_note, case, contacted, milestone, set_status, take_case_over
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.history import Timeline, TimelineEntry
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Row, TwoColumns
from fieldapp.ui.widgets.tags import ClockChip, Tag
from fieldapp.ui.widgets.texts import Text

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
    """Argument `case_id`."""

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
        self.facts = KeyValueList()
        self.about.add(self.description, self.facts)
        self.progress = Card(gap=GAP.small)
        self.cause, self.solution, self.prevention = NoteField(), NoteField(), NoteField()
        self.status, self.apply = QComboBox(), SecondaryButton()
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
        self.progress.add(self.cause, self.solution, self.prevention)
        self.progress.add(Row([self.diagnosed, self.restored, None, self.status, self.apply]))
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
        self.take.setText(self.t("Take over"))
        self.progress.set_title(self.t("What was found and done"))
        for field, words in (
            (self.cause, self.t("Cause")),
            (self.solution, self.t("Solution")),
            (self.prevention, self.t("Prevention")),
            (self.note, self.t("Add a note; it cannot be changed afterwards")),
        ):
            field.set_hint(words)
            field.setAccessibleName(words)
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
        self.contacted.setVisible(view.contacted_at is None and view.mine)
        self.take.setVisible(not view.mine)
        tags = [Tag(view.severity, "due" if view.severity in ("P1", "P2") else "neutral"), Tag(self.read(view.status_words), "accent")]
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
        for field, text in ((self.cause, view.cause), (self.solution, view.solution), (self.prevention, view.prevention)):
            if text and not field.text():
                field.set_text(text)
        reached = {name for name, at in view.stamps if at}
        self.diagnosed.setVisible("diagnosed" not in reached)
        self.restored.setVisible("restored" not in reached)
        self.status.clear()
        for status in view.statuses:
            self.status.addItem(self.read(STATUS_WORDS.get(status, say("Solved"))), status)
        self.progress.setVisible(bool(view.statuses))
        self.timeline.set_entries([self._entry(each) for each in view.timeline])
        self._render_side(view)

    def _render_side(self, view: CaseView) -> None:
        rows: list[QWidget] = []
        for line in view.ticking.lines(self.ctx.clock.now()):
            if line.state in ("not_started",):
                continue
            chip = ClockChip(self.read(line.state_words), cast(Tone, line.tone))
            rows.append(Column([Row([Text(self.read(line.name), "bold"), None, chip]), Text(self.read(line.basis), "small")], gap=0))
        self.clock_rows.set_widgets(rows)
        self.clocks.setVisible(bool(rows))
        people: list[QWidget] = []
        for each in view.contacts:
            people.append(Column([Text(each.name, "bold"), Text(f"{each.role}  {each.phone}", "small", selectable=True)], gap=0))
        self.people_rows.set_widgets(people)
        self.people.setVisible(bool(people))
        self.equipment.setVisible(bool(view.asset))
        way = LinkButton(self.t("Equipment with its history"), "next")
        way.setObjectName("go_equipment")
        way.clicked.connect(functools.partial(self.ctx.navigate, "equipment", asset_id=view.asset_id))
        self.equipment_rows.set_widgets([Text(view.asset, "bold"), Text(view.asset_place, "small"), Row([way, None])])
        ways: list[QWidget] = []
        for number, visit_id in enumerate(view.visit_ids, start=1):
            link = LinkButton(self.t("Visit {number}", number=number), "next")
            link.clicked.connect(functools.partial(self.ctx.navigate, "visit", visit_id=visit_id))
            ways.append(Row([link, None]))
        self.visit_rows.set_widgets(ways)
        self.visits.setVisible(bool(ways))

    def _entry(self, line: TimelineLine) -> TimelineEntry:
        when = self.when(line.at) if line.at else ""
        return TimelineEntry(when, line.author, line.text, "neutral", _SYMBOLS.get(line.kind, "dot"))

    def _run(self, operation: Callable[..., CaseView]) -> None:
        session, case_id = self.ctx.session, str(self.arguments["case_id"])
        self.run(lambda: operation(session, case_id), busy=(self.contacted, self.take, self.apply))

    def _milestone(self, name: str, text: str, kind: str = "note") -> None:
        self._run(lambda session, case_id: milestone(session, case_id, name, kind=kind, text=text))

    def _apply(self) -> None:
        status = str(self.status.currentData())
        cause, solution, prevention = self.cause.text(), self.solution.text(), self.prevention.text()
        self._run(lambda session, case_id: set_status(session, case_id, status, cause=cause, solution=solution, prevention=prevention))

    def _note(self) -> None:
        session, case_id, text = self.ctx.session, str(self.arguments["case_id"]), self.note.text()
        self.run(lambda: add_note(session, case_id, text), lambda _view: self.note.set_text(""), busy=(self.add_note,))
