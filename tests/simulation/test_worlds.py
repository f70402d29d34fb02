"""Simulated worlds: whatever happens, nothing that was saved is lost and both ends agree in the end.

The suite runs a few seeds; `python3 dev.py simulate --seeds 200` runs many and counts the faults.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.simulation.plan import Step, plan
from tests.simulation.planted import a_receipt_is_skipped
from tests.simulation.pool import run_all
from tests.simulation.run import Outcome, run_seed, run_steps, shrunk
from tests.simulation.template import Template

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
