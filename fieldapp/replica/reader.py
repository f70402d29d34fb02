"""Reading the replica: one consistent snapshot, records as domain objects, what is pending, what search finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import sqlalchemy as sa

from fieldapp.base.clock import moment_from_text
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS
from fieldapp.replica import search
from fieldapp.replica.refusals import UnknownRecord
from fieldapp.replica.rows import KindRows, load, plain_of, rows_of
from fieldapp.replica.states import AnswerRow, Hit, OwnEdit, Pending, PendingRecord, PendingVerdict, RoundRow, SyncState
from fieldapp.replica.tables import ANSWER, HISTORY, OUTBOX, STATE, TAKEN_OVER, WAITING
from fieldapp.wire.changes import change_from_bytes

__all__ = ["Reader", "rows_for", "sync_state"]

R = TypeVar("R")

_CLASSES: Mapping[type[Any], str] = MappingProxyType({kind.record: kind.name for kind in KINDS.values()})

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "ge": lambda column, value: column >= value,
        "gt": lambda column, value: column > value,
        "le": lambda column, value: column <= value,
        "lt": lambda column, value: column < value,
        "ne": lambda column, value: column.is_not(None) if value is None else column != value,
    }
)

_STATE = f"SELECT {', '.join(column.name for column in STATE.c)} FROM state"  # noqa: S608 - our own names
_WAITING = "SELECT kind, count(*) FROM waiting GROUP BY kind"
_TAKEN = "SELECT kind, count(*) FROM taken_over WHERE verdict IS NULL GROUP BY kind"
_BLOBS = "SELECT digest, size, purpose FROM blob WHERE received_at IS NULL ORDER BY size, digest"
_BLOB_SUMS = "SELECT count(*), coalesce(sum(size), 0) FROM blob WHERE received_at IS NULL"
"""What every round asks, in the database's own words: a program that runs for one round pays for each sentence that is put together."""


def rows_for(record_class: type[Any]) -> KindRows:
    """The KindRows of a record class; KeyError when the class is none of ours."""
    return rows_of(_CLASSES[record_class])


def _stored(value: object) -> object:
    plain = plain_of(value)
    return int(plain) if isinstance(plain, bool) else plain


def sync_state(connection: sa.Connection) -> SyncState:
    """The one row of the state table."""
    row = connection.exec_driver_sql(_STATE).one()
    return SyncState(
        device=row.device,
        engineer=row.engineer,
        incarnation=row.incarnation,
        sequence=row.sequence,
        head=row.head,
        received=row.received,
        epoch=row.epoch,
        cursor=row.cursor,
        centre_revision=row.centre_revision,
        scope_digest=row.scope_digest,
        complete=bool(row.complete),
        search_behind=bool(row.search_behind),
        last_finished_at=moment_from_text(row.last_finished_at) if row.last_finished_at else None,
        agreed_at=moment_from_text(row.agreed_at) if row.agreed_at else None,
        last_contact_at=moment_from_text(row.last_contact_at) if row.last_contact_at else None,
        clock_low=row.clock_low,
        clock_high=row.clock_high,
    )


class Reader:
    """What the replica shows at one moment: the centre's version with this laptop's pending Changes on top."""

    def __init__(self, connection: sa.Connection) -> None:
        """Read through a connection with a transaction under way; `Replica.reading` makes Readers."""
        self._connection = connection

    @property
    def connection(self) -> sa.Connection:
        """The transaction that this reads in, for the rooms that keep the outbox and the centre's side."""
        return self._connection

    def get(self, record_class: type[R], record_id: Id) -> R | None:
        """The record, or None when it is not on this laptop."""
        rows = rows_for(record_class)
        row = self._connection.execute(sa.select(rows.table).where(rows.table.c.id == record_id)).first()
        return None if row is None else rows.record(row)

    def need(self, record_class: type[R], record_id: Id) -> R:
        """The record; UnknownRecord when it is not on this laptop."""
        found = self.get(record_class, record_id)
        if found is None:
            raise UnknownRecord
        return found

    def find(
        self, record_class: type[R], *, order: str = "", descending: bool = False, limit: int | None = None, **equals: object
    ) -> list[R]:
        """The records whose fields equal the given values, in the order of a field (then of their ids, that is of their making).

        A tuple, list or set means one of these; None means empty; `field__ge`, `__gt`, `__le`, `__lt`, `__ne` compare.
        KeyError for a field that the kind does not have. Records with an empty `order` field come first, descending last.
        """
        rows = rows_for(record_class)
        columns = rows.table.c
        query = sa.select(rows.table).where(*self._conditions(rows, equals))
        by = [columns[order], columns.id] if order else [columns.id]
        query = query.order_by(*(each.desc() if descending else each for each in by)).limit(limit)
        return [rows.record(row) for row in self._connection.execute(query)]

    def count(self, record_class: type[Any], **equals: object) -> int:
        """How many records `find` would give."""
        rows = rows_for(record_class)
        query = sa.select(sa.func.count()).select_from(rows.table).where(*self._conditions(rows, equals))
        return int(self._connection.execute(query).scalar_one())

    @staticmethod
    def _conditions(rows: KindRows, equals: Mapping[str, object]) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = []
        for name, value in equals.items():
            field, _, comparison = name.partition("__")
            column = rows.table.c[field]
            if isinstance(value, tuple | list | set | frozenset):
                among = column.in_([_stored(each) for each in value])
                conditions.append(~among if comparison == "ne" else among)
            elif comparison:
                conditions.append(_COMPARISONS[comparison](column, _stored(value)))
            else:
                conditions.append(column.is_(None) if value is None else column == _stored(value))
        return conditions

    def answers(self, instance_id: Id) -> dict[str, str]:
        """The open fields of a form instance: key -> text, in the order of the keys."""
        query = sa.select(ANSWER.c.key, ANSWER.c.value).where(ANSWER.c.instance_id == instance_id, ANSWER.c.value.is_not(None))
        return {row.key: row.value for row in self._connection.execute(query.order_by(ANSWER.c.key))}

    def answers_of(self, instance_ids: Sequence[Id], item: str | None = None) -> list[AnswerRow]:
        """The answers of several instances, with their annotations ("#…"); `item` is the last segment of a path, e.g. "T1_08"."""
        query = sa.select(ANSWER).where(ANSWER.c.instance_id.in_(list(instance_ids)), ANSWER.c.value.is_not(None))
        if item is not None:
            query = query.where(ANSWER.c.item == item)
        return [
            AnswerRow(row.instance_id, row.key, row.value, moment_from_text(row.at) if row.at else None, row.author)
            for row in self._connection.execute(query.order_by(ANSWER.c.instance_id, ANSWER.c.key))
        ]

    def unreceipted(self) -> Pending:
        """What is only on this laptop: Changes and blobs without a receipt, with those taken over from a lost laptop."""
        by_kind = {kind: int(number) for kind, number in self._connection.exec_driver_sql(_WAITING)}
        for kind, number in self._connection.exec_driver_sql(_TAKEN):
            by_kind[kind] = by_kind.get(kind, 0) + int(number)
        number, size = self._connection.exec_driver_sql(_BLOB_SUMS).one()
        return Pending(sum(by_kind.values()), int(number), int(size), MappingProxyType(by_kind))

    def pending_records(self) -> list[PendingRecord]:
        """The records with Changes that have no receipt, the longest waiting first."""
        query = (
            sa.select(WAITING.c.kind, WAITING.c.record_id, sa.func.count(), sa.func.min(WAITING.c.at))
            .group_by(WAITING.c.kind, WAITING.c.record_id)
            .order_by(sa.func.min(WAITING.c.sequence))
        )
        return [
            PendingRecord(kind, record, int(number), moment_from_text(at)) for kind, record, number, at in self._connection.execute(query)
        ]

    def verdicts(self, limit: int = 200) -> list[PendingVerdict]:
        """The Changes that the centre did not simply apply, the newest first, with what was entered and what stood there before."""
        noted = ("merged", "conflict", "rejected")
        query = sa.select(OUTBOX).where(OUTBOX.c.verdict.in_(noted))
        rows = [*self._connection.execute(query.order_by(OUTBOX.c.incarnation.desc(), OUTBOX.c.sequence.desc()).limit(limit))]
        taken = sa.select(TAKEN_OVER).where(TAKEN_OVER.c.verdict.in_(noted)).order_by(TAKEN_OVER.c.at.desc())
        rows += self._connection.execute(taken.limit(limit))
        return [
            PendingVerdict(
                incarnation=row.incarnation,
                sequence=row.sequence,
                kind=row.kind,
                record_id=row.record_id,
                verdict=row.verdict,
                fields=tuple(load(row.fields)),
                reason=row.reason,
                conflict_id=row.conflict_id,
                at=moment_from_text(row.at),
                values=MappingProxyType(change_from_bytes(row.data).values()),
                bases=MappingProxyType(load(row.bases)),
            )
            for row in rows[:limit]
        ]

    def last_edit(self, kind: str, record_id: Id, field: str) -> OwnEdit | None:
        """The newest Change of this laptop that gave a field a value; None when it gave it none, or keeps none any more."""
        query = sa.select(OUTBOX.c.data, OUTBOX.c.at).where(OUTBOX.c.kind == kind, OUTBOX.c.record_id == record_id)
        for data, at in self._connection.execute(query.order_by(OUTBOX.c.incarnation.desc(), OUTBOX.c.sequence.desc())):
            change = change_from_bytes(data)
            if field in (values := change.values()):
                return OwnEdit(values[field], change.author.hex(), moment_from_text(at))
        return None

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """The records that hold everything that was typed, in any case and any width of letters, best first."""
        return search.find(self._connection, text, limit)

    def sync_state(self) -> SyncState:
        """Where this laptop stands with the centre."""
        return sync_state(self._connection)

    def rounds(self, limit: int = 30) -> list[RoundRow]:
        """The sync rounds of the past, the newest first."""
        query = sa.select(HISTORY).order_by(HISTORY.c.id.desc()).limit(limit)
        return [
            RoundRow(moment_from_text(row.started_at), moment_from_text(row.ended_at), row.outcome, MappingProxyType(load(row.result)))
            for row in self._connection.execute(query)
        ]

    def waiting_blobs(self) -> list[tuple[str, int, str]]:
        """Blobs attached here that the centre has not confirmed: (digest, size, purpose), the smallest first."""
        return [(row[0], row[1], row[2]) for row in self._connection.exec_driver_sql(_BLOBS)]
