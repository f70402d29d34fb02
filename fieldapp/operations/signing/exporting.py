"""The history that a signed report lists, as a file: the Changes themselves, for `fieldapp verify --visit`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import is_id
from fieldapp.domain.documents import ServiceReport
from fieldapp.operations.documents import pages_of
from fieldapp.operations.session import FieldSession
from fieldapp.replica.outbox import kept_changes
from fieldapp.replica.store import Reader
from fieldapp.reports.documents import data_of
from fieldapp.reports.verification import attached_json
from fieldapp.wire.changes import content_digest
from fieldapp.wire.history import SCHEMA, HistoryHead, from_first_to_last, once_each, write_history

__all__ = ["ExportedHistory", "HistoryCleared", "NoSealedReport", "export_history"]


class NoSealedReport(InputError):
    """The words after `visit export` name no sealed report of this laptop that lists a history."""

    code = "FA-182"
    message = N_(
        "There is no sealed report “{what}” on this laptop that lists a history. Nothing was written. "
        "Give the number of a report, or the identity of a report or of a visit."
    )


class HistoryCleared(RuleError):
    """The laptop does not have all Changes of a history any more."""

    code = "FA-284"
    message = N_(
        "{gone} of the {total} Changes of this history are not on this laptop any more: "
        "what every backup of the centre holds is cleared away. Nothing was written. The centre has them: fieldapp-central visit-export."
    )


@dataclass(frozen=True, slots=True)
class ExportedHistory:
    """What was written where."""

    path: Path
    number: str
    changes: int

    @property
    def words(self) -> Sentence:
        """The same for a person."""
        return say(
            "The history of report {number} was written to {path}: {count} Changes.", number=self.number, path=self.path, count=self.changes
        )


def export_history(session: FieldSession, what: str, path: Path, *, so_far: bool = False) -> ExportedHistory:
    """Write the Changes that a report's history lists; `what` is the number or identity of a report, or a visit's identity.

    Of a number its newest sealed version is meant, of a visit its newest sealed report. With `so_far` also what was changed in these
    records since. NoSealedReport, HistoryCleared, HistoryNotWritten; BlobNotHere when the pages are not on this laptop.
    """
    with session.reading() as reader:
        report = _found(reader, what)
        kept = kept_changes(reader.connection)
    history = data_of(attached_json(pages_of(session, report))).front.history if report is not None else None
    if report is None or history is None:
        raise NoSealedReport(what=what)
    records = set(history.records)
    mine = once_each((each.incarnation, each.data) for each in kept if f"{each.kind}/{each.record_id}" in records)
    here = {content_digest(data).hex() for _, data in mine}
    gone = sum(each not in here for each in history.digests)
    if gone:
        raise HistoryCleared(gone=gone, total=len(history.digests))
    changes = from_first_to_last(mine, history.digests, so_far=so_far)
    write_history(path, HistoryHead(SCHEMA, report.number, report.version, history.device, "laptop"), changes)
    return ExportedHistory(path, report.number, len(changes))


def _found(reader: Reader, what: str) -> ServiceReport | None:
    """The newest sealed one of the reports that some words name."""
    if is_id(what):
        one = reader.get(ServiceReport, what)
        named = [one] if one is not None else reader.find(ServiceReport, visit_id=what)
    else:
        named = reader.find(ServiceReport, number=what)
    sealed = [each for each in named if each.pdf_digest and each.certified_at is not None]
    return max(sealed, key=lambda each: (each.certified_at, each.version, each.id), default=None)
