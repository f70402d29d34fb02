"""Cases: a fast table with filters; a click opens the case."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast

from PySide6.QtWidgets import QWidget

from fieldapp.operations.cases import CaseFilter, CaseRow, cases
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.cards import EmptyState
from fieldapp.ui.widgets.layouts import FlowRow, PageHeader
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import ChipButton

__all__ = ["CasesPage"]


class CasesPage(Page):
    """Filters by state, level and owner stand as chips above the table."""

    kinds = frozenset({"case", "case_clock"})
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.wish = CaseFilter()
        self.header = PageHeader()
        self.chips = FlowRow()
        self.table = DataTable()
        self.table.setObjectName("cases")
        self.empty = EmptyState("cases")
        self.body.setSpacing(GAP.medium)
        self.body.addWidget(self.header)
        self.body.addWidget(self.chips)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.empty, 1)
        self.table.chosen.connect(lambda key: ctx.navigate("case", case_id=key))

    def retranslate(self) -> None:
        """Headings and chips."""
        self.table.set_columns(
            [
                TableColumn(self.t("Number"), 130, bold=True),
                TableColumn(self.t("Level"), 64),
                TableColumn(self.t("Service clock"), 190),
                TableColumn(self.t("Customer"), 190),
                TableColumn(self.t("Summary"), 0),
                TableColumn(self.t("State"), 120),
                TableColumn(self.t("Reported"), 140),
            ]
        )
        self.table.setAccessibleName(self.t("Cases"))
        self.empty.set_words(self.t("No case fits"), self.t("Choose other filters above, or sync for new cases."))
        self._draw_chips()

    def _draw_chips(self) -> None:
        chips: list[QWidget] = []
        states = (("open", self.t("Open")), ("closed", self.t("Closed")), ("", self.t("All")))
        for state, words in states:
            choose = functools.partial(self._choose, state=state)
            chips.append(self._chip(f"state_{state or 'all'}", words, self.wish.state == state, choose))
        for level in ("P1", "P2", "P3", "P4"):
            chosen = self.wish.severity == level
            chips.append(self._chip(level, level, chosen, functools.partial(self._choose, severity="" if chosen else level)))
        mine = self.wish.mine
        chips.append(self._chip("mine", self.t("Mine only"), mine, lambda: self._choose(mine=not mine)))
        self.chips.set_widgets(chips)

    def _chip(self, name: str, words: str, chosen: bool, choose: Callable[[], None]) -> QWidget:
        chip = ChipButton(words, checkable=True)
        chip.setObjectName(f"filter_{name}")
        chip.setChecked(chosen)
        chip.clicked.connect(lambda _checked: choose())
        return chip

    def _choose(self, **changes: object) -> None:
        known = {name: getattr(self.wish, name) for name in CaseFilter.__dataclass_fields__}
        self.wish = CaseFilter(**{**known, **changes})
        self._draw_chips()
        self.refresh()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Cases")

    def load(self) -> Callable[[], tuple[CaseRow, ...]]:
        """Ask the replica."""
        session, wish = self.ctx.session, self.wish
        return lambda: cases(session, wish)

    def render_view(self, view: tuple[CaseRow, ...]) -> None:
        """Show the rows."""
        self.header.set_words(self.t("Cases"), self.t("{count} shown", count=len(view)))
        self.table.set_rows([self._row(each) for each in view])
        self.table.setVisible(bool(view))
        self.empty.setVisible(not view)

    def _row(self, row: CaseRow) -> TableRow:
        lines = [line for line in row.ticking.lines(self.ctx.clock.now()) if line.due_at and line.state != "met"]
        open_clock = lines[0] if lines and row.status not in ("closed", "archived", "resolved") else None
        cells = (
            row.number,
            row.severity,
            self.read(open_clock.chip) if open_clock else "",
            " · ".join(part for part in (row.customer, row.site) if part),
            row.summary,
            self.read(row.status_words),
            self.when(row.reported_at) if row.reported_at else "",
        )
        tone = cast(Tone, open_clock.tone) if open_clock and open_clock.tone != "neutral" else None
        return TableRow(row.case_id, cells, (None, None, tone, None, None, None, None))
