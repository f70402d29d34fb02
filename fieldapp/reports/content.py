"""What a document says, as plain frozen data that operations fill; no drawing, no library.

Every kind of document starts with a `Front` (number, customer, signers ...). Whatever is None or empty is printed as
"not recorded" or "not agreed", never invented. Moments are aware UTC datetimes and are printed in the zone of the
front; amounts that carry decimals are texts such as `3.5`; durations are whole minutes; digests are 64 hex characters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from fieldapp.reports.blocks import Block, Languages, Photo, SignerSlot, Tone, Words
from fieldapp.reports.history import VisitHistory

__all__ = [
    "RENDERER",
    "ApprovalData",
    "Backup",
    "ClockVerdict",
    "EvidenceItem",
    "FindingRow",
    "Front",
    "GeneralData",
    "InspectionAnnex",
    "InspectionReportData",
    "InspectionResult",
    "LeftOver",
    "Measured",
    "PartMove",
    "Person",
    "PhotoAnnex",
    "PreviousValue",
    "ReportData",
    "ResultSection",
    "SectionNote",
    "ServiceReportData",
    "SignOffOutcome",
    "SiteRule",
    "StepRow",
    "SwapAnnex",
    "Times",
    "UpgradeAnnex",
    "UpgradeSummary",
]

RENDERER = "3"
"""The version of the pages; part of the data, so that only pages of one version are compared byte by byte."""

Verdict = Literal["normal", "abnormal", "not_applicable", "not_checked", "open"]


@dataclass(frozen=True, slots=True)
class SignOffOutcome:
    """How the sign-off ended, or what it stands at; nothing is called accepted unless the customer accepted.

    `registered` False prints 未登记签字人. `items` are those not accepted (partly accepted); `reason` and `witness`
    belong to a refusal; `note` is free.
    """

    kind: Literal["open", "signed", "with_remarks", "partly_accepted", "refused", "absent", "not_authorised", "sealed_on_paper"]
    name: str = ""
    role: str = ""
    registered: bool | None = None
    items: tuple[str, ...] = ()
    reason: str = ""
    witness: str = ""
    note: str = ""
    paper_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Front:
    """What every document begins with.

    `number` is the document's own; `when` its date; `signers` in the order of the template, the engineer first;
    `version` counts from 1 and grows when a signed document is made anew. `paper` makes a form to be filled in and
    signed by hand: blanks, boxes and places for seals instead of signature fields. `history` is data only; older reports have none.
    """

    number: str
    when: datetime
    customer: str
    site: str
    contract: str
    engineer: str
    signers: tuple[SignerSlot, ...]
    languages: Languages = "both"
    zone: str = "Asia/Shanghai"
    case_number: str = ""
    customer_ticket: str = ""
    purchase_order: str = ""
    version: int = 1
    replaces: str = ""
    customer_remarks: str = ""
    outcome: SignOffOutcome = field(default_factory=lambda: SignOffOutcome("open"))
    paper: bool = False
    entered_later: datetime | None = None
    prepared_by: str = ""
    reviewed_by: str = ""
    approved_by: str = ""
    renderer: str = RENDERER
    history: VisitHistory | None = field(default=None, metadata={"unless_none": True})


@dataclass(frozen=True, slots=True)
class Times:
    """The moments of a service call, each None when it was not recorded; `man_minutes` over all people."""

    reported: datetime | None = None
    assigned: datetime | None = None
    answered: datetime | None = None
    departed: datetime | None = None
    arrived: datetime | None = None
    restored: datetime | None = None
    left: datetime | None = None
    man_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the visit and the whole minutes on site, on the road, at night and on holidays."""

    name: str
    role: Words
    on_site_minutes: int | None = None
    travel_minutes: int | None = None
    night_minutes: int = 0
    holiday_minutes: int = 0


@dataclass(frozen=True, slots=True)
class PartMove:
    """A part that was swapped or lent; `fate` is where the faulty part goes (带回, 介质保留 ...)."""

    part: str
    old_serial: str = ""
    new_serial: str = ""
    fate: Words = field(default_factory=Words)
    return_due: date | None = None
    rma: str = ""
    loan: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """An abnormal or left-over item with its owner and its date."""

    text: str
    owner: Words
    due: date | None = None
    abnormal: bool = False


@dataclass(frozen=True, slots=True)
class ClockVerdict:
    """A service clock: its name, the words of its state (已达标, 超时 12 分) and the tone of it."""

    name: Words
    verdict: Words
    tone: Tone = "plain"
    due: datetime | None = None
    happened: datetime | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of an upgrade: what, how its evidence arose (computed here, by the customer ...), digest, size in bytes."""

    what: Words
    evidence: Words
    sha256: str = ""
    size_bytes: int | None = None
    taken: datetime | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeSummary:
    """An upgrade on the first page."""

    subject: str
    from_version: str
    to_version: str
    result: Words
    tone: Tone = "plain"
    backups: tuple[Backup, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteRule:
    """A rule of the site that applied, with the approval or the substitute."""

    rule: Words
    state: Words
    approval: str = ""
    substitute: str = ""


@dataclass(frozen=True, slots=True)
class PreviousValue:
    """An earlier value of a measured item; `value` is a decimal text."""

    day: date
    value: str


@dataclass(frozen=True, slots=True)
class InspectionResult:
    """One item of a template. `verdict` None is a plain answer that is not judged; `value` is what was answered."""

    code: str
    label: Words
    verdict: Verdict | None
    value: Words = field(default_factory=Words)
    allowed: str = ""
    note: str = ""
    previous: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measured value with the earlier ones, oldest first; all values are decimal texts."""

    code: str
    label: Words
    unit: str
    value: str
    low: str = ""
    high: str = ""
    previous: tuple[PreviousValue, ...] = ()
    instrument: str = ""
    abnormal: bool = False


@dataclass(frozen=True, slots=True)
class SectionNote:
    """Running text of the form: `before` is the index of the result that it stands before, or how many there are at the end."""

    before: int
    text: Words


@dataclass(frozen=True, slots=True)
class ResultSection:
    """A group of items under its heading, with what the form says between them."""

    title: Words
    results: tuple[InspectionResult, ...]
    notes: tuple[SectionNote, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding: number, what, action, owner, date; `done` on the spot."""

    number: str
    text: str
    severity: Words = field(default_factory=Words)
    action: str = ""
    owner: Words = field(default_factory=Words)
    due: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True)
class InspectionAnnex:
    """The results of one filled template on one asset."""

    TAG: ClassVar[str] = "inspection"
    template: str
    title: Words
    asset: str
    performed: datetime | None
    sections: tuple[ResultSection, ...]
    measured: tuple[Measured, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a swap or an upgrade: when, what, result, by whom."""

    number: str
    label: Words
    result: Words = field(default_factory=Words)
    tone: Tone = "plain"
    when: datetime | None = None
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SwapAnnex:
    """The record of a spare swap."""

    TAG: ClassVar[str] = "swap"
    part: PartMove
    steps: tuple[StepRow, ...]
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A piece of evidence of an upgrade: what it proves, its kind, its digest, when and from where."""

    what: Words
    kind: Words
    sha256: str = ""
    when: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeAnnex:
    """The record of an upgrade in its locked order, with its evidence."""

    TAG: ClassVar[str] = "upgrade"
    summary: UpgradeSummary
    steps: tuple[StepRow, ...]
    evidence: tuple[EvidenceItem, ...] = ()
    rollback: str = ""
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoAnnex:
    """Photos that belong to the document as a whole."""

    TAG: ClassVar[str] = "photos"
    photos: tuple[Photo, ...]


Annex = InspectionAnnex | SwapAnnex | UpgradeAnnex | PhotoAnnex


@dataclass(frozen=True, slots=True)
class ServiceReportData:
    """现场服务单: one page first, annexes behind. `ending` says how the visit ended (完成, 转观察 ...)."""

    TAG: ClassVar[str] = "service_report"
    front: Front
    entitlement: Words
    ending: Words
    asset: str
    severity: str
    symptom: str
    cause: str
    work_done: str
    times: Times
    people: tuple[Person, ...] = ()
    caller: str = ""
    verification: str = ""
    prevention: str = ""
    report_due: date | None = None
    parts: tuple[PartMove, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    clocks: tuple[ClockVerdict, ...] = ()
    upgrades: tuple[UpgradeSummary, ...] = ()
    site_rules: tuple[SiteRule, ...] = ()
    annexes: tuple[Annex, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectionReportData:
    """巡检结果报告: cover and summary first, then the results of each template."""

    TAG: ClassVar[str] = "inspection_report"
    front: Front
    period: Words
    mode: Words
    scope: tuple[tuple[str, ...], ...]
    """Rows of (asset, serial, place, template)."""
    annexes: tuple[InspectionAnnex, ...] = ()
    left_over: tuple[LeftOver, ...] = ()
    configurations: tuple[EvidenceItem, ...] = ()
    spares: tuple[tuple[str, ...], ...] = ()
    """Rows of (part, stock, minimum, place)."""
    advice: tuple[str, ...] = ()
    site_rules: tuple[SiteRule, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalData:
    """变更前批准 and 变更后验收: what the customer approves before, and accepts after, an upgrade.

    `customer_backup` True says that the customer made the backup and confirms it (客户自行备份).
    The part of acceptance (`version_after` ... `explained_to`) stays empty before the change.
    """

    TAG: ClassVar[str] = "approval"
    front: Front
    kind: Literal["change_approval", "change_acceptance"]
    subject: str
    asset: str
    from_version: str
    to_version: str
    window_start: datetime | None = None
    window_end: datetime | None = None
    impact: str = ""
    plan: tuple[StepRow, ...] = ()
    backups: tuple[Backup, ...] = ()
    customer_backup: bool = False
    rollback_plan: str = ""
    decision_point: datetime | None = None
    people: tuple[Person, ...] = ()
    version_after: str = ""
    verification: tuple[StepRow, ...] = ()
    influence: Words = field(default_factory=Words)
    rolled_back: bool | None = None
    explained_to: str = ""
    left_over: tuple[LeftOver, ...] = ()
    approval_number: str = ""
    approval_digest: str = ""


@dataclass(frozen=True, slots=True)
class GeneralData:
    """Any other document, from generic blocks (fault analysis, drill, remote support, hand-over, paper forms ...).

    `kind` is a lower-case word kept in the data; the front's facts and the signature fields are added around the blocks.
    """

    TAG: ClassVar[str] = "general"
    front: Front
    kind: str
    title: Words
    blocks: tuple[Block, ...]


ReportData = ServiceReportData | InspectionReportData | ApprovalData | GeneralData
