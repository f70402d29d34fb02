"""Filling a checklist: views, answers, marks, findings, files; what is saved and what is refused."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import FormError
from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import SiteRule
from fieldapp.domain.documents import Attachment
from fieldapp.domain.inspections import Finding, FindingIncomplete, FindingSettled, FormInstance, Inspection
from fieldapp.operations.checklists import (
    Checklist,
    ChecklistClosed,
    FormNotHere,
    add_finding_photo,
    answer_with_file,
    follow_up_case,
    open_checklist,
    record_finding,
    save_answer,
    settle_finding,
)
from fieldapp.operations.filling.board import NoSuchQuestion
from fieldapp.operations.filling.findings import FileNotTaken, PhotoNotAllowed
from fieldapp.operations.session import FieldSession
from tests.operations.sheets import CABLES, SHEET, TEMPERATURE, VENTS, give_earlier, give_sheet
from tests.operations.world import MORNING, SmallWorld, give, make_session
from tests.shared_folder import shared

ROOM = "/data/room"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def sheet(field_session: FieldSession, world: SmallWorld) -> Checklist:
    """The open T1 checklist of the storage array, with four earlier quarters."""
    give_earlier(field_session, world)
    return open_checklist(field_session, give_sheet(field_session, world))


def save(session: FieldSession, checklist: Checklist) -> None:
    """Save what was entered, as the page does."""
    batch = checklist.take()
    assert batch is not None
    checklist.know(save_answer(session, batch))


def test_a_number_shows_its_limits_its_last_four_readings_and_its_trend(sheet: Checklist) -> None:
    sheet.answer(TEMPERATURE, "26.4")
    view = sheet.question(TEMPERATURE)
    assert (view.item, view.label.read("zh"), view.label.read("en"), view.unit) == ("T1-08", "机房温度", "Room temperature", "℃")
    assert (view.minimum, view.maximum, view.baseline, view.status) == ("18", "27", "22", "ok")
    assert [(each.period, each.value) for each in view.readings] == [("25 Q4", "21.2"), ("26 Q1", "21.8"), ("Q2", "22.6"), ("Q3", "24.3")]
    assert view.limits is not None
    assert view.limits.read("zh") == "允许 18 – 27 · 基线 22 · 在范围内"
    assert view.trend is not None
    assert "4" in view.trend.read("zh")


def test_a_result_question_says_what_it_was_last_time(sheet: Checklist) -> None:
    last = sheet.question(VENTS).last
    assert last is not None
    assert last.read("zh") == "上次:正常"
    assert sheet.question(CABLES).last is None


def test_a_text_of_last_time_is_told_as_it_was_and_a_moment_as_people_write_it(field_session: FieldSession, world: SmallWorld) -> None:
    give_earlier(field_session, world)
    sheet = give_sheet(field_session, world, resource("forms/T2.xlsx"))
    with field_session.reading() as reader:
        instance = reader.need(FormInstance, sheet)
    before = replace(instance, id=derived_id("T2 of last time"), period="2026Q3", started_at=MORNING, state="done")
    give(field_session, before)
    opened = open_checklist(field_session, sheet)
    keys = {each.name: each.key for section in opened.sections for each in opened.questions(section.key)}
    with field_session.replica.writing() as work:
        work.answer(before.id, {keys["T2_01"]: "TinyOS T-8", keys["T2_17"]: "2026-08-17T02:30:00.000+08:00"})
    opened = open_checklist(field_session, sheet)
    told = {name: opened.question(keys[name]).last for name in ("T2_01", "T2_17")}
    assert {name: last.read("zh") for name, last in told.items() if last} == {"T2_01": "上次:TinyOS T-8", "T2_17": "上次:2026-08-17 02:30"}


def test_sections_count_what_is_answered_and_what_is_abnormal(sheet: Checklist) -> None:
    sheet.answer(TEMPERATURE, "31")
    sheet.answer(VENTS, "ok")
    room = next(each for each in sheet.sections if each.key == ROOM)
    assert (room.title.read("zh"), room.answered, room.total, room.abnormal) == ("机房环境", 2, 5, 1)
    assert sheet.position(VENTS) == (sheet.position(TEMPERATURE)[0] + 3, sheet.coverage.total)


def test_what_is_read_is_saved_in_one_commit_and_comes_back(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.answer(TEMPERATURE, "26.4")
    save(field_session, sheet)
    again = open_checklist(field_session, SHEET)
    assert again.question(TEMPERATURE).value == "26.4"
    with field_session.reading() as reader:
        instance, inspection = reader.need(FormInstance, SHEET), reader.find(Inspection, period="2026Q4")[0]
        assert reader.answers(SHEET)["/data/meta/instanceID"].startswith("uuid:")
    assert instance.started_at == field_session.clock.now()
    assert inspection.state == "started"
    assert not sheet.has_unsaved
    assert sheet.take() is None


def test_looking_at_a_checklist_writes_nothing(field_session: FieldSession, sheet: Checklist) -> None:
    assert sheet.take() is None
    with field_session.reading() as reader:
        assert reader.answers(SHEET) == {}


def test_what_could_not_be_saved_waits_again_behind_newer_answers(sheet: Checklist) -> None:
    sheet.answer(TEMPERATURE, "20")
    sheet.answer(VENTS, "ok")
    batch = sheet.take()
    assert batch is not None
    sheet.answer(TEMPERATURE, "21")
    sheet.give_back(batch)
    again = sheet.take()
    assert again is not None
    assert (again.rows[TEMPERATURE], again.rows[VENTS]) == ("21", "ok")


def test_an_answer_of_the_wrong_kind_changes_nothing(sheet: Checklist) -> None:
    with pytest.raises(FormError):
        sheet.answer(TEMPERATURE, "warm")
    assert sheet.question(TEMPERATURE).value == ""
    with pytest.raises(NoSuchQuestion):
        sheet.mark("/data/nothing", "na")


def test_a_number_is_marked_as_not_applicable_or_not_checked_beside_its_answer(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.mark(TEMPERATURE, "na")
    assert sheet.question(TEMPERATURE).status == "na"
    sheet.mark(TEMPERATURE, "unchecked")
    view = sheet.question(TEMPERATURE)
    assert view.status == "open"
    assert view.message is not None
    sheet.mark(TEMPERATURE, "unchecked", "no_access")
    assert sheet.question(TEMPERATURE).status == "unchecked"
    save(field_session, sheet)
    with field_session.reading() as reader:
        rows = reader.answers(SHEET)
    assert (rows[f"{TEMPERATURE}#result"], rows[f"{TEMPERATURE}#reason"]) == ("unchecked", "no_access")
    sheet.answer(TEMPERATURE, "22")
    assert sheet.question(TEMPERATURE).status == "ok"
    save(field_session, sheet)
    with field_session.reading() as reader:
        assert not [key for key in reader.answers(SHEET) if key.startswith(f"{TEMPERATURE}#")]


def test_a_result_that_is_not_checked_counts_once_it_has_its_reason(sheet: Checklist) -> None:
    sheet.answer(VENTS, "unchecked")
    assert sheet.question(VENTS).status == "open"
    sheet.mark(VENTS, "unchecked", "powered_off")
    assert sheet.question(VENTS).status == "unchecked"
    assert sheet.coverage.unchecked == 1
    sheet.answer(VENTS, "ok")
    assert sheet.question(VENTS).reason == ""


def test_f8_walks_through_what_is_open_and_goes_round(sheet: Checklist) -> None:
    first = sheet.next_open()
    assert first is not None
    assert first.key == "/data/appearance/T1_01"
    sheet.answer(TEMPERATURE, "22")
    after = sheet.next_open("/data/power/T1_14")
    assert after is not None
    assert (after.key, sheet.sections[after.section].key) == ("/data/room/T1_09", ROOM)
    last = sheet.next_open("/data/warranty/T1_28")
    assert last is not None
    assert last.key == first.key


def test_nothing_is_next_when_all_is_answered(sheet: Checklist) -> None:
    answer_all(sheet)
    assert sheet.next_open() is None
    assert sheet.coverage.open == 0


def answer_all(sheet: Checklist) -> None:
    """Answer everything as not applicable, until nothing is open."""
    while (place := sheet.next_open()) is not None:
        sheet.mark(place.key, "na")


def test_rows_come_and_go_with_the_number_that_the_form_asks_for(sheet: Checklist) -> None:
    assert len([each for each in sheet.questions("/data/storage") if each.kind == "instance"]) == 4
    assert sheet.answer("/data/storage/T1_15_count", "2") == frozenset()
    assert len([each for each in sheet.questions("/data/storage") if each.kind == "instance"]) == 2


def test_rows_are_added_and_removed_where_the_form_allows(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world, resource("forms/T2.xlsx")))
    heading = next(each for each in sheet.questions("/data/files") if each.kind == "repeat")
    assert heading.may_add
    row = sheet.add_row(heading.key, "a1b2")
    sheet.answer(f"{row}/T2_06_use", "95")
    sheet.mark(f"{row}/T2_06_use", "na")
    save(field_session, sheet)
    assert open_checklist(field_session, SHEET).question(f"{row}/T2_06_use").status == "na"
    sheet.remove_row(row)
    save(field_session, sheet)
    with pytest.raises(NoSuchQuestion):
        open_checklist(field_session, SHEET).question(f"{row}/T2_06_use")
    with field_session.reading() as reader:
        assert not [key for key in reader.answers(SHEET) if key.startswith(row)]


def test_an_abnormal_result_begins_a_finding_and_says_what_it_lacks(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.answer(VENTS, "abnormal")
    assert [key for key, _ in sheet.gaps()] == [VENTS]
    save(field_session, sheet)
    found = sheet.question(VENTS).finding
    assert found is not None
    assert (found.state, found.owner, found.due_on, found.photo_allowed) == ("left_over", "us", date(2026, 12, 23), False)
    assert found.gaps[0].read("zh") == "异常情况说明"
    sheet.know(record_finding(field_session, sheet.seed(VENTS), description="滤网积灰", witness="陈敏", state="fixed", owner="customer"))
    found = sheet.question(VENTS).finding
    assert found is not None
    assert (found.gaps, found.description, found.state) == ((), "滤网积灰", "fixed")
    with field_session.reading() as reader:
        kept = reader.find(Finding, instance_id=SHEET)[0]
    assert (kept.rule_clause, kept.substitute, kept.item, kept.item_label) == ("3", "滤网积灰", "T1_11", "防尘与通风")


def test_a_finding_falls_away_with_its_result_and_comes_back_with_what_was_written(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.answer(VENTS, "abnormal")
    save(field_session, sheet)
    sheet.know(record_finding(field_session, sheet.seed(VENTS), description="滤网积灰"))
    sheet.answer(VENTS, "ok")
    save(field_session, sheet)
    with field_session.reading() as reader:
        assert reader.find(Finding, instance_id=SHEET) == []
    sheet.answer(VENTS, "abnormal")
    save(field_session, sheet)
    found = sheet.question(VENTS).finding
    assert found is not None
    assert found.description == "滤网积灰"


def test_a_number_that_is_still_typed_begins_no_finding(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.answer(TEMPERATURE, "2")
    batch = sheet.take(final=False)
    assert batch is not None
    assert batch.abnormal == ()
    sheet.know(save_answer(field_session, batch))
    sheet.answer(TEMPERATURE, "22")
    save(field_session, sheet)
    with field_session.reading() as reader:
        assert reader.count(Finding, instance_id=SHEET) == 0


def test_a_finding_takes_no_other_field(field_session: FieldSession, sheet: Checklist) -> None:
    with pytest.raises(ValueError, match="site_id"):
        record_finding(field_session, sheet.seed(VENTS), site_id="x")


def test_a_photo_is_refused_where_the_site_forbids_it_and_kept_elsewhere(
    field_session: FieldSession, world: SmallWorld, sheet: Checklist
) -> None:
    sheet.answer(VENTS, "abnormal")
    save(field_session, sheet)
    with pytest.raises(PhotoNotAllowed) as refused:
        add_finding_photo(field_session, sheet.seed(VENTS), "p.png", PICTURE)
    assert "3" in refused.value.read("zh")
    with field_session.reading() as reader:
        rules = reader.find(SiteRule, site_id=world.site)
    give(field_session, *(replace(each, verdict="allowed") for each in rules))
    with pytest.raises(FileNotTaken):
        add_finding_photo(field_session, sheet.seed(VENTS), "p.png", b"")
    sheet.know(add_finding_photo(field_session, sheet.seed(VENTS), "p.png", PICTURE))
    found = sheet.question(VENTS).finding
    assert found is not None
    assert field_session.blobs.get(found.photo_digest) == PICTURE
    with field_session.reading() as reader:
        kept = reader.find(Attachment, owner_id=found.finding_id)[0]
    assert (kept.media_type, kept.size, kept.key) == ("image/png", len(PICTURE), VENTS)
    name = answer_with_file(field_session, SHEET, "/data/performance/T1_25", "perf.csv", b"a,b", photo=False)
    sheet.answer("/data/performance/T1_25", name)
    assert sheet.question("/data/performance/T1_25").status == "ok"


def test_a_file_that_may_not_leave_the_site_says_what_to_do_instead(field_session: FieldSession, sheet: Checklist) -> None:
    view = sheet.question("/data/performance/T1_25")
    assert view.why_not is not None
    with pytest.raises(PhotoNotAllowed):
        answer_with_file(field_session, SHEET, view.key, "perf.csv", b"a,b", photo=False)
    sheet.answer(view.key, "存于客户处:三号机房")
    assert sheet.question(view.key).status == "ok"


def test_a_finding_becomes_one_case_and_then_stays(field_session: FieldSession, sheet: Checklist) -> None:
    sheet.answer(VENTS, "abnormal")
    save(field_session, sheet)
    found = sheet.question(VENTS).finding
    assert found is not None
    with pytest.raises(FindingIncomplete):
        follow_up_case(field_session, found.finding_id)
    sheet.know(record_finding(field_session, sheet.seed(VENTS), description="滤网积灰"))
    sheet.know(follow_up_case(field_session, found.finding_id))
    sheet.know(follow_up_case(field_session, found.finding_id))
    with field_session.reading() as reader:
        opened = reader.find(Case, finding_id=found.finding_id)
    assert len(opened) == 1
    after = sheet.question(VENTS).finding
    assert after is not None
    assert after.case_number == opened[0].temp_no
    sheet.answer(VENTS, "ok")
    save(field_session, sheet)
    with field_session.reading() as reader:
        assert reader.count(Finding, instance_id=SHEET) == 1


def test_what_was_left_over_last_time_comes_first_and_is_settled_once(field_session: FieldSession, sheet: Checklist) -> None:
    assert [(each.description, each.overdue) for each in sheet.left] == [("2 号电源模块待换", True)]
    assert settle_finding(field_session, SHEET, sheet.left[0].finding_id, "已更换") == ()
    with field_session.reading() as reader:
        kept = reader.need(Finding, sheet.left[0].finding_id)
    assert (kept.state, kept.settled_in, kept.settled_note) == ("settled", sheet.inspection_id, "已更换")
    with pytest.raises(FindingSettled):
        settle_finding(field_session, SHEET, sheet.left[0].finding_id)


def test_a_checklist_that_is_done_takes_no_answers(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer(VENTS, "ok")
    batch = sheet.take()
    assert batch is not None
    with field_session.writing() as work:
        work.save(replace(work.need(FormInstance, SHEET), state="done"))
    with pytest.raises(ChecklistClosed):
        save_answer(field_session, batch)
    done = open_checklist(field_session, SHEET)
    assert not done.editable
    with pytest.raises(ChecklistClosed):
        done.answer(VENTS, "ok")


def test_a_form_that_has_not_come_says_so(field_session: FieldSession, world: SmallWorld) -> None:
    give_sheet(field_session, world, form_digest="", form_id="T9")
    with pytest.raises(FormNotHere, match="T9"):
        open_checklist(field_session, SHEET)


def test_a_date_too_long_ago_is_abnormal(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world, resource("forms/T2.xlsx")))
    for day, status in (("2026-11-15", "abnormal"), ("2026-11-16", "ok"), ("2026-11-23", "ok")):
        sheet.answer("/data/security/T2_14_date", day)
        assert sheet.question("/data/security/T2_14_date").status == status


def test_dates_too_near_or_too_old_are_abnormal(sheet: Checklist) -> None:
    sheet.answer("/data/warranty/T1_28", "2026-12-01")
    assert sheet.question("/data/warranty/T1_28").status == "abnormal"
    sheet.answer("/data/warranty/T1_28", "2028-02-29")
    assert sheet.question("/data/warranty/T1_28").status == "ok"


def test_a_foreign_form_runs_with_the_same_views(field_session: FieldSession, world: SmallWorld) -> None:
    path = shared("conformance/forms/sUAS__ODK_PreFlight_Multirotor_CL.xls")
    sheet = open_checklist(field_session, give_sheet(field_session, world, path, asset_id=""))
    assert [each.title.read("zh") for each in sheet.sections][:2] == ["Propulsion System", "Airframe Structure"]
    assert sheet.sections[-1].title.read("en") == sheet.about.title.read("en")
    sheet.answer("/data/Propulsion/Props", "OK")
    assert sheet.question("/data/Propulsion/Props").status == "ok"
    assert sheet.sections[0].answered == 1
    sheet.mark("/data/Run_up", "na")
    save(field_session, sheet)
    assert open_checklist(field_session, SHEET).coverage == sheet.coverage


_KEYS = (VENTS, CABLES, "/data/appearance/T1_01", "/data/appearance/T1_02", "/data/power/T1_13")
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(_KEYS), st.sampled_from(("ok", "abnormal", "na", "unchecked", "yes", "no", None))),
        st.tuples(st.just("/data/storage/T1_15_count"), st.sampled_from(("0", "1", "3", "5"))),
        st.tuples(st.sampled_from((TEMPERATURE, "/data/power/T1_14")), st.sampled_from(("12", "22.5", "99", None))),
    ),
    max_size=12,
)


@given(_STEPS)
@settings(max_examples=12)
def test_views_made_step_by_step_equal_views_made_anew(steps: list[tuple[str, str | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        session = make_session(Path(folder))
        sheet = open_checklist(session, give_sheet(session, SmallWorld.into(session)))
        for key, text in steps:
            sheet.answer(key, text)
        if sheet.has_unsaved:
            save(session, sheet)
        again = open_checklist(session, SHEET)
        assert [each.key for each in again.sections] == [each.key for each in sheet.sections]
        for section in sheet.sections:
            assert again.questions(section.key) == sheet.questions(section.key)
        session.close()
