"""Reads the rows of a workbook as its author wrote them and says each fault with sheet, row, column and a sentence.

The converter stops at the first fault and speaks English; these rules see all rows at once and speak the reader's language.
What they do not know, the converter still refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from fieldapp.base.errors import FormError
from fieldapp.base.i18n import Sentence, say
from fieldapp.forms.converting.external import place_of_choice
from fieldapp.forms.definition import EXTENSION
from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xlsform import is_question_type
from fieldapp.forms.xpath.compiler import compile_expression

__all__ = ["Trouble", "lint", "list_of", "opens_container"]

Row = Mapping[str, str]
Sheets = Mapping[str, Sequence[Row]]

EXPRESSIONS = ("relevant", "required", "read_only", "readonly", "constraint", "calculation", "choice_filter", "repeat_count", "trigger")
_PLAIN = frozenset({"yes", "no", "true", "false", "true()", "false()", ""})
_HEADERS = (
    "type name label hint guidance_hint required required_message relevant relevance constraint constraint_message read_only readonly "
    "default calculation calculate trigger appearance parameters choice_filter repeat_count count image audio video big-image caption "
    "autoplay note disabled media save_to rows body instance bind control requiredmsg noapperrorstring no_app_error_string"
)
_KNOWN = frozenset(_HEADERS.split())
_STRAIGHT = str.maketrans("‘’“”\u00a0", "''\"\" ")
"""What an office program makes of quotation marks; the converter reads them as straight ones."""
_REFERENCE = re.compile(r"\$\{\s*(last-saved#)?([^}]*?)\s*\}")
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_LISTED = re.compile(r"(?:select[ _]one|select[ _]multiple|select1|rank)(?:[ _](?:external|from|using))? +(\S+)")
_FILE = re.compile(r"(?:select[ _]one|select[ _]multiple)[ _]from[ _]file\b")
_LANGUAGE = re.compile(r"^(label|hint|guidance_hint|constraint_message|required_message)::(.+)$")
_LIMITS = ("min", "max", "days_min", "days_max")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to say of a workbook: where (row 0: the sheet as a whole; column "" where none is meant), the words, whether it
    keeps the workbook from being used.
    """

    sheet: str
    row: int
    column: str
    words: Sentence
    grave: bool = True


def opens_container(kind: str) -> str:
    """`begin_group` and `begin repeat` open a group or a repeat; "" for any other type."""
    found = re.match(r"begin[ _](group|repeat|loop)\b", kind)
    return found[1] if found else ""


def list_of(kind: str) -> str:
    """The list of choices that a type names; "" for types without one, or with one that comes from a file or from answers."""
    found = _LISTED.match(kind)
    return found[1] if found and not _FILE.match(kind) and "${" not in found[1] else ""


def lint(sheets: Sheets) -> tuple[Trouble, ...]:
    """All faults of a workbook's rows, in the order of its sheets and rows."""
    survey = [_folded(row) for row in sheets.get("survey", ())]
    if not any(survey):
        return (Trouble("survey", 0, "", say("there is no question in this sheet.")),)
    lists = _lists(sheets)
    names = {_cell(row, "name") for row in survey} - {""}
    found = [*_nesting(survey), *_repeated(survey)]
    for number, row in enumerate(survey, start=2):
        if row and _cell(row, "disabled").lower() not in ("yes", "true", "true()", "1"):
            found += _question(number, row, lists, names)
    found += _choices(sheets)
    found += _settings(sheets)
    found += _columns(sheets)
    found += _namespace(sheets)
    found += _translations(sheets)
    order = {"survey": 0, "choices": 1, "settings": 2}
    own = len(sheets.get("choices", ())) - len(sheets.get("external_choices", ()))
    found = [_placed(each, own) for each in found]
    return tuple(sorted(found, key=lambda each: (order.get(each.sheet, 3), each.row)))


def _placed(trouble: Trouble, own: int) -> Trouble:
    """What is said of choices, at the sheet where they stand."""
    sheet, row = place_of_choice(trouble.row, own) if trouble.sheet == "choices" else (trouble.sheet, trouble.row)
    return replace(trouble, sheet=sheet, row=row)


def _folded(row: Row) -> dict[str, str]:
    """A row with plain headers in lower case; what is empty or blank only is left out."""
    return {(key if "::" in key else key.strip().lower()): cell for key, cell in row.items() if cell.strip()}


def _cell(row: Row, name: str) -> str:
    return " ".join(row.get(name, "").split())


def _labels(row: Row, name: str) -> list[str]:
    return [cell for key, cell in row.items() if key == name or key.startswith(f"{name}:")]


def _lists(sheets: Sheets) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in sheets.get("choices", ()):
        name = _cell(_folded(row), "list_name") or _cell(_folded(row), "list name")
        if name:
            found.setdefault(name, []).append(_cell(_folded(row), "name") or _cell(_folded(row), "value"))
    return found


def _nesting(survey: Sequence[Row]) -> Iterator[Trouble]:
    standing: list[tuple[str, int]] = []
    for number, row in enumerate(survey, start=2):
        kind = _cell(row, "type")
        begun = opens_container(kind)
        if begun:
            standing.append((begun, number))
        ended = re.match(r"end[ _](group|repeat|loop)\b", kind)
        if ended and (not standing or standing[-1][0] != ended[1]):
            yield Trouble("survey", number, "type", say("this row ends a “{what}” that was not begun.", what=ended[1]))
        elif ended:
            standing.pop()
    for begun, number in standing:
        yield Trouble("survey", number, "type", say("this “{what}” is begun and never ended.", what=begun))


def _repeated(survey: Sequence[Row]) -> Iterator[Trouble]:
    """The same name twice within one group or repeat."""
    seen: list[dict[str, int]] = [{}]
    for number, row in enumerate(survey, start=2):
        kind, name = _cell(row, "type"), _cell(row, "name")
        if re.match(r"end[ _]", kind):
            if len(seen) > 1:
                seen.pop()
            continue
        if name and name in seen[-1]:
            yield Trouble("survey", number, "name", say("the name “{name}” stands in row {row} already.", name=name, row=seen[-1][name]))
        if name:
            seen[-1].setdefault(name, number)
        if opens_container(kind):
            seen.append({})


def _question(number: int, row: Row, lists: Mapping[str, list[str]], names: set[str]) -> Iterator[Trouble]:
    kind, name = _cell(row, "type"), _cell(row, "name")
    if re.match(r"end[ _]", kind):
        return
    if not kind:
        yield Trouble("survey", number, "type", say("the type of this row is missing."))
    elif not is_question_type(kind):
        yield Trouble("survey", number, "type", say("there is no question type “{type}”.", type=kind))
    elif list_of(kind) and list_of(kind) not in lists:
        yield Trouble("survey", number, "type", say("the list “{list}” is not in the sheet “choices”.", list=list_of(kind)))
    if not name:
        yield Trouble("survey", number, "name", say("this row needs a name."))
    elif not _NAME.fullmatch(name):
        words = say("the name “{name}” cannot be used: letters, digits, “_”, “-” and “.”, with a letter first.", name=name)
        yield Trouble("survey", number, "name", words)
    yield from _expressions("survey", number, row, names)
    yield from _own(number, row, kind, lists)


def _expressions(sheet: str, number: int, row: Row, names: set[str]) -> Iterator[Trouble]:
    for column, cell in row.items():
        for last, name in _REFERENCE.findall(cell):
            if name not in names:
                words = say("“{reference}” names a question that is not in the sheet.", reference=f"${{{last}{name}}}")
                yield Trouble(sheet, number, column, words)
    for column in EXPRESSIONS:
        text = row.get(column, "")
        if text.strip().lower() in _PLAIN or column == "trigger":
            continue
        try:
            compile_expression(_REFERENCE.sub(" /data/x ", text).translate(_STRAIGHT))
        except UnknownFunctionError as fault:
            words = say("the function “{name}” is not known, or has other arguments.", name=str(fault.values.get("name", "")))
            yield Trouble(sheet, number, column, words)
        except FormError:
            yield Trouble(sheet, number, column, say("the expression “{expression}” is not written correctly.", expression=text.strip()))


def _own(number: int, row: Row, kind: str, lists: Mapping[str, list[str]]) -> Iterator[Trouble]:
    """The columns of this program: limits are numbers and belong to numbers or dates, abnormal choices are choices."""
    told: dict[str, Decimal] = {}
    for name in _LIMITS:
        column = f"bind::fa:{name}"
        text = row.get(column, "").strip()
        if not text:
            continue
        try:
            told[name] = Decimal(text)
        except InvalidOperation:
            yield Trouble("survey", number, column, say("“{entry}” is no number.", entry=text))
            continue
        fitting = ("date", "dateTime", "datetime") if name.startswith("days") else ("integer", "int", "decimal", "range", "calculate")
        if kind not in fitting:
            yield Trouble("survey", number, column, say("this limit has no effect on the type “{type}”.", type=kind), grave=False)
    if "min" in told and "max" in told and told["min"] > told["max"]:
        yield Trouble("survey", number, "bind::fa:max", say("the highest value is below the lowest."))
    offered = lists.get(list_of(kind))
    for word in row.get("bind::fa:abnormal", "").split():
        if offered is None or word not in offered:
            words = say("“{choice}” is no choice of this question, so it can never be abnormal.", choice=word)
            yield Trouble("survey", number, "bind::fa:abnormal", words)


def _choices(sheets: Sheets) -> Iterator[Trouble]:
    seen: dict[tuple[str, str], int] = {}
    doubles = any(_cell(_folded(row), "allow_choice_duplicates").lower() in ("yes", "true") for row in sheets.get("settings", ()))
    for number, raw in enumerate(sheets.get("choices", ()), start=2):
        row = _folded(raw)
        if not row:
            continue
        name = _cell(row, "list_name") or _cell(row, "list name")
        value = _cell(row, "name") or _cell(row, "value")
        if not name:
            yield Trouble("choices", number, "list_name", say("this choice belongs to no list."))
        if not value:
            yield Trouble("choices", number, "name", say("this row needs a name."))
        elif " " in value:
            yield Trouble("choices", number, "name", say("the choice “{choice}” has a blank in its name.", choice=value))
        elif (name, value) in seen and not doubles:
            words = say("the choice “{choice}” stands in row {row} already.", choice=value, row=seen[name, value])
            yield Trouble("choices", number, "name", words)
        seen.setdefault((name, value), number)
        if not _labels(row, "label") and not any(key.startswith(("media::", "image", "audio", "video")) for key in row):
            yield Trouble("choices", number, "label", say("this choice has no label, so its name is shown."), grave=False)


def _settings(sheets: Sheets) -> Iterator[Trouble]:
    row = next((_folded(each) for each in sheets.get("settings", ()) if each), {})
    if not _cell(row, "form_id") and not _cell(row, "id_string"):
        yield Trouble("settings", 2, "form_id", say("there is no form id, so the name of the file becomes it."), grave=False)
    if not _cell(row, "version"):
        words = say("there is no version. A form that is changed needs a new one: the same version cannot be published twice.")
        yield Trouble("settings", 2, "version", words, grave=False)


def _columns(sheets: Sheets) -> Iterator[Trouble]:
    """Columns of `survey` that nobody reads: most often a header with a typing error."""
    for key in dict.fromkeys(key for row in sheets.get("survey", ()) for key in row):
        plain = key.strip().lower().partition("::")[0].partition(":")[0].strip()
        if plain and plain not in _KNOWN and not plain.startswith("#"):
            words = say("the column “{column}” is not read by this program.", column=key)
            yield Trouble("survey", 1, key, words, grave=False)


def _namespace(sheets: Sheets) -> Iterator[Trouble]:
    """Our own columns work only where the settings declare their prefix; without it they are dropped without a word."""
    own = next((key for row in sheets.get("survey", ()) for key in row if key.startswith("bind::fa:")), "")
    told = " ".join(_folded(row).get("namespaces", "") for row in sheets.get("settings", ()))
    if own and f'fa="{EXTENSION}"' not in told.replace("'", '"').translate(_STRAIGHT):
        words = say(
            "the columns bind::fa:… have no effect without {namespaces} in the column “namespaces”.", namespaces=f'fa="{EXTENSION}"'
        )
        yield Trouble("settings", 2, "namespaces", words)


def _translations(sheets: Sheets) -> Iterator[Trouble]:
    """Texts that stand in one language and are missing in another."""
    for sheet in ("survey", "choices"):
        rows = sheets.get(sheet, ())
        known: dict[str, dict[str, None]] = {}
        for key in (key for row in rows for key in row):
            match = _LANGUAGE.match(key)
            if match:
                known.setdefault(match[1], {})[match[2]] = None
        for number, row in enumerate(rows, start=2):
            for text, languages in known.items():
                told = [each for each in languages if row.get(f"{text}::{each}", "").strip()]
                for each in languages if told else ():
                    if each not in told:
                        words = say("the text in “{tongue}” is missing, so another language is shown.", tongue=each)
                        yield Trouble(sheet, number, f"{text}::{each}", words, grave=False)
