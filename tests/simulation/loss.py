"""Laptops that get lost: their safety copy on a stick, a new laptop of the same engineer that takes it over, the lost one found again."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, NamedTuple, cast

import sqlalchemy as sa

from fieldapp.base.errors import CentreError, FieldappError, StorageError
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.lost import take_over
from fieldapp.central.rounds.numbers import void_numbers
from fieldapp.operations.laptop.journal import Journal, JournalPlace, take_in
from fieldapp.operations.session import FieldSession
from fieldapp.replica.keeping.waiting import changes_waiting
from fieldapp.replica.tables import TAKEN_OVER
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.sync.refusals import DeviceRevoked
from fieldapp.wire.care import TakenOver, TakeoverRequest
from fieldapp.wire.changes import change_from_bytes, content_digest
from tests.simulation import checks
from tests.simulation.checks import demand
from tests.simulation.crash import SimulatedCrash, file_operations
from tests.simulation.laptop import Laptop
from tests.simulation.network import SimulatedPeer

if TYPE_CHECKING:
    from tests.simulation.world import World

__all__ = ["Loss", "Lost"]

_BEARABLE = (CentreError, StorageError, JournalPlace, sa.exc.OperationalError, sqlite3.OperationalError, OSError)


class Lost(NamedTuple):
    """A laptop that is blocked at the centre, and the one that took its work over."""

    laptop: Laptop
    heir: Laptop


class Loss:
    """The safety copies of a world, and what became of their laptops. `found`: those that are lost and will turn up again."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lost: list[Lost] = []
        self.found: list[Lost] = []
        self._sticks = world.folder / "safety"
        self._sticks.mkdir()
        self._tries = 0

    def _session(self, laptop: Laptop) -> FieldSession:
        """As much of a session as the safety copy asks for."""
        self._tries += 1
        key = hashlib.sha256(b"journal " + laptop.device.encode()).digest()
        identity = SimpleNamespace(courier_key=self.world.centre.service.sealing.public, device=laptop.device, engineer=laptop.engineer)
        session = SimpleNamespace(
            vault=SimpleNamespace(journal_key=key, identity=identity),
            randomness=SeededRandomness(self._tries),
            replica=laptop.replica,
            reading=laptop.replica.reading,
            blobs=laptop.blobs,
            line_turn=threading.RLock(),
            journal_turn=file_operations(lambda: laptop.disk),
            announce=lambda kinds: None,
        )
        return cast("FieldSession", session)

    def _stick(self, laptop: Laptop) -> Path:
        folder = self._sticks / laptop.name
        folder.mkdir(exist_ok=True)
        return folder

    # ------------------------------------------------------------------------------------------------ the copy

    def keep(self, laptop: Laptop) -> bool:
        """The stick is there for a moment: the copy catches up, unless the program is killed or the disk full. Whether it did."""
        try:
            journal = Journal(self._session(laptop), self._stick(laptop))
            if not journal.files.begun:
                journal.begin()
            written = journal.catch_up()
        except SimulatedCrash:
            laptop.revive()
            self.world.tell("  killed")
            return False
        except _BEARABLE as fault:
            self.world.tell(f"  {type(fault).__name__}")
            return False
        finally:
            laptop.disk.disarm()
        self.world.tell(f"  {written} entries in the safety copy")
        self.world.counts["safety_copy"] += 1
        return True

    # ------------------------------------------------------------------------------------------------ lost, and taken over

    def lose(self, laptop: Laptop, dice: random.Random) -> None:
        """A laptop is gone; its engineer gets another one, which takes over what the copy holds. Not one that was cloned."""
        world = self.world
        place = world.template.spares.get(laptop.engineer)
        heir = None if place is None or laptop.cloned else world.arrive(place)
        if heir is None:
            return
        if dice.random() < 0.6:
            self.keep(laptop)
        laptop.close()
        world.laptops.remove(laptop)
        world.counts["lost_laptop"] += 1
        lost = Lost(laptop, heir)
        self.lost.append(lost)
        if (self._sticks / laptop.name).exists():
            self._take_over(lost, dice)
            if dice.random() < 0.5:
                self._carry(heir, dice)
        else:
            world.centre.service.revoke(laptop.device)
        if dice.random() < 0.5:
            self.found.append(lost)
        else:
            self._give_up(laptop)

    def _carry(self, heir: Laptop, dice: random.Random) -> None:
        """What was taken over goes to the centre in a courier's file; the answer is taken in at once, or lies about until later."""
        stick = self.world.stick
        with heir.replica.reading() as reader:
            waits = sa.select(sa.func.count()).select_from(TAKEN_OVER).where(TAKEN_OVER.c.verdict.is_(None))
            self.world.counts["taken_over_carried"] += int(reader.connection.execute(waits).scalar_one() > 0)
        stick.write(heir)
        for files, handle in ((stick.out, stick.hand_over), (stick.back, lambda each: stick.take(heir, each))):
            mine = [each for each in files if each.device == heir.device]
            if not mine or dice.random() < 0.2:
                return
            handle(mine[-1])

    def _give_up(self, laptop: Laptop) -> None:
        self.world.lost_with_disks += self.world.ledger.restore(laptop.name, set(), self.world.arrived())

    def _take_over(self, lost: Lost, dice: random.Random | None = None) -> None:
        """Take the copy in, once with what may go wrong, then again without."""
        world, heir = self.world, lost.heir
        if dice is not None and dice.random() < 0.5:
            end = dice.choice((heir.disk, world.centre.disk))
            end.arm(dice.choice(("kill", "full")), dice.randint(1, 12))
            self._try(lost)
        told = self._try(lost)
        demand(told != "", f"1: the safety copy of {lost.laptop.name} cannot be taken over")
        state = world.centre.service.device(lost.laptop.device).state
        demand(state == "revoked", f"3: {lost.laptop.name} was taken over and is not blocked")
        self._note_what_moved(lost)
        world.counts["taken_over"] += 1

    def _try(self, lost: Lost) -> str:
        """What the program says; empty when it was killed, refused or had no room."""
        heir, centre = lost.heir, self.world.centre

        def ask(request: TakeoverRequest) -> TakenOver:
            return self.world.at_centre(heir.device, lambda _: take_over(centre.service, heir.device, request))

        try:
            with file_operations(lambda: heir.disk):
                taken = take_in(self._session(heir), self._stick(lost.laptop), cast("HttpPeer", SimpleNamespace(take_over=ask)))
        except SimulatedCrash:
            if heir.disk.dead:
                heir.revive()
            told = ""
        except _BEARABLE as fault:
            self.world.tell(f"  {type(fault).__name__}")
            told = ""
        else:
            told = f"{taken.changes} changes, {taken.blobs} blobs, {taken.missing} missing"
        finally:
            heir.disk.disarm()
            centre.disk.disarm()
        self.world.tell(f"  taken over from {lost.laptop.name}: {told}")
        checks.laptop(self.world, heir)
        return told

    def _note_what_moved(self, lost: Lost) -> None:
        """The promises of the lost disk that the new one holds now."""
        ledger = self.world.ledger
        with lost.heir.replica.reading() as reader:
            rows = reader.connection.execute(sa.select(TAKEN_OVER.c.device, TAKEN_OVER.c.data)).all()
        said = set()
        for row in rows:
            change = change_from_bytes(row.data)
            edits = [("", None)] if change.deleted else list(change.values().items())
            said |= {(row.device, change.kind, change.record_id, name, value) for name, value in edits}
        moved = {
            number
            for number in ledger.disks.get(lost.laptop.name, ())
            if (each := ledger.entries.get(number)) and (each.device, each.kind, each.record, each.field, each.value) in said
        }
        moved |= {n for n in ledger.disks.get(lost.laptop.name, ()) if n in ledger.blobs and lost.heir.blobs.has(ledger.blobs[n])}
        ledger.disks.setdefault(lost.heir.name, set()).update(moved)

    # ------------------------------------------------------------------------------------------------ found again

    def find(self, lost: Lost) -> None:
        """A lost laptop turns up: it is refused, and what is only on it is carried to the other one."""
        self.found.remove(lost)
        self.world.counts["found_again"] += 1
        laptop = lost.laptop
        laptop.open()
        try:
            self._is_refused(laptop)
            demand(self.keep(laptop), f"1: no safety copy of {laptop.name} can be written")
            self._take_over(lost)
            self._nothing_left_behind(lost)
        finally:
            laptop.close()
        self._give_up(laptop)

    def _is_refused(self, laptop: Laptop) -> None:
        before = self.world.centre.state()
        try:
            laptop.round(SimulatedPeer(self.world, laptop.device))
        except DeviceRevoked as fault:
            self.world.tell(f"  {laptop.name} {fault.code}")
        except FieldappError as fault:
            raise checks.Violation(f"3: {laptop.name} is blocked and was told {fault.code}") from fault
        else:
            raise checks.Violation(f"3: {laptop.name} is blocked and was served")
        demand(self.world.centre.state() == before, f"3: {laptop.name} is blocked and changed something")

    def _nothing_left_behind(self, lost: Lost) -> None:
        """1: all that waits on a laptop that was found is on the one that took it over, or at the centre."""
        with lost.laptop.replica.reading() as reader:
            waiting = {content_digest(each.data) for each in changes_waiting(reader.connection, set())}
        with lost.heir.replica.reading() as reader:
            there = {content_digest(row[0]) for row in reader.connection.execute(sa.select(TAKEN_OVER.c.data))}
        there |= {content_digest(row.data) for row in self.world.centre.log() if row.device == lost.laptop.device}
        demand(waiting <= there, f"1: {len(waiting - there)} Changes are only on {lost.laptop.name}, which was taken over")

    # ------------------------------------------------------------------------------------------------ at the centre

    def block_again(self) -> None:
        """A centre that was put back may have forgotten who is blocked; its operator blocks them again."""
        for lost in self.lost:
            if self.world.centre.service.device(lost.laptop.device).state != "revoked":
                self.world.centre.service.revoke(lost.laptop.device, taken_by=lost.heir.device)

    def everything_comes_back(self) -> None:
        """Whatever will be found is found; then: no number that stands on paper is told as void."""
        while self.found:
            self.find(self.found[0])

    def check_voids(self) -> None:
        """3: no number that somebody printed, and did not lose with the disk, is called void."""
        with self.world.centre.service.store.reading() as connection:
            ranges = void_numbers(connection)
        for number, entry in self.world.drawn.items():
            void = any(each.first <= number <= each.last and len(each.first) == len(number) for each in ranges)
            demand(not (void and entry in self.world.ledger.entries), f"3: number {number} stands on paper and is told as void")
