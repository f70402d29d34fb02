"""Today, visit, case, cases, equipment, duty, search and settings as a person uses them, on a real replica."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from fieldapp.base.i18n import catalogue
from fieldapp.base.ids import derived_id
from fieldapp.base.settings import load_settings
from fieldapp.domain.cases import Case
from fieldapp.domain.visits import LeftOver, Visit, VisitPerson
from fieldapp.operations.cases import CaseChoices, CaseRow, cases
from fieldapp.operations.session import FieldSession
from fieldapp.ui.widgets.fields import NoteField, PinField
from fieldapp.ui.widgets.history import Timeline
from fieldapp.ui.widgets.table import DataTable
from fieldapp.ui.widgets.visit import ClockRow, VisitCard
from tests.operations.world import PIN, SmallWorld, give, local
from tests.ui.pages.staging import Desktop, MakeDesktop


def stored(desktop: Desktop, case_id: str) -> Case:
    with desktop.session.reading() as reader:
        return reader.need(Case, case_id)


def visit_of(desktop: Desktop, visit_id: str) -> Visit:
    with desktop.session.reading() as reader:
        return reader.need(Visit, visit_id)


def test_contacting_the_customer_stamps_the_case_and_changes_the_chip(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("today")
    card = desktop.find(VisitCard, "visit_repair")
    assert card.words.chip == "联系客户 超时 45 分"
    assert card.words.action == "已联系客户"
    desktop.press("act_repair")
    assert stored(desktop, world.case).contacted_at == desktop.clock.now()
    card = desktop.find(VisitCard, "visit_repair")
    assert (card.words.chip, card.words.action) == ("到场 剩 10 时 40 分", "打开")
    assert desktop.said == ["Noted: customer contacted."]
    desktop.press("act_repair")
    assert desktop.window.host.page_name == "visit"


def test_clocks_of_today_tick_without_the_replica(desktop: Desktop, world: SmallWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    page = desktop.go("today")
    row = page.findChildren(ClockRow)[0]
    assert "超时 45 分" in row.chip.text
    monkeypatch.setattr(FieldSession, "reading", None)
    desktop.clock.advance(minutes=7)
    page.tick()  # type: ignore[attr-defined]
    assert "超时 52 分" in row.chip.text
    assert "超时 52 分" in desktop.find(VisitCard, "visit_repair").chip.text


def test_ready_to_leave_shows_what_to_see_to_first(desktop: Desktop) -> None:
    desktop.go("today")
    assert not desktop.sees("readiness")
    desktop.press("ready_to_leave")
    words = desktop.words(desktop.find(QWidget, "readiness"))
    assert words.index("上次同步已超过 12 小时") < words.index("报告字体齐全")
    desktop.press("ready_to_leave")
    assert not desktop.sees("readiness")


def test_an_empty_today_leads_to_the_sync(make_desktop: MakeDesktop) -> None:
    desktop = make_desktop()
    desktop.go("today")
    assert "本机还没有任务" in desktop.words()
    next(each for each in desktop.page.findChildren(QAbstractButton) if each.text() == "去同步" and each.isVisible()).click()
    desktop.settle()
    assert desktop.window.host.page_name == "sync"


def test_the_steps_of_a_visit_come_in_order_with_reasons(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("visit", visit_id=world.repair_visit)
    desktop.press("next_step")
    assert visit_of(desktop, world.repair_visit).departed_at == desktop.clock.now()
    desktop.find(QLineEdit, "permit").setText("GZP-1")
    desktop.find(QPlainTextEdit, "tools").setPlainText("电脑 SN 1\n螺丝刀")
    desktop.press("next_step")
    found = visit_of(desktop, world.repair_visit)
    assert (found.permit_no, found.tools) == ("GZP-1", ("电脑 SN 1", "螺丝刀"))
    assert not desktop.find(QAbstractButton, "next_step").isEnabled()
    assert any("暂不可登记" in each for each in desktop.words())
    desktop.press("read_rules")
    assert not desktop.sees("read_rules")
    for _ in range(3):
        desktop.press("next_step")
    assert visit_of(desktop, world.repair_visit).left_at == desktop.clock.now()
    assert not desktop.sees("next_step")


def test_the_exit_check_shows_from_departure_on(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("visit", visit_id=world.repair_visit)
    assert "离场检查" not in desktop.words()
    desktop.press("next_step")
    words = desktop.words()
    assert "离场检查" in words
    assert "尚未清场" in words


def test_the_end_of_a_visit_asks_for_a_reason_and_keeps_what_was_typed(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("visit", visit_id=world.repair_visit)
    desktop.press("next_step")
    assert not desktop.find(QAbstractButton, "record_end").isEnabled()
    assert not desktop.sees("outcome_reason")
    note = desktop.find(NoteField, "work_done")
    note.setPlainText("更换电源")
    note.left.emit()
    desktop.settle()
    assert visit_of(desktop, world.repair_visit).work_done == "更换电源"
    assert any(each.startswith("已保存") for each in desktop.words())
    desktop.press("outcome_partial")
    desktop.press("record_end")
    assert "needs a reason" in desktop.said[-1]
    assert visit_of(desktop, world.repair_visit).outcome == ""
    desktop.find(NoteField, "outcome_reason").setPlainText("等待备件")
    desktop.press("record_end")
    found = visit_of(desktop, world.repair_visit)
    assert (found.outcome, found.outcome_reason) == ("partial", "等待备件")


def test_left_over_items_and_people_are_added(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("visit", visit_id=world.repair_visit)
    desktop.press("next_step")
    desktop.press("add_left_over")
    assert "left-over item is empty" in desktop.said[-1]
    desktop.find(QLineEdit, "left_over").setText("风扇异响")
    desktop.find(QComboBox, "left_owner").setCurrentIndex(2)
    desktop.press("add_left_over")
    desktop.find(QLineEdit, "person_name").setText("李工 存储专家")
    desktop.press("add_person")
    with desktop.session.reading() as reader:
        left = reader.find(LeftOver, visit_id=world.repair_visit)
        people = reader.find(VisitPerson, visit_id=world.repair_visit)
    assert [(each.text, each.owner, each.due_on) for each in left] == [("风扇异响", "vendor", date(2026, 12, 7))]
    assert [(each.name, each.role) for each in people] == [("李工", "存储专家")]
    assert desktop.find(QLineEdit, "left_over").text() == ""


def test_what_was_typed_for_one_visit_never_shows_for_another(desktop: Desktop, world: SmallWorld) -> None:
    for visit_id in (world.repair_visit, world.inspection_visit):
        desktop.go("visit", visit_id=visit_id)
        desktop.press("next_step")
    desktop.find(NoteField, "symptom").setPlainText("只属于巡检")
    desktop.find(QLineEdit, "permit").setText("GZP-9")
    desktop.press("outcome_wasted")
    desktop.go("visit", visit_id=world.repair_visit)
    assert desktop.find(NoteField, "symptom").text() == ""
    assert desktop.find(QLineEdit, "permit").text() == ""
    assert not desktop.find(QAbstractButton, "record_end").isEnabled()


def test_the_time_line_of_a_case_has_no_way_to_edit_it(desktop: Desktop, world: SmallWorld) -> None:
    page = desktop.go("case", case_id=world.case)
    desktop.press("add_note")
    assert "note is empty" in desktop.said[-1]
    desktop.find(NoteField, "note").setPlainText("备件已到")
    desktop.press("add_note")
    assert desktop.find(NoteField, "note").text() == ""
    line = page.findChildren(Timeline)[0]
    assert "备件已到" in desktop.words(line)
    assert not [each for each in line.findChildren(QWidget) if isinstance(each, QLineEdit | QPlainTextEdit | QAbstractButton)]


def test_a_case_goes_from_located_to_solved(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("case", case_id=world.case)
    desktop.press("contacted")
    assert not desktop.sees("contacted")
    cause = desktop.find(NoteField, "cause")
    cause.setPlainText("电源老化")
    cause.left.emit()
    desktop.settle()
    assert stored(desktop, world.case).cause == "电源老化"
    desktop.press("diagnosed")
    desktop.press("restored")
    status = desktop.find(QComboBox, "status")
    status.setCurrentIndex(status.findData("resolved"))
    desktop.press("apply_status")
    assert "needs its cause and its solution" in desktop.said[-1]
    desktop.find(NoteField, "solution").setPlainText("更换电源")
    status.setCurrentIndex(status.findData("resolved"))
    desktop.press("apply_status")
    found = stored(desktop, world.case)
    assert (found.status, found.solution) == ("resolved", "更换电源")
    assert found.diagnosed_at == found.restored_at == found.resolved_at == desktop.clock.now()


def test_a_colleagues_case_is_asked_for_once(desktop: Desktop, world: SmallWorld) -> None:
    give(desktop.session, replace(stored(desktop, world.case), owner_id=derived_id("other")))
    desktop.go("case", case_id=world.case)
    assert not desktop.sees("contacted")
    desktop.press("take_over")
    take = desktop.find(QAbstractButton, "take_over")
    assert not take.isEnabled()
    assert take.text() == "已申请接管,同步后确定"


def test_what_was_typed_for_one_case_never_shows_for_another(desktop: Desktop, world: SmallWorld) -> None:
    other = Case(id=derived_id("other"), number="CS-2", site_id=world.site, status="assigned", owner_id=desktop.session.engineer)
    give(desktop.session, other)
    desktop.go("case", case_id=world.case)
    desktop.find(NoteField, "cause").setPlainText("电源老化")
    desktop.find(NoteField, "note").setPlainText("半句")
    desktop.go("case", case_id=other.id)
    assert desktop.find(NoteField, "cause").text() == ""
    assert desktop.find(NoteField, "note").text() == ""


def test_cases_are_filtered_and_opened(desktop: Desktop, world: SmallWorld) -> None:
    give(
        desktop.session,
        Case(id=derived_id("other"), number="CS-2", severity="P3", status="closed", reported_at=local(5), kind="consultation"),
    )
    page = desktop.go("cases")
    table = desktop.find(DataTable, "cases")
    assert [row.cells[0] for row in table.rows_model.rows] == ["CS-2026-00417"]
    assert table.rows_model.rows[0].tones[2] == "breached"
    desktop.press("filter_state_all")
    assert len(table.rows_model.rows) == 2
    desktop.press("filter_P3")
    assert [row.cells[0] for row in table.rows_model.rows] == ["CS-2"]
    desktop.press("filter_P1")
    assert "没有符合条件的工单" in desktop.words()
    desktop.press("filter_none")
    kind = desktop.find(QComboBox, "filter_kind")
    kind.setCurrentIndex(kind.findData("consultation"))
    kind.activated.emit(kind.currentIndex())
    desktop.settle()
    assert "没有符合条件的工单" in desktop.words()
    desktop.press("filter_none")
    table.chosen.emit(world.case)
    desktop.settle()
    assert desktop.window.host.page_name == "case"
    assert page is not desktop.page


def test_a_hundred_thousand_rows_are_made_only_when_seen(desktop: Desktop) -> None:
    page = desktop.go("cases")
    row: CaseRow = cases(desktop.session)[0]
    page.render_view(((row,) * 100_000, CaseChoices(("fault",), ())))
    rows = desktop.find(DataTable, "cases").rows_model.rows
    assert len(rows) == 100_000
    assert rows[99_999].cells[0] == row.number
    assert len(rows._made) < 200  # type: ignore[attr-defined]


def test_a_scanned_serial_opens_its_equipment(desktop: Desktop, world: SmallWorld) -> None:
    desktop.go("equipment")
    field = desktop.find(QLineEdit, "filter")
    QTest.keyClicks(field, "78e00412")
    assert [row.cells[0] for row in desktop.find(DataTable, "equipment").rows_model.rows] == ["78E00412"]
    QTest.keyClick(field, Qt.Key.Key_Return)
    desktop.settle()
    assert "存储阵列 ST-7300" in desktop.words()
    desktop.press("all_equipment")
    desktop.find(QLineEdit, "filter").setText("没有")
    assert "没有符合条件的设备" in desktop.words()
    desktop.go("equipment", wanted="三号")
    assert len(desktop.find(DataTable, "equipment").rows_model.rows) == 2


def test_duty_names_the_roster_and_the_customers(desktop: Desktop) -> None:
    desktop.go("duty")
    words = desktop.words()
    assert {"值班经理", "021-5550 0001", "陈敏", "021-5550 1888"} <= set(words)


def test_search_opens_what_was_found(desktop: Desktop, world: SmallWorld) -> None:
    desktop.window.bar.search.setText("控制器")
    desktop.window.bar.search.returnPressed.emit()
    desktop.settle()
    table = desktop.find(DataTable, "hits")
    kinds = [row.cells[0] for row in table.rows_model.rows]
    assert "工单" in kinds
    table.chosen.emit(table.rows_model.rows[kinds.index("工单")].key)
    desktop.settle()
    assert desktop.page.arguments == {"case_id": world.case}
    desktop.go("search", text="没有这样的内容")
    assert "没有找到" in desktop.words()


def test_settings_take_effect_at_once_and_are_kept(desktop: Desktop) -> None:
    desktop.go("settings")
    desktop.press("theme_dark")
    desktop.press("text_percent_130")
    desktop.press("idle_lock_minutes_5")
    kept = load_settings(desktop.session.places)
    assert (kept.theme, kept.text_percent, kept.idle_lock_minutes) == ("dark", 130, 5)
    for name, text in (("old_pin", "0000"), ("new_pin", "1357")):
        desktop.find(PinField, name).setText(text)
    desktop.press("change_pin")
    assert "PIN" in desktop.said[-1]
    desktop.find(PinField, "old_pin").setText(PIN)
    desktop.press("change_pin")
    assert desktop.said[-1] == "The PIN was changed."
    desktop.session.vault.check_pin("1357")
    desktop.press("support_bundle")
    assert list((desktop.session.places.data / "support").glob("*.zip"))


def test_every_page_speaks_the_other_language_at_once(desktop: Desktop, world: SmallWorld) -> None:
    ours = set(catalogue().values()) - {"值班经理"}  # what stands in the records stays as it is; one duty officer is called as the duty is
    arguments = {"visit": {"visit_id": world.repair_visit}, "case": {"case_id": world.case}, "search": {"text": "没有"}}
    for name in ("today", "visit", "cases", "case", "equipment", "duty", "sync", "search", "settings"):
        desktop.go(name, **arguments.get(name, {}))
        chinese = desktop.words()
        desktop.ctx.choose(language="en")
        desktop.settle()
        english = desktop.words()
        assert chinese != english, name
        assert [each for each in english if each in ours] == [], name
        desktop.ctx.choose(language="zh")
        desktop.settle()
        assert desktop.words() == chinese, name


@pytest.mark.parametrize(
    ("width", "height", "percent", "language"), [(1280, 800, 150, "zh"), (1280, 800, 150, "en"), (1024, 700, 150, "zh")]
)
def test_no_page_is_wider_than_its_window(
    make_desktop: MakeDesktop, world: SmallWorld, width: int, height: int, percent: int, language: str
) -> None:
    """The other windows stand in test_long_names, where everything is harder to fit."""
    desktop = make_desktop(text_percent=percent, language=language)
    desktop.window.resize(width, height)
    for name, arguments in (("today", {}), ("visit", {"visit_id": world.repair_visit}), ("case", {"case_id": world.case}), ("sync", {})):
        page = desktop.go(name, **arguments)
        assert page.scroll_area is not None
        assert page.scroll_area.horizontalScrollBar().maximum() == 0, name


def test_controls_have_names_for_the_screen_reader(desktop: Desktop, world: SmallWorld) -> None:
    pages: tuple[tuple[str, dict[str, str]], ...] = (
        ("today", {}),
        ("visit", {"visit_id": world.repair_visit}),
        ("case", {"case_id": world.case}),
        ("cases", {}),
        ("equipment", {}),
        ("sync", {}),
        ("settings", {}),
    )
    for name, arguments in pages:
        page = desktop.go(name, **arguments)
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox):
            for each in page.findChildren(kind):
                if each.isVisible() and each.focusPolicy() != Qt.FocusPolicy.NoFocus:
                    said = each.accessibleName() or (each.text() if isinstance(each, QAbstractButton) else "")
                    assert said, f"{name}: {each.objectName()} {type(each).__name__}"
