"""Run seeds: a world for each, its trace, and for one that fails the shortest list of steps that still fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.actions import take
from tests.simulation.crash import SimulatedCrash
from tests.simulation.plan import Step, plan
from tests.simulation.template import Template, make_template
from tests.simulation.world import World

__all__ = ["Outcome", "run_seed", "run_steps", "shrunk", "template"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one world: the fault that was found ("" for none), its trace, the trace's digest, and what was injected."""

    seed: int
    steps: Sequence[Step]
    fault: str
    trace: tuple[str, ...]
    digest: str
    counts: Counter[str]
    error: BaseException | None = None


def _room() -> str | None:
    """Where worlds are made: in memory where the system has such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def template() -> Iterator[Template]:
    """The beginning of all worlds."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-world-", dir=_room()))
    try:
        yield make_template(folder)
    finally:
        shutil.rmtree(folder)


def run_seed(begin: Template, seed: int) -> Outcome:
    """The world of a seed."""
    return run_steps(begin, seed, plan(seed))


def run_steps(begin: Template, seed: int, steps: Sequence[Step]) -> Outcome:
    """A world with these steps."""
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-world-", dir=_room()))
    world = World(folder, begin, seed)
    error: BaseException | None = None
    try:
        for step in steps:
            take(world, step)
        world.settle()
    except (Exception, SimulatedCrash) as fault:  # noqa: BLE001 - whatever it is, it is what became of this world
        error = fault
    finally:
        world.close()
        shutil.rmtree(folder)
    told = "" if error is None else f"{type(error).__name__}: {error}"
    return Outcome(seed, tuple(steps), told, tuple(world.trace), world.digest(), world.counts, error)


def shrunk(begin: Template, failed: Outcome, limit: int = 150) -> Outcome:
    """The outcome with chunks of steps left out as long as it still fails; at most `limit` worlds are tried."""
    best, chunk = failed, max(1, len(failed.steps) // 2)
    while chunk and limit > 0:
        start = 0
        while start < len(best.steps) and limit > 0:
            limit -= 1
            tried = run_steps(begin, failed.seed, [*best.steps[:start], *best.steps[start + chunk :]])
            if tried.fault:
                best = tried
            else:
                start += chunk
        chunk //= 2
    return best
