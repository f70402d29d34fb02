"""Visits 现场服务: departure, entry, start, work, clearing, exit; people with hours; left-over items (practice 1-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fieldapp.base.ids import Id

__all__ = ["LeftOver", "Visit", "VisitPerson"]


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
