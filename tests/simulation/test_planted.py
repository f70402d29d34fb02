"""A simulator that finds nothing proves nothing: mistakes planted in the test must be noticed within 200 seeds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from fieldapp.base.errors import FieldappError
from tests.simulation.checks import Violation
from tests.simulation.plan import plan
from tests.simulation.planted import MISTAKES
from tests.simulation.run import run_seed
from tests.simulation.template import Template

SEEDS = 200

NOTICED = (Violation, FieldappError)
"""An invariant that does not hold, or a round that its own checks ended; anything else is no sign of this mistake."""


def _count(seed: int, what: str) -> int:
    return sum(step.what == what for step in plan(seed))


@pytest.mark.parametrize("mistake", list(MISTAKES), ids=lambda mistake: mistake.__name__)
def test_a_planted_mistake_is_noticed(
    begin: Template, monkeypatch: pytest.MonkeyPatch, mistake: Callable[[pytest.MonkeyPatch], None]
) -> None:
    shown = MISTAKES[mistake]
    worth = sorted((seed for seed in range(SEEDS) if _count(seed, shown.needs)), key=lambda seed: (-_count(seed, shown.needs), seed))
    if not os.environ.get("FIELDAPP_SIMULATE"):
        worth.insert(0, shown.seed)  # the long form does not begin where it is known to show
    with monkeypatch.context() as patch:
        mistake(patch)
        found = next((seed for seed in worth if isinstance(run_seed(begin, seed).error, NOTICED)), None)
    assert found is not None, f"not noticed in {SEEDS} seeds"
