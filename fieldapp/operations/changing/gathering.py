"""Gathers an upgrade from the replica and tells it: gates with their words, evidence, steps, deviations, what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.i18n import Sentence, say, time_text, when_text
from fieldapp.base.ids import Id, is_id
from fieldapp.domain.customers import Asset, Contract, Customer, Person, Site, SiteRule, effect_of
from fieldapp.domain.gates import (
    Gate,
    backup_kind_sentence,
    backup_problem,
    gates,
    joined,
    past_no_return,
    window_deviation,
    window_sentence,
)
from fieldapp.domain.upgrades import BACKUP_KINDS, BACKUP_SUBJECTS, Approval, BackupRecord, ScheduledEvent, UpgradeOrder, UpgradeStep
from fieldapp.domain.visits import VisitPerson
from fieldapp.operations.changing.views import Allowed, BackupLine, ChangeRow, GateLine, OnSite, RollbackView, StepLine, UpgradeView
from fieldapp.operations.overview import size_words
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = ["OVER", "Facts", "change_rows", "gather", "impact_sentence", "upgrade_view"]

OVER = ("done", "rolled_back")


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that belongs to one upgrade order, and the gates at one moment."""

    order: UpgradeOrder
    event: ScheduledEvent | None
    backups: tuple[BackupRecord, ...]
    approvals: tuple[Approval, ...]
    steps: tuple[UpgradeStep, ...]
    contract: Contract | None
    site: Site | None
    gates: tuple[Gate, ...]
    now: datetime

    @property
    def zone(self) -> str:
        """The zone of the site."""
        return self.site.zone if self.site else "Asia/Shanghai"

    @property
    def started(self) -> bool:
        """Whether only the way of the rollback plan leads back."""
        return past_no_return(self.order, self.steps)

    def gate(self, key: str) -> Gate:
        """The gate of a key."""
        return next(each for each in self.gates if each.key == key)

    def problem(self, backup: BackupRecord) -> Sentence | None:
        """Why a backup does not suffice; once execution has begun, at its beginning."""
        return backup_problem(backup, self.order, self.event, self.contract, self.order.started_at or self.now)


def gather(reader: Reader, order_id: Id, now: datetime) -> Facts:
    """Read an order with all that its gates are derived from; UnknownRecord when it is not on this laptop."""
    order = reader.need(UpgradeOrder, order_id)
    event = reader.get(ScheduledEvent, order.event_id) if order.event_id else None
    asset = reader.get(Asset, order.asset_id) if order.asset_id else None
    contract_id = (event.contract_id if event else "") or (asset.contract_id if asset else "")
    contract = reader.get(Contract, contract_id) if contract_id else None
    backups = tuple(reader.find(BackupRecord, order_id=order_id))
    approvals = tuple(reader.find(Approval, order_id=order_id))
    steps = tuple(reader.find(UpgradeStep, order_id=order_id, order="position"))
    found = gates(order, event, backups, approvals, steps, contract, now)
    site = reader.get(Site, order.site_id) if order.site_id else None
    return Facts(order, event, backups, approvals, steps, contract, site, found, now)


def review_sentence(state: str) -> Sentence:
    """Where the review of a planned change stands."""
    return {
        "draft": say("being planned"),
        "submitted": say("in review"),
        "returned": say("returned for completion"),
        "approved": say("approved"),
        "executed": say("executed"),
        "cancelled": say("cancelled"),
    }.get(state, say("{state}", state=state))


def order_sentence(state: str) -> Sentence:
    """Where an upgrade order stands."""
    return {
        "open": say("Prepared"),
        "running": say("Under way"),
        "done": say("Accepted"),
        "rolled_back": say("Rolled back"),
    }.get(state, say("No order"))


def impact_sentence(impact: str) -> Sentence:
    """The influence of a change on the business."""
    return {"none": say("No influence"), "short": say("Short interruption"), "serious": say("Serious influence")}.get(
        impact, say("not said yet")
    )


def change_rows(session: FieldSession) -> tuple[ChangeRow, ...]:
    """All planned changes on the laptop: those to come first, in the order of their windows, then the past ones, newest first."""
    now = session.clock.now()
    with session.reading() as reader:
        customers = {each.id: each.name for each in reader.find(Customer)}
        sites = {each.id: each for each in reader.find(Site)}
        orders = {each.event_id: each for each in reader.find(UpgradeOrder)}
        rows = []
        for event in reader.find(ScheduledEvent):
            order = orders.get(event.id)
            site = sites.get(event.site_id)
            facts = gather(reader, order.id, now) if order else None
            state = order.state if order else ""
            rows.append(
                ChangeRow(
                    event_id=event.id,
                    order_id=order.id if order else "",
                    number=event.number,
                    title=event.title,
                    customer=customers.get(event.customer_id, ""),
                    site=site.name if site else "",
                    window=window_sentence(event, site.zone if site else session.zone),
                    starts_at=event.window_starts_at,
                    review=event.review_state,
                    review_words=review_sentence(event.review_state),
                    state=state,
                    state_words=order_sentence(state),
                    done=sum(gate.state == "done" for gate in facts.gates) if facts else 0,
                )
            )
    return tuple(sorted(rows, key=lambda row: _soonest(row, now)))


def _soonest(row: ChangeRow, now: datetime) -> tuple[int, float, str]:
    over = row.review in ("executed", "cancelled") or row.state in OVER
    begins = (row.starts_at or now).timestamp()
    return (1, -begins, row.number) if over else (0, begins, row.number)


def upgrade_view(session: FieldSession, reader: Reader, facts: Facts) -> UpgradeView:
    """Tell an upgrade."""
    order, event = facts.order, facts.event
    customer_id = event.customer_id if event else facts.site.customer_id if facts.site else ""
    customer = reader.get(Customer, customer_id) if customer_id else None
    backups = tuple(_backup_line(facts, each) for each in facts.backups)
    rules = reader.find(SiteRule, site_id=order.site_id)
    outward = effect_of(rules, "data_out")
    inside = event is None or window_deviation(event, facts.now) is None
    return UpgradeView(
        order_id=order.id,
        event_id=order.event_id,
        visit_id=order.visit_id,
        site_id=order.site_id,
        customer=customer.name if customer else "",
        application=order.application,
        number=event.number if event else "",
        from_version=order.from_version,
        to_version=order.to_version,
        review=event.review_state if event else "",
        review_words=review_sentence(event.review_state if event else "draft"),
        state=order.state,
        state_words=order_sentence(order.state),
        zone=facts.zone,
        window=window_sentence(event, facts.zone) if event else say("no window agreed"),
        window_starts_at=event.window_starts_at if event else None,
        window_ends_at=event.window_ends_at if event else None,
        window_now=None if inside or event is None else window_deviation(event, facts.now),
        gates=tuple(_gate_line(facts, gate) for gate in facts.gates),
        backups=backups,
        kinds=tuple(
            (backup_kind_sentence(kind), count) for kind in BACKUP_KINDS if (count := sum(each.kind == kind for each in facts.backups))
        ),
        accepted_kinds=facts.contract.backup_kinds if facts.contract and facts.contract.backup_kinds else BACKUP_KINDS,
        steps=_steps(facts, verification=False),
        checks=_steps(facts, verification=True),
        rollback=RollbackView(
            plan=order.rollback_plan,
            criteria=order.rollback_criteria,
            decision_at=order.rollback_decision_at,
            sources=_sources(facts, backups),
            rolled_back_at=order.rolled_back_at,
            note=order.rollback_note,
        ),
        people=_people(reader, facts),
        deviations=_deviations(facts),
        documents=order.documents,
        documents_delivered_at=order.documents_delivered_at,
        merge_agreed=order.merge_agreed,
        state_before=order.state_before,
        business_stopped_at=order.business_stopped_at,
        started_at=order.started_at,
        version_after=order.version_after,
        processes_verified=order.processes_verified,
        impact=order.impact,
        impact_note=order.impact_note,
        explained_at=order.explained_at,
        explained_to=order.explained_to,
        observation_until=order.observation_until,
        manifests_stay=None if outward.allowed else outward.reason,
        can=_can(facts),
    )


def _chain(parts: Sequence[Sentence | None]) -> Sentence | None:
    """Short sentences with dots between."""
    whole: Sentence | None = None
    for part in parts:
        if part is not None:
            whole = part if whole is None else say("{first} · {next}", first=whole, next=part)
    return whole


def _backup_line(facts: Facts, backup: BackupRecord) -> BackupLine:
    return BackupLine(
        backup_id=backup.id,
        subject=backup.subject,
        kind=backup.kind,
        kind_words=backup_kind_sentence(backup.kind),
        words=_backup_words(facts, backup),
        location=backup.location,
        files=backup.files,
        digest=backup.digest,
        taken_at=backup.taken_at,
        checked_at=backup.verified_at,
        by_digest=backup.kind in ("computed_here", "customer_server"),
        problem=facts.problem(backup),
    )


def _backup_words(facts: Facts, backup: BackupRecord) -> Sentence:
    def at(moment: datetime | None) -> str:
        return time_text(moment, facts.zone) if moment else ""

    stopped = facts.order.business_stopped_at
    after_stop = backup.subject == "data" and backup.taken_at and stopped and backup.taken_at >= stopped
    checked = backup.verified_at
    parts = [
        backup_kind_sentence(backup.kind),
        say("taken after the stop, {time}", time=at(backup.taken_at)) if after_stop else say("taken {time}", time=at(backup.taken_at)),
        say("{size}", size=size_words(backup.size)) if backup.size is not None else None,
        say("{count} files listed", count=f"{backup.files:,}".replace(",", " ")) if backup.files is not None else None,
        say("job {job}", job=backup.job) if backup.job else None,
        say("snapshot {snapshot}", snapshot=backup.snapshot_id) if backup.snapshot_id else None,
        say("digest {short}", short=f"{backup.digest[:4]}…{backup.digest[-4:]}") if backup.digest else None,
        say("witness: {name}", name=backup.witness) if backup.witness else None,
        say("the check found a difference") if backup.verify_result == "differs" else None,
        say("checked {time}, no difference", time=at(checked)) if checked and backup.verify_result != "differs" else None,
    ]
    return _chain(parts) or backup_kind_sentence(backup.kind)


def _gate_line(facts: Facts, gate: Gate) -> GateLine:
    return GateLine(gate.number, gate.key, gate.title, _gate_detail(facts, gate), gate.state, _state_words(gate), gate.opens_with)


def _state_words(gate: Gate) -> Sentence:
    if gate.state == "locked":
        return say("Locked · {needs}", needs=gate.opens_with[0]) if gate.opens_with else say("Locked")
    if gate.state == "done":
        if gate.key.startswith("backup_"):
            return say("Backup checked")
        return {"approval": say("Signed approval"), "acceptance": say("Accepted"), "verification": say("All normal")}.get(
            gate.key, say("Finished")
        )
    return {"open": say("To do"), "running": say("Under way"), "failed": say("Stopped here")}[gate.state]


def _gate_detail(facts: Facts, gate: Gate) -> Sentence | None:
    order = facts.order
    missing: Sentence | None = None
    if gate.state == "locked":
        missing = say("also needs: {what}", what=joined(gate.opens_with[1:])) if gate.opens_with[1:] else None
    elif gate.opens_with:
        missing = say("still missing: {what}", what=joined(gate.opens_with))
    about = gate.detail
    if gate.key == "documents":
        delivered = order.documents_delivered_at
        handed = say("handed to the customer {when}", when=when_text(delivered, "en", facts.zone)) if delivered else None
        about = _chain([gate.detail, handed])
    elif gate.key.startswith("backup_"):
        mine = [each for each in facts.backups if f"backup_{each.subject}" == gate.key]
        best = next((each for each in reversed(mine) if facts.problem(each) is None), mine[-1] if mine else None)
        about = _backup_words(facts, best) if best else None
        if best is None and gate.key == "backup_data" and gate.state != "done":
            about = say("after the stop of the business, inside the window")
    elif gate.key == "approval" and gate.detail is None:
        about = say("Customer's signature")
    elif gate.key == "steps" and gate.state in ("locked", "open"):
        about = say("{count} steps; result and time of each are recorded", count=sum(not each.verification for each in facts.steps))
    elif gate.key == "verification" and gate.state in ("locked", "open"):
        about = say("{count} checks; all normal before acceptance", count=sum(each.verification for each in facts.steps))
    elif gate.key == "acceptance" and gate.detail is None:
        about = say("Signature of the customer's technicians")
    return _chain([about, missing])


def _steps(facts: Facts, *, verification: bool) -> tuple[StepLine, ...]:
    gate = facts.gate("verification" if verification else "steps")
    over = facts.order.state in OVER or facts.order.rolled_back_at is not None
    lines = []
    waiting: UpgradeStep | None = None
    for number, each in enumerate((one for one in facts.steps if one.verification == verification), start=1):
        why: Sentence | None = None
        if over:
            why = say("the upgrade is over")
        elif gate.state == "locked":
            why = say("it opens with: {missing}", missing=joined(gate.opens_with))
        elif each.result == "ok":
            why = say("it is recorded already")
        elif waiting is not None and not verification:
            why = say("the step before comes first")
        lines.append(
            StepLine(each.id, number, each.text_zh, each.text_en, verification, each.result, each.note, each.done_at, why is None, why)
        )
        if waiting is None and each.result != "ok":
            waiting = each
    return tuple(lines)


def _sources(facts: Facts, lines: Sequence[BackupLine]) -> tuple[BackupLine, ...]:
    """For each subject the backup that a rollback restores from: the newest that suffices, else the newest."""
    found = []
    for subject in BACKUP_SUBJECTS:
        mine = [each for each in lines if each.subject == subject]
        good = [each for each in mine if each.problem is None]
        found += (good or mine)[-1:]
    return tuple(found)


def _people(reader: Reader, facts: Facts) -> tuple[OnSite, ...]:
    found = reader.find(VisitPerson, visit_id=facts.order.visit_id) if facts.order.visit_id else []
    present = [OnSite(each.name, each.role, each.phone, standby=False) for each in found]
    standby = facts.event.standby_engineer if facts.event else ""
    person = reader.get(Person, standby) if is_id(standby) else None
    name, phone = (person.name, person.phone) if person else ("" if is_id(standby) else standby, "")
    if name:
        role = next((each.role for each in found if each.name == name), "")
        present = [each for each in present if each.name != name]
        present.append(OnSite(name, role, phone, standby=True))
    return tuple(present)


def _deviations(facts: Facts) -> tuple[Sentence, ...]:
    lines = (facts.event.deviation if facts.event else "").splitlines()
    found = [say("{line}", line=line) for line in lines if line.strip()]
    for each in facts.steps:
        if each.result == "abnormal":
            text = each.text_zh or each.text_en
            found.append(say("Abnormal: {step} {note}", step=text, note=each.note))
    return tuple(found)


def _can(facts: Facts) -> dict[str, Allowed]:
    order = facts.order
    over = order.state in OVER or order.rolled_back_at is not None
    begun = say("execution has begun") if facts.started else None
    ended = say("the upgrade is over") if over else None

    def by_gate(key: str) -> Sentence | None:
        gate = facts.gate(key)
        return say("it opens with: {missing}", missing=joined(gate.opens_with)) if gate.state == "locked" else None

    why = {
        "deliver": ended or begun,
        "merge": ended or begun,
        "stop": ended or begun or by_gate("backup_data"),
        "approval": ended or begun or by_gate("approval"),
        "step": ended or by_gate("steps"),
        "verify": ended or by_gate("verification"),
        "explain": (say("the upgrade is over") if order.state == "done" else None) or by_gate("acceptance"),
        "acceptance": (say("the upgrade is over") if order.state == "done" else None) or by_gate("acceptance"),
        "roll_back": ended or (None if facts.started else say("nothing was executed yet")),
        "finish": (say("the upgrade is over") if order.state == "done" else None)
        or (None if facts.gates[-1].state == "done" else say("it opens with: {missing}", missing=joined(facts.gates[-1].opens_with))),
    }
    for subject in BACKUP_SUBJECTS:
        why[f"backup_{subject}"] = ended or begun or by_gate(f"backup_{subject}")
    return {name: Allowed(reason is None, reason) for name, reason in why.items()}
