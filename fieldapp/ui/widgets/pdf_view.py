"""A document inside the window: one page at a time, from bytes; nothing is written to disk for it."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMargins, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent, QPalette
from PySide6.QtPdf import QPdfDocument
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from fieldapp.base.i18n import say
from fieldapp.ui.theme.style import current_theme, language_of, mark
from fieldapp.ui.theme.tokens import GAP
from fieldapp.ui.widgets.buttons import IconButton, QuietButton
from fieldapp.ui.widgets.texts import Text

__all__ = ["PdfView"]


class _Pages(QPdfView):
    """Draws what lies around a page in the colour of the theme, whatever the style sheet makes of its palette."""

    def paintEvent(self, event: QPaintEvent) -> None:
        wanted = QColor(current_theme().colours.raised)
        palette = self.palette()
        if palette.color(QPalette.ColorRole.Dark) != wanted:
            palette.setColor(QPalette.ColorRole.Dark, wanted)
            self.setPalette(palette)
        super().paintEvent(event)


class PdfView(QFrame):
    """Shows a PDF. `page_changed(page, total)` counts from 1; `seen` is the set of pages that were on the screen."""

    page_changed = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        mark(self, panel="plain")
        self._buffer = QBuffer(self)
        self._document = QPdfDocument(self)
        self.seen: set[int] = set()
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP.small, GAP.small, GAP.small, GAP.small)
        column.setSpacing(GAP.small)
        self._view = _Pages(self)
        self._view.setDocument(self._document)
        self._view.setPageMode(QPdfView.PageMode.SinglePage)
        self._view.setZoomMode(QPdfView.ZoomMode.FitInView)
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setDocumentMargins(QMargins(0, 0, 0, 0))
        self._view.setPageSpacing(0)
        self._failure = Text("", "body", "breached")
        self._failure.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._failure.hide()
        column.addWidget(self._view, 1)
        column.addWidget(self._failure, 1)
        row = QHBoxLayout()
        row.setSpacing(GAP.medium)
        self.previous, self.next = IconButton("previous"), IconButton("next")
        self._count = Text("", "muted", wrap=False)
        self._zoom = QuietButton()
        self._zoom.clicked.connect(self._change_zoom)
        row.addStretch(1)
        row.addWidget(self.previous)
        row.addWidget(self._count)
        row.addWidget(self.next)
        row.addStretch(1)
        row.addWidget(self._zoom)
        column.addLayout(row)
        self.previous.clicked.connect(lambda: self.go_to(self.page - 1))
        self.next.clicked.connect(lambda: self.go_to(self.page + 1))
        self._view.pageNavigator().currentPageChanged.connect(self._moved)
        self._speak()

    def show_pdf(self, data: bytes) -> bool:
        """Show these bytes from their first page; False, with a sentence in place of the page, when they are no PDF."""
        self._document.close()
        self._buffer.close()
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._document.load(self._buffer)
        readable = self._document.status() == QPdfDocument.Status.Ready and self._document.pageCount() > 0
        self._view.setVisible(readable)
        self._failure.setVisible(not readable)
        self.seen.clear()
        if readable:
            self._view.pageNavigator().jump(0, QPointF(), 0)
        self._moved()
        return readable

    @property
    def page(self) -> int:
        """The page on the screen, from 1; 0 when there is none."""
        return self._view.pageNavigator().currentPage() + 1 if self.total else 0

    @property
    def total(self) -> int:
        """How many pages there are."""
        return max(0, self._document.pageCount())

    def go_to(self, page: int) -> None:
        """Show a page, counted from 1; one that is not there changes nothing."""
        if 1 <= page <= self.total:
            self._view.pageNavigator().jump(page - 1, QPointF(), 0)

    def fit_width(self) -> None:
        """Show the page as wide as there is room, to be read; a person may go back to the whole page."""
        if self._view.zoomMode() == QPdfView.ZoomMode.FitInView:
            self._change_zoom()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Up and Page Down turn the pages."""
        step = {Qt.Key.Key_PageUp: -1, Qt.Key.Key_PageDown: 1}.get(Qt.Key(event.key()), 0)
        if step:
            self.go_to(self.page + step)
            return
        super().keyPressEvent(event)

    def _moved(self) -> None:
        if self.total:
            self.seen.add(self.page)
        self.previous.setEnabled(self.page > 1)
        self.next.setEnabled(0 < self.page < self.total)
        self._speak()
        self.page_changed.emit(self.page, self.total)

    def _change_zoom(self) -> None:
        whole = self._view.zoomMode() == QPdfView.ZoomMode.FitInView
        self._view.setZoomMode(QPdfView.ZoomMode.FitToWidth if whole else QPdfView.ZoomMode.FitInView)
        self._speak()

    def _speak(self) -> None:
        language = language_of(self)
        self._count.setText(f"{self.page} / {self.total}")
        name = say("Page {page} of {total}", page=self.page, total=self.total).read(language)
        self._count.setAccessibleName(name)
        self.previous.set_name(say("Previous page").read(language))
        self.next.set_name(say("Next page").read(language))
        whole = self._view.zoomMode() == QPdfView.ZoomMode.FitInView
        self._zoom.setText((say("Page width") if whole else say("Whole page")).read(language))
        self._failure.setText(say("This document cannot be shown. The file is untouched. Close it and open it again.").read(language))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the language."""
        super().changeEvent(event)
        if hasattr(self, "_zoom") and event.type() == QEvent.Type.LocaleChange:
            self._speak()
