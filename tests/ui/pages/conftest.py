"""Sessions and windows for the tests of the everyday pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from fieldapp.operations.session import FieldSession
from tests.operations.world import SmallWorld, make_session
from tests.ui.pages.staging import Desktop, MakeDesktop


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


@pytest.fixture
def make_desktop(field_session: FieldSession, qapp: QApplication) -> Iterator[MakeDesktop]:
    """Makes windows on the session."""
    made: list[Desktop] = []

    def make(**chosen: object) -> Desktop:
        made.append(Desktop(field_session, **chosen))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def desktop(world: SmallWorld, make_desktop: MakeDesktop) -> Desktop:
    """A window on the small world."""
    return make_desktop()
