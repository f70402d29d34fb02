"""Sync: one button, phases, what is only on this laptop, conflicts field by field, what was not taken, the history."""

from __future__ import annotations

import functools
from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.overview import size_words
from fieldapp.operations.synchronise import (
    ConflictView,
    RoundView,
    SyncView,
    field_words,
    settle_conflict,
    sync_view,
    synchronise,
    undo_settlement,
)
from fieldapp.ui.background import Job, Step
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.phases import SyncPhases
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.conflict import ConflictCard, ConflictSide, ConflictWords
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["SyncPage"]


class SyncPage(Page):
    """Opened by the rail, and by the safety light with `show="where"`."""

    kinds = frozenset({"conflict", "case", "visit", "form_instance", "service_report", "attachment"})

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self._job: Job | None = None
        self._result: Sentence | None = None
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
        self.here_rows, self.here_words = KeyValueList(), Text("", "muted")
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
        self.refused_rows.set_widgets(
            Text(f"{self.when(each.at)}  {self.read(each.kind_words)}: {', '.join(each.fields)}  ({each.reason})", "small")
            for each in view.rejected
        )
        self._render_here(view)
        self.past_rows.set_widgets([self._past(*row) for row in self._history(view)])
        self.past.setVisible(bool(view.history))

    def _render_here(self, view: SyncView) -> None:
        counts: dict[str, int] = {}
        for each in view.only_here:
            counts[self.read(each.name)] = counts.get(self.read(each.name), 0) + each.changes
        rows = [(name, self.t("{count} change(s)", count=count)) for name, count in counts.items()]
        if view.blobs:
            rows.append((self.t("Files"), f"{view.blobs} · {size_words(view.blob_bytes)}"))
        self.here_rows.set_rows(rows)
        self.here_rows.setVisible(bool(rows))
        self.here_words.setVisible(not rows)
        self.here_words.setText(self.t("Everything is at the centre. You may close the lid."))

    def _history(self, view: SyncView) -> list[tuple[str, str, str]]:
        return [
            (
                self.when(each.started_at),
                self.read(each.words),
                f"{max(1, round((each.ended_at - each.started_at).total_seconds()))} s · {size_words(each.bytes_moved)}",
            )
            for each in view.history
        ]

    def _past(self, when: str, words: str, cost: str) -> QWidget:
        moment = Text(when, "small", wrap=False)
        moment.setMinimumWidth(150)
        return Row([moment, Elided(words), None, Text(cost, "small", wrap=False)])

    def _conflict(self, view: ConflictView) -> QWidget:
        place = " · ".join(part for part in (self.read(view.kind_words), view.subject, self.read(field_words(view.field))) if part)
        if view.settled_with:
            return self._settled(view, place)
        at = {name: self.when(moment) if moment else "" for name, moment in (("mine", view.mine_at), ("theirs", view.theirs_at))}
        card = ConflictCard(
            ConflictWords(
                title=self.t("Needs your decision"),
                place=place,
                before=ConflictSide(view.before),
                mine=ConflictSide(view.mine, " · ".join(part for part in (at["mine"], view.mine_by) if part)),
                theirs=ConflictSide(view.theirs, " · ".join(part for part in (at["theirs"], view.theirs_by) if part)),
            )
        )
        card.kept_mine.connect(functools.partial(self._settle, view.conflict_id, "mine"))
        card.took_theirs.connect(functools.partial(self._settle, view.conflict_id, "theirs"))
        card.wants_other.connect(functools.partial(self._other, view))
        return card

    def _settled(self, view: ConflictView, place: str) -> QWidget:
        kept = {"mine": say("Kept mine"), "theirs": say("Took theirs"), "other": say("Entered another value")}[view.settled_with]
        card = Card()
        row = QHBoxLayout()
        row.addWidget(Elided(f"{place}: {self.read(kept)}"), 1)
        undo = SecondaryButton(self.t("Undo"), compact=True)
        session = self.ctx.session
        undo.clicked.connect(lambda: self.run(lambda: undo_settlement(session, view.conflict_id)))
        row.addWidget(undo)
        card.body.addLayout(row)
        return card

    def _settle(self, conflict_id: str, keep: str, other: str = "") -> None:
        session = self.ctx.session
        self.run(lambda: settle_conflict(session, conflict_id, keep, other))

    def _other(self, view: ConflictView) -> None:
        text, taken = QInputDialog.getText(self, self.t("Enter another value"), self.read(field_words(view.field)), text=view.mine)
        if taken:
            self._settle(view.conflict_id, "other", text)

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
