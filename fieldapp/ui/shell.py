"""All pages by name, and how the desktop starts with them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QApplication

from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.inspections_page import InspectionsPage
from fieldapp.ui.desktop import Shell
from fieldapp.ui.documents.report_page import ReportPage
from fieldapp.ui.documents.reports_page import ReportsPage
from fieldapp.ui.documents.signoff_page import SignoffPage
from fieldapp.ui.main_window import MainWindow, PageFactory
from fieldapp.ui.orders.changes_page import ChangesPage
from fieldapp.ui.orders.spares_page import SparesPage
from fieldapp.ui.orders.swap_page import SwapPage
from fieldapp.ui.orders.upgrade_page import UpgradePage
from fieldapp.ui.pages.case_page import CasePage
from fieldapp.ui.pages.cases_page import CasesPage
from fieldapp.ui.pages.duty_page import DutyPage
from fieldapp.ui.pages.enrol_page import EnrolPage
from fieldapp.ui.pages.equipment_page import EquipmentPage
from fieldapp.ui.pages.laptop.regain_page import RegainPage
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
    "regain": RegainPage,
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


def start(window: MainWindow) -> None:
    """Make the shell of a window and open its first page; the session ends with the window."""
    shell = Shell(window)
    app = QApplication.instance()
    if app is not None:
        app.aboutToQuit.connect(shell.close)
    shell.start()
