"""Drives the real windows as a person would: by name, by key, by mouse."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QScrollArea, QWidget

from tests.journeys.laptop import Laptop, StepFailed

__all__ = ["Driver", "StepFailed"]

W = TypeVar("W", bound=QWidget)


class Driver(Laptop):
    """One person at one laptop."""

    def find(self, kind: type[W], name: str) -> W:
        """A control of the page by its name, visible; StepFailed when there is none."""
        found: list[W] = [each for each in self.page.findChildren(kind, name) if each.isVisible()]
        if not found:
            seen = sorted({each.objectName() for each in self.page.findChildren(QWidget) if each.objectName() and each.isVisible()})
            raise StepFailed(f"no {kind.__name__} {name!r} on {type(self.page).__name__}; there is {seen}")
        return found[0]

    def has(self, name: str) -> bool:
        """Whether a visible control of that name is on the page."""
        return any(each.isVisible() for each in self.page.findChildren(QWidget, name))

    def words(self, name: str) -> str:
        """What a visible label, button or field says."""
        widget = self.find(QWidget, name)
        said = getattr(widget, "text", None)
        return str(said()) if callable(said) else widget.accessibleName()

    def enabled(self, name: str) -> bool:
        """Whether a visible control can be used now."""
        return self.find(QWidget, name).isEnabled()

    def click(self, name: str) -> None:
        """Press a button with the mouse."""
        button = self.find(QAbstractButton, name)
        if not button.isEnabled():
            raise StepFailed(f"the button {name!r} cannot be pressed now: {button.toolTip() or button.text()!r}")
        # a tick box takes clicks on its box and words only, however wide it is
        middle = QPoint(10 if isinstance(button, QCheckBox) else button.width() // 2, button.height() // 2)
        for _ in range(20):
            self._in_view(button)
            if button.visibleRegion().contains(middle):
                break
        else:
            raise StepFailed(f"the button {name!r} cannot be reached with the mouse")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
        self.settle()

    def type(self, name: str, text: str) -> None:
        """Replace what stands in a field, key by key where it is short."""
        field = self.find(QWidget, name)
        self._in_view(field)
        field.setFocus()
        if isinstance(field, QPlainTextEdit):
            field.setPlainText(text)
        elif isinstance(field, QLineEdit):
            field.clear()
            if text.isascii():
                QTest.keyClicks(field, text)
            else:
                field.insert(text)
                field.textEdited.emit(text)
        else:
            inner = next((each for each in field.findChildren(QLineEdit) if each.isVisible()), None)
            if inner is None:
                raise StepFailed(f"{name!r} takes no text")
            inner.clear()
            QTest.keyClicks(inner, text)
        self.app.processEvents()

    def scan(self, name: str, serial: str) -> None:
        """What a USB scanner does: types a serial and presses Enter."""
        line = self.find(QLineEdit, name)
        self._in_view(line)
        line.setFocus()
        line.clear()
        QTest.keyClicks(line, serial)
        QTest.keyClick(line, Qt.Key.Key_Return)
        self.settle()

    def choose(self, name: str, data: object) -> None:
        """Choose an entry of a list by what it stands for."""
        box = self.find(QComboBox, name)
        index = box.findData(data)
        if index < 0:
            raise StepFailed(f"{name!r} offers no {data!r}")
        box.setCurrentIndex(index)
        box.activated.emit(index)
        self.settle()

    def press(self, key: Qt.Key, name: str = "") -> None:
        """Press a key, in a control or on the page."""
        QTest.keyClick(self.find(QWidget, name) if name else self.page, key)
        self.settle()

    def pass_time(self, **span: float) -> None:
        """Let time go by with somebody at the keyboard (a laptop left alone locks itself)."""
        assert self.window is not None
        self.clock.advance(**span)
        QTest.keyClick(self.window.windowHandle(), Qt.Key.Key_Shift)

    def go(self, page: str, **arguments: object) -> None:
        """Take a way that the screen offers elsewhere (rail or link)."""
        assert self.window is not None
        self.window.ctx.navigate(page, **arguments)
        self.settle()

    def rail(self, page: str) -> None:
        """Press an entry of the rail."""
        assert self.window is not None
        button = self.window.rail.buttons[page]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        self.settle()

    def _in_view(self, widget: QWidget) -> None:
        """Scroll whatever scrolls around a control until it is in sight."""
        around = widget.parentWidget()
        while around is not None:
            if isinstance(around, QScrollArea):
                around.ensureWidgetVisible(widget, 40, 60)
            around = around.parentWidget()
        self.app.processEvents()
