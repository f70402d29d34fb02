"""The company's own checklists: they convert without a warning, in both languages, with every item."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from fieldapp.base.settings import resource
from fieldapp.forms.definition import parse
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.xlsform import ConvertedForm, convert
from tests.forms.building import opened
from tests.shared_folder import shared

TEMPLATES = tuple(f"T{number}" for number in range(1, 20))
WHOLE = ("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T11", "T16", "T17")
"""Templates that are filled as forms, with every item; of the others only the plain questions come from a workbook."""
SECOND = ("T1", "T2", "T3", "T4", "T8")
"""Those of which a second version stands here: it says of each item where it comes from; what is asked is the same."""
# Items that are records of the program: gates with evidence, serials, numbers, references, signatures, clocks.
LEFT_OUT = {
    "T8": "07 08 09 12 13 19",
    "T9": "07",
    "T10": "01 02 03 05 08 10 13 14 15",
    "T12": "01 07 10",
    "T13": "01 02 03 09 10 11",
    "T14": "01 02 04 05 07 08 10",
    "T15": "05",
    "T18": "02 05 06",
    "T19": "08",
}
RECORDS = {f"{name}-{number}" for name, numbers in LEFT_OUT.items() for number in numbers.split()}
SCALES = {"T16-01", "T16-02", "T16-03", "T16-04", "T15-07"}
"""Numbers from 1 to 5 that are chosen by their words."""


def path_of(name: str) -> Path:
    return resource(f"forms/{name}.xlsx")


def converted(name: str) -> ConvertedForm:
    return convert(path_of(name).read_bytes(), f"{name}.xlsx")


def filled(name: str, rows: dict[str, str] | None = None, language: str = "zh") -> FormInstance:
    return opened(parse(converted(name).xform_xml), rows, language=language)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_checklist_converts_without_a_warning(name: str) -> None:
    form = converted(name)
    assert form.warnings == ()
    assert form.form_id == name
    assert form.version == ("2026.2" if name in SECOND else "2026.1")


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_checklist_asks_every_item_of_the_trade(name: str) -> None:
    items = json.loads(shared("domain/checklist_items.json").read_text(encoding="utf-8"))
    wanted = {item["item"]: item for item in items if item["template"] == name and item["item"] not in RECORDS}
    definition = parse(converted(name).xform_xml)
    asked = {slot.own_attributes.get("item") for slot in definition.slots.values()} - {None}
    assert asked == set(wanted)
    for code, item in wanted.items():
        types = {slot.kind for slot in definition.slots.values() if slot.own_attributes.get("item") == code}
        numbers = {"select_one"} if code in SCALES else {"decimal", "integer"}
        expected = {"num": numbers, "dt": {"date", "datetime"}, "file": {"file"}, "tbl": {"repeat"}}
        for word, kinds in expected.items():
            if word in item["type"].replace(",", " ").split():
                assert types & kinds, f"{code} lacks {word}"


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_question_and_choice_reads_in_both_languages(name: str, language: str) -> None:
    for item in filled(name, language=language).questions():
        texts = [item.label, *(choice.label for choice in item.choices)] + ([item.hint] if item.hint else [])
        for text in texts:
            if item.kind == "instance":
                continue
            assert text, item.key
            has_han = any("\u4e00" <= letter <= "\u9fff" for letter in text)
            assert has_han is (language == "zh") or (language == "zh" and text.isascii() and len(text) < 12), text


def test_records_of_the_program_are_left_out_of_templates_that_are_not_whole_only() -> None:
    assert LEFT_OUT.keys() == set(TEMPLATES) - set(WHOLE)


@pytest.mark.parametrize("name", ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T10"])
def test_results_are_the_four_words_of_the_house(name: str) -> None:
    results = [item for item in filled(name).questions() if "abnormal" in [choice.value for choice in item.choices]]
    assert results
    for item in results:
        assert [(c.value, c.label) for c in item.choices] == [
            ("ok", "正常"),
            ("abnormal", "异常"),
            ("na", "不适用"),
            ("unchecked", "未检"),
        ]
        assert item.abnormal == ("abnormal",)


def test_limits_make_findings_and_never_stop_an_answer() -> None:
    form = filled("T1")
    key = "/data/room/T1_08"
    item = form.item(key)
    assert (item.unit, item.minimum, item.maximum) == ("°C", 18.0, 27.0)
    form.answer(key, "41.5")
    assert form.validate() == ()
    form.answer(key, "415")
    assert [problem.key for problem in form.validate()] == [key]


def test_there_is_a_row_for_each_disk() -> None:
    form = filled("T1")
    disks = [item for item in form.questions() if item.kind == "instance"]
    assert [item.key for item in disks] == [f"/data/storage/T1_15{{{number}}}" for number in range(1, 5)]
    form.answer("/data/storage/T1_15{4}/T1_15_slot", "D4")
    form.answer("/data/storage/T1_15_count", "2")
    assert sum(1 for item in form.questions() if item.kind == "instance") == 2
    form.answer("/data/storage/T1_15_count", "6")
    assert form.item("/data/storage/T1_15{4}/T1_15_slot").value == "D4"


def test_the_use_of_sessions_is_calculated() -> None:
    form = filled("T3")
    delta = form.answer("/data/instance/T3_03", "180")
    assert form.item("/data/instance/T3_03_use").value == ""
    delta = form.answer("/data/instance/T3_03_max", "200")
    assert "/data/instance/T3_03_use" in delta.changed
    assert form.item("/data/instance/T3_03_use").value == "90"
    assert [key for key, _ in delta.rows] == ["/data/instance/T3_03_max"]


def test_the_four_inspections_hold_84_items_between_them() -> None:
    codes = set()
    for name in ("T1", "T2", "T3", "T4"):
        definition = parse(converted(name).xform_xml)
        codes |= {slot.own_attributes.get("item") for slot in definition.slots.values()} - {None}
    assert len(codes) == 84


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_workbook_is_made_for_people_who_open_it(name: str) -> None:
    book = load_workbook(path_of(name))
    for sheet in book.worksheets:
        assert sheet.freeze_panes
        assert sheet["A1"].font.bold
        assert sheet.column_dimensions["A"].width >= 14
