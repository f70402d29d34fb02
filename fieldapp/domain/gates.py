"""The gates of an upgrade in their locked order, derived from what was recorded (practice 10, rows R166-R167, template T8).

Stamps and records are the facts; a gate is never stored. Until the first step begins a gate may close again: a backup grows too
old, a check finds a difference. From then on the state at the start counts, and there is only the way of the rollback plan back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say, time_text, when_text
from fieldapp.domain.customers import Contract
from fieldapp.domain.upgrades import BACKUP_SUBJECTS, Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep

__all__ = [
    "GATES",
    "Gate",
    "GateClosed",
    "GateState",
    "NoRollbackNeeded",
    "RollbackNeedsNote",
    "backup_kind_sentence",
    "backup_problem",
    "crosses_midnight",
    "finish_order",
    "gate_sentence",
    "gates",
    "past_no_return",
    "require",
    "roll_back",
    "window_deviation",
    "window_sentence",
]

GateState = Literal["done", "open", "locked", "running", "failed"]
GATES = ("documents", "backup_application", "backup_files", "backup_data", "approval", "steps", "verification", "acceptance")
"""The keys of gates 1 to 8; the point of no return lies between `approval` and `steps`."""

MAX_AGE_HOURS = 24
_DIFFERENT = frozenset({"differs", "failed", "abnormal", "different"})


class GateClosed(RuleError):
    """A step whose gate is locked; `values["missing"]` names what opens it."""

    code = "FA-210"
    message = N_("Step {number} is locked. Nothing was changed. It opens with: {missing}")


class NoRollbackNeeded(RuleError):
    """A rollback before anything was executed, or a second one."""

    code = "FA-211"
    message = N_("There is nothing to roll back now. Nothing was changed.")


class RollbackNeedsNote(InputError):
    """A rollback without the path that was taken."""

    code = "FA-113"
    message = N_("A rollback needs a note of what was restored, from which backup. Nothing was changed. Write it down.")


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate. `opens_with` names what is still missing: for a locked gate to open, for an open one to be done."""

    number: int
    key: str
    state: GateState
    opens_with: tuple[Sentence, ...] = ()
    detail: Sentence | None = None

    @property
    def title(self) -> Sentence:
        """The gate's name."""
        return gate_sentence(self.key)


def gate_sentence(key: str) -> Sentence:
    """The name of a gate."""
    return {
        "documents": say("Change description and technical documents"),
        "backup_application": say("Back up the original application"),
        "backup_files": say("Back up related files"),
        "backup_data": say("Back up data"),
        "approval": say("Approval before the change"),
        "steps": say("Execute the upgrade steps"),
        "verification": say("Verify key processes and business functions"),
        "acceptance": say("Explain the result; acceptance after the change"),
    }[key]


def gates(
    order: UpgradeOrder,
    event: ScheduledEvent | None,
    backups: Sequence[BackupRecord],
    approvals: Sequence[Approval],
    steps: Sequence[UpgradeStep],
    contract: Contract | None,
    now: datetime,
    documents: Sequence[str] | None = None,
    *,
    max_age_hours: int = MAX_AGE_HOURS,
) -> tuple[Gate, ...]:
    """The eight gates in order. All sequences hold what belongs to the order; `documents` default to those it names.

    `now` (aware) decides the age of backups until the first step begins. The contract says which kinds of backup suffice (none
    named: all do). An approval of the event by the reviewer is needed before the first step, not before the backups.
    """
    reference = order.started_at or now
    own = [each for each in backups if each.order_id in ("", order.id)]
    first = _documents_gate(order, order.documents if documents is None else documents)
    found = [first]
    for number, subject in enumerate(BACKUP_SUBJECTS, start=2):
        found.append(_backup_gate(number, subject, order, event, own, contract, reference, first, max_age_hours))
    found.append(_approval_gate(found, [each for each in approvals if each.phase == "before"]))
    found.append(_steps_gate(found, order, event, steps))
    found.append(_verification_gate(found[-1], order, steps))
    found.append(_acceptance_gate(found[-1], order, [each for each in approvals if each.phase == "after"]))
    return tuple(found)


def _documents_gate(order: UpgradeOrder, documents: Sequence[str]) -> Gate:
    missing = []
    if not documents:
        missing.append(say("the change description and the technical documents"))
    if order.documents_delivered_at is None:
        missing.append(say("the hand-over of the documents to the customer"))
    if not order.merge_agreed:
        missing.append(say("the agreement on how versions are merged"))
    detail = say("{count} files", count=len(documents)) if documents else None
    return Gate(1, "documents", "open" if missing else "done", tuple(missing), detail)


def backup_problem(
    backup: BackupRecord,
    order: UpgradeOrder,
    event: ScheduledEvent | None,
    contract: Contract | None,
    at: datetime,
    *,
    max_age_hours: int = MAX_AGE_HOURS,
) -> Sentence | None:
    """Why a backup does not suffice at an aware moment; None when it does.

    Data must be taken after the business stopped and inside the window; application and files at most `max_age_hours` before.
    Everything but the customer's own backup must have been checked; the customer's own and one computed on the customer's server
    need a witness.
    """
    if contract is not None and contract.backup_kinds and backup.kind not in contract.backup_kinds:
        return say("a kind of backup that the contract accepts")
    if backup.taken_at is None:
        return say("the time when the backup was taken")
    if backup.subject == "data":
        if order.business_stopped_at is None:
            return say("the stop of the business")
        if backup.taken_at < order.business_stopped_at:
            return say("a data backup taken after the business stopped")
        if event is not None and window_deviation(event, backup.taken_at) is not None:
            return say("a data backup taken inside the window")
    elif at - backup.taken_at > timedelta(hours=max_age_hours):
        return say("a backup not older than {hours} hours", hours=max_age_hours)
    return _evidence_problem(backup)


def _evidence_problem(backup: BackupRecord) -> Sentence | None:
    if backup.kind in ("customer_server", "customers_own") and not backup.witness.strip():
        return say("the name of the witness of the backup")
    if backup.kind in ("computed_here", "customer_server") and not backup.digest:
        return say("the digest of the backup")
    if backup.kind == "backup_system" and not (backup.job.strip() or backup.snapshot_id.strip()):
        return say("the job or snapshot of the backup system")
    if backup.verify_result in _DIFFERENT:
        return say("a backup whose check finds no difference")
    if backup.kind != "customers_own" and backup.verified_at is None:
        return say("the check of the backup")
    return None


def backup_kind_sentence(kind: str) -> Sentence:
    """The kind of a backup evidence, as it is printed."""
    return {
        "computed_here": say("Computed here"),
        "customer_server": say("Script on the customer's server"),
        "backup_system": say("Record of the backup system"),
        "customers_own": say("Customer's own backup"),
    }.get(kind, say("{kind}", kind=kind))


def _backup_gate(
    number: int,
    subject: str,
    order: UpgradeOrder,
    event: ScheduledEvent | None,
    backups: Sequence[BackupRecord],
    contract: Contract | None,
    at: datetime,
    first: Gate,
    max_age_hours: int,
) -> Gate:
    key = f"backup_{subject}"
    mine = sorted((each for each in backups if each.subject == subject), key=lambda each: (_moment(each.taken_at), each.id))
    if first.state != "done":
        return Gate(number, key, "locked", (_needs([1]),))
    if not mine:
        missing = [say("the evidence of this backup")]
        if subject == "data" and order.business_stopped_at is None:
            missing.insert(0, say("the stop of the business"))
        return Gate(number, key, "open", tuple(missing))
    problems = [backup_problem(each, order, event, contract, at, max_age_hours=max_age_hours) for each in mine]
    for backup, problem in reversed(list(zip(mine, problems, strict=True))):
        if problem is None:
            return Gate(number, key, "done", (), backup_kind_sentence(backup.kind))
    newest, problem = mine[-1], problems[-1]
    detail = backup_kind_sentence(newest.kind)
    if newest.verify_result in _DIFFERENT:
        state: GateState = "failed"
    else:
        state = (
            "running"
            if newest.verified_at is None and newest.taken_at is not None and problem == say("the check of the backup")
            else "open"
        )
    return Gate(number, key, state, (problem,) if problem else (), detail)


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def _needs(numbers: Sequence[int]) -> Sentence:
    return (
        say("steps {numbers}", numbers=", ".join(str(each) for each in numbers))
        if len(numbers) > 1
        else say("step {number}", number=numbers[0])
    )


def _latest(approvals: Sequence[Approval]) -> Approval | None:
    return max(approvals, key=lambda each: (_moment(each.at), each.id), default=None)


def _approval_gate(earlier: Sequence[Gate], approvals: Sequence[Approval]) -> Gate:
    latest = _latest(approvals)
    if latest is not None and latest.result == "approved":
        return Gate(5, "approval", "done", (), say("approved by {name}", name=latest.name))
    waiting = [each.number for each in earlier if each.state != "done"]
    if waiting:
        return Gate(5, "approval", "locked", (_needs(waiting),))
    if latest is not None:
        return Gate(5, "approval", "failed", (say("the customer's approval"),), say("refused by {name}", name=latest.name))
    return Gate(5, "approval", "open", (say("the customer's approval"),))


def _steps_gate(earlier: Sequence[Gate], order: UpgradeOrder, event: ScheduledEvent | None, steps: Sequence[UpgradeStep]) -> Gate:
    plan = [each for each in steps if not each.verification]
    done = sum(bool(each.result) for each in plan)
    detail = say("{done} of {count} steps", done=done, count=len(plan))
    if order.rolled_back_at is not None:
        return Gate(6, "steps", "failed", (), say("rolled back"))
    if any(each.result == "abnormal" for each in plan):
        return Gate(6, "steps", "failed", (say("every step without a fault, or the rollback"),), detail)
    if past_no_return(order, steps):
        if plan and done == len(plan):
            return Gate(6, "steps", "done", (), detail)
        return Gate(6, "steps", "running", (say("every step of the plan"),), detail)
    missing = []
    waiting = [each.number for each in earlier if each.state != "done"]
    if waiting:
        missing.append(_needs(waiting))
    if event is None or event.review_state not in ("approved", "executed"):
        missing.append(say("the approval of the change by the reviewer"))
    if not order.rollback_plan.strip():
        missing.append(say("the rollback plan"))
    if not plan:
        missing.append(say("the steps of the plan"))
    return Gate(6, "steps", "locked" if missing else "open", tuple(missing) or (say("every step of the plan"),), detail)


def _verification_gate(executed: Gate, order: UpgradeOrder, steps: Sequence[UpgradeStep]) -> Gate:
    if order.rolled_back_at is not None:
        return Gate(7, "verification", "failed", (), say("rolled back"))
    if executed.state != "done":
        return Gate(7, "verification", "locked", (_needs([6]),))
    checks = [each for each in steps if each.verification]
    good = sum(each.result == "ok" for each in checks)
    detail = say("{done} of {count} checks normal", done=good, count=len(checks)) if checks else None
    missing = []
    if any(each.result == "abnormal" for each in checks) or order.processes_verified == "abnormal":
        return Gate(7, "verification", "failed", (say("every check normal, or the rollback"),), detail)
    if good < len(checks):
        missing.append(say("every check normal"))
    if order.version_after and order.to_version and order.version_after != order.to_version:
        return Gate(7, "verification", "failed", (say("version {version}", version=order.to_version),), detail)
    if not order.version_after:
        missing.append(say("the version after the upgrade"))
    if order.verified_at is None or not order.processes_verified:
        missing.append(say("the verification of processes and functions"))
    if not missing:
        return Gate(7, "verification", "done", (), detail)
    return Gate(7, "verification", "running" if good else "open", tuple(missing), detail)


def _acceptance_gate(verified: Gate, order: UpgradeOrder, approvals: Sequence[Approval]) -> Gate:
    latest = _latest(approvals)
    if verified.state != "done" and order.rolled_back_at is None:
        return Gate(8, "acceptance", "locked", (_needs([7]),))
    missing = []
    if not order.impact:
        missing.append(say("the influence on the business"))
    if order.explained_at is None:
        missing.append(say("the explanation to the customer's technicians"))
    if latest is not None and latest.result == "refused":
        return Gate(8, "acceptance", "failed", (*missing, say("the customer's acceptance")), say("refused by {name}", name=latest.name))
    if latest is None:
        missing.append(say("the customer's acceptance"))
    detail = say("accepted by {name}", name=latest.name) if latest is not None else None
    return Gate(8, "acceptance", "open" if missing else "done", tuple(missing), detail)


def joined(sentences: Sequence[Sentence]) -> Sentence:
    """Several short sentences as one list."""
    if not sentences:
        return say("nothing more")
    whole = sentences[0]
    for each in sentences[1:]:
        whole = say("{first}; {next}", first=whole, next=each)
    return whole


def require(found: Sequence[Gate], key: str) -> Gate:
    """The gate of a key when it is not locked; GateClosed, naming all that is missing, when it is."""
    gate = next(each for each in found if each.key == key)
    if gate.state == "locked":
        raise GateClosed(number=gate.number, missing=joined(gate.opens_with))
    return gate


def past_no_return(order: UpgradeOrder, steps: Sequence[UpgradeStep]) -> bool:
    """Whether execution has begun, so that only the rollback plan leads back."""
    return order.started_at is not None or any(each.result and not each.verification for each in steps)


def crosses_midnight(event: ScheduledEvent, zone: str = "Asia/Shanghai") -> bool:
    """Whether the window begins and ends on different local days."""
    if event.window_starts_at is None or event.window_ends_at is None:
        return False
    local = ZoneInfo(zone)
    return event.window_starts_at.astimezone(local).date() != event.window_ends_at.astimezone(local).date()


def window_sentence(event: ScheduledEvent, zone: str = "Asia/Shanghai") -> Sentence:
    """The window with its dates: both of them when it crosses midnight."""
    if event.window_starts_at is None or event.window_ends_at is None:
        return say("no window agreed")
    start = when_text(event.window_starts_at, "en", zone)
    end = when_text(event.window_ends_at, "en", zone) if crosses_midnight(event, zone) else time_text(event.window_ends_at, zone)
    return say("window {start} – {end}", start=start, end=end)


def window_deviation(event: ScheduledEvent, at: datetime) -> Sentence | None:
    """How far an aware moment lies outside the window (both ends belong to it); None inside it, or where no window is agreed."""
    if event.window_starts_at is not None and at < event.window_starts_at:
        minutes = _minutes(event.window_starts_at - at)
        if minutes >= _LONG_MINUTES:
            return say("{hours} h {minutes} min before the window", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        return say("{minutes} min before the window", minutes=minutes)
    if event.window_ends_at is not None and at > event.window_ends_at:
        minutes = _minutes(at - event.window_ends_at)
        if minutes >= _LONG_MINUTES:
            return say("{hours} h {minutes} min after the window", hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        return say("{minutes} min after the window", minutes=minutes)
    return None


_LONG_MINUTES = 120
"""From here on a person reads hours."""


def _minutes(span: timedelta) -> int:
    return max(int(span.total_seconds() // 60), 1)


def roll_back(order: UpgradeOrder, steps: Sequence[UpgradeStep], note: str, at: datetime) -> UpgradeOrder:
    """The order as rolled back at an aware moment, with the path that was taken.

    NoRollbackNeeded before execution began, after a rollback or when the order is done; RollbackNeedsNote without a note.
    """
    if order.state in ("done", "rolled_back") or not past_no_return(order, steps):
        raise NoRollbackNeeded
    if not note.strip():
        raise RollbackNeedsNote
    return replace(
        order, state="rolled_back", rolled_back_at=at, rollback_note=note.strip(), rollback_decision_at=order.rollback_decision_at or at
    )


def finish_order(order: UpgradeOrder, found: Sequence[Gate]) -> UpgradeOrder:
    """The order as done; GateClosed, naming what is missing, unless the last gate is done. A rolled-back order stays rolled back."""
    last = found[-1]
    if last.state != "done":
        raise GateClosed(number=last.number, missing=joined(last.opens_with))
    return order if order.state == "rolled_back" else replace(order, state="done")
