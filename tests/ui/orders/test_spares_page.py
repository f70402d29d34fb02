"""The list of swaps and the stock."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QPushButton

from fieldapp.operations.spares import begin_swap, record_swap
from fieldapp.ui.orders.spares_page import SparesPage
from tests.operations.world import SmallWorld, local
from tests.ui.orders.stage import Stage


def test_an_empty_laptop_says_where_a_swap_begins(stage: Stage) -> None:
    stage.open(SparesPage)
    assert "还没有换件" in stage.words()
    assert "账上随车库为空" in stage.words()
    assert "尚未同步" in stage.words()
    next(each for each in stage.page.findChildren(QPushButton) if each.text() == "打开今日").click()
    assert stage.led == [("today", {})]


def test_stock_and_returns_are_told_and_lead_to_the_swap(stage: Stage, world: SmallWorld) -> None:
    begun = begin_swap(stage.session, visit_id=world.repair_visit).entry
    stage.open(SparesPage)
    assert "PSU-800 电源模块" in stage.words()
    assert "SN 10233" in stage.words()
    stage.turn(14, 20)
    entry = replace(begun, part_id=world.part, old_serial="90017", new_serial="10233", self_test="ok", faulty_ending="taken_back")
    record_swap(stage.session, replace(entry, received_at=local(13)))
    stage.settle()
    assert "返还 剩 14 天" in stage.words(), "the page hears of the new swap"
    assert "坏件" in stage.words()
    stage.press(f"open_{begun.swap_id}")
    assert stage.led == [("swap", {"swap_id": begun.swap_id})]


def test_it_speaks_both_languages_without_being_opened_again(stage: Stage, world: SmallWorld) -> None:
    stage.open(SparesPage)
    stage.speak("en")
    assert "PSU-800 Power supply" in stage.words()
    assert "1 good parts in the van · 0 faulty parts to return" in stage.words()
