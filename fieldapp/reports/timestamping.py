"""What the centre adds to a signed report: certificates, revocation list and one trusted time-stamp, as last revision.

Before that one loses its worth another is added behind it, which covers it: the report is renewed, again and again. The
bytes signed on site, and those stamped before, stay the beginning of the file. The stamping key is handed in as a `Signer`; its certificate
bears the extended key usage `timeStamping`. The time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.reports.canonical import time_stamp_field
from fieldapp.reports.cms import Signer, time_stamp_token

__all__ = ["NotReadyError", "Stamper", "add_time_stamp", "renew_time_stamp"]


class NotReadyError(DocumentError):
    """A report is stamped after its last signature, and once; renewed when it is stamped."""

    code = "FA-806"
    message = N_("This report is not completely signed, or it has its time-stamp already. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Stamper:
    """A time-stamping authority in this process: its key and the OID of its policy."""

    key: Signer
    policy: str = "1.3.6.1.4.1.99999.1.1"

    def token(self, digest: bytes, now: datetime) -> bytes:
        """The RFC 3161 token (DER) that `digest` (SHA-256) existed at `now` (aware, whole seconds are kept)."""
        return time_stamp_token(digest, self.key, now, self.policy)


def add_time_stamp(
    pdf: bytes, stamper: Stamper, now: datetime, certificates: tuple[bytes, ...] = (), crls: tuple[bytes, ...] = ()
) -> bytes:
    """Append one revision with the certificates and CRLs (DER) and a document time-stamp of `now`.

    `certificates` are those needed to check the signatures (roots included, as documentation); the stamp's own are
    added. The result starts with `pdf`, byte for byte. NotReadyError unless all places are signed and none stamped.
    """
    return _stamped(pdf, stamper, now, certificates, crls, again=False)


def renew_time_stamp(
    pdf: bytes, stamper: Stamper, now: datetime, certificates: tuple[bytes, ...] = (), crls: tuple[bytes, ...] = ()
) -> bytes:
    """Append one more revision of the same kind to a report that has its time-stamp; the result starts with `pdf`.

    `certificates` and `crls` (DER) join those in the file; the CRLs show that the earlier stamp's certificate still held.
    Whether the file is sound is for the caller to judge first. NotReadyError when it has no time-stamp yet.
    """
    return _stamped(pdf, stamper, now, certificates, crls, again=True)


def _stamped(
    pdf: bytes, stamper: Stamper, now: datetime, certificates: tuple[bytes, ...], crls: tuple[bytes, ...], *, again: bool
) -> bytes:
    from fieldapp.reports.embedding import embed_time_stamp, fields_of, reader_of, stamps_of

    reader = reader_of(pdf)
    fields, stamps = fields_of(reader), stamps_of(reader)
    if not fields or not all(field.signed for field in fields) or ("/DSS" in reader.root) is not again or (stamps > 0) is not again:
        raise NotReadyError
    known = tuple(dict.fromkeys((*certificates, stamper.key.certificate, *stamper.key.chain)))
    return embed_time_stamp(pdf, known, crls, lambda digest: stamper.token(digest, now), time_stamp_field(stamps + 1))
