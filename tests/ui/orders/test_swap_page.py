"""A swap at the keyboard: scanned, typed, kept, recorded."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton

from fieldapp.base.ids import derived_id
from fieldapp.domain.spares import Rma, StockMovement, Swap
from fieldapp.operations.spares import begin_swap
from fieldapp.ui.orders.swap_page import SwapPage
from fieldapp.ui.page import Page
from tests.operations.world import SmallWorld, local
from tests.ui.orders.stage import Stage


def begin(stage: Stage, world: SmallWorld) -> Page:
    stage.turn(14, 20)
    return stage.open(SwapPage, case_id=world.case, visit_id=world.repair_visit, asset_id=world.storage)


def fill(stage: Stage) -> None:
    """Type everything a good swap needs."""
    stage.type("old_serial", "90017", enter=True)
    stage.type("new_serial", "10233", enter=True)
    stage.type("received", "13:00")
    stage.type("started", "2026-11-23 13:50")
    stage.type("finished", "14：10")
    stage.find(QCheckBox, "esd_protection").click()
    stage.press("self_test_ok")
    stage.press("restored_now")
    stage.press("ending_taken_back")
    stage.type("handed_to", "项目经理")


def kept(stage: Stage) -> list[Swap]:
    with stage.session.reading() as reader:
        return reader.find(Swap)


def wait_until_kept(stage: Stage, page: Page) -> None:
    """Let the moment pass after which typing is kept."""
    timer = page.findChild(QTimer)
    assert timer is not None
    stage.qtbot.waitUntil(lambda: not timer.isActive(), timeout=3000)
    stage.settle()


def test_a_swap_is_scanned_and_recorded(stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    fill(stage)
    assert stage.find(QComboBox, "part").currentText().startswith("PSU-800"), "the scanned serial names its part"
    stage.press("record_swap")
    found = kept(stage)[0]
    assert (found.part_no, found.old_serial, found.new_serial) == ("PSU-800", "90017", "10233")
    assert (found.received_at, found.finished_at, found.restored_at) == (local(13), local(14, 10), local(14, 20))
    assert (found.esd_protection, found.configuration_saved, found.handed_to) == (True, False, "项目经理")
    assert "2026-12-07" in stage.words()
    assert "RMA-2026-000173" in stage.words()
    assert not stage.sees("record_swap")
    assert not stage.find(QLineEdit, "old_serial").isEnabled()
    assert stage.said == ["The swap is recorded: both parts are booked, the case is told."]
    with stage.session.reading() as reader:
        assert (reader.count(StockMovement, swap_id=found.id), reader.count(Rma)) == (2, 1)


def test_what_is_typed_is_kept_and_found_again(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    assert kept(stage) == []
    stage.type("old_serial", "90017", enter=True)
    assert stage.find(QLineEdit, "new_serial").hasFocus(), "after Enter the next serial is scanned"
    wait_until_kept(stage, page)
    assert "已保存 14:20:00" in stage.words()
    stage.type("new_serial", "777")
    page.leaving()
    stage.settle()
    assert [(each.old_serial, each.new_serial) for each in kept(stage)] == [("90017", "777")]
    begin(stage, world)
    assert stage.find(QLineEdit, "new_serial").text() == "777"
    assert "此好件不在该库位账上" in stage.words()
    stage.press("discard_swap")
    assert kept(stage) == []


def test_a_chip_puts_the_serial_from_the_van(stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    stage.find(QComboBox, "part").setCurrentIndex(0)
    stage.press("van_serial_10233")
    assert stage.find(QLineEdit, "new_serial").text() == "10233"


def test_nothing_happens_by_looking(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    page.leaving()
    stage.settle()
    page.refresh()
    stage.settle()
    assert kept(stage) == []
    assert "新旧两个序列号" in stage.words()
    assert "整机" not in stage.words()


def test_a_refusal_is_said_and_everything_typed_stays(stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    fill(stage)
    stage.type("new_serial", "90017")
    stage.press("record_swap")
    assert "same serial number" in stage.said[-1]
    assert stage.find(QLineEdit, "handed_to").text() == "项目经理"
    stage.type("new_serial", "10233")
    stage.type("started", "half past one")
    stage.press("record_swap")
    assert "time cannot be read" in stage.said[-1]
    assert stage.find(QLineEdit, "started").property("invalid") == "true"
    stage.type("started", "13:50")
    stage.press("record_swap")
    assert kept(stage)[0].finished_at == local(14, 10)


def test_a_record_from_elsewhere_does_not_disturb_typing(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    stage.type("old_serial", "90")
    stage.ctx.announce({"stock_movement"})
    stage.settle()
    assert stage.find(QLineEdit, "old_serial").text() == "90"
    stage.speak("en")
    assert stage.find(QLineEdit, "old_serial").text() == "90"
    assert stage.find(QPushButton, "record_swap").text() == "Swap done"
    page.leaving()
    stage.settle()
    assert [each.old_serial for each in kept(stage)] == ["90"]


def test_the_return_of_the_faulty_part_ends_its_clock(stage: Stage, world: SmallWorld) -> None:
    begin(stage, world)
    fill(stage)
    stage.press("record_swap")
    swap_id = kept(stage)[0].id
    stage.turn(10, days=3)
    stage.open(SwapPage, swap_id=swap_id)
    stage.type("returned_to", "备件库 李工")
    stage.press("record_return")
    assert (kept(stage)[0].returned_at, kept(stage)[0].handed_to) == (local(10, days=3), "备件库 李工")
    assert not stage.sees("record_return")
    assert "已返还" in stage.words()


def test_one_page_shows_one_swap_after_the_other(stage: Stage, world: SmallWorld) -> None:
    page = begin(stage, world)
    stage.type("old_serial", "90017")
    page.open(visit_id=world.inspection_visit)
    stage.settle()
    assert stage.find(QLineEdit, "old_serial").text() == ""
    assert [(each.visit_id, each.old_serial) for each in kept(stage)] == [(world.repair_visit, "90017")]
    again = begin_swap(stage.session, visit_id=world.repair_visit, asset_id=world.storage)
    assert again.entry.old_serial == "90017"


def test_a_swap_that_is_not_here_is_said(stage: Stage, world: SmallWorld) -> None:
    stage.open(SwapPage, swap_id=derived_id("nothing"))
    assert len(stage.said) == 1
