"""The pages of reports in a real window on a real replica, for tests and for eyes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.base.settings import Settings
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.documents.report_page import ReportPage
from fieldapp.ui.documents.reports_page import ReportsPage
from fieldapp.ui.documents.signoff_page import SignoffPage
from fieldapp.ui.frame.page_host import PageFactory
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Page, UiContext

W = TypeVar("W", bound=QWidget)

PAGES: Mapping[str, PageFactory] = {"reports": ReportsPage, "report": ReportPage, "signoff": SignoffPage, "today": ReportsPage}


@contextmanager
def window_on(session: FieldSession, settings: Settings | None = None) -> Iterator[MainWindow]:
    """A window whose pages stand on a session; its threads are ended with it."""
    background = Background()
    window = MainWindow(UiContext(background, session.clock, settings or Settings(), session=session), PAGES)
    session.listen(window.ctx.announce)
    window.set_engineer(session.engineer_name)
    window.show()
    try:
        yield window
    finally:
        background.close()
        window.close()
        window.deleteLater()


def settle(window: MainWindow) -> None:
    """Wait until nothing is under way and everything is drawn."""
    for _ in range(4):
        assert window.ctx.background.idle(30_000)
        QApplication.processEvents()


def open_page(window: MainWindow, name: str, **arguments: object) -> Page:
    """Open a page in the frame (the sign-off alone) and wait until it is there."""
    (window.ctx.show_bare if name == "signoff" else window.ctx.navigate)(name, **arguments)
    settle(window)
    page = window.page
    assert page is not None
    return page


def child(page: Page, kind: type[W], name: str) -> W:
    """A control of a page by its name."""
    found = page.findChild(kind, name)
    assert isinstance(found, kind), name
    return found


def save_picture(window: MainWindow, path: Path) -> None:
    """Draw the window into a PNG file, after the pages of a document had time to appear."""
    settle(window)
    QTest.qWait(400)
    window.grab().save(str(path))
