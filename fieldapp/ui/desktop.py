"""The desktop around the pages: what opens first, what is always in sight, when it locks itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QDialog

from fieldapp.operations.laptop.enrolment import Door, door
from fieldapp.operations.overview import Overview, overview
from fieldapp.operations.session import FieldSession
from fieldapp.ui.frame.top_bar import Safety
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.pages.enrol_page import means_of

__all__ = ["Shell"]

_INPUT = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.TabletPress})
IDLE_LOOK_MS = 15_000
LIGHT_LOOK_MS = 60_000


class Shell(QObject):
    """Lives as long as the window. `start` asks the profile what to open; a new session is wired when a page brings one."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.ctx = window.ctx
        self._wired: FieldSession | None = None
        self._last_input = self.ctx.clock.elapsed()
        self._idle = QTimer(self)
        self._idle.setInterval(IDLE_LOOK_MS)
        self._idle.timeout.connect(self.lock_when_idle)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(120)
        self._soon.timeout.connect(self._look)
        # the light turns amber in the evening although nothing changed
        self._evening = QTimer(self)
        self._evening.setInterval(LIGHT_LOOK_MS)
        self._evening.timeout.connect(self._look)
        self.ctx.kinds_changed.connect(self._changed)
        window.host.bare_changed.connect(self._wire)
        # the window alone is watched, not the application: a filter in Python on every event of every widget costs a frame
        window.winId()
        self._watch_window(window.windowHandle())
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.connect(self._watch_window)

    def _watch_window(self, handle: QWindow | None) -> None:
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)

    def start(self) -> None:
        """Open the first page: enrol on a new laptop, unlock on one that is set up."""
        means = means_of(self.ctx)

        def show(view: Door) -> None:
            self.ctx.show_bare(view.state)

        self.ctx.background.run(lambda: door(means), done=show, owner=self)

    def lock(self) -> None:
        """Hide everything behind the PIN, open dialogs too; the session stays open, a sync in the background goes on."""
        if self.ctx.session is None or self.window.host.is_bare:
            return
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog):
                widget.reject()
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
        self.ctx.show_bare("unlock")

    def close(self) -> None:
        """End the session, after the threads have come to rest."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.disconnect(self._watch_window)
        for timer in (self._idle, self._soon, self._evening):
            timer.stop()
        self.window.hand_on()
        self.ctx.background.close()
        session: FieldSession | None = self.ctx.session
        if session is not None:
            session.close()
            self.ctx.session = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note that somebody is at the keyboard."""
        if event.type() in _INPUT:
            self._last_input = self.ctx.clock.elapsed()
        return False

    def lock_when_idle(self) -> None:
        """Lock when nobody was at the keyboard for as long as the settings say (0: never)."""
        minutes = self.ctx.settings.idle_lock_minutes
        if minutes > 0 and self.ctx.clock.elapsed() - self._last_input > minutes * 60:
            self.lock()

    def _changed(self, _kinds: object) -> None:
        # a method of this object, not a lambda: records change on a worker thread, and timers belong to the screen's
        self._soon.start()

    def _wire(self, _alone: bool) -> None:
        session: FieldSession | None = self.ctx.session
        if session is None or session is self._wired:
            return
        self._wired = session
        session.listen(self.ctx.announce)
        self.window.host.forget_pages()
        self.window.set_engineer(session.engineer_name)
        self._idle.start()
        self._evening.start()
        self._look()

    def _look(self) -> None:
        session: FieldSession | None = self.ctx.session
        if session is not None:
            self.ctx.background.run(lambda: overview(session), done=self._show, owner=self)

    def _show(self, view: Overview) -> None:
        self.window.set_safety(Safety(view.state, view.text, view.detail))
        self.window.set_counts(view.counts)
