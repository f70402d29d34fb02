"""`simulate --plants`: every planted mistake, and the seeds that show it; those that the suite begins with are not tried first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

import pytest

from fieldapp.base.errors import FieldappError
from tests.simulation.checks import Violation
from tests.simulation.plan import plan
from tests.simulation.planted import MISTAKES
from tests.simulation.run import run_seed, template
from tests.simulation.template import Template

__all__ = ["NOTICED", "SEEDS", "first_that_shows", "main", "worth_trying"]

SEEDS = 200

NOTICED = (Violation, FieldappError)
"""An invariant that does not hold, or a round that its own checks ended; anything else is no sign of a mistake."""


def worth_trying(needs: str) -> list[int]:
    """The seeds whose plan has a step, those with most of them first."""
    often = {seed: sum(step.what == needs for step in plan(seed)) for seed in range(SEEDS)}
    return sorted((seed for seed, times in often.items() if times), key=lambda seed: (-often[seed], seed))


def first_that_shows(begin: Template, mistake: Callable[[pytest.MonkeyPatch], None], seeds: list[int]) -> int | None:
    """The first of the seeds in which the mistake is noticed."""
    with pytest.MonkeyPatch.context() as patch:
        mistake(patch)
        return next((seed for seed in seeds if isinstance(run_seed(begin, seed).error, NOTICED)), None)


def _tried(begin: Template) -> Iterator[tuple[str, int | None]]:
    for mistake, shown in MISTAKES.items():
        yield mistake.__name__, first_that_shows(begin, mistake, worth_trying(shown.needs))


def main() -> int:
    """Try all of them; 1 when one is noticed in no seed."""
    logging.disable()
    began, missed = time.monotonic(), 0
    with template() as begin:
        for name, seed in _tried(begin):
            print(f"{name}: {'NOT NOTICED' if seed is None else f'seed {seed}'}", flush=True)
            missed += seed is None
    print(f"{len(MISTAKES)} mistakes, {missed} not noticed in {SEEDS} seeds, {time.monotonic() - began:.0f} s")
    return 1 if missed else 0
