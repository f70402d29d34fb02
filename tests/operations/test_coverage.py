"""An inspection on top of a form, sentence by sentence: results, readings, findings, what was left over, coverage, versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.customers import Asset, AssetLimit
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import Finding, FindingIncomplete, FormInstance, FormVersion, Inspection, InspectionOpen
from fieldapp.forms.xlsform import convert
from fieldapp.operations import documents
from fieldapp.operations.checklists import Checklist, open_checklist, record_finding, save_answer, settle_finding
from fieldapp.operations.filling.asking import period_sentence
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.inspections import AnswersRefused, finish, inspection
from fieldapp.operations.session import FieldSession
from fieldapp.reports.blocks import KeyValues
from fieldapp.reports.content import InspectionReportData
from fieldapp.reports.documents import document
from tests.forms.building import workbook
from tests.operations.sheets import SHEET, TEMPERATURE, VENTS, give_earlier, give_sheet, published
from tests.operations.world import SmallWorld, give

FA = 'fa="https://fieldapp.example/ns"'


def save(session: FieldSession, sheet: Checklist) -> None:
    batch = sheet.take()
    assert batch is not None
    sheet.know(save_answer(session, batch))


def fill(session: FieldSession, instance: Id, **answers: str) -> Checklist:
    """Answer some questions by their names and mark everything else as not applicable; saved."""
    sheet = open_checklist(session, instance)
    for view in [view for section in sheet.sections for view in sheet.questions(section.key)]:
        if view.name in answers:
            sheet.answer(view.key, answers[view.name])
    while (place := sheet.next_open()) is not None:
        sheet.mark(place.key, "na")
    save(session, sheet)
    return sheet


def book(session: FieldSession, form: str, version: str, *rows: list[Any]) -> FormVersion:
    """A version of a form, as the centre would have sent it."""
    head = ["type", "name", "label", "constraint", "bind::fa:min", "bind::fa:max", "default"]
    made = convert(workbook([head, *rows], settings=[["form_id", "version", "namespaces"], [form, version, FA]]), f"{form}.xlsx")
    template = published(resource("forms/T6.xlsx"))
    found = replace(template, id=derived_id(form, version), form_id=form, version=version, xform=made.xform_xml, digest=f"{form}{version}")
    give(session, found)
    return found


def sheet_of(session: FieldSession, world: SmallWorld, form: FormVersion, name: str, **changes: Any) -> Id:
    """A checklist of a form for the storage array."""
    instance = FormInstance(
        id=derived_id("sheet", name),
        site_id=world.site,
        owner_id=world.inspection,
        asset_id=world.storage,
        form_id=form.form_id,
        form_version=form.version,
        form_digest=form.digest,
        position=1,
    )
    give(session, replace(instance, **changes))
    return instance.id


# results


def test_each_of_the_four_results_counts_as_itself_and_not_checked_needs_its_reason(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    keys = ("/data/appearance/T1_01", "/data/appearance/T1_03", "/data/room/T1_11", "/data/room/T1_12")
    for key, value in zip(keys, ("ok", "abnormal", "na", "unchecked"), strict=True):
        sheet.answer(key, value)
    counted = sheet.coverage
    assert (counted.ok, counted.abnormal, counted.na, counted.unchecked) == (2, 1, 1, 0), "the number of disks has its default"
    sheet.mark(keys[3], "unchecked", "powered_off")
    assert sheet.coverage.unchecked == 1
    assert sheet.question(keys[3]).reason == "powered_off"


def test_a_number_that_was_not_checked_or_does_not_apply_says_so_too(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.mark(TEMPERATURE, "unchecked", "not_permitted")
    assert sheet.question(TEMPERATURE).status == "unchecked"
    sheet.answer(TEMPERATURE, "21")
    assert (sheet.question(TEMPERATURE).status, sheet.question(TEMPERATURE).reason) == ("ok", "")


def test_coverage_is_what_was_checked_of_what_applies_and_partial_is_printed(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = fill(field_session, give_sheet(field_session, world), T1_08="22", T1_09="50", T1_11="ok")
    sheet.mark("/data/room/T1_12", "unchecked", "no_access")
    save(field_session, sheet)
    view = finish(field_session, world.inspection)
    assert (view.covered.total - view.covered.na, view.covered.ok, view.covered.unchecked) == (5, 4, 1)
    assert (view.covered.percent, view.row.result, view.row.state_words.read("zh")) == (80, "partial", "部分完成")
    data = report_of(field_session, world)
    facts = [row.value.read("zh") for block in document(data).blocks if isinstance(block, KeyValues) for row in block.rows]
    assert "部分完成:应检 5 项,已检 4 项(80 %)" in facts
    verdicts = [result.verdict for annex in data.annexes for section in annex.sections for result in section.results]
    assert (verdicts.count("normal"), verdicts.count("not_checked")) == (4, 1)
    assert next(r.note for annex in data.annexes for s in annex.sections for r in s.results if r.verdict == "not_checked") == "无法接近"


def report_of(session: FieldSession, world: SmallWorld) -> InspectionReportData:
    report = documents.draft_report(session, world.inspection, "inspection").line.report_id
    with session.reading() as reader:
        data: Any = gather(session, reader, reader.need(ServiceReport, report), session.clock.now()).data
    assert isinstance(data, InspectionReportData)
    return data


# readings


def test_the_last_four_readings_stand_beside_a_number_with_limits_drift_and_trend(field_session: FieldSession, world: SmallWorld) -> None:
    give_earlier(field_session, world, ("20.0", "21.2", "21.8", "22.6"))
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer(TEMPERATURE, "24.3")
    view = sheet.question(TEMPERATURE)
    assert [each.value for each in view.readings] == ["20.0", "21.2", "21.8", "22.6"]
    assert view.limits is not None
    assert view.limits.read("zh") == "允许 18 – 27 · 基线 22 · 在范围内"
    assert view.trend is not None
    assert view.trend.read("zh") == "趋势提醒 · 连续 4 次上升"
    sheet.answer(TEMPERATURE, "27.5")
    assert sheet.question(TEMPERATURE).status == "abnormal"
    assert "高于上限" in (sheet.question(TEMPERATURE).limits or view.limits).read("zh")


def test_readings_come_in_the_order_in_which_they_were_taken_whatever_the_rhythm(field_session: FieldSession, world: SmallWorld) -> None:
    form = published(resource("forms/T1.xlsx"))
    told = (("2026Q2", 4, "21.0"), ("2026-10-01", 9, "23.0"), ("2026Q3", 8, "22.0"), ("2026-10", 10, "24.0"))
    for period, month, text in told:
        at = datetime(2026, month, 20, tzinfo=UTC)
        other = sheet_of(field_session, world, form, period, owner_id=derived_id(period), period=period, started_at=at, finished_at=at)
        with field_session.replica.writing() as work:
            work.answer(other, {TEMPERATURE: text})
    sheet = open_checklist(field_session, give_sheet(field_session, world, period="2026Q4"))
    assert [each.value for each in sheet.question(TEMPERATURE).readings] == ["21.0", "22.0", "23.0", "24.0"]
    middle = open_checklist(field_session, derived_id("sheet", "2026-10-01"))
    assert [each.value for each in middle.question(TEMPERATURE).readings] == ["21.0", "22.0"], "later ones are not earlier readings"


@pytest.mark.parametrize(
    ("period", "words"),
    [("2026Q4", "2026 年第 4 季度"), ("2026-11", "2026 年 11 月"), ("2026-10-01", "2026-10-01 节前"), ("开业前", "开业前"), ("", "")],
)
def test_a_period_of_each_rhythm_reads_in_words(period: str, words: str) -> None:
    assert period_sentence(period).read("zh") == words


def test_limits_agreed_for_the_model_take_the_place_of_those_of_the_workbook(field_session: FieldSession, world: SmallWorld) -> None:
    give(field_session, AssetLimit(id=derived_id("l"), model="ST-7300", item="T1_08", unit="℃", minimum="10", maximum="20"))
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer(TEMPERATURE, "22")
    view = sheet.question(TEMPERATURE)
    assert (view.minimum, view.maximum, view.unit, view.status) == ("10", "20", "℃", "abnormal")


# findings


def test_a_finding_is_fixed_on_the_spot_or_left_over_with_owner_and_date(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = fill(field_session, give_sheet(field_session, world), T1_11="abnormal", T1_08="31")
    with pytest.raises(FindingIncomplete):
        finish(field_session, world.inspection)
    record_finding(field_session, sheet.seed(VENTS), description="滤网积灰,已清理", witness="陈敏", state="fixed", owner="customer")
    seed = sheet.seed(TEMPERATURE)
    record_finding(field_session, seed, description="空调停机", witness="陈敏", level="critical", owner="nobody", advice="报修")
    with pytest.raises(FindingIncomplete):
        finish(field_session, world.inspection)
    record_finding(field_session, seed, owner="customer", due_on=date(2026, 12, 1))
    view = finish(field_session, world.inspection)
    told = {each.item: (each.state, each.owner, each.level, each.due_on) for each in view.findings}
    assert told["T1-08"] == ("left_over", "customer", "critical", date(2026, 12, 1))
    assert told["T1-11"][:2] == ("fixed", "customer")
    rows = {row.text.split(" · ")[0]: row for annex in report_of(field_session, world).annexes for row in annex.findings}
    assert rows["机房温度"].due == date(2026, 12, 1)


def test_what_was_left_over_last_time_opens_the_next_inspection_until_each_is_settled(
    field_session: FieldSession, world: SmallWorld
) -> None:
    left = give_earlier(field_session, world)
    instance = give_sheet(field_session, world)
    sheet = open_checklist(field_session, instance)
    assert [each.finding_id for each in sheet.left] == [left.id]
    assert sheet.left[0].overdue
    assert [each.finding_id for each in inspection(field_session, world.inspection).left] == [left.id]
    assert settle_finding(field_session, instance, left.id, "已更换") == ()
    assert open_checklist(field_session, instance).left == ()
    with field_session.reading() as reader:
        assert reader.need(Finding, left.id).settled_in == world.inspection


def test_foreign_forms_have_findings_only_where_something_is_said_to_be_abnormal(field_session: FieldSession, world: SmallWorld) -> None:
    form = book(field_session, "foreign", "1", ["integer", "a", "A"], ["integer", "b", "B", None, "0", "5"], ["text", "c", "C"])
    sheet = fill(field_session, sheet_of(field_session, world, form, "foreign"), a="999", b="9", c="abnormal")
    with field_session.reading() as reader:
        assert [each.item for each in reader.find(Finding, instance_id=sheet.instance_id)] == ["b"]


# what the form itself refuses


def test_an_answer_that_breaks_a_rule_of_the_form_keeps_the_inspection_from_its_end(field_session: FieldSession, world: SmallWorld) -> None:
    instance = give_sheet(field_session, world, resource("forms/T5.xlsx"))
    sheet = fill(field_session, instance, T5_17="done", T5_15="no", T5_16="yes")
    record_finding(field_session, sheet.seed("/data/microcode/T5_15"), description="未阅读", witness="陈敏")
    view = inspection(field_session, world.inspection)
    assert not view.may_finish
    with pytest.raises(AnswersRefused) as refused:
        finish(field_session, world.inspection)
    assert "微码升级执行情况" in refused.value.read("zh")
    assert "请先阅读微码描述文件并备份硬件系统文件" in refused.value.read("zh")
    assert view.why_not is not None
    assert view.why_not.read("en") == refused.value.read("en")
    assert view.stopped_at == (instance, "/data/microcode/T5_17")
    with field_session.reading() as reader:
        assert reader.need(Inspection, world.inspection).state != "finished"
    sheet.answer("/data/microcode/T5_17", "planned")
    save(field_session, sheet)
    assert finish(field_session, world.inspection).row.state == "finished"


# versions


def test_a_record_keeps_its_version_and_a_new_one_never_reads_old_answers_anew(field_session: FieldSession, world: SmallWorld) -> None:
    first = book(field_session, "form", "1", ["text", "a", "A"], ["text", "gone", "Gone"])
    old = sheet_of(field_session, world, first, "old", owner_id=derived_id("old"), period="2026Q3")
    fill(field_session, old, a="twelve and a half", gone="kept")
    with field_session.reading() as reader:
        before = reader.answers(old)
    second = book(field_session, "form", "2", ["integer", "a", "A", ". < 5"], ["date", "gone", "Gone"])
    sheet = open_checklist(field_session, old)
    assert {view.name: (view.kind, view.value, view.message) for view in map(sheet.question, ("/data/a", "/data/gone"))} == {
        "a": ("string", "twelve and a half", None),
        "gone": ("string", "kept", None),
    }
    assert not sheet.has_unsaved
    new = open_checklist(field_session, sheet_of(field_session, world, second, "new", period="2026Q4"))
    view = new.question("/data/a")
    assert (view.kind, view.value) == ("integer", "")
    with field_session.reading() as reader:
        assert reader.answers(old) == before
        assert reader.need(FormInstance, old).form_version == "1"


def test_a_record_takes_over_from_the_one_that_was_begun_last_before_it(field_session: FieldSession, world: SmallWorld) -> None:
    first = book(field_session, "form", "1", ["text", "a", "A"])
    old = sheet_of(field_session, world, first, "old", owner_id=derived_id("old"), period="2026Q2")
    middle = sheet_of(field_session, world, first, "middle", owner_id=derived_id("middle"), period="2026Q3")
    second = book(field_session, "form", "2", ["text", "a", "A", None, None, None, "${last-saved#a}"])
    new = sheet_of(field_session, world, second, "new", period="2026Q4")
    assert open_checklist(field_session, new).question("/data/a").value == "", "a record without an answer was never saved"
    clock = field_session.clock
    assert isinstance(clock, TurnableClock)
    fill(field_session, old, a="one")
    clock.advance(days=90)
    fill(field_session, middle, a="two")
    assert open_checklist(field_session, new).question("/data/a").value == "two"
    clock.advance(days=90)
    fill(field_session, new, a="three")
    again = sheet_of(field_session, world, second, "again", owner_id=derived_id("again"), period="2027Q1")
    assert open_checklist(field_session, again).question("/data/a").value == "three"
    assert open_checklist(field_session, new).question("/data/a").value == "three"
    assert not open_checklist(field_session, middle).has_unsaved


def test_an_open_item_keeps_the_inspection_open(field_session: FieldSession, world: SmallWorld) -> None:
    give_sheet(field_session, world)
    sheet = open_checklist(field_session, SHEET)
    sheet.mark(VENTS, "unchecked")
    save(field_session, sheet)
    with pytest.raises(InspectionOpen):
        finish(field_session, world.inspection)
    with field_session.reading() as reader:
        assert reader.need(Asset, world.storage).model == "ST-7300"
