"""Somebody logged in at the console of a small world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldapp.central.web.app import make_app
from tests.central.browser import Browser
from tests.central.console.visitor import Visitor
from tests.central.world import World

PASSWORD = "correct horse"


@pytest.fixture
def visitor(world: World) -> Iterator[Visitor]:
    """赵静, logged in, in Chinese."""
    world.desk.add_account("zhao", PASSWORD, shown="赵静")
    with Browser(make_app(world.service)) as browser:
        made = Visitor(browser)
        made.log_in("zhao", PASSWORD)
        yield made
