"""The one table of kinds: what exists, its fields, their types and merge policies, and to and from plain values.

Replica, wire and centre agree on this table and on nothing else. A plain value is a text, an integer, a boolean or null:
moments as `moment_text`, dates as ISO 8601, tuples of texts as a JSON array in canonical spelling. Floats never appear.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.calendars import CalendarDay, PolicyRow
from fieldapp.domain.cases import Case, CaseActivity, CaseClock
from fieldapp.domain.customers import Asset, AssetLimit, Contact, Contract, Customer, DutyEntry, Person, Site, SiteRule
from fieldapp.domain.documents import Attachment, Conflict, NumberBlock, ServiceReport, SignOff
from fieldapp.domain.feedback import Satisfaction
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, Inspection
from fieldapp.domain.spares import Rma, SparePart, StockLocation, StockMovement, Swap
from fieldapp.domain.upgrades import Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import LeftOver, Visit, VisitPerson

__all__ = [
    "EVERYBODY",
    "KINDS",
    "Field",
    "FieldType",
    "Kind",
    "Plain",
    "Policy",
    "Record",
    "Scope",
    "from_plain",
    "kind_of",
    "partition",
    "plain_ok",
    "to_plain",
]

Plain = str | int | bool | None
Policy = Literal["centre", "field", "both", "append", "once", "ledger"]
FieldType = Literal["text", "integer", "boolean", "moment", "date", "texts"]
Scope = Literal["everybody", "site", "customer", "engineer"]
Record = Any
"""One of the frozen dataclasses of this floor; every one has `id`."""

EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind."""

    name: str
    type: FieldType
    optional: bool
    policy: Policy
    default: Plain


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `open_policy` is set where fields beginning with "/" may appear (answers of a form)."""

    name: str
    record: type[Record]
    scope: Scope
    fields: Mapping[str, Field]
    open_policy: Policy | None = None

    def policy_of(self, field: str) -> Policy | None:
        """The merge policy of a field; None for a field this version does not know."""
        if field.startswith("/"):
            return self.open_policy
        known = self.fields.get(field)
        return known.policy if known else None


_TYPES: Mapping[object, tuple[FieldType, bool]] = {
    str: ("text", False),
    str | None: ("text", True),
    int: ("integer", False),
    bool: ("boolean", False),
    int | None: ("integer", True),
    datetime | None: ("moment", True),
    date | None: ("date", True),
    tuple[str, ...]: ("texts", False),
}


def _kind(
    name: str,
    record: type[Record],
    scope: Scope,
    policy: Policy,
    *,
    open_policy: Policy | None = None,
    **exceptions: str,
) -> Kind:
    """Read the fields off the dataclass; `exceptions` maps a policy to the names of the fields that follow it instead."""
    by_field = {field: typing.cast(Policy, other) for other, names in exceptions.items() for field in names.split()}
    hints = typing.get_type_hints(record)
    fields: dict[str, Field] = {}
    for each in dataclasses.fields(record):
        if each.name == "id":
            continue
        kind_type, optional = _TYPES[hints[each.name]]
        default = _plain(each.default)
        fields[each.name] = Field(each.name, kind_type, optional, by_field.pop(each.name, policy), default)
    if by_field:
        raise ValueError(f"{name} has no field {sorted(by_field)}")
    return Kind(name, record, scope, MappingProxyType(fields), open_policy)


def _plain(value: object) -> Plain:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"not a field's value: {value!r}")


_CASE_FIELD = "status cause solution prevention contacted_at plan_decided_at arrived_at diagnosed_at restored_at resolved_at temp_no"
_CONFLICT_FIELD = "theirs theirs_by theirs_at state settled_with settled_value settled_at settled_by sides seen_at"
_CASE_BOTH = "caller_name caller_phone asset_id error_code customers_number description"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            _kind("customer", Customer, "customer", "centre", both="address remark"),
            _kind("contact", Contact, "customer", "both", centre="may_approve may_accept"),
            _kind("contract", Contract, "customer", "centre"),
            _kind("site", Site, "site", "centre", both="duty_phone address"),
            _kind("site_rule", SiteRule, "site", "centre", both="approval_no"),
            _kind("asset", Asset, "site", "both", centre="customer_id contract_id warranty_starts_on warranty_ends_on"),
            _kind("asset_limit", AssetLimit, "everybody", "centre"),
            _kind("person", Person, "everybody", "centre"),
            _kind("duty_entry", DutyEntry, "everybody", "centre"),
            _kind("calendar_day", CalendarDay, "everybody", "centre"),
            _kind("policy_row", PolicyRow, "everybody", "centre"),
            _kind("case", Case, "site", "centre", field=_CASE_FIELD, both=_CASE_BOTH),
            _kind("case_activity", CaseActivity, "site", "append"),
            _kind("case_clock", CaseClock, "site", "centre"),
            _kind("visit", Visit, "site", "field", centre="engineer_id appointment_at planned_end_at case_id event_id kind"),
            _kind("visit_person", VisitPerson, "site", "both"),
            _kind("left_over", LeftOver, "site", "both"),
            _kind("inspection", Inspection, "site", "field", centre="period trigger engineer_id contract_id"),
            _kind("form_version", FormVersion, "everybody", "centre"),
            _kind("form_instance", FormInstance, "site", "field", open_policy="both"),
            _kind("finding", Finding, "site", "both"),
            _kind("spare_part", SparePart, "everybody", "centre"),
            _kind("stock_location", StockLocation, "everybody", "centre"),
            _kind("stock_movement", StockMovement, "everybody", "ledger"),
            _kind("swap", Swap, "site", "field"),
            _kind("rma", Rma, "site", "both"),
            _kind("scheduled_event", ScheduledEvent, "site", "both", centre="review_state reviewer"),
            _kind("upgrade_order", UpgradeOrder, "site", "field"),
            _kind("upgrade_step", UpgradeStep, "site", "field"),
            _kind("backup_record", BackupRecord, "site", "field"),
            _kind("approval", Approval, "site", "once"),
            _kind("service_report", ServiceReport, "site", "field", centre="stamped_digest stamped_at"),
            _kind("sign_off", SignOff, "site", "once"),
            _kind("satisfaction", Satisfaction, "site", "once"),
            _kind("attachment", Attachment, "site", "once"),
            _kind("number_block", NumberBlock, "engineer", "centre", field="used"),
            _kind("conflict", Conflict, "engineer", "centre", field=_CONFLICT_FIELD),
        )
    }
)


@functools.cache
def _by_class() -> Mapping[type[Record], Kind]:
    return {kind.record: kind for kind in KINDS.values()}


def kind_of(record: Record) -> Kind:
    """The kind of a record; KeyError when the class is none of ours."""
    return _by_class()[type(record)]


def to_plain(record: Record) -> dict[str, Plain]:
    """All fields of a record but its id, as plain values."""
    return {name: _plain(getattr(record, name)) for name in kind_of(record).fields}


def from_plain(kind: Kind, record_id: Id, values: Mapping[str, Plain]) -> Record:
    """Build a record; missing fields take their default, unknown ones are passed over (the store keeps them beside).

    Raises ValueError for a value that is not of its field's type.
    """
    arguments: dict[str, object] = {}
    for name, field in kind.fields.items():
        if name in values:
            arguments[name] = _rich(field, values[name])
    return kind.record(id=record_id, **arguments)


def _rich(field: Field, value: Plain) -> object:
    if not plain_ok(field, value):
        raise ValueError(f"{field.name}: {value!r} is no {field.type}")
    if value is None:
        return None
    match field.type:
        case "moment":
            return moment_from_text(str(value))
        case "date":
            return date.fromisoformat(str(value))
        case "texts":
            return tuple(json.loads(str(value)))
        case _:
            return value


def plain_ok(field: Field, value: Plain) -> bool:
    """Whether a plain value may stand in a field: its type, its spelling, null only where the field is optional."""
    if value is None:
        return field.optional
    match field.type:
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        case "boolean":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str)
    if not isinstance(value, str):
        return False
    try:
        if field.type == "moment":
            moment_from_text(value)
        elif field.type == "date":
            date.fromisoformat(value)
        else:
            parsed = json.loads(value)
            return isinstance(parsed, list) and all(isinstance(each, str) for each in parsed)
    except ValueError:
        return False
    return True


def partition(kind: Kind, record_id: Id, values: Mapping[str, Plain]) -> str:
    """The part of all data a record belongs to: `everybody`, `site:<id>`, `customer:<id>` or `engineer:<id>`.

    An engineer's scope is a set of such partitions, so that entering and leaving a scope never asks for a join. A site and a
    customer belong to themselves.
    """
    if kind.scope == "everybody":
        return EVERYBODY
    if kind.name == kind.scope:
        return f"{kind.scope}:{record_id}"
    return f"{kind.scope}:{values.get(kind.scope + '_id') or ''}"
