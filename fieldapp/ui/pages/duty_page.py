"""Duty: whom to ring now, with numbers; the roster is in every replica."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.operations.lookup.today import DutyLine, duty
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.widgets.cards import Card, EmptyState
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.texts import Text

__all__ = ["DutyPage"]


class DutyPage(Page):
    """One card for each duty."""

    kinds = frozenset({"duty_entry", "person"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.list = Column()
        self.empty = EmptyState("duty")
        for part in (self.header, self.list, self.empty):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def retranslate(self) -> None:
        """Title and the empty state."""
        self.header.set_words(self.t("Duty and contacts"), self.t("Who is reachable now, as of the last sync"))
        self.empty.set_words(self.t("No roster yet"), self.t("It comes with the next sync."))

    def heading(self) -> str:
        """The window's title."""
        return self.t("Duty and contacts")

    def load(self) -> Callable[[], tuple[DutyLine, ...]]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: duty(session)

    def render_view(self, view: tuple[DutyLine, ...]) -> None:
        """Show the lines."""
        self.empty.setVisible(not view)
        cards = []
        for line in view:
            card = Card(gap=2)
            duty_words = self.read(line.duty_words)
            above = [Text(duty_words, "small")] if duty_words != line.name else []
            below = [Text(line.note, "small")] if line.note not in ("", duty_words) else []
            words = Column([*above, Text(line.name, "strong"), *below], gap=2)
            card.add(Row([words, None, Text(line.phone, "large", wrap=False, selectable=True)]))
            cards.append(card)
        self.list.set_widgets(cards)
