"""The sketched screens, drawn in both languages and themes: nothing is cut, everything has a name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget

from fieldapp.base.settings import Settings
from fieldapp.ui.theme.tokens import DARK, LIGHT
from fieldapp.ui.widgets.tags import Tag
from fieldapp.ui.widgets.texts import Text
from tests.ui.gallery import SHOWN, gallery_window, save_gallery


@pytest.mark.parametrize(
    "chosen",
    [Settings(), Settings(language="en", theme="dark")],
    ids=["zh-light", "en-dark"],
)
def test_the_sketched_screens_are_drawn(qapp: QApplication, tmp_path: Path, chosen: Settings) -> None:
    pictures = save_gallery(tmp_path, chosen)
    assert len(pictures) == len(SHOWN) + 1
    colours = DARK if chosen.theme == "dark" else LIGHT
    for path in pictures:
        image = QImage(str(path))
        assert (image.width(), image.height()) == (1280, 800)
        assert image.pixelColor(1274, 790).name().upper() == colours.background
        assert len({image.pixel(x, y) for x in range(0, 1280, 7) for y in range(0, 800, 7)}) > 40


def cut(widget: QWidget) -> str:
    """What is cut in a widget: its words, or nothing."""
    if isinstance(widget, Text):
        if widget.wordWrap():
            return widget.text() if widget.height() < widget.heightForWidth(widget.width()) else ""
        return widget.text() if widget.width() < widget.sizeHint().width() - 1 else ""
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text() if widget.width() < widget.minimumSizeHint().width() else ""
    if isinstance(widget, Tag):
        small = widget.width() < widget.sizeHint().width() and not widget.toolTip()
        return widget.text if small else ""
    return ""


@pytest.mark.parametrize("percent", [100, 150])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_in_the_smallest_window(qapp: QApplication, language: str, percent: int) -> None:
    window = gallery_window(Settings().chosen(language=language, text_percent=percent))
    window.resize(1024, 700)
    window.show()
    try:
        for name in SHOWN:
            window.ctx.navigate(name)
            for _ in range(4):
                QApplication.processEvents()
            page = window.page
            assert page is not None
            found = [words for w in page.findChildren(QWidget) if w.isVisible() and (words := cut(w))]
            assert found == [], name
            assert page.scroll_area is not None
            assert page.scroll_area.horizontalScrollBar().maximum() == 0, name
        assert (window.width(), window.height()) == (1024, 700)
    finally:
        window.ctx.background.close()
        window.close()
        window.deleteLater()


def test_every_control_of_the_screens_has_a_name_or_words(qapp: QApplication) -> None:
    window = gallery_window(Settings())
    window.show()
    try:
        for name in SHOWN:
            window.ctx.navigate(name)
            page = window.page
            assert page is not None
            controls = [w for w in page.findChildren(QAbstractButton) if w.focusPolicy() != Qt.FocusPolicy.NoFocus]
            assert controls
            for control in controls:
                if control.isVisible():
                    assert control.accessibleName() or control.text(), (name, control)
                    assert not isinstance(control, QLineEdit | QPlainTextEdit)
    finally:
        window.ctx.background.close()
        window.close()
        window.deleteLater()
