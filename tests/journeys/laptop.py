"""One laptop with the real desktop on it: opened, closed, waited for, photographed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from fieldapp.base.i18n import say
from fieldapp.base.settings import Places
from fieldapp.base.settings import places as profile
from fieldapp.ui.app import open_window
from fieldapp.ui.immortals import make_immortal
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import Notice
from fieldapp.ui.shell import PAGES, Shell
from fieldapp.ui.widgets.pdf_view import PdfView
from tests.journeys.transcript import Transcript

__all__ = ["Laptop", "StepFailed"]

W = TypeVar("W", bound=QWidget)
PATIENCE_S = 30.0


class StepFailed(Exception):
    """A control is missing or rests, or something did not come about in time."""


@dataclass
class Laptop(Transcript):
    """The desktop on one profile, offscreen; `clock` is its clock, pictures go to `out`, numbered."""

    places: Places = field(default_factory=profile)
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        make_immortal()
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
    def page(self) -> Any:
        """The page a person sees now; which one it is, the step knows."""
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

    def safety_state(self) -> str:
        """What the safety light shows: safe, local, due or needs."""
        assert self.window is not None
        self.wait("the safety light", lambda: not self._shell_looks())
        return self.window.bar.light.safety.state

    def safety_words(self) -> str:
        """The words of the safety light."""
        assert self.window is not None
        return self.window.bar.light.text()

    def _shell_looks(self) -> bool:
        """Whether the shell is about to look again at what is only here."""
        assert self.window is not None
        return (
            any(timer.isActive() and timer.isSingleShot() for timer in self.window.findChildren(QTimer)) or self.window.ctx.background.busy
        )

    def _notice(self, notice: Notice) -> None:
        self.notices.append(notice.text.read("en"))
        self.say(f"    notice: {notice.text.read('en')}")

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

    def shot(self, name: str, *, both: bool = False, top: bool = False) -> None:
        """A picture of the window in Chinese and light; `both` adds one in English and dark, `top` shows the page from its head."""
        assert self.window is not None
        self.settle()
        self.wait("what was typed is saved", lambda: not self._saving())
        self.settle()
        if top and self.page.scroll_area is not None:
            self.page.scroll_area.verticalScrollBar().setValue(0)
        self._let_pages_draw()
        self._grab(name, "zh-light")
        if both:
            ctx = self.window.ctx
            ctx.choose(language="en", theme="dark")
            self.settle()
            self._let_pages_draw()
            self._grab(name, "en-dark")
            ctx.choose(language="zh", theme="light")
            self.settle()

    def _saving(self) -> bool:
        """Whether the page still says that it saves what was typed."""
        words = say("Saving…").read("zh")
        return any(label.isVisible() and label.text() == words for label in self.page.findChildren(QLabel))

    def _let_pages_draw(self) -> None:
        """The pages of a PDF are drawn on a thread of Qt's own, which says nothing when it is done."""
        end = time.monotonic() + (0.8 if any(view.isVisible() for view in self.page.findChildren(PdfView)) else 0.0)
        while time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.01)

    def _grab(self, name: str, variant: str) -> None:
        assert self.window is not None
        self.pictures += 1
        for _ in range(3):
            self.app.processEvents()
        self.window.grab().save(str(self.out / f"{self.pictures:02d}-{name}-{variant}.png"))
