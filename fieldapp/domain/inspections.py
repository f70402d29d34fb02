"""Inspections 巡检: checklists filled on site, their findings, and the published forms they are filled from (requirements 2.L, 4.1-4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fieldapp.base.ids import Id

__all__ = ["Finding", "FormInstance", "FormVersion", "Inspection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """巡检: one inspection of a site in a period. `trigger`: quarter | pre_holiday | month | on_demand; `mode`: on_site | remote.

    `state`: planned | started | finished; `result`: "" | complete | partial (部分完成, something is 未检).
    """

    id: Id
    site_id: Id = ""
    customer_id: Id = ""
    contract_id: Id = ""
    visit_id: Id = ""
    number: str = ""
    period: str = ""
    trigger: str = "quarter"
    mode: str = "on_site"
    state: str = "planned"
    result: str = ""
    summary: str = ""
    advice: str = ""
    engineer_id: Id = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInstance:
    """巡检表: one form being filled for one asset. Its answers are fields whose names begin with "/": the node path with stable
    repeat ids, e.g. `/data/disks{1}/T1_15_slot`; annotations of an answer follow a "#": `/data/env/T1_08#result` (na | unchecked),
    `/data/env/T1_08#reason`. `state`: open | done | sealed.
    """

    id: Id
    site_id: Id = ""
    owner_kind: str = "inspection"
    owner_id: Id = ""
    asset_id: Id = ""
    form_id: str = ""
    form_version: str = ""
    form_digest: str = ""
    period: str = ""
    position: int = 0
    state: str = "open"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    deprecated_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormVersion:
    """A published version of a form; `xform` is the whole XForm, `digest` the SHA-256 (hex) of its UTF-8 bytes."""

    id: Id
    form_id: str = ""
    version: str = ""
    title_zh: str = ""
    title_en: str = ""
    category: str = ""
    xform: str = ""
    digest: str = ""
    workbook_digest: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """问题: what an inspection found abnormal. `level`: minor | major | critical; `state`: fixed | left_over | settled.

    `owner`: us | customer | vendor. Where the site forbids photos, `witness` and `substitute` stand in place of `photo_digest` and
    `rule_clause` names the rule. A left-over finding of last time is settled by a later inspection (`settled_in`).
    """

    id: Id
    site_id: Id = ""
    asset_id: Id = ""
    inspection_id: Id = ""
    instance_id: Id = ""
    key: str = ""
    item: str = ""
    item_label: str = ""
    value: str = ""
    level: str = "minor"
    description: str = ""
    photo_digest: str = ""
    substitute: str = ""
    witness: str = ""
    rule_clause: str = ""
    state: str = "left_over"
    owner: str = "us"
    advice: str = ""
    due_on: date | None = None
    case_id: Id = ""
    found_at: datetime | None = None
    settled_in: Id = ""
    settled_at: datetime | None = None
    settled_note: str = ""
