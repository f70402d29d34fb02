"""Filled checklists as annexes: every item with its result, measured values with the earlier ones, findings, photos.

What is counted, and as what, is what the checklist on the screen counts: both read the same views (`operations.checklists`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.base.i18n import Language, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.operations.checklists import Checklist, FormNotHere, read_checklist
from fieldapp.operations.filling.asking import NUMBERS
from fieldapp.operations.filling.figures import compass, grouped, step_label
from fieldapp.operations.filling.views import QuestionView, Status
from fieldapp.operations.filling.views import Words as Label
from fieldapp.operations.gathering.sources import Sources, asset_text, owner_words
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.content import (
    FindingRow,
    InspectionAnnex,
    InspectionResult,
    Measured,
    PreviousValue,
    ResultSection,
    SectionNote,
    Verdict,
)

__all__ = ["annexes_of", "finding_rows"]

_CHOICES = frozenset({"select_one", "select_multiple", "rank"})
_VERDICTS: Mapping[Status, Verdict] = {
    "ok": "normal",
    "abnormal": "abnormal",
    "na": "not_applicable",
    "unchecked": "not_checked",
    "open": "open",
}
_EARLIER = 4
_IDS = re.compile(r"\{[^}]*\}")
_LEVELS: Mapping[str, Sentence] = {"minor": say("minor"), "major": say("major"), "critical": say("critical")}
_REASONS: Mapping[str, Sentence] = {
    "not_permitted": say("not permitted by the site"),
    "no_access": say("no access"),
    "powered_off": say("switched off"),
    "no_time": say("no time"),
}


@dataclass(frozen=True, slots=True)
class _Earlier:
    """An earlier filling of the same checklist on the same equipment: when, and its answers by key."""

    at: datetime
    answers: Mapping[str, str]


@dataclass(slots=True)
class _Sheet:
    """One checklist while its annex is written."""

    earlier: Sequence[_Earlier]
    notes: Mapping[str, str]
    seen: dict[str, int] = field(default_factory=dict)
    measured: list[Measured] = field(default_factory=list)


def annexes_of(source: Sources, inspection_id: Id) -> tuple[InspectionAnnex, ...]:
    """The annexes of an inspection, a checklist each, in their order."""
    found = source.reader.find(FormInstance, owner_id=inspection_id, order="position") if inspection_id else []
    return tuple(annex for each in found if (annex := _annex(source, each)) is not None)


def finding_rows(findings: Sequence[Finding]) -> tuple[FindingRow, ...]:
    """Findings as the pages list them."""
    return tuple(
        FindingRow(
            f"F-{number}",
            _finding_text(each),
            words(_LEVELS[each.level]) if each.level in _LEVELS else plain(each.level),
            each.advice,
            owner_words(each.owner),
            each.due_on,
            each.state in ("fixed", "settled"),
        )
        for number, each in enumerate(findings, start=1)
    )


def _finding_text(found: Finding) -> str:
    """What was found, in what stands for a forbidden photo, and by whom it was seen; nothing twice."""
    parts = (found.item_label, found.description or found.value, found.substitute, found.witness)
    return " · ".join(dict.fromkeys(part for part in parts if part))


def _annex(source: Sources, instance: FormInstance) -> InspectionAnnex | None:
    reader = source.reader
    try:
        checklist = read_checklist(source.session, reader, instance)
    except FormNotHere:
        source.warnings.append(
            say("The checklist {name} is not on this laptop; its results are left out. Sync first.", name=instance.form_id)
        )
        return None
    asset = reader.get(Asset, instance.asset_id) if instance.asset_id else None
    findings = reader.find(Finding, instance_id=instance.id)
    sheet = _Sheet(_earlier(source, instance), {each.key: each.description for each in findings if each.description})
    sections = _sections(sheet, checklist)
    title = checklist.about.title
    return InspectionAnnex(
        template=f"{instance.form_id} v{instance.form_version}" if instance.form_version else instance.form_id,
        title=Words(title.zh, title.text),
        asset=asset_text(asset),
        performed=instance.finished_at or instance.started_at,
        sections=sections,
        measured=tuple(sheet.measured),
        findings=finding_rows(findings),
        photos=source.photos([instance.id, *(each.id for each in findings)], [each.photo_digest for each in findings]),
    )


def _earlier(source: Sources, instance: FormInstance) -> tuple[_Earlier, ...]:
    same = source.reader.find(FormInstance, asset_id=instance.asset_id, form_id=instance.form_id) if instance.asset_id else []
    began = instance.started_at or source.at
    before = [(at, each) for each in same if each.id != instance.id and (at := each.finished_at) is not None and at < began]
    before.sort(key=lambda pair: (pair[0], pair[1].id))
    return tuple(_Earlier(at, source.reader.answers(each.id)) for at, each in before[-_EARLIER:])


def _sections(sheet: _Sheet, checklist: Checklist) -> tuple[ResultSection, ...]:
    """The groups at the top in their order; what stands outside all groups comes first, together."""
    general: list[QuestionView] = []
    sections: list[ResultSection] = []
    for section in checklist.sections:
        views = checklist.printed(section.key)
        if checklist.question(section.key).kind == "group":
            sections.append(_section(sheet, _both(section.title), views))
        else:
            general += views
    sections.insert(0, _section(sheet, words(say("General")), general))
    return tuple(section for section in sections if section.results or section.notes)


def _section(sheet: _Sheet, title: Words, views: Sequence[QuestionView]) -> ResultSection:
    results: list[InspectionResult] = []
    notes: list[SectionNote] = []
    for view in views:
        if view.kind == "note":
            text = _note(view)
            notes += [SectionNote(len(results), text)] if text else []
        elif (row := _result(sheet, view)) is not None:
            results.append(row)
    return ResultSection(title, tuple(results), tuple(notes))


def _note(view: QuestionView) -> Words:
    """What a note says, its hint below it; nothing where it did not apply, or has a picture and no words."""
    if not view.relevant or view.label.zh == view.name:
        return Words()
    chinese, english = ("\n".join(part for part in (view.label.read(each), view.hint.read(each)) if part) for each in ("zh", "en"))
    return Words(chinese, "" if english == chinese else english)


def _both(label: Label) -> Words:
    return Words(label.read("zh"), "" if label.text == label.zh else label.text)


def _result(sheet: _Sheet, view: QuestionView) -> InspectionResult | None:
    """The line of a question: all that count, and every other with an answer (or the name of a file) or computed value."""
    if view.is_heading or not view.relevant or not (view.counted or (view.value and view.kind != "hidden")):
        return None
    code = _code(sheet, view)
    if view.kind in NUMBERS and view.value:
        _measure(sheet, view, code)
    return InspectionResult(
        code=code,
        label=_both(view.label),
        verdict=_VERDICTS[view.status] if view.counted else None,
        value=_value(view, view.value),
        allowed=_allowed(view.minimum, view.maximum),
        note=sheet.notes.get(view.key, "") or (_REASONS[view.reason].read("zh") if view.reason in _REASONS else view.reason),
        previous=_previous(sheet, view),
    )


def _code(sheet: _Sheet, view: QuestionView) -> str:
    """The item's code; rows of a table are numbered."""
    code = view.item or view.name.replace("_", "-")
    if "{" not in view.key:
        return code
    path = _IDS.sub("", view.key)
    sheet.seen[path] = sheet.seen.get(path, 0) + 1
    return f"{code} ({sheet.seen[path]})"


def _value(view: QuestionView, value: str, *, verdict_says: bool = True) -> Words:
    """An answer in words; empty for a choice that is nothing but a result, which the verdict says."""
    if not value:
        return Words()
    if view.kind in _CHOICES:
        judged = any(choice.meaning == "abnormal" for choice in view.choices)
        if verdict_says and view.counted and judged and value in ("ok", "abnormal", "na", "unchecked"):
            return Words()
        chinese, english = _labels(view, value, "zh"), _labels(view, value, "en")
        return Words(chinese, "" if english == chinese else english)
    if view.kind in ("datetime", "time"):
        return plain(_moment(value))
    looks = view.appearance.split()
    direction = compass(value) if "bearing" in looks else None
    if direction is not None:
        return Words(f"{value}° {direction.read('zh')}", f"{value}° {direction.read('en')}")
    name = step_label(view, value)
    if name is not None:
        told = f"{value} {view.unit}".strip()
        return _both(Label(f"{told} {name.read('en')}", zh=f"{told} {name.read('zh')}"))
    return plain(f"{grouped(value) if 'thousands-sep' in looks else value} {view.unit}".strip())


def _labels(view: QuestionView, value: str, language: Language) -> str:
    names = {choice.value: choice.label.read(language) for choice in view.choices}
    return ", ".join(names.get(each, each) for each in value.split())


def _moment(text: str) -> str:
    """A time of a form to the minute, at the clock of the place where it was entered: 2026-08-24 02:30."""
    found = re.match(r"(?:(\d{4}-\d\d-\d\d)T)?(\d\d:\d\d)", text)
    return " ".join(part for part in found.groups() if part) if found else text


def _previous(sheet: _Sheet, view: QuestionView) -> Words:
    last = sheet.earlier[-1].answers if sheet.earlier else {}
    return _value(view, last.get(view.key, ""), verdict_says=False)


def _measure(sheet: _Sheet, view: QuestionView, code: str) -> None:
    before = [PreviousValue(each.at.date(), value) for each in sheet.earlier if _is_number(value := each.answers.get(view.key, ""))]
    if len(before) > 1 and _is_number(view.value):
        abnormal = view.status == "abnormal"
        sheet.measured.append(
            Measured(code, _both(view.label), view.unit, view.value, view.minimum, view.maximum, tuple(before), abnormal=abnormal),
        )


def _is_number(text: str) -> bool:
    try:
        return bool(text) and abs(float(text)) < float("inf")
    except ValueError:
        return False


def _allowed(low: str, high: str) -> str:
    if low and high:
        return f"{low}–{high}"
    return f"≥ {low}" if low else (f"≤ {high}" if high else "")
