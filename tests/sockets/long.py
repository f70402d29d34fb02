"""The long form in parts, each for a process of its own: trials on the line, kills, photos."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from tests.sockets.files import Carried, carry
from tests.sockets.killing import kill_by_turns
from tests.sockets.proxy import AT_REQUEST, INSTEAD, Trouble
from tests.sockets.sweep import Ground, ground

__all__ = ["KILLS_OF_A_WORLD", "TRIALS_OF_A_PART", "kills", "photos", "plan", "trials"]

Work = tuple[Trouble, str]

TRIALS_OF_A_PART = 100
KILLS_OF_A_WORLD = 20


def plan(here: Ground, every: int) -> list[Work]:
    """All trials: each `every`-th byte of a small round is cut, in both directions, and fewer of the longer ones."""
    found: list[Work] = []
    for size, coarser in (("small", 1), ("full", 8), ("whole", 8)):
        up, down, requests = here.length(size)
        step = every * coarser
        found += [(Trouble("cut_up", at), size) for at in range(0, up, step)]
        found += [(Trouble("cut_down", at), size) for at in range(0, down, step)]
        found += [(Trouble("garble_up", at), size) for at in range(1, up, 3 * step)]
        found += [(Trouble("garble_down", at), size) for at in range(1, down, 3 * step)]
        found += [(Trouble(kind, number), size) for kind in sorted(AT_REQUEST) for number in range(1, requests + 1)]
        found += [(Trouble(kind), size) for kind in ("trickle", *sorted(INSTEAD))]
    return found


def trials(some: Sequence[Work]) -> tuple[Counter[str], int, list[str]]:
    """Some trials in a process of their own: faults by kind, rounds, what failed."""
    logging.disable()
    with ground() as here:
        here.sweep(some)
        counts = Counter(here.counts)
        counts["trickle"] = sum(trouble.what == "trickle" for trouble, _ in some)
        return counts, here.rounds, here.failed


def kills(seed: int, count: int) -> tuple[Counter[str], int, list[str]]:
    """Kills of either end in a world of their own."""
    logging.disable()
    with ground() as here:
        try:
            counts = kill_by_turns(here.world(), count, seed)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what became of this world
            return Counter(), 0, [f"kills of seed {seed}: {type(fault).__name__}: {fault}"]
        return counts, counts.pop("rounds", 0), []


def photos(files: int, size: int, every: int) -> Carried:
    """Photos over a line that breaks."""
    logging.disable()
    with ground() as here:
        world = here.world()
        return carry(world, world.laptops[0], files, size, every, seed=1)
