"""Pages of inspections on a real replica: a context with a session whose site has a checklist to fill."""

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
from tests.operations.sheets import SHEET, give_earlier, give_sheet
from tests.operations.world import SmallWorld, make_session

OpenPage = Callable[..., ChecklistPage]


@pytest.fixture
def session(tmp_path: Path, background: Background) -> Iterator[FieldSession]:
    """An unlocked session on an encrypted replica; closed after the threads have come to rest."""
    made = make_session(tmp_path)
    yield made
    background.idle()
    made.close()


@pytest.fixture
def world(session: FieldSession) -> SmallWorld:
    """The small world with the T1 checklist of its storage array and four earlier quarters."""
    made = SmallWorld.into(session)
    give_earlier(session, made)
    give_sheet(session, made)
    return made


@pytest.fixture
def ctx(background: Background, session: FieldSession) -> UiContext:
    """A context that hears of what the session changes, as the window wires it."""
    made = UiContext(background, session.clock, Settings(), session=session)
    session.listen(made.announce)
    return made


@pytest.fixture
def open_page(qtbot: QtBot, ctx: UiContext, world: SmallWorld) -> OpenPage:
    """Open the checklist page at a key, shown at the size of the window's page area."""

    def show(key: str = "", instance: Id = SHEET, width: int = 1084, height: int = 736) -> ChecklistPage:
        page = ChecklistPage(ctx)
        qtbot.addWidget(page)
        page.resize(width, height)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        page.open(instance_id=instance, key=key)
        assert ctx.background.idle()
        return page

    return show
