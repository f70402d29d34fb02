"""Puts pages, session and window together: what opens first, what is always in sight, when the desktop locks itself."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from fieldapp.operations.enrolment import Door, door
from fieldapp.operations.overview import Overview, overview
from fieldapp.operations.session import FieldSession
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.inspections_page import InspectionsPage
from fieldapp.ui.documents.report_page import ReportPage
from fieldapp.ui.documents.reports_page import ReportsPage
from fieldapp.ui.documents.signoff_page import SignoffPage
from fieldapp.ui.frame.top_bar import Safety
from fieldapp.ui.main_window import MainWindow, PageFactory
from fieldapp.ui.orders.changes_page import ChangesPage
from fieldapp.ui.orders.spares_page import SparesPage
from fieldapp.ui.orders.swap_page import SwapPage
from fieldapp.ui.orders.upgrade_page import UpgradePage
from fieldapp.ui.pages.case_page import CasePage
from fieldapp.ui.pages.cases_page import CasesPage
from fieldapp.ui.pages.duty_page import DutyPage
from fieldapp.ui.pages.enrol_page import EnrolPage, means_of
from fieldapp.ui.pages.equipment_page import EquipmentPage
from fieldapp.ui.pages.search_page import SearchPage
from fieldapp.ui.pages.settings_page import SettingsPage
from fieldapp.ui.pages.sync_page import SyncPage
from fieldapp.ui.pages.today_page import TodayPage
from fieldapp.ui.pages.unlock_page import UnlockPage
from fieldapp.ui.pages.visit_page import VisitPage

__all__ = ["PAGES", "Shell", "start"]

PAGES: Mapping[str, PageFactory] = {
    "enrol": EnrolPage,
    "unlock": UnlockPage,
    "today": TodayPage,
    "visit": VisitPage,
    "cases": CasesPage,
    "case": CasePage,
    "inspections": InspectionsPage,
    "checklist": ChecklistPage,
    "spares": SparesPage,
    "swap": SwapPage,
    "changes": ChangesPage,
    "upgrade": UpgradePage,
    "reports": ReportsPage,
    "report": ReportPage,
    "signoff": SignoffPage,
    "equipment": EquipmentPage,
    "duty": DutyPage,
    "sync": SyncPage,
    "search": SearchPage,
    "settings": SettingsPage,
}

_INPUT = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.TabletPress)


class Shell(QObject):
    """Lives as long as the window. `start` asks the profile what to open; a new session is wired when a page brings one."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.ctx = window.ctx
        self._wired: FieldSession | None = None
        self._last_input = self.ctx.clock.elapsed()
        self._idle = QTimer(self)
        self._idle.setInterval(15_000)
        self._idle.timeout.connect(self._lock_when_idle)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(120)
        self._soon.timeout.connect(self._look)
        self.ctx.kinds_changed.connect(lambda _kinds: self._soon.start())
        window.host.bare_changed.connect(lambda _alone: self._wire())
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def start(self) -> None:
        """Open the first page: enrol on a new laptop, unlock on one that is set up."""
        means = means_of(self.ctx)

        def show(view: Door) -> None:
            self.ctx.show_bare(view.state)

        self.ctx.background.run(lambda: door(means), done=show, owner=self)

    def lock(self) -> None:
        """Hide everything behind the PIN; the session stays open, a sync in the background goes on."""
        if self.ctx.session is not None and not self.window.host.is_bare:
            self.ctx.show_bare("unlock")

    def close(self) -> None:
        """End the session after the threads have come to rest."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._idle.stop()
        self._soon.stop()
        session: FieldSession | None = self.ctx.session
        if session is not None:
            session.close()
            self.ctx.session = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that somebody is at the keyboard."""
        if event.type() in _INPUT:
            self._last_input = self.ctx.clock.elapsed()
        return False

    def _wire(self) -> None:
        session: FieldSession | None = self.ctx.session
        if session is None or session is self._wired:
            return
        self._wired = session
        session.listen(self.ctx.announce)
        self.window.host.forget_pages()
        self.window.set_engineer(session.engineer_name)
        self._idle.start()
        self._look()

    def _look(self) -> None:
        session: FieldSession | None = self.ctx.session
        if session is not None:
            self.ctx.background.run(lambda: overview(session), done=self._show, owner=self)

    def _show(self, view: Overview) -> None:
        self.window.set_safety(Safety(view.state, view.text, view.detail))
        self.window.set_counts(view.counts)

    def _lock_when_idle(self) -> None:
        minutes = self.ctx.settings.idle_lock_minutes
        if minutes > 0 and self.ctx.clock.elapsed() - self._last_input > minutes * 60:
            self.lock()


def start(window: MainWindow) -> None:
    """Make the shell of a window and open its first page; the session ends with the window."""
    shell = Shell(window)
    app = QApplication.instance()
    if app is not None:
        app.aboutToQuit.connect(shell.close)
    shell.start()
