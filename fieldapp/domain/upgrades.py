"""Planned events and upgrades 变更: review, backup evidence, approval and acceptance (R165-R179, T8, T18).

The locked order of gates is derived from these records in `gates`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.ids import Id

__all__ = [
    "BACKUP_KINDS",
    "BACKUP_SUBJECTS",
    "Approval",
    "BackupRecord",
    "ScheduledEvent",
    "UpgradeOrder",
    "UpgradeStep",
]

BACKUP_SUBJECTS = ("application", "files", "data")
BACKUP_KINDS = ("computed_here", "customer_server", "backup_system", "customers_own")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledEvent:
    """可计划事件 (CHG-2026-0093). `review_state`: draft | submitted | returned | approved | executed | cancelled."""

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    number: str = ""
    kind: str = "upgrade"
    title: str = ""
    requested_at: datetime | None = None
    submitted_at: datetime | None = None
    reviewer: str = ""
    review_state: str = "draft"
    window_starts_at: datetime | None = None
    window_ends_at: datetime | None = None
    standby_engineer: str = ""
    actual_started_at: datetime | None = None
    actual_ended_at: datetime | None = None
    deviation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeOrder:
    """升级单 (T8). Documents are named and stamped when handed over; stamps are the facts, gates are derived from them.

    `documents` names the delivered files; `impact`: "" | none | short | serious; `state`: open | running | done | rolled_back.
    """

    id: Id
    site_id: Id = ""
    event_id: Id = ""
    visit_id: Id = ""
    asset_id: Id = ""
    application: str = ""
    from_version: str = ""
    to_version: str = ""
    complexity: str = "large"
    documents: tuple[str, ...] = ()
    documents_delivered_at: datetime | None = None
    merge_agreed: bool = False
    state_before: str = ""
    business_stopped_at: datetime | None = None
    rollback_plan: str = ""
    rollback_criteria: str = ""
    rollback_decision_at: datetime | None = None
    started_at: datetime | None = None
    version_after: str = ""
    processes_verified: str = ""
    verified_at: datetime | None = None
    impact: str = ""
    impact_note: str = ""
    rolled_back_at: datetime | None = None
    rollback_note: str = ""
    explained_at: datetime | None = None
    explained_to: str = ""
    observation_until: datetime | None = None
    state: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeStep:
    """One step of the plan. `result`: "" | ok | abnormal; the point of no return is the first step's start."""

    id: Id
    site_id: Id = ""
    order_id: Id = ""
    position: int = 0
    text_zh: str = ""
    text_en: str = ""
    verification: bool = False
    result: str = ""
    note: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRecord:
    """备份证据. `subject`: application 原应用 | files 相关文件 | data 数据.

    `kind`: computed_here 本机计算 | customer_server 客户服务器脚本 | backup_system 备份系统记录 | customers_own 客户自行备份.
    `digest` is the SHA-256 of the manifest (hex); `taken_at` decides the age; `verified_at` the last successful check against the source.
    """

    id: Id
    site_id: Id = ""
    order_id: Id = ""
    subject: str = ""
    kind: str = ""
    location: str = ""
    files: int | None = None
    size: int | None = None
    digest: str = ""
    manifest_digest: str = ""
    job: str = ""
    snapshot_id: str = ""
    witness: str = ""
    taken_at: datetime | None = None
    verified_at: datetime | None = None
    verified_by: str = ""
    verify_result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """变更前批准 / 变更后验收: the customer's consent, signed. `phase`: before | after; `result`: approved | refused.

    A partial acceptance counts as refused (`domain.documents.consents`); `text` says what was not accepted.
    """

    id: Id
    site_id: Id = ""
    order_id: Id = ""
    phase: str = "before"
    contact_id: Id = ""
    name: str = ""
    department: str = ""
    role: str = ""
    registered: bool = False
    result: str = "approved"
    text: str = ""
    report_id: Id = ""
    at: datetime | None = None
