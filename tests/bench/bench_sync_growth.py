"""Does an evening cost more on a laptop that holds more? W2 and W3 with 10 thousand, 100 thousand and a million rows.

Each row stands beside that of the smallest replica. The million takes minutes to fill: named only (ROWS=10000,100000 for others).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Measure
from tests.bench.sync.centre import fill
from tests.bench.sync.data import ACTIVITIES, ANSWERS, CASES
from tests.bench.sync.world import Step, SyncWorld

LONG = True
TURNS = 3


def run() -> Iterator[Measure]:
    """For each size: the first sync, then the least of three evenings of 3,300 Changes and of rounds with nothing new."""
    first: dict[str, Step] = {}
    for rows in (int(each) for each in os.environ.get("ROWS", "10000,100000,1000000").split(",")):
        with tempfile.TemporaryDirectory(prefix="sync-growth-") as name:
            folder = Path(name)
            data = fill(folder / "centre", rows / (CASES + ACTIVITIES + ANSWERS), empty=60 * TURNS)
            with SyncWorld.opened(folder, [person.id for person in data.people]) as world:
                steps = grown(world)
        for step, done in steps.items():
            known = first.setdefault(step, done)
            for end in ("client", "server"):
                reference = getattr(known, end) if done is not known else None
                yield Measure("sync-growth", f"{rows:,} rows: {step}, {end}", getattr(done, end), "s CPU", reference)


def grown(world: SyncWorld) -> dict[str, Step]:
    """The steps of one size."""
    world.enrol("a")
    steps = {"W1": world.round("a")}
    evenings, nothing = [], []
    for _ in range(TURNS):
        world.step("day", "a")
        evenings.append(world.round("a"))
        nothing.append(world.step("rounds", "a", world.url))
    steps["W2"] = min(evenings, key=lambda step: step.client + step.server)
    steps["W3"] = min(nothing, key=lambda step: step.client + step.server)
    return steps
