"""The program opens its window and ends in good order."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from fieldapp.base.settings import Places, Settings, save_settings
from fieldapp.ui.app import open_window, run
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Page
from fieldapp.ui.theme.style import current_theme
from fieldapp.ui.theme.tokens import Theme


def test_the_window_opens_with_the_choices_on_disk(qapp: QApplication, tmp_path: Path) -> None:
    where = Places(tmp_path)
    save_settings(where, Settings(language="en", theme="dark", text_percent=125))
    window = open_window(qapp, {"today": Page}, where=where)
    try:
        assert current_theme() == Theme("dark", 125)
        assert window.rail.buttons["today"].text() == "Today"
        assert window.page is None
    finally:
        window.ctx.background.close()


def test_the_program_runs_until_its_window_is_closed(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path))
    seen: list[str] = []

    def start(window: MainWindow) -> None:
        window.ctx.navigate("today")
        seen.append(window.host.page_name)
        QTimer.singleShot(50, window.close)

    assert run(["fieldapp"], {"today": Page}, start) == 0
    assert seen == ["today"]


class Typed(Page):
    """Saves what was typed when it is left, not at once."""

    saved: ClassVar[list[str]] = []

    def leaving(self) -> bool:
        self.run(self._save)
        return True

    def _save(self) -> None:
        time.sleep(0.1)
        self.saved.append("typed")


@pytest.mark.parametrize("how", ["close", "quit"])
def test_what_was_typed_last_is_saved_when_the_program_ends(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path))
    Typed.saved.clear()

    def start(window: MainWindow) -> None:
        window.ctx.navigate("today")
        QTimer.singleShot(50, window.close if how == "close" else qapp.quit)

    assert run(["fieldapp"], {"today": Typed}, start) == 0
    assert "typed" in Typed.saved
