"""The safety copy on another disk: kept or not, current or not, in words; and taking over that of a lost laptop."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog

from fieldapp.operations.laptop.journal import JournalView, TakenIn, end_journal, journal_view, keep_journal, take_in
from fieldapp.ui.background import Job
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["JournalCard"]

LOOK_MS = 5000


class JournalCard(Card):
    """Looks again every few seconds while it is seen: the disk may be pulled out at any time."""

    def __init__(self, page: Page) -> None:
        super().__init__(gap=GAP.medium)
        self._page = page
        self._view: JournalView | None = None
        self._look: Job | None = None
        self.about, self.state = Text("", "small"), Text("", "body")
        self.state.setObjectName("journal_state")
        self.keep, self.end, self.take = SecondaryButton(), SecondaryButton(), SecondaryButton()
        for name, button, pressed in (
            ("journal_keep", self.keep, self._keep),
            ("journal_end", self.end, self._end),
            ("journal_take", self.take, self._take),
        ):
            button.setObjectName(name)
            button.clicked.connect(pressed)
        self.add(self.about, self.state, FlowRow([self.keep, self.end, self.take], GAP.medium))
        self._again = QTimer(self)
        self._again.setInterval(LOOK_MS)
        self._again.timeout.connect(self.look)

    def retranslate(self) -> None:
        """Title, words, buttons."""
        t = self._page.t
        self.set_title(t("Safety copy"))
        self.about.setText(
            t(
                "What is not synced yet can be kept on a second disk or a USB stick too, sealed: whoever finds it reads nothing. "
                "If this laptop is lost, your next one takes it over."
            )
        )
        self.keep.setText(t("Keep a safety copy on…"))
        self.end.setText(t("Stop keeping it"))
        self.take.setText(t("Take over a lost laptop's copy…"))
        if self._view is not None:
            self.show_view(self._view)

    def look(self) -> None:
        """Read the copy on a worker thread and say how it stands; a disk that is slow to answer is asked once at a time."""
        session = self._page.ctx.session
        if session is not None and (self._look is None or self._look.finished):
            self._look = self._page.run(lambda: journal_view(session), self.show_view, failed=lambda _sentence: None, lane="aside")

    def show_view(self, view: JournalView) -> None:
        """Say how it stands."""
        self._view = view
        self.state.setText(self._page.read(view.words))
        self.end.setVisible(view.state != "off")

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look."""
        super().showEvent(event)
        self.look()
        self._again.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody sees it."""
        self._again.stop()
        super().hideEvent(event)

    def _keep(self) -> None:
        session, folder = self._page.ctx.session, self._folder(self._page.t("Choose the second disk or the stick, or a folder on it"))
        if folder is not None:
            self._page.run(lambda: keep_journal(session, folder), self.show_view, busy=(self.keep,))

    def _end(self) -> None:
        session = self._page.ctx.session
        self._page.run(lambda: end_journal(session), self.show_view, busy=(self.end,))

    def _take(self) -> None:
        session, folder = self._page.ctx.session, self._folder(self._page.t("Choose the stick that the lost laptop wrote to"))
        if folder is None:
            return

        def taken(view: TakenIn) -> None:
            self._page.ctx.notify(view.words, *(("met", 12) if view.complete else ("breached", 60)))
            self._page.ctx.navigate("sync")

        self._page.run(lambda: take_in(session, folder), taken, busy=(self.take,))

    def _folder(self, title: str) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self, title)
        return Path(chosen) if chosen else None
