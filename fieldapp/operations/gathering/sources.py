"""What every report draws on: the records behind it, the front page's facts, people, site rules, left-over items, photos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.base.i18n import Sentence, say
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Asset, Contract, Customer, Site, effect_of, subject_sentence
from fieldapp.domain.customers import SiteRule as SiteRuleRecord
from fieldapp.domain.documents import Attachment, ServiceReport
from fieldapp.domain.visits import LeftOver as LeftOverRecord
from fieldapp.domain.visits import VisitPerson
from fieldapp.operations.cases import asset_title
from fieldapp.operations.session import FieldSession
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob
from fieldapp.replica.store import Reader
from fieldapp.reports.blocks import Photo, SignerSlot, Words, plain, words
from fieldapp.reports.content import Front, LeftOver, Person, SiteRule
from fieldapp.reports.photos import PhotoError, scaled

__all__ = ["Sources", "asset_text", "front", "left_overs", "owner_words", "people", "signer_slots", "site_rules"]

CUSTOMER_SIGNERS = 2
"""So many signers of the customer's side the template knows: technician, then manager."""


@dataclass(slots=True)
class Sources:
    """One gathering: where it reads, for which report, at which moment; `warnings` collect what could not be put on the pages."""

    session: FieldSession
    reader: Reader
    report: ServiceReport
    at: datetime
    signers: int = 1
    warnings: list[Sentence] = field(default_factory=list)

    @property
    def site(self) -> Site:
        """The report's site."""
        return self.reader.need(Site, self.report.site_id)

    def photos(self, owners: Iterable[Id], digests: Iterable[str] = ()) -> tuple[Photo, ...]:
        """The photos attached to some records, and those named by digest, each once; an unreadable one becomes a warning."""
        wanted: dict[str, str] = dict.fromkeys((digest for digest in digests if digest), "")
        owned = [owner for owner in owners if owner]
        for each in self.reader.find(Attachment, owner_id=owned, purpose="photo") if owned else ():
            if self._stands(each):
                wanted[each.digest] = each.name
        found = (self._photo(digest, name) for digest, name in wanted.items())
        return tuple(photo for photo in found if photo is not None)

    def _stands(self, attached: Attachment) -> bool:
        """Whether a photo is still the answer of its question; one that another took the place of is kept, but not printed."""
        if attached.owner_kind != "form_instance" or not attached.key:
            return True
        return self.reader.answers(attached.owner_id).get(attached.key, "") == attached.name

    def _photo(self, digest: str, name: str) -> Photo | None:
        label = name or digest[:8]
        try:
            raw = self.session.blobs.get(digest)
            made = scaled(raw)
        except BlobNotHere:
            self.session.wanted.add(digest)
            self.warnings.append(
                say("The photo {name} is not on this laptop; the pages are made without it. Sync to fetch it.", name=label)
            )
            return None
        except (DamagedBlob, PhotoError):
            self.warnings.append(say("The photo {name} cannot be read; the pages are made without it. Take it again.", name=label))
            return None
        # a photo that was scaled when it was attached is printed byte for byte, so that its digest is the one that is kept
        kept = raw[:2] == b"\xff\xd8" and b"Exif\0\0" not in raw[:65536] and len(raw) <= len(made.draft) * 5 // 4 + 4096
        caption = plain(name.rpartition(".")[0] or name)
        return Photo(digest, caption, raw) if kept else made.photo(caption)


def signer_slots(engineer: str, customers: int) -> tuple[SignerSlot, ...]:
    """The expected signers in their order: the engineer, then one or two of the customer's side."""
    roles = (("customer", say("Customer's technician")), ("customer_lead", say("Customer's manager")))
    theirs = tuple(SignerSlot(key, words(role)) for key, role in roles[: max(1, min(customers, CUSTOMER_SIGNERS))])
    return (SignerSlot("engineer", words(say("Engineer")), engineer), *theirs)


def front(source: Sources, case: Case | None = None) -> Front:
    """The facts of the first page; the engineer of this laptop signs first."""
    reader, report = source.reader, source.report
    customer = reader.get(Customer, report.customer_id) if report.customer_id else None
    contract = reader.get(Contract, report.contract_id) if report.contract_id else None
    site = source.site
    return Front(
        number=report.number,
        when=source.at,
        customer=customer.name if customer else "",
        site=site.name,
        contract=contract.number if contract else "",
        engineer=source.session.engineer_name,
        signers=signer_slots(source.session.engineer_name, source.signers),
        zone=site.zone,
        case_number=(case.number or case.temp_no) if case else "",
        customer_ticket=case.customers_number if case else "",
        version=report.version,
        replaces=f"{report.number} v{report.version - 1}" if report.version > 1 else "",
    )


def asset_text(asset: Asset | None) -> str:
    """An asset on one line: name, model, serial."""
    if asset is None:
        return ""
    name = asset_title(asset)
    return f"{name} (SN {asset.serial})" if asset.serial else name


_SIDES = {"us": say("our side"), "customer": say("customer"), "vendor": say("vendor"), "subcontractor": say("subcontractor")}


def owner_words(side: str) -> Words:
    """Who takes care of something: us, customer, vendor."""
    known = _SIDES.get(side)
    return words(known) if known is not None else plain(side)


def people(source: Sources, visit_id: Id) -> tuple[Person, ...]:
    """Everybody on the visit; hours only where they were recorded."""
    found = source.reader.find(VisitPerson, visit_id=visit_id) if visit_id else []
    listed = [Person(each.name, plain(each.role) if each.role else owner_words(each.side), each.hours_minutes) for each in found]
    if not any(each.name == source.session.engineer_name for each in found):
        listed.insert(0, Person(source.session.engineer_name, words(say("Engineer"))))
    return tuple(listed)


def site_rules(source: Sources) -> tuple[SiteRule, ...]:
    """The rules of the site that restricted the work, with the approval or the substitute."""
    rules = source.reader.find(SiteRuleRecord, site_id=source.report.site_id, order="clause")
    return tuple(_site_rule(rules, rule) for rule in rules if rule.verdict != "allowed")


def _site_rule(rules: Sequence[SiteRuleRecord], rule: SiteRuleRecord) -> SiteRule:
    effect = effect_of(rules, rule.subject)
    state = say("forbidden") if rule.verdict == "forbidden" else say("by approval")
    name = words(subject_sentence(rule.subject))
    shown = Words(f"{name.zh} ({rule.clause})", f"{name.en} ({rule.clause})" if name.en else "") if rule.clause else name
    return SiteRule(shown, words(state), rule.approval_no, effect.substitute.read("zh") if effect.substitute else "")


def left_overs(source: Sources, visit_id: Id) -> tuple[LeftOver, ...]:
    """遗留事项 of the visit."""
    found = source.reader.find(LeftOverRecord, visit_id=visit_id) if visit_id else []
    return tuple(LeftOver(each.text, owner_words(each.owner), each.due_on, bool(each.finding_id)) for each in found)
