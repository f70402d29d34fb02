"""What is always in sight: the safety light, the counters of the rail, and the list of what is only on this laptop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Conflict, ServiceReport
from fieldapp.domain.inspections import FormInstance, FormVersion, Inspection
from fieldapp.domain.records import KINDS
from fieldapp.domain.spares import Swap
from fieldapp.domain.upgrades import UpgradeOrder
from fieldapp.domain.visits import Visit
from fieldapp.operations.clocks import in_shift, shift_of
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = [
    "KIND_NAMES",
    "NOT_ASKED",
    "OnlyHere",
    "Overview",
    "SafetyState",
    "kind_name",
    "only_here",
    "overview",
    "size_words",
    "subject_of",
]

SafetyState = Literal["safe", "local", "due", "needs"]
EVENING_HOUR = 17

NOT_ASKED = frozenset({"not_verified"})
"""Reasons of conflicts in which there is nothing to choose between two values: they are told on the sync page, not asked."""

KIND_NAMES: Mapping[str, str] = {
    "case": N_("Case"),
    "case_activity": N_("Entry of the time line"),
    "customer": N_("Customer"),
    "contract": N_("Contract"),
    "form_version": N_("Form"),
    "spare_part": N_("Spare part"),
    "duty_entry": N_("Duty entry"),
    "person": N_("Person"),
    "visit": N_("Visit"),
    "visit_person": N_("Person on site"),
    "left_over": N_("Left-over item"),
    "inspection": N_("Inspection"),
    "form_instance": N_("Checklist"),
    "finding": N_("Finding"),
    "asset": N_("Equipment"),
    "contact": N_("Contact"),
    "site": N_("Site"),
    "swap": N_("Spare swap"),
    "stock_location": N_("Stock location"),
    "stock_movement": N_("Stock movement"),
    "rma": N_("RMA"),
    "scheduled_event": N_("Planned event"),
    "upgrade_order": N_("Upgrade"),
    "upgrade_step": N_("Upgrade step"),
    "backup_record": N_("Backup evidence"),
    "approval": N_("Approval"),
    "service_report": N_("Report"),
    "sign_off": N_("Signature"),
    "satisfaction": N_("Satisfaction"),
    "attachment": N_("Attachment"),
    "number_block": N_("Number block"),
    "conflict": N_("Conflict"),
}


_SERIES: Mapping[str, Sentence] = {
    "SR": say("service reports"),
    "IR": say("inspection reports"),
    "RMA": say("return labels (RMA)"),
    "TMP": say("cases opened here"),
}


@dataclass(frozen=True, slots=True)
class Overview:
    """`state`: safe | local | due | needs, with its short text and the whole sentence; counters by page name."""

    state: SafetyState
    text: Sentence
    detail: Sentence
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OnlyHere:
    """One record that has Changes without a receipt: its kind's name, what it is called, how many, since when."""

    kind: str
    name: Sentence
    subject: str
    record_id: str
    changes: int
    since: datetime


def kind_name(kind: str) -> Sentence:
    """What a kind of record is called on screen."""
    return Sentence(KIND_NAMES.get(kind, kind))


def size_words(size: int) -> str:
    """A size for people: `34 MB`, `820 kB`, `0 B`."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            number = size / factor
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{size} B"


def overview(session: FieldSession) -> Overview:
    """Look at everything that is always in sight, in one reading."""
    now = session.clock.now()
    with session.reading() as reader:
        pending, state = reader.unreceipted(), reader.sync_state()
        conflicts = _to_settle(reader)
        counts = _counts(reader, session.engineer, shift_of(now, session.zone))
    items = pending.changes + pending.blobs
    size = size_words(pending.blob_bytes)
    if conflicts:
        text = say("Needs you: {count} conflict(s)", count=conflicts)
        return Overview("needs", text, say("{count} conflict(s) wait for your decision; both values are kept.", count=conflicts), counts)
    if items == 0:
        if state.agreed_at is None:
            return Overview("due", say("Not synced yet"), say("This laptop has not finished a sync yet."), counts)
        return Overview("safe", say("All at the centre"), say("Everything is at the centre. You may close the lid."), counts)
    evening = now.astimezone(ZoneInfo(session.zone)).hour >= EVENING_HOUR
    text = (
        say("{items} items · {size} only here", items=items, size=size)
        if pending.blob_bytes
        else say("{items} items only here", items=items)
    )
    detail = say("{items} items and {size} are only on this laptop. Sync when you have network.", items=items, size=size)
    return Overview("due" if evening else "local", text, detail, counts)


def _to_settle(reader: Reader) -> int:
    return sum(1 for each in reader.find(Conflict, state="open") if each.reason not in NOT_ASKED)


def _counts(reader: Reader, engineer: str, shift: tuple[datetime, datetime]) -> dict[str, int]:
    open_visits = sum(in_shift(each, *shift) for each in reader.find(Visit, engineer_id=engineer, left_at=None))
    closed = ("closed", "archived", "resolved")
    open_cases = sum(1 for case in reader.find(Case, owner_id=engineer) if case.status not in closed)
    return {
        "today": open_visits,
        "cases": open_cases,
        "inspections": reader.count(Inspection, engineer_id=engineer, state=("planned", "started")),
        "spares": reader.count(Swap, returned_at=None, return_due_on__ne=None),
        "changes": reader.count(UpgradeOrder, state=("open", "running")),
        "reports": reader.count(ServiceReport, state=("draft", "frozen", "certified")),
        "sync": _to_settle(reader),
    }


def only_here(session: FieldSession) -> tuple[OnlyHere, ...]:
    """Exactly what is only on this laptop, oldest first."""
    with session.reading() as reader:
        found = []
        for row in reader.pending_records():
            name, subject = kind_name(row.kind), subject_of(reader, row.kind, row.record_id)
            if row.kind == "number_block":  # nobody knows a block of numbers by its prefix
                name, subject = say("Numbers taken: {what}", what=_SERIES.get(subject, say("other numbers"))), ""
            found.append(OnlyHere(row.kind, name, subject, row.record_id, row.changes, row.first_at))
        return tuple(found)


def subject_of(reader: Reader, kind_of_record: str, record_id: Id) -> str:
    """What a record is called: its number, name or title; what belongs to a case, a visit or a checklist by that."""
    kind = KINDS.get(kind_of_record)
    record = reader.get(kind.record, record_id) if kind else None
    if isinstance(record, FormInstance):
        return _form_name(reader, record)
    for name in ("number", "temp_no", "name", "title", "item_label", "text", "serial", "form_id", "series"):
        text = getattr(record, name, "")
        if text and not (kind_of_record == "case_activity" and name == "text"):
            return str(text)
    for owner in ("case", "visit", "report", "order"):
        owner_id = getattr(record, f"{owner}_id", "")
        if owner_id:
            return subject_of(reader, {"report": "service_report", "order": "upgrade_order"}.get(owner, owner), owner_id)
    return ""


def _form_name(reader: Reader, found: FormInstance) -> str:
    """A checklist as its page calls it: the code with the form's title, in the language the form has."""
    forms = reader.find(FormVersion, form_id=found.form_id, version=found.form_version)
    title = (forms[0].title_zh or forms[0].title_en) if forms else ""
    return " ".join(part for part in (found.form_id, title) if part)
