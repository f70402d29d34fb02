"""Time-stamped reports get a further time-stamp before the certificate of the last one ends, or when its key is given up.

A stamp is due as soon as another key makes the stamps: that is a year before the certificate ends (`Authority`), or when the
old key was moved away because it is told weak. So each report is renewed some years apart and by a key that is good for
long. The centre looks once a day which are due and renews a few of them along with each exchange.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import Id
from fieldapp.central.refusals import UnknownBlob
from fieldapp.central.stamping import StampingCentre, keep_stamped, stamper_of, tend_keys
from fieldapp.central.store.books import Author, Books, chunks
from fieldapp.central.store.tables import blob_use, stamp_job
from fieldapp.reports.blocks import Brand
from fieldapp.reports.timestamping import renew_time_stamp
from fieldapp.reports.verification import verify

__all__ = ["DueStamp", "Renewals", "due_stamps", "renew", "renew_all"]

AT_ONCE = 2
"""Reports that are renewed within one exchange at most; there is a year for all of them."""

LOOK_EVERY = timedelta(days=1)

Outcome = Literal["due", "renewed", "refused", "missing", "changed"]
"""due: nothing was done; refused: the file does not verify any more; missing: its bytes are not here; changed: it was
renewed or replaced meanwhile."""

_log = logging.getLogger("fieldapp.central")


@dataclass(frozen=True, slots=True)
class DueStamp:
    """A report whose latest stamp (set at `stamped`) is due, and the file with it."""

    report: Id
    number: str
    digest: str
    stamped: datetime


class Renewals:
    """What one process of the centre still has to renew. Nothing is lost with it: the next look finds it again."""

    def __init__(self) -> None:
        self._due: deque[DueStamp] = deque()
        self._look_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether there is anything to renew, or to look for; a cheap question that each exchange asks."""
        return bool(self._due) or self._look_at is None or now >= self._look_at

    def turn(self, centre: StampingCentre) -> int:
        """Renew some; returns how many were. Once a day it looks what is due."""
        now = centre.clock.now()
        if not self._due and (self._look_at is None or now >= self._look_at):
            self._look_at = now + LOOK_EVERY
            tend_keys(centre)
            with centre.store.reading() as connection:
                self._due.extend(due_stamps(connection, centre.authority.tsa_since))
        done = 0
        for _ in range(AT_ONCE):
            try:
                job = self._due.popleft()
            except IndexError:  # another exchange took the last one
                break
            done += renew(centre, job)[0] == "renewed"
        return done


def due_stamps(connection: Connection, before: datetime) -> Iterator[DueStamp]:
    """The reports whose latest stamp was set before a moment, those that were stamped first first."""
    found = []
    for some in chunks(connection.execute(select(stamp_job.c.report).where(stamp_job.c.state == "done").distinct()).scalars()):
        books = Books(connection)
        books.load(("service_report", each) for each in some)
        for each in some:
            report = books.get("service_report", each)
            mark = report.mark("stamped_digest") if report is not None else None
            if report is None or report.deleted or mark is None or not report.values.get("stamped_digest"):
                continue
            at = datetime.fromtimestamp(mark.at / 1000, UTC)  # the centre alone writes this field, whenever it stamps
            found.append(DueStamp(report.id, str(report.values.get("number") or ""), str(report.values["stamped_digest"]), at))
    yield from sorted((each for each in found if each.stamped < before), key=lambda each: (each.stamped, each.report))


def renew_all(centre: StampingCentre, before: datetime | None = None, *, dry: bool = False) -> Iterator[tuple[DueStamp, Outcome, str]]:
    """Renew all that is due, or all that was stamped before a moment: each with what came of it and its new digest."""
    centre.authority.tend(centre.clock.now())
    with centre.store.reading() as connection:
        due = list(due_stamps(connection, before or centre.authority.tsa_since))
    for job in due:
        yield job, *(("due", "") if dry else renew(centre, job))


def renew(centre: StampingCentre, job: DueStamp) -> tuple[Outcome, str]:
    """Renew one report: what came of it, and the digest of the file with the further stamp (empty without one)."""
    now = centre.clock.now()
    try:
        pdf = centre.blobs.get(job.digest)
    except UnknownBlob:
        _log.warning("the time-stamp of %s is not renewed: its file is not here", job.number)
        return "missing", ""
    renewed = _renewed(centre, pdf, job, now)
    if not renewed:
        return "refused", ""
    digest = centre.keep_blob(renewed)
    done = False

    def edit(books: Books) -> None:
        nonlocal done
        report = books.get("service_report", job.report)
        if report is None or report.deleted or report.values.get("stamped_digest") != job.digest:
            return  # renewed meanwhile, or another file by now
        author = Author("centre", "", int(now.timestamp() * 1000))
        keep_stamped(books, report, digest, len(renewed), now, author, instead_of=job.digest)
        for each in books.connection.execute(select(blob_use.c.attachment).where(blob_use.c.digest == job.digest)).scalars().all():
            old = books.get("attachment", each)
            if old is not None and old.values.get("purpose") == "stamped_report" and old.values.get("owner_id") == report.id:
                books.remove(old, author)
        done = True

    centre.write(edit)
    return ("renewed", digest) if done else ("changed", "")


def _renewed(centre: StampingCentre, pdf: bytes, job: DueStamp, now: datetime) -> bytes:
    """The file with one more stamp; empty when it must not have one: what is not accepted now is not renewed."""
    roots, crl = (centre.authority.ca.der,), centre.crl()
    found = verify(pdf, roots, now, (crl,), hard_fail=True, brand=Brand())
    if not found.accepted or found.stage != "stamped":
        reasons: Any = (*found.problems, *(each for verdict in found.signatures for each in verdict.problems))
        _log.warning("the time-stamp of %s is not renewed: %s", job.number, "; ".join(each.read("en") for each in reasons))
        return b""
    try:
        made = renew_time_stamp(pdf, stamper_of(centre), now, roots, (crl,))
    except FieldappError as fault:
        _log.warning("the time-stamp of %s is not renewed: %s", job.number, fault)
        return b""
    again = verify(made, roots, now, (crl,), hard_fail=True)
    return made if made.startswith(pdf) and again.stage == "stamped" and again.stamped_at == found.stamped_at else b""
