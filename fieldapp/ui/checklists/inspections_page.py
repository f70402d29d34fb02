"""Inspections: the list, and one inspection with its checklists, what was left over, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from fieldapp.base.i18n import Sentence, date_text, say, when_text
from fieldapp.operations.inspections import InspectionRow, InspectionView, finish, inspection, inspections, reopen, settle, start, write_end
from fieldapp.ui.checklists.inspection_parts import FindingLine, FinishBox, SheetCard
from fieldapp.ui.checklists.left_over import LeftOverCard
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import LinkButton, PrimaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState, KeyValueList
from fieldapp.ui.widgets.layouts import Column, PageHeader, TwoColumns
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["InspectionsPage"]


class InspectionsPage(Page):
    """The list; with the argument `inspection_id` that inspection."""

    kinds = frozenset({"inspection", "form_instance", "finding", "visit", "form_version"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.start = PrimaryButton()
        self.start.setObjectName("start")
        self.all_of_them = LinkButton(symbol="previous")
        self.all_of_them.setObjectName("all-inspections")
        self.state = Tag()
        self.header = PageHeader([self.state, self.all_of_them, self.start])
        self.table = DataTable()
        self.table.setObjectName("inspections")
        self.empty = EmptyState("inspections")
        self.one = TwoColumns(side=300)
        self.left_title, self.left = Text("", "strong"), Column()
        self.sheets_title, self.sheets = Text("", "strong"), Column()
        self.findings_title, self.findings = Text("", "strong"), Column(gap=GAP.small)
        for part in (self.left_title, self.left, self.sheets_title, self.sheets, self.findings_title, self.findings):
            self.one.main.addWidget(part)
        self.one.main.addStretch(1)
        self.facts, self.fact_rows = Card(), KeyValueList()
        self.facts.add(self.fact_rows)
        self.end = FinishBox()
        self.one.side.addWidget(self.facts)
        self.one.side.addWidget(self.end)
        self.one.side.addStretch(1)
        self.body.addWidget(self.header)
        for whole in (self.table, self.empty, self.one):
            self.body.addWidget(whole, 1)
        self.table.chosen.connect(lambda key: ctx.navigate("inspections", inspection_id=key))
        self.all_of_them.clicked.connect(lambda: ctx.navigate("inspections"))
        self.start.clicked.connect(self._start)
        self.end.finish_wanted.connect(self._finish)
        self.end.written.connect(self._write_end)
        self.owes = lambda: self.end.waits
        self.end.reopen_wanted.connect(self._reopen)
        self.end.way_wanted.connect(self._go_to_stop)

    def retranslate(self) -> None:
        """Headings and columns."""
        self.all_of_them.setText(self.t("All inspections"))
        self.table.set_columns(
            [
                TableColumn(self.t("Customer and site"), 0, bold=True),
                TableColumn(self.t("Period"), 90, optional=True),
                TableColumn(self.t("Planned for"), 150),
                TableColumn(self.t("State"), 110),
                TableColumn(self.t("Items"), 90, "right"),
                TableColumn(self.t("Abnormal"), 80, "right"),
            ]
        )
        self.table.setAccessibleName(self.t("Inspections"))
        self.empty.set_words(
            self.t("No inspections on this laptop"), self.t("Planned inspections come with the next sync, with their checklists.")
        )
        self.left_title.setText(self.t("Left over from last time"))
        self.sheets_title.setText(self.t("Checklists"))
        self.findings_title.setText(self.t("Findings of this inspection"))
        self.facts.set_title(self.t("This inspection"))
        self.end.speak(self.ctx.language)

    def leaving(self) -> bool:
        """What was written is handed on."""
        self.end.flush()
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing that was written waits behind another page."""
        super().hideEvent(event)
        self.end.flush()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Inspections")

    def load(self) -> Callable[[], Any]:
        """Ask the replica."""
        session, wanted = self.ctx.session, str(self.arguments.get("inspection_id", ""))
        return (lambda: inspection(session, wanted)) if wanted else (lambda: inspections(session))

    def render_view(self, view: InspectionView | tuple[InspectionRow, ...]) -> None:
        """Show the list or the one."""
        one = isinstance(view, InspectionView)
        self.one.setVisible(one)
        for part in (self.start, self.all_of_them, self.state):
            part.setVisible(one)
        self.table.setVisible(not one and bool(view))
        self.empty.setVisible(not one and not view)
        if isinstance(view, InspectionView):
            self._show_one(view)
        else:
            self._show_all(view)

    # the list

    def _show_all(self, rows: tuple[InspectionRow, ...]) -> None:
        running = sum(row.state == "started" for row in rows)
        planned = sum(row.state == "planned" for row in rows)
        self.header.set_words(self.t("Inspections"), self.t("{running} in progress · {planned} planned", running=running, planned=planned))
        self.table.set_rows([self._table_row(row) for row in rows])

    def _table_row(self, row: InspectionRow) -> TableRow:
        when = row.finished_at or row.planned_at
        items = f"{row.answered}/{row.total}" if row.state != "finished" else self.t("{count} sheets", count=row.sheets)
        tones: dict[str, Tone] = {"started": "accent", "planned": "neutral"}
        tone = tones.get(row.state, "due" if row.result == "partial" else "met")
        cells = (
            f"{row.customer} · {row.site}",
            row.period,
            when_text(when, self.ctx.language, row.zone) if when else "",
            self.read(row.state_words),
            items,
            str(row.abnormal) if row.abnormal else "",
        )
        return TableRow(row.inspection_id, cells, (None, None, None, tone, None, "breached" if row.abnormal else None))

    # one

    def _show_one(self, view: InspectionView) -> None:
        row, language = view.row, self.ctx.language
        self.header.set_words(
            f"{row.customer} · {row.site}", " · ".join(part for part in (row.number, self.read(row.period_words)) if part)
        )
        self.state.set(self.read(row.state_words), "met" if row.result == "complete" else "due" if row.result else "accent")
        whole = row.total > 0 and row.answered >= row.total  # then the way on is the end of the inspection
        self.start.setVisible(row.state != "finished" and bool(view.next_instance) and not whole)
        self.start.setText(self.t("Start the inspection") if row.state == "planned" else self.t("Continue"))
        left: list[QWidget] = []
        for each in view.left:
            card = LeftOverCard(each, language, editable=row.state != "finished", with_asset=True)
            card.case.hide()
            card.settled.connect(self._settle)
            left.append(card)
        self.left.set_widgets(left)
        self._show_or_hide(self.left_title, self.left, bool(left))
        sheets = [SheetCard(each, language) for each in view.sheets]
        for sheet in sheets:
            sheet.open_wanted.connect(lambda instance: self.ctx.navigate("checklist", instance_id=instance))
        self.sheets.set_widgets(sheets)
        self.findings.set_widgets([FindingLine(each, language) for each in view.findings])
        self._show_or_hide(self.findings_title, self.findings, bool(view.findings))
        self.end.show_view(view, language)
        self._show_facts(view)

    def _show_or_hide(self, title: QWidget, column: QWidget, shown: bool) -> None:
        title.setVisible(shown)
        column.setVisible(shown)

    def _show_facts(self, view: InspectionView) -> None:
        row, covered = view.row, view.covered
        triggers = {
            "quarter": say("Every quarter"),
            "pre_holiday": say("Before a holiday"),
            "month": say("Every month"),
            "on_demand": say("On demand"),
        }
        mode = say("Remote") if view.mode == "remote" else say("On site")
        facts = [
            (self.t("Occasion"), self.read(triggers.get(view.trigger, say("On demand")))),
            (self.t("Mode"), self.read(mode)),
            (self.t("Planned for"), when_text(row.planned_at, self.ctx.language, row.zone) if row.planned_at else "-"),
            (self.t("Coverage"), f"{covered.percent} %"),
            (self.t("Normal"), str(covered.ok)),
            (self.t("Abnormal"), str(covered.abnormal)),
            (self.t("Not applicable"), str(covered.na)),
            (self.t("Not checked"), str(covered.unchecked)),
            (self.t("Not answered"), str(covered.open)),
        ]
        if row.finished_at is not None:
            facts.insert(3, (self.t("Finished"), date_text(row.finished_at.date(), self.ctx.language)))
        self.fact_rows.set_rows(facts)

    # what a person does

    def _show(self, view: InspectionView) -> None:
        self.view = view
        self.render_view(view)

    def _start(self) -> None:
        if isinstance(self.view, InspectionView):
            session, one, first = self.ctx.session, self.view.row.inspection_id, self.view.next_instance
            self.run(lambda: start(session, one), lambda _: self.ctx.navigate("checklist", instance_id=first), busy=[self.start])

    def _write_end(self, one: str, summary: str, advice: str) -> None:
        session, shown = self.ctx.session, self.end.shown

        def failed(text: Sentence) -> None:
            self.end.take_back(one)
            self.ctx.notify(text, "breached")

        self.run(lambda: write_end(session, one, summary, advice, shown), lambda _: self.end.kept(one, summary, advice), failed=failed)

    def _finish(self, summary: str, advice: str) -> None:
        session, one, shown = self.ctx.session, self.view.row.inspection_id, self.end.shown
        typed = [now if now != before else "" for now, before in zip((summary, advice), shown, strict=True)]  # else what stands stays
        self.run(lambda: finish(session, one, *typed), self._show, busy=[self.end.finish])

    def _go_to_stop(self) -> None:
        if isinstance(self.view, InspectionView) and self.view.stopped_at is not None:
            instance, key = self.view.stopped_at
            self.ctx.navigate("checklist", instance_id=instance, **({"key": key} if key else {}))

    def _reopen(self) -> None:
        session, one = self.ctx.session, self.view.row.inspection_id
        self.run(lambda: reopen(session, one), self._show)

    def _settle(self, finding_id: str, note: str) -> None:
        session, one = self.ctx.session, self.view.row.inspection_id
        self.run(lambda: settle(session, one, finding_id, note), self._show)
