"""Pages of spares and changes on a real replica with the small world in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from tests.operations.world import SmallWorld, make_session
from tests.ui.orders.stage import Stage


@pytest.fixture
def session(request: pytest.FixtureRequest, tmp_path: Path, background: Background) -> Iterator[FieldSession]:
    """An unlocked session on an encrypted replica; closed after the threads have come to rest."""
    made = make_session(tmp_path, filled="world" in request.fixturenames)
    yield made
    background.idle()
    made.close()


@pytest.fixture
def world(session: FieldSession) -> SmallWorld:
    """The small world in the session's replica."""
    return SmallWorld.named()


@pytest.fixture
def stage(qtbot: QtBot, background: Background, session: FieldSession) -> Stage:
    """Opens pages on the session and presses what is on them."""
    return Stage(qtbot, background, session)
