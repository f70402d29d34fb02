"""Customer mode with the keyboard alone: everything but the strokes themselves, which a hand must draw."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from fieldapp.operations.session import FieldSession
from fieldapp.ui.documents.signoff_page import SignoffPage
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.widgets.signature import SignaturePad
from tests.operations.paperwork import certified_repair
from tests.operations.world import SmallWorld, make_session
from tests.ui.documents.showing import child, open_page, settle, window_on
from tests.ui.gallery import draw_stroke

LEAST = 40
"""The least height in pixels of something to press."""
WAVE = [(60.0 + 8 * i, 90 + 30 * ((-1) ** (i // 3)) * (i % 3) / 2) for i in range(20)]


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FieldSession]:
    made = make_session(tmp_path_factory.mktemp("keyboard"))
    yield made
    made.close()


@pytest.fixture
def page(qapp: QApplication, session: FieldSession) -> Iterator[SignoffPage]:
    """Customer mode on a certified service report, in the window that has the keyboard."""
    report = certified_repair(session, SmallWorld.into(session))
    with window_on(session) as window:
        window.activateWindow()
        settle(window)
        made = open_page(window, "signoff", report_id=report)
        assert isinstance(made, SignoffPage)
        yield made


def tab_to(page: SignoffPage, name: str) -> QWidget:
    """Walk with Tab until the keyboard is in a control of that name."""
    for _ in range(80):
        where = QApplication.focusWidget()
        assert where is not None
        if where.objectName() == name:
            return where
        QTest.keyClick(where, Qt.Key.Key_Tab)
    raise AssertionError(f"{name} is not reached with Tab")


def window_of(page: SignoffPage) -> MainWindow:
    """The window around the page."""
    window = page.window()
    assert isinstance(window, MainWindow)
    return window


def test_a_customer_is_named_signs_and_rates_without_a_mouse(page: SignoffPage) -> None:
    window = window_of(page)
    QTest.keyClick(tab_to(page, "contact_陈敏"), Qt.Key.Key_Space)
    settle(window)
    assert child(page, QLineEdit, "sign_name").text() == "陈敏"
    for name in ("sign_name", "sign_department", "sign_phone", "remarks", "pad"):
        tab_to(page, name)
    draw_stroke(child(page, SignaturePad, "pad"), WAVE)
    for name in ("clear_strokes", "undo_stroke"):
        tab_to(page, name)
    QTest.keyClick(tab_to(page, "confirm_sign"), Qt.Key.Key_Space)
    settle(window)
    assert page.side.currentWidget() is page.rating
    for name in ("content_satisfied", "quality_very_satisfied", "solution_neutral"):
        QTest.keyClick(tab_to(page, name), Qt.Key.Key_Space)
    QTest.keyClick(tab_to(page, "rating_submit"), Qt.Key.Key_Space)
    settle(window)
    assert page.side.currentWidget() is page.end


def test_the_keyboard_never_leaves_the_report_of_the_customer(page: SignoffPage) -> None:
    window = window_of(page)
    for _ in range(60):
        where = QApplication.focusWidget()
        assert where is not None
        assert page.isAncestorOf(where), where
        QTest.keyClick(where, Qt.Key.Key_Tab)
    for keys in (Qt.Key.Key_1, Qt.Key.Key_K):
        QTest.keyClick(page, keys, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    assert window.page is page


def test_nothing_to_press_is_too_small_for_a_glove(page: SignoffPage) -> None:
    small = {
        f"{each.objectName()}: {each.height()}"
        for kind in (QAbstractButton, QLineEdit)
        for each in page.findChildren(kind)
        if each.isVisible() and each.height() < LEAST
    }
    assert not small
