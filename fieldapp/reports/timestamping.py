"""What the centre adds to a signed report: certificates, revocation list and one trusted time-stamp, as last revision.

The bytes signed on site stay the beginning of the file. The stamping key is handed in as a `Signer`; its certificate
bears the extended key usage `timeStamping`. The time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.reports.canonical import TIME_STAMP_FIELD
from fieldapp.reports.cms import Signer, time_stamp_token

__all__ = ["NotReadyError", "Stamper", "add_time_stamp"]


class NotReadyError(DocumentError):
    """A report is stamped once, after its last signature."""

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
    from fieldapp.reports.embedding import embed_time_stamp, fields_of, reader_of

    reader = reader_of(pdf)
    fields = fields_of(reader)
    if not fields or not all(field.signed for field in fields) or "/DSS" in reader.root:
        raise NotReadyError
    known = dict.fromkeys((*certificates, stamper.key.certificate, *stamper.key.chain))
    return embed_time_stamp(pdf, tuple(known), crls, lambda digest: stamper.token(digest, now), TIME_STAMP_FIELD)
