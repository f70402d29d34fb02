"""Documents 报告: signed reports, sign-offs, attachments, number blocks (rows of 2.P; practice 12-18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.ids import Id

__all__ = ["Attachment", "Conflict", "NumberBlock", "ServiceReport", "SignOff"]


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

    `state`: open | settled; `settled_with`: mine | theirs | other. Values are plain values spelled as JSON.
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
