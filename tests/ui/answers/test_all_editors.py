"""What holds for every editor: large enough for a glove, a name for who cannot see it, nothing wider than the page, drawn in all looks."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QListView, QPlainTextEdit, QSlider, QWidget

from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.theme.style import apply_theme
from fieldapp.ui.theme.tokens import Theme
from tests.journeys.editors import ANSWERS, draw
from tests.operations.world import SmallWorld
from tests.ui.answers.conftest import OpenAt
from tests.ui.answers.driving import switch

LEAST = 40
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QListView, QPlainTextEdit, QSlider)


def controls(owner: QWidget) -> list[QWidget]:
    """What can be pressed or typed into, and is shown."""
    found: list[QWidget] = [each for kind in CONTROLS for each in owner.findChildren(kind)]
    return [each for each in found if each.isVisible() and not isinstance(each.parentWidget(), QComboBox)]


@pytest.mark.parametrize(("language", "percent"), [("zh", 100), ("en", 150)])
def test_every_control_is_large_enough_named_and_inside_the_page(qapp: QApplication, open_at: OpenAt, language: str, percent: int) -> None:
    page = open_at("ranges/plain")
    page.ctx.choose(text_percent=percent)
    apply_theme(qapp, Theme("light", percent))
    switch(page, language)
    page.resize(800, 640)
    assert page.checklist is not None
    for key, text in ANSWERS.items():
        page.pen.answer(key, text)
    for at, section in enumerate(page.checklist.sections):
        page._open_section(at)
        page.frame.cards.after("", -1)
        for _ in range(3):
            assert page.ctx.background.idle()
            QApplication.processEvents()
        assert page.frame.questions.horizontalScrollBar().maximum() == 0, section.key
        seen = controls(page.frame.cards)
        assert seen
        for each in seen:
            what = f"{section.key} {type(each).__name__} {each.objectName()} {each.height()}"
            assert each.height() >= LEAST, what
            words = each.text() if isinstance(each, QAbstractButton) else ""
            assert each.accessibleName() or words, what
            right = each.mapTo(page.frame.cards, each.rect().topRight()).x()
            assert right <= page.frame.cards.width(), what
    page.leaving()
    assert page.ctx.background.idle()


def test_every_editor_is_drawn_in_both_themes_and_languages(qapp: QApplication, session: FieldSession, background: Background) -> None:
    names = []
    for name, picture in draw(session, SmallWorld.into(session), background, looks=(("zh", "light"), ("en", "dark"))):
        names.append(name)
        image = picture.toImage().convertToFormat(QImage.Format.Format_RGB32)
        shades = set(memoryview(image.constBits()).cast("I")[::23])
        assert len(shades) > 20, name
    assert len(set(names)) == len(names) == 3 * 7
    apply_theme(qapp, Theme())
