"""A checklist page on a real replica, opened as the window opens it: the one place for tests of checklists and of their editors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.base.ids import Id
from fieldapp.base.settings import Settings
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.page import UiContext
from tests.operations.world import make_session

__all__ = ["Show", "ctx", "session", "show"]

Show = Callable[..., ChecklistPage]


@pytest.fixture
def session(tmp_path: Path, background: Background) -> Iterator[FieldSession]:
    """An unlocked session on an encrypted replica; closed after the threads have come to rest."""
    made = make_session(tmp_path)
    yield made
    background.idle()
    made.close()


@pytest.fixture
def ctx(background: Background, session: FieldSession) -> UiContext:
    """A context that hears of what the session changes, as the window wires it."""
    made = UiContext(background, session.clock, Settings(), session=session)
    session.listen(made.announce)
    return made


@pytest.fixture
def show(qtbot: QtBot, ctx: UiContext) -> Show:
    """Open a checklist at a key in a page of its own, shown at the size of the window's page area, as after a start of the program."""

    def opened(instance: Id, key: str = "", width: int = 1084, height: int = 736) -> ChecklistPage:
        page = ChecklistPage(ctx)
        qtbot.addWidget(page)
        page.resize(width, height)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow, timeout=30_000)
        page.open(instance_id=instance, key=key)
        assert ctx.background.idle()
        return page

    return opened
