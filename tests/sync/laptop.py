"""A laptop for tests of rounds: a real replica on a real file, a blob store, and a peer."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.records import KINDS, Plain, to_plain
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.connection import open_engine
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import recomputed_digest
from fieldapp.replica.tables import STATE
from fieldapp.sync.incarnation import IncarnationFile
from fieldapp.sync.round import RoundResult, run_round
from tests.sync.reference import Key, LossyPeer, ReferenceCentre

KEY = bytes(range(32))
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


def make_template(folder: Path) -> Path:
    """An empty replica to copy: the migrations run once for all laptops of a session."""
    clock = TurnableClock(START)
    ids = IdSource(clock, SeededRandomness(0))
    path = folder / "template.db"
    Replica.create(path, KEY, clock=clock, ids=ids, device=ids.new(), engineer=ids.new(), incarnation=1).close()
    return path


class Laptop:
    """One engineer's laptop; `folder` is its disk."""

    def __init__(self, folder: Path, centre: ReferenceCentre, template: Path, seed: int = 1, clock: TurnableClock | None = None) -> None:
        self.folder = folder
        self.centre = centre
        self.clock = clock or TurnableClock(START)
        self.randomness = SeededRandomness(seed)
        self.ids = IdSource(self.clock, self.randomness)
        self.device: Id = self.ids.new()
        self.engineer: Id = self.ids.new()
        folder.mkdir(parents=True, exist_ok=True)
        for ending in ("", ".check"):
            shutil.copyfile(template.with_name(template.name + ending), folder / f"replica.db{ending}")
        engine = open_engine(folder / "replica.db", KEY)
        with engine.begin() as connection:
            connection.execute(sa.update(STATE).values(device=self.device, engineer=self.engineer))
        engine.dispose()
        self.replica = Replica.open(folder / "replica.db", KEY, clock=self.clock, ids=self.ids)
        self.blobs = BlobStore(folder / "blobs", KEY, self.randomness, reserve=0)
        self.incarnations = IncarnationFile(folder / "incarnation")
        self.peer = LossyPeer(centre)
        self.may_differ = False

    def round(self, fault: Callable[[str], bool] | None = None) -> RoundResult:
        """One round; `fault` as in LossyPeer."""
        self.peer = LossyPeer(self.centre, fault)
        try:
            return run_round(self.replica, self.blobs, self.peer, clock=self.clock, incarnations=self.incarnations)
        finally:
            # the digests mend what went wrong, so a mistake of ours would not show in the end: it shows here
            differed = any(reply.agrees is False for _, reply in self.peer.exchanges)
            assert self.may_differ or not differed, "the digests of both ends differed"

    def finish(self, limit: int = 4) -> RoundResult:
        """Rounds until one is complete; fails when there are too many."""
        for _ in range(limit):
            result = self.round()
            if result.complete:
                return result
        raise AssertionError(f"no complete round in {limit}: {result}")

    def save(self, record: Any) -> Any:
        """Save one record in a transaction of its own."""
        self.clock.advance(seconds=1)
        with self.replica.writing() as work:
            return work.save(record)

    def case(self, **fields: Any) -> Case:
        """A new case, saved."""
        saved: Case = self.save(Case(id=self.ids.new(), **fields))
        return saved

    def answer(self, instance: Id, **values: str | None) -> None:
        """Answers of a form, keys without their beginning."""
        self.clock.advance(seconds=1)
        with self.replica.writing() as work:
            work.answer(instance, {f"/data/{key}": value for key, value in values.items()})

    def reopen(self) -> None:
        """Close and open the program."""
        self.replica.close()
        self.replica = Replica.open(self.folder / "replica.db", KEY, clock=self.clock, ids=self.ids)

    def copy_to(self, folder: Path, *, outside: bool = True) -> None:
        """A backup of the disk; `outside`: with what lies beside the database too."""
        self.replica.close()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        if not outside:
            (folder / "incarnation").unlink(missing_ok=True)
        self.reopen()

    def restore(self, folder: Path) -> None:
        """Put a backup back; what the backup does not hold stays."""
        self.replica.close()
        for ending in ("-wal", "-shm"):
            (self.folder / f"replica.db{ending}").unlink(missing_ok=True)
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        self.reopen()

    def shown(self) -> dict[Key, dict[str, Plain]]:
        """All that is shown: plain values by kind and id, nulls aside, answers among the fields."""
        found: dict[Key, dict[str, Plain]] = {}
        with self.replica.reading() as reader:
            for kind in KINDS.values():
                some = f'SELECT 1 FROM "{kind.name}" LIMIT 1'
                if reader.connection.exec_driver_sql(some).first() is None:
                    continue
                for record in reader.find(kind.record):
                    values = to_plain(record)
                    if kind.open_policy:
                        values |= reader.answers(record.id)
                    found[kind.name, record.id] = {name: value for name, value in values.items() if value is not None}
        return found

    def sound(self) -> None:
        """What must hold at every moment: the kept digest is the true one, and every row has a Change or comes from the centre."""
        with self.replica.reading() as reader:
            state = reader.sync_state()
            assert recomputed_digest(reader.connection) == state.scope_digest
            for kind in KINDS:
                unsaid = (
                    f'SELECT COUNT(*) FROM "{kind}" t WHERE row_digest IS NULL AND NOT EXISTS '
                    "(SELECT 1 FROM pending p WHERE p.kind = ? AND p.record_id = t.id)"
                )
                found = reader.connection.exec_driver_sql(unsaid, (kind,)).scalar_one()
                assert found == 0, f"F15: a {kind} was saved and no Change says so"


def at_centre(centre: ReferenceCentre) -> dict[Key, dict[str, Plain]]:
    """What every laptop should show after a finished round."""
    shown: dict[Key, dict[str, Plain]] = {}
    for (kind, record_id), stored in centre.in_scope().items():
        if kind in KINDS:
            values: dict[str, Plain] = {name: each.default for name, each in KINDS[kind].fields.items()}
            values |= {name: value for name, value in stored.values.items() if name in values or name.startswith("/")}
            shown[kind, record_id] = {name: value for name, value in values.items() if value is not None}
    return shown
