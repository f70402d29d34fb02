"""A place to drop or choose a PDF, and the verdict on it in words."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout

from fieldapp.base.i18n import Sentence
from fieldapp.operations.verification import VerifyView
from fieldapp.ui.page import Page
from fieldapp.ui.theme.style import mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import SecondaryButton
from fieldapp.ui.widgets.cards import Banner, Card
from fieldapp.ui.widgets.texts import Text

__all__ = ["VerifyPanel"]

_PARTS = 5
"""Headings that a verdict may have at most: document, why not, signatures, proven, not proven."""


class _DropArea(QFrame):
    """Takes one file that is dragged over it."""

    dropped = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setObjectName("verify_drop")
        mark(self, panel="inset")
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.large, GAP.large, GAP.large, GAP.large)
        column.setSpacing(GAP.small)
        self.words = Text("", "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.choose = SecondaryButton("", "upload")
        self.choose.setObjectName("verify_file")
        column.addWidget(self.words)
        column.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignHCenter)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Only files are taken."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            mark(self, panel="accent")
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The file went by."""
        mark(self, panel="inset")

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which file was dropped."""
        mark(self, panel="inset")
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.dropped.emit(paths[0])


class VerifyPanel(Card):
    """`wanted(path)` when a person drops or chooses a file; `show_verdict` says what became of it."""

    wanted = Signal(object)

    def __init__(self, page: Page) -> None:
        """`page` lends its language."""
        super().__init__()
        self._page = page
        self._view: VerifyView | None = None
        self.area = _DropArea()
        self.verdict = Banner()
        self.verdict.setObjectName("verify_result")
        self.parts = [(Text("", "strong"), Text("", "small", selectable=True)) for _ in range(_PARTS)]
        self.add(self.area, self.verdict, *(text for part in self.parts for text in part))
        self.area.dropped.connect(lambda path: self.wanted.emit(Path(path)))
        self.area.choose.clicked.connect(self._choose)
        self.verdict.hide()
        for heading, lines in self.parts:
            heading.hide()
            lines.hide()

    def retranslate(self) -> None:
        """Say everything in the language of the page."""
        t = self._page.t
        self.set_title(t("Check a report"))
        self.area.words.setText(t("Drop a PDF here"))
        self.area.choose.setText(t("Choose a file…"))
        if self._view is not None:
            self.show_verdict(self._view)

    def show_verdict(self, view: VerifyView) -> None:
        """The verdict first, then under headings everything that speaks for and against it."""
        self._view = view
        read = self._page.read
        self.verdict.set_words(read(view.sentences[0]), view.name, "met" if view.accepted else "breached")
        self.verdict.show()
        for index, (heading, lines) in enumerate(self.parts):
            there = index < len(view.parts)
            if there:
                heading.setText(read(view.parts[index][0]))
                lines.setText("\n".join(f"· {read(_grouped(each))}" for each in view.parts[index][1]))
            heading.setVisible(there)
            lines.setVisible(there)

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self._page.t("Choose a file…"), "", "PDF (*.pdf)")
        if path:
            self.wanted.emit(Path(path))


def _grouped(sentence: Sentence) -> Sentence:
    """A sentence with its digest in groups of 4, so that it breaks over lines."""
    digest = str(sentence.values.get("digest", ""))
    groups = " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))
    return Sentence(sentence.text, {**sentence.values, "digest": groups}) if digest else sentence
