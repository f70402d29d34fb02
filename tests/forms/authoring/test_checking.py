"""Checking a workbook: every fault with sheet, row, column and a sentence in the person's language; what becomes of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from fieldapp.base.settings import resource
from fieldapp.forms.authoring.checking import CheckedForm, check_beside, check_workbook
from tests.forms.building import workbook
from tests.shared_folder import shared

HEAD = ["type", "name", "label::中文 (zh)", "label::English (en)"]
GOOD = {"settings": [["form_id", "version", "namespaces"], ["probe", "3", 'fa="https://fieldapp.example/ns"']]}


def checked(*rows: list[Any], more: tuple[str, ...] = (), **sheets: Any) -> CheckedForm:
    """A workbook of these rows below the header, checked."""
    return check_workbook(workbook([[*HEAD, *more], *rows], **{**GOOD, **sheets}), "probe.xlsx")


def check_file(path: Path) -> CheckedForm:
    return check_beside(path, path.read_bytes())


def graves(form: CheckedForm) -> list[tuple[str, int, str]]:
    return [(each.sheet, each.row, each.column) for each in form.troubles if each.grave]


def said(form: CheckedForm, language: Any = "zh") -> str:
    return "\n".join(form.lines(language))


@pytest.mark.parametrize("number", range(1, 20))
def test_the_companys_workbooks_open_without_a_remark(number: int) -> None:
    form = check_file(resource(f"forms/T{number}.xlsx"))
    assert form.usable
    assert (form.troubles, form.instead) == ((), ())
    assert form.languages == ("中文 (zh)", "English (en)")
    assert said(form).splitlines()[-1].endswith("可以发布,没有提示。")


def test_it_says_what_the_program_makes_of_a_form() -> None:
    form = check_file(resource("forms/T5.xlsx"))
    assert (form.form_id, form.version, form.groups, form.repeats) == ("T5", "2026.1", 8, 3)
    assert sum(form.counts.values()) == sum(each.kind not in ("group", "repeat") for each in form.questions) == 37
    assert "T5-10  读时延  [数字, 有范围]" in "\n".join(form.lines("zh", outline=True))
    assert "T5-10  Read latency  [number, with limits]" in "\n".join(form.lines("en", outline=True))


FAULTS: list[tuple[str, list[Any], tuple[str, ...], str, str]] = [
    ("an unknown type", ["txet", "a", "甲", "A"], (), "type", "没有题型“txet”"),
    ("a missing type", ["", "a", "甲", "A"], (), "type", "此行缺少类型"),
    ("a missing name", ["text", "", "甲", "A"], (), "name", "此行需要名称"),
    ("a name with a blank", ["text", "a b", "甲", "A"], (), "name", "名称“a b”不能使用"),
    ("a list that is not there", ["select_one nix", "a", "甲", "A"], (), "type", "列表“nix”不在工作表“choices”中"),
    ("an unknown question", ["text", "a", "甲", "A", "${nix} = 1"], ("relevant",), "relevant", "“${nix}”所指的问题"),
    ("an unknown question in a label", ["note", "a", "见 ${nix}", "A"], (), HEAD[2], "“${nix}”所指的问题"),
    ("a wrong expression", ["integer", "a", "甲", "A", ". > (1"], ("constraint",), "constraint", "表达式“. > (1”书写有误"),
    ("an unknown function", ["integer", "a", "甲", "A", "frob(.)"], ("calculation",), "calculation", "函数“frob”"),
    ("a limit that is no number", ["integer", "a", "甲", "A", "zehn"], ("bind::fa:min",), "bind::fa:min", "“zehn”不是数字"),
    ("limits the wrong way round", ["integer", "a", "甲", "A", "9", "3"], ("bind::fa:min", "bind::fa:max"), "bind::fa:max", "上限低于下限"),
    ("an abnormal word that nobody can choose", ["text", "a", "甲", "A", "bad"], ("bind::fa:abnormal",), "bind::fa:abnormal", "“bad”"),
]


@pytest.mark.parametrize(("row", "more", "column", "words"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_named_with_sheet_row_and_column(row: list[Any], more: tuple[str, ...], column: str, words: str) -> None:
    form = checked(["text", "first", "首", "First"], row, more=more)
    assert not form.usable
    assert graves(form) == [("survey", 3, column)]
    assert f"工作表“survey”第 3 行“{column}”列:错误:" in said(form)
    assert words in said(form)
    assert "sheet “survey”, row 3" in said(form, "en")


def test_all_faults_are_said_at_once() -> None:
    form = checked(
        ["txet", "a", "甲", "A", None],
        ["integer", "b", "乙", "B", ". > ${nix}"],
        ["begin_group", "g", "组", "G", None],
        ["text", "c", "丙", "C", None],
        ["text", "c", "丁", "D", None],
        more=("constraint",),
        choices=[["list_name", "name", HEAD[2], HEAD[3]], ["l", "x", "是", "Yes"], ["l", "x", "否", "No"], ["", "y", "无", "None"]],
    )
    assert graves(form) == [
        ("survey", 2, "type"),
        ("survey", 3, "constraint"),
        ("survey", 4, "type"),
        ("survey", 6, "name"),
        ("choices", 3, "name"),
        ("choices", 4, "list_name"),
    ]


def test_a_group_that_was_never_begun_is_named() -> None:
    assert graves(checked(["text", "a", "甲", "A"], ["end_repeat", None, None, None])) == [("survey", 3, "type")]


def test_what_only_the_reading_of_the_form_sees_has_its_place_too() -> None:
    form = checked(["calculate", "a", None, None, "${b} + 1"], ["calculate", "b", None, None, "${a} + 1"], more=("calculation",))
    assert [(sheet, row) for sheet, row, _ in graves(form)] == [("survey", 2)]
    assert "互相依赖" in said(form) or "循环" in said(form) or "圈" in said(form)


def test_what_the_converter_alone_refuses_is_said_with_its_row() -> None:
    form = checked(["text", "a", None, None], ["text", "b", "乙", "B"])
    assert graves(form) == [("survey", 2, "name")]
    assert "“a”既没有标签也没有提示。" in said(form)


def test_remarks_do_not_keep_a_form_from_being_published() -> None:
    rows = (["text", "a", "甲", None, "x"], ["text", "b", "乙", "B", None])
    form = checked(*rows, more=("relevent",), settings=[["form_title"], ["Probe"]])
    assert form.usable
    assert graves(form) == []
    assert {(each.sheet, each.column) for each in form.troubles} == {
        ("survey", "relevent"),
        ("survey", HEAD[3]),
        ("settings", "form_id"),
        ("settings", "version"),
    }
    assert "English (en)" in said(form)


def test_our_own_columns_without_their_prefix_are_not_dropped_without_a_word() -> None:
    form = checked(["integer", "a", "甲", "A", "1"], more=("bind::fa:min",), settings=[["form_id", "version"], ["probe", "3"]])
    assert graves(form) == [("settings", 2, "namespaces")]
    assert "bind::fa:" in said(form)


def test_what_a_laptop_shows_differently_is_said_row_by_row() -> None:
    form = checked(
        ["geopoint", "a", "甲", "A", "maps"],
        ["audio", "b", "乙", "B", None],
        ["text", "c", "丙", "C", "ex:org.scan(x='1')"],
        ["date", "d", "丁", "D", "ethiopian"],
        ["simserial", "sim", None, None, None],
        more=("appearance",),
    )
    assert form.usable
    assert [each.row for each in form.instead] == [2, 3, 4, 5, 6]
    for words in ("没有地图", "此处不录制", "不调用其他程序", "公历", "保持为空"):
        assert words in said(form), words


@pytest.mark.parametrize("name", ["xlsform2qgis__service_rating.xlsx", "liberiaS3M__Village_r1.xlsx"])
def test_real_workbooks_that_cannot_be_used_say_why(name: str) -> None:
    form = check_file(shared(f"conformance/forms/{name}"))
    assert not form.usable
    assert all(row > 1 for _, row, _ in graves(form))


@pytest.mark.parametrize("name", ["pyxform__UCL_Biomass_Plot_Form.xlsx", "pyxform__widgets.xls", "sUAS__ODK_PreFlight_Multirotor_CL.xls"])
def test_real_workbooks_that_the_converter_takes_have_no_fault(name: str) -> None:
    assert graves(check_file(shared(f"conformance/forms/{name}"))) == []


def test_a_file_that_is_no_workbook_is_told_and_nothing_is_raised() -> None:
    for data in (b"", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0 cut", "题".encode("gbk")):
        form = check_workbook(data, "broken.xlsx")
        assert not form.usable
        assert "broken.xlsx" in said(form)


def test_a_damaged_workbook_never_gets_a_traceback() -> None:
    good = bytearray(resource("forms/T6.xlsx").read_bytes())
    dice = random.Random(6)
    for _ in range(25):
        bad = bytearray(good)
        for _ in range(dice.randrange(1, 30)):
            bad[dice.randrange(len(bad))] = dice.randrange(256)
        form = check_workbook(bytes(bad[: dice.randrange(len(bad) // 2, len(bad) + 1)]), "T6.xlsx")
        assert form.usable or graves(form)


def test_questions_in_rows_that_an_answer_counts_are_named_too() -> None:
    rows = [
        ["type", "name", "label", "repeat_count"],
        ["integer", "many", "How many", ""],
        ["begin repeat", "string", "String", "${many}"],
        ["decimal", "volts", "Voltage", ""],
        ["begin repeat", "cell", "Cell", "2"],
        ["text", "state", "State", ""],
        ["end repeat", "", "", ""],
        ["end repeat", "", "", ""],
    ]
    found = check_workbook(workbook(rows), "counted.xlsx")
    assert [each.name for each in found.questions] == ["many", "string", "volts", "cell", "state"]
    assert found.counts == {"integer": 1, "decimal": 1, "string": 1}
    assert [each.rules for each in found.questions if each.kind == "repeat"] == [1, 1], "their counts are rules as before"
