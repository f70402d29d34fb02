"""The centre of the simulated world: the real service on a real SQLite file, and the desk's promises."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.rounds.scope import parts_of
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import read_body, revision_of
from fieldapp.central.store.tables import answer, change_log, record
from fieldapp.domain.cases import Case
from fieldapp.domain.records import Plain, kind_of, to_plain
from fieldapp.wire.changes import Change, change_from_bytes
from tests.simulation.crash import Disk
from tests.simulation.ledger import DESK, Entry, Ledger
from tests.simulation.template import Template

__all__ = ["Centre", "Logged"]

Key = tuple[str, Id]


@dataclass(frozen=True, slots=True)
class Logged:
    """One row of the centre's log with its Change."""

    device: Id
    incarnation: int
    sequence: int
    verdict: str
    reason: str
    data: bytes
    head: bytes
    change: Change


def _full() -> Exception:
    return sqlite3.OperationalError("database or disk is full")


class Centre:
    """The centre; killed, filled, restored."""

    def __init__(self, disk: Disk, ledger: Ledger, clock: TurnableClock, randomness: Iterable[int]) -> None:
        self.disk = disk
        self.ledger = ledger
        self.clock = clock
        self.restored = False
        self._seeds = iter(randomness)
        self.open()

    @classmethod
    def disk_of(cls, template: Template, folder: Path, counts: Counter[str]) -> Disk:
        """A disk with a copy of the template's centre."""
        shutil.copytree(template.folder / "centre", folder)
        return Disk(folder, "centre", _full, counts, template.at_centre)

    def open(self) -> None:
        """Start the service."""
        randomness = SeededRandomness(next(self._seeds))
        settings = replace(load_centre_settings(self.disk.folder, randomness), backup_days=0)  # the newest backup is the one put back
        self.service = CentralService(settings, clock=self.clock, randomness=randomness)
        self.disk.watch(self.service.store.engine)
        self.desk = Desk(self.service, name="调度员")

    def close(self) -> None:
        """End the service."""
        self.service.close()

    def revive(self) -> None:
        """The service was killed: start it on what it left."""
        self.service.close()
        self.disk.thaw()
        self.open()

    # ---------------------------------------------------------------------------------------------- the desk

    def save(self, *records: Any) -> None:
        """The desk saves records, and is promised that they stand."""
        entries = []
        held = self.values()
        for each in records:
            kind = kind_of(each)
            defaults = {name: known.default for name, known in kind.fields.items()}
            seen = held.get((kind.name, each.id), defaults)
            for name, value in to_plain(each).items():
                if value != seen.get(name):
                    entries.append(Entry(self.ledger.number(), "", "", kind.name, each.id, name, value, seen.get(name)))
        self.desk.save(*records)
        self.ledger.promise(DESK, entries)

    def answer(self, instance: Id, key: str, value: str) -> None:
        """The desk answers a question."""
        seen = self.values().get(("form_instance", instance), {}).get(key)
        self.desk.answer(instance, {key: value})
        self.ledger.promise(DESK, [Entry(self.ledger.number(), "", "", "form_instance", instance, key, value, seen)])

    def remove(self, record: Any) -> None:
        """The desk deletes a record that it sees."""
        kind = kind_of(record)
        held = self.values().get((kind.name, record.id), {})
        self.desk.remove(type(record), record.id)
        entry = Entry(self.ledger.number(), "", "", kind.name, record.id, "", None, None)
        self.ledger.promise(DESK, [entry])
        self.ledger.saw[entry.number] = held

    def edit_case(self, case: Id, name: str, value: str) -> None:
        """The desk edits one field of a case."""
        self.save(replace(self.desk.get(Case, case), **{name: value}))  # type: ignore[arg-type]  # texts only

    # ---------------------------------------------------------------------------------------------- what is there

    def values(self) -> dict[Key, dict[str, Plain]]:
        """All records that are not deleted, answers among their values; read past the service's own code."""
        with self.service.store.reading() as connection:
            rows = connection.execute(select(record.c.kind, record.c.id, record.c.body).where(record.c.deleted.is_(False)))
            found = {(row.kind, row.id): read_body(row.body) for row in rows}
            for row in connection.execute(select(answer)):
                if ("form_instance", row.instance_id) in found:
                    found["form_instance", row.instance_id][row.key] = row.value
        return found

    def scope(self, engineer: Id) -> dict[Key, tuple[int, int]]:
        """The records in an engineer's scope: revision (of the record, or of its entry into the scope) and digest."""
        with self.service.store.reading() as connection:
            inside, _ = parts_of(connection, engineer)
            rows = connection.execute(select(record).where(record.c.deleted.is_(False), record.c.partition.in_(list(inside))))
            return {(row.kind, row.id): (max(row.revision, inside[row.partition]), int(row.digest, 16)) for row in rows}

    def deleted(self) -> set[Key]:
        """The records that were deleted."""
        with self.service.store.reading() as connection:
            rows = connection.execute(select(record.c.kind, record.c.id).where(record.c.deleted.is_(True)))
            return {(row.kind, row.id) for row in rows}

    def log(self) -> list[Logged]:
        """Every Change that arrived, in the order of each chain."""
        with self.service.store.reading() as connection:
            order = change_log.c.device, change_log.c.incarnation, change_log.c.sequence
            rows = connection.execute(select(change_log).order_by(*order)).all()
        return [
            Logged(row.device, row.incarnation, row.sequence, row.verdict, row.reason, row.bytes, row.head, change_from_bytes(row.bytes))
            for row in rows
        ]

    def revision(self) -> int:
        """The highest revision that was given out."""
        with self.service.store.reading() as connection:
            return revision_of(connection)

    def state(self) -> tuple[int, int]:
        """The highest revision and the length of the log."""
        with self.service.store.reading() as connection:
            return revision_of(connection), connection.execute(select(func.count()).select_from(change_log)).scalar_one()

    def pause(self) -> ExitStack:
        """Close the service while the block runs, e.g. for a backup."""
        stack = ExitStack()
        self.close()
        stack.callback(self.open)
        return stack
