"""The form of all editors on a real replica, opened in the checklist page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fieldapp.domain.customers import SiteRule
from fieldapp.operations.session import FieldSession
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from tests.operations.world import SmallWorld, give
from tests.ui.answers.sheet import EDITORS, give_editors
from tests.ui.checklists.opened import Show, ctx, session, show

__all__ = ["OpenAt", "ctx", "open_at", "session", "show", "world"]

OpenAt = Show


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
def open_at(show: Show, world: SmallWorld) -> OpenAt:
    """Open the form at a question (`ranges/plain`)."""

    def opened(place: str, instance: str = EDITORS) -> ChecklistPage:
        return show(instance, f"/data/{place}")

    return opened
