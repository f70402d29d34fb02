"""Enrolling and unlocking on screen; the shell that opens, lights and locks the desktop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QLineEdit, QWidget

from fieldapp.base.clock import TurnableClock
from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import say
from fieldapp.base.ids import SeededRandomness
from fieldapp.base.settings import Places, Settings
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import Means
from fieldapp.operations.laptop.synchronise import RoundView
from fieldapp.operations.session import FieldSession
from fieldapp.operations.visits import depart
from fieldapp.replica.connection import open_engine
from fieldapp.sync.refusals import CentreRefused, CentreUnreachable
from fieldapp.ui.background import Background
from fieldapp.ui.desktop import Shell
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import UiContext
from fieldapp.ui.pages import enrol_page, unlock_page
from fieldapp.vault.homes import Argon2Cost
from fieldapp.wire.protocol import Enrolled, EnrolRequest
from tests.issuing import TestAuthority
from tests.operations.world import ENGINEER, MORNING, PIN, SmallWorld
from tests.ui.pages.staging import EVERYDAY, Desktop

DONE = RoundView(True, say("Compared"), 0, 3, 0, 0, 0, 0)


class Laptop:
    """A window on a profile that may be new, with a centre that does what the test wants."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.clock = TurnableClock(MORNING)
        self.places = Places(folder / "profile")
        self.authority = TestAuthority(MORNING)
        self.refusal: FieldappError | None = None
        self.round: RoundView | FieldappError = DONE
        means = Means(self.places, self.clock, SeededRandomness(5), Argon2Cost(64, 1, 1))
        patch.setattr(enrol_page, "means_of", lambda _ctx: means)
        patch.setattr(unlock_page, "means_of", lambda _ctx: means)
        patch.setattr("fieldapp.ui.desktop.means_of", lambda _ctx: means)
        patch.setattr(enrolment, "ask_centre", self._answer)
        patch.setattr(enrol_page, "first_sync", self._sync)
        self.means = means
        self.open()

    def open(self) -> None:
        """Start the program."""
        self.ctx = UiContext(Background(), self.clock, Settings(), self.places)
        self.window = MainWindow(self.ctx, EVERYDAY)
        self.shell = Shell(self.window)
        self.shell.start()
        self.window.show()
        self.settle()

    def close(self) -> None:
        """End the program."""
        self.shell.close()
        self.window.hide()
        self.window.deleteLater()

    def _answer(self, _address: str, request: EnrolRequest) -> Enrolled:
        if self.refusal is not None:
            raise self.refusal
        certificate = self.authority.issue(request.csr, "王海")
        return Enrolled(request.protocol, ENGINEER, "王海", 1, 1, certificate, (self.authority.root,), b"", b"", "海川技术服务")

    def _sync(self, _session: FieldSession, _watch: object) -> RoundView:
        if isinstance(self.round, FieldappError):
            raise self.round
        return self.round

    def settle(self) -> None:
        """Wait until nothing is under way."""
        for _ in range(3):
            QApplication.processEvents()
            assert self.ctx.background.idle()
        QApplication.processEvents()

    def fill(self, **texts: str) -> None:
        """Type into fields by name."""
        page = self.window.page
        assert page is not None
        for name, text in texts.items():
            page.findChildren(QLineEdit, name)[0].setText(text)

    def press(self, name: str) -> None:
        """Press a button by name."""
        page = self.window.page
        assert page is not None
        page.findChildren(QAbstractButton, name)[0].click()
        self.settle()

    @property
    def problem(self) -> str:
        """What the page says is wrong; "" when nothing is."""
        page = self.window.page
        assert page is not None
        label = page.findChildren(QLabel, "problem")[0]
        return label.text() if label.isVisible() else ""

    def alone(self) -> bool:
        """Whether a page stands alone, without the frame."""
        return self.window.host.is_bare

    def sees(self, name: str) -> bool:
        """Whether a control can be seen."""
        page = self.window.page
        return page is not None and any(each.isVisible() for each in page.findChildren(QWidget, name))

    def enrol(self, **changed: str) -> None:
        """Fill in everything and press the button."""
        entries = {"address": "https://centre.example", "code": "7K3M", "pin": PIN, "pin_again": PIN, "passphrase": "correct horse"}
        self.fill(**(entries | changed))
        self.press("enrol")


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Laptop]:
    """A new laptop with the program open."""
    made = Laptop(tmp_path, monkeypatch)
    yield made
    made.close()


def test_a_new_laptop_is_enrolled_and_opens_today(laptop: Laptop) -> None:
    assert laptop.alone()
    assert not laptop.window.rail.isVisible()
    assert laptop.sees("passphrase")
    laptop.enrol()
    assert not laptop.alone()
    assert laptop.window.host.page_name == "today"
    assert laptop.window.bar.engineer.text() == "王海"
    assert laptop.window.bar.light.safety.state == "due"


def test_what_is_missing_or_refused_is_said_and_can_be_corrected(laptop: Laptop) -> None:
    laptop.enrol(pin_again="1111")
    assert laptop.problem.startswith("两次输入的 PIN 不一致")
    laptop.enrol(code="")
    assert laptop.problem.startswith("请输入服务台提供的一次性注册码")
    laptop.refusal = CentreRefused(number="FA-611", reason="This code was used already.")
    laptop.enrol()
    assert "This code was used already." in laptop.problem
    assert laptop.alone()
    laptop.press("enrol")
    laptop.refusal = None
    laptop.enrol()
    assert laptop.window.host.page_name == "today"


def test_a_first_sync_that_broke_off_goes_on(laptop: Laptop) -> None:
    laptop.round = CentreUnreachable()
    laptop.enrol()
    assert laptop.problem == CentreUnreachable().read("zh")
    assert not laptop.sees("code")
    laptop.round = RoundView(False, say("Stopped; {receipts} receipts", receipts=0), 0, 0, 0, 0, 0, 0)
    laptop.press("enrol")
    assert laptop.problem.startswith("中途停止")
    laptop.round = DONE
    laptop.press("enrol")
    assert laptop.window.host.page_name == "today"


def test_the_door_speaks_both_languages(laptop: Laptop) -> None:
    laptop.enrol(code="")
    page = laptop.window.page
    assert isinstance(page, enrol_page.EnrolPage)
    page.language.click()
    laptop.settle()
    assert laptop.problem.startswith("Type the one-time code")
    assert page.enrol.text() == "Set up and fetch the data"


def test_a_wrong_pin_slows_down_and_the_right_one_opens(laptop: Laptop) -> None:
    laptop.enrol()
    laptop.close()
    laptop.open()
    assert laptop.sees("unlock")
    assert laptop.sees("passphrase")
    laptop.fill(passphrase="wrong horse", pin=PIN)
    laptop.press("unlock")
    assert laptop.problem
    laptop.fill(passphrase="correct horse")
    said = []
    for _ in range(6):
        laptop.fill(pin="0000")
        laptop.press("unlock")
        said.append(laptop.problem)
    assert said[0] != said[-1]
    assert laptop.alone()
    laptop.clock.advance(hours=2)
    laptop.fill(pin=PIN)
    laptop.press("unlock")
    assert laptop.window.host.page_name == "today"
    assert laptop.ctx.session.engineer == ENGINEER


def test_data_of_a_newer_version_is_told_at_the_door_and_left_alone(laptop: Laptop) -> None:
    laptop.enrol()
    key = laptop.ctx.session.vault.replica_key
    laptop.close()
    engine = open_engine(laptop.places.replica, key)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = laptop.places.replica.read_bytes()
    laptop.open()
    laptop.fill(passphrase="correct horse", pin=PIN)
    laptop.press("unlock")
    assert "更新版本" in laptop.problem
    assert "9999" in laptop.problem
    assert laptop.alone()
    assert laptop.ctx.session is None
    assert laptop.places.replica.read_bytes() == before


@pytest.mark.parametrize("size", [0, 5000])
def test_a_damaged_replica_is_told_at_the_door(laptop: Laptop, size: int) -> None:
    laptop.enrol()
    laptop.close()
    laptop.places.replica.write_bytes(bytes(size))
    laptop.open()
    laptop.fill(passphrase="correct horse", pin=PIN)
    laptop.press("unlock")
    assert laptop.problem
    assert laptop.alone()


def test_an_idle_desktop_locks_and_shows_nothing_behind(laptop: Laptop) -> None:
    laptop.enrol()
    dialog = QDialog(laptop.window)
    dialog.show()
    laptop.clock.advance(minutes=9)
    laptop.shell.lock_when_idle()
    assert not laptop.alone()
    laptop.clock.advance(minutes=2)
    laptop.shell.lock_when_idle()
    assert laptop.alone()
    assert not dialog.isVisible()
    assert not laptop.window.rail.isVisible()
    assert laptop.window.windowTitle() == "fieldapp"
    laptop.settle()
    assert not laptop.sees("passphrase")
    laptop.fill(pin="0000")
    laptop.press("unlock")
    assert laptop.problem
    laptop.fill(pin=PIN)
    laptop.press("unlock")
    assert laptop.window.host.page_name == "today"


def test_somebody_at_the_keyboard_keeps_it_open(laptop: Laptop) -> None:
    laptop.enrol()
    laptop.clock.advance(minutes=9)
    QTest.keyClick(laptop.window.windowHandle(), Qt.Key.Key_Shift)
    laptop.settle()
    laptop.clock.advance(minutes=9)
    laptop.shell.lock_when_idle()
    assert not laptop.alone()
    laptop.ctx.choose(idle_lock_minutes=0)
    laptop.clock.advance(hours=9)
    laptop.shell.lock_when_idle()
    assert not laptop.alone()


def test_a_change_on_a_worker_thread_turns_the_light(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("today")
    desktop.ctx.background.run(lambda: depart(desktop.session, world.repair_visit))
    desktop.settle()
    QTest.qWait(200)
    desktop.settle()
    light = desktop.window.bar.light.safety
    assert (light.state, light.text.read("zh")) == ("local", "1 项仅在本机")
    assert desktop.window.rail.buttons["today"].accessibleName()


def test_unlocking_brings_the_page_back_that_was_open(laptop: Laptop) -> None:
    laptop.enrol()
    laptop.ctx.navigate("cases")
    laptop.settle()
    page = laptop.window.page
    laptop.shell.lock()
    laptop.settle()
    assert laptop.window.page is not page
    laptop.fill(pin=PIN)
    laptop.press("unlock")
    assert laptop.window.page is page
