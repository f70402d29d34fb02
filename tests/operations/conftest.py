"""An unlocked session on a real, encrypted replica with a small world in it: one customer, one site, the work of a day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fieldapp.operations.session import FieldSession
from tests.central.world import World
from tests.operations.firm import Firm
from tests.operations.world import SmallWorld, make_session


@pytest.fixture
def field_session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FieldSession]:
    """A session at 2026-11-23 08:00 in Shanghai; its replica holds number blocks, and the small world for a test that asks for it."""
    session = make_session(tmp_path, filled="world" in request.fixturenames)
    yield session
    session.close()


@pytest.fixture
def world(field_session: FieldSession) -> SmallWorld:
    """The small world in the session's replica."""
    return SmallWorld.named()


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre with two engineers, to be copied."""
    made = World.make(tmp_path_factory.mktemp("centre") / "centre")
    made.service.close()
    return made


@pytest.fixture
def firm(centre: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Firm]:
    """A copy of the centre; laptops enrol at it."""
    made = Firm(tmp_path / "laptops", centre.copied(tmp_path / "centre"), monkeypatch)
    yield made
    made.close()
