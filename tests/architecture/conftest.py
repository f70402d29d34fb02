"""What the rules read of the source is let go when they are done: a million nodes would slow all collections of garbage after them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.architecture.source import modules


@pytest.fixture(scope="package", autouse=True)
def _let_go() -> Iterator[None]:
    """The syntax trees."""
    yield
    modules.cache_clear()
