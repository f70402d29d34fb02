"""Fields and values as people read them, and what they type as a value of a field; the same on the laptop and at the centre."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.i18n import Sentence, say, when_text
from fieldapp.base.ids import is_id
from fieldapp.domain import cases, spares, visits
from fieldapp.domain.records import KINDS, Field, Plain, plain_ok

__all__ = ["Choices", "choices_of", "field_sentence", "field_type", "typed_text", "typed_value", "value_sentence"]

Choices = tuple[tuple[str, Sentence], ...]
"""What may be chosen instead of typed: the value as text, and what it is called."""

_NAMES: Mapping[str, Sentence] = MappingProxyType(
    {
        "phone": say("Telephone"),
        "duty_phone": say("Telephone of the site"),
        "caller_phone": say("Contact telephone"),
        "caller_name": say("Contact person"),
        "address": say("Address"),
        "description": say("Description"),
        "summary": say("Summary"),
        "status": say("State"),
        "state": say("State"),
        "cause": say("Cause"),
        "solution": say("Solution"),
        "prevention": say("Prevention"),
        "remark": say("Remark"),
        "remarks": say("Remarks"),
        "name": say("Name"),
        "department": say("Department"),
        "role": say("Role"),
        "serial": say("Serial"),
        "firmware": say("Firmware"),
        "version": say("Version"),
        "room": say("Room"),
        "rack": say("Rack"),
        "unit": say("Rack unit"),
        "owner_id": say("Engineer"),
        "engineer_id": say("Engineer"),
        "due_on": say("Until"),
        "text": say("Text"),
        "work_done": say("What was done"),
        "symptom": say("What was found"),
        "appointment_at": say("Appointment"),
        "planned_end_at": say("Planned end"),
        "warranty_ends_on": say("Warranty until"),
        "warranty_starts_on": say("Warranty from"),
        "severity": say("Severity"),
        "number": say("Number"),
        "title": say("Title"),
        "error_code": say("Error code"),
        "customers_number": say("Customer's own number"),
        "asset_id": say("Equipment"),
        "contract_id": say("Contract"),
        "customer_id": say("Customer"),
        "site_id": say("Site"),
        "email": say("E-mail"),
        "manufacturer": say("Manufacturer"),
        "model": say("Model"),
        "category": say("Category"),
        "critical": say("Critical equipment"),
        "data_bearing": say("Holds customer data"),
        "administrator": say("Administrator"),
        "approval_no": say("Approval number"),
        "permit_no": say("Permit number"),
        "escort": say("Escort"),
        "tools": say("Tools and laptops"),
        "level": say("Level"),
        "owner": say("Owner"),
        "advice": say("Advice"),
        "witness": say("Witness"),
        "value": say("Value"),
        "outcome": say("How the visit ended"),
        "outcome_reason": say("Why it ended so"),
        "faulty_ending": say("Faulty part"),
        "old_serial": say("Old serial"),
        "new_serial": say("New serial"),
        "part_no": say("Part number"),
        "note": say("Note"),
        "result": say("Result"),
        "hours_minutes": say("Working time, minutes"),
        "contacted_at": say("Customer contacted"),
        "plan_decided_at": say("Plan decided at"),
        "departed_at": say("Departed at"),
        "arrived_at": say("Arrived at"),
        "entered_at": say("Entered at"),
        "started_at": say("Started at"),
        "finished_at": say("Finished at"),
        "left_at": say("Left at"),
        "diagnosed_at": say("Fault located at"),
        "restored_at": say("Restored at"),
        "resolved_at": say("Resolved at"),
        "found_at": say("Found at"),
        "window_starts_at": say("Window begins"),
        "window_ends_at": say("Window ends"),
    }
)

_OWNERS: Mapping[str, Sentence] = MappingProxyType({"us": say("us"), "customer": say("the customer"), "vendor": say("the vendor")})
_STATES: Mapping[str, Sentence] = MappingProxyType(
    {
        "open": say("open"),
        "planned": say("planned"),
        "started": say("begun"),
        "running": say("under way"),
        "finished": say("finished"),
        "settled": say("settled"),
        "sealed": say("signed"),
        "draft": say("draft"),
    }
)


def field_sentence(name: str) -> Sentence:
    """What a closed field is called; one without a name of its own by its name in the records."""
    return _NAMES.get(name) or Sentence("{field}", {"field": name.replace("_", " ")})


def _field(kind: str, name: str) -> Field | None:
    known = KINDS.get(kind)
    return known.fields.get(name) if known else None


def field_type(kind: str, name: str) -> str:
    """The type of a field; `text` for an answer and for a field that this version does not know."""
    field = _field(kind, name)
    return field.type if field is not None else "text"


def _code(kind: str, name: str, value: str) -> Sentence | None:
    """A code in words; None for a text that is none."""
    if (kind, name) == ("case", "status"):
        return cases.status_sentence(value)
    if (kind, name) == ("visit", "outcome") and value in visits.OUTCOMES:
        return visits.outcome_sentence(value)
    if name == "faulty_ending":
        return spares.ending_sentence(value)
    return {"owner": _OWNERS, "state": _STATES}.get(name, {}).get(value)


def choices_of(kind: str, name: str) -> Choices:
    """The values that a person chooses from; empty where the value is typed, and where there are only two."""
    if (kind, name) == ("visit", "outcome"):
        return tuple((each, visits.outcome_sentence(each)) for each in visits.OUTCOMES)
    return tuple(_OWNERS.items()) if name == "owner" and kind in ("finding", "left_over") else ()


def value_sentence(kind: str, name: str, value: Plain, zone: str, person: Callable[[str], str]) -> Sentence:
    """A plain value as a person reads it: moments in local time, people by their name, codes and yes or no in words.

    Empty for no value; `person` gives the name for an identity. A value that the field cannot hold stands as it is.
    """
    if value is None or value == "":
        return Sentence("")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    field, text = _field(kind, name), str(value)
    if field is None or not plain_ok(field, value):
        return Sentence("{said}", {"said": text})
    if field.type == "moment":
        text = when_text(moment_from_text(text), "en", zone)
    elif field.type == "texts":
        text = " · ".join(json.loads(text))
    elif is_id(text):
        text = person(text)
    return _code(kind, name, text) or Sentence("{said}", {"said": text})


def typed_text(kind: str, name: str, value: Plain, zone: str) -> str:
    """A value as it would be typed: a moment in local time, a list with a line for each, true and false as they are chosen."""
    if value is None:
        return ""
    field = _field(kind, name)
    if isinstance(value, bool):
        return "true" if value else "false"
    if field is not None and plain_ok(field, value):
        if field.type == "moment":
            return when_text(moment_from_text(str(value)), "en", zone)
        if field.type == "texts":
            return "\n".join(json.loads(str(value)))
    return str(value)


def typed_value(kind: str, name: str, typed: str, zone: str) -> Plain:
    """What a person typed, as a value of the field; nothing for an empty optional one. ValueError for what does not fit."""
    field, text = _field(kind, name), typed.strip()
    if field is None:
        return text or None
    value: Plain = text
    if not text and field.optional:
        return None
    match field.type:
        case "integer":
            value = int(text)
        case "boolean":
            value = {"true": True, "false": False}[text] if text in ("true", "false") else text
        case "moment":
            value = moment_text(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))
        case "date":
            value = date.fromisoformat(text).isoformat()
        case "texts":
            value = json.dumps([line.strip() for line in text.splitlines() if line.strip()], ensure_ascii=False, separators=(",", ":"))
    offered = choices_of(kind, name)
    if not plain_ok(field, value) or (offered and text not in {each for each, _ in offered}):
        raise ValueError(f"{name}: {typed!r} is no {field.type}")
    return value
