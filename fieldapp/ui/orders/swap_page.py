"""The swap of a spare part: scan both serials, times, self test, what happens to the faulty part; typed things are kept at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.spares import begin_swap, discard_swap, keep_swap, record_return, record_swap, swap
from fieldapp.operations.swapping.views import SwapView
from fieldapp.ui.orders.swap_form import SwapForm
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, QuietButton, SecondaryButton
from fieldapp.ui.widgets.cards import Banner, Card, KeyValueList
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row, TwoColumns
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["SwapPage"]

_KEEP_AFTER_MS = 500


class SwapPage(Page):
    """Registered as "swap". Arguments: `swap_id`, or `case_id`, `visit_id`, `asset_id` to begin one or go on with it."""

    kinds = frozenset({"rma", "asset", "stock_movement"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.form = SwapForm(self)
        self.result, self.open_points, self.returning = Card(), Card(), Card()
        self.notes = Column(gap=GAP.small)
        self.facts, self.gaps = KeyValueList(), Column(gap=GAP.small)
        self.kept = Text("", "small")
        self.record, self.discard = PrimaryButton(symbol="check"), QuietButton()
        self.receiver, self.give_back = QLineEdit(), SecondaryButton()
        for name, widget in (
            ("record_swap", self.record),
            ("discard_swap", self.discard),
            ("returned_to", self.receiver),
            ("record_return", self.give_back),
        ):
            widget.setObjectName(name)
        self.result.add(self.facts)
        self.open_points.add(self.gaps)
        self.returning.add(self.receiver, self.give_back)
        columns = TwoColumns(side=320)
        columns.main.addWidget(self.header)
        columns.main.addWidget(self.form)
        columns.main.addStretch(1)
        for part in (self.result, self.notes, self.open_points, self.returning):
            columns.side.addWidget(part)
        columns.side.addWidget(self.record)
        columns.side.addWidget(Row([self.kept, None, self.discard]))
        columns.side.addStretch(1)
        self.body.addWidget(columns)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_KEEP_AFTER_MS)
        self._soon.timeout.connect(self._keep)
        self._filled = ""
        self.form.edited.connect(self._edited)
        self.record.clicked.connect(self._record)
        self.discard.clicked.connect(self._discard)
        self.give_back.clicked.connect(self._return)

    def open(self, **arguments: Any) -> None:
        """Show another swap; what is typed in the one before is kept first."""
        if self._soon.isActive():
            self._keep()
        self._filled, self.view = "", None
        self.kept.setText("")
        self.receiver.clear()
        super().open(**arguments)

    def leaving(self) -> bool:
        """Keep what is typed, at once."""
        if self._soon.isActive():
            self._keep()
        return True

    def retranslate(self) -> None:
        """Words of cards and buttons."""
        self.form.retranslate()
        self.result.set_title(self.t("Return and RMA"))
        self.open_points.set_title(self.t("Still open"))
        self.returning.set_title(self.t("Faulty part handed over"))
        self.receiver.setPlaceholderText(self.t("Handed to whom"))
        self.receiver.setAccessibleName(self.t("Handed to whom"))
        self.give_back.setText(self.t("Record the return"))
        self.record.setText(self.t("Swap done"))
        self.discard.setText(self.t("Discard"))

    def heading(self) -> str:
        """The window's title."""
        return self.t("Spare swap")

    def load(self) -> Callable[[], SwapView]:
        """Ask the replica: a swap by its identity, or the one that is begun at a case or visit."""
        session, given = self.ctx.session, dict(self.arguments)
        swap_id = self._filled if self.view is not None and self.view.recorded else str(given.get("swap_id", ""))
        if swap_id:
            return lambda: swap(session, swap_id)
        where = {name: str(given.get(name, "") or "") for name in ("case_id", "visit_id", "asset_id")}
        return lambda: begin_swap(session, **where)

    def render_view(self, view: SwapView) -> None:
        """Show the swap; fields somebody is typing in stay as they are."""
        if self._filled == view.entry.swap_id and self.form.view is not None and not view.recorded:
            self.form.retranslate()
            self._show_side(self.form.view)
            return
        if self._filled and self._filled != view.entry.swap_id and self.form.entry() is not None:
            return  # a draft that was never kept is begun anew under another identity; what is typed stays
        self._filled = view.entry.swap_id
        self.form.fill(view)
        self._show_side(view)
        if not view.recorded and not view.entry.old_serial:
            self.form.old_serial.setFocus()

    def _show_side(self, view: SwapView) -> None:
        self.header.set_words(
            self.t("Spare swap"), " · ".join(part for part in (view.case_number, view.customer, view.site, self._asset(view)) if part)
        )
        rows = [(self.t("Return due"), self.day(view.return_due_on) if view.return_due_on else self.t("Not known yet"))]
        if view.recorded:
            rows.append((self.t("RMA number"), view.rma_number or (self.t("given at the next sync") if view.rma_id else self.t("none"))))
        if view.returned_at is not None:
            rows.append((self.t("Returned"), self.when(view.returned_at)))
        self.facts.set_rows(rows)
        banners: list[QWidget] = [Banner("", self.read(each), "due") for each in view.notes]
        if view.recorded:
            banners.insert(0, Banner(self.t("Recorded"), self.read(view.return_words), "met"))
        self.notes.set_widgets(banners)
        self.notes.setVisible(bool(banners))
        self.gaps.set_widgets(Row([Tag(self.t("open"), "due"), Text(self.read(each))]) for each in view.gaps)
        self.open_points.setVisible(bool(view.gaps))
        self.returning.setVisible(view.recorded and view.return_due_on is not None and view.returned_at is None)
        self.record.setVisible(not view.recorded)
        self.discard.setVisible(not view.recorded)
        self.kept.setVisible(not view.recorded)

    def _asset(self, view: SwapView) -> str:
        return f"{view.asset} SN {view.asset_serial}" if view.asset_serial else view.asset

    def _edited(self) -> None:
        self.kept.setText(self.t("Saving…"))
        self._soon.start()

    def _keep(self) -> None:
        """Keep what is typed so far."""
        self._soon.stop()
        session, entry = self.ctx.session, self.form.entry()
        if session is None or entry is None or self.form.view is None or self.form.view.recorded:
            return

        def kept(view: SwapView) -> None:
            if self._filled == view.entry.swap_id:
                self.form.view = view
                self._show_side(view)
                self.kept.setText(self.t("saved {time}", time=self.time(self.ctx.clock.now(), seconds=True)))

        self.run(lambda: keep_swap(session, entry), kept)

    def _record(self) -> None:
        if not self.form.moments_valid:
            self.ctx.notify(say("A time cannot be read. Nothing was changed. Write it like 2026-01-31 13:34."), "due")
            return
        self._soon.stop()
        session, entry = self.ctx.session, self.form.entry()
        if entry is None:
            return

        def recorded(view: SwapView) -> None:
            self.view = view
            self.form.fill(view)
            self._show_side(view)
            self.ctx.notify(say("The swap is recorded: both parts are booked, the case is told."), "met", 6)

        self.run(lambda: record_swap(session, entry), recorded, busy=(self.record,))

    def _discard(self) -> None:
        self._soon.stop()
        session, swap_id = self.ctx.session, self._filled

        def gone(_: None) -> None:
            self._filled = ""
            self.form.view = None
            self.ctx.back()

        self.run(lambda: discard_swap(session, swap_id), gone, busy=(self.discard,))

    def _return(self) -> None:
        session, swap_id, receiver = self.ctx.session, self._filled, self.receiver.text()

        def returned(view: SwapView) -> None:
            self._show_side(view)
            self.ctx.notify(say("The return of the faulty part is recorded."), "met", 6)

        self.run(lambda: record_return(session, swap_id, receiver), returned, busy=(self.give_back,))
