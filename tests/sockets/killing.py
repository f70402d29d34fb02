"""A laptop's program and the central service as processes of their own; one of them is killed at a moment that a seed decides.

The parent hears what the laptop saved, edits at the desk meanwhile, and judges at the end by what was promised.
"""

from __future__ import annotations

import logging
import multiprocessing
import random
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock, moment_text
from fieldapp.base.errors import CentreError, StorageError, SyncError
from fieldapp.base.ids import Id, SeededRandomness
from fieldapp.replica.tables import OUTBOX
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.wire.changes import change_from_bytes
from tests.simulation import checks
from tests.simulation.crash import Statements
from tests.simulation.laptop import Laptop, Pen
from tests.simulation.ledger import Entry, Ledger
from tests.simulation.template import START
from tests.sockets.world import PATIENCE, Key, SocketWorld, work

__all__ = ["kill_by_turns"]

_WAYS: Any = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
_WAYS.set_forkserver_preload(["fieldapp.central.cli", "fieldapp.central.web.app", "uvicorn", "tests.sockets.killing"])

SOON = 60.0
"""Seconds until a process must have started."""


class _Machine(NamedTuple):
    """What a laptop's process is given."""

    folder: Path
    device: Id
    engineer: Id
    key: int
    address: str
    seed: int
    since: float
    unsure: tuple[Entry, ...]


def run_laptop(machine: _Machine, pipe: Connection) -> None:
    """The program of a laptop until it is killed: edits and rounds. Tells: ("was", found), "ready", ("about", entries, blobs) before
    a commit, "saved" after it, "round" and "over".
    """
    logging.disable()
    clock = TurnableClock(START + timedelta(seconds=machine.since))
    disk = Laptop.disk_of(machine.folder, Counter(), Statements())
    dice = random.Random(machine.seed)
    laptop = Laptop(disk, Ledger(), clock, machine.device, machine.engineer, iter(lambda: dice.getrandbits(60), -1))
    pipe.send(("was", _is_there(laptop, machine.unsure)))
    peer = HttpPeer(
        machine.address,
        Key(machine.key),
        machine.device,
        clock=clock,
        randomness=SeededRandomness(machine.seed),
        pause=lambda seconds: time.sleep(seconds / 10),
        timeouts=PATIENCE,
    )
    pipe.send("ready")
    turn = 0
    while True:
        for _ in range(dice.randint(0, 2)):
            turn += 1
            token = f"k{machine.seed}.{turn}"
            photo = dice.randbytes(dice.choice((0, 900, 40_000, 200_000)))
            work(laptop, token, photo, dice.randbytes(300), told=lambda pen: pipe.send(("about", *_told(pen))))
            pipe.send("saved")
        pipe.send("round")
        with suppress(SyncError, StorageError, CentreError):
            laptop.round(peer)
        pipe.send("over")


def _told(pen: Pen) -> tuple[list[Entry], list[str]]:
    return pen.entries, pen.blobs


def _is_there(laptop: Laptop, unsure: tuple[Entry, ...]) -> bool:
    """Whether the save that was under way when the program was killed came to its end."""
    if not unsure:
        return False
    with laptop.replica.reading() as reader:
        for data in reader.connection.execute(sa.select(OUTBOX.c.data)).scalars():
            change = change_from_bytes(data)
            if any(change.record_id == each.record and change.values().get(each.field) == each.value for each in unsure):
                return True
    return False


def run_centre(folder: Path, port: int, now: str) -> None:
    """The central service as a company runs it."""
    from fieldapp.central.cli import main

    with (folder.parent / "centre.log").open("a", encoding="utf-8") as log:
        sys.stdout = sys.stderr = log
        sys.exit(main(["serve", "--data", str(folder), "--port", str(port), "--now", now]))


class _Run:
    """Two processes, and what is known of them."""

    def __init__(self, world: SocketWorld, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.laptop = world.laptops[0]
        self._began = time.monotonic()
        self._seed = (seed + 1) * 100_000  # never that of the world: nonces are remembered across restarts
        self._unsure: tuple[list[Entry], list[str]] | None = None
        self._in_round = False
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = int(free.getsockname()[1])
        self.centre = self._start_centre()
        self.program, self.pipe = self._start_laptop()

    def _since(self) -> float:
        return time.monotonic() - self._began

    def _start_centre(self) -> Any:
        now = moment_text(START + timedelta(minutes=5, seconds=self._since()))
        process = _WAYS.Process(target=run_centre, args=(self.world.centre.disk.folder, self._port, now), daemon=True)
        process.start()
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1):
                return process
            time.sleep(0.02)
        raise AssertionError("the centre does not start")

    def _start_laptop(self) -> tuple[Any, Connection]:
        self._seed += 1
        unsure = tuple(self._unsure[0]) if self._unsure else ()
        address = f"http://127.0.0.1:{self._port}"
        key = self.world.keys[self.laptop.device].number
        machine = _Machine(
            self.laptop.disk.folder, self.laptop.device, self.laptop.engineer, key, address, self._seed, self._since(), unsure
        )
        ours, theirs = _WAYS.Pipe(duplex=False)
        process = _WAYS.Process(target=run_laptop, args=(machine, theirs), daemon=True)
        process.start()
        theirs.close()
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            if ours.poll(0.1) and self._hear(ours.recv()) == "ready":
                return process, ours
        raise AssertionError("the laptop does not start")

    def _hear(self, said: Any) -> str:
        if said[0] == "was":
            if said[1]:
                self.counts["saves that were under way and stand"] += 1
                self._promise()
            self._unsure = None
            return "was"
        if said[0] == "about":
            self._unsure = said[1], said[2]
            return "about"
        if said == "saved":
            self._promise()
        if said in ("round", "over"):
            self.counts["rounds"] += said == "over"
            self._in_round = said == "round"
        return str(said)

    def _promise(self) -> None:
        if self._unsure is not None:
            entries = [replace(each, number=self.world.ledger.number()) for each in self._unsure[0]]
            self.world.ledger.promise(self.laptop.name, entries, self._unsure[1])
            self.counts["saves"] += 1
        self._unsure = None

    def _listen(self, seconds: float) -> None:
        """Hear what the laptop says for so long; to the end of what it said when it is dead."""
        until = time.monotonic() + seconds
        with suppress(EOFError, OSError):
            while (left := until - time.monotonic()) > 0 or self.pipe.poll(0):
                if self.pipe.poll(max(0.0, left)):
                    self._hear(self.pipe.recv())

    def turn(self, victim: str) -> None:
        """Let both work for a moment, and kill one of them."""
        self._listen(self.dice.uniform(0.01, 0.7))
        # no edit by reading and saving the whole: the laptop's own edits come in between, from another process
        self.world.desk_works(self.laptop, self.dice.randbytes(self.dice.choice((0, 30_000))), edit=False)
        self._listen(self.dice.uniform(0.0, 0.2))
        if victim == "laptop":
            self._end_laptop()
            self.program, self.pipe = self._start_laptop()
        else:
            self.counts["centre killed within a round"] += self._in_round
            _kill(self.centre)
            self.centre = self._start_centre()
        self.counts[f"{victim} killed"] += 1

    def _end_laptop(self) -> None:
        _kill(self.program)
        self._listen(0)
        self.pipe.close()
        self.counts["laptop killed within a round"] += self._in_round
        self._in_round = False

    def end(self) -> None:
        """Kill both for good; what the laptop was about to save is looked up on its disk."""
        self._end_laptop()
        _kill(self.centre)
        self.laptop.open()
        if self._unsure is not None and _is_there(self.laptop, tuple(self._unsure[0])):
            self._promise()


def _kill(process: Any) -> None:
    process.kill()
    process.join()
    process.close()


def kill_by_turns(world: SocketWorld, kills: int, seed: int) -> Counter[str]:
    """Kill each end so many times; afterwards nothing is lost, nothing is doubled, chains verify, and a second round changes nothing."""
    for laptop in world.laptops[:1]:
        world.finish(laptop)
        laptop.close()
    run = _Run(world, seed)
    victims = ["laptop", "centre"] * kills
    run.dice.shuffle(victims)
    try:
        for victim in victims:
            run.turn(victim)
    finally:
        run.end()
    world.back()
    world.finish(world.laptops[0])
    checks.accounts(world)
    return run.counts
