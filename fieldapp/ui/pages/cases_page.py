"""Cases: a fast table with filters; a click opens the case."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast, overload

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.cases import CaseChoices, CaseFilter, CaseRow, case_choices, cases
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import EmptyState
from fieldapp.ui.widgets.layouts import FlowRow, PageHeader
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.tags import ChipButton

__all__ = ["CasesPage"]

_KINDS = {
    "fault": say("Fault"),
    "consultation": say("Consultation"),
    "assisted_localisation": say("Assisted fault location"),
    "new_requirement": say("New requirement"),
    "scheduled_event": say("Planned event"),
    "inspection_finding": say("From an inspection"),
}
_DAYS = (0, 7, 30, 90, 365)


class _Rows(Sequence[TableRow]):
    """Rows of the table, made when they are seen: of 100,000 cases a screen shows twenty."""

    def __init__(self, rows: Sequence[CaseRow], make: Callable[[CaseRow], TableRow]) -> None:
        self._rows, self._make = rows, make
        self._made: dict[int, TableRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> TableRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[TableRow]: ...

    def __getitem__(self, index: int | slice) -> TableRow | list[TableRow]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        if index not in self._made:
            self._made[index] = self._make(self._rows[index])
        return self._made[index]


class CasesPage(Page):
    """Filters by state, level, kind, manufacturer, age and owner stand above the table; they stay as they were left."""

    kinds = frozenset({"case", "case_clock"})
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.wish = CaseFilter()
        self.days = 0
        self._choices = CaseChoices((), ())
        self.header = PageHeader()
        self.kind, self.manufacturer, self.age = QComboBox(), QComboBox(), QComboBox()
        self.chips = FlowRow()
        self.table = DataTable()
        self.empty = EmptyState("cases")
        self.all_of_them = SecondaryButton(compact=True)
        for name, widget in (
            ("filter_kind", self.kind),
            ("filter_manufacturer", self.manufacturer),
            ("filter_age", self.age),
            ("filter_none", self.all_of_them),
            ("cases", self.table),
        ):
            widget.setObjectName(name)
        for box in (self.kind, self.manufacturer, self.age):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.body.setSpacing(GAP.medium)
        self.body.addWidget(self.header)
        self.body.addWidget(self.chips)
        self.body.addWidget(FlowRow([self.kind, self.manufacturer, self.age, self.all_of_them]))
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.empty, 1)
        self.table.chosen.connect(lambda key: ctx.navigate("case", case_id=key))
        self.kind.activated.connect(lambda _index: self._choose(kind=str(self.kind.currentData())))
        self.manufacturer.activated.connect(lambda _index: self._choose(manufacturer=str(self.manufacturer.currentData())))
        self.age.activated.connect(self._choose_age)
        self.all_of_them.clicked.connect(self._forget_filters)

    def retranslate(self) -> None:
        """Headings, chips and lists."""
        chinese = self.ctx.language == "zh"
        self.table.set_columns(
            [
                TableColumn(self.t("Number"), 142, bold=True),
                TableColumn(self.t("Level"), 56),
                TableColumn(self.t("Service clock"), 184 if chinese else 262),
                TableColumn(self.t("Customer"), 206 if chinese else 190),
                TableColumn(self.t("Summary"), 0),
                TableColumn(self.t("State"), 104 if chinese else 140),
                TableColumn(self.t("Reported"), 116),
            ]
        )
        self._fit_columns()
        self.table.setAccessibleName(self.t("Cases"))
        self.all_of_them.setText(self.t("Remove the filters"))
        self.kind.setAccessibleName(self.t("Kind of case"))
        self.manufacturer.setAccessibleName(self.t("Manufacturer"))
        self.age.setAccessibleName(self.t("Reported"))
        self._draw_filters()

    def _reported(self, at: datetime | None) -> str:
        """Day and time; the year only where it is another than this one."""
        if at is None:
            return ""
        words, now = self.when(at), self.when(self.ctx.clock.now())
        return words[5:] if words[:4] == now[:4] else words[:10]

    def _fit_columns(self) -> None:
        """Where there is little room, less telling columns give way to the summary; the case itself tells them."""
        narrow, narrower = (self.width() < current_theme().px(room) for room in (960, 640))
        self.table.setColumnHidden(5, narrow)
        # English words are longer: what was reported when tells least of a case
        self.table.setColumnHidden(6, narrow or (self.ctx.language == "en" and self.width() < current_theme().px(1160)))
        for column in (1, 3):
            self.table.setColumnHidden(column, narrower)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit_columns()

    def _draw_filters(self) -> None:
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
        kinds = [("", self.t("All kinds")), *((each, self.read(_KINDS[each])) for each in self._choices.kinds if each in _KINDS)]
        makers = [("", self.t("All manufacturers")), *((each, each) for each in self._choices.manufacturers)]
        ages = [(days, self.t("the last {count} days", count=days) if days else self.t("Any time")) for days in _DAYS]
        for box, entries, now in ((self.kind, kinds, self.wish.kind), (self.manufacturer, makers, self.wish.manufacturer)):
            self._fill(box, entries, now)
        self._fill(self.age, ages, self.days)
        self.all_of_them.setVisible(self.wish != CaseFilter())

    @staticmethod
    def _fill(box: QComboBox, entries: Sequence[tuple[object, str]], now: object) -> None:
        box.clear()
        for value, words in entries:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(now)))
        widest = max(box.fontMetrics().horizontalAdvance(words) for _, words in entries)
        box.setMinimumWidth(widest + current_theme().px(56))

    def _chip(self, name: str, words: str, chosen: bool, choose: Callable[[], None]) -> QWidget:
        chip = ChipButton(words, checkable=True)
        chip.setObjectName(f"filter_{name}")
        chip.setChecked(chosen)
        chip.clicked.connect(lambda _checked: choose())
        return chip

    def _choose(self, **changes: object) -> None:
        self.wish = replace(self.wish, **changes)  # type: ignore[arg-type]
        self._draw_filters()
        self.refresh()

    def _choose_age(self, _index: int) -> None:
        self.days = int(self.age.currentData())
        self._choose(since=self.ctx.clock.now() - timedelta(days=self.days) if self.days else None)

    def _forget_filters(self) -> None:
        self.wish, self.days = CaseFilter(), 0
        self._choose()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Cases")

    def load(self) -> Callable[[], tuple[tuple[CaseRow, ...], CaseChoices]]:
        """Ask the replica."""
        session, wish = self.ctx.session, self.wish
        return lambda: (cases(session, wish), case_choices(session))

    def render_view(self, view: tuple[tuple[CaseRow, ...], CaseChoices]) -> None:
        """Show the rows."""
        rows, choices = view
        if choices != self._choices:
            self._choices = choices
            self._draw_filters()
        self.header.set_words(self.t("Cases"), self.t("{count} shown", count=len(rows)))
        self.table.set_rows(_Rows(rows, self._row))
        self.table.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        none = not choices.kinds
        self.empty.set_words(
            self.t("No cases on this laptop yet") if none else self.t("No case fits"),
            self.t("New work comes with the next sync.") if none else self.t("Choose other filters above, or sync for new cases."),
        )

    def _row(self, row: CaseRow) -> TableRow:
        waiting = row.ticking.urgent(self.ctx.clock.now()) if row.ticking is not None else None
        cells = (
            row.number,
            row.severity,
            self.read(waiting.chip) if waiting else "",
            " · ".join(part for part in (row.customer, row.site) if part),
            row.summary,
            self.read(row.status_words),
            self._reported(row.reported_at),
        )
        tone = cast(Tone, waiting.tone) if waiting and waiting.tone != "neutral" else None
        return TableRow(row.case_id, cells, (None, None, tone, None, None, None, None))
