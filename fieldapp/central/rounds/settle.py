"""What follows from a transaction's changes before it ends: numbers, clocks, wanted blobs, reports to stamp, assignments, scopes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from sqlalchemy import delete, insert, select, update

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.ids import Id, IdSource
from fieldapp.central.rounds.numbers import series_number
from fieldapp.central.rounds.scope import engineers_touched, note_assignment, recompute
from fieldapp.central.store.books import Author, Books, Stored, read_body, revision_of
from fieldapp.central.store.tables import blob, blob_use, record, stamp_job
from fieldapp.domain.calendars import PolicyRow
from fieldapp.domain.cases import Case
from fieldapp.domain.policies import clocks_for
from fieldapp.domain.records import KINDS, from_plain, partition, to_plain

__all__ = ["Surroundings", "close_books"]


class Surroundings(Protocol):
    """What the rules here need from the service."""

    clock: Clock
    ids: IdSource


def close_books(books: Books, around: Surroundings, engineers: Iterable[Id] = ()) -> int:
    """Derive what follows, write everything, bring scopes up to date (also of `engineers`); returns the highest revision."""
    now = around.clock.now()
    clocked = {stored.values.get("case_id") for stored in books.touched() if stored.kind.name == "case_clock"}
    for stored in books.touched():
        if stored.kind.name == "case" and stored.is_new:
            _open_case(books, stored, now)
            if stored.id not in clocked:
                _copy_clocks(books, stored, Author("centre", "", int(now.timestamp() * 1000)), around.ids.new)
    touched = books.touched()
    dirty = {*engineers_touched(books.connection, touched), *engineers}
    for stored in touched:
        note_assignment(books.connection, stored, now)
        if stored.kind.name == "attachment":
            _note_attachment(books, stored)
        elif stored.kind.name == "service_report":
            _note_report(books, stored)
    books.close()
    recompute(books, dirty, now)
    return revision_of(books.connection)


def _open_case(books: Books, stored: Stored, now: datetime) -> None:
    """A case made anywhere gets its number here, and an owner who does not lose it."""
    system = Author("centre", "", int(now.timestamp() * 1000))
    if not stored.values.get("number"):
        books.write(stored, "number", series_number(books, "CS", now), system)
    if not stored.values.get("created_at"):
        books.write(stored, "created_at", moment_text(now), system)
    opener = stored.marks[""]
    if not stored.values.get("owner_id") and opener.actor == "engineer":
        books.write(stored, "owner_id", opener.author, system)


def _copy_clocks(books: Books, stored: Stored, system: Author, new_id: Callable[[], Id]) -> None:
    contract = books.get("contract", str(stored.values.get("contract_id") or ""))
    profile = str(contract.values.get("sla_profile") or "") if contract is not None else ""
    if not profile:
        return
    case = from_plain(KINDS["case"], stored.id, stored.values)
    assert isinstance(case, Case)
    bodies = books.connection.execute(select(record.c.id, record.c.body).where(record.c.kind == "policy_row", record.c.deleted.is_(False)))
    rows: list[PolicyRow] = [from_plain(KINDS["policy_row"], row.id, read_body(row.body)) for row in bodies]
    rows.sort(key=lambda row: row.policy)
    asset = books.get("asset", case.asset_id) if case.asset_id else None
    site = books.get("site", case.site_id) if case.site_id else None
    required = contract.values.get("response_required_min") if contract is not None else None
    travel = site.values.get("travel_min") if site is not None else None
    clocks = clocks_for(
        rows,
        profile,
        case.severity,
        case,
        new_id,
        calendar=str(contract.values.get("calendar") or "") if contract is not None else "",
        critical=bool(asset is not None and asset.values.get("critical")),
        response_required_min=required if isinstance(required, int) else None,
        travel_min=travel if isinstance(travel, int) else None,
    )
    for clock in clocks:
        books.create(KINDS["case_clock"], clock.id, to_plain(clock), system)


def _note_attachment(books: Books, stored: Stored) -> None:
    """Remember what bytes are still to come, and which of them are reports to be time-stamped."""
    connection = books.connection
    connection.execute(delete(blob_use).where(blob_use.c.attachment == stored.id))
    digest = str(stored.values.get("digest") or "")
    if stored.deleted or not digest:
        return
    held = connection.execute(select(blob.c.digest).where(blob.c.digest == digest)).scalar()
    size = int(stored.values.get("size") or 0)
    part = partition(stored.kind, stored.id, stored.values)
    connection.execute(insert(blob_use).values(attachment=stored.id, digest=digest, size=size, partition=part, missing=held is None))
    if stored.values.get("purpose") == "report" and stored.values.get("owner_kind") == "service_report":
        job = connection.execute(select(stamp_job.c.attachment).where(stamp_job.c.attachment == stored.id)).scalar()
        if job is None:
            report = books.get("service_report", str(stored.values.get("owner_id") or ""))
            state = "waiting" if report is not None and report.values.get("pdf_digest") == digest else "unnamed"
            owner = str(stored.values.get("owner_id") or "")
            connection.execute(insert(stamp_job).values(attachment=stored.id, report=owner, digest=digest, state=state))


def _note_report(books: Books, stored: Stored) -> None:
    """A report that names its bytes makes the attachment that came before it one to be stamped."""
    named = stamp_job.c.report == stored.id, stamp_job.c.digest == str(stored.values.get("pdf_digest") or "")
    books.connection.execute(update(stamp_job).where(*named, stamp_job.c.state == "unnamed").values(state="waiting"))
