"""What the tests of screens stand on: a Python that Qt cannot bring down, one theme, a window that ends its threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.base.clock import TurnableClock, moment_from_text
from fieldapp.base.settings import Settings
from fieldapp.ui.background import Background
from fieldapp.ui.collector import Collector
from fieldapp.ui.immortals import make_immortal
from fieldapp.ui.page import UiContext
from fieldapp.ui.theme.style import apply_theme, locale_of
from fieldapp.ui.theme.tokens import Theme

make_immortal()


class PatientBot(QtBot):
    """Waits as long as a disk may take that others write to as well: what comes about late came about."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 30_000) -> None:
        """As pytest-qt's, with more patience where a test names none (milliseconds)."""
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """The bot of every test of screens."""
    return PatientBot(request)


@pytest.fixture(autouse=True)
def _fresh_screen(qapp: QApplication) -> Iterator[None]:
    """Begin every test with the light theme in Chinese, and let go after it what it put on the screen.

    No thread of a test collects garbage: a widget found dead on another thread than the screen's ends the process.
    """
    collector = Collector(qapp)
    QLocale.setDefault(locale_of("zh"))
    if qapp.property("fieldappTheme") != Theme():
        apply_theme(qapp, Theme())
    yield
    for widget in qapp.topLevelWidgets():
        widget.hide()
        widget.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    collector.look()
    collector.give_back()
    collector.deleteLater()


@pytest.fixture
def clock() -> TurnableClock:
    """A clock that stands at a moment of a working day."""
    return TurnableClock(moment_from_text("2026-11-23T02:42:17Z"))


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    """Threads that are ended with the test."""
    made = Background()
    yield made
    made.close()


@pytest.fixture
def make_context(background: Background, clock: TurnableClock) -> Callable[[Settings], UiContext]:
    """Make a context with choices that stay in memory."""
    return lambda settings: UiContext(background, clock, settings)


@pytest.fixture
def ctx(make_context: Callable[[Settings], UiContext]) -> UiContext:
    """A context with the choices of a new laptop: Chinese, light, 100 %."""
    return make_context(Settings())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what Qt complains of fail a test of screens; what the platform without a screen says of itself is no complaint."""
    for item in items:
        if "/tests/ui/" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", extend=True))
