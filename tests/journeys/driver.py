"""Drives the real windows as a person would - by name, by key, by mouse - and keeps a transcript, pictures and checks."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QMessageLogContext, QPoint, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from fieldapp.base.clock import TurnableClock
from fieldapp.base.settings import Places
from fieldapp.ui.app import open_window
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.none_guard import guard_none
from fieldapp.ui.page import Notice, Page
from fieldapp.ui.shell import PAGES, Shell

__all__ = ["Driver", "StepFailed"]

W = TypeVar("W", bound=QWidget)
PATIENCE_S = 30.0


class StepFailed(Exception):
    """A control is missing or rests, or something did not come about in time."""


@dataclass
class Driver:
    """One person at one laptop. `clock` is the laptop's; pictures go to `out`, numbered."""

    out: Path
    places: Places
    clock: TurnableClock
    pictures: int = 0
    failures: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        guard_none()
        qInstallMessageHandler(self._qt_says)
        app = QApplication.instance()
        self.app = app if isinstance(app, QApplication) else QApplication(["fieldapp"])
        self.window: MainWindow | None = None
        self.shell: Shell | None = None
        self.out.mkdir(parents=True, exist_ok=True)

    def _qt_says(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        """Whatever Qt warns of is a fault of ours, except what the offscreen platform says of itself."""
        if kind == QtMsgType.QtDebugMsg or "propagateSizeHints" in text:
            return
        self.failures.append(f"Qt: {text}")
        self.say(f"  FAIL Qt said: {text}")

    # -- the laptop

    def open_laptop(self) -> None:
        """Start the desktop on this profile, as its command does."""
        self.window = open_window(self.app, PAGES, clock=self.clock, where=self.places)
        self.window.ctx.noticed.connect(self._notice)
        self.shell = Shell(self.window)
        self.shell.start()
        self.window.show()
        self.settle()

    def close_laptop(self) -> None:
        """End the desktop as closing its window does."""
        assert self.window is not None
        assert self.shell is not None
        self.window.ctx.background.close()
        self.shell.close()
        self.window.hide()
        self.window.deleteLater()
        self.app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        self.window = self.shell = None

    @property
    def page(self) -> Page:
        """The page a person sees now."""
        assert self.window is not None
        page = self.window.page
        if page is None:
            raise StepFailed("no page is open")
        return page

    @property
    def session(self) -> Any:
        """The unlocked session, for checks against the replica."""
        assert self.window is not None
        return self.window.ctx.session

    @property
    def window_is_bare(self) -> bool:
        """Whether a page stands alone, without rail and bar."""
        return self.window is not None and self.window.host.is_bare

    def _notice(self, notice: Notice) -> None:
        self.notices.append(notice.text.read("en"))
        self.say(f"    notice: {notice.text.read('en')}")

    # -- what a person does

    def settle(self, patience: float = PATIENCE_S) -> None:
        """Wait until nothing is under way and everything is drawn."""
        assert self.window is not None
        for _ in range(3):
            self.app.processEvents()
            if not self.window.ctx.background.idle(int(patience * 1000)):
                raise StepFailed("something in the background did not come to its end")
            self.app.processEvents()

    def wait(self, what: str, condition: Callable[[], bool], patience: float = PATIENCE_S) -> None:
        """Wait for something to come about."""
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                raise StepFailed(f"in vain: {what}; notices: {self.notices[-3:]}")
            self.app.processEvents()
            time.sleep(0.005)

    def find(self, kind: type[W], name: str) -> W:
        """A control of the page by its name, visible; StepFailed when there is none."""
        found = [each for each in self.page.findChildren(kind, name) if each.isVisible()]
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
        self._in_view(button)
        QTest.mouseClick(
            button, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(button.width() // 2, button.height() // 2)
        )
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
        area = getattr(self.page, "scroll_area", None)
        if area is not None and area.widget() is not None and area.widget().isAncestorOf(widget):
            area.ensureWidgetVisible(widget, 50, 80)
        self.app.processEvents()

    # -- what is kept

    def say(self, line: str) -> None:
        """One line of the transcript, on the terminal too."""
        self.lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def step(self, title: str) -> None:
        """A headline of the transcript, with the laptop's time."""
        self.say(f"\n== {title}  [{self.clock.now():%Y-%m-%d %H:%M} UTC, {time.monotonic() - self.started:.0f} s]")

    def check(self, what: str, holds: bool, detail: object = "") -> None:
        """A check; the day goes on, and fails at its end."""
        self.say(f"  {'ok  ' if holds else 'FAIL'} {what}{f' ({detail})' if detail != '' else ''}")
        if not holds:
            self.failures.append(what)

    def shot(self, name: str, *, both: bool = True) -> None:
        """A picture of the window in Chinese and light, and in English and dark."""
        assert self.window is not None
        self.settle()
        self._grab(name, "zh-light")
        if both:
            ctx = self.window.ctx
            ctx.choose(language="en", theme="dark")
            self.settle()
            self._grab(name, "en-dark")
            ctx.choose(language="zh", theme="light")
            self.settle()

    def _grab(self, name: str, variant: str) -> None:
        assert self.window is not None
        self.pictures += 1
        for _ in range(3):
            self.app.processEvents()
        self.window.grab().save(str(self.out / f"{self.pictures:02d}-{name}-{variant}.png"))

    def finish(self) -> int:
        """Write the transcript; 0 when every check held."""
        held = sum(line.startswith("  ok") for line in self.lines)
        took = time.monotonic() - self.started
        self.say(f"\n{held} checks held, {len(self.failures)} failed, {self.pictures} pictures, {took:.0f} s")
        (self.out / "transcript.txt").write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return 1 if self.failures else 0
