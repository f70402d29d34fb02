"""Search results: what was found for a text, and the way to it."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldapp.operations.search import Found, search
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["SearchPage"]


class SearchPage(Page):
    """Argument `text`."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.list = Column()
        self.empty = EmptyState("search")
        for part in (self.header, self.list, self.empty):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def heading(self) -> str:
        """The window's title."""
        return self.t("Search")

    def load(self) -> Callable[[], tuple[Found, ...]]:
        """Ask the replica's index."""
        session, text = self.ctx.session, str(self.arguments.get("text", ""))
        return lambda: search(session, text)

    def render_view(self, view: tuple[Found, ...]) -> None:
        """Show the hits."""
        text = str(self.arguments.get("text", ""))
        self.header.set_words(self.t("Search: {text}", text=text), self.t("{count} found", count=len(view)))
        self.empty.setVisible(not view)
        self.empty.set_words(self.t("Nothing found"), self.t("Try a case number, a customer, a serial or two characters of a text."))
        self.list.set_widgets([self._hit(each) for each in view])

    def _hit(self, hit: Found) -> QWidget:
        card = Card(gap=4)
        way = SecondaryButton(self.t("Open"), compact=True)
        way.setAccessibleName(f"{self.t('Open')} {hit.title}")
        way.setVisible(bool(hit.page))
        way.clicked.connect(functools.partial(self.ctx.navigate, hit.page, **hit.arguments))
        words = Column([Elided(hit.title, "strong"), Text(hit.snippet, "small")], gap=2)
        row = Row([Tag(self.read(hit.kind_words)), words, way])
        layout = row.layout()
        assert layout is not None
        card.add(row)
        return card
