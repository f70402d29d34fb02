"""Filled checklists as annexes: every item with its result, measured values with the earlier ones, findings, photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset, AssetLimit
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, item_status
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance as OpenForm
from fieldapp.forms.views import FormItem
from fieldapp.operations.gathering.sources import Sources, asset_text, owner_words
from fieldapp.reports.blocks import Words, plain, words
from fieldapp.reports.content import FindingRow, InspectionAnnex, InspectionResult, Measured, PreviousValue, ResultSection, Verdict

__all__ = ["annexes_of", "finding_rows"]

_NUMBERS = frozenset({"integer", "decimal", "range"})
_CHOICES = frozenset({"select_one", "select_multiple"})
_SILENT = frozenset({"note", "hidden", "calculate", "image", "audio", "video", "file"})
_RESULT_WORDS = frozenset({"ok", "abnormal", "na", "unchecked"})
_VERDICTS: Mapping[str, Verdict] = {"ok": "normal", "abnormal": "abnormal", "na": "not_applicable", "unchecked": "not_checked"}
_EARLIER = 4
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

    answers: Mapping[str, str]
    limits: Mapping[str, AssetLimit]
    earlier: Sequence[_Earlier]
    notes: Mapping[str, str]
    english: Mapping[str, FormItem]
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
            " · ".join(part for part in (each.item_label, each.description or each.value, each.substitute, each.witness) if part),
            words(_LEVELS[each.level]) if each.level in _LEVELS else plain(each.level),
            each.advice,
            owner_words(each.owner),
            each.due_on,
            each.state in ("fixed", "settled"),
        )
        for number, each in enumerate(findings, start=1)
    )


def _annex(source: Sources, instance: FormInstance) -> InspectionAnnex | None:
    reader = source.reader
    versions = reader.find(FormVersion, form_id=instance.form_id, version=instance.form_version)
    if not versions:
        source.warnings.append(
            say("The checklist {name} is not on this laptop; its results are left out. Sync first.", name=instance.form_id)
        )
        return None
    version = versions[0]
    asset = reader.get(Asset, instance.asset_id) if instance.asset_id else None
    answers = reader.answers(instance.id)
    opened = OpenForm.open(parse(version.xform), answers, Environment(now=instance.started_at or source.at, zone=source.site.zone))
    findings = reader.find(Finding, instance_id=instance.id)
    sheet = _Sheet(
        answers=answers,
        limits={each.item: each for each in reader.find(AssetLimit, model=asset.model)} if asset else {},
        earlier=_earlier(source, instance),
        notes={each.key: each.description for each in findings if each.description},
        english={item.key: item for item in opened.questions("en")},
    )
    sections = _sections(sheet, list(opened.questions("zh")))
    return InspectionAnnex(
        template=f"{instance.form_id} v{instance.form_version}",
        title=Words(version.title_zh or opened.definition.title, version.title_en),
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


def _sections(sheet: _Sheet, items: Sequence[FormItem]) -> tuple[ResultSection, ...]:
    sections: list[tuple[Words, list[InspectionResult]]] = [(words(say("General")), [])]
    for item in items:
        if item.depth == 0 and item.kind == "group":
            sections.append((_both(sheet, item), []))
        if item.depth == 0 and item.kind not in ("group", "repeat"):
            row, place = _result(sheet, item), sections[0][1]
        else:
            row, place = _result(sheet, item), sections[-1][1]
        if row is not None:
            place.append(row)
    return tuple(ResultSection(title, tuple(rows)) for title, rows in sections if rows)


def _both(sheet: _Sheet, item: FormItem) -> Words:
    other = sheet.english.get(item.key)
    english = other.label if other is not None else ""
    return Words(item.label or item.name, "" if english == item.label else english)


def _result(sheet: _Sheet, item: FormItem) -> InspectionResult | None:
    if not item.is_question or item.kind in _SILENT or not item.relevant or (item.readonly and not item.value):
        return None
    limit = sheet.limits.get(item.name)
    low, high = (limit.minimum, limit.maximum) if limit else (_decimal(item.minimum), _decimal(item.maximum))
    annotated = sheet.answers.get(f"{item.key}#result", "")
    judged = bool(low or high or item.abnormal or annotated) or any(choice.value in _RESULT_WORDS for choice in item.choices)
    status = item_status(item.value, low, high, annotated)
    if item.value and set(item.value.split()) & set(item.abnormal):
        status = "abnormal"
    if status == "open" and not (item.required or judged):
        return None
    reason = sheet.answers.get(f"{item.key}#reason", "")
    note = sheet.notes.get(item.key, "") or (_REASONS[reason].read("zh") if reason in _REASONS else reason)
    code = _code(sheet, item)
    if item.kind in _NUMBERS and item.value:
        _measure(sheet, item, code, low, high, status == "abnormal")
    return InspectionResult(
        code=code,
        label=_both(sheet, item),
        verdict=_VERDICTS.get(status) if judged else None,
        value=words(say("Not answered")) if status == "open" else _value(sheet, item, item.value),
        allowed=_allowed(low, high),
        note=note,
        previous=_previous(sheet, item),
    )


def _code(sheet: _Sheet, item: FormItem) -> str:
    """The item's code; rows of a table are numbered."""
    code = item.attributes.get("item") or item.name.replace("_", "-")
    if "{" not in item.key:
        return code
    sheet.seen[item.path] = sheet.seen.get(item.path, 0) + 1
    return f"{code} ({sheet.seen[item.path]})"


def _value(sheet: _Sheet, item: FormItem, value: str) -> Words:
    if not value:
        return Words()
    if item.kind in _CHOICES:
        if value in _RESULT_WORDS:
            return Words()  # the verdict says it
        other = sheet.english.get(item.key)
        chinese = _labels(item, value)
        english = _labels(other, value) if other is not None else ""
        return Words(chinese, "" if english == chinese else english)
    return plain(f"{value} {item.unit}".strip())


def _labels(item: FormItem, value: str) -> str:
    names = {choice.value: choice.label for choice in item.choices}
    return ", ".join(names.get(each, each) for each in value.split())


def _previous(sheet: _Sheet, item: FormItem) -> Words:
    if not sheet.earlier:
        return Words()
    last = sheet.earlier[-1].answers
    value = last.get(item.key, "")
    if item.kind in _CHOICES and value in _RESULT_WORDS:
        return plain(_labels(item, value))
    return _value(sheet, item, value)


def _measure(sheet: _Sheet, item: FormItem, code: str, low: str, high: str, abnormal: bool) -> None:
    before = [PreviousValue(each.at.date(), value) for each in sheet.earlier if _is_number(value := each.answers.get(item.key, ""))]
    if len(before) > 1 and _is_number(item.value):
        sheet.measured.append(
            Measured(code, _both(sheet, item), item.unit, item.value, low, high, tuple(before), abnormal=abnormal),
        )


def _is_number(text: str) -> bool:
    try:
        return bool(text) and abs(float(text)) < float("inf")
    except ValueError:
        return False


def _decimal(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _allowed(low: str, high: str) -> str:
    if low and high:
        return f"{low}–{high}"
    return f"≥ {low}" if low else (f"≤ {high}" if high else "")
