"""Spares: swaps with the days until the faulty part must be back, the van, and the depot as of the last sync."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from itertools import groupby

from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.operations.spares import stock, swaps
from fieldapp.operations.swapping.views import Stock, StockRow, SwapRow
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState, Line
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Row, TwoColumns
from fieldapp.ui.widgets.tags import ClockChip, Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["SparesPage"]

_MOST = 60


class SparesPage(Page):
    """Registered as "spares"; no arguments."""

    kinds = frozenset({"swap", "stock_movement", "rma", "spare_part", "stock_location"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.swaps, self.van, self.depot = Card(), Card(), Card()
        self.swap_rows, self.van_rows, self.depot_rows = Column(gap=GAP.medium), Column(gap=GAP.small), Column(gap=GAP.small)
        self.empty = EmptyState("spares")
        self.empty.pressed.connect(lambda: ctx.navigate("today"))
        self.swaps.add(self.swap_rows, self.empty)
        self.van.add(self.van_rows)
        self.depot.add(self.depot_rows)
        columns = TwoColumns(side=340)
        columns.main.addWidget(self.header)
        columns.main.addWidget(self.swaps)
        columns.main.addStretch(1)
        columns.side.addWidget(self.van)
        columns.side.addWidget(self.depot)
        columns.side.addStretch(1)
        self.body.addWidget(columns)

    def retranslate(self) -> None:
        """What to do when nothing is there."""
        self.empty.set_words(
            self.t("No swap yet"),
            self.t("A swap begins at a visit or a case: open today's visit and choose to swap a spare part."),
            self.t("Open today"),
        )

    def heading(self) -> str:
        """The window's title."""
        return self.t("Spares")

    def load(self) -> Callable[[], tuple[Stock, tuple[SwapRow, ...]]]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: (stock(session), swaps(session))

    def render_view(self, view: tuple[Stock, tuple[SwapRow, ...]]) -> None:
        """Show swaps and stock."""
        held, rows = view
        open_ones = sum(row.days_left is not None for row in rows)
        good = sum(row.quantity for row in held.van if row.condition == "good")
        parts = [self.t("{count} good parts in the van", count=good), self.t("{count} faulty parts to return", count=open_ones)]
        self.header.set_words(self.t("Spares"), " · ".join(parts))
        self.swaps.set_title(self.t("Swaps and returns") if rows else "")
        shown: list[QWidget] = []
        for row in rows[:_MOST]:
            if shown:
                shown.append(Line())
            shown.append(self._swap(row))
        if len(rows) > _MOST:
            shown.append(Text(self.t("Older swaps stand in the history of their equipment."), "small"))
        self.swap_rows.set_widgets(shown)
        self.swap_rows.setVisible(bool(rows))
        self.empty.setVisible(not rows)
        self.van.set_title(self.t("In the van"), held.van_name)
        self.van_rows.set_widgets(self._lines(held.van, self.t("The van is empty by the books.")))
        synced = self.t("as of the last sync: {when}", when=self.when(held.synced_at)) if held.synced_at else self.t("not synced yet")
        self.depot.set_title(self.t("Depot"), synced)
        self.depot_rows.set_widgets(self._lines(held.depot, self.t("Nothing is known of the depot before the next sync.")))

    def _swap(self, row: SwapRow) -> QWidget:
        name = row.part[0] if self.ctx.language == "zh" else row.part[1]
        title = " ".join(part for part in (row.part_no, name) if part) or self.t("Spare swap")
        serials = f"SN {row.old_serial or '?'} → {row.new_serial or '?'}"
        where = " · ".join(part for part in (row.customer, row.site, row.case_number) if part)
        finished = self.when(row.finished_at) if row.finished_at else ""
        chips: list[QWidget] = [ClockChip(self.read(row.due_words), row.due_tone), Tag(self.read(row.ending_words))]
        if not row.complete:
            chips.append(Tag(self.t("Incomplete"), "due", "warning"))
        show = SecondaryButton(self.t("Look at it"), compact=True)
        show.setObjectName(f"open_{row.swap_id}")
        show.setAccessibleName(self.t("Look at {what}", what=title))
        show.clicked.connect(functools.partial(self.ctx.navigate, "swap", swap_id=row.swap_id))
        small = " · ".join(part for part in (serials, where, finished) if part)
        words = Column([Text(title, "bold"), Text(small, "small", selectable=True), FlowRow(chips)], gap=GAP.tight)
        words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        return Row([words, show])

    def _lines(self, rows: Sequence[StockRow], nothing: str) -> list[QWidget]:
        shown: list[QWidget] = []
        for (number, condition), found in groupby(rows, key=lambda row: (row.part_no, row.condition)):
            group = list(found)
            name = group[0].name_zh if self.ctx.language == "zh" else group[0].name_en
            count = sum(row.quantity for row in group)
            tags: list[QWidget | None] = [Text(" ".join(part for part in (number, name) if part), "bold"), None]
            if condition == "faulty":
                tags.append(Tag(self.t("faulty"), "due"))
            tags.append(Tag(f"× {count}", "breached" if count < 0 else "neutral"))
            serials = ", ".join(row.serial for row in group if row.serial)
            if shown:
                shown.append(Line())
            parts: list[QWidget] = [Row(tags, gap=GAP.small)]
            if serials:
                parts.append(Text(f"SN {serials}", "small", selectable=True))
            shown.append(Column(parts, gap=0))
        return shown or [Text(nothing, "muted")]
