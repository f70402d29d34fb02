"""Conflicts on the sync page: three values side by side, a third one typed in place, what was settled and can be undone."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.settling.deciding import settle_conflict, undo_settlement
from fieldapp.operations.settling.showing import ConflictView
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.layouts import Column, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided

__all__ = ["ConflictList"]


class ConflictList(Column):
    """Writes through the page's session; what is being typed outlives a redraw."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self._shown: Sequence[ConflictView] = ()
        self._typing, self._typed = "", ""

    def forget(self) -> None:
        """Nobody is typing a value."""
        self._typing, self._typed = "", ""

    def show_conflicts(self, views: Sequence[ConflictView]) -> None:
        """Show these conflicts, open ones first."""
        self._shown = views
        self.set_widgets([self._conflict(each) for each in views])

    def _conflict(self, view: ConflictView) -> QWidget:
        place = " · ".join(part for part in (self.page.read(view.kind_words), view.subject, self.page.read(view.field_words)) if part)
        if view.settled_with:
            return self._settled(view, place)
        at = {name: self.page.when(moment) if moment else "" for name, moment in (("mine", view.mine_at), ("theirs", view.theirs_at))}
        card = ConflictCard(
            ConflictWords(
                title=self.page.t("Needs your decision"),
                place=place,
                before=ConflictSide(self.page.read(view.before)),
                mine=ConflictSide(self.page.read(view.mine), " · ".join(part for part in (at["mine"], view.mine_by) if part)),
                theirs=ConflictSide(self.page.read(view.theirs), " · ".join(part for part in (at["theirs"], view.theirs_by) if part)),
                can_enter=view.can_enter,
            )
        )
        for name, button in (("keep_mine", card.keep), ("take_theirs", card.take), ("enter_other", card.other)):
            button.setObjectName(name)
        card.kept_mine.connect(functools.partial(self._settle, view.conflict_id, "mine"))
        card.took_theirs.connect(functools.partial(self._settle, view.conflict_id, "theirs"))
        card.wants_other.connect(functools.partial(self._type_other, view))
        return card if self._typing != view.conflict_id else Column([card, self._other(view)], gap=GAP.small)

    def _other(self, view: ConflictView) -> QWidget:
        field = QLineEdit(self._typed)
        field.setObjectName("other_value")
        field.setAccessibleName(self.page.t("Enter another value"))
        use, leave = PrimaryButton(self.page.t("Use this value")), SecondaryButton(self.page.t("Cancel"))
        use.setObjectName("use_other")
        leave.setObjectName("cancel_other")

        def settle() -> None:
            self._settle(view.conflict_id, "other", field.text())

        field.textChanged.connect(self._keep_typed)
        use.clicked.connect(settle)
        field.returnPressed.connect(settle)
        leave.clicked.connect(functools.partial(self._type_other, None))
        card = Card(self.page.read(view.field_words), panel="accent")
        card.add(Row([field, use, leave]))
        return card

    def _type_other(self, view: ConflictView | None) -> None:
        self._typing, self._typed = (view.conflict_id, view.typed) if view is not None else ("", "")
        self.show_conflicts(self._shown)
        for field in self.findChildren(QLineEdit, "other_value"):
            field.setFocus()
            field.selectAll()

    def _keep_typed(self, text: str) -> None:
        # the page may be drawn anew while somebody is typing
        self._typed = text

    def _settled(self, view: ConflictView, place: str) -> QWidget:
        kept = {"mine": say("Kept mine"), "theirs": say("Took theirs"), "other": say("Entered another value")}[view.settled_with]
        undo = SecondaryButton(self.page.t("Undo"), compact=True)
        undo.setObjectName("undo_settlement")
        undo.setAccessibleName(f"{undo.text()} {place}")
        session = self.page.ctx.session
        undo.clicked.connect(lambda: self.page.run(lambda: undo_settlement(session, view.conflict_id), busy=(undo,)))
        card = Card()
        card.add(Row([Tag(self.page.read(kept), "met"), Elided(place), None, undo]))
        return card

    def _settle(self, conflict_id: str, keep: str, other: str = "") -> None:
        session = self.page.ctx.session

        def settled(_none: None) -> None:
            self._typing = ""

        self.page.run(lambda: settle_conflict(session, conflict_id, keep, other), settled)
