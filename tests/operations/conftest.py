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
def field_session(tmp_path: Path) -> Iterator[FieldSession]:
    """A session whose replica holds nothing but number blocks; its clock stands at 2026-11-23 08:00 in Shanghai."""
    session = make_session(tmp_path)
    yield session
    session.close()


@pytest.fixture
def world(field_session: FieldSession) -> SmallWorld:
    """The small world, put into the session's replica."""
    return SmallWorld.into(field_session)


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
