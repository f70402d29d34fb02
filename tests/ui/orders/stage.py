"""A page in front of a person: opened, pressed, read."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from fieldapp.base.clock import TurnableClock
from fieldapp.base.settings import Settings
from fieldapp.operations.session import FieldSession
from fieldapp.ui.background import Background
from fieldapp.ui.page import Page, UiContext
from fieldapp.ui.theme.style import locale_of
from fieldapp.ui.widgets.cards import Banner
from fieldapp.ui.widgets.tags import Tag
from tests.operations.world import local

W = TypeVar("W", bound=QWidget)


class Stage:
    """One page at a time; remembers where it led and what it said."""

    def __init__(self, qtbot: QtBot, background: Background, session: FieldSession) -> None:
        self.qtbot, self.session = qtbot, session
        self.ctx = UiContext(background, session.clock, Settings(), session=session)
        session.listen(self.ctx.announce)
        self.led: list[tuple[str, dict[str, object]]] = []
        self.said: list[str] = []
        self.ctx.navigated.connect(lambda page, arguments: self.led.append((page, arguments)))
        self.ctx.noticed.connect(lambda notice: self.said.append(notice.text.read("en")))
        self.page: Page = Page(self.ctx)

    def open(self, page: type[Page], width: int = 1084, height: int = 736, **arguments: object) -> Page:
        """Show a page at the size of the window's page area."""
        self.page = page(self.ctx)
        self.qtbot.addWidget(self.page)
        self.page.resize(width, height)
        self.page.show()
        self.page.open(**arguments)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until nothing is under way and everything is drawn."""
        for _ in range(3):
            QApplication.processEvents()
            assert self.ctx.background.idle()
        QApplication.processEvents()

    def turn(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """Turn the clock to a time of the day in Shanghai."""
        clock = self.session.clock
        assert isinstance(clock, TurnableClock)
        clock.set(local(hour, minute, days))

    def speak(self, language: str) -> None:
        """Switch the language of the screen."""
        self.ctx.choose(language=language)
        QLocale.setDefault(locale_of(self.ctx.language))
        QApplication.sendEvent(self.page, QEvent(QEvent.Type.LocaleChange))
        self.settle()

    def find(self, kind: type[W], name: str) -> W:
        """A control of that name that can be seen."""
        found = [each for each in self.page.findChildren(kind, name) if each.isVisible()]
        assert found, f"no {name} on {type(self.page).__name__}"
        return found[0]

    def sees(self, name: str) -> bool:
        """Whether a control of that name can be seen."""
        return any(each.isVisible() for each in self.page.findChildren(QWidget, name))

    def press(self, name: str) -> None:
        """Press a button and wait for what it does."""
        button = self.find(QAbstractButton, name)
        assert button.isEnabled(), f"{name} rests"
        button.click()
        self.settle()

    def type(self, name: str, text: str, *, enter: bool = False) -> None:
        """Type into a field, as a person or a scanner does."""
        field = self.find(QWidget, name)
        if isinstance(field, QPlainTextEdit):
            field.setPlainText(text)
            return
        assert isinstance(field, QLineEdit)
        field.selectAll()
        if text.isascii():
            QTest.keyClicks(field, text)
        else:  # as an input method commits it
            field.setText(text)
            field.textEdited.emit(text)
        if enter:
            QTest.keyClick(field, Qt.Key.Key_Return)

    def words(self) -> str:
        """Everything that can be read on the page."""
        found = []
        for each in self.page.findChildren(QWidget):
            if not each.isVisible():
                continue
            if isinstance(each, QLabel | QAbstractButton | Tag):
                found.append(each.text if isinstance(each, Tag) else each.text())
            elif isinstance(each, Banner):
                found.append(each.accessibleName())
        return "\n".join(found)
