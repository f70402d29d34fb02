"""Pages of inspections on a real replica: a context with a session whose site has a checklist to fill."""

from __future__ import annotations

import pytest

from fieldapp.base.ids import Id
from fieldapp.operations.session import FieldSession
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from tests.operations.sheets import SHEET, give_earlier, give_sheet
from tests.operations.world import SmallWorld
from tests.ui.checklists.opened import Show, ctx, session, show

__all__ = ["OpenPage", "ctx", "open_page", "session", "show", "world"]

OpenPage = Show


@pytest.fixture
def world(session: FieldSession) -> SmallWorld:
    """The small world with the T1 checklist of its storage array and four earlier quarters."""
    made = SmallWorld.into(session)
    give_earlier(session, made)
    give_sheet(session, made)
    return made


@pytest.fixture
def open_page(show: Show, world: SmallWorld) -> OpenPage:
    """Open the checklist page at a key."""

    def opened(key: str = "", instance: Id = SHEET, width: int = 1084, height: int = 736) -> ChecklistPage:
        return show(instance, key, width, height)

    return opened
