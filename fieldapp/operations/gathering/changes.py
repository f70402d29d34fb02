"""Upgrades as annexes, and the two papers a customer signs around one: approval before, acceptance after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from fieldapp.base.i18n import Sentence, say
from fieldapp.domain.customers import Asset
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.gates import backup_kind_sentence
from fieldapp.domain.upgrades import BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.operations.gathering.sources import Sources, asset_text, front, left_overs, people
from fieldapp.reports.blocks import Tone, Words, plain, words
from fieldapp.reports.content import ApprovalData, Backup, EvidenceItem, StepRow, UpgradeAnnex, UpgradeSummary

__all__ = ["approval_data", "upgrade_annex"]

_SUBJECTS: Mapping[str, Sentence] = {"application": say("Original application"), "files": say("Related files"), "data": say("Data")}
_IMPACTS: Mapping[str, Sentence] = {
    "none": say("No influence on the business"),
    "short": say("Short influence on the business"),
    "serious": say("Serious influence on the business"),
}
_NO_RESULT: tuple[Sentence | None, Tone] = (None, "plain")
_RESULTS: Mapping[str, tuple[Sentence | None, Tone]] = {
    "ok": (say("Normal"), "met"),
    "abnormal": (say("Abnormal"), "breached"),
}
_STATES: Mapping[str, tuple[Sentence, Tone]] = {
    "done": (say("Successful"), "met"),
    "rolled_back": (say("Rolled back"), "due"),
    "running": (say("Not finished"), "due"),
    "open": (say("Not finished"), "due"),
}


def upgrade_annex(source: Sources, order: UpgradeOrder) -> UpgradeAnnex:
    """The record of an upgrade: steps, backups, evidence, the way back when it was taken."""
    steps = source.reader.find(UpgradeStep, order_id=order.id, order="position")
    documents = tuple(
        EvidenceItem(plain(name), words(say("document handed over")), when=order.documents_delivered_at) for name in order.documents
    )
    return UpgradeAnnex(
        summary=_summary(source, order),
        steps=_rows(steps),
        evidence=documents,
        rollback=order.rollback_note,
        photos=source.photos([order.id, *(each.id for each in steps)]),
    )


def _summary(source: Sources, order: UpgradeOrder) -> UpgradeSummary:
    result, tone = _STATES[order.state] if order.state in _STATES else (say("Not finished"), "due")
    version = order.version_after or order.to_version
    return UpgradeSummary(order.application, order.from_version, version, words(result), tone, _backups(source, order))


def _backups(source: Sources, order: UpgradeOrder) -> tuple[Backup, ...]:
    found = source.reader.find(BackupRecord, order_id=order.id, order="taken_at")
    return tuple(
        Backup(
            what=words(_SUBJECTS[each.subject]) if each.subject in _SUBJECTS else plain(each.subject),
            evidence=words(backup_kind_sentence(each.kind)),
            sha256=each.digest if len(each.digest) == 64 else "",
            size_bytes=each.size,
            taken=each.taken_at,
            place=" · ".join(part for part in (_place(each), each.job, each.snapshot_id, each.witness) if part),
        )
        for each in found
    )


def _place(backup: BackupRecord) -> str:
    """Where a backup lies, as the customer knows it: of what was computed on this laptop the folder's name, for the way to it is
    the laptop's own and stands in the manifest; of any other what was noted.
    """
    if backup.kind != "computed_here":
        return backup.location
    return PurePosixPath(backup.location.replace("\\", "/")).name or backup.location


def _rows(steps: Sequence[UpgradeStep]) -> tuple[StepRow, ...]:
    rows = []
    for each in steps:
        result, tone = _RESULTS.get(each.result, _NO_RESULT)
        shown = words(result) if result is not None else Words()
        rows.append(StepRow(str(each.position), Words(each.text_zh, each.text_en), shown, tone, each.done_at, "", each.note))
    return tuple(rows)


def approval_data(source: Sources, order: UpgradeOrder) -> ApprovalData:
    """变更前批准 or 变更后验收 of an order, as the report's kind says."""
    reader, before = source.reader, source.report.kind == "change_approval"
    event = reader.get(ScheduledEvent, order.event_id) if order.event_id else None
    steps = reader.find(UpgradeStep, order_id=order.id, order="position")
    backups = reader.find(BackupRecord, order_id=order.id)
    asset = reader.get(Asset, order.asset_id) if order.asset_id else None
    approved = None if before else _approved(source, order)
    return ApprovalData(
        front=front(source),
        kind="change_approval" if before else "change_acceptance",
        subject=" · ".join(part for part in ((event.number, event.title) if event else (order.application,)) if part),
        asset=asset_text(asset),
        from_version=order.from_version,
        to_version=order.to_version,
        window_start=event.window_starts_at if event else None,
        window_end=event.window_ends_at if event else None,
        impact=order.impact_note,
        plan=_rows([each for each in steps if not each.verification]),
        backups=_backups(source, order),
        customer_backup=any(each.kind == "customers_own" for each in backups),
        rollback_plan="\n".join(part for part in (order.rollback_plan, order.rollback_criteria) if part),
        decision_point=order.rollback_decision_at,
        people=people(source, order.visit_id),
        version_after="" if before else order.version_after,
        verification=() if before else _rows([each for each in steps if each.verification]),
        influence=_influence(order) if not before else Words(),
        rolled_back=None if before else order.rolled_back_at is not None,
        explained_to="" if before else order.explained_to,
        left_over=() if before else left_overs(source, order.visit_id),
        approval_number=approved.number if approved else "",
        approval_digest=approved.content_digest if approved else "",
    )


def _influence(order: UpgradeOrder) -> Words:
    if order.impact not in _IMPACTS:
        return plain(order.impact_note)
    said = words(_IMPACTS[order.impact])
    note = f" · {order.impact_note}" if order.impact_note else ""
    return Words(said.zh + note, said.en + note)


def _approved(source: Sources, order: UpgradeOrder) -> ServiceReport | None:
    found = source.reader.find(ServiceReport, subject_id=order.id, kind="change_approval", state=("signed", "paper"))
    return found[-1] if found else None
