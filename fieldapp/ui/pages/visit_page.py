"""The visit: its five steps from departure to exit, the site's rules, people, what belongs to it, the check before leaving."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from fieldapp.base.i18n import Sentence, say, time_text, when_text
from fieldapp.operations.cases import ContactLine
from fieldapp.operations.visits import (
    PersonLine,
    VisitView,
    add_person,
    clear,
    depart,
    enter,
    leave,
    read_rules,
    start_work,
    visit,
)
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.visit_end import VisitEnd
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import Button, LinkButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Pairs, Row, TwoColumns
from fieldapp.ui.widgets.steps import GateList, GateWords
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["VisitPage"]

_STEPS = {
    "departed_at": (say("Departed"), say("Depart")),
    "entered_at": (say("Entry registered"), say("Register entry")),
    "started_at": (say("Work started"), say("Confirm start of work")),
    "cleared_at": (say("Workplace cleared"), say("Workplace is cleared")),
    "left_at": (say("Left the site"), say("Register exit")),
}
_SIDES = {"us": say("Us"), "customer": say("Customer"), "vendor": say("Vendor"), "subcontractor": say("Subcontractor")}


class VisitPage(Page):
    """Argument `visit_id`."""

    kinds = frozenset(
        {"visit", "visit_person", "left_over", "site_rule", "service_report", "swap", "upgrade_order", "form_instance", "case"}
    )

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.tags = FlowRow()
        self.steps = GateList()
        self.steps.setObjectName("steps")
        self.step_card = Card(gap=0)
        self.entry = Card(gap=GAP.small)
        self.entry.setObjectName("entry")
        self.permit, self.escort, self.confirmed = QLineEdit(), QLineEdit(), QLineEdit()
        self.tools, self.items_out = NoteField(), NoteField()
        for name, widget in (
            ("permit", self.permit),
            ("escort", self.escort),
            ("confirmed_by", self.confirmed),
            ("tools", self.tools),
            ("items_out", self.items_out),
        ):
            widget.setObjectName(name)
        self.next = PrimaryButton()
        self.next.setObjectName("next_step")
        self._shown = ""
        self.why = Text("", "small")
        entered = (self.permit, self.escort, self.tools, self.confirmed, self.items_out)
        self.captions = {widget.objectName(): Text("", "small") for widget in entered}
        self.asked = [Column([self.captions[widget.objectName()], widget], gap=2) for widget in entered]
        self.fields = Column(self.asked, gap=GAP.small)
        self.step_card.add(self.steps)
        self.entry.add(self.fields, self.why, Row([self.next, None]))
        self.work = Card()
        self.work_rows = Column(gap=0)
        self.work.add(self.work_rows)
        self.end = VisitEnd(self)
        self.rules, self.people, self.facts, self.exit = Card(), Card(), Card(), Card()
        self.rule_rows, self.people_rows, self.exit_rows = Column(gap=GAP.small), Column(gap=GAP.small), Pairs()
        self.read_them = SecondaryButton()
        self.read_them.setObjectName("read_rules")
        self.rules.add(self.rule_rows, self.read_them)
        self.person, self.side, self.add_them = QLineEdit(), QComboBox(), SecondaryButton(compact=True)
        self.person.setObjectName("person_name")
        self.side.setObjectName("person_side")
        self.add_them.setObjectName("add_person")
        self.people.add(self.people_rows, self.person, Row([self.side, self.add_them]))
        self.fact_list = KeyValueList()
        self.contact_rows = Column(gap=GAP.tight)
        self.facts.add(self.fact_list, self.contact_rows)
        self.exit.add(self.exit_rows)
        columns = TwoColumns(side=320)
        for part in (self.header, self.tags, self.step_card, self.entry, self.work, self.end):
            columns.main.addWidget(part)
        columns.main.addStretch(1)
        for part in (self.exit, self.rules, self.facts, self.people):
            columns.side.addWidget(part)
        columns.side.addStretch(1)
        self.body.addWidget(columns)
        self.body.addStretch(1)
        self.next.clicked.connect(self._next)
        self.read_them.clicked.connect(lambda: self._run(read_rules))
        self.add_them.clicked.connect(self._add_person)
        self.person.returnPressed.connect(self._add_person)

    def retranslate(self) -> None:
        """Titles, hints, buttons."""
        for field, words in (
            (self.permit, self.t("Permit or work ticket")),
            (self.escort, self.t("Escorted by")),
            (self.confirmed, self.t("Safety and earthing checked; agreed by (customer)")),
        ):
            self.captions[field.objectName()].setText(words)
            field.setAccessibleName(words)
        for note, words in (
            (self.tools, self.t("Tools and laptop with serials, one a line")),
            (self.items_out, self.t("Parts and files taken out: what, allowed by whom, until when; one a line")),
        ):
            self.captions[note.objectName()].setText(words)
            note.setAccessibleName(words)
        self.rules.set_title(self.t("Rules of the site"))
        self.read_them.setText(self.t("I have read the rules"))
        self.people.set_title(self.t("People on site"))
        self.facts.set_title(self.t("The site"))
        self.exit.set_title(self.t("Before you leave"))
        self.work.set_title(self.t("Work of this visit"))
        self.person.setPlaceholderText(self.t("Name and role"))
        self.person.setAccessibleName(self.t("Name and role"))
        self.side.setAccessibleName(self.t("Whose"))
        chosen = max(0, self.side.currentIndex())
        self.side.clear()
        for key, sentence in _SIDES.items():
            self.side.addItem(self.read(sentence), key)
        self.side.setCurrentIndex(chosen)
        self.add_them.setText(self.t("Add"))
        self.end.retranslate()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Visit")

    def load(self) -> Callable[[], VisitView]:
        """Ask the replica."""
        session, visit_id = self.ctx.session, str(self.arguments["visit_id"])
        return lambda: visit(session, visit_id)

    def render_view(self, view: VisitView) -> None:
        """Show the visit; another one finds the fields as its own record says."""
        if self._shown != view.visit_id:
            self._shown = view.visit_id
            self.person.clear()
            for line, text in ((self.permit, view.permit_no), (self.escort, view.escort), (self.confirmed, view.start_confirmed_by)):
                line.setText(text)
            self.tools.set_text("\n".join(view.tools))
            self.items_out.set_text("\n".join(view.items_out))
        appointment = when_text(view.appointment_at, self.ctx.language, view.zone) if view.appointment_at else ""
        if view.appointment_at and view.planned_end_at:
            end = when_text(view.planned_end_at, self.ctx.language, view.zone)
            appointment += " – " + (end[11:] if end[:10] == appointment[:10] else end)
        self.header.set_words(f"{view.customer} · {view.site}", " · ".join(part for part in (view.title, appointment) if part))
        tones: dict[str, Tone] = {"warranty": "met", "per_call": "due"}
        tags = [Tag(self.read(view.entitlement_words), tones.get(view.entitlement, "neutral"))]
        tags += [Tag(self.read(rule.words), "neutral" if rule.allowed else "due") for rule in view.rules]
        if view.outcome:
            tags.append(Tag(self.read(view.outcome_words), "met" if view.outcome == "complete" else "due"))
        self.tags.set_widgets(tags)
        self._render_steps(view)
        self._render_work(view)
        self._render_side(view)
        self.end.render_view(view)

    def _render_steps(self, view: VisitView) -> None:
        gates = []
        self._next_name = ""
        why: Sentence | None = None
        for number, step in enumerate(view.stamps, start=1):
            done, to_do = _STEPS[step.name]
            title, state = (done, time_text(step.at, view.zone)) if step.at else (to_do, "")
            tone: Tone = "met" if step.at else "neutral"
            detail = self._detail(view, step.name)
            gates.append(GateWords(str(number), self.read(title), detail, state, tone, bool(step.at)))
            if step.at is None and not self._next_name:
                self._next_name, why = step.name, step.why
        self.steps.set_gates(gates)
        self.entry.setVisible(bool(self._next_name))
        if not self._next_name:
            return
        self.next.setText(self.read(_STEPS[self._next_name][1]))
        self.next.setEnabled(why is None)
        self.why.setVisible(why is not None)
        self.why.setText(self.t("Not yet: {why}", why=self.read(why)) if why else "")
        shown = {"entered_at": (self.permit, self.escort, self.tools), "started_at": (self.confirmed,), "left_at": (self.items_out,)}
        for widget, both in zip((self.permit, self.escort, self.tools, self.confirmed, self.items_out), self.asked, strict=True):
            both.setVisible(widget in shown.get(self._next_name, ()))
        self.entry.set_title(self.t("Next step"))
        self.exit.setVisible(view.stamps[0].at is not None)

    def _detail(self, view: VisitView, name: str) -> str:
        details = {
            "entered_at": (view.permit_no, view.escort, *view.tools),
            "started_at": (view.start_confirmed_by,),
            "left_at": view.items_out,
        }
        return " · ".join(part for part in details.get(name, ()) if part)

    def _next(self) -> None:
        tools, items = self.tools.text().splitlines(), self.items_out.text().splitlines()
        steps: dict[str, Callable[[], None]] = {
            "departed_at": lambda: self._run(depart),
            "entered_at": lambda: self._run(enter, permit_no=self.permit.text(), escort=self.escort.text(), tools=tools),
            "started_at": lambda: self._run(start_work, confirmed_by=self.confirmed.text()),
            "cleared_at": lambda: self._run(clear),
            "left_at": lambda: self._run(leave, items_out=items),
        }
        steps[self._next_name]()

    def _run(self, operation: Callable[..., VisitView], **values: Any) -> None:
        session, visit_id = self.ctx.session, str(self.arguments["visit_id"])
        self.run(lambda: operation(session, visit_id, **values), busy=(self.next, self.read_them))

    def _render_work(self, view: VisitView) -> None:
        ways: list[tuple[str, str, dict[str, str]]] = []
        if view.inspection_id:
            ways.append((self.t("Inspection and its checklists"), "inspections", {"inspection_id": view.inspection_id}))
        if view.case_id:
            ways.append((self.t("Case {number}", number=view.case_number), "case", {"case_id": view.case_id}))
            swap = {"case_id": view.case_id, "visit_id": view.visit_id, "asset_id": view.asset_id}
            ways.append((self.t("Swap a spare part"), "swap", swap))
        if view.order_id:
            ways.append((self.t("Upgrade, gate by gate"), "upgrade", {"order_id": view.order_id}))
        rows: list[QWidget] = [self._way(words, page, arguments) for words, page, arguments in ways]
        for report_id, number, kind, _state in view.reports:
            rows.append(self._way(f"{self.t('Report')} {number}", "report", {"report_id": report_id}, f"report_{kind}"))
        self.work_rows.set_widgets(rows)
        self.work.setVisible(bool(rows))

    def _way(self, words: str, page: str, arguments: dict[str, str], name: str = "") -> QWidget:
        way: Button = LinkButton(words, "next")
        way.setObjectName(name or f"go_{page}")
        way.clicked.connect(functools.partial(self.ctx.navigate, page, **arguments))
        return Row([way, None])

    def _person(self, each: PersonLine) -> QWidget:
        small = " · ".join(part for part in (self.read(_SIDES.get(each.side, say("Us"))), each.role, each.phone) if part)
        return Column([Text(each.name, "bold"), Text(small, "small")], gap=0)

    def _contact(self, each: ContactLine) -> QWidget:
        line = Row([Elided(each.name, "bold"), None, Text(each.phone, wrap=False, selectable=True)])
        return Column([line, Text(each.role, "small")] if each.role else [line], gap=0)

    def _add_person(self) -> None:
        name, _, role = self.person.text().strip().partition(" ")
        side = str(self.side.currentData())

        def added(_view: VisitView) -> None:
            self.person.clear()

        session, visit_id = self.ctx.session, str(self.arguments["visit_id"])
        self.run(lambda: add_person(session, visit_id, name, side, role), added, busy=(self.add_them,))

    def _render_side(self, view: VisitView) -> None:
        self.rules.setVisible(bool(view.rules))
        rows: list[QWidget] = []
        for rule in view.rules:
            clause = f"{rule.clause}. " if rule.clause else ""
            rows.append(Text(clause + (rule.text or self.read(rule.words)), "body"))
            if rule.substitute is not None and not rule.allowed:
                rows.append(Text(self.t("Instead: {what}", what=self.read(rule.substitute)), "small"))
        self.rule_rows.set_widgets(rows)
        self.read_them.setVisible(view.rules_read_at is None)
        facts = [(self.t("Address"), view.address), (self.t("Duty phone"), view.phone), (self.t("Contract"), view.contract)]
        self.fact_list.set_rows([(name, value) for name, value in facts if value])
        self.contact_rows.set_widgets([self._contact(each) for each in view.contacts])
        self.people_rows.set_widgets([self._person(each) for each in view.people])
        self.exit_rows.set_pairs(
            (Tag(self.t("ok") if item.done else self.t("open"), "met" if item.done else "due"), Text(self.read(item.text)))
            for item in view.exit
        )
