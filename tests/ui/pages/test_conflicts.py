"""Many conflicts on the sync page: one at a time, the next one, keys, all of one record, and what was set aside."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.base.ids import derived_id
from fieldapp.domain.cases import Case
from fieldapp.domain.conflicts.sides import Side, with_side
from fieldapp.domain.documents import Conflict
from fieldapp.operations.laptop.synchronise import sync_view
from tests.operations.world import ENGINEER, SmallWorld, give, local
from tests.ui.pages.staging import Desktop

FIELDS = ("caller_phone", "caller_name", "description")


def conflict(world: SmallWorld, name: str, **fields: object) -> Conflict:
    values: dict[str, object] = {
        "kind": "case",
        "record_id": world.case,
        "field": name,
        "mine": '"甲"',
        "theirs": '"乙"',
        "mine_by": ENGINEER,
        "mine_at": local(7, 30 + FIELDS.index(name)),
        "engineer_id": ENGINEER,
        "reason": "both_edited",
        **fields,
    }
    return Conflict(id=derived_id(name), **values)  # type: ignore[arg-type]  # names and values of the record


@pytest.fixture
def many(desktop: Desktop, world: SmallWorld) -> Desktop:
    """A desktop with three conflicts about one case."""
    side = with_side(None, Side("丙", ENGINEER, "2026-11-23T00:00:00.000Z", "dd" * 16, "laptop"))
    give(desktop.session, *(conflict(world, name, sides=side if name == "caller_phone" else None) for name in FIELDS))
    desktop.go("sync")
    return desktop


def case(desktop: Desktop, world: SmallWorld) -> Case:
    with desktop.session.reading() as reader:
        return reader.need(Case, world.case)


def test_one_conflict_is_asked_at_a_time_and_the_others_are_listed(many: Desktop, world: SmallWorld, tmp_path: Path) -> None:
    words = many.words(many.find(QWidget, "conflicts"))
    assert "第 1 项,共 3 项" in words
    assert any(each.startswith("两人在互不知情时都改了此项") for each in words)
    assert {"你的另一台电脑", "丙", "还有待处理"} <= set(words)
    many.picture(tmp_path / "conflicts.png")
    many.press("use_side_0")
    assert case(many, world).caller_phone == "丙"
    assert "第 1 项,共 2 项" in many.words(many.find(QWidget, "conflicts"))


def test_the_keyboard_goes_through_them(many: Desktop, world: SmallWorld) -> None:
    before = case(many, world).caller_name
    box = many.find(QWidget, "conflicts")
    QTest.keyClick(box, Qt.Key.Key_N)
    many.settle()
    assert "第 2 项,共 3 项" in many.words(box)
    QTest.keyClick(box, Qt.Key.Key_T)
    many.settle()
    assert case(many, world).caller_name == before
    QTest.keyClick(box, Qt.Key.Key_M)
    many.settle()
    assert case(many, world).description == "甲"
    assert [each.settled_with for each in sync_view(many.session).conflicts] == ["", "theirs", "mine"]


def test_a_key_that_is_held_down_decides_nothing_more(many: Desktop, world: SmallWorld) -> None:
    box = many.find(QWidget, "conflicts")
    for _ in range(3):
        QApplication.sendEvent(box, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_M, Qt.KeyboardModifier.NoModifier, "m", autorep=True))
        many.settle()
    assert [each.settled_with for each in sync_view(many.session).conflicts] == ["", "", ""]


def test_all_of_one_record_are_kept_with_one_button(many: Desktop, world: SmallWorld) -> None:
    many.press("all_mine")
    found = case(many, world)
    assert (found.caller_phone, found.caller_name, found.description) == ("甲", "甲", "甲")
    assert not many.sees("keep_mine")


def test_what_was_set_aside_can_be_copied_and_is_gone_once_seen(desktop: Desktop, world: SmallWorld) -> None:
    give(desktop.session, conflict(world, "description", state="aside", reason="centre_decides"))
    desktop.go("sync")
    assert "现以此值为准:乙" in desktop.words()
    desktop.press("copy_set_aside")
    assert QGuiApplication.clipboard().text() == "甲"
    desktop.press("seen_set_aside")
    assert not desktop.sees("seen_set_aside")
