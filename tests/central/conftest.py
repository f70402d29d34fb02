"""Fixtures of the central service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.central.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh centre with a little data."""
    made = World.make(tmp_path / "centre")
    yield made
    made.service.close()
