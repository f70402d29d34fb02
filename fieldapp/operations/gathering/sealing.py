"""Pages under the engineer's certificate: drawn, certified, kept; used by the reports and by the sign-off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fieldapp.base.i18n import when_text
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobRef
from fieldapp.reports.content import ReportData
from fieldapp.reports.documents import content_digest, document
from fieldapp.reports.layout import render
from fieldapp.reports.signing import certify
from fieldapp.vault.certificates import ClockSetBack
from fieldapp.vault.keys import DeviceSigner

__all__ = ["DeviceSeal", "SealedPages", "certified", "device_seal", "keep", "page_count", "shown_pages"]


@dataclass(frozen=True, slots=True)
class DeviceSeal:
    """The device's key as signatures take it: no root goes into the file, since roots are what a verifier brings itself."""

    signer: DeviceSigner
    chain: tuple[bytes, ...] = ()

    @property
    def certificate(self) -> bytes:
        """The device's certificate, DER."""
        return self.signer.certificate

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256 over `data`, DER."""
        return self.signer.sign(data)


@dataclass(frozen=True, slots=True)
class SealedPages:
    """Pages that are kept: their blob, how many they are, the digest of their content, the renderer that drew them."""

    ref: BlobRef
    pages: int
    content_digest: str
    renderer: str


def device_seal(session: FieldSession, at: datetime, zone: str, after: Iterable[datetime | None] = ()) -> DeviceSeal:
    """The key that signs on this laptop at a moment, if what it signs then will be believed; asked before anything is drawn or kept.

    `after` are moments that are over, such as those of the signatures that the file has. ClockSetBack when one of them, or the last
    contact with the centre, is later than `at`; CertificateEnded, CertificateRevoked; NotEnrolled without a certificate.
    """
    session.vault.check_may_sign(at, zone)
    with session.reading() as reader:
        state = reader.sync_state()
    known = [moment for moment in after if moment is not None]
    if state.last_contact_at is not None:
        # a clock that was ahead then, and was set right since, stands before the contact but not before the centre's own time
        known.append(state.last_contact_at + timedelta(milliseconds=min(0, state.clock_low)))
    latest = max((moment.replace(microsecond=0) for moment in known), default=at)
    if at.replace(microsecond=0) < latest:
        raise ClockSetBack(now=when_text(at, "en", zone), known=when_text(latest, "en", zone))
    return DeviceSeal(session.vault.signer())


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has; UnreadableError for what is none."""
    from fieldapp.reports.embedding import reader_of

    return int(reader_of(pdf).root["/Pages"]["/Count"])


def shown_pages(pdf: bytes) -> bytes:
    """A copy for screen and printer, whose viewers draw no signatures: seals and strokes are part of its pages."""
    from fieldapp.reports.drawing.viewing import with_signatures_drawn

    return with_signatures_drawn(pdf)


def certified(session: FieldSession, data: ReportData, at: datetime, zone: str) -> bytes:
    """The pages of some data under the engineer's certificate, at an aware moment.

    What `device_seal` and `render` refuse: MissingGlyphError names what cannot be printed, FontError a font that is not whole.
    """
    seal = device_seal(session, at, zone)
    return certify(render(document(data)), seal, when=at, name=session.engineer_name, role=session.vault.identity.company, zone=zone)


def keep(session: FieldSession, pdf: bytes, data: ReportData) -> SealedPages:
    """Keep signed pages, for which the last of the disk may be used; DiskFull leaves nothing behind."""
    return SealedPages(session.blobs.put(pdf, essential=True), page_count(pdf), content_digest(data), data.front.renderer)
