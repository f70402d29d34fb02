"""Search results: what was found for a text, and the way to it."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.operations.lookup.search import Found, search
from fieldapp.operations.overview import KIND_NAMES
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.widgets.cards import EmptyState
from fieldapp.ui.widgets.layouts import PageHeader
from fieldapp.ui.widgets.table import DataTable, TableColumn, TableRow

__all__ = ["SearchPage"]


class SearchPage(Page):
    """Argument `text`. Looks again when records change; a row opens what it names."""

    kinds = frozenset(KIND_NAMES)
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.table = DataTable()
        self.table.setObjectName("hits")
        self.empty = EmptyState("search")
        for part, stretch in ((self.header, 0), (self.table, 1), (self.empty, 1)):
            self.body.addWidget(part, stretch)
        self.table.chosen.connect(self._go)

    def retranslate(self) -> None:
        """Headings."""
        self.table.set_columns(
            [TableColumn(self.t("Kind"), 130), TableColumn(self.t("Found"), 380, bold=True), TableColumn(self.t("Text around it"), 0)]
        )
        self.table.setAccessibleName(self.t("Search"))

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
        self.header.set_words(self.t("Search: {words}", words=text), self.t("{count} found", count=len(view)))
        self.table.setVisible(bool(view))
        self.empty.setVisible(not view)
        self.empty.set_words(self.t("Nothing found"), self.t("Try a case number, a customer, a serial or two characters of a text."))
        self.table.set_rows(
            [
                TableRow(str(at), (self.read(hit.kind_words), hit.title, "" if hit.snippet in hit.title else hit.snippet))
                for at, hit in enumerate(view)
            ]
        )

    def _go(self, key: str) -> None:
        hit: Found = self.view[int(key)]
        if hit.page:
            self.ctx.navigate(hit.page, **hit.arguments)
