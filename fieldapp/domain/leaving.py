"""The check before leaving a site: what is not done, not signed, not handed over (practice 1, 2, 6, 16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.customers import Asset, SiteRule, subject_sentence
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.spares import Swap, swap_gaps
from fieldapp.domain.upgrades import UpgradeOrder
from fieldapp.domain.visits import LeftOver, Visit, open_left_overs

__all__ = ["ExitItem", "exit_check"]


@dataclass(frozen=True, slots=True)
class ExitItem:
    """One line of the check before leaving; `count` things are open where there is something to count."""

    key: str
    done: bool
    text: Sentence
    count: int = 0


def exit_check(
    visit: Visit,
    *,
    rules: Sequence[SiteRule] = (),
    instances: Sequence[FormInstance] = (),
    reports: Sequence[ServiceReport] = (),
    swaps: Sequence[Swap] = (),
    assets: Sequence[Asset] = (),
    orders: Sequence[UpgradeOrder] = (),
    left_overs: Sequence[LeftOver] = (),
) -> tuple[ExitItem, ...]:
    """Everything to look at before leaving, done or not; nothing here holds anybody back, what happened is always recordable.

    All sequences hold what belongs to this visit; `assets` those of its swaps.
    """
    return (
        *_work_items(visit, instances, swaps, assets, orders),
        *_rule_items(rules),
        *_report_items(visit, reports),
        *_end_items(visit, left_overs),
    )


def _work_items(
    visit: Visit, instances: Sequence[FormInstance], swaps: Sequence[Swap], assets: Sequence[Asset], orders: Sequence[UpgradeOrder]
) -> list[ExitItem]:
    items = []
    if instances:
        count = sum(each.state == "open" for each in instances)
        text = say("{count} checklists are not finished", count=count) if count else say("All checklists are finished")
        items.append(ExitItem("checklists", not count, text, count))
    by_id = {each.id: each for each in assets}
    if swaps:
        count = sum(bool(swap_gaps(each, by_id.get(each.asset_id))) for each in swaps)
        text = say("{count} swaps are not complete", count=count) if count else say("All swaps are complete")
        items.append(ExitItem("swaps", not count, text, count))
    if orders:
        count = sum(each.state not in ("done", "rolled_back") for each in orders)
        text = say("{count} changes are still open", count=count) if count else say("All changes are finished or rolled back")
        items.append(ExitItem("changes", not count, text, count))
    if visit.outcome != "wasted":
        text = say("The workplace is cleared") if visit.cleared_at else say("The workplace is not cleared yet")
        items.append(ExitItem("cleared", visit.cleared_at is not None, text))
    return items


def _rule_items(rules: Sequence[SiteRule]) -> list[ExitItem]:
    items = []
    for rule in rules:
        if rule.verdict == "approval":
            done = bool(rule.approval_no.strip())
            name = subject_sentence(rule.subject)
            text = say("Approval noted: {subject}", subject=name) if done else say("Approval number missing: {subject}", subject=name)
            items.append(ExitItem(f"approval_{rule.subject}", done, text))
    return items


def _report_items(visit: Visit, reports: Sequence[ServiceReport]) -> list[ExitItem]:
    current = [each for each in reports if each.state != "void"]
    if not current:
        if visit.outcome == "wasted":
            return []
        return [ExitItem("report", False, say("There is no report of this visit yet"))]
    items = []
    for report in current:
        signed = report.state in ("signed", "refused", "paper")
        number = report.number
        text = say("Report {number} is settled", number=number) if signed else say("Report {number} is not signed", number=number)
        items.append(ExitItem("report", signed, text))
        if report.state in ("signed", "paper"):
            handed = report.copy_delivered_at is not None
            text = (
                say("The customer has a copy of {number}", number=number)
                if handed
                else say("The copy of {number} is not handed over", number=number)
            )
            items.append(ExitItem("copy", handed, text))
    return items


def _end_items(visit: Visit, left_overs: Sequence[LeftOver]) -> list[ExitItem]:
    items = [
        ExitItem(
            "outcome", bool(visit.outcome), say("The end of the visit is recorded") if visit.outcome else say("How did the visit end?")
        )
    ]
    if visit.outcome in ("partial", "unfinished") and not left_overs:
        items.append(ExitItem("left_overs", False, say("Nothing is noted as left over")))
    if left_overs:
        count = len(open_left_overs(left_overs))
        text = (
            say("{count} left-over items lack an owner or a date", count=count)
            if count
            else say("Every left-over item has an owner and a date")
        )
        items.append(ExitItem("left_overs", not count, text, count))
    return items
