"""Visits 现场服务: departure, entry, start, work, clearing, exit; people with hours; left-over items (practice 1-6).

The check before leaving stands in `leaving`, what a site forbids beside the site in `customers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id

__all__ = [
    "OUTCOMES",
    "STAMPS",
    "LeftOver",
    "OutcomeNeedsReason",
    "StampOutOfOrder",
    "StampState",
    "StampTooEarly",
    "Visit",
    "VisitPerson",
    "arrival_at",
    "end_visit",
    "outcome_sentence",
    "stamp",
    "stamp_states",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """上门: one visit of a shift. `kind`: inspection | repair | upgrade; `appointment_at` for planned visits, clocks for faults.

    `outcome`: "" | complete 完成 | partial 部分完成 | unfinished 未完成 | wasted 白跑 | observing 转观察.
    `tools` and `items_out` are lists as agreed at the gate; the stamps are 出发 入场 开工 清场 离场.
    """

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    kind: str = "inspection"
    case_id: Id = ""
    event_id: Id = ""
    inspection_id: Id = ""
    title: str = ""
    engineer_id: Id = ""
    appointment_at: datetime | None = None
    planned_end_at: datetime | None = None
    departed_at: datetime | None = None
    entered_at: datetime | None = None
    permit_no: str = ""
    escort: str = ""
    tools: tuple[str, ...] = ()
    rules_read_at: datetime | None = None
    started_at: datetime | None = None
    start_confirmed_by: str = ""
    cleared_at: datetime | None = None
    left_at: datetime | None = None
    items_out: tuple[str, ...] = ()
    outcome: str = ""
    outcome_reason: str = ""
    symptom: str = ""
    cause: str = ""
    work_done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPerson:
    """在场人员: somebody on the visit. `side`: us | customer | vendor | subcontractor; `leader` holds the report."""

    id: Id
    site_id: Id = ""
    visit_id: Id = ""
    name: str = ""
    side: str = "us"
    role: str = ""
    phone: str = ""
    leader: bool = False
    hours_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """遗留事项: what remains after the visit, with an owner (us | customer | vendor) and a date."""

    id: Id
    site_id: Id = ""
    visit_id: Id = ""
    text: str = ""
    owner: str = "us"
    due_on: date | None = None
    finding_id: Id = ""
    case_id: Id = ""


STAMPS = ("departed_at", "entered_at", "started_at", "cleared_at", "left_at")
"""出发 入场 开工 清场 离场, in the order of a visit."""

OUTCOMES = ("complete", "partial", "unfinished", "wasted", "observing")


class StampOutOfOrder(RuleError):
    """A stamp whose turn has not come, or that stands already."""

    code = "FA-201"
    message = N_("This step of the visit is not possible now: {why} Nothing was changed.")


class StampTooEarly(InputError):
    """A stamp with a time before the one that goes before it."""

    code = "FA-102"
    message = N_("This time is before the step that goes before it. Nothing was changed. Correct the time.")


class OutcomeNeedsReason(InputError):
    """An end of a visit other than complete, without its reason."""

    code = "FA-103"
    message = N_("A visit that does not end as complete needs a reason. Nothing was changed. Write why.")


@dataclass(frozen=True, slots=True)
class StampState:
    """One step of a visit: its time if it was recorded, else whether it may be recorded now and why not."""

    name: str
    at: datetime | None
    allowed: bool
    why: Sentence | None = None


def stamp_states(visit: Visit, *, rules_to_read: bool = False) -> tuple[StampState, ...]:
    """The five steps of a visit in order. `rules_to_read`: the site has rules, and work starts only after they were read.

    A wasted visit (nobody there, no entry) goes from departure straight to leaving.
    """
    states = []
    for position, name in enumerate(STAMPS):
        at = getattr(visit, name)
        why = None if at else _why_not(visit, position, rules_to_read)
        states.append(StampState(name, at, at is None and why is None, why))
    return tuple(states)


def _why_not(visit: Visit, position: int, rules_to_read: bool) -> Sentence | None:
    name = STAMPS[position]
    if any(getattr(visit, later) for later in STAMPS[position + 1 :]):
        return say("a later step is recorded already.")
    if name == "left_at" and visit.outcome == "wasted":
        return None if visit.departed_at else say("the departure comes first.")
    if position and getattr(visit, STAMPS[position - 1]) is None:
        return {
            "entered_at": say("the departure comes first."),
            "started_at": say("the entry comes first."),
            "cleared_at": say("the start of work comes first."),
            "left_at": say("the clearing of the workplace comes first."),
        }[name]
    if name == "started_at" and rules_to_read and visit.rules_read_at is None:
        return say("the rules of the site were not read yet.")
    return None


def stamp(visit: Visit, name: str, at: datetime, *, rules_to_read: bool = False) -> Visit:
    """Record one step of a visit at an aware moment.

    StampOutOfOrder when its turn has not come or it stands already; StampTooEarly when `at` is before an earlier step.
    """
    state = next(each for each in stamp_states(visit, rules_to_read=rules_to_read) if each.name == name)
    if state.at is not None:
        raise StampOutOfOrder(why=say("it is recorded already."))
    if state.why is not None:
        raise StampOutOfOrder(why=state.why)
    earlier = [moment for each in STAMPS[: STAMPS.index(name)] if (moment := getattr(visit, each))]
    if earlier and at < max(earlier):
        raise StampTooEarly
    change: dict[str, Any] = {name: at}
    return replace(visit, **change)


def arrival_at(visit: Visit) -> datetime | None:
    """When the engineer arrived, for the arrival clock: the entry; a wasted visit counts as arrival at the gate."""
    if visit.entered_at is None and visit.outcome == "wasted":
        return visit.left_at
    return visit.entered_at


def end_visit(
    visit: Visit,
    outcome: str,
    reason: str = "",
    *,
    symptom: str = "",
    cause: str = "",
    work_done: str = "",
    left_overs: Sequence[LeftOver] = (),
) -> Visit:
    """How the visit ends; ValueError for a word that is none of OUTCOMES.

    OutcomeNeedsReason when it is not complete and neither a reason nor a left-over item says why; a wasted visit always needs one.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"no outcome {outcome!r}")
    explained = bool(reason.strip()) or (bool(left_overs) and outcome != "wasted")
    if outcome != "complete" and not explained:
        raise OutcomeNeedsReason
    return replace(
        visit,
        outcome=outcome,
        outcome_reason=reason.strip(),
        symptom=symptom or visit.symptom,
        cause=cause or visit.cause,
        work_done=work_done or visit.work_done,
    )


def outcome_sentence(outcome: str) -> Sentence:
    """The end of a visit in words."""
    return {
        "complete": say("Completed"),
        "partial": say("Partly done"),
        "unfinished": say("Not finished"),
        "wasted": say("Wasted visit"),
        "observing": say("Under observation"),
    }.get(outcome, say("Not ended yet"))


def open_left_overs(left_overs: Iterable[LeftOver]) -> tuple[LeftOver, ...]:
    """Left-over items that lack a text, an owner or a date."""
    return tuple(
        each for each in left_overs if not each.text.strip() or each.owner not in ("us", "customer", "vendor") or each.due_on is None
    )
