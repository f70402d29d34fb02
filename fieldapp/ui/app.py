"""Opens the window: the application, its threads, its theme, its pages."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QLocale
from PySide6.QtWidgets import QApplication

from fieldapp.base.clock import Clock, SystemClock
from fieldapp.base.settings import Places, load_settings, places
from fieldapp.ui.background import Background
from fieldapp.ui.collector import Collector
from fieldapp.ui.frame.page_host import PageFactory
from fieldapp.ui.immortals import make_immortal
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import UiContext
from fieldapp.ui.theme.style import apply_theme, locale_of

__all__ = ["open_window", "run"]


def open_window(
    app: QApplication,
    pages: Mapping[str, PageFactory],
    *,
    clock: Clock | None = None,
    where: Places | None = None,
) -> MainWindow:
    """Make context and window from the choices on disk; the window is not shown yet and no page is open.

    Whoever calls this ends the threads with `window.ctx.background.close()`.
    """
    make_immortal()
    where = where or places()
    settings = load_settings(where)
    QLocale.setDefault(locale_of(settings.language))
    ctx = UiContext(Background(), clock or SystemClock(), settings, where)
    apply_theme(app, ctx.theme)
    window = MainWindow(ctx, pages)
    Collector(window)
    return window


def run(
    argv: Sequence[str],
    pages: Mapping[str, PageFactory],
    start: Callable[[MainWindow], None],
    *,
    where: Places | None = None,
) -> int:
    """Run the program until its window is closed; the exit code.

    `start` decides what is seen first (enrol, unlock or today) once the window stands; `where` is another profile's folders.
    """
    make_immortal()
    app = QCoreApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([*argv] or sys.argv[:1])
    app.setApplicationName("fieldapp")
    app.setApplicationDisplayName("fieldapp")
    app.setQuitOnLastWindowClosed(True)
    window = open_window(app, pages, where=where)
    gc.freeze()  # what was imported stays to the end: no look at the garbage need pass over it
    try:
        start(window)
        window.show()
        return app.exec()
    finally:
        # what was typed in the last half second is handed on and saved before the threads end
        window.hand_on()
        window.ctx.background.close()
        # what is still on the screen goes while Qt is there, not in whatever order the interpreter ends
        window.hide()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
