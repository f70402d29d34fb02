"""`or_other` in the languages of the form."""

from __future__ import annotations

import pytest

from fieldapp.forms.converting.others import speak_others
from fieldapp.forms.definition import parse
from fieldapp.forms.xlsform import convert
from tests.forms.building import opened, workbook


def labels(survey: list[list[str]], choices: list[list[str]], language: str) -> tuple[str, str, str]:
    """The labels of the choice “other” of `q`, of the question behind it, and of that in a repeat."""
    form = opened(parse(convert(workbook(survey, choices=choices), "x.xlsx").xform_xml))
    form.answer("/data/q", "other")
    offered = {each.value: each.label for each in form.item("/data/q", language).choices}
    return offered["other"], form.item("/data/q_other", language).label, form.item("/data/r{1}/p_other", language).label


def test_other_speaks_each_language_of_a_form_with_translations() -> None:
    survey = [
        ["type", "name", "label::中文 (zh)", "label::English (en)", "label::Deutsch (de)"],
        ["select_one l or_other", "q", "问", "Q", "Q"],
        ["begin_repeat", "r", "组", "R", "R"],
        ["select_multiple l or_other", "p", "选", "P", "P"],
        ["end_repeat", "", "", "", ""],
    ]
    choices = [["list_name", "name", "label::中文 (zh)", "label::English (en)", "label::Deutsch (de)"], ["l", "a", "甲", "A", "A"]]
    assert labels(survey, choices, "zh") == ("其他", "请说明其他情况", "请说明其他情况")
    for language in ("en", "de"):
        assert labels(survey, choices, language) == ("Other", "Specify other.", "Specify other.")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("甲", ("其他", "请说明其他情况", "请说明其他情况")), ("A", ("Other", "Specify other.", "Specify other."))],
)
def test_a_form_in_one_language_is_chinese_where_its_lists_are(word: str, expected: tuple[str, str, str]) -> None:
    survey = [["type", "name", "label"], ["select_one l or_other", "q", word], ["begin_repeat", "r", word]]
    survey += [["select_multiple l or_other", "p", word], ["end_repeat", "", ""]]
    assert labels(survey, [["list_name", "name", "label"], ["l", "a", word]], "zh") == expected


def test_an_author_s_own_choice_and_question_of_these_names_stay() -> None:
    survey = [["type", "name", "label::中文 (zh)"], ["select_one l", "q", "问"], ["text", "q_other", "别的"]]
    choices = [["list_name", "name", "label::中文 (zh)"], ["l", "other", "Other"]]
    xform = convert(workbook(survey, choices=choices), "x.xlsx").xform_xml
    assert speak_others(xform) == xform
    assert "<value>Other</value>" in xform
