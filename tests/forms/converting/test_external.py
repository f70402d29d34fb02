"""`select_one_external`: choices of a sheet of their own."""

from __future__ import annotations

import pytest

from fieldapp.forms.authoring.checking import check_workbook
from fieldapp.forms.definition import parse
from fieldapp.forms.refusals import WorkbookRefusedError
from fieldapp.forms.xlsform import convert
from tests.forms.building import opened, workbook

SURVEY = [
    ["type", "name", "label", "choice_filter"],
    ["select_one states", "state", "State", ""],
    ["select_one_external towns", "town", "Town", "state=${state}"],
]
CHOICES = [["list_name", "name", "label"], ["states", "n", "North"], ["states", "s", "South"]]
TOWNS = [
    ["list name", "name", "label", "state"],
    ["towns", "a", "Alpha", "n"],
    ["towns", "b", "Beta", "s"],
    ["towns", "a", "Alpha two", "s"],
]


def test_choices_of_a_sheet_of_their_own_follow_their_filter_and_may_stand_twice() -> None:
    form = opened(parse(convert(workbook(SURVEY, choices=CHOICES, external_choices=TOWNS), "x.xlsx").xform_xml))
    assert form.item("/data/town").kind == "select_one"
    for state, towns in (("n", ["Alpha"]), ("s", ["Beta", "Alpha two"])):
        form.answer("/data/state", state)
        assert [each.label for each in form.item("/data/town").choices] == towns


def test_a_list_of_the_same_name_stays_apart() -> None:
    choices = [*CHOICES, ["towns", "own", "Own"]]
    survey = [*SURVEY, ["select_one towns", "other", "Other town", ""]]
    form = opened(parse(convert(workbook(survey, choices=choices, external_choices=TOWNS), "x.xlsx").xform_xml))
    form.answer("/data/state", "n")
    assert [each.value for each in form.item("/data/town").choices] == ["a"]
    assert [each.value for each in form.item("/data/other").choices] == ["own"]


def test_a_fault_is_said_at_the_sheet_where_it_stands() -> None:
    bad = [*TOWNS[:2], ["towns", "", "Nameless", "n"]]
    data = workbook(SURVEY, choices=CHOICES, external_choices=bad)
    with pytest.raises(WorkbookRefusedError) as caught:
        convert(data, "x.xlsx")
    assert (caught.value.values["sheet"], caught.value.values["row"]) == ("external_choices", 3)
    found = [(each.sheet, each.row, each.column) for each in check_workbook(data, "x.xlsx").troubles if each.grave]
    assert found == [("external_choices", 3, "name")]
    fine = check_workbook(workbook(SURVEY, choices=CHOICES, external_choices=TOWNS), "x.xlsx")
    assert not [each for each in fine.troubles if each.grave]
