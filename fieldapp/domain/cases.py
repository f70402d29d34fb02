"""Cases 工单: what a customer reported, followed from open to archive, with its time line and its service clocks (rows R074-R131)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset, Contract

__all__ = [
    "STAMPS",
    "STATUSES",
    "Case",
    "CaseActivity",
    "CaseClock",
    "CauseNeeded",
    "Entitlement",
    "StatusNotAllowed",
    "allowed_statuses",
    "entitlement",
    "entitlement_sentence",
    "move",
    "needs_fee_confirmation",
    "stamp_case",
    "status_sentence",
    "take_over",
    "why_not",
]


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


STATUSES = (
    "new",
    "assigned",
    "responded",
    "diagnosing",
    "waiting_part",
    "waiting_vendor",
    "on_site",
    "restored",
    "verifying",
    "resolved",
    "closed",
    "archived",
)
_WORKING = ("responded", "diagnosing", "waiting_part", "waiting_vendor", "on_site", "restored", "verifying")
STAMPS = ("contacted", "plan_decided", "arrived", "diagnosed", "restored", "resolved")
"""What the field records; each stands in the field `<name>_at`. Reported, created, assigned and closed are the centre's."""

_LEADS_TO = {"contacted": "responded", "arrived": "on_site", "restored": "restored", "resolved": "resolved"}

Entitlement = Literal["warranty", "maintenance", "per_call"]


class StatusNotAllowed(RuleError):
    """A step between statuses that the field may not take; `values["why"]` says why."""

    code = "FA-203"
    message = N_("The case cannot take this status now: {why} Nothing was changed.")


class CauseNeeded(InputError):
    """A fault is called solved without cause and solution."""

    code = "FA-109"
    message = N_("A solved fault needs its cause and its solution. Nothing was changed. Write both, or leave the case open.")


def entitlement(contract: Contract | None, asset: Asset | None, day: date) -> Entitlement:
    """What the customer is entitled to on a day, both ends included: the equipment's own warranty first, then a contract that runs.

    A date that is missing does not limit; equipment without any warranty date has no warranty of its own.
    """
    if (
        asset is not None
        and (asset.warranty_starts_on or asset.warranty_ends_on)
        and _runs(asset.warranty_starts_on, asset.warranty_ends_on, day)
    ):
        return "warranty"
    if contract is not None and _runs(contract.starts_on, contract.ends_on, day):
        if contract.kind == "warranty":
            return "warranty"
        if contract.kind == "maintenance":
            return "maintenance"
    return "per_call"


def _runs(starts: date | None, ends: date | None, day: date) -> bool:
    return (starts is None or starts <= day) and (ends is None or day <= ends)


def entitlement_sentence(found: str) -> Sentence:
    """The entitlement as a tag."""
    return {
        "warranty": say("In warranty"),
        "maintenance": say("Under contract"),
        "per_call": say("Per call"),
    }.get(found, say("Entitlement unknown"))


def needs_fee_confirmation(found: str) -> bool:
    """Whether the customer signs a confirmation of the fee before the first step."""
    return found == "per_call"


def allowed_statuses(case: Case) -> tuple[str, ...]:
    """The statuses that the field may give this case now, in the order of STATUSES."""
    return tuple(each for each in STATUSES if why_not(case, each) is None)


def why_not(case: Case, status: str) -> Sentence | None:
    """Why the field may not give a case this status; None when it may."""
    if status == case.status:
        return say("it has this status already.")
    if case.status in ("closed", "archived"):
        return say("it is closed; the service desk can open it again.")
    if status in ("new", "assigned", "closed", "archived") or status not in STATUSES:
        return say("this status is given by the service desk.")
    if case.status == "new":
        return say("it is not assigned yet.")
    if status == "resolved":
        if case.kind == "fault" and case.status not in ("restored", "verifying"):
            return say("the service is not restored yet.")
        return None
    if status == "verifying" and case.status not in ("restored", "resolved"):
        return say("the service is not restored yet.")
    return None


def move(case: Case, status: str) -> Case:
    """The case with a status that the field may give; StatusNotAllowed otherwise, CauseNeeded for a fault solved without reasons."""
    why = why_not(case, status)
    if why is not None:
        raise StatusNotAllowed(why=why)
    if status == "resolved" and case.kind == "fault" and not (case.cause.strip() and case.solution.strip()):
        raise CauseNeeded
    return replace(case, status=status)


def stamp_case(case: Case, name: str, at: datetime) -> Case:
    """Record a milestone of STAMPS at an aware moment; the first one stands. The status follows where that goes forward.

    ValueError for another name.
    """
    if name not in STAMPS:
        raise ValueError(f"no milestone {name!r}")
    if getattr(case, f"{name}_at") is not None:
        return case
    change: dict[str, Any] = {f"{name}_at": at}
    stamped = replace(case, **change)
    status = _LEADS_TO.get(name)
    if status and STATUSES.index(status) > STATUSES.index(case.status) and case.status not in ("new", "closed", "archived"):
        stamped = replace(stamped, status=status)
    return stamped


def take_over(case: Case, engineer_id: Id, engineer_name: str, at: datetime, activity_id: Id, reason: str) -> CaseActivity:
    """Any engineer may take a case over: an entry of the time line that asks for it; the centre makes the engineer its owner.

    StatusNotAllowed when the case is closed, or is the engineer's own already.
    """
    if case.status in ("closed", "archived"):
        raise StatusNotAllowed(why=say("it is closed; the service desk can open it again."))
    if case.owner_id == engineer_id:
        raise StatusNotAllowed(why=say("it is yours already."))
    return CaseActivity(
        id=activity_id,
        case_id=case.id,
        site_id=case.site_id,
        kind="reassignment",
        at=at,
        author_id=engineer_id,
        author_name=engineer_name,
        text=reason.strip(),
        old_value=case.owner_id,
        new_value=engineer_id,
    )


def status_sentence(status: str) -> Sentence:
    """The status of a case in words."""
    return {
        "new": say("New case"),
        "assigned": say("Assigned to an engineer"),
        "responded": say("Customer contacted"),
        "diagnosing": say("Locating the fault"),
        "waiting_part": say("Waiting for a part"),
        "waiting_vendor": say("Waiting for the vendor"),
        "on_site": say("Working on site"),
        "restored": say("Service is restored"),
        "verifying": say("Verifying"),
        "resolved": say("Solved"),
        "closed": say("Closed"),
        "archived": say("Archived"),
    }.get(status, say("{status}", status=status))
