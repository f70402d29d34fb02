"""Reports from draft to the customer's copy: draft, preview, certify, new version, void, save, hand over (practice 12-18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fieldapp.base.errors import InputError, RuleError, StorageError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Customer, Site, SiteRule, effect_of
from fieldapp.domain.documents import (
    Acceptance,
    Attachment,
    ServiceReport,
    SignOff,
    acceptance,
    acceptance_sentence,
    is_final,
    new_version,
    require_draft,
)
from fieldapp.domain.inspections import Inspection
from fieldapp.domain.upgrades import ScheduledEvent, UpgradeOrder
from fieldapp.domain.visits import Visit
from fieldapp.operations.gathering.gather import gather
from fieldapp.operations.gathering.history import with_history
from fieldapp.operations.gathering.sealing import SealedPages, certified, keep, page_count, shown_pages
from fieldapp.operations.laptop.line import note_wanted
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader, UnitOfWork
from fieldapp.reports.canonical import digest_groups
from fieldapp.reports.documents import document
from fieldapp.reports.layout import render

__all__ = [
    "KINDS",
    "Action",
    "CopyNotWritten",
    "NotCertified",
    "PreviewView",
    "ReasonNeeded",
    "ReportLine",
    "ReportView",
    "SavedCopy",
    "SignerLine",
    "draft_report",
    "ending_sentence",
    "freeze_and_certify",
    "keep_pages",
    "kind_sentence",
    "mark_copy_delivered",
    "new_report_version",
    "pages_of",
    "preview",
    "report",
    "reports",
    "save_copy",
    "void_report",
]

KINDS = ("service", "inspection", "change_approval", "change_acceptance")
_SERIES: Mapping[str, str] = {"inspection": "IR"}
_SETTLED = ("signed", "paper", "refused")


class NotCertified(RuleError):
    """A report that the engineer has not certified yet is about to be signed or handed over."""

    code = "FA-280"
    message = N_("This report is still a draft. Nothing was changed. Certify it first; then the customer can sign it.")


class CopyNotWritten(StorageError):
    """The copy of a report could not be written where a person wanted it."""

    code = "FA-281"
    message = N_(
        "The copy could not be written to {folder}. The report itself is safe on this laptop. Choose another folder and try again."
    )


class ReasonNeeded(InputError):
    """Something that needs a reason was asked for without one."""

    code = "FA-180"
    message = N_("A reason is needed. Nothing was changed. Write why.")


@dataclass(frozen=True, slots=True)
class Action:
    """What may be done with a report now; `why` says why not."""

    allowed: bool
    why: Sentence | None = None


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report in the list. `tone`: neutral | accent | met | due | breached; `copy_owed`: 副本未交付."""

    report_id: Id
    number: str
    version: int
    kind: str
    kind_words: Sentence
    title: str
    customer: str
    site: str
    state: str
    state_words: Sentence
    tone: str
    at: datetime | None
    stamped_at: datetime | None
    copy_owed: bool


@dataclass(frozen=True, slots=True)
class SignerLine:
    """One act of signing: whose, with which outcome in words, when; `registered` False is 未登记签字人."""

    position: int
    name: str
    role: str
    registered: bool
    outcome: str
    outcome_words: Sentence
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report whole, without its pages. `digest_groups` is the content digest in groups of 4, empty for a draft.

    The actions say what is allowed now. `copy_rule` is the site's rule about media, when there is one.
    """

    line: ReportLine
    visit_id: Id
    subject_id: Id
    pages: int | None
    digest: str
    digest_groups: str
    certified_at: datetime | None
    signed_at: datetime | None
    copy_delivered_at: datetime | None
    copy_delivered_how: str
    supersedes_id: Id
    superseded_by: Id
    signers: tuple[SignerLine, ...]
    certify: Action
    sign: Action
    save: Action
    deliver: Action
    renew: Action
    void: Action
    copy_rule: Sentence | None


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The pages of a report as bytes of a PDF. A draft's are drawn anew from the records; `warnings` say what they lack.

    `shown` is a copy for screen and printer, in which seals and strokes are part of the page; only `pdf` is the document.
    """

    report: ReportView
    pdf: bytes
    shown: bytes
    pages: int
    digest: str
    digest_groups: str
    warnings: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class SavedCopy:
    """Where a copy was written, and the report after it."""

    path: Path
    report: ReportView


def kind_sentence(kind: str) -> Sentence:
    """What a kind of report is called."""
    return {
        "service": say("On-site service report"),
        "inspection": say("Inspection report"),
        "change_approval": say("Approval before the change"),
        "change_acceptance": say("Acceptance after the change"),
    }.get(kind, say("Report"))


def ending_sentence(kind: str, found: Acceptance) -> Sentence:
    """What the customer's side said of a report of a kind, in words: a change is approved before and accepted after."""
    if kind == "change_approval" and found == "accepted":
        return say("Approved by the customer")
    if kind == "change_approval" and found == "accepted_with_remarks":
        return say("Approved by the customer, with remarks")
    return acceptance_sentence(found)


def _state(report: ServiceReport, sign_offs: Sequence[SignOff]) -> tuple[Sentence, str]:
    """The state in words, and its tone; nothing is called accepted unless the customer accepted."""
    if report.state == "void":
        return say("Void"), "neutral"
    if report.state == "draft":
        return say("Draft"), "neutral"
    said = acceptance(sign_offs, len({each.position for each in sign_offs}) or 1)
    if report.state == "certified":
        return (acceptance_sentence("absent"), "due") if said == "absent" else (say("Waits for signature"), "accent")
    tone = {"accepted": "met", "accepted_with_remarks": "met", "partial": "due", "refused": "breached"}.get(said, "neutral")
    return ending_sentence(report.kind, said), tone


def _line(report: ServiceReport, sign_offs: Sequence[SignOff], customer: str, site: str) -> ReportLine:
    words, tone = _state(report, sign_offs)
    return ReportLine(
        report_id=report.id,
        number=report.number,
        version=report.version,
        kind=report.kind,
        kind_words=kind_sentence(report.kind),
        title=report.title,
        customer=customer,
        site=site,
        state=report.state,
        state_words=words,
        tone=tone,
        at=report.signed_at or report.certified_at,
        stamped_at=report.stamped_at,
        copy_owed=report.state in ("signed", "paper") and report.copy_delivered_at is None,
    )


def reports(session: FieldSession) -> tuple[ReportLine, ...]:
    """All reports on this laptop, the newest first."""
    with session.reading() as reader:
        customers = {each.id: each.name for each in reader.find(Customer)}
        sites = {each.id: each.name for each in reader.find(Site)}
        acts: dict[Id, list[SignOff]] = {}
        for each in reader.find(SignOff):
            acts.setdefault(each.report_id, []).append(each)
        found = reader.find(ServiceReport)
    lines = (_line(each, acts.get(each.id, []), customers.get(each.customer_id, ""), sites.get(each.site_id, "")) for each in found)
    return tuple(sorted(lines, key=lambda line: line.report_id, reverse=True))


def report(session: FieldSession, report_id: Id) -> ReportView:
    """One report with its signers and what may be done with it now; UnknownRecord for one that is not on this laptop."""
    with session.reading() as reader:
        return _view(reader, reader.need(ServiceReport, report_id))


def _view(reader: Reader, found: ServiceReport) -> ReportView:
    customer = reader.get(Customer, found.customer_id) if found.customer_id else None
    site = reader.get(Site, found.site_id) if found.site_id else None
    acts = reader.find(SignOff, report_id=found.id, order="at")
    later = reader.find(ServiceReport, supersedes_id=found.id)
    usb = effect_of(reader.find(SiteRule, site_id=found.site_id), "usb")
    signed = any(each.outcome != "absent" for each in acts)
    draft, void, settled = found.state == "draft", found.state == "void", found.state in _SETTLED
    uncertified = say("Certify the report first.")
    closed = say("The report is settled; make a new version to change it.")
    return ReportView(
        line=_line(found, acts, customer.name if customer else "", site.name if site else ""),
        visit_id=found.visit_id,
        subject_id=found.subject_id,
        pages=found.pages,
        digest=found.content_digest,
        digest_groups=digest_groups(found.content_digest) if found.content_digest else "",
        certified_at=found.certified_at,
        signed_at=found.signed_at,
        copy_delivered_at=found.copy_delivered_at,
        copy_delivered_how=found.copy_delivered_how,
        supersedes_id=found.supersedes_id,
        superseded_by=later[-1].id if later else "",
        signers=tuple(_signer(found.kind, each) for each in acts),
        certify=Action(
            not is_final(found) and not signed, closed if is_final(found) else _if(signed, say("Somebody has signed it already."))
        ),
        sign=Action(found.state == "certified", uncertified if draft else _if(is_final(found), closed)),
        save=Action(bool(found.pdf_digest), _if(not found.pdf_digest, uncertified)),
        deliver=Action(settled and found.copy_delivered_at is None, _deliver_why(found)),
        renew=Action(
            not draft and not later,
            say("There is a newer version already.") if later else _if(draft, say("A draft can be changed as it is.")),
        ),
        void=Action(not void and not settled, closed if settled or void else None),
        copy_rule=usb.reason,
    )


def _if(condition: bool, words: Sentence) -> Sentence | None:
    return words if condition else None


def _deliver_why(found: ServiceReport) -> Sentence | None:
    if found.copy_delivered_at is not None:
        return say("The customer has a copy already.")
    return _if(found.state not in _SETTLED, say("The customer's copy follows after the signature."))


def _signer(kind: str, act: SignOff) -> SignerLine:
    words = ending_sentence(kind, acceptance([act]))
    role = " · ".join(part for part in (act.department, act.role) if part)
    return SignerLine(act.position, act.name, role, act.registered, act.outcome, words, act.reason or act.remarks, act.at)


def draft_report(session: FieldSession, subject_id: Id, kind: str = "service") -> ReportView:
    """Draft a report of a visit (service), an inspection, or an upgrade order (change_approval, change_acceptance).

    Its number comes from the leased block (SR, IR), final as soon as it is printed. Where a report of that kind stands
    already for the subject, and is not void, that one is returned. ValueError for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no report of kind {kind!r}")
    with session.writing() as work:
        standing = [each for each in work.find(ServiceReport, subject_id=subject_id, kind=kind) if each.state != "void"]
        if standing:
            return _view(work, max(standing, key=lambda each: (each.version, each.id)))
        made = _about(work, subject_id, kind)
        made = replace(made, id=session.ids.new(), kind=kind, number=work.next_number(_SERIES.get(kind, "SR")), subject_id=subject_id)
        return _view(work, work.save(made))


def _about(work: UnitOfWork, subject_id: Id, kind: str) -> ServiceReport:
    """Whom and what a new report is about: one customer, one contract, one visit."""
    if kind == "inspection":
        found = work.need(Inspection, subject_id)
        visit = work.get(Visit, found.visit_id) if found.visit_id else None
        return _for(found.site_id, found.customer_id, found.contract_id, found.visit_id, visit.title if visit else found.period)
    if kind == "service":
        on_site = work.need(Visit, subject_id)
        return _for(on_site.site_id, on_site.customer_id, on_site.contract_id, on_site.id, on_site.title)
    order = work.need(UpgradeOrder, subject_id)
    event = work.get(ScheduledEvent, order.event_id) if order.event_id else None
    site = work.need(Site, order.site_id)
    title = event.title if event else f"{order.application} {order.from_version} → {order.to_version}"
    customer = event.customer_id if event else site.customer_id
    return _for(order.site_id, customer, event.contract_id if event else "", order.visit_id, title)


def _for(site_id: Id, customer_id: Id, contract_id: Id, visit_id: Id, title: str) -> ServiceReport:
    return ServiceReport(id="", site_id=site_id, customer_id=customer_id, contract_id=contract_id, visit_id=visit_id, title=title)


def pages_of(session: FieldSession, found: ServiceReport) -> bytes:
    """The newest pages of a report that was certified: with time-stamp when they are here; BlobNotHere, DamagedBlob."""
    if found.stamped_digest and session.blobs.has(found.stamped_digest):
        return session.blobs.get(found.stamped_digest)
    return session.blobs.get(found.pdf_digest)


def preview(session: FieldSession, report_id: Id, signers: int = 1) -> PreviewView:
    """The pages of a report: a draft's are drawn from the records as they are now, a certified one's are those that were sealed.

    MissingGlyphError names a character that cannot be printed; BlobNotHere when the bytes are not on this laptop.
    """
    with session.reading() as reader:
        found = reader.need(ServiceReport, report_id)
        view = _view(reader, found)
        gathered = gather(session, reader, found, session.clock.now(), signers) if not found.pdf_digest else None
    note_wanted(session)
    if gathered is None:
        pdf = pages_of(session, found)
        return PreviewView(view, pdf, shown_pages(pdf), found.pages or page_count(pdf), view.digest, view.digest_groups, ())
    content = document(gathered.data)
    pdf = render(content)
    return PreviewView(view, pdf, pdf, page_count(pdf), content.digest, digest_groups(content.digest), gathered.warnings)


def freeze_and_certify(session: FieldSession, report_id: Id, signers: int = 1) -> ReportView:
    """Freeze the content of a report and seal it with the engineer's certificate; the customer's `signers` (1 or 2) follow.

    Gathers, draws, certifies, keeps the bytes, and only then changes the record: a full disk leaves the draft as it was.
    ReportFinal when it is settled or somebody of the customer's side signed it already.
    """
    with session.reading() as reader:
        found = reader.need(ServiceReport, report_id)
        require_draft(found, reader.find(SignOff, report_id=report_id))
        now = session.clock.now()
        data = with_history(reader, found, gather(session, reader, found, now, signers).data, now)
        zone = reader.need(Site, found.site_id).zone
    note_wanted(session)
    sealed = keep(session, certified(session, data, now, zone), data)
    with session.writing() as work:
        keep_pages(session, work, replace(work.need(ServiceReport, report_id), certified_at=now, state="certified"), sealed)
    return report(session, report_id)


def keep_pages(session: FieldSession, work: UnitOfWork, found: ServiceReport, sealed: SealedPages) -> ServiceReport:
    """Note in a transaction which bytes are a report's pages now, and that they belong to it."""
    if not work.find(Attachment, owner_id=found.id, digest=sealed.ref.digest):
        work.save(
            Attachment(
                id=session.ids.new(),
                site_id=found.site_id,
                owner_kind="service_report",
                owner_id=found.id,
                digest=sealed.ref.digest,
                size=sealed.ref.size,
                media_type="application/pdf",
                name=f"{found.number}.pdf",
                purpose="report",
                added_at=session.clock.now(),
            )
        )
    return work.save(
        replace(
            found,
            renderer=sealed.renderer,
            content_digest=sealed.content_digest,
            pdf_digest=sealed.ref.digest,
            pdf_size=sealed.ref.size,
            pages=sealed.pages,
        )
    )


def new_report_version(session: FieldSession, report_id: Id, reason: str) -> ReportView:
    """A draft with the same number and the next version; it must be signed again. The reason is kept in its title.

    The earlier one stays as it is, signed, and is named on the new one's pages; one that nobody signed becomes void.
    """
    if not reason.strip():
        raise ReasonNeeded
    with session.writing() as work:
        found = work.need(ServiceReport, report_id)
        later = work.find(ServiceReport, supersedes_id=report_id)
        if later:
            return _view(work, later[-1])
        if found.state == "draft":
            raise NotCertified
        if found.state == "certified":
            work.save(replace(found, state="void"))
        made = replace(new_version(found, session.ids.new()), title=f"{found.title} · {reason.strip()}", renderer="")
        return _view(work, work.save(made))


def void_report(session: FieldSession, report_id: Id, reason: str) -> ReportView:
    """作废: a report that is not settled becomes void; its number is not used again. The reason is kept in its title."""
    if not reason.strip():
        raise ReasonNeeded
    with session.writing() as work:
        found = work.need(ServiceReport, report_id)
        require_draft(found, work.find(SignOff, report_id=report_id))
        return _view(work, work.save(replace(found, state="void", title=f"{found.title} · {reason.strip()}")))


def save_copy(session: FieldSession, report_id: Id, folder: Path) -> SavedCopy:
    """Write the newest pages to a folder (a stick, a share), whole or not at all, as `NUMBER.pdf` or `NUMBER-v2.pdf`.

    For a settled report this is the customer's copy, and noted as such with the name of the file. CopyNotWritten when the
    folder does not take it.
    """
    with session.reading() as reader:
        found = reader.need(ServiceReport, report_id)
    if not found.pdf_digest:
        raise NotCertified
    pdf = pages_of(session, found)
    name = f"{found.number}.pdf" if found.version == 1 else f"{found.number}-v{found.version}.pdf"
    target, beside = folder / name, folder / f"{name}.part"
    try:
        beside.write_bytes(pdf)
        beside.replace(target)
    except OSError as fault:
        raise CopyNotWritten(folder=folder) from fault
    if found.state in _SETTLED and found.copy_delivered_at is None:
        return SavedCopy(target, mark_copy_delivered(session, report_id, f"file {name}"))
    return SavedCopy(target, report(session, report_id))


def mark_copy_delivered(session: FieldSession, report_id: Id, how: str) -> ReportView:
    """The customer has a copy: `how` in words (printed, on a stick, by mail). The first delivery stands; NotCertified for a draft."""
    if not how.strip():
        raise ReasonNeeded
    with session.writing() as work:
        found = work.need(ServiceReport, report_id)
        if found.state not in _SETTLED:
            raise NotCertified
        if found.copy_delivered_at is None:
            found = work.save(replace(found, copy_delivered_at=session.clock.now(), copy_delivered_how=how.strip()))
        return _view(work, found)
