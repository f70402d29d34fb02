"""Pages under the engineer's certificate: drawn, certified, kept; used by the reports and by the sign-off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobRef
from fieldapp.reports.content import ReportData
from fieldapp.reports.documents import content_digest, document
from fieldapp.reports.layout import render
from fieldapp.reports.signing import certify
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


def device_seal(session: FieldSession) -> DeviceSeal:
    """The key that signs on this laptop; NotEnrolled without a certificate."""
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
    """The pages of some data under the engineer's certificate, at an aware moment; MissingGlyphError names what cannot be printed."""
    content = document(data)
    return certify(
        render(content), device_seal(session), when=at, name=session.engineer_name, role=session.vault.identity.company, zone=zone
    )


def keep(session: FieldSession, pdf: bytes, data: ReportData) -> SealedPages:
    """Keep signed pages, for which the last of the disk may be used; DiskFull leaves nothing behind."""
    return SealedPages(session.blobs.put(pdf, essential=True), page_count(pdf), content_digest(data), data.front.renderer)
