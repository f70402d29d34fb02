"""What the converter says, in both languages."""

from __future__ import annotations

import re

import pytest
from pyxform.errors import ErrorCode

from fieldapp.base.i18n import catalogue
from fieldapp.forms.converting import reasons
from fieldapp.forms.converting.reasons import reason_of
from fieldapp.forms.refusals import WorkbookRefusedError
from fieldapp.forms.xlsform import convert
from tests.forms.building import workbook

HEAD = ["type", "name", "label", "relevant", "parameters"]
TEMPLATES = {code.name: code.value.msg for code in ErrorCode}
CHOICES = [["list_name", "name", "label"], ["l", "x", "X"]]


def refused(rows: list[list[str]], choices: list[list[str]] | None = None) -> WorkbookRefusedError:
    with pytest.raises(WorkbookRefusedError) as caught:
        convert(workbook([HEAD, *rows], choices=choices or CHOICES), "list.xlsx")
    return caught.value


@pytest.mark.parametrize(
    ("rows", "row", "cause", "chinese", "english"),
    [
        ([["text", "a", "A"], ["text", "a", "B"]], 3, "NAMES_001", "同一分组中名称“a”重复。", "the name “a” stands twice"),
        ([["text", "a b", "A"]], 2, "NAMES_008", "“name”须以字母或下划线开头", "the “name” begins with no letter"),
        ([["select_one q", "a", "A"]], 2, "", "选项工作表中没有列表“q”。", "there is no list “q” on the sheet of choices."),
        ([["begin_group", "g", "G"]], 2, "SURVEY_002", "begin_group(“g”)没有对应的 end_group", "this begin_group (“g”) has no end_group."),
        ([["text", "a", "A"], ["end_group", "", ""]], 3, "SURVEY_001", "end_group 没有对应", "this end_group has no begin_group."),
        ([["text", "", "A"]], 2, "", "题目或分组没有名称(name)。", "the question or group has no name."),
        ([["text", "a", "A", "${b} = 1"]], 2, "PYREF_003", "引用了“b”,但没有这个名称的题目", "names “b”, and no question is called so."),
        ([["text", "a", "A", "${b = 1"]], 2, "PYREF_001", "引用未按 ${name} 书写", "is not written as ${name}."),
        ([["range", "a", "A", "", "start=x end=5"]], 2, "RANGE_001", "参数 start 必须是数字", "the parameter start of a range must be"),
        ([["image", "a", "A", "", "max-pixels=many"]], 2, "", "参数 max-pixels 必须是整数", "the parameter max-pixels must be a whole"),
        ([["image", "a", "A", "", "colour=red"]], 2, "SURVEY_005", "此题型没有参数 colour", "this type has no parameter colour; it has: "),
        ([["select_multiple l", "a", "A", "", "seed=3"]], 2, "", "randomize=true", "a seed needs randomize=true."),
    ],
)  # fmt: skip
def test_what_the_converter_refuses_is_said_in_both_languages(
    rows: list[list[str]], row: int, cause: str, chinese: str, english: str
) -> None:
    error = refused(rows)
    assert (error.values["row"], error.values["cause"]) == (row, cause)
    assert chinese in error.read("zh")
    assert english in error.read("en")
    assert f"第 {row} 行" in error.read("zh")
    assert not re.search(r"invalid|must|Learn more", error.read("zh"))
    assert error.values["column"] in ("", *HEAD)


def test_a_choice_that_stands_twice_is_said_with_its_sheet() -> None:
    error = refused([["select_one l", "a", "A"]], [*CHOICES, ["l", "x", "Y"]])
    assert (error.values["sheet"], error.values["row"], error.values["cause"]) == ("choices", 3, "NAMES_007")
    assert "选项名称与同一列表中前面的选项重复" in error.read("zh")


def test_words_that_nobody_knows_stay_english_behind_a_chinese_sentence() -> None:
    cause, sentence = reason_of("The frobnicator is out of order.", "is out of order.", TEMPLATES)
    assert (cause, sentence.read("zh")) == ("", "转换程序提示:is out of order.")
    assert sentence.read("en") == "the converter says: is out of order."


def test_every_sentence_of_ours_belongs_to_an_error_of_the_converter_and_fills_its_places() -> None:
    for name, text in reasons._NAMED.items():
        message = ErrorCode[name].value.msg
        places = set(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", text))
        assert places <= set(re.findall(r"\{(\w+)\}", message)), name
        said = message.replace("[row : {row}] ", "").format(**{place: f"<{place}>" for place in re.findall(r"\{(\w+)\}", message)})
        cause, sentence = reason_of(re.sub(r"\s*Learn more: \S+|\[row : \d+\] ", "", said).strip(), "", TEMPLATES)
        assert cause == name
        assert sentence.text == text
        assert all(f"<{place}>" in sentence.read(language) for place in places for language in ("zh", "en")), name
        assert text in catalogue()
