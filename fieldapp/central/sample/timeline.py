"""The milestones and the time line of one case of the sample."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fieldapp.central.sample.stage import Stage
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Person

__all__ = ["Milestones", "milestones", "tell_timeline"]

_REACHED = {
    "new": "",
    "assigned": "assigned",
    "responded": "assigned contacted",
    "diagnosing": "assigned contacted plan_decided",
    "waiting_vendor": "assigned contacted plan_decided diagnosed",
    "waiting_part": "assigned contacted plan_decided arrived diagnosed",
    "on_site": "assigned contacted plan_decided arrived",
    "restored": "assigned contacted plan_decided arrived diagnosed restored",
    "verifying": "assigned contacted plan_decided arrived diagnosed restored",
    "resolved": "assigned contacted plan_decided arrived diagnosed restored resolved",
    "closed": "assigned contacted plan_decided arrived diagnosed restored resolved closed",
    "archived": "assigned contacted plan_decided arrived diagnosed restored resolved closed",
}
"""Status -> the stamps a case has by then."""

_MINUTES = {
    "contacted": 16,
    "plan_decided": 38,
    "arrived": 95,
    "diagnosed": 150,
    "restored": 200,
    "resolved": 230,
    "closed": 230 + 3 * 1440,
}
"""Stamp -> minutes after the assignment."""

_QUICK = {"contacted": 4}
"""The same where the contract promises a remote response within ten minutes."""

_STATUS_BY_STAMP = {
    "assigned": ("new", "assigned"),
    "contacted": ("assigned", "responded"),
    "plan_decided": ("responded", "diagnosing"),
    "arrived": ("diagnosing", "on_site"),
    "restored": ("on_site", "restored"),
    "resolved": ("restored", "resolved"),
    "closed": ("resolved", "closed"),
}

_INTAKE = {
    "phone": ("call", "客户来电报障:"),
    "email": ("email", "客户邮件:"),
    "web": ("note", "客户在线提交:"),
    "visit": ("visit", "现场提出:"),
    "call_home": ("note", "设备自动报警:"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """The stamps of one case; None where it has not come so far."""

    reported: datetime
    created: datetime
    assigned: datetime | None = None
    contacted: datetime | None = None
    plan_decided: datetime | None = None
    arrived: datetime | None = None
    diagnosed: datetime | None = None
    restored: datetime | None = None
    resolved: datetime | None = None
    closed: datetime | None = None

    def stamps(self) -> dict[str, Any]:
        """The stamps by the names a case gives them."""
        return {
            "reported_at": self.reported,
            "created_at": self.created,
            "assigned_at": self.assigned,
            "contacted_at": self.contacted,
            "plan_decided_at": self.plan_decided,
            "arrived_at": self.arrived,
            "diagnosed_at": self.diagnosed,
            "restored_at": self.restored,
            "resolved_at": self.resolved,
            "closed_at": self.closed,
        }


def milestones(
    reported: datetime, created: datetime, assigned: datetime, status: str, *, quick: bool, fault: bool, late_minutes: int = 0
) -> Milestones:
    """The stamps a case of this status has; one that is no fault needs no visit and no restoring, and its cause is known at once.

    `late_minutes` delays the contact.
    """
    minutes = _MINUTES | (_QUICK if quick else {})
    minutes["contacted"] += late_minutes
    if not fault:
        minutes |= {"diagnosed": 60, "resolved": 90}
    reached = {name: assigned + timedelta(minutes=minutes.get(name, 0)) for name in _REACHED[status].split()}
    if not fault:
        reached = {name: at for name, at in reached.items() if name not in {"arrived", "restored"}}
        if "contacted" in reached:
            reached["diagnosed"] = assigned + timedelta(minutes=minutes["diagnosed"])
    return Milestones(reported=reported, created=created, **reached)


def tell_timeline(stage: Stage, case: Case, desk: Person, engineer: Person, part: str) -> list[CaseActivity]:
    """The entries of a case's time line, oldest first; `part` is the number of the part that was swapped, if any."""
    told: list[CaseActivity] = []

    def add(at: datetime | None, kind: str, text: str, by: Person, old: str = "", new: str = "", visibility: str = "internal") -> None:
        if at is not None:
            told.append(
                CaseActivity(
                    id=stage.new_id(),
                    case_id=case.id,
                    site_id=case.site_id,
                    kind=kind,
                    at=at,
                    author_id=by.id,
                    author_name=by.name,
                    text=text,
                    old_value=old,
                    new_value=new,
                    visibility=visibility,
                )
            )

    kind, opening = _INTAKE[case.channel]
    add(case.reported_at, kind, f"{opening}{case.description}", desk, visibility="customer")
    add(case.assigned_at, "reassignment", f"分配给 {engineer.name}", desk, "", engineer.id)
    add(case.contacted_at, "call", f"已联系{case.caller_name},核对现象、影响范围与设备序列号。", engineer, visibility="customer")
    add(case.plan_decided_at, "remote", "已定处理方案:先收集日志,必要时携备件到场。", engineer)
    add(case.arrived_at, "visit", "到达现场,办理入场登记。", engineer)
    if case.kind == "fault":
        add(case.diagnosed_at, "note", f"故障定位:{case.cause or '部件异常,见日志'}。", engineer)
    if part:
        add(case.restored_at, "part", f"更换备件 {part},自检正常。", engineer)
    add(case.restored_at, "restore", "业务恢复,与客户共同复测正常。", engineer, visibility="customer")
    for name, (old, new) in _STATUS_BY_STAMP.items():
        add(getattr(case, f"{name}_at"), "status_change", "", desk if name in {"assigned", "closed"} else engineer, old, new)
    if case.status in {"waiting_part", "waiting_vendor", "verifying"}:
        last = case.restored_at or case.diagnosed_at or case.contacted_at or case.assigned_at
        text = {"waiting_part": "等待备件到货。", "waiting_vendor": "日志已送原厂,等待答复。", "verifying": "观察中,等待客户验证。"}[
            case.status
        ]
        old = "restored" if case.status == "verifying" else "diagnosing"
        add(last + timedelta(minutes=10) if last else None, "status_change", text, engineer, old, case.status)
    if case.major:
        add(case.assigned_at, "escalation", "重大故障,已上报值班经理。", desk)
    if case.status == "archived" and case.closed_at:
        add(case.closed_at + timedelta(days=30), "status_change", "", desk, "closed", "archived")
    return sorted(told, key=lambda each: (each.at or stage.at, each.id))
