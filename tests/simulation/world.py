"""A simulated world: one centre, a few laptops, one thread, one seed; production code unchanged between them."""

from __future__ import annotations

import hashlib
import itertools
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from fieldapp.base.clock import TurnableClock
from fieldapp.base.errors import FieldappError, StorageError
from fieldapp.base.ids import Id
from fieldapp.central.rounds.horizon import note_backup
from fieldapp.central.service import DevicePeer
from fieldapp.sync.refusals import CentreRefused, CentreUnreachable
from fieldapp.sync.round import RoundResult
from fieldapp.wire.snapshot import BrokenSnapshot
from tests.simulation import checks
from tests.simulation.centre import Centre
from tests.simulation.certificates import Certificates
from tests.simulation.crash import Disk, SimulatedCrash, file_operations
from tests.simulation.laptop import Laptop
from tests.simulation.ledger import DESK, Ledger
from tests.simulation.loss import Loss
from tests.simulation.network import SimulatedPeer
from tests.simulation.plan import LAPTOPS, Fault
from tests.simulation.stick import Stick
from tests.simulation.template import START, Template

__all__ = ["World"]

ROUNDS_TO_SETTLE = 4
"""Rounds of one laptop until one is complete, once faults have stopped."""

PASSES_TO_SETTLE = 6
"""Passes over all laptops until one of them brings nothing new to anybody."""

_BEARABLE = (CentreUnreachable, CentreRefused, StorageError, BrokenSnapshot)

R = TypeVar("R")


class World:
    """Everything there is, on disks under one folder."""

    def __init__(self, folder: Path, template: Template, seed: int) -> None:
        self.folder = folder
        self.template = template
        self.counts: Counter[str] = Counter()
        self.trace: list[str] = []
        self.late: list[tuple[Id, Callable[[DevicePeer], object]]] = []
        self.ledger = Ledger()
        self.backups: dict[str, set[int]] = {}
        self.lost_with_disks = 0
        self.drawn: dict[str, int] = {}
        self.activities: dict[Id, dict[str, object]] = {}
        self.reports: dict[Id, str] = {}
        self._randomness = random.Random(seed)
        self.clock = TurnableClock(START)
        self._running: list[Disk] = []
        self.centre = Centre(Centre.disk_of(template, folder / "centre", self.counts), self.ledger, self.clock, self._seeds())
        self.stick = Stick(self)
        self.loss = Loss(self)
        self.certificates = Certificates(self)
        self.laptops: list[Laptop] = []
        for number in range(LAPTOPS):
            self.arrive(number)

    def _seeds(self) -> Iterator[int]:
        start = self._randomness.getrandbits(40)
        return (start + number for number in itertools.count())

    def arrive(self, number: int) -> Laptop | None:
        """A laptop of the template comes into this world; None when it did already."""
        folder = self.folder / f"laptop{number}"
        if folder.exists():
            return None
        shutil.copytree(self.template.folder / folder.name, folder)
        return self.add(folder, *self.template.devices[number])

    def add(self, folder: Path, device: Id, engineer: Id) -> Laptop:
        """A laptop on a folder that is there."""
        clock = TurnableClock(self.clock.now())
        disk = Laptop.disk_of(folder, self.counts, self.template.on_laptops)
        self.laptops.append(Laptop(disk, self.ledger, clock, device, engineer, self._seeds()))
        return self.laptops[-1]

    def close(self) -> None:
        """End all programs."""
        for laptop in self.laptops:
            laptop.close()
        self.centre.close()

    def pass_time(self, **span: float) -> None:
        """Time passes for all; each laptop keeps what its clock is wrong by."""
        for clock in (self.clock, *(laptop.clock for laptop in self.laptops)):
            clock.advance(**span)

    def tell(self, text: str) -> None:
        """One logical event."""
        self.trace.append(text)

    def digest(self) -> str:
        """The trace in short."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]

    # ---------------------------------------------------------------------------------------------- rounds

    def at_centre(self, device: Id, call: Callable[[DevicePeer], R]) -> R:
        """Run a call at the centre; when it dies, it is started again on what it left."""
        self._running.append(self.centre.disk)
        try:
            return call(self.centre.service.peer(device))
        except SimulatedCrash:
            self.centre.revive()
            raise
        finally:
            self._running.pop()

    def deliver_late(self) -> None:
        """Requests that the network held back arrive; nobody waits for their answers."""
        while self.late:
            device, call = self.late.pop(0)
            try:
                self.at_centre(device, call)
            except FieldappError as fault:
                self.tell(f"  late request refused {fault.code}")

    def round(
        self, laptop: Laptop, faults: tuple[Fault, ...] = (), meanwhile: Mapping[str, Callable[[], None]] = MappingProxyType({})
    ) -> RoundResult | None:
        """One round with its faults; None when it did not come to its end. `meanwhile` as in SimulatedPeer."""
        self.certificates.open_the_door(laptop)
        peer = SimulatedPeer(self, laptop.device, faults, meanwhile)
        for fault in faults:
            if fault.what.startswith(("kill_", "full_")):
                what, _, end = fault.what.partition("_")
                (laptop.disk if end == "laptop" else self.centre.disk).arm(what, fault.at)
        result = None
        self._running.append(laptop.disk)
        try:
            with file_operations(lambda: self._running[-1]):
                result = laptop.round(peer)
            ended = f"complete={result.complete} pushed={result.pushed} receipts={result.receipts} pulled={result.pulled}"
        except SimulatedCrash:
            laptop.revive()
            ended = "killed"
        except _BEARABLE as fault:
            ended = fault.code
        finally:
            self._running.pop()
            laptop.disk.disarm()
            self.centre.disk.disarm()
        self.tell(f"  round of {laptop.name} {' '.join(f'{fault.what}@{fault.at}' for fault in faults)}: {ended}")
        laptop.forked |= any(reply.state == "fork" for reply in peer.replies)
        for reply in peer.replies:
            exceptions = " ".join(f"{each.sequence}:{each.code}:{each.reason}" for each in reply.verdicts)
            self.tell(f"    {reply.state} inc {reply.incarnation} received {reply.received} cursor {reply.cursor} {exceptions}")
        checks.after_replies(self, peer.replies)
        checks.laptop(self, laptop)
        checks.centre(self)
        if result is not None and result.complete:
            if peer.replies[-1].revision == self.centre.revision():  # else somebody went on since: equal at R, which is past
                checks.agree(self, laptop)
            laptop.unsure_of_numbers = False
        return result

    def settle(self) -> None:
        """Faults stop: a bounded number of rounds later everything is settled and stays so."""
        self.deliver_late()
        self.stick.everything_arrives()
        self.loss.everything_comes_back()
        finished: dict[str, tuple[int, int]] = {}
        quiet: dict[str, tuple[int, int]] = {}
        for _ in range(PASSES_TO_SETTLE):
            before = self.centre.state()
            for laptop in self.laptops:
                if finished.get(laptop.name) == self.centre.state():  # nobody said anything since
                    checks.quiet(self, laptop)
                    quiet[laptop.name] = self.centre.state()
                else:
                    self._finish(laptop)
                    finished[laptop.name] = self.centre.state()
            if self.centre.state() == before:
                break
        else:
            raise checks.Violation("5: the laptops never come to rest")
        for laptop in self.laptops:
            if quiet.get(laptop.name) != self.centre.state():
                checks.quiet(self, laptop)
        checks.accounts(self)
        self.loss.check_voids()
        self.tell(f"settled: revision {self.centre.state()}")

    def _finish(self, laptop: Laptop) -> None:
        for _ in range(ROUNDS_TO_SETTLE):
            result = self.round(laptop)
            if result is None:
                raise checks.Violation(f"5: a round of {laptop.name} failed although there are no faults")
            if result.complete:
                return
        raise checks.Violation(f"5: no round of {laptop.name} is complete")

    # ---------------------------------------------------------------------------------------------- disks

    def backup_laptop(self, laptop: Laptop) -> None:
        """Copy a laptop's disk."""
        laptop.close()
        laptop.disk.copy_to(self._backup(laptop.name))
        laptop.open()
        self.backups[laptop.name] = self.ledger.backup(laptop.name)
        self.certificates.backup(laptop)

    def restore_laptop(self, laptop: Laptop, *, with_outside: bool) -> bool:
        """Put a laptop's disk back, with or without what stands outside of the database; without a backup make one, and False."""
        if laptop.name not in self.backups:
            self.backup_laptop(laptop)
            return False
        outside = laptop.incarnations.read()
        laptop.close()
        laptop.disk.put_back(self._backup(laptop.name))
        if not with_outside and outside:
            laptop.incarnations.write(outside)
        if with_outside:
            self.certificates.put_back(laptop)
        laptop.open()
        laptop.unsure_of_numbers, laptop.forked = True, False
        self.lost_with_disks += self.ledger.restore(laptop.name, self.backups[laptop.name], self.arrived())
        self.counts["restore_laptop"] += 1
        return True

    def clone(self, laptop: Laptop) -> None:
        """Copy a laptop's disk to another machine; both go on."""
        folder = self.folder / f"{laptop.name}-clone"
        if folder.exists():
            return
        laptop.close()
        laptop.disk.copy_to(folder)
        laptop.open()
        laptop.cloned = True
        self.ledger.disks[folder.name] = self.ledger.backup(laptop.name)
        clone = self.add(folder, laptop.device, laptop.engineer)
        self.certificates.copy(laptop, clone)
        clone.cloned, clone.pruned = True, laptop.pruned
        self.counts["clone_laptop"] += 1

    def backup_centre(self) -> None:
        """Copy the centre's folder, after the centre noted that it is done."""
        with self.centre.service.store.writing() as connection:
            note_backup(connection, self.clock.now())
        with self.centre.pause():
            self.centre.disk.copy_to(self._backup(DESK))
        self.backups[DESK] = self.ledger.backup(DESK)

    def restore_centre(self) -> bool:
        """Put the centre's folder back and begin a new epoch; without a backup make one, and False."""
        if DESK not in self.backups:
            self.backup_centre()
            return False
        with self.centre.pause():
            self.centre.disk.put_back(self._backup(DESK))
        self.centre.service.begin_epoch()
        self.loss.block_again()
        self.certificates.anew()
        self.centre.restored = True
        self.lost_with_disks += self.ledger.restore(DESK, self.backups[DESK], self.arrived())
        self.counts["restore_centre"] += 1
        return True

    def arrived(self) -> set[int]:
        """The promises that the centre holds now."""
        log = self.centre.log()
        known = {(row.device, row.change.kind, row.change.record_id, name, value) for row in log for name, value in checks.said(row)}
        held = {
            number for number, each in self.ledger.entries.items() if (each.device, each.kind, each.record, each.field, each.value) in known
        }
        return held | {number for number, digest in self.ledger.blobs.items() if self.centre.service.blobs.state(digest).complete}

    def _backup(self, name: str) -> Path:
        return self.folder / f"{name}.backup"
