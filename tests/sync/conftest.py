"""What rounds are tried on: a centre, and laptops of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fieldapp.base.clock import TurnableClock
from tests.sync.laptop import START, Laptop, make_template
from tests.sync.reference import ReferenceCentre

World = Callable[..., Laptop]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty replica that laptops begin with."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def centre(request: pytest.FixtureRequest) -> ReferenceCentre:
    """A centre that sends back what the laptop sent; with the parameter False, one that does not."""
    return ReferenceCentre(TurnableClock(START), echo=getattr(request, "param", True))


@pytest.fixture
def laptop(centre: ReferenceCentre, tmp_path: Path, template: Path) -> Iterator[World]:
    """Makes laptops of that centre, and closes them."""
    made: list[Laptop] = []

    def make(seed: int = 1, clock: TurnableClock | None = None) -> Laptop:
        made.append(Laptop(tmp_path / f"laptop{seed}", centre, template, seed, clock))
        return made[-1]

    yield make
    for each in made:
        each.replica.close()
