"""Sync: one button, phases, the day in words, what is only on this laptop, conflicts field by field, a courier's files, the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from fieldapp.base.i18n import Sentence, say
from fieldapp.operations.laptop.courier import CourierView, WrittenFile, courier_in, courier_out, courier_view
from fieldapp.operations.laptop.evening import DayLine, day_lines
from fieldapp.operations.laptop.synchronise import RoundView, SyncView, sync_view, synchronise
from fieldapp.operations.overview import KIND_NAMES, OnlyHere, size_words
from fieldapp.ui.background import Job, Step
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.pages.conflicts import ConflictList
from fieldapp.ui.pages.phases import SyncPhases
from fieldapp.ui.pages.syncing.courier_card import CourierCard
from fieldapp.ui.pages.syncing.day_card import DayCard
from fieldapp.ui.pages.syncing.set_aside import set_aside_row
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import PrimaryButton, SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.layouts import Column, PageHeader, Row
from fieldapp.ui.widgets.texts import Elided, Text

__all__ = ["SyncPage"]

MOST_ROWS = 30
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows."""

    sync: SyncView
    courier: CourierView
    day: tuple[DayLine, ...]


class SyncPage(Page):
    """Opened by the rail, and by the safety light with `show="where"`; `begin=True` starts a round at once."""

    kinds = frozenset(KIND_NAMES)

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
        self.conflicts = ConflictList(self)
        self.conflicts.setObjectName("conflicts")
        self.here, self.refused, self.past = Card(), Card(), Card()
        self.here_rows, self.here_words = Column(gap=GAP.tight), Text("", "muted")
        self.here_rows.setObjectName("only_here")
        self.here.add(self.here_words, self.here_rows)
        self.refused_rows = Column(gap=GAP.small)
        self.refused.add(self.refused_rows)
        self.past_rows = Column(gap=GAP.small)
        self.past.add(self.past_rows)
        self.today, self.courier = DayCard(self), CourierCard(self)
        self.courier.out_wanted.connect(self._carry_out)
        self.courier.in_wanted.connect(self._carry_in)
        for part in (self.header, self.round_card, self.today, self.conflicts, self.refused, self.here, self.courier, self.past):
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
        self.today.retranslate()
        self.courier.retranslate()

    def heading(self) -> str:
        """The window's title."""
        return self.t("Sync")

    def load(self) -> Callable[[], _Shown]:
        """Ask the replica."""
        session = self.ctx.session
        return lambda: _Shown(sync_view(session), courier_view(session), day_lines(session))

    def render_view(self, shown: _Shown) -> None:
        """Show where this laptop stands."""
        view = shown.sync
        self.today.show_lines(shown.day)
        self.courier.show_view(shown.courier)
        if self._job is not None:
            under = self.t("Syncing with {centre}", centre=view.centre_url)
        elif self._result is not None:
            under = self.read(self._result)
        elif view.agreed_at is None:
            under = self.t("Not synced yet")
        elif view.waits is not None:
            under = self.t("All records agreed {when}; the rest waits: {why}", when=self.when(view.agreed_at), why=self.read(view.waits))
        else:
            under = self.t("Last sync {when}", when=self.when(view.agreed_at))
        self.header.set_words(self.t("Sync"), under)
        self.conflicts.show_conflicts(view.conflicts)
        self.conflicts.setVisible(bool(view.conflicts))
        self.refused.setVisible(bool(view.rejected))
        self.refused_rows.set_widgets([set_aside_row(self, each) for each in view.rejected])
        self._render_here(view)
        self.past_rows.set_widgets([self._past(*row) for row in self._history(view)])
        self.past.setVisible(bool(view.history))

    def open(self, **arguments: Any) -> None:
        """Show where this laptop stands; start a round when asked to."""
        self._result = None
        self.conflicts.forget()
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
        self.here_words.setText(safe if view.agreed_at else self.t("This laptop has not finished a sync yet."))

    def _here(self, each: OnlyHere) -> QWidget:
        name = " · ".join(part for part in (self.read(each.name), each.subject) if part)
        cost = self.t("{count} edits since {time}", count=each.changes, time=self.when(each.since))
        return Row([Elided(name), None, Text(cost, "small", wrap=False)])

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

    def _start(self) -> None:
        session = self.ctx.session

        def begin() -> None:
            self.round_card.show()
            self.phases.begin()
            self.courier.set_busy(True)

        self._begin(begin, lambda watch: synchronise(session, watch), self._done, self.phases.advance)

    def _carry_out(self, folder: Path) -> None:
        session = self.ctx.session
        self._begin(
            lambda: self.courier.set_busy(True, self.t("Writing the file")),
            lambda watch: courier_out(session, folder, watch),
            self._written,
            self.courier.advance,
        )

    def _carry_in(self, path: Path) -> None:
        session = self.ctx.session
        self._begin(
            lambda: self.courier.set_busy(True, self.t("Taking in the answer")),
            lambda watch: courier_in(session, path, watch),
            lambda view: self._ended(view.words),
            self.courier.advance,
        )

    def _begin(self, begin: Callable[[], None], work: Callable[[Any], T], done: Callable[[T], None], moved: Callable[[Step], None]) -> None:
        if self._job is not None:
            return
        self._result = None
        begin()
        self.start.setEnabled(False)
        self.stop.show()
        self._job = self.run_long(
            work,
            done,
            moved=moved,
            cancelled=lambda: self._ended(say("Stopped. What was sent is safe; the rest goes on next time.")),
            failed=self._failed,
        )
        self.refresh()

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _written(self, file: WrittenFile) -> None:
        self.ctx.notify(file.words, "met", 20)
        self._ended(None)

    def _done(self, view: RoundView) -> None:
        if view.complete:
            self.phases.finish(view)
        else:
            self.phases.stop()
        self._ended(view.words)

    def _failed(self, sentence: Sentence) -> None:
        if not self.courier.carrying:
            self.phases.stop()
        self.ctx.notify(sentence, "due")  # nothing is lost: the next round goes on
        self._ended(sentence)

    def _ended(self, words: Sentence | None) -> None:
        self._job = None
        self._result = words
        self.start.setEnabled(True)
        self.stop.hide()
        self.courier.set_busy(False)
        self.refresh()
