"""A simulator that finds nothing proves nothing: mistakes planted in the test must be noticed within 200 seeds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.planted import MISTAKES
from tests.simulation.plants import SEEDS, first_that_shows, worth_trying
from tests.simulation.template import Template


@pytest.mark.parametrize("mistake", list(MISTAKES), ids=lambda mistake: mistake.__name__)
def test_a_planted_mistake_is_noticed(begin: Template, mistake: Callable[[pytest.MonkeyPatch], None]) -> None:
    """The suite begins with a seed that is known to show it; `python3 dev.py simulate --plants` does not."""
    shown = MISTAKES[mistake]
    assert first_that_shows(begin, mistake, [shown.seed, *worth_trying(shown.needs)]) is not None, f"not noticed in {SEEDS} seeds"
