"""`visit-export`: the history that a signed report lists, from the log of all Changes; what a laptop cleared away is still here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from fieldapp.base.ids import is_id
from fieldapp.central.desk import Desk
from fieldapp.central.refusals import HistoryNotHere, UnknownThing
from fieldapp.central.store.books import chunks
from fieldapp.central.store.tables import change_log
from fieldapp.domain.documents import ServiceReport
from fieldapp.reports.documents import data_of
from fieldapp.reports.history import VisitHistory
from fieldapp.reports.verification import attached_json
from fieldapp.wire.changes import content_digest
from fieldapp.wire.history import SCHEMA, HistoryHead, Placed, from_first_to_last, once_each, write_history

__all__ = ["export_history"]


def export_history(desk: Desk, what: str, path: Path, *, so_far: bool = False) -> dict[str, object]:
    """Write the Changes that a report's history lists; `what` is the number or identity of a report, or a visit's identity.

    Of a number its newest sealed version is meant, of a visit its newest sealed report. With `so_far` also what its laptop changed
    in these records since. Returns what was done, as plain values.

    UnknownThing when no sealed report that lists a history is meant, UnknownBlob when its pages have not come, HistoryNotHere when
    Changes of it are not in the log, HistoryNotWritten.
    """
    report = _found(desk, what)
    pages = b"".join(desk.service.blobs.read(report.stamped_digest or report.pdf_digest))
    history = data_of(attached_json(pages)).front.history
    if history is None:
        raise UnknownThing(what=what)
    mine = once_each(_logged(desk, history))
    here = {content_digest(data).hex() for _, data in mine}
    gone = sum(each not in here for each in history.digests)
    if gone:
        raise HistoryNotHere(gone=gone, total=len(history.digests))
    changes = from_first_to_last(mine, history.digests, so_far=so_far)
    write_history(path, HistoryHead(SCHEMA, report.number, report.version, history.device, "centre"), changes)
    return {"history": str(path), "report": report.number, "version": report.version, "changes": len(changes)}


def _found(desk: Desk, what: str) -> ServiceReport:
    named = [each for key in (("id", "visit_id") if is_id(what) else ("number",)) for each in desk.find(ServiceReport, **{key: what})]
    sealed = [each for each in named if each.pdf_digest and each.certified_at is not None]
    if not sealed:
        raise UnknownThing(what=what)
    return max(sealed, key=lambda each: (each.certified_at, each.version, each.id))


def _logged(desk: Desk, history: VisitHistory) -> list[Placed]:
    """The laptop's Changes to the listed records, in the order of its chain."""
    records = set(history.records)
    rows: list[Any] = []
    with desk.service.store.reading() as connection:
        for some in chunks(sorted({each.partition("/")[2] for each in records})):
            wanted = change_log.c.device == history.device, change_log.c.record.in_(some)
            rows += connection.execute(select(change_log).where(*wanted)).all()
    found = [(row.incarnation, row.sequence, bytes(row.bytes)) for row in rows if f"{row.kind}/{row.record}" in records]
    return [(incarnation, data) for incarnation, _, data in sorted(found)]
