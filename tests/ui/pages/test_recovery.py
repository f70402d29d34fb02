"""The safety copy on the settings page and at enrolment; the page for a forgotten PIN."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit

from fieldapp.base.i18n import say
from fieldapp.base.settings import load_settings
from fieldapp.domain.cases import Case
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import unlock
from fieldapp.operations.laptop.journal import JournalKeeper, JournalView, TakenIn, journal_view
from fieldapp.operations.session import FieldSession
from fieldapp.sync.refusals import CentreRefused
from fieldapp.ui.pages import enrol_page
from fieldapp.ui.pages.laptop import journal_card, regain_page
from fieldapp.ui.widgets.texts import Text
from fieldapp.vault.pin import WrongPin
from fieldapp.wire.protocol import Enrolled, EnrolRequest
from tests.operations.world import SmallWorld
from tests.ui.pages.staging import Desktop
from tests.ui.pages.test_door import Laptop

PICTURES = os.environ.get("FIELDAPP_TEST_PICTURES", "")
TAKEN_WORDS = say("{changes} changes and {blobs} files of {device} were taken over.", changes=3, blobs=1, device="旧电脑")
TAKEN = TakenIn(3, 1, 0, ("旧电脑",), TAKEN_WORDS)


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Laptop]:
    """A new laptop with the program open."""
    made = Laptop(tmp_path, monkeypatch)
    monkeypatch.setattr(regain_page, "means_of", lambda _ctx: made.means)
    monkeypatch.setattr(enrolment, "ask_centre", lambda address, request, _ca=None: made._answer(address, request))
    yield made
    made.close()


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick that the person chooses whenever a folder is asked for."""
    folder = tmp_path / "stick"
    folder.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    return folder


def state_of(desktop: Desktop) -> str:
    return desktop.find(Text, "journal_state").text()


def test_a_person_keeps_a_safety_copy_and_sees_in_words_whether_it_is_current(desktop: Desktop, world: SmallWorld, stick: Path) -> None:
    device = desktop.session.vault._device
    identity = device.values()["identity"]
    assert isinstance(identity, dict)
    desktop.go("settings")
    assert "未保存安全副本" in state_of(desktop)
    assert not desktop.sees("journal_end")
    desktop.press("journal_keep")  # the centre's key is not known yet
    assert "FA" not in desktop.said[-1]
    assert list(stick.iterdir()) == []
    device.alter(identity={**identity, "courier_key": "09" + "00" * 31})
    desktop.press("journal_keep")
    assert "已是最新" in state_of(desktop)
    assert load_settings(desktop.session.places).journal_folder == str(stick)
    with desktop.session.writing() as work:
        work.save(replace(work.need(Case, world.case), cause="风扇"))
    card = desktop.page.findChildren(journal_card.JournalCard)[0]
    card.look()
    desktop.settle()
    assert "1 项" in state_of(desktop)
    assert JournalKeeper(desktop.session).catch_up()
    card.look()
    desktop.settle()
    assert "已是最新" in state_of(desktop)
    if PICTURES:
        desktop.picture(Path(PICTURES) / "settings-journal.png", 1280, 1400)
    stick.rename(stick.with_name("away"))
    card.look()
    desktop.settle()
    assert "无法访问" in state_of(desktop)
    desktop.press("journal_end")
    assert "未保存安全副本" in state_of(desktop)


def test_a_stick_that_is_slow_to_answer_is_asked_once_at_a_time(
    desktop: Desktop, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.go("settings")
    answers, asked = threading.Event(), []

    def slow(session: FieldSession) -> JournalView:
        asked.append(session)
        answers.wait(10)
        return journal_view(session)

    monkeypatch.setattr(journal_card, "journal_view", slow)
    card = desktop.page.findChildren(journal_card.JournalCard)[0]
    for _ in range(3):
        card.look()
    answers.set()
    desktop.settle()
    assert len(asked) == 1
    card.look()
    desktop.settle()
    assert len(asked) == 2


def test_a_stick_without_a_copy_is_told_and_a_lost_laptop_s_is_taken_over(
    desktop: Desktop, world: SmallWorld, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop.go("settings")
    desktop.press("journal_take")
    assert str(stick) in desktop.said[-1]
    monkeypatch.setattr(journal_card, "take_in", lambda _session, folder: TAKEN if folder == stick else None)
    desktop.press("journal_take")
    assert "3" in desktop.said[-1]


def test_enrolling_after_a_loss_takes_the_safety_copy_over_and_sends_it(
    laptop: Laptop, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[object] = []
    chosen: list[Path] = []

    def sync(session: object, _watch: object) -> object:
        rounds.append(session)
        return laptop.round

    def take(_session: object, folder: Path) -> TakenIn:
        chosen.append(folder)
        return TAKEN

    monkeypatch.setattr(enrol_page, "first_sync", sync)
    monkeypatch.setattr(enrol_page, "take_in", take)
    page = laptop.window.page
    assert page is not None
    page.findChildren(QCheckBox, "lost")[0].setChecked(True)
    if PICTURES:
        laptop.window.resize(1280, 800)
        laptop.settle()
        laptop.window.grab().save(str(Path(PICTURES) / "enrol-lost.png"))
    laptop.enrol()
    assert chosen == [stick]
    assert len(rounds) == 2
    assert not laptop.alone()


def test_a_refused_safety_copy_is_told_and_the_laptop_goes_on_without_it(
    laptop: Laptop, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_session: object, _folder: Path) -> TakenIn:
        raise CentreRefused(number="FA-609", reason=say("This safety copy was not written by a laptop of this engineer."))

    monkeypatch.setattr(enrol_page, "take_in", refuse)
    page = laptop.window.page
    assert page is not None
    page.findChildren(QCheckBox, "lost")[0].setChecked(True)
    laptop.enrol()
    assert "FA-609" in laptop.problem
    laptop.press("enrol")
    assert not laptop.alone()


def test_a_forgotten_pin_is_replaced_by_a_code_from_the_service_desk(laptop: Laptop) -> None:
    laptop.enrol()
    laptop.shell.lock()
    laptop.settle()
    laptop.press("forgotten")
    assert not laptop.sees("set_aside")  # the data is open: its key is there
    laptop.close()
    laptop.open()
    laptop.press("forgotten")
    if PICTURES:
        laptop.window.resize(1280, 800)
        laptop.settle()
        laptop.window.grab().save(str(Path(PICTURES) / "regain.png"))
    laptop.fill(code="NEW1", passphrase="correct horse", pin="9753", pin_again="9754")
    laptop.press("regain")
    assert "PIN" in laptop.problem
    laptop.refusal = CentreRefused(number="FA-601", reason=say("This code is not valid or has expired."))
    laptop.fill(pin_again="9753")
    laptop.press("regain")
    assert "FA-601" in laptop.problem
    laptop.refusal = None
    laptop.press("regain")
    assert not laptop.alone()
    laptop.close()
    with pytest.raises(WrongPin):
        unlock(laptop.means, pin="2468", passphrase="correct horse")
    laptop.open()


def test_the_open_data_is_closed_beside_the_screen_and_a_code_is_used_once(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop.enrol()
    closed_on, codes = [], []
    close, answer = FieldSession.close, laptop._answer

    def note(session: FieldSession) -> None:
        closed_on.append(threading.current_thread() is threading.main_thread())
        close(session)

    def count(address: str, request: EnrolRequest) -> Enrolled:
        codes.append(request.code)
        return answer(address, request)

    monkeypatch.setattr(FieldSession, "close", note)
    monkeypatch.setattr(laptop, "_answer", count)
    laptop.shell.lock()
    laptop.settle()
    laptop.press("forgotten")
    laptop.fill(code="NEW1", passphrase="correct horse", pin="9753", pin_again="9753")
    page = laptop.window.page
    assert page is not None
    again = page.findChildren(QLineEdit, "pin_again")[0]
    for _ in range(2):
        again.returnPressed.emit()
    laptop.settle()
    assert (closed_on, codes) == ([False], ["NEW1"])
    assert not laptop.alone()


def test_a_laptop_whose_key_is_lost_is_put_aside_only_when_it_is_pressed_twice(laptop: Laptop) -> None:
    laptop.enrol()
    laptop.close()
    laptop.open()
    laptop.press("forgotten")
    laptop.press("set_aside")
    laptop.press("back")
    laptop.press("forgotten")
    laptop.press("set_aside")  # what was half said before counts no more
    assert laptop.places.replica.is_file()
    laptop.press("set_aside")
    assert not laptop.places.replica.exists()
    assert list(laptop.places.data.glob("set-aside-*/replica.db"))
    assert laptop.sees("lost")
