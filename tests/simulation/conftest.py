"""The beginning of all worlds, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.run import template
from tests.simulation.template import Template


@pytest.fixture(scope="session")
def begin() -> Iterator[Template]:
    """A closed centre and empty replicas, to be copied."""
    with template() as made:
        yield made
