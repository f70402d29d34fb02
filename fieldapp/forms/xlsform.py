"""A workbook (XLSForm, .xlsx or .xls) to an XForm; the only place that knows pyxform, which is imported lazily.

Whatever cannot be used is refused here, with sheet and row, never in the field: what pyxform refuses, question types
it does not know (it names no row for them), and what our own reading of the result refuses.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldapp.base.errors import FormError
from fieldapp.base.i18n import Sentence, say
from fieldapp.forms.converting.computed import keep_labels
from fieldapp.forms.converting.external import place_of_choice, with_external
from fieldapp.forms.converting.others import speak_others
from fieldapp.forms.converting.reasons import reason_of
from fieldapp.forms.definition import parse
from fieldapp.forms.refusals import WorkbookDamagedError, WorkbookRefusedError

__all__ = ["ConvertedForm", "both_titles", "convert", "is_question_type", "media_beside", "sheets_of"]

_ROW = re.compile(r"\[row : (\d+)\] ?(.*)")
_SHEET = re.compile(r"the '(\w+)' sheet|sheet:? '(\w+)'")
_COLUMN = re.compile(r"the '([^']+)' value")
_PLACE = re.compile(r"^On the '\w+' sheet, (?:the )?")
# Said of every form with translations; both labels are translated here.
_OTHERS = "This form uses or_other and translations"
_LINKS = re.compile(r"\s*Learn more: \S+")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
# Types that carry words after them; the second word is a list, a file or a name.
_WITH_WORDS = re.compile(
    r"(select[ _]one(?:[ _]external|[ _]from[ _]file)?|select[ _]multiple(?:[ _]from[ _]file)?|select1|rank|"
    r"(?:begin|end)[ _](?:group|repeat|loop|lgroup|looped group)|osm|"
    r"(?:add )?select (?:one|multiple|all that apply)(?: prompt)?(?: from| using)?)(?:\s|$)"
)


@dataclass(frozen=True, slots=True)
class ConvertedForm:
    """A workbook that became a form. `media` are the files it refers to, by name; `warnings` are for its author."""

    form_id: str
    version: str
    title: str
    xform_xml: str
    warnings: tuple[str, ...]
    media: tuple[str, ...]


def convert(workbook: bytes, file_name: str) -> ConvertedForm:
    """Convert a workbook; the form is read and checked, too, so that it opens in the field.

    Raises WorkbookDamagedError for a file that is no workbook, WorkbookRefusedError with sheet and row for one that
    cannot be used.
    """
    read = _read(workbook, file_name)
    data = with_external(read)
    survey: Sequence[dict[str, Any]] = list(data["survey"] or ())
    _refuse_unknown_types(survey, file_name)
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    warnings: list[str] = []
    stem = re.sub(r"\.\w+$", "", file_name.replace("\\", "/").rpartition("/")[2])
    try:
        result = pyxform_convert({**data, "fallback_form_name": stem}, warnings=warnings)
    except PyXFormError as fault:
        raise _refusal(str(fault), survey, file_name, len(read["choices"] or ())) from fault
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as fault:
        raise WorkbookDamagedError(file=file_name) from fault
    xform = keep_labels(speak_others(str(result.xform)), survey)
    try:
        definition = parse(xform)
    except FormError as fault:
        raise _own_refusal(fault, survey, file_name) from fault
    names = sorted({source.rpartition("/")[2] for source in definition.sources.values()} - {"last-saved"})
    return ConvertedForm(
        form_id=definition.form_id,
        version=definition.version,
        title=definition.title,
        xform_xml=xform,
        warnings=tuple(each for each in warnings if not each.startswith(_OTHERS)),
        media=tuple(dict.fromkeys((*names, *_pictures(xform)))),
    )


def sheets_of(workbook: bytes, file_name: str) -> dict[str, tuple[dict[str, str], ...]]:
    """The rows of `survey`, `choices`, `settings` and `entities` as texts by column header; the first row of each is row 2.

    Those of `external_choices` stand behind those of `choices` (see `converting.external`), and as they are under their own name. A row
    without any cell is an empty mapping, a sheet that is not there is missing. WorkbookDamagedError for a file that is no workbook.
    """
    read = _read(workbook, file_name)
    data = {**with_external(read), "external_choices": read["external_choices"]}
    found = {}
    for name in ("survey", "choices", "settings", "entities", "external_choices"):
        rows = data.get(name)
        if rows is not None:
            found[name] = tuple({str(key): str(cell) for key, cell in row.items() if cell is not None} for row in rows)
    return found


def _pictures(xform: str) -> list[str]:
    return sorted(set(re.findall(r"jr://(?:images|audio|video)/([^<\"]+)", xform)))


def _read(workbook: bytes, file_name: str) -> dict[str, Any]:
    """The sheets as pyxform reads them; the first row of `survey` is row 2 of the workbook."""
    from pyxform.xls2json_backends import get_xlsform

    file_type = ".xls" if file_name.lower().endswith(".xls") else ".xlsx"
    if file_type == ".xlsx" and not workbook.startswith(b"PK"):
        raise WorkbookDamagedError(file=file_name)
    try:
        data = get_xlsform(workbook, file_type=file_type)
    except Exception as fault:
        # xlrd and openpyxl answer a broken file with errors of many kinds; none of them may reach a person.
        raise WorkbookDamagedError(file=file_name) from fault
    return {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}


def _cell(row: dict[str, Any], name: str) -> str:
    return next((str(value) for key, value in row.items() if key.strip().lower() == name and value is not None), "")


def both_titles(title: str) -> tuple[str, str]:
    """A title that gives the Chinese name and then the English one, with or without a bar, as both; any other title stands for both."""
    both = re.fullmatch("(.*?[\u4e00-\u9fff].*?)(?: | / | ?[|\uff5c] ?)([A-Za-z](?=[^\u4e00-\u9fff]*[a-z])[^\u4e00-\u9fff]*)", title)
    return (both[1].strip(), both[2].strip()) if both else (title, title)


def media_beside(workbook: Path, names: Sequence[str]) -> dict[str, Path]:
    """Where the files lie that a form refers to: beside its workbook, or in a folder `<name>-media` there; those not found are missing."""
    places = (workbook.parent / f"{workbook.stem}-media", workbook.parent)
    return {name: place / name for name in names for place in reversed(places) if (place / name).is_file()}


def is_question_type(kind: str) -> bool:
    """Whether a text in the column `type` (single blanks) is a type of XLSForm; the words after it are not looked at."""
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

    return kind in QUESTION_TYPE_DICT or _WITH_WORDS.match(kind) is not None


def _refuse_unknown_types(survey: Sequence[dict[str, Any]], file_name: str) -> None:
    for number, row in enumerate(survey, start=2):
        kind = " ".join(_cell(row, "type").split())
        if not kind or is_question_type(kind):
            continue
        if _cell(row, "disabled").lower() in ("yes", "true", "true()", "1"):
            continue
        raise WorkbookRefusedError(
            file=file_name,
            sheet="survey",
            row=number,
            reason=say("there is no question type “{type}”.", type=kind),
        )


def _refusal(message: str, survey: Sequence[dict[str, Any]], file_name: str, choices: int) -> WorkbookRefusedError:
    """What pyxform said, with sheet and row; where it names no row, the row of what it quotes. `cause` is its own name of the error,
    `column` the column that it names, if any; `choices` is how many rows the sheet of choices has itself.
    """
    first = next((line for line in message.splitlines() if line.strip()), message)
    match = _ROW.match(first)
    text = _LINKS.sub("", match[2] if match else first).strip()
    sheet = _SHEET.search(text)
    name = (sheet[1] or sheet[2]) if sheet else "choices" if "be a choices sheet" in text else "survey"
    row = int(match[1]) if match else _row_of_quoted(text, survey)
    column = _COLUMN.search(text)
    from pyxform.errors import ErrorCode

    cause, reason = reason_of(text, _PLACE.sub("", text), {code.name: code.value.msg for code in ErrorCode})
    if row == 1 and match is None and reason.values.get("name"):
        row = _row_holding(f"{reason.values['name']}=", survey)  # a parameter that is named and not quoted
    name, row = place_of_choice(row, choices) if name == "choices" else (name, row)
    return WorkbookRefusedError(file=file_name, sheet=name, row=row, reason=reason, cause=cause, column=column[1] if column else "")


def _row_of_quoted(text: str, survey: Sequence[dict[str, Any]]) -> int:
    """The first row that holds a quoted word as its name or within its type; row 1, the header, when none does."""
    for quoted in _quotes(text):
        for number, row in enumerate(survey, start=2):
            if quoted == _cell(row, "name") or quoted in _cell(row, "type").split():
                return number
    return max((_row_holding(quoted, survey) for quoted in _quotes(text)), default=1)


def _quotes(text: str) -> list[str]:
    return [one or other for one, other in _QUOTED.findall(text)]


def _row_holding(text: str, survey: Sequence[dict[str, Any]]) -> int:
    """The first row with a cell that is a text, else that holds it, blanks aside; row 1, the header, when none does."""
    wanted = "".join(text.split())
    rows = [["".join(cell.split()) for cell in row.values() if isinstance(cell, str)] for row in survey]
    same = next((number for number, cells in enumerate(rows, start=2) if wanted in cells), 0)
    return same or next((number for number, cells in enumerate(rows, start=2) if wanted and any(wanted in cell for cell in cells)), 1)


def _own_refusal(fault: FormError, survey: Sequence[dict[str, Any]], file_name: str) -> WorkbookRefusedError:
    """What our own reading refused: an expression (the row of its question) or a circle (the row of one in it)."""
    name = str(fault.values.get("where", "")).rpartition("/")[2] or str(fault.values.get("names", "")).split(", ")[0]
    expression = fault.values.get("expression")
    # The count of a repeat is a question of pyxform's own making, so it is found by what it says.
    named = next((number for number, row in enumerate(survey, start=2) if _cell(row, "name") == name), 0)
    row = named or (_row_holding(str(expression), survey) if expression is not None else 1)
    reason: Sentence = fault.sentence
    if expression is not None:
        reason = say(
            "the expression “{expression}” cannot be used ({reason}).",
            expression=expression,
            reason=fault.values.get("reason", ""),
        )
    elif "names" in fault.values:
        reason = say("these questions depend on each other in a circle: {names}.", names=fault.values["names"])
    return WorkbookRefusedError(file=file_name, sheet="survey", row=row, reason=reason)
