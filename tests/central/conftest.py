"""Fixtures of the central service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.world import World


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre with a little data, to be copied."""
    made = World.make(tmp_path_factory.mktemp("template") / "centre")
    made.service.close()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> Iterator[World]:
    """A fresh centre with a little data."""
    made = template.copied(tmp_path / "centre")
    yield made
    made.service.close()
