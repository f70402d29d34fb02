"""The history of a report's visit: which records belong to it, and this laptop's Changes to them, for the data that are sealed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fieldapp.base.clock import moment_from_text
from fieldapp.base.ids import Id
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.records import KINDS
from fieldapp.domain.visits import Visit
from fieldapp.replica.outbox import Kept, kept_changes, unbroken
from fieldapp.replica.store import Reader
from fieldapp.reports.content import ReportData
from fieldapp.reports.history import VisitHistory, history_of
from fieldapp.wire.changes import kept_change

__all__ = ["visit_history", "with_history"]

_SUBJECTS: Mapping[str, str] = {"service": "visit", "inspection": "inspection"}
_BELONG: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("visit_person", "visit_id", ("visit",)),
    ("left_over", "visit_id", ("visit",)),
    ("inspection", "visit_id", ("visit",)),
    ("swap", "visit_id", ("visit",)),
    ("upgrade_order", "visit_id", ("visit",)),
    ("case_activity", "case_id", ("case",)),
    ("case_clock", "case_id", ("case",)),
    ("rma", "swap_id", ("swap",)),
    ("stock_movement", "swap_id", ("swap",)),
    ("form_instance", "owner_id", ("inspection", "upgrade_order", "case", "visit")),
    ("finding", "inspection_id", ("inspection",)),
    ("finding", "instance_id", ("form_instance",)),
    ("upgrade_step", "order_id", ("upgrade_order",)),
    ("backup_record", "order_id", ("upgrade_order",)),
    ("approval", "order_id", ("upgrade_order",)),
    (
        "attachment",
        "owner_id",
        ("visit", "case", "inspection", "form_instance", "finding", "swap", "upgrade_order", "upgrade_step", "backup_record"),
    ),
)
"""What belongs to a visit: a kind, the field by which it names its owner, the owner's kinds; owners stand before what they own.

Reports, their sign-offs and what the customer says of the engineer are not among them: the signatures prove the first two, and
the third is nobody's to show.
"""


def with_history(reader: Reader, report: ServiceReport, data: ReportData, at: datetime) -> ReportData:
    """The data of a report with the history of its visit, as it stands at an aware moment, in the same transaction."""
    return replace(data, front=replace(data.front, history=visit_history(reader, report, at)))


def visit_history(reader: Reader, report: ServiceReport, at: datetime) -> VisitHistory:
    """The history of a report's visit: Changes of this laptop only, and only those that it still holds in one piece up to now."""
    state = reader.sync_state()
    kept = unbroken(kept_changes(reader.connection), state)
    whole = state.incarnation == 1 and (kept[0].sequence == 1 if kept else state.sequence == 0)
    since = None if whole else moment_from_text(kept[0].at) if kept else at
    records = _records(reader, report, kept)
    mine = [each.data for each in kept if (each.kind, each.record_id) in records]
    return history_of(state.device, since, [f"{kind}/{record_id}" for kind, record_id in records], mine)


def _records(reader: Reader, report: ServiceReport, kept: Sequence[Kept]) -> set[tuple[str, Id]]:
    """The visit and all that belongs to it, also what was deleted: its making stands among the Changes, or nothing of it does."""
    found: dict[str, set[Id]] = {kind: set() for kind in KINDS}
    found[_SUBJECTS.get(report.kind, "upgrade_order")].add(report.subject_id or report.visit_id)
    visit = reader.get(Visit, report.visit_id) if report.visit_id else None
    if visit is not None:
        found["visit"].add(visit.id)
        found["case"] |= {visit.case_id} - {""}
        found["inspection"] |= {visit.inspection_id} - {""}
    named = _named(kept)
    for kind, field, owners in _BELONG:
        theirs = {each for owner in owners for each in found[owner]}
        if theirs:
            wanted: dict[str, Any] = {field: theirs}
            found[kind] |= {each.id for each in reader.find(KINDS[kind].record, **wanted)}
            found[kind] |= {record_id for record_id, owner in named.get((kind, field), ()) if owner in theirs}
    return {(kind, record_id) for kind, ids in found.items() for record_id in ids}


def _named(kept: Iterable[Kept]) -> dict[tuple[str, str], list[tuple[Id, str]]]:
    """Which record named which owner in a Change, by kind and field."""
    fields = {(kind, field) for kind, field, _ in _BELONG}
    kinds = {kind for kind, _ in fields}
    named: dict[tuple[str, str], list[tuple[Id, str]]] = {}
    for each in kept:
        if each.kind not in kinds:
            continue
        for edit in kept_change(each.data).edits:
            if (each.kind, edit.name) in fields and isinstance(edit.value, str):
                named.setdefault((each.kind, edit.name), []).append((each.record_id, edit.value))
    return named
