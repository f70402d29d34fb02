"""Simulated worlds: whatever happens, nothing that was saved is lost and both ends agree in the end.

The suite runs a few seeds; `python3 dev.py simulate --seeds 200` runs many and counts the faults.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulation.crash import SimulatedCrash
from tests.simulation.plan import Fault, Step, plan
from tests.simulation.planted import a_receipt_is_skipped
from tests.simulation.pool import run_all
from tests.simulation.run import Outcome, run_seed, run_steps, shrunk
from tests.simulation.template import Template
from tests.simulation.world import World

SEEDS = range(200 if os.environ.get("FIELDAPP_SIMULATE") else 6)


def _told(outcome: Outcome) -> str:
    return "\n".join((*outcome.trace, f"seed {outcome.seed}: {outcome.fault}"))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_seed_breaks_an_invariant(begin: Template, seed: int) -> None:
    outcome = run_seed(begin, seed)
    assert not outcome.fault, _told(shrunk(begin, outcome))


def test_the_same_seed_gives_the_same_trace_in_another_process(begin: Template) -> None:
    (told,) = run_all(7, 1, 1)
    outcome = run_seed(begin, 7)
    assert told.trace == outcome.trace
    assert told.digest == outcome.digest != run_steps(begin, 7, outcome.steps[:-1]).digest


def test_faults_of_every_sort_are_planned() -> None:
    kinds = Counter(step.what for seed in range(60) for step in plan(seed))
    assert min(kinds.values()) > 5
    assert {"restore_laptop", "restore_centre", "clone_laptop", "turn_clock", "killed_save", "late", "lose_laptop", "renew"} <= kinds.keys()


def test_a_failing_seed_is_shrunk_to_a_few_steps(begin: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    a_receipt_is_skipped(monkeypatch)
    rounds = [Step("round", 0, dice) for dice in range(3)]
    steps = [Step("desk_note", 0, 5), *rounds, Step("desk_edit", 0, 4), Step("answer", 0, 1), Step("desk_note", 0, 6)]
    failed = run_steps(begin, 0, steps)
    assert failed.fault
    short = shrunk(begin, failed, limit=12)
    assert short.fault
    assert len(short.steps) < 4
    assert short.steps[-1].what == "answer"


def test_a_centre_does_not_die_of_being_looked_at_by_the_world(begin: Template, tmp_path: Path) -> None:
    with closing(World(tmp_path, begin, 0)) as world:
        world.centre.disk.arm("kill", 1)
        world.certificates.open_the_door(world.laptops[0])
        assert not world.counts["kill_centre"]
        with pytest.raises(SimulatedCrash):
            world.centre.state()
        world.centre.revive()


def test_a_round_within_a_round_meets_a_centre_that_dies_at_any_statement(begin: Template, tmp_path: Path) -> None:
    """The centre dies in either of them; no laptop is taken for the one that died."""
    with closing(World(tmp_path, begin, 0)) as world:
        first, second = world.laptops[:2]

        def other_round() -> None:
            world.round(second)

        for at in range(1, 40):
            world.round(first, (Fault("other_round", 1), Fault("kill_centre", at)), {"other_round": other_round})
        assert world.counts["kill_centre"] > 10
        assert world.counts["other_round"] > 10
        world.settle()
