"""The checklist: sections at the left, the questions of one section at the right; everything typed is saved by itself.

The form recomputes on this thread at once; rows are saved on the worker, those of a person who still types after a short
pause. What the page itself saves does not bring it again; what a sync brings does, at the same place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.base.i18n import say
from fieldapp.operations.checklists import Checklist, open_checklist
from fieldapp.operations.filling.views import OpenFinding
from fieldapp.ui.checklists.attaching import Attaching
from fieldapp.ui.checklists.frame import LEFT, ChecklistFrame
from fieldapp.ui.checklists.keeper import Keeper
from fieldapp.ui.checklists.pen import Pen
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.page import Page, UiContext

__all__ = ["ChecklistPage"]


class ChecklistPage(Page):
    """Argument `instance_id`; `key`, when given, names the question to open at."""

    kinds = frozenset({"form_instance", "finding", "asset_limit", "form_version"})
    scrolls = False

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.checklist: Checklist | None = None
        self._section, self._key = 0, ""
        self._places: dict[str, tuple[int, str]] = {}
        self.frame = ChecklistFrame()
        self.keeper = Keeper(self)
        self.owes = lambda: self.keeper.owes
        self.keeper.typing = lambda: self.frame.cards.holds_words
        self.pen = Pen(self, self.keeper)
        self.attaching = Attaching(self, self.keeper, self.pen)
        self.body.addWidget(self.frame, 1)
        frame, pen = self.frame, self.pen
        frame.side.chosen.connect(self._open_section)
        frame.side.left_wanted.connect(lambda: self._open_section(LEFT))
        frame.cards.made.connect(pen.listen)
        frame.cards.made.connect(self.attaching.listen)
        frame.cards.row_wanted.connect(pen.add_row)
        frame.cards.row_unwanted.connect(pen.remove_row)
        frame.previous.clicked.connect(lambda: self._walk(self._key, -1))
        frame.next.clicked.connect(self._next_section)
        pen.changed.connect(self._show_changed)
        pen.went_on.connect(lambda key: self._walk(key, 1))
        pen.row_added.connect(self._focus)
        pen.settled.connect(self._settled)
        pen.case_made.connect(lambda: self.refresh() if self._section == LEFT else None)
        self.keeper.changed.connect(self._show_changed)
        self.keeper.waiting.connect(lambda: frame.side.say_saved(say("Saving …"), ctx.language))
        self.keeper.saved.connect(lambda at: frame.side.say_saved(say("Saved {time}", time=self.time(at, seconds=True)), ctx.language))
        self.keeper.failed.connect(lambda: frame.side.say_saved(say("Not saved"), ctx.language))
        QShortcut(QKeySequence(Qt.Key.Key_F8), self).activated.connect(self.go_to_next_open)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)

    # what a page fills in

    def retranslate(self) -> None:
        """Buttons and hints."""
        self.frame.speak(self.ctx.language)

    def heading(self) -> str:
        """The window's title."""
        return self.t("Checklist")

    def open(self, **arguments: Any) -> None:
        """Keep the place in the checklist before, then open this one."""
        self.leaving()
        super().open(**arguments)

    def load(self) -> Callable[[], Checklist]:
        """Open the form on the worker; what stands in a field is handed on first, as the cards are made anew."""
        self.frame.cards.flush()
        session, instance = self.ctx.session, str(self.arguments["instance_id"])
        return lambda: open_checklist(session, instance)

    def render_view(self, view: Checklist) -> None:
        """Show the checklist, at the place where it was left."""
        if self.checklist is not view:
            if self.keeper.is_ahead_of(view):
                if self.keeper.is_stuck:  # asking again would go round until the disk has room; the screen is ahead of it
                    self.view = self.checklist
                else:
                    self.pen.save()
                    self.refresh()
                return
            self.view = view = self.keeper.held(view) or view
            if self.checklist is not None:
                self._places[self.checklist.instance_id] = (self._section, self._key)
            self.checklist = self.keeper.checklist = view
            self._section, self._key = self._first_place(view)
        self.frame.show_checklist(view, self.ctx.language)
        self._show_section()
        if self._key:
            self._focus(self._key)

    def leaving(self) -> bool:
        """Nothing keeps a person here: the place is remembered, what is typed is handed to the worker."""
        if self.checklist is not None:
            self._places[self.checklist.instance_id] = (self._section, self._key)
        self.frame.cards.flush()
        self.pen.save()
        return True

    def _hear(self, kinds: frozenset[str]) -> None:
        """What this page saved itself is on the screen already; anything else brings it again, at the same place."""
        if not self.keeper.is_echo(kinds):
            if kinds & self.kinds:
                self.leaving()
            super()._hear(kinds)

    # places

    def _first_place(self, view: Checklist) -> tuple[int, str]:
        wanted = view.place(str(self.arguments.pop("key", "")))
        if wanted is None and view.instance_id in self._places:
            section, key = self._places[view.instance_id]
            if section < len(view.sections) and (section != LEFT or view.left):
                return section, key if view.place(key) is not None else ""
        if wanted is None and view.left and view.fresh:
            return LEFT, ""
        wanted = wanted or view.next_open()
        return (wanted.section, wanted.key) if wanted is not None else (0, "")

    def _open_section(self, index: int) -> None:
        self.leaving()
        self._section, self._key = index, ""
        self._show_section()
        self.frame.questions.verticalScrollBar().setValue(0)
        first = self.frame.cards.after("", 1)
        if index != LEFT and first is not None:
            first.take_focus()

    def _next_section(self) -> None:
        if self.checklist is None:
            return
        if self._section + 1 < len(self.checklist.sections):
            self._open_section(self._section + 1)
        else:
            self.leaving()
            self.ctx.navigate("inspections", inspection_id=self.checklist.inspection_id)

    def _walk(self, key: str, step: int) -> None:
        card = self.frame.cards.after(key, step) if key or step > 0 else None
        if card is not None:
            self._focus(card.key)
        elif step > 0:
            self.frame.next.setFocus(Qt.FocusReason.TabFocusReason)
        elif self._section > 0:
            self._open_section(self._section - 1)
            last = self.frame.cards.after("", -1)
            if last is not None:
                self._focus(last.key)

    def go_to_next_open(self) -> None:
        """F8: the next item without an answer, in any section."""
        if self.checklist is None:
            return
        self.pen.save()
        place = self.checklist.next_open(self._key)
        if place is None:
            self.frame.next.setFocus(Qt.FocusReason.TabFocusReason)
            return
        if place.section != self._section:
            self._open_section(place.section)
        self._focus(place.key)

    def _focus(self, key: str) -> None:
        card = self.frame.cards.build_to(key)
        if card is not None and self.checklist is not None:
            self._key = key
            card.take_focus()
            self.frame.bring_into_sight(card)
            self.frame.show_place(self.checklist, key, self.ctx.language)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        widget = now
        while widget is not None and widget is not self:
            if isinstance(widget, QuestionCard) and self.checklist is not None:
                self._key = widget.key
                self.frame.show_place(self.checklist, self._key, self.ctx.language)
                return
            widget = widget.parentWidget()

    # what is shown

    def _show_section(self) -> None:
        view = self.checklist
        if view is not None:
            self._section = min(self._section, len(view.sections) - 1) if self._section != LEFT else LEFT
            key = self._key
            for card in self.frame.show_section(view, self._section, self.ctx.language):
                card.settled.connect(self.pen.settle)
                card.case_wanted.connect(self.pen.case)
            self._key = key  # cards that went let the cursor fall on others
            self.frame.show_progress(view, self._section, self._key, self.ctx.language)

    def _show_changed(self, changed: frozenset[str]) -> None:
        view = self.checklist
        if view is None:
            return
        if changed:
            self.frame.cards.show_views([view.question(key) for key in changed])
            self.frame.show_progress(view, self._section, self._key, self.ctx.language)
        else:
            key = self._key if view.place(self._key) is not None else ""
            self._key = key
            self._show_section()
            self._focus(key)

    def _settled(self, left: tuple[OpenFinding, ...]) -> None:
        if self.checklist is None:
            return
        self.checklist.left = left
        self.frame.side.show_left(left, self.ctx.language)
        place = self.checklist.next_open()
        self._open_section(LEFT if left else place.section if place else 0)

    # the window

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A digit that no field took chooses in the card that a person was in last."""
        digit = event.key() - int(Qt.Key.Key_0)
        card = self.frame.cards.cards.get(self._key)
        if 1 <= digit <= 9 and card is not None and card.press(digit):
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing that was typed waits behind another page."""
        super().hideEvent(event)
        self.leaving()
        self.attaching.put_away()
