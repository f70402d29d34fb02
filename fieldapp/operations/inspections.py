"""Inspections 巡检 on the laptop: the list, one inspection with its checklists, start and finish (rows R147-R158)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from fieldapp.base.errors import RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Asset, AssetLimit, Customer, Site
from fieldapp.domain.documents import ServiceReport
from fieldapp.domain.inspections import Coverage, Finding, FindingIncomplete, FormInstance, Inspection, InspectionOpen, finish_inspection
from fieldapp.domain.visits import Visit
from fieldapp.operations.checklists import Checklist, FormNotHere, read_checklist
from fieldapp.operations.filling import findings as finds
from fieldapp.operations.filling.asking import period_sentence
from fieldapp.operations.filling.views import FindingView, OpenFinding, Words, words
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = [
    "AnswersRefused",
    "InspectionRow",
    "InspectionSealed",
    "InspectionView",
    "SheetRow",
    "counted",
    "finish",
    "inspection",
    "inspections",
    "reopen",
    "settle",
    "start",
    "state_sentence",
    "write_end",
]


_STOPS = ("open", "refused", "gap")
"""What keeps an inspection from its end, what is said first first."""


class AnswersRefused(RuleError):
    """An inspection with answers that its forms do not allow."""

    code = "FA-266"
    message = N_("{count} answers break a rule of the form, first “{label}”: {why}. Nothing was changed. Correct or clear them.")


class InspectionSealed(RuleError):
    """An inspection whose report the customer has before them or has signed."""

    code = "FA-263"
    message = N_("The report of this inspection is being signed or signed, so it cannot be reopened. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """One line of the list. `answered` and `total` count items of its checklists; `abnormal` items, or findings."""

    inspection_id: Id
    number: str
    customer: str
    site: str
    period: str
    period_words: Sentence
    state: str
    state_words: Sentence
    result: str
    planned_at: datetime | None
    finished_at: datetime | None
    zone: str
    sheets: int
    answered: int
    total: int
    abnormal: int
    mine: bool


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One checklist of an inspection: its form, its equipment, how far it is. `here` is False while its form has not come."""

    instance_id: Id
    form_id: str
    title: Words
    asset_id: Id
    equipment: str
    state: str
    answered: int
    total: int
    abnormal: int
    unchecked: int
    percent: int
    here: bool


@dataclass(frozen=True, slots=True)
class InspectionView:
    """One inspection whole. `left` is what the last ones left over, to be settled first; `findings` those of this one.

    `stopped_at` is the checklist and the key of the question that `why_not` speaks of; the key is empty for items without an answer.
    """

    row: InspectionRow
    visit_id: Id
    trigger: str
    mode: str
    sheets: tuple[SheetRow, ...]
    left: tuple[OpenFinding, ...]
    findings: tuple[FindingView, ...]
    covered: Coverage
    summary: str
    advice: str
    may_finish: bool
    why_not: Sentence | None
    stopped_at: tuple[Id, str] | None
    next_instance: Id
    may_reopen: bool


def state_sentence(found: Inspection) -> Sentence:
    """The state of an inspection in words; a finished one says its result."""
    if found.state == "finished":
        return say("Partly done") if found.result == "partial" else say("Completed")
    return say("In progress") if found.state == "started" else say("Planned")


def counted(session: FieldSession, reader: Reader, instance: FormInstance) -> Coverage:
    """The coverage of one checklist; nothing is counted while its form has not come.

    Opening a form costs many times what comparing its answers does, so it is counted anew only when something that
    makes the count is another: an answer, a mark, an agreed limit, the day, the checklist itself or its form.
    """
    site = reader.get(Site, instance.site_id) if instance.site_id else None
    asset = reader.get(Asset, instance.asset_id) if instance.asset_id else None
    limits = reader.find(AssetLimit, model=asset.model) if asset is not None else []
    day = (instance.finished_at or session.clock.now()).astimezone(ZoneInfo(site.zone if site else session.zone)).date()
    basis = (instance, day, tuple(limits), tuple(reader.answers(instance.id).items()))
    known = session.coverages.get(instance.id)
    if known is not None and known[0] == basis:
        return known[1]
    checklist = _opened(session, reader, instance)
    if checklist is None:
        return Coverage()
    session.coverages[instance.id] = (basis, checklist.coverage)
    return checklist.coverage


def _opened(session: FieldSession, reader: Reader, instance: FormInstance) -> Checklist | None:
    try:
        return read_checklist(session, reader, instance)
    except FormNotHere:
        return None


def _row(session: FieldSession, reader: Reader, found: Inspection, sheets: int, covered: Coverage, abnormal: int) -> InspectionRow:
    site = reader.get(Site, found.site_id) if found.site_id else None
    customer = reader.get(Customer, found.customer_id) if found.customer_id else None
    visit = reader.get(Visit, found.visit_id) if found.visit_id else None
    return InspectionRow(
        inspection_id=found.id,
        number=found.number,
        customer=customer.name if customer else "",
        site=site.name if site else "",
        period=found.period,
        period_words=period_sentence(found.period),
        state=found.state,
        state_words=state_sentence(found),
        result=found.result,
        planned_at=visit.appointment_at if visit else None,
        finished_at=found.finished_at,
        zone=site.zone if site else session.zone,
        sheets=sheets,
        answered=covered.answered,
        total=covered.total,
        abnormal=abnormal,
        mine=found.engineer_id in ("", session.engineer),
    )


def inspections(session: FieldSession) -> tuple[InspectionRow, ...]:
    """All inspections on the laptop: those under way, then the planned ones by date, then finished ones, the newest first.

    Finished ones say how many findings they had; only the others are counted item by item.
    """
    rows = []
    with session.reading() as reader:
        for found in reader.find(Inspection):
            instances = reader.find(FormInstance, owner_id=found.id)
            covered, abnormal = Coverage(), reader.count(Finding, inspection_id=found.id)
            if found.state != "finished":
                for each in instances:
                    covered = covered.plus(counted(session, reader, each))
                abnormal = covered.abnormal
            rows.append(_row(session, reader, found, len(instances), covered, abnormal))
    weight = {"started": 0, "planned": 1}

    def order(row: InspectionRow) -> tuple[int, float]:
        at = row.finished_at or row.planned_at
        moment = at.timestamp() if at else 0.0
        return weight.get(row.state, 2), -moment if row.state == "finished" else moment

    return tuple(sorted(rows, key=order))


def inspection(session: FieldSession, inspection_id: Id) -> InspectionView:
    """One inspection with its checklists; UnknownRecord for one that is not on this laptop."""
    with session.reading() as reader:
        return _view(session, reader, reader.need(Inspection, inspection_id))


def _view(session: FieldSession, reader: Reader, found: Inspection) -> InspectionView:
    instances = reader.find(FormInstance, owner_id=found.id, order="position")
    sheets, covered = [], Coverage()
    gap: Sentence | None = None
    refused: AnswersRefused | None = None
    places: dict[str, tuple[Id, str]] = {}
    for each in instances:
        checklist = _opened(session, reader, each)
        mine = checklist.coverage if checklist is not None else Coverage()
        covered = covered.plus(mine)
        about = checklist.about if checklist is not None else None
        if checklist is not None:
            gap = gap or next((missing for _, missing in checklist.gaps()), None)
            refused = refused or refusal(checklist)
            for what, keys in _stops(checklist).items():
                places.setdefault(what, (each.id, keys))
        sheets.append(
            SheetRow(
                instance_id=each.id,
                form_id=each.form_id,
                title=about.title if about else words(each.form_id),
                asset_id=each.asset_id,
                equipment=about.equipment if about else "",
                state=each.state,
                answered=mine.answered,
                total=mine.total,
                abnormal=mine.abnormal,
                unchecked=mine.unchecked,
                percent=mine.percent,
                here=checklist is not None,
            )
        )
    findings = reader.find(Finding, inspection_id=found.id, order="found_at")
    camera, numbers = finds.camera_of(reader, found.site_id), finds.case_numbers(reader, findings)
    finished = found.state == "finished"
    why = None if finished else _why_not(sheets, covered, gap, refused)
    waiting = next((each for each in sheets if each.here and each.answered < each.total), sheets[0] if sheets else None)
    return InspectionView(
        row=_row(session, reader, found, len(sheets), covered, covered.abnormal),
        visit_id=found.visit_id,
        trigger=found.trigger,
        mode=found.mode,
        sheets=tuple(sheets),
        left=finds.left_over(session, reader, found.site_id, found.id) if not finished else (),
        findings=tuple(finds.finding_view(each, camera, numbers) for each in findings),
        covered=covered,
        summary=found.summary,
        advice=found.advice,
        may_finish=not finished and why is None,
        why_not=why,
        stopped_at=next((places[each] for each in _STOPS if each in places), None) if why and all(each.here for each in sheets) else None,
        next_instance=waiting.instance_id if waiting else "",
        may_reopen=finished and not _sealed(reader, found, instances),
    )


def _stops(checklist: Checklist) -> dict[str, str]:
    """The first question of each reason that keeps a checklist from its end."""
    refused, gaps = checklist.refused(), checklist.gaps()
    found = {"open": ""} if checklist.coverage.open else {}
    if refused:
        found["refused"] = refused[0].key
    if gaps:
        found["gap"] = gaps[0][0]
    return found


def refusal(checklist: Checklist) -> AnswersRefused | None:
    """What keeps a checklist from its end: answers that break a rule of the form."""
    refused = checklist.refused()
    return AnswersRefused(count=len(refused), label=refused[0].label, why=refused[0].message or "") if refused else None


def _why_not(sheets: list[SheetRow], covered: Coverage, gap: Sentence | None, refused: AnswersRefused | None) -> Sentence | None:
    missing = next((each.form_id for each in sheets if not each.here), "")
    if missing:
        return FormNotHere(form=missing).sentence
    if covered.open:
        return InspectionOpen(count=covered.open).sentence
    if refused is not None:
        return refused.sentence
    return FindingIncomplete(missing=gap).sentence if gap is not None else None


def _sealed(reader: Reader, found: Inspection, instances: list[FormInstance]) -> bool:
    """Whether the customer has a report of it before them, or signed one."""
    reports = reader.find(ServiceReport, subject_id=found.id)
    return any(each.state == "sealed" for each in instances) or any(each.state not in ("draft", "void") for each in reports)


def start(session: FieldSession, inspection_id: Id) -> InspectionView:
    """Begin an inspection that is planned; one that runs already stays as it is."""
    with session.writing() as work:
        found = work.need(Inspection, inspection_id)
        if found.state == "planned":
            engineer = found.engineer_id or session.engineer
            work.save(replace(found, state="started", started_at=session.clock.now(), engineer_id=engineer))
    return inspection(session, inspection_id)


def finish(session: FieldSession, inspection_id: Id, summary: str = "", advice: str = "") -> InspectionView:
    """Finish an inspection: complete, or partial when something is 未检.

    InspectionOpen while items are open (未检 without a reason counts as open), AnswersRefused while an answer breaks a
    rule of its form, FindingIncomplete while a finding lacks something, FormNotHere while a form is missing; nothing is changed then.
    """
    with session.writing() as work:
        found = work.need(Inspection, inspection_id)
        now, covered = session.clock.now(), Coverage()
        for each in work.find(FormInstance, owner_id=found.id, order="position"):
            checklist = read_checklist(session, work, each)
            covered = covered.plus(checklist.coverage)
            refused = refusal(checklist)
            if refused is not None and not checklist.coverage.open:
                raise refused
            for _, missing in checklist.gaps():
                raise FindingIncomplete(missing=missing)
            work.answer(each.id, checklist.finished_rows(now))
            work.save(replace(each, state="done", started_at=each.started_at or now, finished_at=now))
        work.save(finish_inspection(found, covered, now, summary.strip(), advice.strip()))
    return inspection(session, inspection_id)


def write_end(session: FieldSession, inspection_id: Id, summary: str, advice: str, shown: tuple[str, str] | None = None) -> None:
    """Keep summary and advice while they are still being written; a finished inspection keeps what it ended with.

    `shown`: what the page showed of both before anything was typed: only what differs from it is written.
    """
    with session.writing() as work:
        found = work.need(Inspection, inspection_id)
        if found.state != "finished":
            before = shown or (found.summary, found.advice)
            read = replace(found, summary=before[0], advice=before[1])
            work.save(replace(read, summary=summary, advice=advice), read=read)


def reopen(session: FieldSession, inspection_id: Id) -> InspectionView:
    """Take the end of an inspection back, to correct it; InspectionSealed once its report is being signed."""
    with session.writing() as work:
        found = work.need(Inspection, inspection_id)
        instances = work.find(FormInstance, owner_id=found.id)
        if _sealed(work, found, instances):
            raise InspectionSealed
        for each in instances:
            work.save(replace(each, state="open", finished_at=None))
        work.save(replace(found, state="started", result="", finished_at=None))
    return inspection(session, inspection_id)


def settle(session: FieldSession, inspection_id: Id, finding_id: Id, note: str = "") -> InspectionView:
    """Settle what an earlier inspection left over, in this one; FindingSettled when it is not open any more."""
    finds.settle_finding(session, finding_id, inspection_id, note)
    return inspection(session, inspection_id)
