"""A laptop of the simulated world: the real replica on a real file, and a pen that writes down what was promised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import sqlcipher3.dbapi2

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.domain.documents import Attachment
from fieldapp.domain.records import KINDS, Plain, kind_of, to_plain
from fieldapp.replica import connection, engine
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.store import UnitOfWork
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.round import RoundResult, run_round
from fieldapp.wire.changes import Change
from fieldapp.wire.protocol import SyncPeer
from tests.simulation.crash import Disk, Statements
from tests.simulation.ledger import Entry, Ledger

__all__ = ["KEY", "REPLICA", "Laptop", "Pen"]

KEY = bytes(range(32))
REPLICA = "replica.db"


class Pen:
    """Writes through a unit of work and keeps an entry for every field that is really edited."""

    def __init__(self, work: UnitOfWork, laptop: Laptop) -> None:
        self.work = work
        self.entries: list[Entry] = []
        self.saw: dict[int, dict[str, Plain]] = {}
        self.blobs: list[str] = []
        self.numbers: list[str] = []
        self._laptop = laptop

    def _note(self, kind: str, record: Id, field: str, value: Plain, seen: Plain) -> None:
        number = self._laptop.ledger.number()
        self.entries.append(Entry(number, self._laptop.engineer, self._laptop.device, kind, record, field, value, seen))

    def save(self, record: Any) -> None:
        """Save a record."""
        kind = kind_of(record)
        before = self.work.get(kind.record, record.id)
        seen = {name: each.default for name, each in kind.fields.items()} if before is None else to_plain(before)
        for name, value in to_plain(record).items():
            if value != seen[name]:
                self._note(kind.name, record.id, name, value, seen[name])
        self.work.save(record)
        if isinstance(record, Attachment):
            self.blobs.append(record.digest)

    def answer(self, instance: Id, values: dict[str, str | None]) -> None:
        """Set answers."""
        before = self.work.answers(instance)
        for key, value in values.items():
            if value != before.get(key):
                self._note("form_instance", instance, key, value, before.get(key))
        self.work.answer(instance, values)

    def delete(self, record_class: type[Any], record: Id) -> None:
        """Delete a record."""
        kind = next(each for each in KINDS.values() if each.record is record_class)
        self._note(kind.name, record, "", None, None)
        answers = self.work.answers(record) if kind.open_policy else {}
        self.saw[self.entries[-1].number] = {**to_plain(self.work.need(record_class, record)), **answers}
        self.work.delete(record_class, record)

    def number(self, series: str) -> str:
        """Take a number."""
        self.numbers.append(self.work.next_number(series))
        return self.numbers[-1]


def _full() -> Exception:
    made: Exception = sqlcipher3.dbapi2.OperationalError("database or disk is full")
    return made


class Laptop:
    """One laptop. A clone has the device of another one, and a name and disk of its own."""

    def __init__(self, disk: Disk, ledger: Ledger, clock: TurnableClock, device: Id, engineer: Id, randomness: Iterable[int]) -> None:
        self.disk = disk
        self.ledger = ledger
        self.clock = clock
        self.device = device
        self.engineer = engineer
        self.cloned = False
        self.unsure_of_numbers = False
        self.forked = False
        self.pruned = False
        self.peer: SyncPeer | None = None
        self._seeds = iter(randomness)
        self.open()

    @classmethod
    def disk_of(cls, folder: Path, counts: Counter[str], known: Statements) -> Disk:
        """The disk of a laptop."""
        return Disk(folder, "laptop", _full, counts, known)

    @property
    def name(self) -> str:
        """The name of its disk."""
        return self.disk.folder.name

    def open(self) -> None:
        """Start the program."""
        randomness = SeededRandomness(next(self._seeds))
        folder = self.disk.folder
        self.ids = IdSource(self.clock, randomness)
        with self._watched():
            self.replica = Replica.open(folder / REPLICA, KEY, clock=self.clock, ids=self.ids)
        self.blobs = BlobStore(folder / "blobs", KEY, randomness, reserve=0)
        self.incarnations = IncarnationFile(folder / "incarnation")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """What the program says to its database while it starts, and brings it to its own shape, are steps too."""
        real = connection.open_engine

        def watched(path: Path, key: bytes) -> sa.Engine:
            made = real(path, key)
            self.disk.watch(made)
            return made

        vars(engine)["open_engine"] = watched
        try:
            yield
        finally:
            vars(engine)["open_engine"] = real

    def close(self) -> None:
        """End the program."""
        self.replica.close()

    def revive(self) -> None:
        """The program was killed: start it on what it left."""
        self.replica.close()
        self.disk.thaw()
        self.open()

    def write(self, edit: Callable[[Pen], None]) -> Pen:
        """One transaction of a person; what it did is promised once it returned."""
        self.clock.advance(seconds=1)
        with self.replica.writing() as work:
            pen = Pen(work, self)
            edit(pen)
        self.ledger.promise(self.name, pen.entries, pen.blobs)
        self.ledger.saw |= pen.saw
        return pen

    def promises_of(self, change: Change, bases: Mapping[str, Plain]) -> list[Entry]:
        """The entries of a Change that was in the outbox when this laptop came."""
        defaults = {name: each.default for name, each in KINDS[change.kind].fields.items()}
        edits = [("", None)] if change.deleted else list(change.values().items())
        made = []
        for name, value in edits:
            seen = bases.get(name, defaults.get(name))
            made.append(Entry(self.ledger.number(), self.engineer, self.device, change.kind, change.record_id, name, value, seen))
        return made

    def round(self, peer: SyncPeer) -> RoundResult:
        """One round."""
        self.clock.advance(seconds=5)
        return run_round(self.replica, self.blobs, peer, clock=self.clock, incarnations=self.incarnations)
