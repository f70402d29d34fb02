"""Duty: whom to ring now, with numbers; the roster is in every replica."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldapp.operations.lookup.today import DutyLine, duty
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.cards import Card, EmptyState, Line
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.texts import Text

__all__ = ["DutyPage"]


class DutyPage(Page):
    """One row for each duty."""

    kinds = frozenset({"duty_entry", "person"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.card, self.list = Card(), Column(gap=GAP.small)
        self.card.add(self.list)
        self.empty = EmptyState("duty")
        for part in (self.header, self.card, self.empty):
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
        self.card.setVisible(bool(view))
        rows: list[QWidget] = []
        for line in view:
            if rows:
                rows.append(Line())
            rows.append(self._row(line))
        self.list.set_widgets(rows)

    def _row(self, line: DutyLine) -> QWidget:
        """The name, under it the duty and what there is to know; a note that begins with the duty says both."""
        duty = self.read(line.duty_words)
        known = [duty] if not line.name.startswith(duty) and not line.note.startswith(duty) else []
        small = " · ".join([*known, *([line.note] if line.note else [])])
        words = Column([Text(line.name, "strong"), *([Text(small, "small")] if small else [])], gap=0)
        return Row([words, None, Text(line.phone, "large", wrap=False, selectable=True)])
