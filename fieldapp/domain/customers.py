"""The customer's side: customers, contacts, contracts, sites with their rules, assets, people and duty (glossary 1.1, dictionary 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id

__all__ = [
    "SUBJECTS",
    "Asset",
    "AssetLimit",
    "Contact",
    "Contract",
    "Customer",
    "DutyEntry",
    "Person",
    "RuleEffect",
    "Site",
    "SiteRule",
    "effect_of",
    "rule_for",
    "rule_sentence",
    "subject_sentence",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """顾客/客户: who is served. `category`: direct | channel | enterprise."""

    id: Id
    code: str = ""
    name: str = ""
    category: str = "direct"
    address: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """联系人: a person on the customer's side; authority to approve (before) and accept (after) comes from here."""

    id: Id
    customer_id: Id = ""
    site_id: Id = ""
    name: str = ""
    department: str = ""
    role: str = ""
    phone: str = ""
    email: str = ""
    may_approve: bool = False
    may_accept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """合同: entitlement. `kind`: warranty 保内 | maintenance 维保合同 | per_call 单次收费.

    `media_retention`: the customer keeps faulty data-bearing media. `backup_kinds`: the kinds of backup evidence that suffice.
    """

    id: Id
    customer_id: Id = ""
    number: str = ""
    kind: str = "maintenance"
    starts_on: date | None = None
    ends_on: date | None = None
    sla_profile: str = ""
    calendar: str = "7x24"
    response_required_min: int | None = None
    media_retention: bool = False
    backup_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """现场: where the equipment stands; `zone` is its IANA time zone."""

    id: Id
    customer_id: Id = ""
    code: str = ""
    name: str = ""
    address: str = ""
    region: str = ""
    zone: str = "Asia/Shanghai"
    travel_min: int | None = None
    duty_phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """现场规定: `subject` camera | phone | laptop | usb | network | escort | data_out; `verdict` allowed | forbidden | approval.

    `clause` is the number printed on reports; `approval_no` the permission where the verdict is approval.
    """

    id: Id
    site_id: Id = ""
    subject: str = ""
    verdict: str = "allowed"
    clause: str = ""
    text: str = ""
    approval_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """设备: one piece of equipment or one installed application at a site.

    `category`: storage | server | switch | database | application | ups …; `data_bearing` makes the faulty part's ending mandatory.
    """

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    serial: str = ""
    name: str = ""
    model: str = ""
    manufacturer: str = ""
    category: str = ""
    room: str = ""
    rack: str = ""
    unit: str = ""
    critical: bool = False
    data_bearing: bool = False
    warranty_starts_on: date | None = None
    warranty_ends_on: date | None = None
    firmware: str = ""
    version: str = ""
    call_home: bool = False
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetLimit:
    """Limits and baseline of one checklist item for one model; numbers are decimal texts, empty where none is agreed."""

    id: Id
    model: str = ""
    item: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    baseline: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One of our people. `role`: engineer | dispatcher | manager | expert | depot; `line` 1-3."""

    id: Id
    name: str = ""
    role: str = "engineer"
    line: int | None = None
    skills: tuple[str, ...] = ()
    region: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEntry:
    """值班: who is reachable when. `duty`: hotline | manager | second_line | depot | vendor; the number travels with it."""

    id: Id
    duty: str = ""
    person_id: Id = ""
    name: str = ""
    phone: str = ""
    note: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None


SUBJECTS = ("camera", "phone", "laptop", "usb", "network", "escort", "data_out")
_STRICTNESS = {"allowed": 0, "approval": 1, "forbidden": 2}


def rule_for(rules: Iterable[SiteRule], subject: str) -> SiteRule | None:
    """The rule of a site for a subject; the strictest when several stand, None when none does."""
    found = [each for each in rules if each.subject == subject]
    return max(found, key=lambda each: _STRICTNESS.get(each.verdict, 2), default=None)


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What a site's rule means now. `reason` says why something is greyed out, `substitute` what to do instead."""

    allowed: bool
    rule: SiteRule | None = None
    reason: Sentence | None = None
    substitute: Sentence | None = None


def effect_of(rules: Iterable[SiteRule], subject: str) -> RuleEffect:
    """Whether a subject may be used on the site; by approval counts as forbidden until the approval has a number."""
    rule = rule_for(rules, subject)
    if rule is None or rule.verdict == "allowed" or (rule.verdict == "approval" and rule.approval_no.strip()):
        return RuleEffect(True, rule)
    clause = rule.clause or "-"
    name = subject_sentence(subject)
    if rule.verdict == "approval":
        reason = say("{subject} needs an approval at this site (site rule {clause})", subject=name, clause=clause)
    else:
        reason = say("{subject} is forbidden at this site (site rule {clause})", subject=name, clause=clause)
    substitute = {
        "camera": say("describe what you see and name the witness"),
        "data_out": say("type the values, or note where the file is kept at the customer"),
        "usb": say("type the values, or note where the file is kept at the customer"),
        "network": say("work without a network; the record is synced later"),
        "phone": say("use the telephone of the site's duty room"),
        "laptop": say("use the printed form and enter it later"),
    }.get(subject)
    return RuleEffect(False, rule, reason, substitute)


def subject_sentence(subject: str) -> Sentence:
    """What a site's rule is about."""
    return {
        "camera": say("Photography"),
        "phone": say("The use of telephones"),
        "laptop": say("The use of laptops"),
        "usb": say("The use of USB media"),
        "network": say("Network access"),
        "escort": say("Entry without escort"),
        "data_out": say("Taking data out"),
    }.get(subject, say("{subject}", subject=subject))


def rule_sentence(rule: SiteRule) -> Sentence:
    """A site's rule as a tag: no photos, escort required."""
    if rule.verdict == "allowed":
        return say("{subject}: allowed", subject=subject_sentence(rule.subject))
    if rule.verdict == "approval" and rule.subject != "escort":
        if rule.approval_no.strip():
            return say("{subject}: approved ({number})", subject=subject_sentence(rule.subject), number=rule.approval_no)
        return say("{subject}: by approval", subject=subject_sentence(rule.subject))
    return {
        "camera": say("No photos"),
        "phone": say("No telephones"),
        "laptop": say("No laptops"),
        "usb": say("No USB media"),
        "network": say("No network access"),
        "escort": say("Escort"),
        "data_out": say("No data out"),
    }.get(rule.subject, say("{subject}: forbidden", subject=subject_sentence(rule.subject)))
