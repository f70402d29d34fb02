"""Windows for tests of the everyday pages: the real frame, the real pages, a real replica under them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from fieldapp.base.clock import TurnableClock
from fieldapp.base.settings import Settings, resource
from fieldapp.central.sample.build import FORMS
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.xlsform import convert
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.desktop import Shell
from fieldapp.ui.main_window import MainWindow, PageFactory
from fieldapp.ui.page import Page, UiContext
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
from tests.central.sample.telling import AT, tell
from tests.operations.world import give

W = TypeVar("W", bound=QWidget)


class Elsewhere(Page):
    """Stands for a page that another room tests: it knows only what it was opened with."""


EVERYDAY: Mapping[str, PageFactory] = {
    "enrol": EnrolPage,
    "unlock": UnlockPage,
    "regain": RegainPage,
    "today": TodayPage,
    "visit": VisitPage,
    "cases": CasesPage,
    "case": CasePage,
    "equipment": EquipmentPage,
    "duty": DutyPage,
    "sync": SyncPage,
    "search": SearchPage,
    "settings": SettingsPage,
    **dict.fromkeys(("inspections", "checklist", "spares", "swap", "changes", "upgrade", "reports", "report", "signoff"), Elsewhere),
}


class Desktop:
    """A window on a session, as a person has it before them; `close` ends its threads."""

    def __init__(self, session: FieldSession, **chosen: object) -> None:
        """`chosen` are settings; the pages of other rooms stand there as blanks."""
        self.session = session
        clock = session.clock
        assert isinstance(clock, TurnableClock)
        self.clock = clock
        self.ctx = UiContext(Background(), clock, Settings().chosen(**chosen), session.places, session=session)
        self.window = MainWindow(self.ctx, EVERYDAY)
        self.shell = Shell(self.window)
        self.said: list[str] = []
        self.ctx.noticed.connect(lambda notice: self.said.append(notice.text.read("en")))
        self.window.host.bare_changed.emit(False)  # the shell finds the session, as after unlocking
        self.window.show()

    @property
    def page(self) -> Page:
        """The page a person sees now."""
        page = self.window.page
        assert page is not None
        return page

    def go(self, page: str, **arguments: object) -> Page:
        """Open a page and wait until it shows its data."""
        self.ctx.navigate(page, **arguments)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until nothing is under way and everything is drawn."""
        for _ in range(3):
            QApplication.processEvents()
            assert self.ctx.background.idle()
        QApplication.processEvents()

    def find(self, kind: type[W], name: str) -> W:
        """A control of the page by its name, which can be seen."""
        found = [each for each in self.page.findChildren(kind, name) if each.isVisible()]
        assert found, f"no {name} on {type(self.page).__name__}"
        return found[0]

    def sees(self, name: str) -> bool:
        """Whether a control of that name can be seen."""
        return any(each.isVisible() for each in self.page.findChildren(QWidget, name))

    def press(self, name: str) -> None:
        """Press a button and wait for what it does."""
        button = self.find(QAbstractButton, name)
        assert button.isEnabled(), f"{name} rests"
        button.click()
        self.settle()

    def words(self, under: QWidget | None = None) -> list[str]:
        """Everything that can be read on the page, or under a widget of it: labels, buttons, tags."""
        found = []
        for each in (under or self.page).findChildren(QWidget):
            text = each.text() if isinstance(each, QLabel | QAbstractButton) else getattr(each, "words_shown", "")
            text = text or getattr(each, "_text", "")
            if each.isVisible() and isinstance(text, str) and text:
                found.append(text)
        return found

    def picture(self, path: Path, width: int = 1280, height: int = 800) -> None:
        """Save what the window looks like at a size."""
        self.window.resize(width, height)
        self.settle()
        self.window.grab().save(str(path))

    def close(self) -> None:
        """End the threads and let the window go; the session stays with its fixture."""
        self.ctx.session = None
        self.shell.close()
        self.window.hide()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@functools.cache
def published(*names: str) -> tuple[FormVersion, ...]:
    """The program's own checklists (all, or those named), as a centre would publish them."""
    forms = []
    for number, name in enumerate(names or FORMS):
        made = convert(resource(f"forms/{name}").read_bytes(), name)
        digest = sha256(made.xform_xml.encode()).hexdigest()
        forms.append(
            FormVersion(
                id=f"{number:032x}",
                form_id=made.form_id,
                version=made.version,
                title_zh=FORMS[name][0],
                title_en=FORMS[name][1],
                xform=made.xform_xml,
                digest=digest,
            )
        )
    return tuple(forms)


def give_sample(session: FieldSession) -> None:
    """Put the whole sample into a session's replica, and make its first engineer the one at work."""
    forms = published()
    told = tell(forms, AT)
    give(session, *forms, *told.records)
    session.engineer, session.engineer_name = told.people["engineer1"].id, told.people["engineer1"].name


MakeDesktop = Callable[..., Desktop]
