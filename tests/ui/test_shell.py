"""The whole desktop: every page by name, opened on a real replica as the program starts it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.base.clock import TurnableClock
from fieldapp.base.settings import Places
from fieldapp.ui.app import open_window
from fieldapp.ui.frame.rail import PLACES
from fieldapp.ui.shell import PAGES, start
from tests.operations.world import MORNING, SmallWorld, make_session


def settle(window: QWidget) -> None:
    """Wait until nothing is under way."""
    for _ in range(3):
        QApplication.processEvents()
        assert window.ctx.background.idle()  # type: ignore[attr-defined]
    QApplication.processEvents()


def test_every_place_of_the_rail_has_its_page() -> None:
    assert {place.page for place in PLACES} <= set(PAGES)
    assert {"enrol", "unlock", "settings", "search", "visit", "case", "checklist", "swap", "upgrade", "report", "signoff"} <= set(PAGES)


def test_a_new_profile_starts_with_enrolling(qapp: QApplication, tmp_path: Path) -> None:
    window = open_window(qapp, PAGES, clock=TurnableClock(MORNING), where=Places(tmp_path / "new"))
    start(window)
    window.show()
    settle(window)
    assert window.host.is_bare
    assert type(window.page).__name__ == "EnrolPage"
    assert not window.rail.isVisible()
    window.ctx.background.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_opens_on_a_real_replica(qapp: QApplication, tmp_path: Path, language: str) -> None:
    session = make_session(tmp_path)
    world = SmallWorld.into(session)
    window = open_window(qapp, PAGES, clock=TurnableClock(MORNING), where=session.places)
    window.ctx.choose(language=language)
    window.ctx.session = session
    said: list[str] = []
    window.ctx.noticed.connect(lambda notice: said.append(notice.text.read("en")))
    window.show()
    pages = {
        "visit": {"visit_id": world.repair_visit},
        "case": {"case_id": world.case},
        "search": {"text": "控制器"},
        "swap": {"case_id": world.case, "visit_id": world.repair_visit, "asset_id": world.storage},
        "upgrade": {"order_id": world.order},
    }
    for name in (*(place.page for place in PLACES), *pages, "settings"):
        window.ctx.navigate(name, **pages.get(name, {}))
        settle(window)
        assert window.host.page_name == name
        assert window.windowTitle().endswith("fieldapp")
        assert window.page is not None
        assert window.page.heading()
    assert said == []
    window.ctx.background.close()
    session.close()
