"""Inspections 巡检: checklists filled on site, their findings, and the published forms they are filled from (requirements 2.L, 4.1-4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import RuleEffect

__all__ = [
    "RESULTS",
    "UNCHECKED_REASONS",
    "Coverage",
    "Finding",
    "FindingIncomplete",
    "FindingSettled",
    "FormInstance",
    "FormVersion",
    "Inspection",
    "InspectionOpen",
    "ItemStatus",
    "Trend",
    "UncheckedNeedsReason",
    "check_unchecked",
    "coverage",
    "days_outside",
    "finding_gaps",
    "finish_inspection",
    "item_status",
    "limit_flag",
    "limits_sentence",
    "open_findings",
    "require_finding",
    "result_of",
    "settle_finding",
    "status_sentence",
    "trend",
    "trend_sentence",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """巡检: one inspection of a site in a period. `trigger`: quarter | pre_holiday | month | on_demand; `mode`: on_site | remote.

    `state`: planned | started | finished; `result`: "" | complete | partial (部分完成, something is 未检).
    """

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    visit_id: Id = ""
    number: str = ""
    period: str = ""
    trigger: str = "quarter"
    mode: str = "on_site"
    state: str = "planned"
    result: str = ""
    summary: str = ""
    advice: str = ""
    engineer_id: Id = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInstance:
    """巡检表: one form being filled for one asset. Its answers are fields whose names begin with "/": the node path with stable
    repeat ids, e.g. `/data/disks{1}/T1_15_slot`; annotations of an answer follow a "#": `/data/env/T1_08#result` (na | unchecked),
    `/data/env/T1_08#reason`. `state`: open | done | sealed.
    """

    id: Id
    site_id: Id = ""
    owner_kind: str = "inspection"
    owner_id: Id = ""
    asset_id: Id = ""
    form_id: str = ""
    form_version: str = ""
    form_digest: str = ""
    period: str = ""
    position: int = 0
    state: str = "open"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deprecated_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """A published version of a form; `xform` is the whole XForm, `digest` the SHA-256 (hex) of its UTF-8 bytes."""

    id: Id
    form_id: str = ""
    version: str = ""
    title_zh: str = ""
    title_en: str = ""
    category: str = ""
    xform: str = ""
    digest: str = ""
    workbook_digest: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """问题: what an inspection found abnormal. `level`: minor | major | critical; `state`: fixed | left_over | settled.

    `owner`: us | customer | vendor. Where the site forbids photos, `witness` and `substitute` stand in place of `photo_digest` and
    `rule_clause` names the rule. A left-over finding of last time is settled by a later inspection (`settled_in`).
    """

    id: Id
    site_id: Id = ""
    asset_id: Id = ""
    inspection_id: Id = ""
    instance_id: Id = ""
    key: str = ""
    item: str = ""
    item_label: str = ""
    value: str = ""
    level: str = "minor"
    description: str = ""
    photo_digest: str = ""
    substitute: str = ""
    witness: str = ""
    rule_clause: str = ""
    state: str = "left_over"
    owner: str = "us"
    advice: str = ""
    due_on: date | None = None
    case_id: Id = ""
    found_at: datetime | None = None
    settled_in: Id = ""
    settled_at: datetime | None = None
    settled_note: str = ""


ItemStatus = Literal["ok", "abnormal", "na", "unchecked", "open"]
RESULTS: tuple[ItemStatus, ...] = ("ok", "abnormal", "na", "unchecked")
"""正常 异常 不适用 未检: the values of a result question and the words of the `#result` annotation."""

UNCHECKED_REASONS = ("not_permitted", "no_access", "powered_off", "no_time")
TREND_STEPS = 4
"""So many rises (or falls) in a row raise the flag."""

_NEAR = Decimal("0.1")


class UncheckedNeedsReason(InputError):
    """An item left unchecked without saying why."""

    code = "FA-104"
    message = N_("An item that is not checked needs a reason. Nothing was changed. Choose why it was not checked.")


class FindingIncomplete(InputError):
    """A finding that lacks what an abnormal item needs; `values["missing"]` names it."""

    code = "FA-105"
    message = N_("This finding is not complete: {missing}. What you entered is kept. Add what is missing.")


class FindingSettled(RuleError):
    """A finding that is settled already."""

    code = "FA-206"
    message = N_("This finding is settled already. Nothing was changed.")


class InspectionOpen(RuleError):
    """An inspection with items that nobody answered."""

    code = "FA-202"
    message = N_("{count} items are still open. Nothing was changed. Answer them, or mark them as not checked with a reason.")


def _number(text: str | None) -> Decimal | None:
    try:
        number = Decimal((text or "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def limit_flag(value: str | None, minimum: str = "", maximum: str = "") -> Literal["", "inside", "below", "above"]:
    """Where a number lies against its limits, both included (decimal texts, empty where none is agreed); "" without number or limits."""
    number, low, high = _number(value), _number(minimum), _number(maximum)
    if number is None or (low is None and high is None):
        return ""
    if low is not None and number < low:
        return "below"
    return "above" if high is not None and number > high else "inside"


def days_outside(value: str | None, today: date, ahead: str = "", back: str = "") -> bool:
    """Whether a date (ISO 8601, a time after it is passed over) lies less than `ahead` days in the future, or more than `back` in the past.

    `ahead` and `back` are whole numbers as texts, empty where none is agreed; what is no date is not outside.
    """
    try:
        day = date.fromisoformat((value or "")[:10])
    except ValueError:
        return False
    least, most = _number(ahead), _number(back)
    return (least is not None and (day - today).days < least) or (most is not None and (today - day).days > most)


def item_status(value: str | None, minimum: str = "", maximum: str = "", result: str = "") -> ItemStatus:
    """The result of an item: from its annotation (`na`, `unchecked`), else from its value.

    An empty value is open; a value of RESULTS says it itself; a number outside its limits is abnormal; everything else is ok.
    """
    if result in ("na", "unchecked"):
        return "na" if result == "na" else "unchecked"
    if value is None or not value.strip():
        return "open"
    for word in RESULTS:
        if value == word:
            return word
    return "abnormal" if limit_flag(value, minimum, maximum) in ("below", "above") or result == "abnormal" else "ok"


def status_sentence(status: ItemStatus) -> Sentence:
    """The result of an item in words."""
    return {
        "ok": say("Normal"),
        "abnormal": say("Abnormal"),
        "na": say("Not applicable"),
        "unchecked": say("Not checked"),
        "open": say("Not answered"),
    }[status]


def check_unchecked(result: str, reason: str) -> None:
    """UncheckedNeedsReason when an item is marked as not checked without a reason (one of UNCHECKED_REASONS, or own words)."""
    if result == "unchecked" and not reason.strip():
        raise UncheckedNeedsReason


@dataclass(frozen=True, slots=True)
class Trend:
    """How readings move: `steps` rises or falls in a row up to the last reading.

    `flag` is set from four steps on, where the movement goes towards an agreed limit or no limit is agreed at all. `left` is
    the distance from the last reading to the limit it moves to; `near` says that it is a tenth of the span or less.
    """

    flag: Literal["", "rising", "falling"]
    steps: int
    left: Decimal | None = None
    near: bool = False


def trend(readings: Sequence[str], minimum: str = "", maximum: str = "") -> Trend:
    """The trend of readings (decimal texts), oldest first, the present one last; what is no number is passed over."""
    numbers = [number for each in readings if (number := _number(each)) is not None]
    steps, direction = 0, 0
    for before, after in zip(reversed(numbers[:-1]), reversed(numbers[1:]), strict=True):
        sign = (after > before) - (after < before)
        if sign == 0 or (direction and sign != direction):
            break
        direction = sign
        steps += 1
    low, high = _number(minimum), _number(maximum)
    limit = high if direction > 0 else low if direction < 0 else None
    left = None if limit is None or not numbers else abs(limit - numbers[-1])
    near = left is not None and low is not None and high is not None and left <= (high - low) * _NEAR
    flagged = steps >= TREND_STEPS and (limit is not None or (low is None and high is None))
    return Trend(("rising" if direction > 0 else "falling") if flagged else "", steps, left, near)


def trend_sentence(found: Trend) -> Sentence | None:
    """The flag of a trend in words; None without one."""
    if found.flag == "rising":
        return say("Trend: {count} rises in a row", count=found.steps)
    return say("Trend: {count} falls in a row", count=found.steps) if found.flag else None


def limits_sentence(minimum: str = "", maximum: str = "", baseline: str = "") -> Sentence | None:
    """The limits of an item on one line; None where neither limits nor a baseline are agreed."""
    base = say("baseline {value}", value=baseline) if baseline else None
    if minimum and maximum:
        limits = say("allowed {low} to {high}", low=minimum, high=maximum)
    elif maximum:
        limits = say("at most {high}", high=maximum)
    elif minimum:
        limits = say("at least {low}", low=minimum)
    else:
        return base
    return say("{limits} · {baseline}", limits=limits, baseline=base) if base else limits


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many items of a checklist have which result."""

    ok: int = 0
    abnormal: int = 0
    na: int = 0
    unchecked: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.ok + self.abnormal + self.na + self.unchecked + self.open

    @property
    def answered(self) -> int:
        """Items with any result."""
        return self.total - self.open

    @property
    def percent(self) -> int:
        """Checked items of those that apply, in whole percent, rounded down; 100 when none applies."""
        applying = self.total - self.na
        return 100 if applying == 0 else (self.ok + self.abnormal) * 100 // applying

    def plus(self, other: Coverage) -> Coverage:
        """The two counted together."""
        return Coverage(
            self.ok + other.ok, self.abnormal + other.abnormal, self.na + other.na, self.unchecked + other.unchecked, self.open + other.open
        )


def coverage(statuses: Iterable[ItemStatus]) -> Coverage:
    """Count results."""
    counts = dict.fromkeys(("ok", "abnormal", "na", "unchecked", "open"), 0)
    for status in statuses:
        counts[status] += 1
    return Coverage(**counts)


def result_of(counted: Coverage) -> Literal["", "complete", "partial"]:
    """The result of an inspection: empty while something is open, partial (部分完成) when something is 未检."""
    if counted.open:
        return ""
    return "partial" if counted.unchecked else "complete"


def finish_inspection(inspection: Inspection, counted: Coverage, at: datetime, summary: str = "", advice: str = "") -> Inspection:
    """The inspection as finished at an aware moment; InspectionOpen while items are open."""
    if counted.open:
        raise InspectionOpen(count=counted.open)
    return replace(
        inspection,
        state="finished",
        result=result_of(counted),
        finished_at=at,
        summary=summary or inspection.summary,
        advice=advice or inspection.advice,
    )


def finding_gaps(finding: Finding, camera: RuleEffect, *, photo_wanted: bool = False) -> tuple[Sentence, ...]:
    """What an abnormal item still needs: a note; a photo where one is wanted, or, where the site forbids photos, a witness;
    for a left-over finding an owner and a date.
    """
    gaps = []
    if not finding.description.strip():
        gaps.append(say("a note of what is abnormal"))
    if not finding.photo_digest:
        if not camera.allowed and not finding.witness.strip():
            gaps.append(say("the name of the witness, as photos are not allowed here"))
        elif camera.allowed and photo_wanted:
            gaps.append(say("a photo"))
    if finding.state == "left_over":
        if finding.owner not in ("us", "customer", "vendor"):
            gaps.append(say("who takes care of it"))
        if finding.due_on is None:
            gaps.append(say("a date"))
    return tuple(gaps)


def require_finding(finding: Finding, camera: RuleEffect, *, photo_wanted: bool = False) -> None:
    """FindingIncomplete, naming the first gap, when something is missing."""
    gaps = finding_gaps(finding, camera, photo_wanted=photo_wanted)
    if gaps:
        raise FindingIncomplete(missing=gaps[0])


def open_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that are left over and not settled, the gravest first, then the oldest."""
    weight = {"critical": 0, "major": 1}
    left = [each for each in findings if each.state == "left_over"]
    return tuple(sorted(left, key=lambda each: (weight.get(each.level, 2), each.found_at.timestamp() if each.found_at else 0, each.id)))


def settle_finding(finding: Finding, inspection_id: Id, at: datetime, note: str) -> Finding:
    """A left-over finding as settled by a later inspection; FindingSettled when it is not open any more."""
    if finding.state != "left_over":
        raise FindingSettled
    return replace(finding, state="settled", settled_in=inspection_id, settled_at=at, settled_note=note.strip())
