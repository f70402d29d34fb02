"""The one door: the data of a report of any kind, from the records behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case, entitlement, entitlement_sentence
from fieldapp.domain.customers import Asset, Contract
from fieldapp.domain.documents import ServiceReport, require_same
from fieldapp.domain.inspections import Finding, Inspection
from fieldapp.domain.spares import Rma, SparePart, Swap, ending_sentence
from fieldapp.domain.upgrades import UpgradeOrder
from fieldapp.domain.visits import LeftOver as LeftOverRecord
from fieldapp.domain.visits import Visit, VisitPerson, outcome_sentence
from fieldapp.operations.clocks import ClockLine, ticking
from fieldapp.operations.filling.asking import period_sentence
from fieldapp.operations.gathering.changes import approval_data, upgrade_annex
from fieldapp.operations.gathering.checklists import annexes_of
from fieldapp.operations.gathering.sources import Sources, asset_text, front, left_overs, owner_words, people, site_rules
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader
from fieldapp.reports.blocks import Tone, Words, words
from fieldapp.reports.content import (
    Annex,
    ClockVerdict,
    InspectionAnnex,
    InspectionReportData,
    LeftOver,
    PartMove,
    PhotoAnnex,
    ReportData,
    ServiceReportData,
    StepRow,
    SwapAnnex,
    Times,
)

__all__ = ["Gathered", "gather"]

_TESTED: Mapping[str, tuple[Sentence, Tone]] = {"ok": (say("Normal"), "met"), "abnormal": (say("Abnormal"), "breached")}
_TONES: Mapping[str, Tone] = {"met": "met", "due": "due", "breached": "breached", "unknown": "muted", "neutral": "plain"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """The data of a report, and what could not be put in it."""

    data: ReportData
    warnings: tuple[Sentence, ...]


def gather(session: FieldSession, reader: Reader, report: ServiceReport, at: datetime, signers: int = 1) -> Gathered:
    """Gather the data of a report at an aware moment; `signers` of the customer's side are expected (1 or 2).

    Raises UnknownRecord when its subject is not on this laptop, OtherCustomer when the subject is of another customer.
    """
    source = Sources(session, reader, report, at, signers)
    match report.kind:
        case "inspection":
            data: ReportData = _inspection_report(source, reader.need(Inspection, report.subject_id))
        case "change_approval" | "change_acceptance":
            data = approval_data(source, reader.need(UpgradeOrder, report.subject_id))
        case _:
            data = _service_report(source, reader.need(Visit, report.subject_id or report.visit_id))
    return Gathered(data, tuple(source.warnings))


def _service_report(source: Sources, visit: Visit) -> ServiceReportData:
    reader = source.reader
    require_same(source.report, customer_id=visit.customer_id, contract_id=visit.contract_id, visit_id=visit.id)
    case = reader.get(Case, visit.case_id) if visit.case_id else None
    contract = reader.get(Contract, visit.contract_id) if visit.contract_id else None
    swaps = reader.find(Swap, visit_id=visit.id)
    orders = reader.find(UpgradeOrder, visit_id=visit.id)
    touched = [*(each.asset_id for each in swaps), *(each.asset_id for each in orders)]
    subject = (case.asset_id if case else "") or next((each for each in touched if each), "")
    asset = reader.get(Asset, subject) if subject else None
    entitled = (case.entitlement if case else "") or entitlement(contract, asset, source.at.date())
    lines = ticking(reader, case, source.site.zone).lines(source.at) if case else ()
    upgrades = tuple(upgrade_annex(source, each) for each in orders)
    inspected = annexes_of(source, visit.inspection_id)
    photos = source.photos([visit.id, *([case.id] if case else [])])
    annexes: list[Annex] = [*inspected, *(_swap_annex(source, each) for each in swaps), *upgrades]
    if photos:
        annexes.append(PhotoAnnex(photos))
    return ServiceReportData(
        front=front(source, case),
        entitlement=words(entitlement_sentence(entitled)),
        ending=_ending(visit),
        asset=asset_text(asset),
        severity=case.severity if case else "",
        symptom=visit.symptom or (" · ".join(part for part in (case.summary, case.description) if part) if case else ""),
        cause=visit.cause or (case.cause if case else ""),
        work_done=visit.work_done or (case.solution if case else "") or _counted(inspected),
        times=_times(source, visit, case),
        people=people(source, visit.id),
        caller=" ".join(part for part in (case.caller_name, case.caller_phone) if part) if case else "",
        prevention=case.prevention if case else "",
        report_due=_report_due(lines, source.site.zone),
        parts=tuple(_part(source, each) for each in swaps),
        left_over=_left(source, visit.id, visit.inspection_id),
        clocks=tuple(_clock(line) for line in lines if line.state != "not_agreed"),
        upgrades=tuple(each.summary for each in upgrades),
        site_rules=site_rules(source),
        annexes=tuple(annexes),
    )


def _ending(visit: Visit) -> Words:
    said = words(outcome_sentence(visit.outcome))
    if not visit.outcome_reason:
        return said
    return Words(f"{said.zh} · {visit.outcome_reason}", f"{said.en} · {visit.outcome_reason}" if said.en else "")


def _counted(annexes: Sequence[InspectionAnnex]) -> str:
    return "; ".join(f"{each.title.read('zh')} · {each.asset}" for each in annexes)


def _times(source: Sources, visit: Visit, case: Case | None) -> Times:
    ours = [each.hours_minutes for each in source.reader.find(VisitPerson, visit_id=visit.id) if each.hours_minutes is not None]
    return Times(
        reported=case.reported_at if case else None,
        assigned=case.assigned_at if case else None,
        answered=case.contacted_at if case else None,
        departed=visit.departed_at,
        arrived=visit.entered_at,
        restored=case.restored_at if case else None,
        left=visit.left_at,
        man_minutes=sum(ours) if ours else None,
    )


def _clock(line: ClockLine) -> ClockVerdict:
    return ClockVerdict(words(line.name), words(line.state_words), _TONES[line.tone], line.due_at)


def _report_due(lines: tuple[ClockLine, ...], zone: str) -> date | None:
    due = next((line.due_at for line in lines if line.metric == "fault_report" and line.state != "met" and line.due_at), None)
    return due.astimezone(ZoneInfo(zone)).date() if due is not None else None


def _part(source: Sources, swap: Swap) -> PartMove:
    part = source.reader.get(SparePart, swap.part_id) if swap.part_id else None
    rma = source.reader.get(Rma, swap.rma_id) if swap.rma_id else None
    number = swap.part_no or (part.part_no if part else "")
    named = " ".join(each for each in (part.name_zh if part else "", number) if each)
    return PartMove(
        part=named or "-",
        old_serial=swap.old_serial,
        new_serial=swap.new_serial,
        fate=words(ending_sentence(swap.faulty_ending)),
        return_due=swap.return_due_on,
        rma=rma.number if rma else "",
        loan=swap.substitution == "temporary",
        note=" · ".join(each for each in (swap.handed_to, swap.ending_note) if each),
    )


def _swap_annex(source: Sources, swap: Swap) -> SwapAnnex:
    who = source.session.engineer_name

    def done(number: int, label: Sentence, yes: bool, when: datetime | None = None) -> StepRow:
        result = say("yes") if yes else say("no")
        return StepRow(str(number), words(label), words(result), "met" if yes else "due", when, who if yes else "")

    tested = _TESTED.get(swap.self_test)
    steps = (
        StepRow("1", words(say("Fault located")), when=swap.fault_confirmed_at, result=_happened(swap.fault_confirmed_at)),
        StepRow("2", words(say("Good part received")), when=swap.received_at, result=_happened(swap.received_at)),
        done(3, say("Configuration saved before the swap"), swap.configuration_saved),
        done(4, say("Protection against static electricity"), swap.esd_protection),
        StepRow("5", words(say("Swap begun")), when=swap.started_at, result=_happened(swap.started_at)),
        StepRow("6", words(say("Swap finished")), when=swap.finished_at, result=_happened(swap.finished_at)),
        StepRow("7", words(say("Self test after the swap")), words(tested[0]) if tested else Words(), tested[1] if tested else "plain"),
        StepRow("8", words(say("Business restored")), when=swap.restored_at, result=_happened(swap.restored_at)),
    )
    return SwapAnnex(_part(source, swap), steps, source.photos([swap.id]))


def _happened(at: datetime | None) -> Words:
    return words(say("yes")) if at is not None else Words()


def _left(source: Sources, visit_id: Id, inspection_id: Id) -> tuple[LeftOver, ...]:
    """What remains: the items noted on the visit, and the inspection's findings that none of them names."""
    noted = {each.finding_id for each in source.reader.find(LeftOverRecord, visit_id=visit_id)} if visit_id else set()
    found = source.reader.find(Finding, inspection_id=inspection_id, state="left_over") if inspection_id else []
    rest = tuple(
        LeftOver(" · ".join(part for part in (each.item_label, each.description) if part), owner_words(each.owner), each.due_on, True)
        for each in found
        if each.id not in noted
    )
    return (*left_overs(source, visit_id), *rest)


def _inspection_report(source: Sources, inspection: Inspection) -> InspectionReportData:
    require_same(source.report, customer_id=inspection.customer_id, contract_id=inspection.contract_id, visit_id=inspection.visit_id)
    annexes = annexes_of(source, inspection.id)
    scope = tuple(
        (annex.asset.partition(" (SN ")[0], annex.asset.partition(" (SN ")[2].rstrip(")"), _place(source, annex), annex.template)
        for annex in annexes
    )
    period = period_sentence(inspection.period)
    if inspection.number:
        period = say("{period} · inspection {number}", period=period, number=inspection.number)
    return InspectionReportData(
        front=front(source),
        period=words(period),
        mode=words(say("remote") if inspection.mode == "remote" else say("on site")),
        scope=scope,
        annexes=annexes,
        left_over=_left(source, inspection.visit_id, inspection.id),
        advice=tuple(line.strip() for line in inspection.advice.replace(";", "\n").replace(";", "\n").splitlines() if line.strip()),
        site_rules=site_rules(source),
        people=people(source, inspection.visit_id),
    )


def _place(source: Sources, annex: InspectionAnnex) -> str:
    serial = annex.asset.partition(" (SN ")[2].rstrip(")")
    found = source.reader.find(Asset, site_id=source.report.site_id, serial=serial) if serial else []
    return " ".join(part for part in (found[0].room, found[0].rack, found[0].unit) if part) if found else ""
