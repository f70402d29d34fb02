"""Damaged workbooks: whatever is wrong with one, it is refused with a sentence that names sheet and row, or it is read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import FormError
from fieldapp.base.settings import resource
from fieldapp.forms.definition import parse
from fieldapp.forms.refusals import WorkbookDamagedError, WorkbookRefusedError
from fieldapp.forms.xlsform import convert
from tests.forms.building import opened, workbook

SURVEY: list[list[Any]] = [
    [
        "type",
        "name",
        "label",
        "relevant",
        "required",
        "constraint",
        "calculation",
        "choice_filter",
        "repeat_count",
        "appearance",
        "parameters",
        "default",
        "trigger",
    ],
    ["text", "who", "Who", None, "yes", "regex(., '^[A-Z]')", None, None, None, None, None, None, None],
    ["integer", "n", "How many", "${who} != ''", None, ". < 20", None, None, None, None, None, "1 + 1", None],
    ["begin group", "g", "Group", "${n} > 1", None, None, None, None, None, "field-list", None, None, None],
    ["select_one yn", "ok", "OK?", None, None, None, None, "${n} > 0", None, "likert", "randomize=true", None, None],
    ["end group", None, None, None, None, None, None, None, None, None, None, None, None],
    ["begin repeat", "r", "Rows", None, None, None, None, None, "${n}", None, None, None, None],
    ["range", "level", "Level", None, None, None, None, None, None, None, "start=0 end=10 step=2", None, None],
    ["calculate", "c", None, None, None, None, "position(..) * ${n}", None, None, None, None, None, "${n}"],
    ["end repeat", None, None, None, None, None, None, None, None, None, None, None, None],
    ["note", "last", "In all ${n}", None, None, None, None, None, None, None, None, None, None],
]
CHOICES: list[list[Any]] = [["list_name", "name", "label"], ["yn", "yes", "Yes"], ["yn", "no", "No"]]
SETTINGS: list[list[Any]] = [["form_title", "form_id", "version", "instance_name"], ["T", "t", "1", "${who}"]]

HOSTILE: list[Any] = [
    None, "", " ", "x", "yes", "0", 0, -1, 3.5, True, dt.date(2026, 1, 2), "=1+1", "#REF!", "<b>&amp;", "]]>", "\x0b", "a\nb", "断电",
    "${nobody}", "${who", "${}", "who}", "1 +", "((", "'", "concat(", "nothing(1)", ". = ", "selected()", "pulldata('a')",
    "instance('x')/y", "${n} + ${c}", "begin group", "end group", "begin repeat", "end repeat", "select_one", "select_one nothing",
    "select_multiple yn", "rank", "integer integer", "calculate", "note", "note_", "1abc", "a b", "type", "name", "list_name",
    "label::English (en)", "start=5 end=1", "step=0", "start=a", "randomize=maybe", "search('", "search(1)", "x" * 5000,
    "last-saved#x", "${last-saved#n}", "..", "/data/none", "jr:choice-name(1)", "🔥",
]  # fmt: skip


def says_where(refused: FormError, sheets: dict[str, list[list[Any]]]) -> None:
    """A refusal is a sentence in both languages, with a sheet of the workbook and a row of it."""
    for language in ("zh", "en"):
        text = refused.sentence.read(language)
        assert len(text) > 20
        assert not any(word in text for word in ("Traceback", "Error(", "object at 0x", "NoneType", "<class"))
    if isinstance(refused, WorkbookDamagedError):
        return
    assert isinstance(refused, WorkbookRefusedError)
    assert refused.values["sheet"] in {*sheets, "entities", "osm", "external_choices"}
    row = refused.values["row"]
    assert isinstance(row, int)
    assert 1 <= row <= 1 + max(len(rows) for rows in sheets.values())


CELLS = st.lists(
    st.tuples(
        st.sampled_from(["survey", "survey", "survey", "choices", "settings"]),
        st.integers(0, 20),
        st.integers(0, 20),
        st.sampled_from(HOSTILE),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CELLS, st.integers(0, 12))
def test_cells_that_hold_anything_are_refused_by_sheet_and_row_or_read(cells: list[tuple[str, int, int, Any]], dropped: int) -> None:
    sheets = {
        "survey": [list(row) for row in SURVEY],
        "choices": [list(row) for row in CHOICES],
        "settings": [list(row) for row in SETTINGS],
    }
    for sheet, row, column, value in cells:
        rows = sheets[sheet]
        cell = value.replace("\x0b", "_x000B_") if isinstance(value, str) else value
        rows[row % len(rows)][column % len(rows[0])] = cell
    if 0 < dropped < len(SURVEY):
        del sheets["survey"][dropped]
    survey = sheets["survey"]
    book = workbook(survey, choices=sheets["choices"], settings=sheets["settings"])
    try:
        form = convert(book, "damaged.xlsx")
    except (WorkbookRefusedError, WorkbookDamagedError) as refused:
        says_where(refused, sheets)
        return
    one = opened(parse(form.xform_xml))
    assert one.instance_xml()
    assert list(one.questions()) is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30), st.floats(0.05, 1), st.booleans())
def test_bytes_that_were_damaged_are_never_a_traceback(hits: list[tuple[float, int]], kept: float, cut: bool) -> None:
    content = bytearray(resource("forms/T1.xlsx").read_bytes())
    for place, value in hits:
        content[int(place * (len(content) - 1))] = value
    if cut:
        del content[int(len(content) * kept) :]
    try:
        assert convert(bytes(content), "T1.xlsx").form_id
    except (WorkbookRefusedError, WorkbookDamagedError) as fault:
        refused = fault
    else:
        return
    assert refused.sentence.read("zh") != refused.sentence.read("en")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x03\x04" + b"\0" * 200, b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"a,b\n1,2\n", b"%PDF-1.7", "表".encode("gbk") * 50],
)
@pytest.mark.parametrize("name", ["form.xlsx", "form.xls", "form", "表单.XLSX"])
def test_what_is_no_workbook_is_called_that(content: bytes, name: str) -> None:
    with pytest.raises(WorkbookDamagedError) as refused:
        convert(content, name)
    assert name in refused.value.sentence.read("zh")


@pytest.mark.parametrize(
    ("row", "column", "value", "sheet", "at"),
    [
        (1, 0, "textt", "survey", 2),
        (1, 0, None, "survey", 2),
        (1, 1, None, "survey", 2),
        (2, 1, "who", "survey", 3),
        (2, 1, "1 b", "survey", 3),
        (4, 0, "select_one nothing", "survey", 5),
        (2, 3, "${nobody} = 1", "survey", 3),
        (2, 5, ". < ", "survey", 3),
        (8, 6, "nothing(1)", "survey", 9),
        (2, 6, "${n} + 1", "survey", 3),
        (5, 0, None, "survey", 4),
        (6, 8, "${", "survey", 7),
        (7, 10, "start=a", "survey", 8),
        (4, 10, "randomize=maybe", "survey", 5),
        (8, 12, "${nobody}", "survey", 9),
        (4, 9, "search('a', 'sideways', 'b', 'c')", "survey", 5),
    ],
)
def test_a_mistake_is_named_with_its_row(row: int, column: int, value: Any, sheet: str, at: int) -> None:
    survey = [list(one) for one in SURVEY]
    survey[row][column] = value
    with pytest.raises(WorkbookRefusedError) as refused:
        convert(workbook(survey, choices=CHOICES, settings=SETTINGS), "wrong.xlsx")
    assert (refused.value.values["sheet"], refused.value.values["row"]) == (sheet, at), refused.value
