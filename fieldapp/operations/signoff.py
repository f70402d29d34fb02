"""The customer signs: exactly the pages that were shown, with every outcome there is (practice 12, 13, 15, 17).

Remarks and what is not accepted stand inside the frozen content: they are written into the pages, which are sealed anew and
shown again, before anybody signs. The strokes are bound to the digest of that content. Nothing is called accepted unless
the customer accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Contact
from fieldapp.domain.documents import (
    Attachment,
    ReportFinal,
    ServiceReport,
    SignOff,
    acceptance,
    authority_of,
    check_sign_off,
    consents,
    is_final,
    require_draft,
    signed_state,
)
from fieldapp.domain.feedback import RATINGS, Satisfaction
from fieldapp.domain.visits import Visit
from fieldapp.operations.cases import add_activity
from fieldapp.operations.documents import ReasonNeeded, ending_sentence, keep_pages
from fieldapp.operations.gathering.sealing import certified, device_seal, keep
from fieldapp.operations.session import FieldSession
from fieldapp.operations.signing.frozen import OpenPages, OtherOutcome, Signatory, SignOffView, contacts_of, read_pages, sign_off_view
from fieldapp.operations.upgrades import record_approval
from fieldapp.replica.blobs import BlobRef
from fieldapp.replica.store import UnitOfWork
from fieldapp.reports.content import RENDERER, ReportData, SignOffOutcome
from fieldapp.reports.signing import approve, void
from fieldapp.reports.strokes import StrokePoint, Strokes

__all__ = [
    "OtherOutcome",
    "PagesChanged",
    "RatingEmpty",
    "SignOffView",
    "Signatory",
    "StrokePoints",
    "absent",
    "add_remark",
    "begin",
    "paper",
    "rate",
    "refuse",
    "sign",
]

StrokePoints = Sequence[Sequence[tuple[float, float, int, float | None]]]
"""Strokes as a pad gives them: points of x, y in pixels, milliseconds since the first, pressure 0 to 1 or None."""


class PagesChanged(RuleError):
    """The pages are not those that the signer was shown."""

    code = "FA-282"
    message = N_("The pages changed after they were shown. Nothing was signed. Read them again, then sign.")


class RatingEmpty(InputError):
    """A satisfaction without any answer."""

    code = "FA-181"
    message = N_("Nothing was chosen. Nothing was saved. Choose at least one answer, or press “Not now”.")


def _open(session: FieldSession, report_id: Id) -> OpenPages:
    """The pages of a report that waits for a signature; NotCertified, ReportFinal."""
    with session.reading() as reader:
        pages = read_pages(session, reader, report_id)
    if is_final(pages.report) or not pages.open_fields:
        raise ReportFinal
    return pages


def begin(session: FieldSession, report_id: Id) -> SignOffView:
    """Hand the laptop to the customer: the frozen pages and everything the sign-off asks. NotCertified for a draft."""
    with session.reading() as reader:
        return sign_off_view(reader, read_pages(session, reader, report_id))


def add_remark(session: FieldSession, report_id: Id, text: str, *, not_accepted: Sequence[str] = ()) -> SignOffView:
    """Write the customer's remarks, and what is not accepted, into the pages; they are sealed anew and have to be read again.

    Only these words change: everything else on the pages is what was sealed before. Empty texts take them out again.
    ReportFinal when somebody of the customer's side has signed; MissingGlyphError for what cannot be printed.
    """
    pages = _open(session, report_id)
    require_draft(pages.report, pages.acts)
    remarks = text.strip()
    items = tuple(line for each in not_accepted if (line := each.strip()))
    kind = "partly_accepted" if items else "with_remarks" if remarks else "open"
    outcome = SignOffOutcome(kind, items=items)  # type: ignore[arg-type]
    front = replace(pages.data.front, customer_remarks=remarks, outcome=outcome, renderer=RENDERER)  # drawn anew, by this program
    data = replace(pages.data, front=front)
    now = session.clock.now()
    sealed = keep(session, certified(session, data, now, pages.zone), data)
    with session.writing() as work:
        keep_pages(session, work, replace(work.need(ServiceReport, report_id), certified_at=now), sealed)
    return begin(session, report_id)


def sign(
    session: FieldSession,
    report_id: Id,
    *,
    seen: str,
    name: str,
    strokes: StrokePoints,
    extent: tuple[int, int],
    department: str = "",
    role: str = "",
    phone: str = "",
    timing: bool = False,
) -> SignOffView:
    """确认签字: the next expected signer signs the pages whose content digest is `seen`.

    `strokes` and `extent` (width and height, pixels) come from the pad; pressure and time of the points are kept only with
    consent (`timing`). The strokes are drawn into the signature's place; raw, they are kept encrypted beside the report. A
    name that is no registered contact signs as 未登记签字人. The last signature locks the file.

    PagesChanged when other pages stand there now, OutcomeIncomplete without name or strokes, ReportFinal when nothing is open.
    """
    pages = _open(session, report_id)
    if seen != pages.report.content_digest:
        raise PagesChanged
    with session.reading() as reader:
        contact = next((each for each in contacts_of(reader, pages.report) if each.name.strip() == name.strip()), None)
    authority = authority_of(contact, pages.report.kind)
    outcome = pages.data.front.outcome
    drawn = _strokes(strokes, extent, timing)
    act = replace(
        _act(session, pages, {"with_remarks": "remarks", "partly_accepted": "partial"}.get(outcome.kind, "signed")),
        name=name.strip(),
        department=department.strip() or (contact.department if contact else ""),
        role=role.strip() or (contact.role if contact else ""),
        phone=phone.strip() or (contact.phone if contact else ""),
        registered=authority.registered,
        remarks="; ".join(part for part in (*outcome.items, pages.data.front.customer_remarks) if part),
        content_digest=pages.report.content_digest,
        strokes_digest=drawn.digest if drawn is not None else "",
    )
    check_sign_off(act)
    assert drawn is not None  # check_sign_off refuses a signature without strokes
    words = (act.department, act.role, authority.words.read("zh") if authority.words else "")
    now = session.clock.now()
    pdf = approve(
        pages.pdf,
        device_seal(session, now, pages.zone, pages.signed_at),
        field=pages.open_fields[0],
        strokes=drawn,
        name=act.name,
        role=" · ".join(part for part in words if part),
        when=now,
        zone=pages.zone,
    )
    kept = session.blobs.put(drawn.canonical_bytes(), essential=True)
    return _settle(session, pages, act, pdf, pages.data, contact=contact, strokes=kept)


def _strokes(lines: StrokePoints, extent: tuple[int, int], timing: bool) -> Strokes | None:
    """What the pad gave, in 1/100 px; None when nothing was drawn."""
    if not any(lines):
        return None

    def point(x: float, y: float, millis: int, pressure: float | None) -> StrokePoint:
        pressed = None if pressure is None or not timing else min(1000, max(0, round(pressure * 1000)))
        return StrokePoint(round(x * 100), round(y * 100), max(0, millis) if timing else 0, pressed)

    made = Strokes(extent[0] * 100, extent[1] * 100, tuple(tuple(point(*each) for each in line) for line in lines if line))
    made.check()
    return made


def refuse(session: FieldSession, report_id: Id, *, reason: str, witness: str, name: str = "") -> SignOffView:
    """拒签: the customer's side does not sign. Reason and witness go on the pages while nobody signed them; open places become void.

    OutcomeIncomplete without a reason or a witness.
    """
    pages = _open(session, report_id)
    act = replace(_act(session, pages, "refused"), name=name.strip(), reason=reason.strip(), remarks=witness.strip())
    check_sign_off(act)
    outcome = SignOffOutcome("refused", name=act.name, reason=act.reason, witness=act.remarks)
    return _close_early(session, pages, act, outcome, say("Signature refused"))


def paper(session: FieldSession, report_id: Id, *, scan: bytes = b"", scan_name: str = "", name: str = "") -> SignOffView:
    """纸质盖章: the pages are signed in ink. The places for strokes become void; a scan, when there is one, is named by its digest."""
    pages = _open(session, report_id)
    act = replace(_act(session, pages, "paper"), name=name.strip())
    outcome = SignOffOutcome("sealed_on_paper", name=act.name, paper_sha256=sha256(scan).hexdigest() if scan else "")
    return _close_early(session, pages, act, outcome, say("Signed on paper"), scan=scan, scan_name=scan_name)


def absent(session: FieldSession, report_id: Id, *, reason: str) -> SignOffView:
    """签字人不在: the report stays as it is and waits for a second visit, for paper or for the customer's page."""
    if not reason.strip():
        raise ReasonNeeded
    pages = _open(session, report_id)
    act = replace(_act(session, pages, "absent"), reason=reason.strip())
    check_sign_off(act)
    with session.writing() as work:
        work.save(act)
    return begin(session, report_id)


def _act(session: FieldSession, pages: OpenPages, outcome: str) -> SignOff:
    report = pages.report
    return SignOff(
        id=session.ids.new(),
        site_id=report.site_id,
        report_id=report.id,
        position=pages.position,
        outcome=outcome,
        content_digest=report.content_digest,
        at=session.clock.now(),
    )


def _close_early(
    session: FieldSession,
    pages: OpenPages,
    act: SignOff,
    outcome: SignOffOutcome,
    why: Sentence,
    *,
    scan: bytes = b"",
    scan_name: str = "",
) -> SignOffView:
    """Write how it ended into the pages while nobody signed them, and mark the places that stay empty as void."""
    now, pdf, data = session.clock.now(), pages.pdf, pages.data
    if pages.untouched:
        data = replace(data, front=replace(data.front, outcome=outcome))
        pdf = certified(session, data, now, pages.zone)
    seal = device_seal(session, now, pages.zone, () if pages.untouched else pages.signed_at)
    for field in pages.open_fields:
        pdf = void(pdf, seal, field=field, reason=why.read("zh"), name=session.engineer_name, when=now, zone=pages.zone)
    kept = session.blobs.put(scan, essential=True) if scan else None  # after all that may be refused
    return _settle(session, pages, act, pdf, data, scan=kept, scan_name=scan_name)


def _settle(
    session: FieldSession,
    pages: OpenPages,
    act: SignOff,
    pdf: bytes,
    data: ReportData,
    *,
    contact: Contact | None = None,
    strokes: BlobRef | None = None,
    scan: BlobRef | None = None,
    scan_name: str = "",
) -> SignOffView:
    """Keep the bytes first, then change the records in one transaction."""
    sealed = keep(session, pdf, data)
    acts = (*pages.acts, act)
    state = signed_state(acts, pages.expected)
    with session.writing() as work:
        found = work.need(ServiceReport, pages.report.id)
        done = state != "certified"
        found = replace(found, state=state, signed_at=session.clock.now() if done else found.signed_at)
        keep_pages(session, work, found, sealed)
        work.save(replace(act, content_digest=sealed.content_digest))
        if strokes is not None:
            work.save(_attachment(session, found, "sign_off", act.id, strokes, "application/json", "strokes.json", "strokes"))
        if scan is not None:
            work.save(_attachment(session, found, "service_report", found.id, scan, "", scan_name or "scan", "file"))
        if done:
            _tell(session, work, found, act, acts, contact, pages.expected)
    return begin(session, pages.report.id)


def _attachment(
    session: FieldSession, report: ServiceReport, owner: str, owner_id: Id, ref: BlobRef, media: str, name: str, purpose: str
) -> Attachment:
    return Attachment(
        id=session.ids.new(),
        site_id=report.site_id,
        owner_kind=owner,
        owner_id=owner_id,
        digest=ref.digest,
        size=ref.size,
        media_type=media,
        name=name,
        purpose=purpose,
        added_at=session.clock.now(),
    )


def _tell(
    session: FieldSession,
    work: UnitOfWork,
    report: ServiceReport,
    act: SignOff,
    acts: Sequence[SignOff],
    contact: Contact | None,
    expected: int,
) -> None:
    """What the end of a sign-off means elsewhere: the gate of a change, the time line of a case."""
    ended = acceptance(acts, expected)
    said = ending_sentence(report.kind, ended)
    if report.kind in ("change_approval", "change_acceptance"):
        # in the same transaction as the signature, so that no gate is ever open without it
        record_approval(
            session,
            work,
            report.subject_id,
            "before" if report.kind == "change_approval" else "after",
            contact_id=contact.id if contact else "",
            name=act.name,
            department=act.department,
            role=act.role,
            registered=act.registered,
            result="approved" if consents(ended) else "refused",
            text=act.remarks or act.reason,
            report_id=report.id,
        )
    visit = work.get(Visit, report.visit_id) if report.visit_id else None
    case = work.get(Case, visit.case_id) if visit is not None and visit.case_id else None
    if case is not None:
        add_activity(session, work, case, "note", f"{report.number} · {said.read('zh')} / {said.read('en')}")


def rate(
    session: FieldSession,
    report_id: Id,
    *,
    content: str = "",
    quality: str = "",
    solution: str = "",
    opinion: str = "",
    not_now: bool = False,
) -> None:
    """现场评价: kept apart from the report, for the managers only. The answers are of domain.feedback.RATINGS, or empty.

    RatingEmpty when nothing was chosen and the customer did not decline. The first one stands. ValueError for another word.
    """
    answers = (content, quality, solution)
    if any(each and each not in RATINGS for each in answers):
        raise ValueError(f"no rating among {answers}")
    if not not_now and not any(answers) and not opinion.strip():
        raise RatingEmpty
    if not_now:
        content = quality = solution = opinion = ""
    with session.writing() as work:
        report = work.need(ServiceReport, report_id)
        if work.count(Satisfaction, report_id=report_id):
            return
        work.save(
            Satisfaction(
                id=session.ids.new(),
                site_id=report.site_id,
                report_id=report_id,
                content=content,
                quality=quality,
                solution=solution,
                opinion=opinion.strip(),
                not_now=not_now,
                at=session.clock.now(),
            )
        )
