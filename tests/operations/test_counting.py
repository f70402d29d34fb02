"""The pages that a customer signs count what the engineer saw counted: one rule for the screen and for the report."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.customers import Asset, AssetLimit
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import Coverage, FormInstance
from fieldapp.operations import documents, inspections
from fieldapp.operations.checklists import Checklist, open_checklist, read_checklist, save_answer
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.inspections import counted, inspection
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader
from fieldapp.reports.blocks import Heading, Paragraph, Table, Words
from fieldapp.reports.content import InspectionAnnex, InspectionReportData, InspectionResult, SectionNote
from fieldapp.reports.sheets.annexes import counts, inspection_blocks
from tests.forms.building import workbook
from tests.operations.sheets import CABLES, SHEET, TEMPERATURE, VENTS, give_sheet
from tests.operations.world import SmallWorld, give


def annex_of(session: FieldSession, world: SmallWorld) -> InspectionAnnex:
    """The one annex of the inspection's report, as it would be printed now."""
    report = documents.draft_report(session, world.inspection, "inspection").line.report_id
    with session.reading() as reader:
        data = gather(session, reader, reader.need(ServiceReport, report), session.clock.now()).data
    assert isinstance(data, InspectionReportData)
    (annex,) = data.annexes
    return annex


def printed(annex: InspectionAnnex) -> Coverage:
    """What the report counts."""
    found = Counter(row.verdict for section in annex.sections for row in section.results)
    return Coverage(found["normal"], found["abnormal"], found["not_applicable"], found["not_checked"], found["open"])


def rows(annex: InspectionAnnex) -> dict[str, InspectionResult]:
    """The lines by their code."""
    return {row.code: row for section in annex.sections for row in section.results}


def fill(checklist: Checklist) -> None:
    """Answer every second question that counts, whatever its kind; mark some as not applicable or not checked."""
    texts = {"integer": "3", "decimal": "3.5", "string": "正常", "date": "2026-11-01", "datetime": "2026-11-01T02:30:00.000+08:00"}
    counting = [each.key for section in checklist.sections for each in checklist.questions(section.key) if each.counted and each.relevant]
    for number, key in enumerate(counting):
        if checklist.place(key) is None:
            continue  # another answer took it away
        view = checklist.question(key)
        if number % 7 == 3:
            checklist.mark(key, "na")
        elif number % 7 == 5:
            checklist.mark(key, "unchecked", "no_access")
        elif number % 2 == 0:
            value = view.choices[number % len(view.choices)].value if view.choices else texts.get(view.kind, "见附件")
            checklist.answer(key, value)


@pytest.mark.parametrize("form", ["T1", "T2", "T3", "T4", "T8"])
def test_the_report_counts_what_the_screen_counts(field_session: FieldSession, world: SmallWorld, form: str) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world, resource(f"forms/{form}.xlsx")))
    assert printed(annex_of(field_session, world)) == sheet.coverage, "an empty checklist"
    fill(sheet)
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    covered = sheet.coverage
    assert min(covered.ok, covered.na, covered.unchecked, covered.open) > 0
    assert inspection(field_session, world.inspection).covered == covered
    with field_session.reading() as reader:
        assert counted(field_session, reader, reader.need(FormInstance, SHEET)) == covered
    annex = annex_of(field_session, world)
    assert printed(annex) == covered
    figures = [(figure.value, figure.label.read("en")) for figure in counts((annex,)).items]
    assert figures[0] == (str(covered.ok), "normal")
    assert figures[-1] == (f"{covered.answered} / {covered.total}", "answered")


def test_a_text_in_place_of_a_file_and_the_name_of_a_file_are_printed(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer("/data/performance/T1_25", "屏幕读数已抄录,见证人 陈敏")
    sheet.answer("/data/appearance/T1_07_photo", "rack-b07.jpg")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    found = rows(annex_of(field_session, world))
    assert found["T1-25"].value.zh == "屏幕读数已抄录,见证人 陈敏"
    assert "rack-b07.jpg" in {row.value.zh for row in found.values()}


def test_dates_and_numbers_outside_their_limits_are_abnormal_in_the_report_too(field_session: FieldSession, world: SmallWorld) -> None:
    give(field_session, AssetLimit(id="ab" * 16, model="ST-7300", item="T1_08", unit="°C", minimum="18", maximum="27"))
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    sheet.answer("/data/warranty/T1_28", "2026-12-01")
    sheet.answer(TEMPERATURE, "29")
    sheet.answer(VENTS, "abnormal")
    sheet.answer(CABLES, "ok")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    found = rows(annex_of(field_session, world))
    assert [found[code].verdict for code in ("T1-28", "T1-08", "T1-11", "T1-12")] == ["abnormal", "abnormal", "abnormal", "normal"]
    assert found["T1-08"].allowed == "18–27"


def test_a_finished_checklist_is_judged_as_of_its_end(field_session: FieldSession, world: SmallWorld) -> None:
    """A date that was far enough ahead on site is not abnormal because the report is made weeks later."""
    sheet = open_checklist(field_session, give_sheet(field_session, world))
    today = field_session.clock.now().date()
    fine = today.replace(year=today.year + 1)
    sheet.answer("/data/warranty/T1_28", fine.isoformat())
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    with field_session.writing() as work:
        found = work.need(FormInstance, SHEET)
        work.save(replace(found, state="done", finished_at=field_session.clock.now().replace(year=today.year - 2)))
    assert open_checklist(field_session, SHEET).question("/data/warranty/T1_28").status == "ok"
    with field_session.writing() as work:
        work.save(replace(work.need(FormInstance, SHEET), finished_at=field_session.clock.now().replace(year=today.year + 1)))
    assert open_checklist(field_session, SHEET).question("/data/warranty/T1_28").status == "abnormal"


def test_times_are_printed_to_the_minute(field_session: FieldSession, world: SmallWorld) -> None:
    sheet = open_checklist(field_session, give_sheet(field_session, world, resource("forms/T3.xlsx")))
    sheet.answer("/data/backup/T3_09", "2026-08-24T02:30:00.000+08:00")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    assert rows(annex_of(field_session, world))["T3-09"].value.zh == "2026-08-24 02:30"


def test_a_checklist_is_opened_again_for_its_count_only_when_something_that_counts_changed(
    field_session: FieldSession, world: SmallWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = give_sheet(field_session, world, resource("forms/T1.xlsx"))
    opened: list[str] = []

    def count() -> Coverage:
        with field_session.reading() as reader:
            return counted(field_session, reader, reader.need(FormInstance, sheet))

    def watched(session: FieldSession, reader: Reader, instance: FormInstance) -> Checklist:
        opened.append(instance.id)
        return read_checklist(session, reader, instance)

    def save(*entered: tuple[str, str]) -> None:
        checklist = open_checklist(field_session, sheet)
        for key, text in entered:
            checklist.answer(key, text)
        batch = checklist.take()
        assert batch is not None
        save_answer(field_session, batch)

    monkeypatch.setattr(inspections, "read_checklist", watched)
    assert (count(), count()) == (count(), count())
    assert len(opened) == 1
    save((TEMPERATURE, "26.4"))
    before = count()
    assert before.ok > 0
    assert len(opened) == 2
    give(
        field_session,
        AssetLimit(id=derived_id("limit of the test"), model=_asset(field_session, world).model, item="T1_08", minimum="18", maximum="20"),
    )
    assert (count().ok, count().abnormal) == (before.ok - 1, 1)
    assert len(opened) == 3
    clock = field_session.clock
    assert isinstance(clock, TurnableClock)
    clock.advance(days=1)
    count()
    assert len(opened) == 4
    field_session.announce(frozenset({"form_version"}))
    count()
    assert len(opened) == 5


def _asset(session: FieldSession, world: SmallWorld) -> Asset:
    with session.reading() as reader:
        return reader.need(Asset, world.storage)


NOTED = """type,name,label::中文 (zh),label::English (en),hint::中文 (zh),calculation,relevant,readonly
begin_group,power,供电,Power,,,,
note,read_first,先看**铭牌**。,Read the **plate** first.,再量电压。,,,
decimal,first,甲路电流,Current of feed A,,,,
note,live,甲路带载 ${first} A。,Feed A carries ${first} A.,,,${first} > 1,
note,dead,甲路空载。,Feed A carries nothing.,,,${first} <= 1,
decimal,second,乙路电流,Current of feed B,,,,
calculate,total,合计电流,Current of both,,${first} + ${second},,
calculate,silent,,,,${first} * 2,,
text,told,结论,Conclusion,,"concat('共 ', ${total}, ' A')",,yes
note,last,量完请锁柜。,Lock the rack.,,,,
end_group,,,,,,,
note,bye,谢谢。,Thank you.,,,,
"""


def noted() -> bytes:
    """A workbook with notes and computed values."""
    return workbook(list(csv.reader(io.StringIO(NOTED))), settings=[("form_id", "default_language"), ("noted", "中文 (zh)")])


def test_notes_stand_where_they_applied_and_computed_values_stand_like_answers(
    field_session: FieldSession, world: SmallWorld, tmp_path: Path
) -> None:
    path = tmp_path / "noted.xlsx"
    path.write_bytes(noted())
    sheet = open_checklist(field_session, give_sheet(field_session, world, path))
    sheet.answer("/data/power/first", "3")
    sheet.answer("/data/power/second", "4")
    batch = sheet.take()
    assert batch is not None
    save_answer(field_session, batch)
    annex = annex_of(field_session, world)
    general, power = annex.sections
    assert (general.results, [each.text for each in general.notes]) == ((), [Words("谢谢。", "Thank you.")])
    assert [row.label.en for row in power.results] == ["Current of feed A", "Current of feed B", "Current of both", "Conclusion"]
    assert [row.value.zh for row in power.results] == ["3", "4", "7", "共 7 A"]
    assert [row.verdict for row in power.results][2:] == [None, None]
    assert power.notes == (
        SectionNote(0, Words("先看铭牌。\n再量电压。", "Read the plate first.\n再量电压。")),
        SectionNote(1, Words("甲路带载 3 A。", "Feed A carries 3 A.")),
        SectionNote(4, Words("量完请锁柜。", "Lock the rack.")),
    )
    blocks = inspection_blocks(annex, "Asia/Shanghai")
    at = next(n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.text.en == "Power")
    before, table, after = blocks[at + 1 : at + 4]
    assert isinstance(before, Paragraph)
    assert isinstance(table, Table)
    assert isinstance(after, Paragraph)
    assert (before.text, after.text) == (power.notes[0].text, power.notes[2].text)
    assert [row[0].text.en for row in table.rows if len(row) == 1] == ["Feed A carries 3 A."]
    assert [len(row) == 1 for row in table.rows] == [False, True, False, False, False]
    assert sheet.coverage.total == 2, "computed values and notes count as nothing"
