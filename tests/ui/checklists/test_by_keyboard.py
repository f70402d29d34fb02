"""A checklist from its first question to its last with the keyboard alone, and nothing that a glove would miss."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget

from fieldapp.operations.session import FieldSession
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.widgets.tags import ChipButton
from tests.operations.sheets import SHEET, VENTS
from tests.ui.checklists.conftest import OpenPage

LEAST = 40
"""The least height in pixels of something to press."""


def here() -> QWidget:
    """Where the keyboard is."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def card_here() -> QuestionCard:
    """The question in which the keyboard is."""
    found: QWidget | None = here()
    while found is not None and not isinstance(found, QuestionCard):
        found = found.parentWidget()
    assert isinstance(found, QuestionCard)
    return found


def answer(page: ChecklistPage, key: str) -> None:
    """Answer one question by typing where the keyboard is."""
    assert page.checklist is not None
    view = page.checklist.question(key)
    typed = {"date": "2028-02-29", "datetime": "2026-11-15 02:00", "integer": "2", "decimal": "20.5"}
    if view.kind in ("select_one", "select_multiple"):
        QTest.keyClick(here(), Qt.Key.Key_1)
    else:
        QTest.keyClicks(here(), typed.get(view.kind, "ok"))
        QTest.keyClick(here(), Qt.Key.Key_Tab)
    assert page.ctx.background.idle()


def test_a_checklist_is_filled_from_end_to_end_without_a_mouse(session: FieldSession, open_page: OpenPage) -> None:
    page = open_page("/data/appearance/T1_01")
    assert page.checklist is not None
    answered: set[str] = set()
    while page.checklist.coverage.open:
        QTest.keyClick(here(), Qt.Key.Key_F8)
        key = card_here().key
        assert key not in answered, f"{key} took no answer"
        answered.add(key)
        answer(page, key)
    assert len(answered) > 30
    with session.reading() as reader:
        assert {key for key in reader.answers(SHEET) if "#" not in key} >= answered


def test_the_way_on_and_every_control_of_a_finding_is_reached_with_tab(open_page: OpenPage) -> None:
    page = open_page(VENTS)
    QTest.keyClick(here(), Qt.Key.Key_2)
    assert page.ctx.background.idle()
    reached: list[str] = []
    for _ in range(80):
        QTest.keyClick(here(), Qt.Key.Key_Tab)
        reached.append(here().objectName())
    wanted = {"finding-note", "finding-witness", "finding-fixed", "finding-left", "finding-owner", "finding-level", "finding-case"}
    missing = {name for name in wanted if page.findChild(QWidget, name) is not None} - set(reached)
    assert not missing
    assert len(wanted & set(reached)) >= 5
    assert {"next-section", "previous"} <= set(reached)


def test_nothing_to_press_is_too_small_for_a_glove(open_page: OpenPage) -> None:
    page = open_page(VENTS)
    QTest.keyClick(here(), Qt.Key.Key_2)
    assert page.ctx.background.idle()
    small = {
        f"{type(each).__name__} {each.objectName()}: {each.height()}"
        for kind in (QAbstractButton, QComboBox, QLineEdit, ChipButton)
        for each in page.findChildren(kind)
        if each.isVisible() and each.height() < LEAST and not isinstance(each.parentWidget(), QComboBox)
    }
    assert not small
