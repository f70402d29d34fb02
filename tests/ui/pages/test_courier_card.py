"""The courier's card and the day in words: two actions, plain words, and a real file between a real laptop and a real centre."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.courier import answer_name, take_parcel
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.customers import Person
from fieldapp.operations.cases import add_note, contacted
from fieldapp.operations.session import FieldSession
from fieldapp.replica.intake import remember_round
from fieldapp.vault.vault import Vault
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.operations.world import ENGINEER, SmallWorld
from tests.ui.pages.staging import Desktop, MakeDesktop


class Carried:
    """A centre that knows the laptop of the session, without a network between them."""

    def __init__(self, folder: Path, session: FieldSession, monkeypatch: pytest.MonkeyPatch) -> None:
        clock, randomness = TurnableClock(session.clock.now()), SeededRandomness(7)
        self.service = CentralService(load_centre_settings(folder, randomness), clock=clock, randomness=randomness)
        desk = Desk(self.service, name="调度")
        desk.save(Person(id=ENGINEER, name="王海"))
        signer, identity = session.vault.signer(), session.vault.identity
        request = EnrolRequest(PROTOCOL, desk.new_enrol_code(ENGINEER), identity.device, "ThinkPad", csr_of(signer._key))
        enrolled = self.service.enrol(request)
        known = identity.__class__(identity.device, ENGINEER, "王海", "ThinkPad", identity.centre_url, "华岳", enrolled.courier_key)
        monkeypatch.setattr(Vault, "identity", property(lambda _: known))
        monkeypatch.setattr(Vault, "roots", property(lambda _: enrolled.chain))


def choose(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """The person chooses this in the dialog."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(path))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))


def shown(desktop: Desktop) -> list[str]:
    """The lines of the day."""
    return [each.text() for each in desktop.page.findChildren(QLabel) if each.isVisible() and each.text()]


def test_a_file_goes_out_and_its_answer_comes_back(
    desktop: Desktop, world: SmallWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre = Carried(tmp_path / "centre", desktop.session, monkeypatch)
    add_note(desktop.session, world.case, "等待备件到货")  # a record of its own: the case itself is not at this centre
    desktop.go("sync")
    stick = tmp_path / "stick"
    stick.mkdir()
    choose(monkeypatch, stick)
    desktop.press("courier_out")
    (out,) = stick.iterdir()
    assert out.name.startswith("fieldapp-ThinkPad-20261123-")
    assert out.name.endswith("-out.courier")
    words = desktop.words()
    assert out.name in desktop.said[-1]
    assert any("尚未导入带回的文件" in each for each in words)
    assert any("尚无回执" in each for each in words)
    _keep_picture(desktop, "courier-written.png")
    answer = answer_name(out)
    take_parcel(centre.service, out, answer)
    assert answer.name.endswith("-back.courier")
    choose(monkeypatch, answer)
    desktop.press("courier_in")
    with desktop.session.reading() as reader:
        assert reader.unreceipted().changes == 0
    words = desktop.words()
    assert "本机没有待上传的内容。" in words
    assert any(each.startswith("今天已上传") for each in words)
    assert not any("尚未导入带回的文件" in each for each in words)
    _keep_picture(desktop, "courier-answered.png")
    desktop.press("courier_in")
    assert any("没有新内容" in each for each in desktop.words())
    centre.service.close()


def test_a_damaged_file_is_refused_with_a_sentence_and_nothing_changes(
    desktop: Desktop, world: SmallWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contacted(desktop.session, world.case)
    desktop.go("sync")
    (tmp_path / "a-back.courier").write_bytes(b"nothing of the kind")
    choose(monkeypatch, tmp_path / "a-back.courier")
    before = desktop.words()
    desktop.press("courier_in")
    assert "damaged" in desktop.said[-1]
    assert any(each.startswith("1 处修改") for each in before)
    assert any(each.startswith("1 处修改") for each in desktop.words())
    assert desktop.find(QAbstractButton, "sync_now").isEnabled()


def test_a_laptop_that_does_not_know_the_centre_s_key_says_what_to_do(desktop: Desktop) -> None:
    desktop.go("sync")
    assert not desktop.find(QAbstractButton, "courier_out").isEnabled()
    assert "请先联网同步一次:本机还没有服务端的密钥。" in desktop.words()


def test_nothing_is_done_when_nobody_chose_a_folder(desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Carried(tmp_path / "centre", desktop.session, monkeypatch)
    desktop.go("sync")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    desktop.press("courier_out")
    assert desktop.said == []
    assert desktop.find(QAbstractButton, "courier_out").isEnabled()
    centre.service.close()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("FA-510", "连接不上服务端"),
        ("FA-302", "磁盘报错"),
        ("FA-301", "磁盘已满"),
        ("incomplete", "上次同步被停止"),
        ("FA-599", "上次同步提前结束"),
    ],
)
def test_the_day_says_what_waits_and_why(desktop: Desktop, world: SmallWorld, outcome: str, words: str) -> None:
    session = desktop.session
    contacted(session, world.case)
    with session.replica.transaction() as connection:
        now = session.clock.now()
        remember_round(connection, now, now, outcome, {"receipts": 4, "pulled": 7, "blobs_sent": 2, "rejected": 1}, complete=False)
    desktop.go("sync")
    told = shown(desktop)
    assert "今天已上传:4 项改动、2 个文件,均有回执。" in told
    assert "今天已收到:7 条记录、0 个文件。" in told
    assert any(each.endswith(f"待上传:{words}。") for each in told)
    assert "今天有 1 项改动未被接收,原因见下方。" in told
    assert not any("FA-" in each for each in told), "a person is told in words"


def test_the_card_reads_in_english_and_in_the_dark(make_desktop: MakeDesktop, world: SmallWorld) -> None:
    desktop = make_desktop(language="en", theme="dark")
    contacted(desktop.session, world.case)
    desktop.go("sync")
    assert "Who may carry it" in desktop.words()
    assert any(each.startswith("Everything that waits on this laptop: ") for each in desktop.words())
    _keep_picture(desktop, "courier-dark-en.png")


def _keep_picture(desktop: Desktop, name: str) -> None:
    """Where somebody wants to look at it (FIELDAPP_PICTURES names a folder)."""
    if folder := os.environ.get("FIELDAPP_PICTURES"):
        desktop.picture(Path(folder) / name, height=1500)
