"""The list of inspections and the page of one, driven on a real replica."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.inspections import Finding, FormInstance, Inspection
from fieldapp.operations.checklists import open_checklist, save_answer
from fieldapp.operations.session import FieldSession
from fieldapp.ui.checklists.inspections_page import InspectionsPage
from fieldapp.ui.page import UiContext
from fieldapp.ui.theme.style import locale_of
from fieldapp.ui.widgets.fields import NoteField
from tests.operations.sheets import SHEET, VENTS, give_sheet
from tests.operations.world import SmallWorld, give
from tests.ui.checklists.test_checklist_page import part


@pytest.fixture
def page(qtbot: QtBot, ctx: UiContext) -> InspectionsPage:
    """The page, not opened yet."""
    made = InspectionsPage(ctx)
    qtbot.addWidget(made)
    made.resize(1084, 736)
    made.show()
    return made


def opened(page: InspectionsPage, **arguments: str) -> InspectionsPage:
    """The page with its view."""
    page.open(**arguments)
    assert page.ctx.background.idle()
    return page


def answer_all(session: FieldSession) -> None:
    """Mark every item as not applicable."""
    sheet = open_checklist(session, SHEET)
    while (place := sheet.next_open()) is not None:
        sheet.mark(place.key, "na")
    batch = sheet.take()
    assert batch is not None
    save_answer(session, batch)


def test_an_empty_laptop_says_what_to_do_next(page: InspectionsPage) -> None:
    opened(page)
    assert page.table.isHidden()
    assert not page.empty.isHidden()
    assert page.one.isHidden()


def test_the_list_opens_an_inspection(page: InspectionsPage, ctx: UiContext, world: SmallWorld) -> None:
    asked: list[tuple[str, object]] = []
    ctx.navigated.connect(lambda name, arguments: asked.append((name, arguments)))
    opened(page)
    assert page.header.subtitle.text() == "进行中 0 · 计划中 1"
    assert page.table.model().rowCount() == 5
    page.table.chosen.emit(world.inspection)
    assert asked == [("inspections", {"inspection_id": world.inspection})]


def test_one_inspection_is_started_and_leads_to_its_checklist(
    page: InspectionsPage, ctx: UiContext, session: FieldSession, world: SmallWorld
) -> None:
    asked: list[tuple[str, object]] = []
    ctx.navigated.connect(lambda name, arguments: asked.append((name, arguments)))
    opened(page, inspection_id=world.inspection)
    assert page.header.subtitle.text() == "2026 年第 4 季度"
    assert not page.end.finish.isEnabled()
    assert "35" in page.end.why.text()
    part(page, QPushButton, "start").click()
    assert ctx.background.idle()
    assert asked == [("checklist", {"instance_id": SHEET})]
    part(page, QPushButton, "open").click()
    assert asked[1:] == [("checklist", {"instance_id": SHEET})]
    with session.reading() as reader:
        assert reader.need(Inspection, world.inspection).state == "started"


def test_what_was_left_over_is_settled_from_here(page: InspectionsPage, ctx: UiContext, session: FieldSession, world: SmallWorld) -> None:
    opened(page, inspection_id=world.inspection)
    part(page, NoteField, "settle-note").set_text("已更换")
    part(page, QPushButton, "settle").click()
    assert ctx.background.idle()
    assert page.left_title.isHidden()
    with session.reading() as reader:
        assert reader.find(Finding, state="settled")[0].settled_in == world.inspection


def test_an_inspection_is_finished_and_reopened(page: InspectionsPage, ctx: UiContext, session: FieldSession, world: SmallWorld) -> None:
    answer_all(session)
    opened(page, inspection_id=world.inspection)
    part(page, NoteField, "summary").set_text("一切正常")
    part(page, QPushButton, "finish").click()
    assert ctx.background.idle()
    assert page.state.text == "完成"
    assert page.start.isHidden()
    with session.reading() as reader:
        kept = reader.need(Inspection, world.inspection)
        assert reader.need(FormInstance, SHEET).state == "done"
    assert (kept.state, kept.summary) == ("finished", "一切正常")
    part(page, QPushButton, "reopen").click()
    assert ctx.background.idle()
    assert page.state.text == "进行中"


def test_the_end_is_kept_while_it_is_written_and_stays_with_its_inspection(
    page: InspectionsPage, ctx: UiContext, session: FieldSession, world: SmallWorld
) -> None:
    """What is written for one customer never stands in the inspection of another."""
    other = Inspection(id=derived_id("another inspection"), site_id=world.site, customer_id=world.customer, summary="另一份")
    give(session, other)
    opened(page, inspection_id=world.inspection)
    QTest.keyClicks(part(page, NoteField, "summary"), "Fans are noisy")
    opened(page, inspection_id=other.id)
    assert part(page, NoteField, "summary").text() == "另一份"
    page.leaving()
    assert ctx.background.idle()
    with session.reading() as reader:
        assert reader.need(Inspection, world.inspection).summary == "Fans are noisy"
        assert reader.need(Inspection, other.id).summary == "另一份"
    opened(page, inspection_id=world.inspection)
    assert part(page, NoteField, "summary").text() == "Fans are noisy"


def test_findings_of_this_inspection_stand_on_its_page(page: InspectionsPage, session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(session, SHEET)
    sheet.answer(VENTS, "abnormal")
    batch = sheet.take()
    assert batch is not None
    save_answer(session, batch)
    opened(page, inspection_id=world.inspection)
    assert not page.findings_title.isHidden()
    page.ctx.choose(language="en")
    page.setLocale(locale_of("en"))
    assert page.findings_title.text() == "Findings of this inspection"


def test_what_keeps_an_inspection_from_its_end_is_led_to(
    page: InspectionsPage, ctx: UiContext, session: FieldSession, world: SmallWorld
) -> None:
    asked: list[tuple[str, object]] = []
    ctx.navigated.connect(lambda name, arguments: asked.append((name, arguments)))
    opened(page, inspection_id=world.inspection)
    page.end.way.click()
    answer_all(session)
    sheet = open_checklist(session, SHEET)
    sheet.mark(VENTS)
    sheet.answer(VENTS, "abnormal")
    batch = sheet.take()
    assert batch is not None
    save_answer(session, batch)
    opened(page, inspection_id=world.inspection)
    assert not page.end.finish.isEnabled()
    page.end.way.click()
    assert asked == [("checklist", {"instance_id": SHEET}), ("checklist", {"instance_id": SHEET, "key": VENTS})]
    sheet.answer(VENTS, "na")
    batch = sheet.take()
    assert batch is not None
    save_answer(session, batch)
    opened(page, inspection_id=world.inspection)
    assert (page.end.finish.isEnabled(), page.end.way.isVisible()) == (True, False)


def test_a_checklist_without_its_form_says_so(page: InspectionsPage, session: FieldSession, world: SmallWorld) -> None:
    give_sheet(session, world, resource("forms/T2.xlsx"), id="0" * 32, position=2, form_id="T9", form_digest="00")
    opened(page, inspection_id=world.inspection)
    assert len(page.findChildren(QPushButton, "open")) == 1
    assert "T9" in page.end.why.text()
    assert page.end.way.isHidden()
