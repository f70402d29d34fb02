"""Conflicts on the sync page: one at a time with its values side by side, the others in a list, what was settled below.

Keys while a conflict has the focus: M keeps mine, T takes theirs, E enters another value, N goes to the next one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.settling.deciding import settle_conflict, settle_record, undo_settlement
from fieldapp.operations.settling.showing import ConflictView
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import LinkButton, PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.layouts import Column, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["ConflictList"]

LISTED = 8
"""How many of the waiting conflicts the list names; the rest are counted."""


class ConflictList(Column):
    """Writes through the page's session; what is being typed outlives a redraw."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._shown: Sequence[ConflictView] = ()
        self._at = ""
        self._typing, self._typed = "", ""

    def forget(self) -> None:
        """Nobody is typing a value, and the first conflict comes first."""
        self._typing, self._typed, self._at = "", "", ""

    def show_conflicts(self, views: Sequence[ConflictView]) -> None:
        """Show these conflicts, open ones first."""
        self._shown = views
        waiting = [each for each in views if not each.settled_with]
        parts: list[QWidget] = []
        if waiting:
            place = next((number for number, each in enumerate(waiting) if each.conflict_id == self._at), 0)
            parts += self._asked(waiting, place)
        self.set_widgets([*parts, *(self._settled(each) for each in views if each.settled_with)])

    def _asked(self, waiting: Sequence[ConflictView], place: int) -> list[QWidget]:
        view = waiting[place]
        self._at = view.conflict_id
        parts = [self._head(waiting, place), self._conflict(view)]
        if self._typing == view.conflict_id:
            parts.append(self._other(view))
        same = [each for each in waiting if (each.kind, each.record_id) == (view.kind, view.record_id)]
        if len(same) > 1:
            parts.append(self._all_of_record(view, len(same)))
        others = [each for each in waiting if each is not view]
        return [*parts, self._list(others)] if others else parts

    def _head(self, waiting: Sequence[ConflictView], place: int) -> QWidget:
        what = Text(self.page.read(waiting[place].what))
        if len(waiting) == 1:
            return what
        following = waiting[(place + 1) % len(waiting)]
        after = SecondaryButton(self.page.t("Next (N)"), compact=True)
        after.setObjectName("next_conflict")
        after.clicked.connect(functools.partial(self._go, following.conflict_id))
        count = Text(self.page.t("{number} of {count}", number=place + 1, count=len(waiting)), "strong", wrap=False)
        count.setObjectName("conflict_count")
        return Column([Row([count, None, after]), what], gap=GAP.tight)

    def _go(self, conflict_id: str) -> None:
        self._at, self._typing = conflict_id, ""
        self.show_conflicts(self._shown)
        self.setFocus()

    def _place(self, view: ConflictView) -> str:
        return " · ".join(part for part in (self.page.read(view.kind_words), view.subject, self.page.read(view.field_words)) if part)

    def _conflict(self, view: ConflictView) -> QWidget:
        at = {name: self.page.when(moment) if moment else "" for name, moment in (("mine", view.mine_at), ("theirs", view.theirs_at))}
        card = ConflictCard(
            ConflictWords(
                title=self.page.t("Needs your decision"),
                place=self._place(view),
                before=ConflictSide(self.page.read(view.before)),
                mine=ConflictSide(self.page.read(view.mine), " · ".join(part for part in (at["mine"], view.mine_by) if part)),
                theirs=ConflictSide(self.page.read(view.theirs), " · ".join(part for part in (at["theirs"], view.theirs_by) if part)),
                can_enter=view.can_enter,
            )
        )
        for name, button in (("keep_mine", card.keep), ("take_theirs", card.take), ("enter_other", card.other)):
            button.setObjectName(name)
        card.keep.setToolTip(self.page.read(view.keeps) + " (M)")
        card.take.setToolTip(self.page.read(view.takes) + " (T)")
        card.kept_mine.connect(functools.partial(self._settle, view.conflict_id, "mine"))
        card.took_theirs.connect(functools.partial(self._settle, view.conflict_id, "theirs"))
        card.wants_other.connect(functools.partial(self._type_other, view))
        does = Text("\n".join(self.page.read(each) for each in (view.keeps, view.takes)), "small")
        return Column([card, *(self._side(view, number) for number in range(len(view.sides))), does], gap=GAP.small)

    def _side(self, view: ConflictView, number: int) -> QWidget:
        side = view.sides[number]
        told = " · ".join(part for part in (self.page.when(side.at) if side.at else "", side.by) if part)
        use = SecondaryButton(self.page.t("Use this value"), compact=True)
        use.setObjectName(f"use_side_{number}")
        use.clicked.connect(functools.partial(self._settle, view.conflict_id, side.key))
        card = Card(self.page.t("Another laptop of yours"), told)
        card.add(Row([Text(self.page.read(side.value), "large", selectable=True), None, use]))
        return card

    def _all_of_record(self, view: ConflictView, count: int) -> QWidget:
        mine = SecondaryButton(self.page.t("Keep mine for all {count} of this record", count=count), compact=True)
        theirs = SecondaryButton(self.page.t("Take theirs for all {count} of this record", count=count), compact=True)
        for name, button, keep in (("all_mine", mine, "mine"), ("all_theirs", theirs, "theirs")):
            button.setObjectName(name)
            button.clicked.connect(functools.partial(self._settle_record, view, keep))
        return Row([mine, theirs, None])

    def _list(self, others: Sequence[ConflictView]) -> QWidget:
        card = Card(self.page.t("Also waiting"))
        card.setObjectName("waiting_conflicts")
        for each in others[:LISTED]:
            link = LinkButton(self._place(each))
            link.clicked.connect(functools.partial(self._go, each.conflict_id))
            card.add(link)
        if len(others) > LISTED:
            card.add(Text(self.page.t("and {count} more", count=len(others) - LISTED), "small"))
        return card

    def _other(self, view: ConflictView) -> QWidget:
        field, text = self._field(view)
        field.setObjectName("other_value")
        field.setAccessibleName(self.page.t("Enter another value"))
        use, leave = PrimaryButton(self.page.t("Use this value")), SecondaryButton(self.page.t("Cancel"))
        use.setObjectName("use_other")
        leave.setObjectName("cancel_other")
        use.clicked.connect(lambda: self._settle(view.conflict_id, "other", text()))
        if isinstance(field, QLineEdit):
            field.returnPressed.connect(lambda: self._settle(view.conflict_id, "other", text()))
        leave.clicked.connect(functools.partial(self._type_other, None))
        card = Card(self.page.read(view.field_words), panel="accent")
        card.add(Row([field, use, leave]))
        return card

    def _field(self, view: ConflictView) -> tuple[QWidget, Callable[[], str]]:
        if not view.choices:
            line = QLineEdit(self._typed)
            line.textChanged.connect(self._keep_typed)
            return line, line.text
        box = QComboBox()
        for value, words in view.choices:
            box.addItem(self.page.read(words), value)
        box.setCurrentIndex(max(0, box.findData(self._typed)))
        box.currentIndexChanged.connect(lambda _place: self._keep_typed(str(box.currentData())))
        return box, lambda: str(box.currentData())

    def _type_other(self, view: ConflictView | None) -> None:
        self._typing, self._typed = (view.conflict_id, view.typed) if view is not None else ("", "")
        self.show_conflicts(self._shown)
        for field in self.findChildren(QWidget, "other_value"):
            field.setFocus()
            if isinstance(field, QLineEdit):
                field.selectAll()

    def _keep_typed(self, text: str) -> None:
        # the page may be drawn anew while somebody is typing
        self._typed = text

    def _settled(self, view: ConflictView) -> QWidget:
        kept = {"mine": say("Kept mine"), "theirs": say("Took theirs"), "other": say("Entered another value")}[view.settled_with]
        place = " · ".join(part for part in (self._place(view), view.settled_by) if part)
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

        self._move_on(conflict_id)
        self.page.run(lambda: settle_conflict(session, conflict_id, keep, other), settled)

    def _settle_record(self, view: ConflictView, keep: str) -> None:
        session = self.page.ctx.session
        self.page.run(lambda: settle_record(session, view.kind, view.record_id, keep), lambda _count: None)

    def _move_on(self, conflict_id: str) -> None:
        """The one after this comes next, not the first of all; unless a value is being typed that may be refused."""
        if self._typing:
            return
        waiting = [each.conflict_id for each in self._shown if not each.settled_with]
        if conflict_id in waiting and len(waiting) > 1:
            self._at = waiting[(waiting.index(conflict_id) + 1) % len(waiting)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """One key for each way to decide."""
        names = {
            Qt.Key.Key_M: "keep_mine",
            Qt.Key.Key_T: "take_theirs",
            Qt.Key.Key_E: "enter_other",
            Qt.Key.Key_N: "next_conflict",
        }
        meant = event.modifiers() == Qt.KeyboardModifier.NoModifier and not event.isAutoRepeat()  # a key held down decides one, not all
        name = names.get(Qt.Key(event.key())) if meant else None
        buttons = [each for each in self.findChildren(SecondaryButton) + self.findChildren(PrimaryButton) if each.objectName() == name]
        if not buttons:
            super().keyPressEvent(event)
            return
        for button in buttons:
            if button.isVisible() and button.isEnabled():
                button.click()
                self.setFocus()
