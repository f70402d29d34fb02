"""The list of reports with their states, and a place to check any report's signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

from PySide6.QtWidgets import QSizePolicy

from fieldapp.operations.documents import ReportLine, reports
from fieldapp.operations.session import FieldSession
from fieldapp.operations.verification import verify_file
from fieldapp.ui.documents.verify_panel import VerifyPanel
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import Tone
from fieldapp.ui.widgets.cards import Card, EmptyState
from fieldapp.ui.widgets.layouts import FlowRow, PageHeader, TwoColumns
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import ChipButton

__all__ = ["ReportsPage"]

_OPEN = ("draft", "frozen", "certified")


class ReportsPage(Page):
    """Registered as "reports". A row opens the page "report"; chips narrow the list."""

    kinds = frozenset({"service_report", "sign_off"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.unsigned, self.owed = ChipButton(checkable=True), ChipButton("", "due", checkable=True)
        for name, chip in (("only_open", self.unsigned), ("only_owed", self.owed)):
            chip.setObjectName(name)
            chip.toggled.connect(lambda _on: self._list())
        columns = TwoColumns(side=264)
        self.table = DataTable()
        self.table.setObjectName("reports")
        self.table.setMinimumHeight(360)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.table.chosen.connect(lambda key: ctx.navigate("report", report_id=key))
        self.empty = EmptyState("reports")
        self.empty.pressed.connect(lambda: ctx.navigate("today"))
        self.nothing = Card()
        self.nothing.add(self.empty)
        self.verify = VerifyPanel(self)
        self.verify.wanted.connect(self._check)
        self.body.addWidget(self.header)
        self.chips = FlowRow([self.unsigned, self.owed])
        columns.main.addWidget(self.chips)
        columns.main.addWidget(self.table, 1)
        columns.main.addWidget(self.nothing)
        columns.main.addStretch(0)
        columns.side.addWidget(self.verify)
        columns.side.addStretch(1)
        self.body.addWidget(columns, 1)

    def heading(self) -> str:
        """What the window's title says."""
        return self.t("Reports")

    def retranslate(self) -> None:
        """Words of headings, chips and columns."""
        self.unsigned.setText(self.t("Not signed yet"))
        self.owed.setText(self.t("Copy not handed over"))
        self.table.setAccessibleName(self.t("Reports"))
        self.table.set_columns(
            [
                TableColumn(self.t("Number"), 140, bold=True),
                TableColumn(self.t("Subject"), 0, two_lines=True),
                TableColumn(self.t("State"), 132 if self.ctx.language == "zh" else 186),
                TableColumn(self.t("Copy"), 78),
                TableColumn(self.t("Signed on"), 106, optional=True),
            ]
        )
        self.empty.set_words(
            self.t("No reports yet"),
            self.t("A report is drafted at the end of a visit: open the visit and press “Report”."),
            self.t("Open today's visits"),
        )
        self.verify.retranslate()

    def load(self) -> Callable[[], tuple[ReportLine, ...]]:
        """Read the list."""
        session: FieldSession = self.ctx.session
        return lambda: reports(session)

    def render_view(self, view: tuple[ReportLine, ...]) -> None:
        """Show the list, or what to do when there is none."""
        waiting = sum(line.state in _OPEN for line in view)
        owed = sum(line.copy_owed for line in view)
        words = self.t(
            "{count} reports · {waiting} not signed · {owed} copies not handed over", count=len(view), waiting=waiting, owed=owed
        )
        self.header.set_words(self.t("Reports"), words if view else "")
        for widget in (self.table, self.chips):
            widget.setVisible(bool(view))
        self.nothing.setVisible(not view)
        self._list()

    def _list(self) -> None:
        lines: Sequence[ReportLine] = self.view or ()
        if self.unsigned.isChecked():
            lines = [line for line in lines if line.state in _OPEN]
        if self.owed.isChecked():
            lines = [line for line in lines if line.copy_owed]
        self.table.set_rows([self._row(line) for line in lines])

    def _row(self, line: ReportLine) -> TableRow:
        number = line.number if line.version == 1 else f"{line.number} v{line.version}"
        state = self.read(line.state_words)
        tone = cast(Tone, line.tone)
        copy = self.t("owed") if line.copy_owed else ""
        what = " · ".join(part for part in (self.read(line.kind_words), line.title) if part)
        subject = f"{what}\n" + " · ".join(part for part in (line.customer, line.site) if part)
        signed = self.when(line.at)[:10] if line.at else "–"
        return TableRow(line.report_id, (number, subject, state, copy, signed), (None, None, tone, "due", None))

    def _check(self, path: Path) -> None:
        session: FieldSession = self.ctx.session
        self.run(lambda: verify_file(session, path), self.verify.show_verdict, lane="aside", busy=(self.verify.area.choose,))
