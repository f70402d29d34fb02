"""Planned changes: those to come first; a click opens the upgrade gate by gate."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldapp.operations.changing.views import ChangeRow
from fieldapp.operations.upgrades import changes
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.tokens import GAP, Tone
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, EmptyState
from fieldapp.ui.widgets.layouts import Column, FlowRow, PageHeader, Row
from fieldapp.ui.widgets.progress import Bar
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text

__all__ = ["ChangesPage"]

_REVIEW: dict[str, Tone] = {"approved": "met", "executed": "met", "returned": "due", "submitted": "due"}
_STATE: dict[str, Tone] = {"running": "due", "done": "met", "rolled_back": "breached", "open": "accent"}


class ChangesPage(Page):
    """Registered as "changes"; no arguments."""

    kinds = frozenset({"scheduled_event", "upgrade_order", "upgrade_step", "backup_record", "approval"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.header = PageHeader()
        self.rows = Column(gap=GAP.medium)
        self.empty = EmptyState("changes")
        self.empty.pressed.connect(lambda: ctx.navigate("sync"))
        for part in (self.header, self.rows, self.empty):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def retranslate(self) -> None:
        """What to do when nothing is there."""
        self.empty.set_words(
            self.t("No planned change"),
            self.t("Changes are planned and approved at the service desk and come with the next sync."),
            self.t("Open sync"),
        )

    def heading(self) -> str:
        """The window's title."""
        return self.t("Changes")

    def load(self) -> Callable[[], tuple[ChangeRow, ...]]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: changes(session)

    def render_view(self, view: tuple[ChangeRow, ...]) -> None:
        """Show a card for each change."""
        waiting = sum(row.state in ("open", "running") for row in view)
        self.header.set_words(self.t("Changes"), self.t("{count} to carry out", count=waiting))
        self.rows.set_widgets([self._card(row) for row in view])
        self.rows.setVisible(bool(view))
        self.empty.setVisible(not view)

    def _card(self, row: ChangeRow) -> QWidget:
        card = Card(gap=GAP.small)
        tags: list[QWidget] = [Tag(self.read(row.review_words), _REVIEW.get(row.review, "neutral"))]
        if row.order_id:
            tags.append(Tag(self.read(row.state_words), _STATE.get(row.state, "neutral")))
        head: list[QWidget | None] = [Text(row.title or row.number, "strong"), None]
        if row.order_id:
            over = row.state in ("done", "rolled_back")
            words = self.t("Look at it") if over else self.t("Open the upgrade")
            button = SecondaryButton(words) if over else PrimaryButton(words)
            button.setObjectName(f"open_{row.order_id}")
            button.setAccessibleName(f"{words} {row.number}")
            button.clicked.connect(functools.partial(self.ctx.navigate, "upgrade", order_id=row.order_id))
            head.append(button)
        about = " · ".join(part for part in (row.number, row.customer, row.site) if part)
        left = Column([Text(about, "muted"), Text(self.read(row.window), "small"), FlowRow(tags)], gap=GAP.tight)
        card.add(Row(head), left)
        if row.order_id and row.state in ("open", "running"):
            bar = Bar(row.done / 8)
            card.add(Row([bar, Text(self.t("{done} of 8 gates", done=row.done), "small", wrap=False)]))
        return card
