"""Equipment: the list by customer and site; one piece with place, warranty, readings, findings and history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.base.i18n import Sentence
from fieldapp.operations.lookup.equipment import AssetRow, AssetView, asset, assets
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.icons import IconName
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState, KeyValueList
from fieldapp.ui.widgets.history import Timeline, TimelineEntry, TrendLine
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row, ScrollColumn
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["EquipmentPage"]

_SYMBOLS: dict[str, IconName] = {"case": "cases", "swap": "spares", "finding": "inspections"}


class EquipmentPage(Page):
    """Argument `asset_id` shows one piece, `wanted` the list with that typed; else the list as it was left.

    A scanner types a serial into the field and presses Enter.
    """

    kinds = frozenset({"asset", "finding", "swap", "case"})
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.all_of_it = SecondaryButton()
        self.all_of_it.setObjectName("all_equipment")
        self.header = PageHeader([self.all_of_it])
        self.filter = QLineEdit()
        self.filter.setObjectName("filter")
        self.table = DataTable()
        self.table.setObjectName("equipment")
        self.empty = EmptyState("equipment")
        self.one = Column()
        self.one_area = ScrollColumn()
        self.one_area.column.addWidget(self.one)
        self.one_area.column.addStretch(1)
        for part, stretch in ((self.header, 0), (self.filter, 0), (self.table, 1), (self.empty, 1), (self.one_area, 1)):
            self.body.addWidget(part, stretch)
        self._rows: tuple[AssetRow, ...] = ()
        self.table.chosen.connect(lambda key: ctx.navigate("equipment", asset_id=key))
        self.all_of_it.clicked.connect(lambda: ctx.navigate("equipment"))
        self.filter.textChanged.connect(lambda _text: self._fill())
        self.filter.returnPressed.connect(self._only_one)

    def retranslate(self) -> None:
        """Headings and hints."""
        self.all_of_it.setText(self.t("All equipment"))
        self.filter.setPlaceholderText(self.t("Serial, name, model or place; a scanner works too"))
        self.filter.setAccessibleName(self.filter.placeholderText())
        self.table.set_columns(
            [
                TableColumn(self.t("Serial"), 124, bold=True),
                TableColumn(self.t("Name and model"), 224),
                TableColumn(self.t("Customer"), 0),
                TableColumn(self.t("Place"), 190),
                TableColumn(self.t("Warranty until"), 120),
                TableColumn(self.t("Open findings"), 90, align="right"),
            ]
        )
        self._fit_columns()
        self.table.setAccessibleName(self.t("Equipment"))
        self.empty.set_words(self.t("No equipment fits"), self.t("Try fewer characters of the serial."))

    def _fit_columns(self) -> None:
        """Where there is little room, the warranty gives way to the customer; the equipment itself tells it."""
        self.table.setColumnHidden(4, self.width() < current_theme().px(960))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._fit_columns()

    def open(self, **arguments: Any) -> None:
        """Show one piece, or the list."""
        wanted = arguments.get("wanted")
        if wanted is not None:
            self.filter.setText(str(wanted))
        super().open(**arguments)

    def heading(self) -> str:
        """The window's title."""
        return self.t("Equipment")

    def load(self) -> Callable[[], AssetView | tuple[AssetRow, ...]]:
        """Ask the replica for one piece or for all."""
        session, asset_id = self.ctx.session, str(self.arguments.get("asset_id", ""))
        if asset_id:
            return lambda: asset(session, asset_id)
        return lambda: assets(session)

    def render_view(self, view: AssetView | tuple[AssetRow, ...]) -> None:
        """Show the list, or one piece."""
        alone = isinstance(view, AssetView)
        for part in (self.filter, self.table, self.empty):
            part.setVisible(not alone)
        self.one_area.setVisible(alone)
        self.all_of_it.setVisible(alone)
        if isinstance(view, AssetView):
            self._render_one(view)
            return
        self._rows = view
        self.header.set_words(self.t("Equipment"), self.t("{count} pieces at your sites", count=len(view)))
        self._fill()

    def _fill(self) -> None:
        wanted = self.filter.text().strip().lower()
        rows = [
            row for row in self._rows if wanted in " ".join((row.serial, row.name, row.model, row.place, row.customer, row.site)).lower()
        ]
        self.table.set_rows(
            [
                TableRow(
                    row.asset_id,
                    (
                        row.serial,
                        row.title,
                        " · ".join(part for part in (row.customer, row.site) if part),
                        row.place,
                        self.day(row.warranty_ends_on) if row.warranty_ends_on else "",
                        str(row.open_findings or ""),
                    ),
                    (None, None, None, None, None, "due" if row.open_findings else None),
                )
                for row in rows
            ]
        )
        alone = bool(self.arguments.get("asset_id"))
        self.empty.setVisible(not rows and not alone)
        self.table.setVisible(bool(rows) and not alone)

    def _only_one(self) -> None:
        rows = self.table.rows_model.rows
        if len(rows) == 1:
            self.ctx.navigate("equipment", asset_id=rows[0].key)

    def _render_one(self, view: AssetView) -> None:
        row = view.row
        self.header.set_words(row.title, " · ".join(part for part in (f"SN {row.serial}", row.customer, row.site) if part))
        facts = Card(self.t("Facts"))
        warranty = " - ".join(self.day(each) for each in (view.warranty_starts_on, row.warranty_ends_on) if each)
        values = [
            (self.t("Place"), row.place),
            (self.t("Manufacturer"), view.manufacturer),
            (self.t("Firmware"), view.firmware),
            (self.t("Version"), view.version),
            (self.t("Warranty"), warranty),
            (self.t("Critical"), self.t("yes") if view.critical else self.t("no")),
            (self.t("Holds customer data"), self.t("yes") if view.data_bearing else self.t("no")),
        ]
        facts.add(KeyValueList([(name, value) for name, value in values if value], style="sheet"))
        cards: list[QWidget] = [facts]
        if view.findings:
            found = Card(self.t("Open findings"))
            found.add(*(Text(" · ".join(part for part in each[:2] if part)) for each in view.findings))
            cards.append(found)
        if view.readings:
            cards.append(self._readings(view))
        history = Card(self.t("History"))
        timeline = Timeline()
        timeline.set_entries(
            [
                TimelineEntry(
                    self.when(line.at) if line.at else "",
                    line.title,
                    self.read(line.detail) if isinstance(line.detail, Sentence) else "",
                    "neutral",
                    _SYMBOLS.get(line.kind, "dot"),
                )
                for line in view.history
            ]
        )
        history.add(timeline)
        if view.history:
            cards.append(history)
        self.one.set_widgets(cards)

    def _readings(self, view: AssetView) -> Card:
        card = Card(self.t("Readings over the periods"))
        for line in view.readings:
            trend = TrendLine()
            trend.set_readings([float(value) for _, value in line.values])
            trend.setFixedWidth(180)
            figures = "   ".join(f"{period} {value}" for period, value in line.values)
            card.add(Row([Text(line.item.replace("_", "-"), "bold", wrap=False), Text(figures, "small"), None, trend]))
        return card
