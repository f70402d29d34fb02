"""The unit of work: load and save records in one transaction, each save with its Change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa

from fieldapp.base.clock import Clock
from fieldapp.base.ids import Id
from fieldapp.domain.documents import Attachment, NumberBlock
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import Plain, from_plain, kind_of, to_plain
from fieldapp.replica import search
from fieldapp.replica.outbox import Outbox
from fieldapp.replica.reader import Reader, rows_for, sync_state
from fieldapp.replica.rebase import ensure_shadow, item_of
from fieldapp.replica.refusals import NoNumbersLeft, UnknownRecord
from fieldapp.replica.rows import rows_of
from fieldapp.replica.tables import ANSWER, BLOB

__all__ = ["Reader", "UnitOfWork"]

R = TypeVar("R")


class UnitOfWork(Reader):
    """Everything done with it is saved together at the end of the `with`, or not at all."""

    def __init__(self, connection: sa.Connection, clock: Clock, author: Id) -> None:
        """`Replica.writing` makes these; `author` is the person whose edits they are."""
        super().__init__(connection)
        self._outbox = Outbox(connection, clock)
        self._author = author
        self._changed: set[str] = set()

    @property
    def changed_kinds(self) -> frozenset[str]:
        """The kinds of which something was changed so far."""
        return frozenset(self._changed)

    def save(self, record: R, *, read: R | None = None) -> R:
        """Save a record, new or changed, and return it; a record that is as it was leaves no trace.

        The Change holds the fields that differ from what is shown, for a new record those that differ from their defaults. `read`: the
        record as the editor read it, where that was before this transaction: only fields that differ from it are edits, whatever came in
        between stands, and the centre judges each edit by the value that its editor saw.
        """
        kind = kind_of(record)
        rows = rows_of(kind.name)
        values = to_plain(record)
        record_id: Id = record.id  # type: ignore[attr-defined]  # every record has one
        row = self._connection.execute(sa.select(rows.table).where(rows.table.c.id == record_id)).first()
        edits: list[tuple[str, Plain, Plain | None, bool]]
        if row is None:
            revision, digest = 0, None
            edits = [(name, value, None, False) for name, value in values.items() if value != kind.fields[name].default]
            written = rows.columns(record_id, values, revision, digest)
        else:
            before = rows.plain(row)
            seen = before if read is None else to_plain(read)
            values = {name: before[name] if value == seen[name] else value for name, value in values.items()}
            edits = [(name, value, seen[name], True) for name, value in values.items() if value != before[name]]
            if read is not None:
                record = from_plain(kind, record_id, values)
            if not edits:
                return record
            revision = row[1]
            changed = {name for name, _, _, _ in edits}
            whole = rows.columns(record_id, values, revision, row[2])
            written = {name: value for name, value in whole.items() if name in changed}
        at = self._outbox.append(kind.name, record_id, edits, author=self._author, revision=revision)
        ensure_shadow(self._connection, rows, record_id, row)
        if row is None:
            self._connection.execute(sa.insert(rows.table), written)
        else:
            self._connection.execute(sa.update(rows.table).where(rows.table.c.id == record_id).values(written))
        search.index_record(self._connection, kind.name, record_id, values)
        if isinstance(record, Attachment) and row is None and record.digest:
            blob = {"digest": record.digest, "size": record.size, "purpose": record.purpose, "added_at": at}
            self._connection.execute(sa.insert(BLOB).prefix_with("OR IGNORE").values(blob))
        self._changed.add(kind.name)
        return record

    def delete(self, record_class: type[Any], record_id: Id) -> None:
        """Delete a record by a tombstone; UnknownRecord when it is not on this laptop."""
        rows = rows_for(record_class)
        row = self._connection.execute(sa.select(rows.table).where(rows.table.c.id == record_id)).first()
        if row is None:
            raise UnknownRecord
        self._outbox.append(rows.kind.name, record_id, (), author=self._author, revision=row[1], deleted=True)
        ensure_shadow(self._connection, rows, record_id, row)
        self._connection.execute(sa.delete(rows.table).where(rows.table.c.id == record_id))
        if rows.kind.open_policy is not None:
            mine = ANSWER.c.instance_id == record_id
            unshadowed = sa.update(ANSWER).where(mine, ANSWER.c.shadowed == 0)
            self._connection.execute(unshadowed.values(shadowed=1, centre_value=ANSWER.c.value))
            self._connection.execute(sa.update(ANSWER).where(mine).values(value=None))
        search.index_record(self._connection, rows.kind.name, record_id, None)
        self._changed.add(rows.kind.name)

    def answer(self, instance_id: Id, rows: Mapping[str, str | None]) -> None:
        """Set open fields of a form instance (None takes an answer back), one Change for all that differ.

        Keys begin with "/" (ValueError otherwise); UnknownRecord when the instance is not on this laptop.
        """
        if not all(key.startswith("/") for key in rows):
            raise ValueError("an answer's key begins with a slash")
        instances = rows_for(FormInstance)
        instance = self._connection.execute(sa.select(instances.table).where(instances.table.c.id == instance_id)).first()
        if instance is None:
            raise UnknownRecord
        chosen = sa.select(ANSWER).where(ANSWER.c.instance_id == instance_id, ANSWER.c.key.in_(list(rows)))
        known = {row.key: row for row in self._connection.execute(chosen)}
        edits: list[tuple[str, Plain, Plain | None, bool]] = []
        for key, value in rows.items():
            row = known.get(key)
            if value != (row.value if row is not None else None):
                edits.append((key, value, row.value if row is not None else None, row is not None))
        if not edits:
            return
        at = self._outbox.append("form_instance", instance_id, edits, author=self._author, revision=instance[1])
        ensure_shadow(self._connection, instances, instance_id, instance)
        for key, text, _, _ in edits:
            row = known.get(key)
            new: dict[str, Plain] = {"value": text, "at": at, "author": self._author}
            if row is None:
                place = {"instance_id": instance_id, "key": key, "item": item_of(key), "shadowed": 1, "centre_value": None}
                self._connection.execute(sa.insert(ANSWER).values(**place, **new))
            else:
                if not row.shadowed:
                    new |= {"shadowed": 1, "centre_value": row.value}
                place_of = (ANSWER.c.instance_id == instance_id) & (ANSWER.c.key == key)
                self._connection.execute(sa.update(ANSWER).where(place_of).values(new))
        self._changed.add("form_instance")

    def next_number(self, series: str) -> str:
        """The next number of a series (SR, IR, RMA, TMP) from the blocks leased to this device; NoNumbersLeft when they are used up."""
        device = sync_state(self._connection).device
        for block in self.find(NumberBlock, series=series, device=device, order="first"):
            number = max(block.used, block.first - 1) + 1
            if number <= block.last:
                self.save(replace(block, used=number))
                return f"{block.prefix}{number:0{block.width}d}"
        raise NoNumbersLeft(series=series)

    def close(self) -> None:
        """Write what belongs to the end of the transaction; `Replica.writing` calls it before the commit."""
        self._outbox.flush()
