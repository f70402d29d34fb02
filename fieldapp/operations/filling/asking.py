"""From a form's items and what is known about the equipment to the questions that a person is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import AssetLimit, RuleEffect
from fieldapp.domain.inspections import (
    Finding,
    FormInstance,
    days_outside,
    item_status,
    limit_flag,
    limits_sentence,
    status_sentence,
    trend,
    trend_sentence,
)
from fieldapp.forms.views import FormItem
from fieldapp.operations.filling.findings import finding_view
from fieldapp.operations.filling.marking import both
from fieldapp.operations.filling.views import ChoiceView, QuestionView, ReadingView, Status, Words, is_drawn, words

__all__ = ["NUMBERS", "Earlier", "Surroundings", "code_of", "period_sentence", "place_of", "question", "short_periods"]

NUMBERS = frozenset({"integer", "decimal", "range"})
_CHECKED = NUMBERS | {"select_one", "select_multiple", "rank", "date", "time", "datetime", "acknowledge", "barcode"}
_OWN = frozenset({"string", "file", "image", "audio", "video"})
_ATTACHED = frozenset({"file", "image", "audio", "video"})
_READINGS = 4
_SHOWN_BEFORE_TREND = 8


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier checklist of the same equipment says about an item."""

    period: str
    value: str
    result: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around one checklist: the site's rules, limits by item, earlier answers by place (oldest first), numbers of cases;
    by the path of a question the file with its choices, where that is not on this laptop.
    """

    instance: FormInstance
    today: date
    camera: RuleEffect
    files: RuleEffect
    limits: Mapping[str, AssetLimit] = field(default_factory=dict)
    earlier: Mapping[str, tuple[Earlier, ...]] = field(default_factory=dict)
    case_numbers: Mapping[Id, str] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)


def place_of(key: str) -> str:
    """What joins an item over the periods: the node's name and the ids of the repeats around it."""
    return key.rpartition("/")[2].partition("#")[0] + "".join(re.findall(r"\{[^}]*\}", key.rpartition("/")[0]))


def code_of(item: FormItem) -> str:
    """The code of a checklist item as it is printed (`T1-08`); empty in a foreign form."""
    return item.attributes.get("item", "")


def short_periods(periods: list[str]) -> list[str]:
    """Periods in short, the year only where it changes: 2025Q4, 2026Q1, 2026Q2 -> 25 Q4, 26 Q1, Q2."""
    found, year = [], ""
    for each in periods:
        match = re.fullmatch(r"(\d{4})-?(\D?\d+)", each)
        if match is None:
            found.append(each)
        else:
            found.append(match[2] if match[1] == year else f"{match[1][2:]} {match[2]}")
            year = match[1]
    return found


def period_sentence(period: str) -> Sentence:
    """A period in words: 2026Q4 is the fourth quarter of 2026, 2026-11 a month, 2026-10-01 the holiday that begins then."""
    match = re.fullmatch(r"(\d{4})-?Q([1-4])", period)
    if match:
        return say("{year} Q{quarter}", year=match[1], quarter=match[2])
    if re.fullmatch(r"\d{4}-\d\d-\d\d", period):
        return say("before the holiday of {day}", day=period)
    month = re.fullmatch(r"(\d{4})-(\d\d)", period)
    return say("month {year}-{month}", year=month[1], month=month[2]) if month else words(period)


def _is_head(item: FormItem) -> bool:
    """Whether a question only names the choices of those below it (the first row of a table)."""
    return item.kind in ("select_one", "select_multiple") and "label" in item.appearance.split()


def _counted(item: FormItem) -> bool:
    """Whether a question makes the coverage: what is checked, and what is asked for by its own code or by the form."""
    if item.readonly or not item.is_question or _is_head(item):
        return False
    if item.kind in _CHECKED or item.required:
        return True
    return item.kind in _OWN and item.name == code_of(item).replace("-", "_") and "multiline" not in item.appearance


def _meaning(value: str, abnormal: tuple[str, ...], known: bool) -> Status:
    if value in abnormal:
        return "abnormal"
    if known and value in ("na", "unchecked"):
        return "na" if value == "na" else "unchecked"
    return "ok"


def _limits(item: FormItem, around: Surroundings) -> tuple[str, str, str, str]:
    """Unit, minimum, maximum, baseline: those agreed for the model, else those of the form."""
    if item.kind not in NUMBERS:
        return item.unit, "", "", ""
    agreed = around.limits.get(item.name)
    if agreed is not None:
        return agreed.unit or item.unit, agreed.minimum, agreed.maximum, agreed.baseline
    return item.unit, item.attributes.get("min", ""), item.attributes.get("max", ""), ""


def _status(item: FormItem, value: str, result: str, minimum: str, maximum: str, today: date) -> Status:
    told = result
    if not told and value:
        dated = item.kind in ("date", "datetime") and days_outside(
            value, today, item.attributes.get("days_min", ""), item.attributes.get("days_max", "")
        )
        if dated or any(word in item.abnormal for word in value.split()):
            told = "abnormal"
    if item.kind not in ("select_one", "select_multiple", *NUMBERS) and value and not told:
        return "ok"
    if value and item.kind == "select_one" and not told and not item.abnormal:
        return "ok"  # a foreign form's choices mean nothing to us, whatever they are called
    return item_status(value, minimum, maximum, told)


def _range_words(value: str, minimum: str, maximum: str, baseline: str) -> Sentence | None:
    limits = limits_sentence(minimum, maximum, baseline)
    flag = limit_flag(value, minimum, maximum)
    if limits is None or not flag:
        return limits
    state = {"inside": say("in range"), "below": say("below the limit"), "above": say("above the limit")}[flag]
    return say("{limits} · {state}", limits=limits, state=state)


def _last(item: FormItem, before: tuple[Earlier, ...], minimum: str, maximum: str, around: Surroundings) -> Sentence | None:
    if not before or item.kind in NUMBERS or item.kind in _ATTACHED:
        return None
    last = before[-1]
    if (item.kind == "select_one" and item.abnormal) or last.result:
        return say("last time: {result}", result=status_sentence(_status(item, last.value, last.result, minimum, maximum, around.today)))
    if not last.value or item.kind == "acknowledge":
        return None
    shown = last.value[:16].replace("T", " ") if item.kind == "datetime" else last.value[:40]
    return say("last time: {result}", result=shown)


def _message(item: FormItem, english: FormItem, status: Status, reason: str) -> Sentence | None:
    if status == "unchecked" and not reason.strip():
        return say("Choose why this was not checked.")
    problem, other = item.problem, english.problem
    if problem is None or problem.kind == "required":
        return None
    if problem.message:
        return words(problem.message, other.message if other else "")
    return say("This answer is outside what the form allows.")


def question(item: FormItem, english: FormItem, result: str, reason: str, found: Finding | None, around: Surroundings) -> QuestionView:
    """One question from its item in both languages, its annotations, its finding and its surroundings."""
    if not item.is_question:
        return _heading(item, english)
    unit, minimum, maximum, baseline = _limits(item, around)
    status = _status(item, item.value, result, minimum, maximum, around.today)
    before = around.earlier.get(place_of(item.key), ())
    numbers = item.kind in NUMBERS
    past = [(each.period, each.value) for each in before if each.value] if numbers else []
    shown = past[-_READINGS:]
    message = _message(item, english, status, reason)
    moves = trend([value for _, value in past[-_SHOWN_BEFORE_TREND:]] + [item.value], minimum, maximum) if numbers and item.value else None
    labels = {each.value: each.label for each in english.choices}
    camera = item.kind in ("image", "video")
    effect = around.camera if camera else around.files
    return QuestionView(
        key=item.key,
        name=item.name,
        item=code_of(item),
        kind=item.kind,
        label=words(item.label or ("" if _is_head(item) else item.name), english.label),
        hint=words(item.hint, english.hint),
        value=item.value,
        status="open" if status == "unchecked" and not reason.strip() else status,
        counted=_counted(item),
        relevant=item.relevant,
        required=item.required,
        readonly=item.readonly,
        depth=item.depth,
        parent=item.parent,
        message=message,
        choices=tuple(
            ChoiceView(
                each.value,
                words(each.label, labels.get(each.value, "")),
                _meaning(each.value, item.abnormal, bool(item.abnormal)),
                each.media.get("image", ""),
            )
            for each in item.choices
        ),
        appearance=item.appearance,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        baseline=baseline,
        limits=_range_words(item.value, minimum, maximum, baseline) if numbers else None,
        readings=tuple(ReadingView(period, value) for period, (_, value) in zip(short_periods([p for p, _ in shown]), shown, strict=True)),
        trend=trend_sentence(moves) if moves is not None else None,
        last=_last(item, before, minimum, maximum, around),
        result=result,
        reason=reason,
        finding=finding_view(found, around.camera, around.case_numbers) if found is not None else None,
        photo_why=None if around.camera.allowed else _why_not(around.camera),
        why_not=_why_not(effect) if item.kind in _ATTACHED and not effect.allowed and not is_drawn(item.kind, item.appearance) else None,
        guidance=words(item.guidance, english.guidance),
        bounds=item.bounds,
        media_type=item.media_type,
        rich=_rich(item, english),
        media=_media(item, english),
        lacking=_lacking(around.lacking.get(item.path, "")),
    )


def _lacking(file: str) -> Sentence | None:
    return say("The choices are in {file}, which is not on this laptop yet.", file=file) if file else None


def _rich(item: FormItem, english: FormItem) -> tuple[tuple[str, Words], ...]:
    """The texts of a question that have markup."""
    found = [
        (name, both((getattr(item, name), getattr(english, name)), (item.rich.get(name, ()), english.rich.get(name, ()))))
        for name in dict.fromkeys((*item.rich, *english.rich))
        if name in ("label", "hint", "guidance")
    ]
    problem, other = item.problem, english.problem
    if problem is not None and other is not None and problem.kind != "required":
        found.append(("message", both((problem.message, other.message), (problem.rich, other.rich))))
    return tuple((name, told) for name, told in found if told is not None)


def _media(item: FormItem, english: FormItem) -> tuple[tuple[str, Words], ...]:
    if not item.media and not english.media:
        return ()
    return tuple(
        (kind, words(item.media.get(kind, ""), english.media.get(kind, ""))) for kind in dict.fromkeys((*item.media, *english.media))
    )


def _why_not(effect: RuleEffect) -> Sentence | None:
    if effect.reason is None or effect.substitute is None:
        return effect.reason
    return say("{reason}: {substitute}", reason=effect.reason, substitute=effect.substitute)


def _heading(item: FormItem, english: FormItem) -> QuestionView:
    label = item.label
    english_label = english.label
    if item.kind == "instance":
        number = item.key.rpartition("{")[2].partition("}")[0]
        label, english_label = (f"{label} {number}", f"{english_label} {number}") if number.isdecimal() else (label, english_label)
    empty = Words("")
    return QuestionView(
        key=item.key,
        name=item.name,
        item="",
        kind=item.kind,
        label=words(label or item.name, english_label),
        hint=words(item.hint, english.hint) if item.hint else empty,
        value="",
        status="open",
        counted=False,
        relevant=item.relevant,
        required=False,
        readonly=True,
        depth=item.depth,
        parent=item.parent,
        may_add=item.may_add,
        may_remove=item.may_remove,
    )
