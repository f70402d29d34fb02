"""Frozen pages taken apart, and what the customer is shown of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.customers import Contact, Customer, Site
from fieldapp.domain.documents import ServiceReport, SignOff, acceptance, authority_of, is_final
from fieldapp.domain.feedback import Satisfaction
from fieldapp.operations.documents import Action, NotCertified, ending_sentence, kind_sentence, pages_of
from fieldapp.operations.gathering.sealing import shown_pages
from fieldapp.operations.gathering.thawing import thaw
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader
from fieldapp.reports.canonical import digest_groups
from fieldapp.reports.content import ReportData
from fieldapp.reports.signing import FieldState, signature_fields

__all__ = ["OpenPages", "OtherOutcome", "SignOffView", "Signatory", "contacts_of", "read_pages", "sign_off_view"]


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody of the customer's side whose name can be taken over; `registered` says that this report is theirs to sign."""

    contact_id: Id
    name: str
    department: str
    role: str
    phone: str
    registered: bool


@dataclass(frozen=True, slots=True)
class OtherOutcome:
    """An end of the sign-off other than a signature: partial, refused, absent or paper."""

    key: str
    words: Sentence
    action: Action


@dataclass(frozen=True, slots=True)
class SignOffView:
    """What the customer is shown: the frozen pages, whose turn it is, what may still be written into them.

    `position` of `expected` counts the customer's signers from 1; `settled` when nothing is left to sign. `content_digest`
    goes back to `sign`, to prove that these pages were shown. `shown` is the copy for the screen, with seals and strokes drawn.
    """

    report_id: Id
    number: str
    kind_words: Sentence
    customer: str
    pdf: bytes
    shown: bytes
    pages: int
    content_digest: str
    digest_groups: str
    remarks: str
    not_accepted: tuple[str, ...]
    write: Action
    position: int
    expected: int
    contacts: tuple[Signatory, ...]
    outcomes: tuple[OtherOutcome, ...]
    state: str
    settled: bool
    acceptance_words: Sentence
    wants_rating: bool


@dataclass(frozen=True, slots=True)
class OpenPages:
    """One report with its sealed pages, taken apart."""

    report: ServiceReport
    acts: tuple[SignOff, ...]
    pdf: bytes
    data: ReportData
    fields: tuple[FieldState, ...]
    zone: str

    @property
    def expected(self) -> int:
        """How many signers of the customer's side there are."""
        return len(self.fields) - 1

    @property
    def open_fields(self) -> tuple[str, ...]:
        """The places that are still empty, in order."""
        return tuple(each.name for each in self.fields if not each.signed)

    @property
    def position(self) -> int:
        """Whose turn it is, from 1; beyond `expected` when nobody's."""
        return self.expected - len(self.open_fields) + 1

    @property
    def signed_at(self) -> tuple[datetime | None, ...]:
        """When the signatures that the pages have were made."""
        return (self.report.certified_at, *(act.at for act in self.acts if act.outcome != "absent"))

    @property
    def untouched(self) -> bool:
        """Whether nobody of the customer's side has signed these pages."""
        return len(self.open_fields) == self.expected


def read_pages(session: FieldSession, reader: Reader, report_id: Id) -> OpenPages:
    """The sealed pages of a report with its sign-offs; NotCertified for a draft, BlobNotHere when the bytes are not on this laptop."""
    report = reader.need(ServiceReport, report_id)
    if not report.pdf_digest:
        raise NotCertified
    pdf = pages_of(session, report)
    acts = tuple(reader.find(SignOff, report_id=report_id, order="at"))
    zone = reader.need(Site, report.site_id).zone
    return OpenPages(report, acts, pdf, thaw(session, reader, report, pdf), signature_fields(pdf), zone)


def sign_off_view(reader: Reader, pages: OpenPages) -> SignOffView:
    """What the customer is shown of some pages, with what is allowed and why not."""
    report, front = pages.report, pages.data.front
    customer = reader.get(Customer, report.customer_id) if report.customer_id else None
    settled = is_final(report) or not pages.open_fields
    closed = say("The report is settled; make a new version to change it.") if settled else None
    touched = closed or (None if pages.untouched else say("Somebody has signed these pages already."))
    write = Action(touched is None, touched)
    rated = reader.count(Satisfaction, report_id=report.id) > 0
    return SignOffView(
        report_id=report.id,
        number=report.number,
        kind_words=kind_sentence(report.kind),
        customer=customer.name if customer else "",
        pdf=pages.pdf,
        shown=shown_pages(pages.pdf),
        pages=report.pages or 0,
        content_digest=report.content_digest,
        digest_groups=digest_groups(report.content_digest),
        remarks=front.customer_remarks,
        not_accepted=front.outcome.items,
        write=write,
        position=min(pages.position, pages.expected),
        expected=pages.expected,
        contacts=tuple(_signatory(each, report.kind) for each in contacts_of(reader, report)),
        outcomes=(
            OtherOutcome("partial", say("Accepted in part…"), write),
            OtherOutcome("refused", say("Refused…"), Action(not settled, closed)),
            OtherOutcome("absent", say("Signer absent…"), Action(not settled, closed)),
            OtherOutcome("paper", say("On paper…"), Action(not settled, closed)),
        ),
        state=report.state,
        settled=settled,
        acceptance_words=ending_sentence(report.kind, acceptance(pages.acts, pages.expected)),
        wants_rating=report.state == "signed" and report.kind != "change_approval" and not rated,
    )


def contacts_of(reader: Reader, report: ServiceReport) -> list[Contact]:
    """The customer's people for the report's site, those who may sign it first."""
    found = [each for each in reader.find(Contact, customer_id=report.customer_id) if each.site_id in ("", report.site_id)]
    return sorted(found, key=lambda each: (not authority_of(each, report.kind).registered, each.name))


def _signatory(contact: Contact, kind: str) -> Signatory:
    registered = authority_of(contact, kind).registered
    return Signatory(contact.id, contact.name, contact.department, contact.role, contact.phone, registered)
