"""Ranges and choices by keyboard, by mouse, in both languages, and as they are after a new start."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit

from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.choices import AcknowledgeEditor, ChoicesEditor
from fieldapp.ui.answers.grids import GridRowEditor
from fieldapp.ui.answers.keys import KeysEditor
from fieldapp.ui.answers.lists import ComboEditor, ListEditor
from fieldapp.ui.answers.parts.boxes import Tile
from fieldapp.ui.answers.ranges import PickerEditor, RangeEditor, values_of
from fieldapp.ui.answers.ranking import RankEditor
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import card_at, click, editor_at, here, part, press, row, switch, typed
from tests.ui.answers.sheet import PARTS

LEAST = 40


def test_a_slider_has_no_value_until_it_is_touched_and_walks_by_keys(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("ranges/plain")
    editor = editor_at(page, "ranges/plain", RangeEditor)
    assert (editor.scale.step, editor.number.text(), editor.clear.isHidden()) == (None, "–", True)
    assert "尚未作答" in editor.scale.accessibleName()
    press(Qt.Key.Key_Right)
    assert row(page, session, "ranges/plain") == "0"
    press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert (editor.number.text(), row(page, session, "ranges/plain")) == ("5", "5")
    press(Qt.Key.Key_End)
    assert row(page, session, "ranges/plain") == "40"
    press(Qt.Key.Key_Home, Qt.Key.Key_PageUp)
    assert row(page, session, "ranges/plain") == "5"
    switch(page, "en")
    editor = editor_at(page, "ranges/plain", RangeEditor)
    assert editor.scale.accessibleName() == "Temperature of the rack: 5"
    press(Qt.Key.Key_Delete)
    assert (editor.scale.step, row(page, session, "ranges/plain")) == (None, "")
    assert "no answer yet" in editor.scale.accessibleName()


def test_a_slider_goes_where_it_is_pressed_and_can_be_dragged_and_emptied(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("ranges/bare")
    editor = editor_at(page, "ranges/bare", RangeEditor)
    scale = editor.scale
    click(scale, QPoint(scale.width() // 2, 20))
    assert row(page, session, "ranges/bare") == "3.5"
    QTest.mousePress(scale, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(scale.width() // 2, 20))
    QTest.mouseMove(scale, QPoint(scale.width() - 4, 20))
    QTest.mouseRelease(scale, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(scale.width() - 4, 20))
    assert row(page, session, "ranges/bare") == "5.5"
    click(editor.clear)
    assert row(page, session, "ranges/bare") == ""
    upright = editor_at(page, "ranges/upright", RangeEditor).scale
    click(upright, QPoint(20, 20))
    assert row(page, session, "ranges/upright") == "10"
    page.ctx.background.idle()
    again = open_at("ranges/upright")
    assert editor_at(again, "ranges/upright", RangeEditor).scale.step == 10


def test_stars_take_digits_and_the_mouse_and_a_picker_lists_the_numbers(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("ranges/stars")
    editor = editor_at(page, "ranges/stars", RangeEditor)
    press(Qt.Key.Key_4)
    assert row(page, session, "ranges/stars") == "4"
    click(editor.scale, QPoint(10, 20))
    assert row(page, session, "ranges/stars") == "1"
    press(Qt.Key.Key_Return)
    picker = editor_at(page, "ranges/picked", PickerEditor)
    assert picker.combo.hasFocus()
    assert picker.combo.count() == 13
    typed("12")
    picker.combo.activated.emit(picker.combo.findData("12"))
    assert row(page, session, "ranges/picked") == "12"


def test_the_numbers_of_a_range_are_exact_and_a_range_without_sense_is_a_number(open_at: OpenAt) -> None:
    page = open_at("ranges/bare")
    assert page.checklist is not None
    view = page.checklist.question("/data/ranges/bare")
    assert values_of(view) == ("1.5", "2", "2.5", "3", "3.5", "4", "4.5", "5", "5.5")
    from dataclasses import replace

    assert values_of(replace(view, bounds=(10.0, 0.0, 5.0))) == ("10", "5", "0")
    assert values_of(replace(view, bounds=(0.0, 1.0, 0.1)))[3] == "0.3"
    assert values_of(replace(view, bounds=(0.0, 10.0, 0.0))) == ()
    assert values_of(replace(view, bounds=(0.0, 1e9, 1.0))) == ()


def test_rings_take_arrows_digits_and_the_mouse_anywhere_and_delete_takes_back(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/radio")
    editor = editor_at(page, "choices/radio", ChoicesEditor)
    press(Qt.Key.Key_Space)
    assert row(page, session, "choices/radio") == "green"
    press(Qt.Key.Key_Down)
    assert row(page, session, "choices/radio") == "amber"
    press(Qt.Key.Key_3)
    assert row(page, session, "choices/radio") == "red"
    off = editor.buttons["off"]
    click(off, QPoint(off.width() - 5, off.height() - 3))
    assert row(page, session, "choices/radio") == "off"
    assert off.height() >= LEAST
    press(Qt.Key.Key_Delete)
    assert row(page, session, "choices/radio") == ""
    assert not any(each.isChecked() for each in editor.buttons.values())
    press(Qt.Key.Key_Return)
    assert page._key == "/data/choices/columns"


def test_columns_stand_beside_each_other_and_long_words_break_where_there_is_no_room(open_at: OpenAt) -> None:
    page = open_at("choices/columns")
    editor = editor_at(page, "choices/columns", ChoicesEditor)
    first, second, third, last = (editor.buttons[each] for each in ("green", "amber", "red", "off"))
    assert first.y() == second.y() < third.y() == last.y()
    assert first.x() < second.x() > third.x()
    page.resize(560, 736)
    page.ctx.background.idle()
    editor.grid.resize(260, editor.grid.height())
    assert third.height() > first.height()
    assert third.geometry().right() <= editor.grid.width()
    packed = editor_at(page, "choices/packed", ChoicesEditor)
    assert all(isinstance(each, Tile) for each in packed.buttons.values())


def test_quick_goes_on_by_itself_when_a_choice_is_pressed_but_not_while_arrows_walk(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/quick")
    editor = editor_at(page, "choices/quick", ChoicesEditor)
    press(Qt.Key.Key_Space)
    assert page._key == "/data/choices/minimal"
    page._focus("/data/choices/quick")
    press(Qt.Key.Key_Down)
    assert (page._key, row(page, session, "choices/quick")) == ("/data/choices/quick", "amber")
    click(editor.buttons["off"])
    assert (page._key, row(page, session, "choices/quick")) == ("/data/choices/minimal", "off")


def test_likert_is_a_row_of_keys_and_minimal_a_drop_down(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/likert")
    editor_at(page, "choices/likert", KeysEditor)
    press(Qt.Key.Key_2)
    assert row(page, session, "choices/likert") == "1"
    combo = editor_at(page, "choices/minimal", ComboEditor).combo
    press(Qt.Key.Key_Down)
    combo.activated.emit(combo.currentIndex())
    assert row(page, session, "choices/minimal") == "green"
    press(Qt.Key.Key_Delete)
    assert row(page, session, "choices/minimal") == ""


def test_three_thousand_parts_are_found_by_typing_without_a_widget_for_each(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/parts")
    editor = editor_at(page, "choices/parts", ListEditor)
    assert (editor.list.choices.rowCount(), editor.filter.isHidden()) == (PARTS, True)
    typed("2")
    assert here() is editor.filter
    typed("001 硬")
    assert editor.list.choices.rowCount() == 1
    press(Qt.Key.Key_Return)
    assert row(page, session, "choices/parts") == "p2001"
    assert here() is editor.head
    assert "702001 硬盘 2001" in editor.head.accessibleName()
    typed("zz")
    assert editor.none.isVisible()
    press(Qt.Key.Key_Return)
    assert row(page, session, "choices/parts") == "p2001"
    press(Qt.Key.Key_Escape)
    assert editor.filter.isHidden()
    assert len(editor.findChildren(QAbstractButton)) < 20
    press(Qt.Key.Key_Return)
    assert page._key == "/data/choices/pictured"
    again = open_at("choices/parts")
    assert "702001" in editor_at(again, "choices/parts", ListEditor).head.toolTip()


def test_a_folded_list_of_several_is_ticked_row_by_row(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/folded")
    editor = editor_at(page, "choices/folded", ListEditor)
    click(editor.head)
    press(Qt.Key.Key_Return)
    press(Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return)
    assert row(page, session, "choices/folded") == "green off"
    assert editor.list.isVisible()
    click(editor.list.viewport(), editor.list.visualRect(editor.list.choices.index(0, 0)).center())
    assert row(page, session, "choices/folded") == "off"
    press(Qt.Key.Key_Escape)
    switch(page, "en")
    assert editor_at(page, "choices/folded", ListEditor).head.toolTip() == "Off"


def test_boxes_are_ticked_by_space_and_digit_in_the_order_of_the_form(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/boxes")
    editor = editor_at(page, "choices/boxes", ChoicesEditor)
    press(Qt.Key.Key_3)
    press(Qt.Key.Key_1)
    assert row(page, session, "choices/boxes") == "green red"
    press(Qt.Key.Key_Space)
    assert row(page, session, "choices/boxes") == "red"
    click(editor.buttons["off"])
    assert row(page, session, "choices/boxes") == "red off"


def test_pictures_of_the_form_stand_on_their_choices(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/pictured")
    editor = editor_at(page, "choices/pictured", ChoicesEditor)
    page.ctx.background.idle()
    tiles = list(editor.buttons.values())
    assert all(isinstance(each, Tile) and each._picture is not None for each in tiles)
    assert tiles[0].y() == tiles[1].y()
    click(tiles[1])
    assert row(page, session, "choices/pictured") == "blade"


def test_another_asks_what_it_is(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/other")
    editor = editor_at(page, "choices/other", ChoicesEditor)
    assert page.checklist is not None
    assert not page.checklist.question("/data/choices/other_other").relevant
    click(editor.buttons["other"])
    assert page.checklist.question("/data/choices/other_other").relevant
    line = part(card_at(page, "choices/other_other"), QLineEdit, "line")
    assert line.hasFocus()
    typed("smoke")
    assert row(page, session, "choices/other_other") == "smoke"


def test_an_order_is_made_by_keys_by_buttons_and_by_dragging(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/order")
    editor = editor_at(page, "choices/order", RankEditor)
    assert (row(page, session, "choices/order"), editor.take.isVisible(), editor.hint.isVisible()) == ("", True, True)
    press(Qt.Key.Key_Down, alt=True)
    assert row(page, session, "choices/order") == "amber green red off"
    assert editor.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole) == "1. 黄色闪烁"
    click(editor.down)
    assert row(page, session, "choices/order") == "amber red green off"
    editor.list.model().moveRow(editor.list.rootIndex(), 3, editor.list.rootIndex(), 0)
    assert row(page, session, "choices/order") == "off amber red green"
    again = open_at("choices/order")
    assert editor_at(again, "choices/order", RankEditor).order == ("off", "amber", "red", "green")
    click(editor_at(again, "choices/order", RankEditor).again)
    assert row(again, session, "choices/order") == ""
    click(editor_at(again, "choices/order", RankEditor).take)
    assert row(again, session, "choices/order") == "green amber red off"


def test_a_table_is_one_grid_whose_rows_take_digits_and_arrows(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("table/row_a")
    rows = [editor_at(page, f"table/row_{each}", GridRowEditor) for each in "abc"]
    QApplication.processEvents()
    places = [[button.mapTo(page, QPoint()).x() for button in each.buttons.values()] for each in rows]
    assert places[0] == places[1] == places[2]
    heads = [each for each in page.frame.cards.cards.values() if each.editor is None and each.findChildren(QLabel)]
    assert any("绿色常亮" in label.text() for head in heads for label in head.findChildren(QLabel))
    page._focus("/data/table/row_a")
    press(Qt.Key.Key_2)
    assert row(page, session, "table/row_a") == "amber"
    press(Qt.Key.Key_Right)
    assert row(page, session, "table/row_a") == "red"
    press(Qt.Key.Key_Return)
    assert page._key == "/data/table/row_b"
    click(rows[1].buttons["off"])
    assert row(page, session, "table/row_b") == "off"
    press(Qt.Key.Key_Delete)
    assert row(page, session, "table/row_b") == ""
    assert rows[0].buttons["red"].accessibleName().startswith("电源模块 A")
    assert page.checklist is not None
    assert not any(each.counted for each in page.checklist.questions("/data/table") if "label" in each.appearance.split())


def test_an_acknowledgement_is_ticked_and_enter_goes_on(session: FieldSession, open_at: OpenAt) -> None:
    page = open_at("choices/sure")
    editor = editor_at(page, "choices/sure", AcknowledgeEditor)
    press(Qt.Key.Key_Space)
    assert row(page, session, "choices/sure") == "OK"
    click(editor.box, QPoint(12, editor.box.height() // 2))
    assert row(page, session, "choices/sure") == ""
    press(Qt.Key.Key_Return)
    assert page._key != "/data/choices/sure" or here() is not editor.box


def reached(page: ChecklistPage, steps: int) -> list[str]:
    """The names of what Tab reaches."""
    found = []
    for _ in range(steps):
        press(Qt.Key.Key_Tab)
        found.append(here().objectName())
    return found


def test_tab_reaches_what_stands_beside_an_editor(open_at: OpenAt) -> None:
    page = open_at("choices/order")
    assert {"move-up", "move-down", "take"} <= set(reached(page, 6))
    card_at(page, "places/code")
    assert "scan" in reached(page, 3)
    combo = editor_at(page, "choices/minimal", ComboEditor).combo
    assert isinstance(combo, QComboBox)
    assert combo.accessibleName() == "收起的列表"
