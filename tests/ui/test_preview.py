"""The preview of a workbook: the checklist page alone in a window; what is typed is seen and nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.base.settings import Places, resource
from fieldapp.operations.authoring.rehearsal import Rehearsal, rehearse
from fieldapp.ui.app import open_window
from fieldapp.ui.preview import PreviewPage, show_rehearsal
from tests.operations.world import MORNING


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    with rehearse(resource("forms/T7.xlsx"), Places(tmp_path / "profile"), "zh", TurnableClock(MORNING), SeededRandomness(1)) as made:
        yield made


def test_a_workbook_is_filled_in_a_window_of_its_own(qtbot: QtBot, qapp: QApplication, rehearsal: Rehearsal, tmp_path: Path) -> None:
    window = open_window(qapp, {"checklist": PreviewPage}, clock=rehearsal.session.clock, where=rehearsal.session.places)
    qtbot.addWidget(window)
    try:
        show_rehearsal(window, rehearsal)
        window.show()
        assert window.ctx.background.idle()
        page = window.page
        assert isinstance(page, PreviewPage)
        assert page.checklist is not None
        assert window.host.is_bare
        assert [section.title.zh for section in page.checklist.sections] == ["节日保障", "系统与备件准备"]
        key = "/data/readiness/T7_04"
        page.pen.answer(key, "abnormal")
        assert window.ctx.background.idle()
        with rehearsal.session.reading() as reader:
            assert reader.answers(rehearsal.instance_id)[key] == "abnormal"
        page._open_section(1)
        assert page.frame.next.text() == "回到第一节"
        page.frame.next.click()
        assert window.ctx.background.idle()
        assert page._section == 0, "behind the last section the first one comes again"
    finally:
        window.hand_on()
        window.ctx.background.close()
    assert not (tmp_path / "profile").exists()
