"""Checklists of the sample: what a published form asks, limits for its numbers, and plausible answers that drift with the quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from fieldapp.central.sample.stage import ZONE, Dice, Stage, phrases
from fieldapp.domain.customers import Asset, AssetLimit
from fieldapp.domain.inspections import FormVersion
from fieldapp.forms.definition import parse
from fieldapp.forms.environment import Environment
from fieldapp.forms.instance import FormInstance
from fieldapp.forms.slots import FormDefinition
from fieldapp.forms.views import FormItem

__all__ = ["Sheet", "Sheets", "read_sheets"]

_PASSES = 4
_ADDED = "row"
"""What the id of a repeat instance begins with that a person added."""
_NUMBERS = frozenset({"integer", "decimal"})
_ANSWERED = _NUMBERS | {"string", "select_one", "select_multiple", "date", "datetime"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A published form, the questions it asks when all is normal, in its order, and the rows of table lines added by hand."""

    form: FormVersion
    definition: FormDefinition
    questions: tuple[FormItem, ...]
    added: Mapping[str, str]

    def question(self, name: str) -> FormItem:
        """The first question of a name; KeyError when the form does not ask it."""
        for each in self.questions:
            if each.name == name:
                return each
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Sheets:
    """All sheets by form id, and the readings told in the phrases."""

    by_form: Mapping[str, Sheet]
    told: Mapping[str, Any]
    form_of_model: Mapping[str, str]

    def of(self, asset: Asset) -> Sheet:
        """The sheet by which a piece of equipment is inspected."""
        return self.by_form[self.form_of_model[asset.model]]

    def limits(self, stage: Stage, assets: Sequence[Asset]) -> list[AssetLimit]:
        """Limits and baseline of each number, for each model of some equipment."""
        found: list[AssetLimit] = []
        for model in dict.fromkeys(asset.model for asset in assets):
            sheet = self.by_form[self.form_of_model[model]]
            named = {each.name: each for each in sheet.questions if each.kind in _NUMBERS}
            for name, item in named.items():
                if item.minimum is None and item.maximum is None:
                    continue
                base, _drift, digits = self._course(item)
                found.append(
                    AssetLimit(
                        id=stage.new_id(),
                        model=model,
                        item=name,
                        unit=item.unit,
                        minimum=_limit_text(item.minimum),
                        maximum=_limit_text(item.maximum),
                        baseline=_number(base, digits),
                    )
                )
        return found

    def answers(self, asset: Asset, quarter: int, on: date, dice: Dice) -> dict[str, str]:
        """The answers for one piece of equipment when all is normal, in the quarter-th of the told quarters (0 is the oldest)."""
        exact = self.told["exact"].get(asset.serial, {})
        shift = (int.from_bytes(asset.serial.encode(), "big") % 61 - 30) / 1000
        sheet = self.of(asset)
        rows: dict[str, str] = dict(sheet.added)
        skipped = tuple(self.told["not_applicable"].get(asset.category, ()))
        for item in sheet.questions:
            if skipped and item.name.startswith(skipped):
                rows[f"{item.key}#result"] = "na"
                continue
            if item.name in exact and quarter < len(exact[item.name]):
                text = exact[item.name][quarter]
            elif item.kind in _NUMBERS:
                text = self._reading(item, shift, quarter, dice)
            else:
                text = _plain_answer(item, asset, on, self.told)
            if text:
                rows[item.key] = text
        return rows

    def _reading(self, item: FormItem, shift: float, quarter: int, dice: Dice) -> str:
        base, drift, digits = self._course(item)
        wobble = drift * dice.between(-30, 30) / 100
        value = base * (1 + shift) + drift * quarter + wobble + 3 * drift * (_ordinal(item.key) - 1)
        low = item.minimum if item.minimum is not None else 0.0
        high = item.maximum if item.maximum is not None else float("inf")
        return _number(min(max(value, low), high), digits)

    def _course(self, item: FormItem) -> tuple[float, float, int]:
        """Baseline, drift for each quarter and digits of a number: as told, else from its limits."""
        told = self.told["numbers"].get(item.name)
        whole = item.kind == "integer"
        if told is not None:
            base, drift, digits = told
            return float(base), float(drift), 0 if whole else int(digits)
        low, high = item.minimum or 0.0, item.maximum
        if high is None:
            return (low or 1.0) * 1.6, 0.0, 0 if whole else 1
        return low + (high - low) * 0.4, (high - low) * 0.015, 0 if whole else 1


def read_sheets(forms: Sequence[FormVersion], at: datetime) -> Sheets:
    """Read the published forms and walk each once, answering normally, to learn what it asks."""
    told = phrases("readings")
    models = {model: each["form"] for model, each in phrases("models").items()}
    return Sheets({form.form_id: _walk(form, at, told) for form in forms}, told, models)


def _walk(form: FormVersion, at: datetime, told: Mapping[str, Any]) -> Sheet:
    definition = parse(form.xform)
    opened = FormInstance.open(definition, {}, Environment(now=at))
    for item in list(opened.questions("zh")):
        if item.may_add:
            for number in range(2, told["repeats"].get(item.name, 1) + 1):
                opened.add_repeat(item.key, f"{_ADDED}{number}")
    added = {key: text for key, text in opened.rows.items() if text == "+"}
    asked: dict[str, FormItem] = {}
    nobody = Asset(id="", firmware="1", version="1", warranty_ends_on=at.date())
    for _ in range(_PASSES):
        fresh = [item for item in opened.questions("zh") if _is_asked(item) and item.key not in asked and not item.value]
        for item in fresh:
            asked[item.key] = item
            text = _number(item.minimum or 1.0, 0) if item.kind in _NUMBERS else _plain_answer(item, nobody, at.date(), told)
            if text:
                opened.answer(item.key, text)
        if not fresh:
            break
    order = [item.key for item in opened.questions("zh")]
    return Sheet(form, definition, tuple(asked[key] for key in order if key in asked), added)


def _is_asked(item: FormItem) -> bool:
    return item.relevant and not item.readonly and item.kind in _ANSWERED


def _plain_answer(item: FormItem, asset: Asset, on: date, told: Mapping[str, Any]) -> str:
    """What stands there when all is normal; empty where a person would leave it empty."""
    if item.kind in {"select_one", "select_multiple"}:
        return item.choices[0].value if item.choices else ""
    if item.kind == "date":
        return _day(item.name, asset, on).isoformat()
    if item.kind == "datetime":
        return datetime.combine(on, time(2, 30), ZONE).isoformat(timespec="milliseconds")
    if item.name in told["rows"]:
        names = told["rows"][item.name]
        return str(names[(_ordinal(item.key) - 1) % len(names)])
    text = str(told["texts"].get(item.name, ""))
    return text.format(firmware=asset.firmware, version=asset.version)


def _day(name: str, asset: Asset, on: date) -> date:
    if name.startswith("T1_28") and asset.warranty_ends_on:
        return asset.warranty_ends_on
    if name.startswith("T4_09"):
        return on + timedelta(days=240)
    return on - timedelta(days=60 if name.startswith("T3_10") else 1)


def _ordinal(key: str) -> int:
    """The ordinal of the innermost repeat instance of a key, the form's or a row added here; 1 outside repeats."""
    tail = key.rpartition("{")[2].partition("}")[0].removeprefix(_ADDED)
    return int(tail) if tail.isdecimal() else 1


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"


def _limit_text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
