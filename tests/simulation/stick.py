"""Files that are carried between laptops and centre: written, handed over, taken in, in any order, twice, late, or by the wrong one."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from fieldapp.base.errors import CentreError, StorageError, SyncError
from fieldapp.base.ids import Id, SeededRandomness
from fieldapp.central.courier import take_parcel
from fieldapp.sync.courier import CourierKeys, take_answer, write_out
from tests.simulation import checks
from tests.simulation.crash import SimulatedCrash, file_operations
from tests.simulation.laptop import Laptop

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Carried", "Stick"]

_BEARABLE = (SyncError, CentreError, StorageError, sa.exc.OperationalError, sqlite3.OperationalError, OSError)


class Carried(NamedTuple):
    """A file on its way, and whose it is."""

    device: Id
    path: Path


class Stick:
    """All the files that are on their way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.out: list[Carried] = []
        self.back: list[Carried] = []
        self._folder = world.folder / "stick"
        self._folder.mkdir()
        self._files = 0

    def keys_of(self, laptop: Laptop) -> CourierKeys:
        """What a laptop seals and opens with."""
        signer, centre = self.world.certificates.of(laptop), self.world.centre.service
        private = hashlib.sha256(laptop.device.encode()).digest()
        return CourierKeys(laptop.device, signer, private, centre.sealing.public, (centre.authority.ca.der,))

    def _path(self, ending: str) -> Path:
        self._files += 1
        return self._folder / f"{self._files}-{ending}.courier"

    def write(self, laptop: Laptop) -> None:
        """A laptop writes what waits into a file."""
        path, randomness = self._path("out"), SeededRandomness(self._files)

        def work() -> None:
            done = write_out(
                laptop.replica,
                laptop.blobs,
                path,
                self.keys_of(laptop),
                clock=laptop.clock,
                randomness=randomness,
                incarnations=laptop.incarnations,
            )
            self.world.tell(f"  file {path.name}: {done.pushed} changes, {done.blobs_sent} blobs")
            self.out.append(Carried(laptop.device, path))

        self._try(laptop, work)

    def hand_over(self, carried: Carried) -> None:
        """The centre takes a file and answers with another one; killed on the way, it has answered nothing."""
        answer = self._path("back")
        service = self.world.centre.service

        def work() -> None:
            done = take_parcel(service, carried.path, answer)
            self.world.tell(f"  answer {answer.name}: {done.changes} changes, {done.news} news")
            self.back.append(Carried(carried.device, answer))

        self._try(None, work)

    def take(self, laptop: Laptop, carried: Carried) -> None:
        """A laptop takes an answer in, perhaps that of another one."""

        def work() -> None:
            done = take_answer(
                laptop.replica,
                laptop.blobs,
                carried.path,
                self.keys_of(laptop),
                clock=laptop.clock,
                incarnations=laptop.incarnations,
            )
            self.world.tell(f"  taken {carried.path.name}: {done.result.receipts} receipts, {done.result.pulled} rows, {done.outgrown}")

        self._try(laptop, work)

    def _try(self, laptop: Laptop | None, work: Callable[[], None]) -> None:
        """Do what may be refused, or killed; then look whether all is well."""
        disk = self.world.centre.disk if laptop is None else laptop.disk
        try:
            with file_operations(lambda: disk):
                work()
        except SimulatedCrash:
            self.world.tell("  killed")
            (self.world.centre if laptop is None else laptop).revive()
        except _BEARABLE as fault:
            self.world.tell(f"  {getattr(fault, 'code', type(fault).__name__)}")
        finally:
            disk.disarm()
        if laptop is not None:
            checks.laptop(self.world, laptop)
        checks.centre(self.world)

    def damage(self, carried: Carried, dice: random.Random) -> None:
        """A stick that loses a byte, or the end of a file; the good file is still there."""
        broken = self._path("broken")
        shutil.copyfile(carried.path, broken)
        data = bytearray(broken.read_bytes())
        place = dice.randrange(len(data))
        if dice.random() < 0.5:
            data[place] ^= 1 << dice.randrange(8)
        else:
            del data[place:]
        broken.write_bytes(bytes(data))
        self.world.counts["damaged_file"] += 1
        if carried in self.out:
            self.hand_over(Carried(carried.device, broken))
            return
        for laptop in [each for each in self.world.laptops if each.device == carried.device][:1]:  # it may have got lost
            self.take(laptop, Carried(carried.device, broken))

    def everything_arrives(self) -> None:
        """Whatever is still under way comes in late, in the wrong order."""
        for carried in reversed(self.out):
            self.hand_over(carried)
        for carried in reversed(self.back):
            for laptop in self.world.laptops:
                if laptop.device == carried.device:
                    self.take(laptop, carried)
        self.out, self.back = [], []
