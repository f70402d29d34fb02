"""Inspections: the list, one with its checklists, its start, its end and what stands in the way of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import Finding, FindingIncomplete, FindingSettled, FormInstance, Inspection, InspectionOpen
from fieldapp.operations.checklists import Checklist, ChecklistClosed, open_checklist, record_finding, save_answer
from fieldapp.operations.inspections import InspectionSealed, finish, inspection, inspections, reopen, settle, start, write_end
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import UnknownRecord
from tests.operations.sheets import SHEET, VENTS, give_earlier, give_sheet
from tests.operations.world import SmallWorld, give, make_session


def answer_all(session: FieldSession, sheet: Checklist, **special: str) -> None:
    """Mark everything as not applicable but what is given by the names of the questions; save it."""
    while (place := sheet.next_open()) is not None:
        text = special.get(sheet.question(place.key).name)
        if text is None:
            sheet.mark(place.key, "na")
        else:
            sheet.answer(place.key, text)
    batch = sheet.take()
    assert batch is not None
    sheet.know(save_answer(session, batch))


def test_the_list_shows_what_runs_first_then_plans_then_the_newest_that_is_finished(field_session: FieldSession, world: SmallWorld) -> None:
    give_earlier(field_session, world)
    give_sheet(field_session, world)
    give(field_session, Inspection(id=derived_id("running"), site_id=world.site, state="started", period="2026Q4"))
    rows = inspections(field_session)
    assert [each.state for each in rows] == ["started", "planned", "finished", "finished", "finished", "finished"]
    assert [each.period for each in rows[2:]] == ["2026Q3", "2026Q2", "2026Q1", "2025Q4"]
    planned = rows[1]
    assert (planned.customer, planned.site, planned.sheets, planned.answered, planned.total) == ("华东数据中心", "三号机房", 1, 1, 36)
    assert planned.planned_at is not None
    assert planned.period_words.read("zh") == "2026 年第 4 季度"
    assert (rows[2].abnormal, rows[2].state_words.read("zh")) == (1, "完成")


def test_one_inspection_shows_its_checklists_and_what_was_left_over(field_session: FieldSession, world: SmallWorld) -> None:
    give_earlier(field_session, world)
    give_sheet(field_session, world)
    view = inspection(field_session, world.inspection)
    sheet = view.sheets[0]
    assert (sheet.form_id, sheet.title.read("en"), sheet.equipment) == ("T1", "Hardware inspection", "存储阵列 ST-7300 · SN 78E00412")
    assert [each.description for each in view.left] == ["2 号电源模块待换"]
    assert view.next_instance == SHEET
    assert not view.may_finish
    assert view.why_not is not None
    assert "35" in view.why_not.read("zh")
    with pytest.raises(UnknownRecord):
        inspection(field_session, derived_id("nowhere"))


def test_a_checklist_whose_form_has_not_come_says_so_and_keeps_the_end_away(field_session: FieldSession, world: SmallWorld) -> None:
    give_sheet(field_session, world)
    give_sheet(field_session, world, resource("forms/T2.xlsx"), id=derived_id("second"), position=2, form_id="T9", form_digest="00")
    view = inspection(field_session, world.inspection)
    assert [each.here for each in view.sheets] == [True, False]
    assert view.why_not is not None
    assert "T9" in view.why_not.read("en")


def test_start_is_told_once(field_session: FieldSession, world: SmallWorld) -> None:
    assert start(field_session, world.inspection).row.state == "started"
    began = field_session.clock.now()
    field_session.clock.advance(minutes=5)  # type: ignore[attr-defined]  # the clock of tests turns
    assert start(field_session, world.inspection).row.state == "started"
    with field_session.reading() as reader:
        assert reader.need(Inspection, world.inspection).started_at == began


def test_an_inspection_does_not_end_while_items_are_open(field_session: FieldSession, world: SmallWorld) -> None:
    give_sheet(field_session, world)
    with pytest.raises(InspectionOpen):
        finish(field_session, world.inspection)
    with field_session.reading() as reader:
        assert reader.need(Inspection, world.inspection).state == "planned"
        assert reader.need(FormInstance, SHEET).state == "open"


def test_an_inspection_that_is_whole_is_complete_and_takes_no_more_answers(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    answer_all(field_session, sheet)
    view = finish(field_session, world.inspection, "一切正常 ", "")
    assert (view.row.state, view.row.result, view.summary) == ("finished", "complete", "一切正常")
    assert view.row.state_words.read("zh") == "完成"
    assert not open_checklist(field_session, SHEET).editable
    sheet.answer(VENTS, "ok")
    late = sheet.take()
    assert late is not None
    with pytest.raises(ChecklistClosed):
        save_answer(field_session, late)


def test_what_was_not_checked_makes_it_partial_and_needs_its_reason(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    answer_all(field_session, sheet)
    sheet.mark(VENTS, "unchecked")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    with pytest.raises(InspectionOpen):
        finish(field_session, world.inspection)
    sheet.mark(VENTS, "unchecked", "no_access")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    view = finish(field_session, world.inspection)
    assert (view.row.result, view.covered.unchecked) == ("partial", 1)


def test_an_abnormal_item_needs_its_finding_before_the_end(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    answer_all(field_session, sheet, T1_11="abnormal")
    assert not inspection(field_session, world.inspection).may_finish
    with pytest.raises(FindingIncomplete):
        finish(field_session, world.inspection)
    record_finding(field_session, sheet.seed(VENTS), description="滤网积灰", witness="陈敏")
    view = finish(field_session, world.inspection)
    assert [each.description for each in view.findings] == ["滤网积灰"]
    assert view.covered.abnormal == 1


def test_a_finished_inspection_is_reopened_until_its_report_is_signed(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    answer_all(field_session, sheet)
    assert finish(field_session, world.inspection).may_reopen
    view = reopen(field_session, world.inspection)
    assert (view.row.state, view.row.result) == ("started", "")
    assert open_checklist(field_session, SHEET).editable
    finish(field_session, world.inspection)
    report = ServiceReport(id=derived_id("report"), site_id=world.site, subject_id=world.inspection, kind="inspection", state="frozen")
    give(field_session, report)
    assert not inspection(field_session, world.inspection).may_reopen
    with pytest.raises(InspectionSealed):
        reopen(field_session, world.inspection)
    give(field_session, replace(report, state="void"))
    assert inspection(field_session, world.inspection).may_reopen


def test_what_was_left_over_is_settled_in_this_inspection(field_session: FieldSession, world: SmallWorld) -> None:
    left = give_earlier(field_session, world)
    assert settle(field_session, world.inspection, left.id, "已更换").left == ()
    with field_session.reading() as reader:
        assert reader.need(Finding, left.id).settled_in == world.inspection
    with pytest.raises(FindingSettled):
        settle(field_session, world.inspection, left.id)


def test_an_empty_laptop_has_no_inspections(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    assert inspections(session) == ()
    session.close()


def test_of_the_end_only_what_was_typed_is_written(field_session: FieldSession, world: SmallWorld) -> None:
    found = Inspection(id=derived_id("end"), site_id=world.site, state="started", summary="来自同事", advice="旧")
    give(field_session, found)
    write_end(field_session, found.id, "", "本机", ("", "旧"))
    view = inspection(field_session, found.id)
    assert (view.summary, view.advice) == ("来自同事", "本机")
    write_end(field_session, found.id, "", "本机", ("来自同事", "本机"))
    assert inspection(field_session, found.id).summary == "", "what is taken away is typed, too"
