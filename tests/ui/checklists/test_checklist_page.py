"""The checklist page, driven as a person drives it: keys, numbers, findings, places; what it saves stands in the replica."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.operations.checklists import open_checklist
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import DiskFull
from fieldapp.ui.answers.days import MomentEditor
from fieldapp.ui.answers.parts.moments import as_answer, as_typed
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.finding_box import FindingBox
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.page import Notice, UiContext
from fieldapp.ui.theme.style import locale_of
from fieldapp.ui.widgets.fields import NoteField
from fieldapp.ui.widgets.keys import ResultKeys
from tests.operations.sheets import CABLES, SHEET, TEMPERATURE, VENTS, give_sheet
from tests.operations.world import SmallWorld, give
from tests.shared_folder import shared
from tests.ui.checklists.conftest import OpenPage

W = TypeVar("W", bound=QWidget)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)


def part(owner: QWidget, kind: type[W], name: str) -> W:
    """A widget by its type and name."""
    found = owner.findChild(kind, name)
    assert found is not None, name
    return found


def card(page: ChecklistPage, key: str) -> QuestionCard:
    """The card of a question, built if it was waiting."""
    found = page.frame.cards.build_to(key)
    assert found is not None
    return found


def finding_of(page: ChecklistPage, key: str) -> FindingBox:
    """What an abnormal question asks for."""
    found = card(page, key).finding
    assert found is not None
    return found


def rows(session: FieldSession) -> dict[str, str]:
    """What stands in the replica."""
    with session.reading() as reader:
        return reader.answers(SHEET)


def press(key: Qt.Key) -> None:
    """Press a key where the cursor is."""
    where = QApplication.focusWidget()
    assert where is not None
    QTest.keyClick(where, key)


def test_a_number_is_saved_while_it_is_typed_and_says_when(qtbot: QtBot, session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    field = part(card(page, TEMPERATURE), QLineEdit, "number")
    assert field.hasFocus()
    QTest.keyClicks(field, "26.4")
    assert page.checklist is not None
    assert page.checklist.question(TEMPERATURE).value == "26.4"
    qtbot.waitUntil(lambda: rows(session).get(TEMPERATURE) == "26.4")
    qtbot.waitUntil(lambda: part(page, QLabel, "saved").text() == "已保存 08:00:00")
    page.ctx.choose(language="en")
    page.setLocale(QLocale("en_GB"))
    assert part(page, QLabel, "saved").text() == "Saved 08:00:00"
    page.ctx.choose(language="zh")
    page.setLocale(QLocale("zh_CN"))
    assert card(page, TEMPERATURE).trend.text == "趋势提醒 · 连续 4 次上升"


def test_digits_in_a_number_field_are_numbers_and_elsewhere_results(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    press(Qt.Key.Key_2)
    press(Qt.Key.Key_2)
    assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "22"
    page._focus(VENTS)
    press(Qt.Key.Key_1)
    assert part(card(page, VENTS), ResultKeys, "keys").value == "ok"
    part(page, QPushButton, "next-section").setFocus()
    press(Qt.Key.Key_3)
    assert page.ctx.background.idle()
    assert rows(session)[VENTS] == "na"


def test_enter_goes_on_and_f8_finds_what_is_open(open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    press(Qt.Key.Key_Return)
    assert part(card(page, "/data/room/T1_09"), QLineEdit, "number").hasFocus()
    page._focus(CABLES)
    press(Qt.Key.Key_1)
    press(Qt.Key.Key_Return)
    assert part(page, QPushButton, "next-section").hasFocus()
    page.go_to_next_open()
    assert page.frame.header.title.text() == "磁盘与 RAID"
    page.go_to_next_open()
    assert page.ctx.background.idle()


def test_an_abnormal_key_opens_the_finding_and_what_is_written_is_kept(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    press(Qt.Key.Key_2)
    press(Qt.Key.Key_Return)
    box = finding_of(page, VENTS)
    assert box.note.hasFocus()
    QTest.keyClicks(box.note, "dust")
    assert not box.photo.isEnabled()
    assert "3" in box.why.text()
    part(box, QLineEdit, "finding-witness").setFocus()
    QTest.keyClicks(part(box, QLineEdit, "finding-witness"), "Chen")
    box.fixed.click()
    combo = part(box, QComboBox, "finding-owner")
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert page.ctx.background.idle()
    with session.reading() as reader:
        kept = reader.find(Finding, instance_id=SHEET)[0]
    assert (kept.description, kept.witness, kept.state, kept.owner, kept.rule_clause) == ("dust", "Chen", "fixed", "customer", "3")
    assert box.gap.isHidden()
    box.case.click()
    assert page.ctx.background.idle()
    with session.reading() as reader:
        opened = reader.find(Case, finding_id=kept.id)[0]
    assert opened.temp_no in box.case.text()
    assert not box.case.isEnabled()


def test_a_due_day_is_typed_in_digits(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    assert page.ctx.background.idle()
    due = part(finding_of(page, VENTS), QLineEdit, "finding-due")
    assert due.text() == "2026-12-23"
    due.setText("20270105")
    due.editingFinished.emit()
    assert page.ctx.background.idle()
    with session.reading() as reader:
        assert str(reader.find(Finding, instance_id=SHEET)[0].due_on) == "2027-01-05"


def test_a_photo_is_added_where_it_is_allowed(session: FieldSession, world: SmallWorld, open_page: OpenPage, tmp_path: Path) -> None:
    with session.reading() as reader:
        rules = reader.find(SiteRule, site_id=world.site)
    give(session, *(replace(each, verdict="allowed") for each in rules))
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    path = tmp_path / "vents.png"
    path.write_bytes(PICTURE)
    page.pen.take_file(VENTS, path, finding=True)
    page.pen.take_file("/data/performance/T1_25", path, finding=False)
    assert page.ctx.background.idle()
    box = finding_of(page, VENTS)
    assert box.photo.isEnabled()
    assert not box.kept.isHidden()
    assert rows(session)["/data/performance/T1_25"] == "vents.png"


def test_not_checked_asks_for_its_reason_with_the_same_keys(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    press(Qt.Key.Key_4)
    row = card(page, VENTS).reason_row
    assert row is not None
    assert not row.isHidden()
    card(page, VENTS).reasons["powered_off"].click()
    assert page.ctx.background.idle()
    assert (rows(session)[VENTS], rows(session)[f"{VENTS}#reason"]) == ("unchecked", "powered_off")
    assert card(page, VENTS).message.isHidden()


def test_a_number_is_marked_from_its_menu(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    menu = card(page, TEMPERATURE).mark_menu()
    assert [each.text() for each in menu.actions() if each.text()] == [
        "不适用",
        "未检:未获许可",
        "未检:无法进入",
        "未检:已断电",
        "未检:时间不足",
        "取消标记",
    ]
    menu.actions()[4].trigger()
    assert page.ctx.background.idle()
    assert rows(session)[f"{TEMPERATURE}#result"] == "unchecked"
    assert card(page, TEMPERATURE).state.text == "未检 · 时间不足"


def test_sections_show_progress_and_only_the_open_one_is_built(qtbot: QtBot, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    page.pen.answer(TEMPERATURE, "31")
    assert page.ctx.background.idle()
    words = page.frame.side.list._sections[2].words
    assert (words.title, words.done, words.total, words.warning) == ("机房环境", 1, 5, "异常 1")
    assert {key.split("/")[2] for key in page.frame.cards.cards} == {"room"}
    part(page, QPushButton, "next-section").click()
    qtbot.waitUntil(lambda: "/data/storage/T1_17" in page.frame.cards.cards)
    assert {key.split("/")[2] for key in page.frame.cards.cards} == {"storage"}
    part(page, QPushButton, "previous").click()
    assert page.frame.header.title.text() == "机房环境"


def test_a_person_comes_back_to_the_same_place(open_page: OpenPage) -> None:
    page = open_page(VENTS)
    assert page.leaving()
    page.open(instance_id=SHEET)
    assert page.ctx.background.idle()
    assert page.frame.header.title.text() == "机房环境"
    assert page.frame.place.text == "第 15 / 36 项"


def test_a_new_checklist_begins_with_what_was_left_over(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page()
    assert page.frame.header.title.text() == "上次遗留"
    part(page, NoteField, "settle-note").set_text("已更换")
    part(page, QPushButton, "settle").click()
    assert page.ctx.background.idle()
    assert page.frame.side.banner.isHidden()
    assert page.frame.header.title.text() == "外观与铭牌"
    with session.reading() as reader:
        assert reader.find(Finding, state="settled")[0].settled_note == "已更换"


def test_a_case_is_made_of_what_was_left_over(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page()
    part(page, QPushButton, "left-case").click()
    assert page.ctx.background.idle()
    with session.reading() as reader:
        number = reader.find(Case, kind="inspection_finding")[0].temp_no
    assert part(page, QPushButton, "left-case").text() == f"工单 {number}"


def test_rows_are_added_and_removed(ctx: UiContext, session: FieldSession, world: SmallWorld, open_page: OpenPage) -> None:
    other = give_sheet(session, world, resource("forms/T2.xlsx"), id=derived_id("t2"), asset_id="")
    page = open_page("/data/files/T2_07", other)
    part(page, QPushButton, "add-T2_06").click()
    assert ctx.background.idle()
    lines = [each for each in page.frame.cards.cards if each.endswith("T2_06_mount")]
    assert len(lines) == 2
    page.pen.answer(lines[1], "/var")
    assert ctx.background.idle()
    assert open_checklist(session, other).question(lines[1]).value == "/var"
    page.findChildren(QPushButton, "remove-row")[1].click()
    assert ctx.background.idle()
    assert [each for each in page.frame.cards.cards if each.endswith("T2_06_mount")] == lines[:1]


def test_the_number_of_rows_follows_what_the_form_asks_for(qtbot: QtBot, open_page: OpenPage) -> None:
    page = open_page("/data/storage/T1_15_count")
    field = part(card(page, "/data/storage/T1_15_count"), QLineEdit, "number")
    field.selectAll()
    QTest.keyClicks(field, "2")
    qtbot.waitUntil(lambda: len([each for each in page.frame.cards.cards if each.endswith("T1_15_state")]) == 2)
    assert part(card(page, "/data/storage/T1_15_count"), QLineEdit, "number").hasFocus()
    assert page.ctx.background.idle()


def test_an_answer_that_cannot_be_taken_is_told_and_nothing_is_lost(open_page: OpenPage, ctx: UiContext) -> None:
    notices: list[Notice] = []
    ctx.noticed.connect(notices.append)
    page = open_page("/data/warranty/T1_28")
    page.pen.answer("/data/warranty/T1_28", "2026-13-45")
    assert [each.tone for each in notices] == ["breached"]
    page.pen.answer("/data/warranty/T1_28", "2028-02-29")
    assert ctx.background.idle()
    assert page.checklist is not None
    assert page.checklist.question("/data/warranty/T1_28").status == "ok"


def test_saved_is_said_once_nothing_that_was_entered_waits_any_more(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    stood: list[dict[str, str]] = []
    page.keeper.saved.connect(lambda _at: stood.append(rows(session)))
    page.pen.answer(VENTS, "ok")
    page.pen.answer(CABLES, "ok")
    QTest.keyClicks(part(card(page, TEMPERATURE), QLineEdit, "number"), "21")  # waits for more digits
    assert (stood, part(page, QLabel, "saved").text()) == ([], "正在保存…")
    assert page.ctx.background.idle()
    page.pen.save()
    assert page.ctx.background.idle()
    assert [(each[VENTS], each[CABLES], each[TEMPERATURE]) for each in stood] == [("ok", "ok", "21")]
    assert part(page, QLabel, "saved").text() == "已保存 08:00:00"


def test_saved_is_not_said_while_the_words_of_a_finding_wait(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    assert page.ctx.background.idle()
    assert part(page, QLabel, "saved").text() == "已保存 08:00:00"
    box = finding_of(page, VENTS)
    stood: list[list[str]] = []

    def look(_at: object) -> None:
        with session.reading() as reader:
            stood.append([each.description for each in reader.find(Finding, instance_id=SHEET)])

    page.keeper.saved.connect(look)
    page.pen.answer(CABLES, "ok")
    QTest.keyClicks(box.note, "dust")
    assert part(page, QLabel, "saved").text() == "正在保存…"
    assert page.ctx.background.idle()
    box.flush()
    assert page.ctx.background.idle()
    assert stood == [["dust"]]
    assert part(page, QLabel, "saved").text() == "已保存 08:00:00"


def test_what_cannot_be_saved_waits_and_is_saved_with_the_next_answer(
    session: FieldSession, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(TEMPERATURE)

    def full() -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        patch.setattr(FieldSession, "writing", lambda _: full())
        page.pen.answer(TEMPERATURE, "22")
        assert page.ctx.background.idle()
    assert part(page, QLabel, "saved").text() == "未保存"
    page.pen.answer(VENTS, "ok")
    assert page.ctx.background.idle()
    assert (rows(session)[TEMPERATURE], rows(session)[VENTS]) == ("22", "ok")


@contextmanager
def full_disk(page: ChecklistPage) -> Iterator[None]:
    """Nothing can be written until the end."""

    def full() -> None:
        raise DiskFull

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FieldSession, "writing", lambda _: full())
        yield
        assert page.ctx.background.idle()


def test_what_cannot_be_saved_is_kept_while_another_checklist_is_opened(
    session: FieldSession, world: SmallWorld, open_page: OpenPage
) -> None:
    other = give_sheet(session, world, id=derived_id("other sheet"), position=2)
    page = open_page(TEMPERATURE)
    with full_disk(page):
        page.pen.answer(TEMPERATURE, "22")
        page.open(instance_id=other)
    assert page.checklist is not None
    assert (page.checklist.instance_id, page.owes()) == (other, True)
    page.open(instance_id=SHEET, key=TEMPERATURE)
    assert page.ctx.background.idle()
    assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "22"
    assert rows(session)[TEMPERATURE] == "22"
    assert not page.owes()


def test_what_failed_in_one_checklist_is_saved_with_the_next_answer_in_another(
    session: FieldSession, world: SmallWorld, open_page: OpenPage
) -> None:
    other = give_sheet(session, world, id=derived_id("other sheet"), position=2)
    page = open_page(TEMPERATURE)
    with full_disk(page):
        page.pen.answer(TEMPERATURE, "22")
        page.open(instance_id=other, key=VENTS)
    page.pen.answer(VENTS, "ok")
    assert page.ctx.background.idle()
    assert rows(session)[TEMPERATURE] == "22"
    assert not page.owes()


def test_loading_again_on_a_full_disk_keeps_what_is_typed_and_comes_to_rest(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    with full_disk(page):
        page.pen.answer(TEMPERATURE, "22")
        assert page.ctx.background.idle()
        page.refresh()
        assert page.ctx.background.idle(3_000), "it must not go round"
        assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "22"
        page.setLocale(locale_of("en"))
        assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "22"
    assert page.leaving()
    assert page.ctx.background.idle()
    assert rows(session)[TEMPERATURE] == "22"


def test_the_words_of_a_finding_that_cannot_be_saved_wait_too(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    assert page.ctx.background.idle()
    with full_disk(page):
        finding_of(page, VENTS).note.edited.emit("滤网积灰")
        page.leaving()
    assert page.owes()
    page.pen.answer(TEMPERATURE, "21")
    assert page.ctx.background.idle()
    with session.reading() as reader:
        (found,) = reader.find(Finding, instance_id=SHEET)
    assert found.description == "滤网积灰"
    assert not page.owes()


@pytest.mark.parametrize("how", ["refresh", "leave", "hide"])
def test_a_day_that_was_typed_is_kept_without_leaving_its_field(session: FieldSession, open_page: OpenPage, how: str) -> None:
    page = open_page("/data/warranty/T1_28")
    line = part(card(page, "/data/warranty/T1_28"), QLineEdit, "line")
    QTest.keyClicks(line, "20280229")
    {"refresh": page.refresh, "leave": page.leaving, "hide": page.hide}[how]()
    assert page.ctx.background.idle()
    assert rows(session)["/data/warranty/T1_28"] == "2028-02-29"


def test_what_another_device_answered_appears_at_the_same_place(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "ok")
    assert page.ctx.background.idle()
    with session.writing() as work:
        work.answer(SHEET, {TEMPERATURE: "19.5"})
    QApplication.processEvents()
    assert page.ctx.background.idle()
    assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "19.5"
    assert page.frame.place.text == "第 15 / 36 项"


def test_a_language_is_switched_in_the_middle(open_page: OpenPage, ctx: UiContext) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    ctx.choose(language="en")
    page.setLocale(locale_of("en"))
    assert ctx.background.idle()
    assert page.frame.header.title.text() == "Machine room"
    assert card(page, VENTS).title.text() == "T1-11 Dust and ventilation"
    assert finding_of(page, VENTS).fixed.text() == "Fixed on the spot"
    assert page.frame.next.accessibleName() == "Next section: Disks and RAID"


def test_a_checklist_that_is_done_is_shown_and_takes_nothing(session: FieldSession, world: SmallWorld, open_page: OpenPage) -> None:
    with session.writing() as work:
        work.save(replace(work.need(FormInstance, SHEET), state="done"))
    page = open_page(VENTS)
    assert not page.frame.closed.isHidden()
    assert not part(card(page, VENTS), ResultKeys, "keys").isEnabled()
    assert not card(page, VENTS).press(1)
    assert page.ctx.background.idle()
    assert VENTS not in rows(session)


def test_a_foreign_checklist_is_ticked_off(session: FieldSession, world: SmallWorld, open_page: OpenPage) -> None:
    path = shared("conformance/forms/sUAS__ODK_PreFlight_Multirotor_CL.xls")
    other = give_sheet(session, world, path, id=derived_id("foreign"), asset_id="")
    page = open_page("/data/Propulsion/Props", other)
    part(card(page, "/data/Propulsion/Props"), QCheckBox, "acknowledge").click()
    assert card(page, "/data/Propulsion/Motors").press(1)
    assert page.ctx.background.idle()
    assert open_checklist(session, other).sections[0].answered == 2


def test_every_question_type_of_the_public_example_has_an_editor(session: FieldSession, world: SmallWorld, open_page: OpenPage) -> None:
    path = shared("conformance/forms/webforms__all-question-types-v2024091201-3.xlsx")
    other = give_sheet(session, world, path, id=derived_id("types"), asset_id="")
    page = open_page("", other)
    assert page.checklist is not None
    without = []
    for index, section in enumerate(page.checklist.sections):
        page._open_section(index)
        for view in page.checklist.questions(section.key):
            if not view.is_heading and card(page, view.key).editor is None:
                without.append((view.kind, view.readonly or view.lacking is not None or "label" in view.appearance.split()))
    assert {kind for kind, shown in without if not shown} <= {"note"}
    page.pen.answer("/data/select_multi_question_types/select_multi", "b a")
    assert page.checklist.question("/data/select_multi_question_types/select_multi").value == "a b"
    assert page.ctx.background.idle()


def test_all_controls_of_a_section_have_names_for_the_screen_reader(open_page: OpenPage) -> None:
    page = open_page(VENTS)
    page.pen.answer(VENTS, "abnormal")
    assert page.ctx.background.idle()
    nameless = [
        (type(each).__name__, each.objectName())
        for kind in (QLineEdit, QPushButton, QComboBox, NoteField)
        for each in page.findChildren(kind)
        if each.isVisible() and not (each.accessibleName() or getattr(each, "text", lambda: "")())
    ]
    assert nameless == []


def test_what_is_typed_while_the_checklist_is_opened_again_is_not_lost(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page(TEMPERATURE)
    page.refresh()
    QTest.keyClicks(part(card(page, TEMPERATURE), QLineEdit, "number"), "23")
    assert page.ctx.background.idle()
    assert rows(session)[TEMPERATURE] == "23"
    assert part(card(page, TEMPERATURE), QLineEdit, "number").text() == "23"


def test_a_day_is_typed_in_digits_or_chosen_in_a_calendar(session: FieldSession, open_page: OpenPage) -> None:
    key = "/data/warranty/T1_28"
    page = open_page(key)
    editor = card(page, key).editor
    assert isinstance(editor, MomentEditor)
    QTest.keyClicks(editor.line, "20280229")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert page.ctx.background.idle()
    assert rows(session)[key] == "2028-02-29"
    calendar = editor.calendar()
    assert calendar.selectedDate() == QDate(2028, 2, 29)
    calendar.clicked.emit(QDate(2028, 3, 1))
    assert page.ctx.background.idle()
    assert (rows(session)[key], editor.line.text()) == ("2028-03-01", "2028-03-01")


def test_what_is_no_day_stays_where_it_was_typed_and_says_how_to_write_it(session: FieldSession, open_page: OpenPage) -> None:
    key = "/data/warranty/T1_28"
    page = open_page(key)
    editor = card(page, key).editor
    assert isinstance(editor, MomentEditor)
    QTest.keyClicks(editor.line, "2028-02-30")
    press(Qt.Key.Key_Return)
    assert page.ctx.background.idle()
    assert page.checklist is not None
    card(page, key).show_view(page.checklist.question(key), "zh")
    assert (editor.line.text(), editor.wrong.isVisible()) == ("2028-02-30", True)
    assert "2026-11-23" in editor.wrong.text()
    assert (key in rows(session), QApplication.focusWidget()) == (False, editor.line)
    press(Qt.Key.Key_Backspace)
    assert not editor.wrong.isVisible()
    press(Qt.Key.Key_Backspace)
    QTest.keyClicks(editor.line, "29")
    press(Qt.Key.Key_Return)
    assert page.ctx.background.idle()
    assert (rows(session)[key], editor.wrong.isVisible()) == ("2028-02-29", False)


@pytest.mark.parametrize(
    ("kind", "typed", "answer", "shown"),
    [
        ("date", "2026/11/23", "2026-11-23", "2026-11-23"),
        ("date", "20261123", "2026-11-23", "2026-11-23"),
        ("datetime", "202611231330", "2026-11-23T13:30", "2026-11-23 13:30"),
        ("datetime", "2026-11-23 13：30", "2026-11-23T13:30", "2026-11-23 13:30"),
        ("time", "1330", "13:30", "13:30"),
        ("time", "", "", ""),
        ("string", " as typed ", " as typed ", " as typed "),
    ],
)
def test_what_is_typed_becomes_an_answer_and_back(kind: str, typed: str, answer: str, shown: str) -> None:
    assert as_answer(kind, typed) == answer
    assert as_typed(kind, answer) == shown


def test_the_answer_behind_a_mark_comes_back_with_its_key(session: FieldSession, open_page: OpenPage) -> None:
    key = "/data/appearance/T1_02"
    page = open_page(key)
    for number in (1, 3, 1):
        assert card(page, key).press(number)
    assert page.ctx.background.idle()
    assert (rows(session)[key], f"{key}#result" in rows(session)) == ("yes", False)
    assert part(card(page, key), ResultKeys, "keys").value == "yes"
