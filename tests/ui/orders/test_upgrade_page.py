"""An upgrade on the screen: gates, panels, the running computation, the way back."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from fieldapp.base.i18n import say
from fieldapp.base.ids import derived_id
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.upgrades import BackupRecord, ScheduledEvent, UpgradeOrder
from fieldapp.operations import upgrades
from fieldapp.operations.evidence import compute
from fieldapp.operations.watching import Unwatched
from fieldapp.ui.orders import computing
from fieldapp.ui.orders.changes_page import ChangesPage
from fieldapp.ui.orders.upgrade_page import UpgradePage
from fieldapp.ui.widgets.progress import Bar
from tests.operations.world import SmallWorld, give, local
from tests.ui.orders.stage import Stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small backup."""
    made = tmp_path / "备份 app"
    made.mkdir()
    (made / "core.bin").write_bytes(b"core" * 1000)
    return made


def begin(stage: Stage, world: SmallWorld) -> UpgradePage:
    stage.turn(21, 40)
    page = stage.open(UpgradePage, order_id=world.order)
    assert isinstance(page, UpgradePage)
    return page


def states(page: UpgradePage) -> str:
    """The states of the gates, by their first letters."""
    return "".join(gate.state[0] for gate in page.view.gates)


def documents(stage: Stage) -> None:
    stage.press("gate_action_1")
    stage.type("documents", "变更说明.pdf\n安装说明.pdf")
    stage.press("deliver_documents")
    stage.press("merge_agreed")


def evidence(stage: Stage, folder: Path) -> None:
    """Three pieces of evidence through the panels."""
    stage.turn(22, 4)
    stage.press("gate_action_2")
    stage.type("backup_folder", str(folder))
    stage.type("backup_source", str(folder))
    stage.press("compute")
    stage.press("gate_action_3")
    stage.press("backup_kind_customer_server")
    text = compute(folder, stage.session.clock, Unwatched()).text.decode()
    stage.type("script_result", text)
    stage.type("witness", "陈敏")
    stage.press("record_backup")
    stage.type("script_result", text.splitlines()[-1])
    stage.press(next(each.objectName() for each in stage.page.findChildren(QPushButton) if each.objectName().startswith("check_result_")))
    stage.turn(22, 10)
    stage.press("gate_action_4")
    stage.press("stopped_at_now")
    stage.press("record_stop")
    stage.press("backup_kind_backup_system")
    stage.type("backup_job", "NBU-4711")
    stage.type("backup_size", "182")
    stage.press("record_backup")
    stage.press(next(each.objectName() for each in stage.page.findChildren(QPushButton) if each.objectName().startswith("check_same_")))


def test_an_upgrade_goes_from_the_first_gate_to_the_last(stage: Stage, world: SmallWorld, folder: Path) -> None:
    page = begin(stage, world)
    assert states(page) == "o" + "l" * 7
    assert "未解锁 · 需要第 1 步" in stage.words()
    documents(stage)
    assert (states(page), page.opened) == ("dooollll", 0), "a panel whose gate is done closes"
    evidence(stage, folder)
    assert states(page) == "ddddolll"
    assert "182 GB" in stage.words()
    stage.press("gate_action_5")
    assert stage.led == [("report", {"order_id": world.order, "kind": "change_approval"})]
    upgrades.approval_signed(stage.session, world.order, "before", name="陈敏")
    stage.settle()
    assert states(page) == "dddddoll", "the page hears of the approval"
    stage.press("gate_action_6")
    stage.press("step_1_ok")
    stage.press("step_2_ok")
    stage.press("gate_action_7")
    stage.press("check_1_ok")
    stage.type("version_after", "5.2.1")
    stage.press("processes_ok")
    stage.press("verify")
    stage.press("gate_action_8")
    assert not stage.find(QPushButton, "have_accepted").isEnabled(), "explained first, accepted then"
    stage.type("explained_to", "陈敏")
    stage.press("impact_short")
    stage.press("explain")
    stage.press("have_accepted")
    assert stage.led[-1] == ("report", {"order_id": world.order, "kind": "change_acceptance"})
    upgrades.approval_signed(stage.session, world.order, "after", name="陈敏")
    stage.settle()
    assert (states(page), page.view.state) == ("d" * 8, "done")
    assert not stage.find(QLineEdit, "explained_to").isEnabled(), "what is over does not look as if it could be changed"
    assert not [each for each in page.findChildren(QPushButton, "have_accepted") if each.isVisible()]
    assert stage.said == []


def test_a_computation_shows_its_progress_and_can_be_cancelled(
    stage: Stage, world: SmallWorld, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = begin(stage, world)
    documents(stage)
    told, go_on = threading.Event(), threading.Event()

    def slow(_folder: Path, _clock: Any, watch: Any, _state: Path | None = None) -> None:
        watch.tell(61, 100, say("{speed}/s · {left} left", speed="412 MB", left=say("{seconds} s", seconds=50)))
        told.set()
        go_on.wait(10)
        watch.check()

    monkeypatch.setattr(computing, "compute", slow)
    stage.press("gate_action_2")
    stage.type("backup_folder", str(folder))
    stage.find(QPushButton, "compute").click()
    stage.qtbot.waitUntil(lambda: told.is_set() and "61 %" in stage.words())
    assert "412 MB/s · 剩 50 秒" in stage.words()
    assert stage.page.findChildren(Bar)[0].fraction == 0.61
    stage.find(QPushButton, "compute").click()
    assert "under way" in stage.said[-1]
    page.refresh()
    stage.qtbot.waitUntil(lambda: "61 %" in stage.words())
    stage.find(QPushButton, "gate_cancel_2").click()
    go_on.set()
    stage.settle()
    assert page.computing.job is None
    assert not stage.sees("gate_cancel_2")
    assert page.view.backups == ()
    assert stage.find(QLineEdit, "backup_folder").text() == str(folder), "it can be started again"


def test_a_folder_that_is_missing_is_said(stage: Stage, world: SmallWorld, tmp_path: Path) -> None:
    page = begin(stage, world)
    documents(stage)
    stage.press("gate_action_2")
    stage.press("compute")
    assert stage.said == ["Choose the folder of the backup first."]
    stage.type("backup_folder", str(tmp_path / "nowhere"))
    stage.press("compute")
    assert "cannot be opened" in stage.said[-1]
    assert (page.computing.job, page.view.backups) == (None, ())


def test_a_backup_is_read_again_and_a_difference_closes_its_gate(
    stage: Stage, world: SmallWorld, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = begin(stage, world)
    documents(stage)
    stage.press("gate_action_2")
    stage.type("backup_folder", str(folder))
    stage.press("compute")
    backup = page.view.backups[0].backup_id
    stage.press(f"check_again_{backup}")
    assert (page.view.gates[1].state, stage.said[-1]) == ("done", "No difference")
    stage.press("evidence_2")
    restored = tmp_path / "restored"
    restored.mkdir()
    (restored / "other.bin").write_bytes(b"x")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(restored))
    stage.press(f"check_restore_{backup}")
    assert stage.said[-1] == "1 missing, 1 more, 0 different"
    assert page.view.gates[1].state == "done", "a test restore tells, and records only what agrees"
    (folder / "core.bin").write_bytes(b"flip" * 1000)
    stage.press(f"check_again_{backup}")
    assert (page.view.gates[1].state, stage.said[-1]) == ("failed", "0 missing, 0 more, 1 different")
    assert "复核不一致" in stage.words()


def test_the_script_is_handed_out_and_its_result_read(
    stage: Stage, world: SmallWorld, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(stage, world)
    documents(stage)
    stage.press("gate_action_2")
    stage.press("backup_kind_customer_server")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    stage.press("save_scripts")
    assert (tmp_path / "manifest.sh").is_file()
    result = tmp_path / "result.txt"
    result.write_bytes(compute(folder, stage.session.clock, Unwatched()).text)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(result), ""))
    stage.press("result_file")
    assert stage.find(QPlainTextEdit, "script_result").toPlainText().encode() == result.read_bytes()
    result.write_bytes(b"cut off")
    stage.press("result_file")
    assert "no whole result" in stage.said[-1]
    stage.press("record_backup")
    assert "witness is missing" in stage.said[-1]


def test_a_step_outside_the_window_asks_for_its_reason(stage: Stage, world: SmallWorld, folder: Path) -> None:
    page = begin(stage, world)
    documents(stage)
    evidence(stage, folder)
    upgrades.approval_signed(stage.session, world.order, "before", name="陈敏")
    stage.turn(2, 13, days=1)
    page.refresh()
    stage.settle()
    stage.press("gate_action_6")
    assert "现在晚于变更窗口 13 分钟" in stage.words()
    stage.press("step_1_ok")
    assert "Give the reason" in stage.said[-1]
    stage.type("step_reason", "安装包校验耗时")
    stage.press("step_1_ok")
    assert "1 处偏差" in stage.words()
    assert "安装包校验耗时" in stage.words()
    stage.press("step_2_abnormal")
    assert "needs a note" in stage.said[-1]
    stage.press("rollback_plan")
    stage.type("rollback_note", "从备份恢复 5.1.8")
    stage.press("roll_back")
    assert page.view.state == "rolled_back"
    assert "从备份恢复 5.1.8" in stage.words()


def test_the_way_back_can_always_be_seen(stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    assert "次日 00:30 前未通过验证,或关键进程 2 次启动失败" in stage.words()
    stage.press("rollback_plan")
    assert "恢复备份,预计 25 分钟" in stage.words()
    assert not stage.sees("roll_back"), "nothing was executed yet"
    stage.press("rollback_plan")
    assert "恢复备份,预计 25 分钟" not in stage.words()


def test_typed_words_outlive_a_refresh_and_leave_with_the_upgrade(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    give(stage.session, UpgradeOrder(id=derived_id("other"), site_id=world.site, from_version="1", to_version="2"))
    stage.press("gate_action_1")
    stage.type("state_before", "全部进程正常")
    stage.ctx.announce({"upgrade_order"})
    stage.speak("en")
    assert stage.find(QPlainTextEdit, "state_before").toPlainText() == "全部进程正常"
    assert "Documents handed to the customer, one a line" in stage.words()
    page.open(order_id=derived_id("other"))
    stage.settle()
    assert "Upgrade 1 → 2" in stage.words()
    stage.press("gate_action_1")
    assert stage.find(QPlainTextEdit, "state_before").toPlainText() == ""
    assert not stage.find(QCheckBox, "merge_agreed").isChecked()


def test_a_rule_of_the_site_says_that_lists_stay(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    give(stage.session, SiteRule(id=derived_id("out"), site_id=world.site, subject="data_out", verdict="forbidden", clause="9"))
    documents(stage)
    stage.press("gate_action_2")
    assert page.view.manifests_stay.read("zh") in stage.words()


@pytest.mark.parametrize(("width", "height"), [(828, 636), (1084, 736)])
def test_no_panel_is_wider_than_the_page(width: int, height: int, stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    documents(stage)
    page = stage.page
    page.resize(width, height)
    for number, kinds in ((1, ()), (2, ("computed_here", "customer_server", "backup_system")), (4, ("computed_here",))):
        if number != 1:
            stage.press(f"gate_action_{number}")
        for kind in kinds:
            stage.press(f"backup_kind_{kind}")
            assert page.scroll_area is not None
            assert page.scroll_area.horizontalScrollBar().maximum() == 0
    bounds = QRect(page.rect())
    for each in page.findChildren(QWidget):
        if each.isVisible() and each.objectName():
            left = each.mapTo(page, each.rect().topLeft()).x()
            assert bounds.left() <= left <= left + each.width() <= bounds.right() + 1, each.objectName()


def test_everything_to_press_has_a_name(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    documents(stage)
    stage.press("gate_action_4")
    stage.press("rollback_plan")
    nameless = [
        f"{type(each).__name__} {each.objectName()}"
        for kind in (QPushButton, QLineEdit, QPlainTextEdit, QCheckBox)
        for each in page.findChildren(kind)
        if each.isVisible() and not (each.accessibleName() or (isinstance(each, QPushButton | QCheckBox) and each.text()))
    ]
    assert nameless == []


def test_changes_are_listed_and_open_their_upgrade(stage: Stage, world: SmallWorld) -> None:
    give(stage.session, ScheduledEvent(id=derived_id("e"), number="CHG-2", title="later", review_state="submitted"))
    stage.open(ChangesPage)
    assert "AFC-Core 5.1.8 → 5.2.1" in stage.words()
    assert "8 步中已完成 0 步" in stage.words()
    assert "审核中" in stage.words()
    stage.press(f"open_{world.order}")
    assert stage.led == [("upgrade", {"order_id": world.order})]


def test_without_changes_it_says_where_they_come_from(stage: Stage) -> None:
    stage.open(ChangesPage)
    assert "没有变更" in stage.words()
    next(each for each in stage.page.findChildren(QPushButton) if each.text() == "打开同步").click()
    assert stage.led == [("sync", {})]


def test_evidence_is_saved_for_the_upgrade_it_was_computed_for(
    stage: Stage, world: SmallWorld, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = begin(stage, world)
    give(stage.session, UpgradeOrder(id=derived_id("other"), site_id=world.site, from_version="1", to_version="2"))
    documents(stage)
    go_on = threading.Event()

    def slow(place: Path, clock: Any, watch: Any, state: Path | None = None) -> Any:
        go_on.wait(10)
        return compute(place, clock, watch, state)

    monkeypatch.setattr(computing, "compute", slow)
    stage.press("gate_action_2")
    stage.type("backup_folder", str(folder))
    stage.find(QPushButton, "compute").click()
    page.open(order_id=derived_id("other"))
    go_on.set()
    stage.settle()
    assert "升级 1 → 2" in stage.words()
    assert "61 %" not in stage.words()
    with stage.session.reading() as reader:
        found = reader.find(BackupRecord)
    assert [(each.order_id, each.location, each.taken_at) for each in found] == [(world.order, os.fspath(folder), local(21, 40))]
