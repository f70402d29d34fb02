"""The checks behind `verification.verify` that need a PDF parser and a certificate validator (import lazily).

pyHanko decides about signature values and certificate paths, and once more about what revisions changed; everything
that it leaves open is decided here. Refusal ends the judgement; a problem of one signature is noted beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import tsp, x509
from pyhanko.sign.fields import FieldMDPAction, MDPPerm
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
    read_certification_data,
)
from pyhanko.sign.validation.pdf_embedded import collect_embedded_signatures
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from fieldapp.base.i18n import Sentence, say
from fieldapp.reports.blocks import Brand
from fieldapp.reports.canonical import DATA_NAME, TIME_STAMP_FIELD, canonical_plain, time_stamp_field
from fieldapp.reports.content import RENDERER, ReportData
from fieldapp.reports.documents import data_of
from fieldapp.reports.embedding import attached_data, fields_of, reader_of
from fieldapp.reports.judging.bytecheck import Refusal, SignedRange, base_of
from fieldapp.reports.judging.increments import check_increments
from fieldapp.reports.judging.redrawing import drawn_from
from fieldapp.reports.signing import reason_text
from fieldapp.reports.verdicts import Kind, SignatureVerdict, moment_words, shown
from fieldapp.wire.signatures import low_s

__all__ = ["Judge"]

_REASON = re.compile(r"(?:strokes sha256:(?P<strokes>[0-9a-f]{64}); |(?P<void>void; ))?content sha256:[0-9a-f]{64}")
_TOLERANCE = timedelta(minutes=5)
_SIGNING = frozenset(
    {"any_extended_key_usage", "email_protection", "adobe_authentic_documents_trust", "microsoft_document_signing", "1.3.6.1.5.5.7.3.36"}
)
"""What a certificate that names its purposes must be for, one of them (the last is RFC 9336); those of our centre name none."""
_OF_EITHER_SPELLING = frozenset({"0", "1"})
"""Versions of the pages that came before version 0.2.0; see docs/decisions/0027."""


class Judge:
    """One judgement of one file; `judge` fills what the report is made of."""

    def __init__(
        self,
        pdf: bytes,
        ranges: list[SignedRange],
        roots: tuple[bytes, ...],
        at: datetime | None,
        crls: tuple[bytes, ...],
        hard_fail: bool,
    ) -> None:
        self.pdf, self.ranges, self.roots, self.at = pdf, ranges, roots, at
        self.crls, self.hard_fail = crls, hard_fail
        self.problems: list[Sentence] = []
        self.verdicts: list[SignatureVerdict] = []
        self.number = self.content_digest = self.renderer = ""
        self.stamped_at: datetime | None = None
        self.holds_until: datetime | None = None
        self.stamps = 0
        self.revocation_known = True
        self.redrawn: bool | None = None
        self.missing: tuple[str, ...] = ()

    def judge(self, brand: Brand | None) -> None:
        """All checks in order; Refusal when the file cannot be what it claims."""
        if not self.roots:
            raise Refusal(say("No root certificate is known here, so nothing can be trusted."))
        self._reader = reader_of(self.pdf)
        self._embedded = self._signatures()
        data = self._data()
        self._order(data)
        self._store()
        ends = [len(base_of(self.pdf, self.ranges[0])), *(found.covered for found in self.ranges)]
        check_increments(self._reader, self.pdf, ends, [signature.field_name for signature in self._embedded])
        self._one_spelling(data)
        asyncio.run(self._validate())
        if brand is not None and all(verdict.valid for verdict in self.verdicts):
            self._redraw(data, brand)

    def _signatures(self) -> list[EmbeddedPdfSignature]:
        found = collect_embedded_signatures(self._reader)
        if len(found) != len(self.ranges) or self._reader.xrefs.total_revisions != len(found) + 1:
            raise Refusal(say("The file has revisions that no signature accounts for."))
        for index, (signature, expected) in enumerate(zip(found, self.ranges, strict=True), 1):
            named = tuple(int(n) for n in signature.byte_range)
            if named != (0, expected.start, expected.end, expected.covered - expected.end):
                raise Refusal(say("A signature does not cover what stands before it."))
            if signature.pkcs7_content.rstrip(b"\0") != expected.der.rstrip(b"\0") or signature.signed_revision != index:
                raise Refusal(say("The file has revisions that no signature accounts for."))
        return list(found)

    def _data(self) -> ReportData:
        """The attached data: canonical, the same in the first revision and now, named by every signature."""
        raw = attached_data(self._reader, DATA_NAME)
        if attached_data(reader_of(base_of(self.pdf, self.ranges[0])), DATA_NAME) != raw:
            raise Refusal(say("The attached data were replaced after signing."))
        plain = json.loads(raw)
        drawn_by = str(plain["front"]["renderer"])
        if not re.fullmatch("0|[1-9][0-9]{0,3}", drawn_by):
            raise Refusal(say("The attached data are not those of the pages."))
        if int(drawn_by) > int(RENDERER):
            raise Refusal(
                say("The report is of a newer version of the program (pages {version}). Check it with that one.", version=drawn_by)
            )
        data = data_of(plain)
        if canonical_plain(plain) != raw:
            raise Refusal(say("The attached data are not those of the pages."))
        self.content_digest = hashlib.sha256(raw).hexdigest()
        self.number, self.renderer = shown(data.front.number), shown(data.front.renderer)
        keywords = str(self._reader.trailer["/Info"]["/Keywords"])
        if keywords != f"sha256:{self.content_digest}":
            raise Refusal(say("The attached data are not those of the pages."))
        return data

    def _order(self, data: ReportData) -> None:
        """Fields, signatures and signers agree with the order of the template; time-stamps may follow."""
        expected = [slot.key for slot in data.front.signers]
        places = fields_of(self._reader)
        if not expected or [place.name for place in places] != expected:
            raise Refusal(say("The places for signatures are not those of the template."))
        names = [signature.field_name for signature in self._embedded]
        count = names.index(TIME_STAMP_FIELD) if TIME_STAMP_FIELD in names else len(names)
        people, stamps = names[:count], names[count:]
        if not people or stamps != [time_stamp_field(number) for number in range(1, len(stamps) + 1)]:
            raise Refusal(say("The time-stamp is not the last revision."))
        self.stamps = len(stamps)
        if people != expected[: len(people)]:
            raise Refusal(say("The signatures are not in the template's order."))
        self.missing = tuple(shown(key) for key in expected[len(people) :])
        if self.missing and TIME_STAMP_FIELD in names:
            raise Refusal(say("The time-stamp was set before all had signed."))
        certification = read_certification_data(self._reader)
        first = self._embedded[0]
        if (
            certification is None
            or certification.permission != MDPPerm.FILL_FORMS
            or certification.author_sig.container_ref != first.sig_object.container_ref
        ):
            raise Refusal(say("The engineer's signature does not certify the file."))
        if len(people) == len(expected) and len(people) > 1:
            lock = self._embedded[len(people) - 1].fieldmdp
            if lock is None or lock.action != FieldMDPAction.ALL:
                raise Refusal(say("The last signature does not lock the file."))

    def _store(self) -> None:
        """Revocation lists that came with the time-stamp join the given ones."""
        if "/DSS" not in self._reader.root:
            return
        if not self.stamps:
            raise Refusal(say("The time-stamp is not the last revision."))
        store = self._reader.root["/DSS"]
        inside = tuple(item.get_object().data for item in store["/CRLs"]) if "/CRLs" in store else ()
        self._certificates = tuple(item.get_object().data for item in store["/Certs"])
        self.crls = (*self.crls, *inside)

    def _one_spelling(self, data: ReportData) -> None:
        """Of the two numbers s of one signature only the smaller, as our laptops and centre write it since version 0.2.0."""
        if data.front.renderer in _OF_EITHER_SPELLING:
            return
        if any(low_s(found.signature) != found.signature for found in self.ranges):
            raise Refusal(say("A signature is the twin of the one that was made: it holds, but this program never writes it."))

    async def _validate(self) -> None:
        count = len(self._embedded) - self.stamps
        stamps = await self._time_stamps(count)
        before: datetime | None = None
        for index, signature in enumerate(self._embedded[:count]):
            verdict = await self._person(signature, self.ranges[index], index, before)
            self.verdicts.append(verdict)
            before = verdict.when
        self.verdicts += stamps

    def _context(self, moment: datetime, chain: Sequence[bytes], strict: bool) -> ValidationContext:
        return ValidationContext(
            trust_roots=[x509.Certificate.load(der) for der in self.roots],
            other_certs=[x509.Certificate.load(der) for der in chain],
            moment=moment,
            crls=list(self.crls),
            revocation_mode="require" if strict else "soft-fail",
            retroactive_revinfo=True,
            allow_fetching=False,
        )

    def _told(self, certificate: Any) -> bool:
        """Whether a list of the certificate's issuer is at hand; then revocation must be told, else it is only noted."""
        issuers = [asn1_crl.CertificateList.load(der).issuer for der in self.crls]
        known = any(issuer == certificate.issuer for issuer in issuers)
        self.revocation_known = self.revocation_known and known
        return known or self.hard_fail

    def _moment(self, claimed: datetime) -> datetime:
        """When certificates are judged: at the proven time, else now, else at the latest moment that is stated."""
        if self.stamped_at is not None:
            return self.stamped_at
        if self.at is not None:
            return self.at
        issued: list[datetime] = [asn1_crl.CertificateList.load(der)["tbs_cert_list"]["this_update"].native for der in self.crls]
        return max([claimed, *issued])

    async def _time_stamps(self, first: int) -> list[SignatureVerdict]:
        """The verdicts on the time-stamps, the first of which is signature number `first`; sets what they prove.

        The last must hold now, each other one when the next was set: from then on that one vouches for it.
        """
        verdicts: list[SignatureVerdict] = []
        later: datetime | None = None
        for index in reversed(range(first, len(self._embedded))):
            verdict, until = await self._time_stamp(self._embedded[index], self.ranges[index], later)
            verdicts.insert(0, verdict)
            if later is None:
                self.holds_until = until
            later = verdict.when
        if verdicts and all(verdict.valid for verdict in verdicts):
            self.stamped_at = verdicts[0].when
            if self.at is not None and self.holds_until is not None and self.holds_until <= self.at:
                words = say(
                    "The time-stamp held until {until} and was not renewed here. Ask the company for its latest copy.",
                    until=moment_words(self.holds_until),
                )
                verdicts[-1] = replace(verdicts[-1], problems=(words,))
        return verdicts

    async def _time_stamp(
        self, signature: EmbeddedPdfSignature, found: SignedRange, later: datetime | None
    ) -> tuple[SignatureVerdict, datetime | None]:
        """The verdict on a time-stamp, `later` being the moment of the next one; and until when its certificates hold."""
        information = tsp.TSTInfo.load(found.content)
        when: datetime = information["gen_time"].native
        problems: list[Sentence] = []
        certificate = x509.Certificate.load(found.certificates[0])
        context = self._context(when, found.certificates, self._told(certificate))
        status = await async_validate_pdf_timestamp(signature, context)
        if not (status.valid and status.intact and status.trusted):
            problems.append(say("The time-stamp is not from a trusted authority."))
        problems += _path_problems(status, found)
        until = self._until(status)
        if later is not None and when > later:
            problems.append(say("The time-stamps are not in the order of their times."))
        if later is None and self.at is not None and when > self.at + _TOLERANCE:
            problems.append(say("The time-stamp is later than now."))
        if until is not None and later is not None and until <= later:
            problems.append(say("The time-stamp had lost its worth on {until}, before it was renewed.", until=moment_words(until)))
        device = shown(certificate.subject.native.get("common_name", ""))
        name = shown(signature.field_name)
        return SignatureVerdict(name, "time_stamp", "", "", device, when, "", tuple(problems), found.covered), until

    def _until(self, status: Any) -> datetime | None:
        """When the first certificate of a path, the root left out, ends or was revoked; None without a path."""
        path = status.validation_path
        ends: list[datetime] = []
        for certificate in path.iter_certs(include_root=False) if path is not None else ():
            ends.append(certificate.not_valid_after)
            for der in self.crls:
                listed = asn1_crl.CertificateList.load(der)
                if listed.issuer == certificate.issuer:
                    entries = listed["tbs_cert_list"]["revoked_certificates"]
                    ends += [
                        each["revocation_date"].native for each in entries if each["user_certificate"].native == certificate.serial_number
                    ]
        return min(ends, default=None)

    async def _person(self, signature: EmbeddedPdfSignature, found: SignedRange, index: int, before: datetime | None) -> SignatureVerdict:
        certificate = x509.Certificate.load(found.certificates[0])
        claimed = signature.self_reported_timestamp
        reason = str(signature.sig_object.get("/Reason", ""))
        kind, strokes, problems = self._reason(reason, index)
        if claimed is None or found.content:
            raise Refusal(say("A signature cannot be read."))
        problems += self._time_problems(claimed, before, certificate)
        context = self._context(self._moment(claimed), found.certificates, self._told(certificate))
        usage = KeyUsageConstraints(key_usage={"digital_signature"})
        status = await async_validate_pdf_signature(signature, context, key_usage_settings=usage)
        if not (status.valid and status.intact):
            problems.append(say("The signature does not fit the file."))
        elif status.revoked:
            problems.append(say("The laptop's certificate was revoked."))
        elif not status.trusted:
            problems.append(say("The certificate does not lead to a known root, is expired, or its state is unknown."))
        if not status.docmdp_ok:
            problems.append(say("Something was added after this signature that it does not allow."))
        usages = certificate.extended_key_usage_value
        if usages is not None and not _SIGNING.intersection(usages.native):
            problems.append(say("The certificate is not one for signing reports."))
        problems += _path_problems(status, found)
        return SignatureVerdict(
            shown(signature.field_name),
            kind,
            shown(signature.sig_object.get("/Name", "")),
            shown(signature.sig_object.get("/ContactInfo", "")),
            shown(certificate.subject.native.get("common_name", "")),
            claimed,
            strokes,
            tuple(problems),
            found.covered,
        )

    def _reason(self, reason: str, index: int) -> tuple[Kind, str, list[Sentence]]:
        match = _REASON.fullmatch(reason)
        if match is None:
            return "unknown", "", [say("The signature does not name the content.")]
        strokes, voided = match["strokes"] or "", match["void"] is not None
        kind: Kind = "void" if voided else ("approval" if strokes else "certification")
        problems = []
        if reason != reason_text(self.content_digest, strokes, voided):
            problems.append(say("The signature names another content."))
        if (kind == "certification") != (index == 0):
            problems.append(say("The signature is not of the kind that its place expects."))
        return kind, strokes, problems

    def _time_problems(self, claimed: datetime, before: datetime | None, certificate: Any) -> list[Sentence]:
        found = []
        if before is not None and claimed < before:
            found.append(say("The laptop's clock went back between two signatures."))
        if not certificate.not_valid_before <= claimed <= certificate.not_valid_after:
            found.append(say("The stated time of signing lies outside of the certificate's validity."))
        latest = self.stamped_at or self.at
        if latest is not None and claimed > latest + _TOLERANCE:
            found.append(say("The stated time of signing is later than the trusted time."))
        return found

    def _redraw(self, data: ReportData, brand: Brand) -> None:
        """Draw the pages again from the data and compare, as far as this program draws pages of that version."""
        if data.front.renderer != RENDERER:
            return
        self.redrawn = drawn_from(data, base_of(self.pdf, self.ranges[0]), brand)
        if not self.redrawn:
            self.problems.append(say("The pages are not those that the data give."))


def _path_problems(status: Any, found: SignedRange) -> list[Sentence]:
    """Every certificate in the signature is on the validated path, so that none can be exchanged unnoticed."""
    path = {item.dump() for item in status.validation_path or () if isinstance(item, x509.Certificate)}
    if path and set(found.certificates) - path:
        return [say("The signature carries certificates that do not belong to it.")]
    return []
