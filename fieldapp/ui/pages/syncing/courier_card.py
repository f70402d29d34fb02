"""Sync without a network: a file goes out, its answer comes back; what is in it, who may carry it, what comes back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog

from fieldapp.base.i18n import Sentence
from fieldapp.operations.laptop.courier import CourierView, amount_words
from fieldapp.ui.background import Step
from fieldapp.ui.page import Page
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Card, KeyValueList
from fieldapp.ui.widgets.layouts import FlowRow
from fieldapp.ui.widgets.progress import ProgressRow
from fieldapp.ui.widgets.texts import Text

__all__ = ["CourierCard"]


class CourierCard(Card):
    """Two actions. `out_wanted` with a folder, `in_wanted` with a file, once a person has chosen them; the page does the work."""

    out_wanted = Signal(Path)
    in_wanted = Signal(Path)

    def __init__(self, page: Page) -> None:
        super().__init__(gap=GAP.medium)
        self._page = page
        self._view: CourierView | None = None
        self._busy = False
        self.carrying = False
        self.facts = KeyValueList(style="sheet")
        self.state = Text("", "bold")
        self.state.setObjectName("courier_state")
        self.progress = ProgressRow(symbol="stick")
        self.progress.hide()
        self.write, self.take = SecondaryButton(symbol="upload"), SecondaryButton(symbol="download")
        self.write.setObjectName("courier_out")
        self.take.setObjectName("courier_in")
        self.write.clicked.connect(self._choose_folder)
        self.take.clicked.connect(self._choose_file)
        self.add(self.facts, self.state, self.progress, FlowRow([self.write, self.take], GAP.medium))

    def retranslate(self) -> None:
        """Title and buttons."""
        t = self._page.t
        self.set_title(t("Without a network: by courier"), t("A file on a USB stick, carried to the central service and back"))
        self.write.setText(t("Write the file to a stick…"))
        self.take.setText(t("Take in the answer…"))

    def show_view(self, view: CourierView) -> None:
        """Show what a file would hold now, and whether one is on its way."""
        self._view = view
        t = self._page.t
        waits = self._page.read(amount_words(view.changes, view.files, view.size))
        held = t("Everything that waits on this laptop: {waits}.", waits=waits)
        if not view.changes and not view.files:
            held = t("Nothing waits on this laptop; the file only asks for news.")
        self.facts.set_rows(
            [
                (t("In the file"), held),
                (t("Who may carry it"), t("Anybody. It is sealed for the central service; whoever finds it reads nothing in it.")),
                (
                    t("What comes back"),
                    t("A file for this laptop: receipts, news, stamped reports. Until it is taken in, everything goes on waiting here."),
                ),
            ]
        )
        if not view.possible:
            words = t("Sync once over the network first: this laptop does not know the key of the central service yet.")
        elif view.on_its_way is not None:
            words = t("The file of {when} is on its way; its answer is not here yet.", when=self._page.when(view.on_its_way))
        else:
            words = ""
        self.state.setText(words)
        self.state.setVisible(bool(words))
        self._rest()

    def set_busy(self, busy: bool, words: str = "") -> None:
        """Whether something is under way here or elsewhere on the page; `words` name it when it is here."""
        self._busy, self.carrying = busy, busy and bool(words)
        self.progress.setVisible(self.carrying)
        self.progress.set_name(words)
        self.progress.show_phase("now", 0.0, "")
        self._rest()

    def advance(self, step: Step) -> None:
        """How far it is."""
        words = self._page.read(step.words or Sentence(""))
        self.progress.show_phase("now", step.done / step.total if step.total else 0.0, words)

    def _rest(self) -> None:
        self.write.setEnabled(not self._busy and self._view is not None and self._view.possible)
        self.take.setEnabled(not self._busy)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self._page.t("Choose the stick, or a folder on it"))
        if folder:
            self.out_wanted.emit(Path(folder))

    def _choose_file(self) -> None:
        title, kinds = self._page.t("Choose the file that came back"), self._page.t("Courier files") + " (*-back.courier *.courier)"
        path, _ = QFileDialog.getOpenFileName(self, title, "", kinds)
        if path:
            self.in_wanted.emit(Path(path))
