"""Cases 工单: what a customer reported, followed from open to archive, with its time line and its service clocks (rows R074-R131)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.ids import Id

__all__ = ["Case", "CaseActivity", "CaseClock"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """工单. `kind`: fault | consultation | assisted_localisation | new_requirement | scheduled_event | inspection_finding.

    `status`: new | assigned | responded | diagnosing | waiting_part | waiting_vendor | on_site | restored | verifying |
    resolved | closed | archived. `severity` is a level of `scheme` (P1-P4, C-1..C-3). `entitlement`: warranty | maintenance | per_call.
    `temp_no` is the number given offline before the centre's `number` arrives.
    """

    id: Id
    number: str = ""
    temp_no: str = ""
    kind: str = "fault"
    category: str = ""
    customer_id: Id = ""
    site_id: Id = ""
    contract_id: Id = ""
    asset_id: Id = ""
    customers_number: str = ""
    summary: str = ""
    description: str = ""
    error_code: str = ""
    manufacturer: str = ""
    scheme: str = "P"
    severity: str = ""
    major: bool = False
    status: str = "new"
    entitlement: str = ""
    channel: str = "phone"
    caller_name: str = ""
    caller_phone: str = ""
    owner_id: Id = ""
    maintenance_level: int | None = None
    reported_at: datetime | None = None
    created_at: datetime | None = None
    assigned_at: datetime | None = None
    contacted_at: datetime | None = None
    plan_decided_at: datetime | None = None
    arrived_at: datetime | None = None
    diagnosed_at: datetime | None = None
    restored_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    cause: str = ""
    solution: str = ""
    prevention: str = ""
    finding_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseActivity:
    """支持活动: one entry of a case's time line; added, never altered (a correction is a new entry with `corrects_id`).

    `kind`: call | email | remote | visit | note | priority_change | status_change | escalation |
    reassignment | rma | part | finding | restore.
    """

    id: Id
    case_id: Id = ""
    site_id: Id = ""
    kind: str = "note"
    at: datetime | None = None
    author_id: Id = ""
    author_name: str = ""
    text: str = ""
    old_value: str = ""
    new_value: str = ""
    corrects_id: Id = ""
    visibility: str = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClock:
    """服务时限: one policy row copied to the case when it was created; running cases keep what they were created with (5.2).

    `metric` as in the policy table (contact, plan_decided, arrival, restore, resolve, fault_report, return_faulty …);
    `value` is a decimal text, empty where no limit is agreed; `unit` min | h | working_h | calendar_day | business_day;
    `clock` elapsed or a calendar code; `start_event` names the stamp it counts from, `stop_event` the one that ends it;
    `started_at` stands where the start is not a stamp of the case.
    """

    id: Id
    case_id: Id = ""
    site_id: Id = ""
    policy: str = ""
    profile: str = ""
    level: str = ""
    metric: str = ""
    value: str = ""
    unit: str = ""
    clock: str = "elapsed"
    start_event: str = ""
    stop_event: str = ""
    started_at: datetime | None = None
    action: str = ""
    source: str = ""
    reconstructed: str = ""
