"""A simulator that finds nothing proves nothing: mistakes planted in the test must be noticed within forty seeds."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.simulation.centre import Template
from tests.simulation.planted import MISTAKES
from tests.simulation.run import run_seed

SEEDS = 40


@pytest.mark.parametrize("mistake", list(MISTAKES), ids=lambda mistake: mistake.__name__)
def test_a_planted_mistake_is_noticed(
    begin: Template, monkeypatch: pytest.MonkeyPatch, mistake: Callable[[pytest.MonkeyPatch], None]
) -> None:
    first = 0 if os.environ.get("FIELDAPP_SIMULATE") else MISTAKES[mistake]  # the long form does not begin where it is known to show
    with monkeypatch.context() as patch:
        mistake(patch)
        found = next((seed for seed in (first, *range(SEEDS)) if run_seed(begin, seed).fault), None)
    assert found is not None, f"not noticed in {SEEDS} seeds"
