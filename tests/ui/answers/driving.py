"""What tests of editors do: find the editor of a question, press keys where the cursor is, look at what is saved."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from fieldapp.operations.session import FieldSession
from fieldapp.ui.answers.editor import Editor
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.checklists.question_card import QuestionCard
from tests.ui.answers.sheet import EDITORS

__all__ = ["card_at", "click", "editor_at", "here", "part", "press", "row", "switch", "typed"]

E = TypeVar("E", bound=Editor)
W = TypeVar("W", bound=QWidget)


def card_at(page: ChecklistPage, place: str) -> QuestionCard:
    """The card of a question, built if it was waiting; its section is opened."""
    key = f"/data/{place}"
    assert page.checklist is not None
    found = page.checklist.place(key)
    assert found is not None, key
    card = page.frame.cards.build_to(key)
    if card is None:
        page._open_section(found.section)
        card = page.frame.cards.build_to(key)
    assert card is not None
    page._focus(key)
    return card


def editor_at(page: ChecklistPage, place: str, kind: type[E]) -> E:
    """The editor of a question, with the cursor in it."""
    editor = card_at(page, place).editor
    assert isinstance(editor, kind), type(editor).__name__
    return editor


def part(owner: QWidget, kind: type[W], name: str) -> W:
    """A widget by its type and name."""
    found = owner.findChild(kind, name)
    assert found is not None, name
    return found


def here() -> QWidget:
    """Where the keyboard is."""
    found = QApplication.focusWidget()
    assert found is not None
    return found


def press(*keys: Qt.Key, alt: bool = False) -> None:
    """Press keys where the cursor is."""
    held = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
    for key in keys:
        QTest.keyClick(here(), key, held)


def typed(text: str) -> None:
    """Type a text where the cursor is; what no key has comes as from an input method."""
    for letter in text:
        if letter.isascii() and letter.isprintable():
            QTest.keyClicks(here(), letter)
        else:
            event = QInputMethodEvent()
            event.setCommitString(letter)
            QApplication.sendEvent(here(), event)


def click(widget: QWidget, at: QPoint | None = None) -> None:
    """Press a widget with the mouse, in its middle or at a point."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at or widget.rect().center())


def row(page: ChecklistPage, session: FieldSession, place: str) -> str:
    """What stands in the replica, once all is saved; empty when nothing does."""
    page.leaving()
    assert page.ctx.background.idle()
    with session.reading() as reader:
        return reader.answers(EDITORS).get(f"/data/{place}", "")


def switch(page: ChecklistPage, language: str) -> None:
    """Switch the language as the top bar does."""
    from fieldapp.ui.theme.style import locale_of

    page.ctx.choose(language=language)
    page.setLocale(locale_of(page.ctx.language))
    assert page.ctx.background.idle()
