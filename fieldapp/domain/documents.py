"""Documents 报告: signed reports, sign-offs, attachments, number blocks (rows of 2.P; practice 12-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Contact

__all__ = [
    "FETCHED",
    "FINAL",
    "OUTCOMES",
    "PHOTO_LIMIT",
    "Acceptance",
    "Attachment",
    "Authority",
    "Conflict",
    "NumberBlock",
    "NumbersUsedUp",
    "OtherCustomer",
    "OutcomeIncomplete",
    "ReportFinal",
    "ServiceReport",
    "SignOff",
    "acceptance",
    "acceptance_sentence",
    "authority_of",
    "check_sign_off",
    "comes_by_itself",
    "consents",
    "format_number",
    "is_final",
    "new_version",
    "numbers_left",
    "require_draft",
    "require_same",
    "signed_state",
    "take_number",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """报告. `kind`: service | inspection | change_approval | change_acceptance; one customer, one contract, one visit (practice 14).

    `state`: draft | frozen | certified | signed | refused | paper | void; `pdf_digest` names the on-site bytes, `stamped_digest` the
    version that came back with its document timestamp; `content_digest` is the digest of the plain data drawn on the pages.
    """

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    visit_id: Id = ""
    subject_id: Id = ""
    kind: str = "service"
    number: str = ""
    version: int = 1
    title: str = ""
    state: str = "draft"
    renderer: str = ""
    content_digest: str = ""
    pdf_digest: str = ""
    pdf_size: int | None = None
    pages: int | None = None
    certified_at: datetime | None = None
    signed_at: datetime | None = None
    stamped_digest: str = ""
    stamped_at: datetime | None = None
    copy_delivered_at: datetime | None = None
    copy_delivered_how: str = ""
    supersedes_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """签字: one signer's act on one report. `outcome`: signed | remarks | partial | refused | absent | paper.

    `registered` is false for 未登记签字人. `strokes_digest` is the SHA-256 of the canonical strokes, drawn for `content_digest`.
    Satisfaction is kept apart (feedback), not here.
    """

    id: Id
    site_id: Id = ""
    report_id: Id = ""
    position: int = 1
    name: str = ""
    department: str = ""
    role: str = ""
    phone: str = ""
    registered: bool = False
    outcome: str = "signed"
    remarks: str = ""
    reason: str = ""
    content_digest: str = ""
    strokes_digest: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """附件: a blob by digest, and what it belongs to.

    `purpose`: photo | strokes | report | stamped_report | manifest | file | form_media.
    """

    id: Id
    site_id: Id = ""
    owner_kind: str = ""
    owner_id: Id = ""
    key: str = ""
    digest: str = ""
    size: int = 0
    media_type: str = ""
    name: str = ""
    purpose: str = "photo"
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBlock:
    """A block of numbers leased to one device, so that what is printed on site is final.

    `series`: SR (service report) | IR (inspection report) | RMA | TMP; a number is `prefix` + running number, `width` digits wide;
    `used` is the last number given out (first - 1 when none).
    """

    id: Id
    engineer_id: Id = ""
    device: str = ""
    series: str = ""
    prefix: str = ""
    first: int = 0
    last: int = 0
    width: int = 6
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """冲突: two edits of one field met at the centre; both values are kept until a person settles it.

    `state`: open | settled | aside (nothing to decide: the rules chose, the other value is kept); `settled_with`: mine |
    theirs | other. Values are plain values spelled as JSON; `sides` holds further ones (`domain.conflicts.sides`).
    `field` is empty where the whole record is meant. `seen_at`: when a person marked what it tells as seen.
    """

    id: Id
    site_id: Id = ""
    engineer_id: Id = ""
    kind: str = ""
    record_id: Id = ""
    field: str = ""
    before: str = ""
    mine: str = ""
    theirs: str = ""
    mine_by: str = ""
    theirs_by: str = ""
    mine_at: datetime | None = None
    theirs_at: datetime | None = None
    reason: str = ""
    state: str = "open"
    settled_with: str = ""
    settled_value: str = ""
    settled_at: datetime | None = None
    settled_by: str | None = None
    sides: str | None = None
    seen_at: datetime | None = None


FETCHED = ("stamped_report", "report", "form_media", "strokes", "photo")
"""Purposes of attachments that come to the laptop by themselves, what is needed most first."""

PHOTO_LIMIT = 8 * 2**20
"""Photos of others above this size do not come by themselves."""


def comes_by_itself(purpose: str, owner_kind: str, size: int) -> bool:
    """Whether an attachment comes to the laptop without being asked for: of photos those of findings, which an engineer compares
    with what he sees.
    """
    return purpose in FETCHED and (purpose != "photo" or (owner_kind == "finding" and size <= PHOTO_LIMIT))


OUTCOMES = ("signed", "remarks", "partial", "refused", "absent", "paper")
FINAL = frozenset({"signed", "refused", "paper", "void"})
"""States after which a report changes only by a new version."""

Acceptance = Literal["open", "accepted", "accepted_with_remarks", "partial", "refused", "absent", "paper"]


class ReportFinal(RuleError):
    """A settled report is about to be changed."""

    code = "FA-207"
    message = N_("This report is settled and cannot be changed. Nothing was changed. Make a new version and have it signed again.")


class OtherCustomer(RuleError):
    """A record of another customer, contract or visit is about to come into a report."""

    code = "FA-204"
    message = N_(
        "A report belongs to one customer, one contract and one visit. Nothing was changed. Make a report of its own for the other one."
    )


class NumbersUsedUp(RuleError):
    """The leased numbers of a series are used up."""

    code = "FA-205"
    message = N_("The numbers for {series} on this laptop are used up. Nothing is lost. Sync to get new ones.")


class OutcomeIncomplete(InputError):
    """A sign-off lacks what its outcome needs."""

    code = "FA-112"
    message = N_("This sign-off lacks {missing}. Nothing was changed. Add it and confirm again.")


def is_final(report: ServiceReport) -> bool:
    """Whether a report changes only by a new version."""
    return report.state in FINAL


def require_draft(report: ServiceReport, sign_offs: Sequence[SignOff] = ()) -> None:
    """ReportFinal when the content may not freeze again: the report is settled, or somebody signed it already."""
    if is_final(report) or any(each.outcome in ("signed", "remarks", "partial", "refused", "paper") for each in sign_offs):
        raise ReportFinal


def require_same(report: ServiceReport, *, customer_id: Id, contract_id: Id, visit_id: Id) -> None:
    """OtherCustomer when something of another customer, contract or visit is about to come into a report (empty ids do not bind)."""
    pairs = ((report.customer_id, customer_id), (report.contract_id, contract_id), (report.visit_id, visit_id))
    if any(own and other and own != other for own, other in pairs):
        raise OtherCustomer


def new_version(report: ServiceReport, report_id: Id) -> ServiceReport:
    """The next version of a settled report: a draft with the same number, which names the one it supersedes."""
    return replace(
        report,
        id=report_id,
        version=report.version + 1,
        state="draft",
        content_digest="",
        pdf_digest="",
        pdf_size=None,
        pages=None,
        certified_at=None,
        signed_at=None,
        stamped_digest="",
        stamped_at=None,
        copy_delivered_at=None,
        copy_delivered_how="",
        supersedes_id=report.id,
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """Whether a signer is registered for what is signed, and the words that stand on paper when not."""

    registered: bool
    words: Sentence | None = None


def authority_of(contact: Contact | None, kind: str) -> Authority:
    """Who may sign a report of a kind: a change before it is approved needs `may_approve`, everything else `may_accept`.

    Anyone else may sign too, and is printed as 未登记签字人.
    """
    entitled = contact is not None and (contact.may_approve if kind == "change_approval" else contact.may_accept)
    return Authority(True) if entitled else Authority(False, say("signer not registered"))


def check_sign_off(sign_off: SignOff) -> None:
    """OutcomeIncomplete when a sign-off lacks what its outcome needs; ValueError for an outcome that is none of OUTCOMES.

    Signed, with remarks and partial need a name and the strokes; remarks and partial their text; refused a reason and a witness
    (written in `remarks`); absent a reason; paper nothing more, the scan follows.
    """
    if sign_off.outcome not in OUTCOMES:
        raise ValueError(f"no outcome {sign_off.outcome!r}")
    missing = None
    if sign_off.outcome in ("signed", "remarks", "partial"):
        if not sign_off.name.strip():
            missing = say("the name of the signer")
        elif not sign_off.strokes_digest:
            missing = say("the signature")
        elif sign_off.outcome == "remarks" and not sign_off.remarks.strip():
            missing = say("the remarks")
        elif sign_off.outcome == "partial" and not sign_off.remarks.strip():
            missing = say("the items that are not accepted")
    elif sign_off.outcome in ("refused", "absent") and not sign_off.reason.strip():
        missing = say("the reason")
    elif sign_off.outcome == "refused" and not sign_off.remarks.strip():
        missing = say("the name of the witness")
    if missing is not None:
        raise OutcomeIncomplete(missing=missing)


def acceptance(sign_offs: Sequence[SignOff], expected: int = 1) -> Acceptance:
    """What the customer's side said in the end; nothing is called accepted unless every expected signer accepted.

    One refusal makes it refused, one partial acceptance partial; an absent signer leaves it absent, a signature on paper paper.
    The latest act of each position counts.
    """
    latest: dict[int, SignOff] = {}
    for each in sorted(sign_offs, key=lambda one: (one.at.timestamp() if one.at else 0.0, one.id)):
        latest[each.position] = each
    outcomes = [each.outcome for each in latest.values()]
    if "refused" in outcomes:
        return "refused"
    if "partial" in outcomes:
        return "partial"
    if "absent" in outcomes:
        return "absent"
    if len(outcomes) < max(expected, 1):
        return "open"
    if "paper" in outcomes:
        return "paper"
    return "accepted_with_remarks" if "remarks" in outcomes else "accepted"


def consents(found: Acceptance) -> bool:
    """Whether the customer's side agreed to the whole: signed, with remarks or not, or on paper.

    A partial acceptance is none: what it names is open, so it opens no gate of a change and ends none.
    """
    return found in ("accepted", "accepted_with_remarks", "paper")


def acceptance_sentence(found: Acceptance) -> Sentence:
    """What the customer's side said, in words; paper is never shown as signed electronically."""
    return {
        "open": say("Not signed yet"),
        "accepted": say("Accepted"),
        "accepted_with_remarks": say("Accepted with remarks"),
        "partial": say("Partly accepted"),
        "refused": say("Signature refused"),
        "absent": say("Signer not present"),
        "paper": say("Signed on paper"),
    }[found]


def signed_state(sign_offs: Sequence[SignOff], expected: int = 1) -> str:
    """The state of a certified report after these sign-offs: signed, refused or paper once settled, else certified."""
    return {
        "accepted": "signed",
        "accepted_with_remarks": "signed",
        "partial": "signed" if len({each.position for each in sign_offs}) >= expected else "certified",
        "refused": "refused",
        "paper": "paper",
    }.get(acceptance(sign_offs, expected), "certified")


def format_number(block: NumberBlock, number: int) -> str:
    """A number of a block as it is printed: the prefix and the number, padded with zeros to the block's width."""
    return f"{block.prefix}{number:0{block.width}d}"


def numbers_left(block: NumberBlock) -> int:
    """How many numbers of a block are still free."""
    return max(block.last - max(block.used, block.first - 1), 0)


def take_number(block: NumberBlock) -> tuple[str, NumberBlock]:
    """The next number of a block, and the block with it used; NumbersUsedUp when none is left."""
    if not numbers_left(block):
        raise NumbersUsedUp(series=block.series)
    number = max(block.used, block.first - 1) + 1
    return format_number(block, number), replace(block, used=number)
