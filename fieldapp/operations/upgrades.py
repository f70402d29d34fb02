"""What an engineer does at a planned change: documents, backup evidence, approval, steps, verification, acceptance, the way back.

Every verb is one transaction and returns the upgrade as it stands then. What may be done follows from the gates of the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldapp.base.i18n import Sentence, when_text
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset
from fieldapp.domain.documents import Attachment
from fieldapp.domain.gates import backup_kind_sentence, finish_order, require, window_deviation
from fieldapp.domain.gates import roll_back as rolled_back
from fieldapp.domain.upgrades import BACKUP_KINDS, BACKUP_SUBJECTS, Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.operations.changing.gathering import OVER, Facts, change_rows, gather, upgrade_view
from fieldapp.operations.changing.refusals import (
    BackupKindRefused,
    ChangeOver,
    DigestMissing,
    FutureMoment,
    NoDocuments,
    OutsideWindow,
    ResultMissing,
    StepNotNext,
    WitnessMissing,
)
from fieldapp.operations.changing.views import ChangeRow, UpgradeView
from fieldapp.operations.evidence import Comparison, Manifest, ScriptResult, compare, read_result
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import UnitOfWork

__all__ = [
    "agree_merge",
    "approval_signed",
    "changes",
    "compare_with_backup",
    "deliver_documents",
    "evidence_state",
    "explained",
    "finish",
    "record_approval",
    "record_backup",
    "record_computed_backup",
    "record_server_manifest",
    "record_step",
    "roll_back",
    "stop_business",
    "upgrade",
    "verify",
    "verify_backup",
]


def changes(session: FieldSession) -> tuple[ChangeRow, ...]:
    """All planned changes on the laptop, those to come first."""
    return change_rows(session)


def upgrade(session: FieldSession, order_id: Id) -> UpgradeView:
    """One upgrade with its eight gates; UnknownRecord for one that is not on this laptop."""
    with session.reading() as reader:
        return upgrade_view(session, reader, gather(reader, order_id, session.clock.now()))


def _change(session: FieldSession, order_id: Id, alter: Callable[[Facts, UnitOfWork], UpgradeOrder]) -> UpgradeView:
    with session.writing() as work:
        facts = gather(work, order_id, session.clock.now())
        work.save(alter(facts, work))
        return upgrade_view(session, work, gather(work, order_id, session.clock.now()))


def _still_before(facts: Facts) -> None:
    if facts.started or facts.order.state in OVER:
        raise ChangeOver


def _not_ahead(session: FieldSession, at: datetime | None) -> datetime:
    """The moment that was given, or now; FutureMoment for one more than a minute ahead."""
    now = session.clock.now()
    if at is None:
        return now
    if (at - now).total_seconds() > 60:
        raise FutureMoment
    return at


def deliver_documents(session: FieldSession, order_id: Id, names: Sequence[str], *, state_before: str | None = None) -> UpgradeView:
    """变更说明与技术文档交付: what was handed to the customer, by name; `state_before`: how the system stood before (T8-06)."""
    named = tuple(dict.fromkeys(text for name in names if (text := name.strip())))
    if not named:
        raise NoDocuments

    def alter(facts: Facts, _work: UnitOfWork) -> UpgradeOrder:
        _still_before(facts)
        same = facts.order.documents == named and facts.order.documents_delivered_at
        at = same or session.clock.now()
        before = facts.order.state_before if state_before is None else state_before.strip()
        return replace(facts.order, documents=named, documents_delivered_at=at, state_before=before)

    return _change(session, order_id, alter)


def agree_merge(session: FieldSession, order_id: Id, agreed: bool = True) -> UpgradeView:
    """版本融合方案: the customer's team agreed on how versions are merged (or took it back)."""

    def alter(facts: Facts, _work: UnitOfWork) -> UpgradeOrder:
        _still_before(facts)
        return replace(facts.order, merge_agreed=agreed)

    return _change(session, order_id, alter)


def stop_business(session: FieldSession, order_id: Id, at: datetime | None = None) -> UpgradeView:
    """业务停止: from here on a backup of the data counts; `at` (aware) when it is entered later."""
    moment = _not_ahead(session, at)

    def alter(facts: Facts, _work: UnitOfWork) -> UpgradeOrder:
        _still_before(facts)
        require(facts.gates, "backup_data")
        return replace(facts.order, business_stopped_at=moment)

    return _change(session, order_id, alter)


def evidence_state(session: FieldSession, order_id: Id, subject: str) -> Path:
    """Where an interrupted computation of this evidence is kept, so that it can go on."""
    return session.places.data / "evidence" / f"{order_id}-{subject}"


def _add(session: FieldSession, order_id: Id, backup: BackupRecord, manifest: Manifest | None = None) -> UpgradeView:
    """Save evidence while its gate is open; its list of files becomes an attachment where the site lets data out."""
    if backup.subject not in BACKUP_SUBJECTS or backup.kind not in BACKUP_KINDS:
        raise ValueError(f"no evidence: {backup.subject!r}, {backup.kind!r}")

    def alter(facts: Facts, work: UnitOfWork) -> UpgradeOrder:
        _still_before(facts)
        require(facts.gates, f"backup_{backup.subject}")
        accepted = facts.contract.backup_kinds if facts.contract else ()
        if accepted and backup.kind not in accepted:
            raise BackupKindRefused(kind=backup_kind_sentence(backup.kind))
        whole = replace(backup, site_id=facts.order.site_id, order_id=order_id)
        if manifest is not None and upgrade_view(session, work, facts).manifests_stay is None:
            kept = session.blobs.put(manifest.text)
            whole = replace(whole, manifest_digest=kept.digest)
            work.save(
                Attachment(
                    id=session.ids.new(),
                    site_id=facts.order.site_id,
                    owner_kind="backup_record",
                    owner_id=backup.id,
                    digest=kept.digest,
                    size=kept.size,
                    media_type="text/plain",
                    name=f"manifest-{backup.subject}.txt",
                    purpose="manifest",
                    added_at=facts.now,
                )
            )
        work.save(whole)
        return facts.order

    return _change(session, order_id, alter)


def record_computed_backup(
    session: FieldSession,
    order_id: Id,
    subject: str,
    manifest: Manifest,
    *,
    location: str,
    source: Manifest | None = None,
    taken_at: datetime | None = None,
) -> UpgradeView:
    """本机计算: the manifest of a backup that this laptop read; with `source` it is checked at once against what was backed up.

    `location` is where the backup lies; `taken_at` when it was made (now when empty).
    """
    moment = _not_ahead(session, taken_at)
    now = session.clock.now()
    same = None if source is None else compare(source, manifest).same
    backup = BackupRecord(
        id=session.ids.new(),
        subject=subject,
        kind="computed_here",
        location=location.strip(),
        files=manifest.files,
        size=manifest.size,
        digest=manifest.digest,
        taken_at=moment,
        verified_at=now if same else None,
        verified_by=session.engineer_name if same is not None else "",
        verify_result="" if same is None else "same" if same else "differs",
    )
    return _add(session, order_id, backup, manifest)


def record_server_manifest(
    session: FieldSession,
    order_id: Id,
    subject: str,
    result: ScriptResult | bytes | str,
    *,
    witness: str,
    location: str = "",
    taken_at: datetime | None = None,
) -> UpgradeView:
    """客户服务器脚本: what the script said on the customer's server - its text, its last line, or the digest alone; with a witness.

    ManifestDamaged for a result that is not whole, WitnessMissing without a name.
    """
    read = result if isinstance(result, ScriptResult) else read_result(result)
    if not witness.strip():
        raise WitnessMissing
    backup = BackupRecord(
        id=session.ids.new(),
        subject=subject,
        kind="customer_server",
        location=location.strip(),
        files=read.files,
        size=read.size,
        digest=read.digest,
        witness=witness.strip(),
        taken_at=_not_ahead(session, taken_at),
    )
    return _add(session, order_id, backup, read.manifest)


def record_backup(
    session: FieldSession,
    order_id: Id,
    subject: str,
    kind: str,
    *,
    job: str = "",
    snapshot: str = "",
    taken_at: datetime | None = None,
    size: int | None = None,
    log: str = "",
    witness: str = "",
) -> UpgradeView:
    """备份系统记录 (`backup_system`: job or snapshot, time, size, log) or 客户自行备份 (`customers_own`: with a witness).

    The record of a backup system is checked afterwards, by `verify_backup`; the customer's own is confirmed in the approval.
    """
    if kind == "customers_own" and not witness.strip():
        raise WitnessMissing
    if kind == "backup_system" and not (job.strip() or snapshot.strip()):
        raise ResultMissing
    backup = BackupRecord(
        id=session.ids.new(),
        subject=subject,
        kind=kind,
        location=log.strip(),
        size=size,
        job=job.strip(),
        snapshot_id=snapshot.strip(),
        witness=witness.strip(),
        taken_at=_not_ahead(session, taken_at),
    )
    return _add(session, order_id, backup)


def verify_backup(
    session: FieldSession, backup_id: Id, found: Manifest | ScriptResult | None = None, *, same: bool | None = None
) -> UpgradeView:
    """复核: check evidence again. A computed one against a second reading (`found`), a backup system's by its log (`same`).

    A difference closes the gate until there is another backup. DigestMissing where a second reading is needed.
    """
    with session.reading() as reader:
        order_id = reader.need(BackupRecord, backup_id).order_id

    def alter(facts: Facts, work: UnitOfWork) -> UpgradeOrder:
        backup = work.need(BackupRecord, backup_id)
        _still_before(facts)
        by_digest = backup.kind in ("computed_here", "customer_server")
        if (by_digest and found is None) or (not by_digest and same is None):
            raise DigestMissing
        equal = found.digest == backup.digest if found is not None else bool(same)
        checked = replace(backup, verified_by=session.engineer_name, verify_result="same" if equal else "differs")
        work.save(replace(checked, verified_at=facts.now) if equal else checked)
        return facts.order

    return _change(session, order_id, alter)


def compare_with_backup(session: FieldSession, backup_id: Id, found: Manifest) -> Comparison | None:
    """What differs between the kept list of a backup and a second reading, or what a test restore brought back; None when none is kept."""
    with session.reading() as reader:
        backup = reader.need(BackupRecord, backup_id)
    if not backup.manifest_digest:
        return None
    kept = read_result(session.blobs.get(backup.manifest_digest)).manifest
    return compare(kept, found) if kept is not None else None


def record_approval(session: FieldSession, work: UnitOfWork, order_id: Id, phase: str, **who: Any) -> Approval:
    """Save the customer's consent inside a transaction of the caller's; an accepted acceptance ends the order. See approval_signed."""
    facts = gather(work, order_id, session.clock.now())
    approval = Approval(id=session.ids.new(), site_id=facts.order.site_id, order_id=order_id, phase=phase, at=facts.now, **who)
    work.save(approval)
    after = gather(work, order_id, facts.now)
    if phase == "after" and after.gates[-1].state == "done":
        _end(session, work, after)
    return approval


def approval_signed(
    session: FieldSession,
    order_id: Id,
    phase: str,
    *,
    contact_id: Id = "",
    name: str,
    department: str = "",
    role: str = "",
    registered: bool = False,
    report_id: Id = "",
    result: str = "approved",
    text: str = "",
) -> UpgradeView:
    """变更前批准 (`before`) or 变更后验收 (`after`) as it was signed; `result` approved | refused. What was signed always stands.

    An acceptance ends the order when nothing else is missing.
    """
    with session.writing() as work:
        record_approval(
            session,
            work,
            order_id,
            phase,
            contact_id=contact_id,
            name=name,
            department=department,
            role=role,
            registered=registered,
            report_id=report_id,
            result=result,
            text=text,
        )
    return upgrade(session, order_id)


def _note_deviation(work: UnitOfWork, event: ScheduledEvent, deviation: Sentence, at: datetime, zone: str, reason: str) -> ScheduledEvent:
    day = when_text(at, "zh", zone)
    line = f"{day} {deviation.read('zh')} / {deviation.read('en')}: {reason}"
    return work.save(replace(event, deviation="\n".join(part for part in (event.deviation, line) if part)))


def record_step(session: FieldSession, step_id: Id, result: str, note: str = "", *, reason: str = "") -> UpgradeView:
    """Record a step of the plan, or a check behind it: `ok` or `abnormal` (with a note). The first step is the point of no return.

    GateClosed while the gate is locked, StepNotNext out of order, OutsideWindow without a `reason` where the window is not kept.
    """
    note, reason = note.strip(), reason.strip()
    if result not in ("ok", "abnormal") or (result == "abnormal" and not note):
        raise ResultMissing
    with session.reading() as reader:
        order_id = reader.need(UpgradeStep, step_id).order_id

    def alter(facts: Facts, work: UnitOfWork) -> UpgradeOrder:
        order, event, now = facts.order, facts.event, facts.now
        if order.state in OVER:
            raise ChangeOver
        step = next(each for each in facts.steps if each.id == step_id)
        require(facts.gates, "verification" if step.verification else "steps")
        before = [each for each in facts.steps if each.verification == step.verification and each.position < step.position]
        if step.result == "ok" or (not step.verification and any(each.result != "ok" for each in before)):
            raise StepNotNext
        deviation = window_deviation(event, now) if event is not None and not step.verification else None
        if event is not None and deviation is not None:
            if not reason:
                raise OutsideWindow(deviation=deviation)
            event = _note_deviation(work, event, deviation, now, facts.zone, reason)
        if event is not None and event.actual_started_at is None:
            work.save(replace(event, actual_started_at=now))
        work.save(replace(step, result=result, note=note, done_at=now))
        return replace(order, started_at=order.started_at or now, state="running")

    return _change(session, order_id, alter)


def verify(session: FieldSession, order_id: Id, version_after: str, processes: str, note: str = "") -> UpgradeView:
    """验证关键进程与业务: the version that runs now, and `processes` ok | abnormal (with a note)."""
    version, note = version_after.strip(), note.strip()
    if not version or processes not in ("ok", "abnormal") or (processes == "abnormal" and not note):
        raise ResultMissing

    def alter(facts: Facts, _work: UnitOfWork) -> UpgradeOrder:
        if facts.order.state in OVER:
            raise ChangeOver
        require(facts.gates, "verification")
        return replace(
            facts.order,
            version_after=version,
            processes_verified=processes,
            verified_at=facts.now,
            impact_note=note or facts.order.impact_note,
        )

    return _change(session, order_id, alter)


def explained(
    session: FieldSession,
    order_id: Id,
    to: str,
    impact: str,
    *,
    impact_note: str = "",
    observation_until: datetime | None = None,
) -> UpgradeView:
    """说明结果与影响: explained to the customer's technicians (`to`); `impact` none | short | serious."""
    if not to.strip() or impact not in ("none", "short", "serious"):
        raise ResultMissing

    def alter(facts: Facts, _work: UnitOfWork) -> UpgradeOrder:
        if facts.order.state == "done":
            raise ChangeOver
        require(facts.gates, "acceptance")
        return replace(
            facts.order,
            explained_at=facts.order.explained_at or facts.now,
            explained_to=to.strip(),
            impact=impact,
            impact_note=impact_note.strip() or facts.order.impact_note,
            observation_until=observation_until,
        )

    return _change(session, order_id, alter)


def roll_back(session: FieldSession, order_id: Id, note: str) -> UpgradeView:
    """按回退方案恢复: with the path that was taken; NoRollbackNeeded before execution, RollbackNeedsNote without a note."""

    def alter(facts: Facts, work: UnitOfWork) -> UpgradeOrder:
        if facts.event is not None:
            work.save(replace(facts.event, actual_ended_at=facts.now))
        return rolled_back(facts.order, facts.steps, note, facts.now)

    return _change(session, order_id, alter)


def finish(session: FieldSession, order_id: Id) -> UpgradeView:
    """End the order; GateClosed, naming what is missing, unless the acceptance is there."""
    return _change(session, order_id, lambda facts, work: _end(session, work, facts))


def _end(session: FieldSession, work: UnitOfWork, facts: Facts) -> UpgradeOrder:
    """The order as ended, saved; the equipment has the new version then, the event its end."""
    ended = work.save(finish_order(facts.order, facts.gates))
    if facts.event is not None and facts.event.actual_ended_at is None:
        work.save(replace(facts.event, actual_ended_at=facts.now))
    asset = work.get(Asset, ended.asset_id) if ended.asset_id else None
    if asset is not None and ended.state == "done" and ended.version_after:
        work.save(replace(asset, version=ended.version_after))
    return ended
