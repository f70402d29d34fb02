"""Workbooks become forms, and what cannot become one is refused with sheet and row."""

from __future__ import annotations

import pytest

from fieldapp.base.errors import FormError
from fieldapp.forms.definition import parse
from fieldapp.forms.refusals import WorkbookDamagedError, WorkbookRefusedError
from fieldapp.forms.xlsform import both_titles, convert
from tests.forms.building import opened, workbook
from tests.shared_folder import shared

HEAD = ["type", "name", "label"]
MORE = [*HEAD, "relevant", "calculation", "constraint"]


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "A.XLS", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"plain text", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no more"])
def test_a_file_that_is_no_workbook_is_named_as_damaged(name: str, content: bytes) -> None:
    with pytest.raises(WorkbookDamagedError) as caught:
        convert(content, name)
    assert name in caught.value.read("zh")
    assert "未作任何更改" in caught.value.read("zh")


def test_a_workbook_cut_off_in_the_middle_is_damaged() -> None:
    whole = workbook([HEAD, ["text", "a", "A"]])
    for length in range(100, len(whole) - 1, 700):
        with pytest.raises(WorkbookDamagedError):
            convert(whole[:length], "cut.xlsx")


@pytest.mark.parametrize(
    ("survey", "row"),
    [
        ([HEAD, ["text", "a", "A"], ["country", "b", "B"]], 3),
        ([HEAD, ["text", "a", "A"], [None, None, None], ["nonsense", "b", "B"]], 4),
        ([HEAD, ["text", "a b", "A"]], 2),
        ([HEAD, ["text", "a", "A"], ["text", "a", "A"]], 3),
        ([HEAD, ["text", "a", "A"], ["select_one missing", "s", "S"]], 3),
        ([HEAD, ["text", "a", "A"], ["begin group", "g", "G"]], 3),
        ([HEAD, ["text", "a", "A"], ["text", "b", None]], 3),
        ([HEAD, ["text", "a", "A"], ["text", None, "B"]], 3),
        ([MORE, ["text", "a", "A"], ["text", "b", "B", "${c} = 1"]], 3),
        ([MORE, ["text", "a", "A"], ["text", "b", "B", "concat("]], 3),
        ([MORE, ["text", "a", "A"], ["text", "b", "B", "frobnicate(1)"]], 3),
        ([MORE, ["text", "a", "A"], ["text", "b", "B", None, None, ". >"]], 3),
        ([MORE, ["calculate", "a", None, None, "${b} + 1"], ["calculate", "b", None, None, "${a} + 1"]], 2),
        ([["name", "label"], ["a", "A"]], 1),
    ],
)
def test_a_bad_row_is_refused_by_sheet_and_row(survey: list[list[str | None]], row: int) -> None:
    with pytest.raises(WorkbookRefusedError) as caught:
        convert(workbook(survey, choices=[["list_name", "name", "label"], ["other", "x", "X"]]), "list.xlsx")
    assert caught.value.values["sheet"] == "survey"
    assert caught.value.values["row"] == row
    assert "list.xlsx" in caught.value.read("en")
    assert f"第 {row} 行" in caught.value.read("zh")


def test_doubled_choices_are_refused_on_the_sheet_of_choices() -> None:
    choices = [["list_name", "name", "label"], ["l", "x", "X"], ["l", "x", "Y"]]
    with pytest.raises(WorkbookRefusedError) as caught:
        convert(workbook([HEAD, ["select_one l", "a", "A"]], choices=choices), "list.xlsx")
    assert (caught.value.values["sheet"], caught.value.values["row"]) == ("choices", 3)


@pytest.mark.parametrize(
    ("name", "sheet", "row"),
    [("liberiaS3M__Village_r1.xlsx", "choices", 35), ("xlsform2qgis__service_rating.xlsx", "survey", 35)],
)
def test_the_two_broken_real_forms_are_refused_where_they_are_broken(name: str, sheet: str, row: int) -> None:
    path = shared(f"conformance/forms/{name}")
    with pytest.raises(FormError) as caught:
        convert(path.read_bytes(), name)
    assert isinstance(caught.value, WorkbookRefusedError)
    assert (caught.value.values["sheet"], caught.value.values["row"]) == (sheet, row)


def test_a_workbook_names_its_form_version_and_media() -> None:
    converted = convert(
        workbook(
            [HEAD, ["select_one_from_file towns.csv", "town", "Town"]],
            settings=[["form_id", "form_title", "version"], ["towns", "Towns", "7"]],
        ),
        "x.xlsx",
    )
    assert (converted.form_id, converted.version, converted.title) == ("towns", "7", "Towns")
    assert converted.media == ("towns.csv",)
    assert converted.warnings == ()


def test_a_form_without_settings_is_named_after_its_file() -> None:
    converted = convert(workbook([HEAD, ["text", "a", "A"]]), "folder/Pump check.xlsx")
    assert converted.form_id == "Pump check"
    assert converted.title == "Pump check"
    assert parse(converted.xform_xml).form_id == "Pump check"


def test_entities_are_lists_to_choose_from() -> None:
    survey: list[list[str | None]] = [
        [*HEAD, "save_to"],
        ["select_one_from_file pumps.csv", "pump", "Pump", None],
        ["text", "place", "Place", "place"],
    ]
    entities = [["list_name", "label"], ["visits", "${place}"]]
    definition = parse(convert(workbook(survey, entities=entities), "visit.xlsx").xform_xml)
    form = opened(definition, media={"pumps.csv": b"name,label\np1,North pump\n"})
    assert [(choice.value, choice.label) for choice in form.item("/data/pump").choices] == [("p1", "North pump")]
    form.answer("/data/place", "Room 3")
    assert form.value("/data/place") == "Room 3"


@pytest.mark.parametrize(
    ("title", "both"),
    [
        ("存储设备健康检查 Storage health check", ("存储设备健康检查", "Storage health check")),
        ("磁盘与 RAID 检查 Disks and RAID", ("磁盘与 RAID 检查", "Disks and RAID")),
        ("UPS 与电池检查 | UPS and batteries", ("UPS 与电池检查", "UPS and batteries")),
        ("电池 / Batteries", ("电池", "Batteries")),
        ("机房A/B Room check", ("机房A/B", "Room check")),
        ("电池|UPS and batteries", ("电池", "UPS and batteries")),
        ("磁盘与 RAID", ("磁盘与 RAID", "磁盘与 RAID")),
        ("Pre-flight", ("Pre-flight", "Pre-flight")),
        ("巡检", ("巡检", "巡检")),
        ("", ("", "")),
    ],
)
def test_a_title_in_both_languages_is_read_as_both(title: str, both: tuple[str, str]) -> None:
    assert both_titles(title) == both
