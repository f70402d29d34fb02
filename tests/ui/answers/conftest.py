"""The form of all editors on a real replica, opened in the checklist page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from fieldapp.base.settings import Settings
from fieldapp.domain.customers import SiteRule
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.page import UiContext
from tests.operations.world import SmallWorld, give, make_session
from tests.ui.answers.sheet import EDITORS, give_editors

OpenAt = Callable[..., ChecklistPage]


@pytest.fixture
def session(tmp_path: Path, background: Background) -> Iterator[FieldSession]:
    """An unlocked session; closed after the threads have come to rest."""
    made = make_session(tmp_path)
    yield made
    background.idle()
    made.close()


@pytest.fixture
def world(session: FieldSession) -> SmallWorld:
    """A site that forbids neither photos nor files, with the form."""
    made = SmallWorld.into(session)
    give_editors(session, made)
    with session.reading() as reader:
        rules = reader.find(SiteRule, site_id=made.site)
    give(session, *(replace(each, verdict="allowed") for each in rules))
    return made


@pytest.fixture
def ctx(background: Background, session: FieldSession) -> UiContext:
    """A context that hears of what the session changes, as the window wires it."""
    made = UiContext(background, session.clock, Settings(), session=session)
    session.listen(made.announce)
    return made


@pytest.fixture
def open_at(qtbot: QtBot, ctx: UiContext, world: SmallWorld) -> OpenAt:
    """Open the form at a question (`ranges/plain`) in a page of its own, as after a start of the program."""

    def show(place: str, instance: str = EDITORS) -> ChecklistPage:
        page = ChecklistPage(ctx)
        qtbot.addWidget(page)
        page.resize(1084, 736)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        page.open(instance_id=instance, key=f"/data/{place}")
        assert ctx.background.idle()
        return page

    return show
