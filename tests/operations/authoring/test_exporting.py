"""A finished checklist leaves as ODK instance, CSV and XLSX: the same answers in each, nothing half written, nothing that runs."""

from __future__ import annotations

import csv
import io
import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from fieldapp.base.ids import derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.inspections import Inspection
from fieldapp.domain.visits import Visit
from fieldapp.operations.authoring.exporting import ChecklistOpen, ExportNotWritten, NothingToExport, export
from fieldapp.operations.authoring.spreadsheet import Table, csv_bytes, xlsx_bytes
from fieldapp.operations.checklists import open_checklist, record_finding, save_answer
from fieldapp.operations.inspections import finish
from fieldapp.operations.session import FieldSession
from tests.operations.sheets import SHEET, TEMPERATURE, VENTS, give_sheet
from tests.operations.world import SmallWorld

DISK = "/data/storage/T1_15{2}/T1_15_slot"
NOTE = "/data/warranty/T1_27_note"


def finished(session: FieldSession, world: SmallWorld) -> None:
    """A T1 whose temperature is too high, with a text that a spreadsheet would run, and an item that was not checked."""
    sheet = open_checklist(session, give_sheet(session, world))
    sheet.answer(TEMPERATURE, "41.5")
    sheet.answer(DISK, "槽位 2")
    sheet.answer(NOTE, '=HYPERLINK("http://evil.example")')
    sheet.mark(VENTS, "unchecked", "no_access")
    while (place := sheet.next_open()) is not None:
        sheet.mark(place.key, "na")
    batch = sheet.take()
    assert batch is not None
    sheet.know(save_answer(session, batch))
    record_finding(session, sheet.seed(TEMPERATURE), description="空调停机", witness="陈敏")
    finish(session, world.inspection)


def table_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_the_three_files_hold_the_same_answers(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    finished(field_session, world)
    xml, table, book = export(field_session, SHEET, tmp_path / "out", "zh")
    assert [each.suffix for each in (xml, table, book)] == [".xml", ".csv", ".xlsx"]
    root = ElementTree.fromstring(xml.read_text(encoding="utf-8"))
    assert (root.tag, root.get("id"), root.get("version")) == ("data", "T1", "2026.2")
    assert root.findtext("room/T1_08") == "41.5"
    assert [each.findtext("T1_15_slot") or "" for each in root.findall("storage/T1_15")] == ["", "槽位 2", "", ""]
    rows = {row["节点"]: row for row in table_of(table)}
    assert {name: rows[TEMPERATURE][name] for name in ("项目", "答案", "单位", "下限", "上限", "结果")} == {
        "项目": "T1-08",
        "答案": "41.5",
        "单位": "°C",
        "下限": "18",
        "上限": "27",
        "结果": "异常",
    }
    assert rows[TEMPERATURE]["问题"] == "机房温度"
    assert "空调停机" in rows[TEMPERATURE].values()
    assert (rows[VENTS]["结果"], rows[VENTS]["原因"]) == ("未检", "无法接近")
    assert rows[DISK]["行"] == "2"
    sheets = load_workbook(book)
    cells = list(sheets.worksheets[0].iter_rows(values_only=True))
    by_node = {str(row[-1]): row for row in cells[1:]}
    assert by_node.keys() == rows.keys()
    assert by_node[TEMPERATURE][3] == 41.5
    assert by_node[NOTE][3] == rows[NOTE]["答案"].removeprefix("'")
    about = {str(row[0]): row[1] for row in sheets.worksheets[1].iter_rows(values_only=True)}
    assert (about["设备"], about["序列号"]) == ("存储阵列", "78E00412")


def test_a_text_that_a_spreadsheet_would_run_stays_a_text(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    finished(field_session, world)
    _, table, book = export(field_session, SHEET, tmp_path, "zh")
    assert next(row["答案"] for row in table_of(table) if row["节点"] == NOTE).startswith("'=HYPERLINK")
    cell = next(row for row in load_workbook(book).worksheets[0].iter_rows() if row[-1].value == NOTE)[3]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://evil.example")')


@pytest.mark.parametrize(
    ("text", "kept"), [("-4.5", "-4.5"), ("-1+2", "'-1+2"), ("@sum", "'@sum"), ("+86 21", "'+86 21"), ("正常", "正常")]
)
def test_only_numbers_may_begin_with_a_sign(text: str, kept: str) -> None:
    assert csv_bytes(Table("t", ("a",), ((text,),))).decode("utf-8-sig").splitlines()[1] == kept


def test_codes_stay_texts_and_numbers_become_numbers_in_a_workbook() -> None:
    texts = ("0012", "12", "-3.50", "1e5", "12345678901234567890", "a\x07b", "  x ", "")
    row = next(load_workbook(io.BytesIO(xlsx_bytes([Table("表 [1]", ("c",) * 8, (texts,))]))).worksheets[0].iter_rows(min_row=2))
    assert [cell.value for cell in row] == ["0012", 12, -3.5, "1e5", "12345678901234567890", "a\ufffdb", "  x ", None]


def test_the_same_checklist_gives_the_same_bytes(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    finished(field_session, world)
    first = [path.read_bytes() for path in export(field_session, SHEET, tmp_path / "a", "en")]
    assert first == [path.read_bytes() for path in export(field_session, SHEET, tmp_path / "b", "en")]


def test_an_inspection_by_number_and_a_visit_by_its_day_give_all_their_checklists(
    field_session: FieldSession, world: SmallWorld, tmp_path: Path
) -> None:
    finished(field_session, world)
    with field_session.writing() as work:
        found = work.need(Inspection, world.inspection)
        visit = work.need(Visit, world.inspection_visit)
    assert visit.inspection_id == found.id
    by_id = export(field_session, world.inspection, tmp_path, "zh", formats=("xml",))
    day = "2026-11-23"
    assert export(field_session, world.inspection_visit, tmp_path, "zh", visit=True, formats=("xml",)) == by_id
    assert export(field_session, day, tmp_path, "zh", visit=True, formats=("xml",)) == by_id
    if found.number:
        assert export(field_session, found.number, tmp_path, "zh", formats=("xml",)) == by_id


@pytest.mark.parametrize(("what", "visit"), [("XJ-9999", False), (derived_id("nobody"), False), ("1999-01-01", True), ("=", True)])
def test_what_is_not_here_is_said(field_session: FieldSession, world: SmallWorld, tmp_path: Path, what: str, visit: bool) -> None:
    finished(field_session, world)
    with pytest.raises(NothingToExport):
        export(field_session, what, tmp_path / "out", "zh", visit=visit)
    assert not (tmp_path / "out").exists()


def test_one_that_is_not_finished_keeps_all_from_being_written(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    finished(field_session, world)
    give_sheet(field_session, world, resource("forms/T6.xlsx"), id=derived_id("later"), position=2)
    with pytest.raises(ChecklistOpen) as refused:
        export(field_session, world.inspection, tmp_path / "out", "zh")
    assert "T6" in refused.value.read("zh")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_takes_nothing_is_said_and_left_as_it_was(field_session: FieldSession, world: SmallWorld, tmp_path: Path) -> None:
    finished(field_session, world)
    place = tmp_path / "taken"
    place.write_text("a file", encoding="utf-8")
    with pytest.raises(ExportNotWritten) as refused:
        export(field_session, SHEET, place, "zh")
    assert "taken" in refused.value.read("en")
    assert stat.S_ISREG(place.stat().st_mode)
