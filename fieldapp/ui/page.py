"""What every page stands on: the context it is handed, and the base that speaks, loads, draws and listens.

A page builds its widgets in `__init__` without words, puts the words in `retranslate`, asks for its data in `load`
(which runs on a worker thread), and shows them in `render_view`. It comes again by itself when a record of one of its
`kinds` changed and when the language is switched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from fieldapp.base import i18n
from fieldapp.base.clock import Clock
from fieldapp.base.i18n import Language, Sentence
from fieldapp.base.settings import Places, Settings, load_settings, save_settings
from fieldapp.ui.background import Background, Job, Lane, Step, Watch
from fieldapp.ui.theme.tokens import GAP, Theme, Tone
from fieldapp.ui.widgets.layouts import ScrollColumn

__all__ = ["Notice", "Page", "UiContext"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the notice bar, with its tone; `seconds` 0 leaves it to the bar. `source` is the page that speaks of itself."""

    text: Sentence
    tone: Tone = "accent"
    seconds: int = 0
    source: QObject | None = field(default=None, compare=False)


class UiContext(QObject):
    """What pages share: choices, clock, zone, threads, the session; and how they reach the window (by signals)."""

    settings_changed = Signal()
    kinds_changed = Signal(object)
    navigated = Signal(str, object)
    back_wanted = Signal()
    bare_wanted = Signal(str, object)
    bare_left = Signal()
    noticed = Signal(object)

    def __init__(
        self,
        background: Background,
        clock: Clock,
        settings: Settings | None = None,
        places: Places | None = None,
        zone: str = "Asia/Shanghai",
        session: Any = None,
    ) -> None:
        """`places` None keeps choices in memory only; `session` is the FieldSession of operations, None when locked."""
        super().__init__()
        self.background = background
        self.clock = clock
        self.settings = settings or Settings()
        self.places = places
        self.zone = zone
        self.session = session
        background.failed.connect(self._tell_failure)

    @property
    def language(self) -> Language:
        """The language of the screens."""
        return self.settings.language

    @property
    def theme(self) -> Theme:
        """The theme that the choices ask for; "system" follows the desktop."""
        name = self.settings.theme
        if name == "system":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            name = "dark" if dark else "light"
        return Theme(name, self.settings.text_percent)

    def choose(self, **changes: Any) -> None:
        """Change choices (fields of Settings), live; they are written to disk on a worker thread."""
        self.settings = self.settings.chosen(**changes)
        places = self.places
        if places is not None:  # other choices are kept by operations (the folder of the safety copy): what lies there is read first
            self.background.run(lambda: save_settings(places, load_settings(places).chosen(**changes)))
        self.settings_changed.emit()

    def navigate(self, page: str, **arguments: object) -> None:
        """Open a page by name; the way back is kept."""
        self.navigated.emit(page, arguments)

    def back(self) -> None:
        """Go back to the page before."""
        self.back_wanted.emit()

    def show_bare(self, page: str, **arguments: object) -> None:
        """Show a page alone, without rail and bar (enrol, unlock, customer mode), until `leave_bare`."""
        self.bare_wanted.emit(page, arguments)

    def leave_bare(self) -> None:
        """Bring the frame back, with the page that was open in it."""
        self.bare_left.emit()

    def notify(self, text: Sentence, tone: Tone = "accent", seconds: int = 0) -> None:
        """Say something in the notice bar."""
        self.noticed.emit(Notice(text, tone, seconds))

    def announce(self, kinds: Iterable[str]) -> None:
        """Say which record kinds changed; pages that show one of them load again."""
        self.kinds_changed.emit(frozenset(kinds))

    def _tell_failure(self, text: Sentence) -> None:
        self.notify(text, "breached")


class Page(QWidget):
    """A page of the window. `body` is its column, 24 px from the edges; it scrolls unless `scrolls` is False."""

    kinds: ClassVar[frozenset[str]] = frozenset()
    scrolls: ClassVar[bool] = True

    def __init__(self, ctx: UiContext) -> None:
        """Subclasses build their widgets after this, without words."""
        super().__init__()
        self.ctx = ctx
        self.arguments: dict[str, Any] = {}
        self.view: Any = None
        self.owes: Callable[[], bool] = lambda: False
        """Whether something that was typed here could not be saved so far; a page that saves by itself puts its own answer here."""
        self._spoken = self._foreign = False
        self._stale = False
        self._asked = 0
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.scroll_area = ScrollColumn() if self.scrolls else None
        if self.scroll_area is not None:
            outer.addWidget(self.scroll_area)
            self.body = self.scroll_area.column
        else:
            self.body = outer
        self.body.setContentsMargins(GAP.page, GAP.page, GAP.page, GAP.page)
        self.body.setSpacing(GAP.medium)
        ctx.kinds_changed.connect(self._hear)

    # what a page fills in

    def retranslate(self) -> None:
        """Put the words on widgets that `render_view` does not touch. Called first and after each language switch."""

    def load(self) -> Callable[[], Any] | None:
        """Return what fetches the view, to be run on the session's thread; None when the page needs no data."""
        return None

    def render_view(self, view: Any) -> None:
        """Show what `load` fetched. Called after each load and after each language switch."""

    def heading(self) -> str:
        """What the window's title says."""
        return ""

    def leaving(self) -> bool:
        """Whether the page may be left now; a page that says no has said why."""
        return True

    # what a page is given

    def t(self, text: str, /, **values: object) -> str:
        """The words of a literal English template in the language of the screen."""
        return i18n.read(text, self.ctx.language, **values)

    def read(self, sentence: Sentence | str) -> str:
        """The words of a Sentence that came with a view; a plain text stays as it is."""
        return sentence.read(self.ctx.language) if isinstance(sentence, Sentence) else sentence

    def when(self, moment: datetime) -> str:
        """Date and time in the site's zone."""
        return i18n.when_text(moment, self.ctx.language, self.ctx.zone)

    def time(self, moment: datetime, seconds: bool = False) -> str:
        """Time of day in the site's zone."""
        return i18n.time_text(moment, self.ctx.zone, seconds)

    def day(self, day: date, long: bool = False) -> str:
        """A date in the language of the screen."""
        return i18n.date_text(day, self.ctx.language, long)

    def number(self, value: float, digits: int | None = None) -> str:
        """A number in the language of the screen."""
        return i18n.number_text(value, self.ctx.language, digits)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        *,
        failed: Callable[[Sentence], None] | None = None,
        lane: Lane = "session",
        busy: Iterable[QWidget] = (),
    ) -> Job:
        """Run work on a worker thread; `busy` widgets rest meanwhile; an error becomes a sentence in the notice bar."""
        resting = [widget for widget in busy if widget.isEnabled()]
        for widget in resting:
            widget.setEnabled(False)

        def wake() -> None:
            for widget in resting:
                widget.setEnabled(True)

        def finish(result: T) -> None:
            wake()
            if done is not None:
                done(result)

        def fail(text: Sentence) -> None:
            wake()
            (failed or self._tell)(text)

        return self.ctx.background.run(work, done=finish, failed=fail, owner=self, lane=lane)

    def run_long(
        self,
        work: Callable[[Watch], T],
        done: Callable[[T], None] | None = None,
        *,
        moved: Callable[[Step], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        failed: Callable[[Sentence], None] | None = None,
        lane: Lane = "aside",
    ) -> Job:
        """Run long work with progress and cancel; see `Background.run_long`."""
        return self.ctx.background.run_long(
            work, done=done, failed=failed or self._tell, moved=moved, cancelled=cancelled, owner=self, lane=lane
        )

    # what the window calls

    def open(self, **arguments: Any) -> None:
        """Show the page for these arguments; the window calls it each time the page is navigated to."""
        self.arguments = arguments
        if not self._spoken:
            self._spoken = True
            self.retranslate()
        self.refresh()

    def refresh(self) -> None:
        """Load and draw again; only the answer to the last question is drawn."""
        self._stale = False
        self._asked += 1
        asked = self._asked
        work = self.load()
        if work is None:
            self.render_view(self.view)
            return

        def show(view: Any) -> None:
            if asked == self._asked:
                self.view = view
                self.render_view(view)

        self.run(work, show)

    def changeEvent(self, event: QEvent) -> None:
        """Say everything anew in the language that the window speaks now; a page out of sight does so when it is seen again."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LocaleChange and self._spoken:
            self._foreign = True
            if self.isVisible():
                _speak_again(self)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while the page was out of sight."""
        super().showEvent(event)
        if self._foreign:
            _speak_again(self)
        if self._stale:
            self.refresh()

    def _hear(self, kinds: frozenset[str]) -> None:
        if not self._spoken or not (kinds & self.kinds):
            return
        if self.isVisible():
            self.refresh()
        else:
            self._stale = True

    def _tell(self, text: Sentence) -> None:
        self.ctx.noticed.emit(Notice(text, "breached", source=self))


def _speak_again(page: Page) -> None:
    """Let a page say everything in the language that its window speaks now."""
    page._foreign = False
    page.retranslate()
    if page.view is not None or page.load() is None:
        page.render_view(page.view)
