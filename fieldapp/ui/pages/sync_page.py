"""Sync: one button, phases, what is only on this laptop, conflicts field by field, what was not taken, the history."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.overview import KIND_NAMES, OnlyHere, size_words
from fieldapp.operations.synchronise import (
    ConflictView,
    RejectedLine,
    RoundView,
    SyncView,
    settle_conflict,
    sync_view,
    synchronise,
    undo_settlement,
)
from fieldapp.ui.background import Job, Step
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.phases import SyncPhases
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["SyncPage"]

MOST_ROWS = 30


class SyncPage(Page):
    """Opened by the rail, and by the safety light with `show="where"`; `begin=True` starts a round at once."""

    kinds = frozenset(KIND_NAMES)

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self._job: Job | None = None
        self._result: Sentence | None = None
        self._typing, self._typed = "", ""
        self.start, self.stop = PrimaryButton(), SecondaryButton()
        self.start.setObjectName("sync_now")
        self.stop.setObjectName("sync_cancel")
        self.stop.hide()
        self.header = PageHeader([self.stop, self.start])
        self.phases = SyncPhases()
        self.round_card = Card(gap=0)
        self.round_card.add(self.phases)
        self.round_card.hide()
        self.conflicts = Column()
        self.conflicts.setObjectName("conflicts")
        self.here, self.refused, self.past = Card(), Card(), Card()
        self.here_rows, self.here_words = Column(gap=GAP.tight), Text("", "muted")
        self.here_rows.setObjectName("only_here")
        self.here.add(self.here_words, self.here_rows)
        self.refused_rows = Column(gap=GAP.small)
        self.refused.add(self.refused_rows)
        self.past_rows = Column(gap=GAP.small)
        self.past.add(self.past_rows)
        for part in (self.header, self.round_card, self.conflicts, self.refused, self.here, self.past):
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.start.clicked.connect(self._start)
        self.stop.clicked.connect(self._stop)

    def retranslate(self) -> None:
        """Titles and buttons."""
        self.start.setText(self.t("Sync now"))
        self.stop.setText(self.t("Stop, go on later"))
        self.here.set_title(self.t("Only on this laptop"))
        self.refused.set_title(self.t("Not taken by the centre"), self.t("Nothing is lost: what you entered is kept here."))
        self.past.set_title(self.t("Recent"))
        self.phases.retranslate(self.ctx.language)

    def heading(self) -> str:
        """The window's title."""
        return self.t("Sync")

    def load(self) -> Callable[[], SyncView]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: sync_view(session)

    def render_view(self, view: SyncView) -> None:
        """Show where this laptop stands."""
        if self._job is not None:
            under = self.t("Syncing with {centre}", centre=view.centre_url)
        elif self._result is not None:
            under = self.read(self._result)
        elif view.last_finished_at is None:
            under = self.t("Not synced yet")
        else:
            under = self.t("Last sync {when}", when=self.when(view.last_finished_at))
        self.header.set_words(self.t("Sync"), under)
        self.conflicts.set_widgets([self._conflict(each) for each in view.conflicts])
        self.conflicts.setVisible(bool(view.conflicts))
        self.refused.setVisible(bool(view.rejected))
        self.refused_rows.set_widgets([self._rejected(each) for each in view.rejected])
        self._render_here(view)
        self.past_rows.set_widgets([self._past(*row) for row in self._history(view)])
        self.past.setVisible(bool(view.history))

    def open(self, **arguments: Any) -> None:
        """Show where this laptop stands; start a round when asked to."""
        self._result = None
        self._typing = ""
        super().open(**arguments)
        if arguments.get("begin"):
            self._start()
        if arguments.get("show") == "where" and self.scroll_area is not None:
            self.scroll_area.ensureWidgetVisible(self.here)

    def _render_here(self, view: SyncView) -> None:
        rows: list[QWidget] = [self._here(each) for each in view.only_here[:MOST_ROWS]]
        if len(view.only_here) > MOST_ROWS:
            rows.append(Text(self.t("and {count} more", count=len(view.only_here) - MOST_ROWS), "small"))
        if view.blobs:
            words = self.t("{count} files, {size}", count=view.blobs, size=size_words(view.blob_bytes))
            rows.append(Row([Elided(self.t("Photos, signatures and documents")), None, Text(words, "small", wrap=False)]))
        self.here_rows.set_widgets(rows)
        self.here_rows.setVisible(bool(rows))
        self.here_words.setVisible(not rows)
        safe = self.t("Everything is at the centre. You may close the lid.")
        self.here_words.setText(safe if view.last_finished_at else self.t("This laptop has not finished a sync yet."))

    def _here(self, each: OnlyHere) -> QWidget:
        name = " · ".join(part for part in (self.read(each.name), each.subject) if part)
        cost = self.t("{count} edits since {time}", count=each.changes, time=self.when(each.since))
        return Row([Elided(name), None, Text(cost, "small", wrap=False)])

    def _rejected(self, each: RejectedLine) -> QWidget:
        title = " · ".join(part for part in (self.read(each.kind_words), each.subject, self.when(each.at)) if part)
        entered = ", ".join(f"{self.read(name)}: {self.read(value)}" for name, value in each.entered)
        return Column([Text(title, "bold"), Text(entered, selectable=True), Text(self.read(each.reason), "small")], gap=2)

    def _history(self, view: SyncView) -> list[tuple[str, str, str]]:
        return [
            (
                self.when(each.started_at),
                self.read(each.words),
                self.t("{seconds} s", seconds=max(1, round((each.ended_at - each.started_at).total_seconds())))
                + (f" · {size_words(each.bytes_moved)}" if each.bytes_moved else ""),
            )
            for each in view.history
        ]

    def _past(self, when: str, words: str, cost: str) -> QWidget:
        moment = Text(when, "muted", wrap=False)
        moment.setMinimumWidth(current_theme().px(130))
        return Row([moment, Elided(words), None, Text(cost, "small", wrap=False)])

    def _conflict(self, view: ConflictView) -> QWidget:
        place = " · ".join(part for part in (self.read(view.kind_words), view.subject, self.read(view.field_words)) if part)
        if view.settled_with:
            return self._settled(view, place)
        at = {name: self.when(moment) if moment else "" for name, moment in (("mine", view.mine_at), ("theirs", view.theirs_at))}
        card = ConflictCard(
            ConflictWords(
                title=self.t("Needs your decision"),
                place=place,
                before=ConflictSide(self.read(view.before)),
                mine=ConflictSide(self.read(view.mine), " · ".join(part for part in (at["mine"], view.mine_by) if part)),
                theirs=ConflictSide(self.read(view.theirs), " · ".join(part for part in (at["theirs"], view.theirs_by) if part)),
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
        field.setAccessibleName(self.t("Enter another value"))
        use, leave = PrimaryButton(self.t("Use this value")), SecondaryButton(self.t("Cancel"))
        use.setObjectName("use_other")
        leave.setObjectName("cancel_other")

        def settle() -> None:
            self._settle(view.conflict_id, "other", field.text())

        field.textChanged.connect(self._keep_typed)
        use.clicked.connect(settle)
        field.returnPressed.connect(settle)
        leave.clicked.connect(functools.partial(self._type_other, None))
        card = Card(self.read(view.field_words), panel="accent")
        card.add(Row([field, use, leave]))
        return card

    def _type_other(self, view: ConflictView | None) -> None:
        self._typing, self._typed = (view.conflict_id, view.typed) if view is not None else ("", "")
        self.render_view(self.view)
        for field in self.conflicts.findChildren(QLineEdit, "other_value"):
            field.setFocus()
            field.selectAll()

    def _keep_typed(self, text: str) -> None:
        # the page may be drawn anew while somebody is typing
        self._typed = text

    def _settled(self, view: ConflictView, place: str) -> QWidget:
        kept = {"mine": say("Kept mine"), "theirs": say("Took theirs"), "other": say("Entered another value")}[view.settled_with]
        undo = SecondaryButton(self.t("Undo"), compact=True)
        undo.setObjectName("undo_settlement")
        undo.setAccessibleName(f"{undo.text()} {place}")
        session = self.ctx.session
        undo.clicked.connect(lambda: self.run(lambda: undo_settlement(session, view.conflict_id), busy=(undo,)))
        card = Card()
        card.add(Row([Tag(self.read(kept), "met"), Elided(place), None, undo]))
        return card

    def _settle(self, conflict_id: str, keep: str, other: str = "") -> None:
        session = self.ctx.session

        def settled(_none: None) -> None:
            self._typing = ""

        self.run(lambda: settle_conflict(session, conflict_id, keep, other), settled)

    def _start(self) -> None:
        if self._job is not None:
            return
        session = self.ctx.session
        self._result = None
        self.round_card.show()
        self.phases.begin()
        self.start.setEnabled(False)
        self.stop.show()
        self._job = self.run_long(
            lambda watch: synchronise(session, watch),
            self._done,
            moved=self._moved,
            cancelled=lambda: self._ended(say("Stopped. What was sent is safe; the rest goes on next time.")),
            failed=self._failed,
        )
        self.refresh()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _moved(self, step: Step) -> None:
        self.phases.advance(step)

    def _done(self, view: RoundView) -> None:
        if view.complete:
            self.phases.finish()
        else:
            self.phases.stop()
        self._ended(view.words)

    def _failed(self, sentence: Sentence) -> None:
        self.phases.stop()
        self.ctx.notify(sentence, "breached")
        self._ended(sentence)

    def _ended(self, words: Sentence) -> None:
        self._job = None
        self._result = words
        self.start.setEnabled(True)
        self.stop.hide()
        self.refresh()
