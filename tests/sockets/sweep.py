"""One trial after another: work at both ends, a round with one fault on the line, clean rounds, all invariants."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.simulation import checks
from tests.simulation.run import template
from tests.simulation.template import Template
from tests.sockets.proxy import BadNetwork, Trouble
from tests.sockets.serving import Serving
from tests.sockets.world import SocketWorld

__all__ = ["Ground", "Length", "ground"]

TRIALS_OF_A_WORLD = 25
"""A world grows with each trial, and with it the time of the checks."""

CHECKED_EVERY = 4
"""The checks that need one more round see the trials before as well: what went wrong stays in the world."""

Length = tuple[int, int, int]
"""Bytes up, bytes down and requests of a round without faults."""


class Ground:
    """Worlds one after another on one web server behind one bad network."""

    def __init__(self, begin: Template, folder: Path) -> None:
        self.serving = Serving()
        self.network = BadNetwork(lambda: self.serving.place)
        self.rounds = 0
        self.failed: list[str] = []
        self._begin = begin
        self._folder = folder
        self._seed = 0
        self._trials = 0
        self._world: SocketWorld | None = None

    @property
    def counts(self) -> Counter[str]:
        """Faults that really happened, by kind."""
        return self.network.counts

    def close(self) -> None:
        """End everything."""
        self._leave()
        self.network.close()
        self.serving.close()

    def world(self) -> SocketWorld:
        """The present world; a new one after some trials."""
        if self._world is None or self._trials >= TRIALS_OF_A_WORLD:
            self._leave()
            self._seed += 1
            self._trials = 0
            folder = Path(tempfile.mkdtemp(dir=self._folder))
            self._world = SocketWorld(folder, self._begin, self._seed, self.serving, self.network)
            for laptop in self._world.laptops[:2]:
                self._world.finish(laptop)
        return self._world

    def forget(self) -> None:
        """The next trial begins in a new world."""
        self._trials = TRIALS_OF_A_WORLD

    def _leave(self) -> None:
        if self._world is not None:
            self.network.calm()
            self._world.close()
            shutil.rmtree(self._world.folder)
            self._world = None

    def trial(self, trouble: Trouble, size: str = "full", *, thorough: bool = True) -> str:
        """One trial; what ended the round with the fault, "" when it was complete all the same. Raises Violation.

        `size` of the round: small (a text and a photo go up), full (a little of everything, both ways), whole (a snapshot too).
        Unless `thorough`, the checks that need one more round are left to a later trial of the same world.
        """
        world = self.world()
        laptop = world.laptops[0]
        dice = random.Random(self._seed * 1000 + self._trials)
        self._trials += 1
        world.pass_time(seconds=10)
        if size == "small":
            world.work(laptop, dice.randbytes(200))
        else:
            world.work(laptop, dice.randbytes(900), dice.randbytes(300))
            world.desk_works(laptop, dice.randbytes(700))
        if size == "whole":
            world.centre.service.ask_for_the_whole(laptop.device)
        self.network.arm(trouble)
        result, ended = world.try_round(laptop)
        world.finish(laptop, thorough=thorough)
        if thorough:
            checks.accounts(world)
        self.rounds += 2 + thorough
        return ended or ("" if result is not None and result.complete else "incomplete")

    def length(self, size: str) -> Length:
        """How long such a round is when nothing goes wrong: the round itself, and a short one after it."""
        self.world()
        before = self.network.up, self.network.down, self.network.requests
        self.trial(Trouble(""), size, thorough=False)
        return self.network.up - before[0], self.network.down - before[1], self.network.requests - before[2]

    def sweep(self, troubles: Sequence[tuple[Trouble, str]]) -> None:
        """Many trials; those that fail are kept in words, and the next one begins in a new world."""
        for number, (trouble, size) in enumerate(troubles, 1):
            last = number == len(troubles) or self._trials == TRIALS_OF_A_WORLD - 1
            try:
                self.trial(trouble, size, thorough=last or self._trials % CHECKED_EVERY == CHECKED_EVERY - 1)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is what became of this trial
                self.failed.append(f"{trouble.what} at {trouble.at} of a {size} round: {type(fault).__name__}: {fault}")
                self.forget()


@contextmanager
def ground() -> Iterator[Ground]:
    """A place for trials, in memory where the system has such a place."""
    with template() as made:
        folder = Path(tempfile.mkdtemp(prefix="fieldapp-sockets-", dir=made.folder.parent))
        here = Ground(made, folder)
        try:
            yield here
        finally:
            here.close()
            shutil.rmtree(folder)
