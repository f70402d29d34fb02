"""Signed reports get their document time-stamp: within the exchange that follows the arrival of their bytes.

A report is verified first, against the centre's own CA and its list of revoked devices. One that does not verify gets no
time-stamp and a conflict in the engineer's scope that says so; one that still waits for a signature is left alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, bindparam, select, update

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.errors import DocumentError
from fieldapp.base.ids import Id, derived_id
from fieldapp.central.blobs import Blobs
from fieldapp.central.refusals import BrokenAuthority
from fieldapp.central.store.books import Author, Books, Stored
from fieldapp.central.store.engine import Store
from fieldapp.central.store.tables import blob, blob_use, engineer_partition, stamp_job
from fieldapp.central.trust.certificates import Authority, KeyPair
from fieldapp.domain.records import KINDS, Plain
from fieldapp.reports.blocks import Brand
from fieldapp.reports.timestamping import Stamper, add_time_stamp
from fieldapp.reports.verification import verify
from fieldapp.wire.signatures import low_s

__all__ = ["StampingCentre", "is_due", "keep_stamped", "stamp_due", "stamper_of", "tend_keys"]

AT_ONCE = 20
"""Reports of an engineer's own scope that are stamped within one exchange at most; the rest follow in the next."""

OF_OTHERS = 2
"""Reports outside of it that are stamped along, so that none waits for ever for somebody who still has its site."""

_DUE = (
    select(stamp_job.c.attachment, stamp_job.c.report, stamp_job.c.digest)
    .join(blob, blob.c.digest == stamp_job.c.digest)
    .where(stamp_job.c.state == "waiting")
    .order_by(stamp_job.c.attachment)
)
_ANY_DUE = _DUE.limit(1)
_DUE_IN_SCOPE = (
    _DUE.join(blob_use, blob_use.c.attachment == stamp_job.c.attachment)
    .join(engineer_partition, engineer_partition.c.partition == blob_use.c.partition)
    .where(engineer_partition.c.engineer == bindparam("who"), engineer_partition.c.left_revision.is_(None))
    .limit(AT_ONCE)
)

_log = logging.getLogger("fieldapp.central")


class StampingCentre(Protocol):
    """What stamping needs of the service."""

    clock: Clock
    store: Store
    blobs: Blobs
    authority: Authority

    def crl(self) -> bytes:
        """The present list of revoked certificates, DER."""
        ...

    def keep_blob(self, data: bytes) -> str:
        """Keep bytes; returns their digest."""
        ...

    def write(self, edit: Callable[[Books], None]) -> int:
        """Run one edit of the centre's own."""
        ...


@dataclass(frozen=True, slots=True)
class _StampKey:
    """The time-stamp key as reports want a signer."""

    pair: KeyPair

    @property
    def certificate(self) -> bytes:
        return self.pair.der

    @property
    def chain(self) -> tuple[bytes, ...]:
        return ()

    def sign(self, data: bytes) -> bytes:
        return low_s(self.pair.key.sign(data, ec.ECDSA(hashes.SHA256())))


def stamper_of(centre: StampingCentre) -> Stamper:
    """The centre's time-stamping authority with its present key, which is another one when it is time for that."""
    tend_keys(centre)
    return Stamper(_StampKey(centre.authority.tsa))


def tend_keys(centre: StampingCentre) -> None:
    """Have another time-stamp key when it is time for one; the present one goes on while that is not possible."""
    try:
        centre.authority.tend(centre.clock.now())
    except (BrokenAuthority, OSError) as fault:
        _log.error("no new key for time-stamps: %s", fault)


def is_due(connection: Connection) -> bool:
    """Whether there is anything to stamp; a cheap question that each exchange asks."""
    return connection.execute(_ANY_DUE).first() is not None


def stamp_due(centre: StampingCentre, engineer: Id) -> int:
    """Stamp the reports whose bytes have arrived, those of this engineer's scope first; returns how many were stamped."""
    with centre.store.reading() as connection:
        mine = connection.execute(_DUE_IN_SCOPE, {"who": engineer}).all()
        others = connection.execute(_DUE.limit(len(mine) + OF_OTHERS)).all()
    due = {job.attachment: job for job in (*mine, *others)}
    return sum(_stamp(centre, job) for job in due.values())


def _stamp(centre: StampingCentre, job: Any) -> bool:
    now = centre.clock.now()
    pdf = centre.blobs.get(job.digest)
    crl = centre.crl()
    stamped = _stamped(centre, pdf, crl, now)
    if stamped is None:
        with centre.store.writing() as connection:
            connection.execute(update(stamp_job).where(stamp_job.c.attachment == job.attachment).values(state="incomplete"))
        return False
    digest = centre.keep_blob(stamped) if stamped else ""
    done = False

    def edit(books: Books) -> None:
        nonlocal done
        state = books.connection.execute(select(stamp_job.c.state).where(stamp_job.c.attachment == job.attachment)).scalar()
        report = books.get("service_report", job.report)
        if state != "waiting" or report is None or report.values.get("pdf_digest") != job.digest:
            return  # done meanwhile, or the report names other bytes by now
        author = Author("centre", "", int(now.timestamp() * 1000))
        if digest:
            keep_stamped(books, report, digest, len(stamped), now, author)
            books.write(report, "stamped_at", moment_text(now), author)
            done = True
        else:
            _keep_refusal(books, report, author)
        outcome = "done" if digest else "refused"
        books.connection.execute(update(stamp_job).where(stamp_job.c.attachment == job.attachment).values(state=outcome))

    centre.write(edit)
    return done


def _stamped(centre: StampingCentre, pdf: bytes, crl: bytes, now: datetime) -> bytes | None:
    """The file with its time-stamp; empty when it must not have one, None when signatures are missing."""
    roots = (centre.authority.ca.der,)
    found = verify(pdf, roots, now, (crl,), hard_fail=True, brand=Brand())
    if found.intact and found.missing:
        return None
    if not found.accepted:
        _log.info("no time-stamp for %s: %s", found.number, "; ".join(each.read("en") for each in found.problems))
        return b""
    try:
        made = add_time_stamp(pdf, stamper_of(centre), now, (*found.certificates, *roots), (crl,))
    except DocumentError as fault:
        _log.info("no time-stamp for %s: %s", found.number, fault)
        return b""
    sound = made.startswith(pdf) and verify(made, roots, now, (crl,), hard_fail=True).stage == "stamped"
    return made if sound else b""


def keep_stamped(books: Books, report: Stored, digest: str, size: int, now: datetime, author: Author, instead_of: str = "") -> None:
    """Attach a file with a stamp of now and have the report name it; `instead_of` is the digest of the one that it named."""
    values: dict[str, Plain] = {
        "site_id": report.values.get("site_id"),
        "owner_kind": "service_report",
        "owner_id": report.id,
        "digest": digest,
        "size": size,
        "media_type": "application/pdf",
        "name": f"{report.values.get('number') or report.id}.pdf",
        "purpose": "stamped_report",
        "added_at": moment_text(now),
    }
    attachment: Id = derived_id("stamped_report", report.id, instead_of or str(report.values.get("pdf_digest")))
    if books.get("attachment", attachment) is None:
        books.create(KINDS["attachment"], attachment, values, author)
    books.write(report, "stamped_digest", digest, author)


def _keep_refusal(books: Books, report: Stored, author: Author) -> None:
    """Say it where the engineer and the desk look: a conflict on the report."""
    digest = report.values.get("pdf_digest")
    conflict = derived_id("not_stamped", report.id, str(digest))
    if books.get("conflict", conflict) is not None:
        return
    values: dict[str, Plain] = {
        "site_id": report.values.get("site_id"),
        "engineer_id": report.marks[""].author,
        "kind": "service_report",
        "record_id": report.id,
        "field": "stamped_digest",
        "mine": json.dumps(digest),
        "theirs": json.dumps(None),
        "mine_by": report.marks[""].author,
        "mine_at": report.values.get("signed_at"),
        "reason": "not_verified",
    }
    books.create(KINDS["conflict"], conflict, values, author)
