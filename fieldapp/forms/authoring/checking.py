"""Checks a workbook before it is published: what is wrong and where, what the form engine makes of it, what is shown differently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.forms.authoring.instead import kind_sentence, stand_ins
from fieldapp.forms.authoring.linting import Sheets, Trouble, lint
from fieldapp.forms.definition import parse
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.refusals import WorkbookDamagedError, WorkbookRefusedError
from fieldapp.forms.slots import FormDefinition
from fieldapp.forms.xlsform import ConvertedForm, convert, media_beside, sheets_of

__all__ = ["CheckedForm", "CheckedQuestion", "Trouble", "check_beside", "check_workbook", "place_sentence"]

_WARNED_ROW = re.compile(r"\[row : (\d+)\] ?(.*)", re.DOTALL)
_COUNTED = re.compile(r'\sjr:count="[^"]*"')
_LINKS = re.compile(r"\s*Learn more: \S+")
_CONTAINERS = ("group", "repeat", "instance")


@dataclass(frozen=True, slots=True)
class CheckedQuestion:
    """One question as it will be asked; `item` is its code on paper, `limits` whether an answer is measured against limits.

    `zh` and `en` are its label in both languages.
    """

    name: str
    item: str
    kind: str
    zh: str
    en: str
    choices: int
    depth: int
    limits: bool
    rules: int


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """What a workbook is. Without a form (`form_id` empty) it cannot be used, and `troubles` say why.

    `languages` are the names of its translations, the default first; `expressions` counts everything that is computed;
    `media` are files that must be published with it; `instead` says what a laptop shows differently, row by row.
    """

    file: str
    troubles: tuple[Trouble, ...]
    form_id: str = ""
    version: str = ""
    title: str = ""
    languages: tuple[str, ...] = ()
    questions: tuple[CheckedQuestion, ...] = ()
    groups: int = 0
    repeats: int = 0
    expressions: int = 0
    media: tuple[str, ...] = ()
    instead: tuple[Trouble, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether it can be published."""
        return bool(self.form_id) and not any(each.grave for each in self.troubles)

    def lines(self, language: Language, *, outline: bool = False) -> list[str]:
        """Everything in a person's language, line by line; `outline` lists the questions, too."""
        found = [f"{self.file}: {sentence.read(language)}" for sentence in self.summary()]
        if outline:
            found += [_outline(each, language) for each in self.questions]
        found += [f"  {place_sentence(each).read(language)}" for each in (*self.troubles, *self.instead)]
        return found

    def summary(self) -> list[Sentence]:
        """What the workbook is, and as the last sentence whether it can be published."""
        if not self.form_id:
            return [say("This workbook cannot be used.")]
        kinds = [say("{count} × {kind}", count=count, kind=kind_sentence(kind)) for kind, count in self.counts.items()]
        joined = kinds[0] if kinds else say("no question")
        for each in kinds[1:]:
            joined = say("{first}, {second}", first=joined, second=each)
        about = say("form {form}, version {version}: {title}", form=self.form_id, version=self.version or "-", title=self.title)
        asked = [each for each in self.questions if each.kind not in _CONTAINERS]
        size = say(
            "{questions} questions in {groups} groups and {repeats} repeats, {expressions} expressions",
            questions=len(asked),
            groups=self.groups,
            repeats=self.repeats,
            expressions=self.expressions,
        )
        told = [about, size, joined]
        if self.languages:
            told.append(say("languages: {languages}", languages=", ".join(self.languages)))
        if self.media:
            told.append(say("files that belong to it: {files}", files=", ".join(self.media)))
        if not self.usable:
            told.append(say("This workbook cannot be used."))
        elif self.troubles:
            told.append(say("It can be published. Remarks: {count}.", count=len(self.troubles)))
        else:
            told.append(say("It can be published. There is nothing to remark."))
        return told


def place_sentence(trouble: Trouble) -> Sentence:
    """A trouble with its place in words."""
    what = say("wrong: {words}", words=trouble.words) if trouble.grave else say("remark: {words}", words=trouble.words)
    if not trouble.row:
        return say("sheet “{sheet}”: {words}", sheet=trouble.sheet, words=what)
    if not trouble.column:
        return say("sheet “{sheet}”, row {row}: {words}", sheet=trouble.sheet, row=trouble.row, words=what)
    return say(
        "sheet “{sheet}”, row {row}, column “{column}”: {words}", sheet=trouble.sheet, row=trouble.row, column=trouble.column, words=what
    )


def _outline(each: CheckedQuestion, language: Language) -> str:
    label = (each.zh if language == "zh" else each.en).partition("\n")[0]
    head = f"{'  ' * each.depth}    {each.item or each.name}  {label}"
    if each.kind in _CONTAINERS:
        return head
    tail = [kind_sentence(each.kind).read(language)]
    if each.limits:
        tail.append(say("with limits").read(language))
    return f"{head}  [{', '.join(tail)}]"


def check_beside(path: Path, workbook: bytes) -> CheckedForm:
    """Check the bytes of the workbook at a place on disk, and whether the files that it refers to lie beside it."""
    checked = check_workbook(workbook, path.name)
    beside = media_beside(path, checked.media)
    missing = tuple(_not_beside(name) for name in checked.media if name not in beside)
    return replace(checked, troubles=(*checked.troubles, *missing))


def _not_beside(name: str) -> Trouble:
    words = say("the file “{file}” is not beside the workbook; the form is published only with it.", file=name)
    return Trouble("survey", 0, "", words, grave=False)


def check_workbook(workbook: bytes, name: str) -> CheckedForm:
    """Check the bytes of a workbook (.xlsx or .xls). Whatever is wrong is in the answer; nothing is raised."""
    try:
        sheets = sheets_of(workbook, name)
    except WorkbookDamagedError as fault:
        return CheckedForm(name, (Trouble("-", 0, "", fault.sentence),))
    troubles = list(lint(sheets))
    try:
        made = convert(workbook, name)
    except WorkbookRefusedError as fault:
        if not any(each.grave for each in troubles):  # else it speaks of the same, or of what follows from it
            troubles.append(_refused(fault, sheets))
        return CheckedForm(name, tuple(troubles))
    except WorkbookDamagedError as fault:
        return CheckedForm(name, (*troubles, Trouble("-", 0, "", fault.sentence)))
    known = {(each.sheet, each.row) for each in troubles}
    troubles += [each for each in map(_warned, made.warnings) if each.sheet == "survey" or (each.sheet, each.row) not in known]
    return _described(name, made, tuple(troubles), sheets)


def _refused(fault: WorkbookRefusedError, sheets: Sheets) -> Trouble:
    """A refusal of the converter with its column: the cell that holds what the refusal quotes."""
    values = fault.values
    sheet, row, reason = str(values["sheet"]), int(str(values["row"])), values["reason"]
    said = reason if isinstance(reason, Sentence) else say("the converter says: {said}", said=str(reason))
    column = str(values.get("column", ""))
    rows = sheets.get(sheet, ())
    cells = rows[row - 2] if 2 <= row < len(rows) + 2 else {}
    spoken = reason.read("en") if isinstance(reason, Sentence) else str(reason)
    return Trouble(sheet, row, column if column in cells else _column(cells, spoken), said)


def _column(cells: Mapping[str, str], spoken: str) -> str:
    quoted: list[str] = [one or two or three for one, two, three in re.findall(r"'([^']+)'|\"([^\"]+)\"|“([^”]+)”", spoken)]
    for word in quoted:
        if word in cells:
            return word
    for word in quoted:
        short = _names(word)
        found = next((key for key, cell in cells.items() if word in cell or (short and short == _names(cell))), "")
        if found:
            return found
    return ""


def _short(found: re.Match[str]) -> str:
    return str(found[1] or found[2])


def _names(expression: str) -> str:
    """An expression with questions by their names alone, without blanks: as the author and as the form write it, the same."""
    named: str = re.sub(r"\$\{([^}]*)\}|(?:/[\w.\-]+)*/([\w.\-]+)", _short, expression)
    return "".join(named.split())


def _warned(text: str) -> Trouble:
    match = _WARNED_ROW.match(text)
    row, said = (int(match[1]), match[2]) if match else (0, text)
    if "max-pixels" in said:
        return Trouble("survey", row, "parameters", say("pictures are kept in full size: max-pixels=2048 makes them smaller."), grave=False)
    sheet = "choices" if "'choices' sheet" in said else "survey"
    return Trouble(sheet, row, "", say("the converter says: {said}", said=_LINKS.sub("", said).strip()), grave=False)


def _described(name: str, made: ConvertedForm, troubles: tuple[Trouble, ...], sheets: Sheets) -> CheckedForm:
    definition = parse(made.xform_xml)
    # without their counts, repeats show one row: an outline names the questions of all
    form = FormInstance.open(parse(_COUNTED.sub("", made.xform_xml)) if _COUNTED.search(made.xform_xml) else definition, {})
    english = {item.key: item for item in form.questions("en")}
    questions = []
    for item in form.questions("zh"):
        if item.kind == "instance":
            continue
        slot = definition.slots[tuple(item.path.strip("/").split("/"))]
        rules = (slot.relevant, slot.required, slot.readonly, slot.constraint, slot.calculate, slot.count)
        questions.append(
            CheckedQuestion(
                name=item.name,
                item=item.attributes.get("item", ""),
                kind=item.kind,
                zh=item.label or item.name,
                en=english[item.key].label or item.label or item.name,
                choices=len(item.choices),
                depth=item.depth,
                limits=item.minimum is not None or item.maximum is not None,
                rules=sum(rule is not None for rule in rules),
            )
        )
    return CheckedForm(
        file=name,
        troubles=troubles,
        form_id=made.form_id,
        version=made.version,
        title=made.title,
        languages=tuple(each for each in definition.languages if each != "default"),  # what the converter calls a form in one
        questions=tuple(questions),
        groups=sum(slot.kind == "group" for slot in definition.slots.values() if slot.control is not None),
        repeats=len(definition.repeats),
        expressions=_expressions(definition),
        media=made.media,
        instead=_instead(sheets.get("survey", ())),
        counts=dict(Counter(each.kind for each in questions if each.kind not in _CONTAINERS).most_common()),
    )


def _expressions(definition: FormDefinition) -> int:
    count = sum(action.value is not None for action in definition.actions)
    for slot in definition.slots.values():
        own = (slot.relevant, slot.required, slot.readonly, slot.constraint, slot.calculate, slot.count)
        count += sum(each is not None for each in own)
        if slot.control is not None and slot.control.itemset is not None:
            count += 1
    return count


def _instead(survey: Sequence[Mapping[str, str]]) -> tuple[Trouble, ...]:
    found = []
    for number, row in enumerate(survey, start=2):
        folded = {key.strip().lower(): cell for key, cell in row.items()}
        kind = " ".join(folded.get("type", "").split())
        found += [Trouble("survey", number, "type", each, grave=False) for each in stand_ins(kind, folded.get("appearance", ""))]
    return tuple(found)
