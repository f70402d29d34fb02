"""A record that a restored centre has lost is given to it again, whole, by a laptop that edited it and still shows it.

An edit alone would make a record of two fields without a site there. So the centre takes none of it and says that it does not know
the record; the laptop answers with a Change of everything it shows. In that Change a field that was not edited here has its own
value for its base: where another laptop was first, such a field changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from fieldapp.base.clock import Clock
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS
from fieldapp.replica.keeping.takeover import TakenBatch
from fieldapp.replica.outbox import Batch, Outbox
from fieldapp.replica.reader import sync_state
from fieldapp.replica.rebase import ensure_shadow
from fieldapp.replica.rows import load, rows_of
from fieldapp.replica.tables import ANSWER, TAKEN_OVER, WAITING
from fieldapp.wire.changes import Plain, change_from_bytes
from fieldapp.wire.protocol import Verdict

__all__ = ["UNKNOWN_RECORD", "give_again", "give_taken"]

UNKNOWN_RECORD = "unknown_record"
"""The reason of a centre that knows nothing of the record."""

Edits = dict[str, tuple[Plain, Plain | None, bool]]
"""By field: the value, the value that was seen before, whether it was there."""


def give_again(connection: sa.Connection, batch: Batch, verdicts: tuple[Verdict, ...], clock: Clock) -> tuple[Verdict, ...]:
    """Leave a Change of the whole record for each one that the centre does not know. To be called before the receipts are written;
    returns the verdicts to write: what was given again is not refused any more. The same object when nothing was given.
    """
    if not _unknown(verdicts):
        return verdicts
    here = WAITING.c.incarnation == batch.incarnation, WAITING.c.sequence.between(batch.first, batch.last)
    return _given(connection, WAITING, here, verdicts, clock, taken=False)


def give_taken(connection: sa.Connection, batch: TakenBatch, verdicts: tuple[Verdict, ...], clock: Clock) -> tuple[Verdict, ...]:
    """`give_again` for what was taken over from a lost laptop. It is not shown on top of the centre's version as an own edit is, so
    a record is given only where it is still here as those edits left it; else the refusal stands, and is told.
    """
    if not _unknown(verdicts):
        return verdicts
    mine = TAKEN_OVER.c.device == batch.device, TAKEN_OVER.c.incarnation == batch.incarnation, TAKEN_OVER.c.verdict.is_(None)
    return _given(connection, TAKEN_OVER, (*mine, TAKEN_OVER.c.sequence.between(batch.first, batch.last)), verdicts, clock, taken=True)


def _unknown(verdicts: tuple[Verdict, ...]) -> set[int]:
    """The sequences of Changes whose record the centre does not know."""
    return {each.sequence for each in verdicts if each.code == "rejected" and each.reason == UNKNOWN_RECORD}


def _given(
    connection: sa.Connection,
    table: sa.TableClause,
    here: tuple[sa.ColumnElement[bool], ...],
    verdicts: tuple[Verdict, ...],
    clock: Clock,
    *,
    taken: bool,
) -> tuple[Verdict, ...]:
    unknown = _unknown(verdicts)
    query = sa.select(table.c.sequence, table.c.kind, table.c.record_id, table.c.data, table.c.bases).where(*here)
    edited: dict[tuple[str, Id], Edits] = {}
    sequences: dict[tuple[str, Id], set[int]] = {}
    for row in connection.execute(query.order_by(table.c.sequence)):
        if row.sequence in unknown and row.kind in KINDS:
            bases: Mapping[str, Plain] = load(row.bases)
            fields = edited.setdefault((row.kind, row.record_id), {})
            for name, value in change_from_bytes(row.data).values().items():  # what the first edit saw is what the record had
                seen = fields[name][1:] if name in fields else (bases.get(name), name in bases)
                fields[name] = (value, *seen)
            sequences.setdefault((row.kind, row.record_id), set()).add(row.sequence)
    outbox, author = Outbox(connection, clock), sync_state(connection).engineer
    given: set[int] = set()
    for (kind, record_id), fields in edited.items():
        if _give(connection, outbox, author, kind, record_id, fields, taken=taken):
            given |= sequences[kind, record_id]
    if not given:
        return verdicts
    outbox.flush()
    return tuple(msgspec.structs.replace(each, code="merged") if each.sequence in given else each for each in verdicts)


def _give(connection: sa.Connection, outbox: Outbox, author: Id, kind: str, record_id: Id, edited: Edits, *, taken: bool) -> bool:
    """One record; False when it is not shown here any more."""
    rows = rows_of(kind)
    row = connection.execute(sa.select(rows.table).where(rows.table.c.id == record_id)).first()
    if row is None:
        return False
    values = dict.fromkeys(edited) | rows.plain(row) | rows.exact(row)  # an answer that was taken back is an edit, too
    if rows.kind.open_policy is not None:
        answers = sa.select(ANSWER.c.key, ANSWER.c.value).where(ANSWER.c.instance_id == record_id, ANSWER.c.value.is_not(None))
        values |= {row.key: row.value for row in connection.execute(answers)}
    if taken and any(values[name] != value for name, (value, _, _) in edited.items()):
        return False
    edits = [
        (name, value, *((edited[name][1], edited[name][2]) if name in edited and edited[name][1] != value else (value, True)))
        for name, value in values.items()
    ]
    outbox.append(kind, record_id, edits, author=author, revision=row[1])
    ensure_shadow(connection, rows, record_id, row)
    return True
