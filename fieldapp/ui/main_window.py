"""The window: rail and bar around a host of pages with a way back, and pages that stand alone (enrol, unlock, customer)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from fieldapp.base.i18n import say
from fieldapp.ui.frame.notice_bar import NoticeBar
from fieldapp.ui.frame.page_host import PageFactory, PageHost
from fieldapp.ui.frame.rail import PLACES, Rail
from fieldapp.ui.frame.top_bar import Safety, TopBar
from fieldapp.ui.page import Notice, Page, UiContext
from fieldapp.ui.theme.style import apply_theme, current_theme, locale_of
from fieldapp.ui.theme.tokens import SIZE

__all__ = ["MainWindow", "PageFactory"]

_SAVING_MS = 5_000


class MainWindow(QMainWindow):
    """Rail, bar and notices around the host of pages; follows the choices of the context live."""

    searched = Signal(str)
    """What a person typed in the search box and confirmed; the page "search" opens when there is one."""

    def __init__(self, ctx: UiContext, pages: Mapping[str, PageFactory]) -> None:
        """`pages` maps names to factories; an entry of the rail whose page is missing cannot be pressed."""
        super().__init__()
        self.ctx = ctx
        self.setMinimumSize(SIZE.window_width, SIZE.window_height)
        self.resize(1280, 800)
        self.setWindowTitle("fieldapp")
        self.rail, self.bar, self.notices = Rail(), TopBar(), NoticeBar()
        self.host = PageHost(ctx, pages)
        self._held: Notice | None = None
        self._closing = self._warned = False
        self._build()
        for name, button in self.rail.buttons.items():
            button.setEnabled(self.host.knows(name))
        self.rail.opened.connect(self._open_place)
        self.bar.back_pressed.connect(self.host.go_back)
        self.bar.language_wanted.connect(self._switch_language)
        self.bar.safety_pressed.connect(lambda: ctx.navigate("sync", show="where"))
        self.bar.searched.connect(self._search)
        self.host.opened.connect(self._opened)
        self.host.bare_changed.connect(self._bare_changed)
        ctx.navigated.connect(self.host.open_page)
        ctx.back_wanted.connect(self.host.go_back)
        ctx.bare_wanted.connect(self.host.open_bare)
        ctx.bare_left.connect(self.host.close_bare)
        ctx.noticed.connect(self._notice)
        ctx.settings_changed.connect(self._follow_settings)
        self._shortcuts()
        self._follow_settings()

    def _build(self) -> None:
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.notices)
        column.addWidget(self.host, 1)
        row.addLayout(column, 1)
        self.setCentralWidget(centre)

    def _shortcuts(self) -> None:
        def bind(keys: str, action: Callable[[], object]) -> None:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda: None if self.host.is_bare else action())

        bind("Ctrl+K", self.focus_search)
        bind("Alt+Left", self.host.go_back)
        bind("F5", self.refresh)
        for index, place in enumerate(PLACES, start=1):
            bind(f"Ctrl+{index}", functools.partial(self._open_place, place.page))

    @property
    def page(self) -> Page | None:
        """The page a person sees now, alone or in the frame."""
        return self.host.page

    def refresh(self) -> None:
        """Load the open page again."""
        if self.page is not None:
            self.page.refresh()

    def set_safety(self, safety: Safety) -> None:
        """Show what is at the centre and what is only here."""
        self.bar.light.set_safety(safety)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show counters in the rail, by page name."""
        self.rail.set_counts(counts)

    def set_engineer(self, name: str) -> None:
        """Show who is at work."""
        self.bar.set_engineer(name)

    def focus_search(self) -> None:
        """Put the cursor into the search box."""
        self.bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.search.selectAll()

    def hand_on(self) -> bool:
        """Save what was typed last, and wait for it; False when something could not be saved."""
        for page in self.findChildren(Page):
            page.leaving()
        self.ctx.background.idle(_SAVING_MS, long=False)
        return not any(page.owes() for page in self.findChildren(Page))

    def closeEvent(self, event: QCloseEvent) -> None:
        """A page that may not be left keeps the window open; so does, once, something typed that could not be saved."""
        if self._closing or (self.page is not None and not self.page.leaving()):
            event.ignore()
            return
        self._closing = True
        try:
            saved = self.hand_on()
        finally:
            self._closing = False
        if not saved and not self._warned and not self.host.is_bare:
            self._warned = True
            self.ctx.notify(
                say("Something that was typed could not be saved. Free some disk space, or close once more to leave without it."),
                "breached",
            )
            event.ignore()
            return
        super().closeEvent(event)

    def _opened(self, name: str) -> None:
        self.rail.show_place(name.split("/")[0])
        self.notices.page_left()
        # a place of the rail needs no way back: the rail is there; Alt+Left goes back from everywhere
        self.bar.back.setVisible(self.host.can_go_back and name not in self.rail.buttons)
        self._title()

    def _title(self) -> None:
        heading = "" if self.host.is_bare or self.page is None else self.page.heading()
        self.setWindowTitle(f"{heading} - fieldapp" if heading else "fieldapp")

    def _bare_changed(self, alone: bool) -> None:
        self.rail.setVisible(not alone)
        self.bar.setVisible(not alone)
        self.notices.clear()
        self._title()
        if not alone and self._held is not None:
            held, self._held = self._held, None
            self._notice(held)

    def _open_place(self, page: str) -> None:
        if self.host.knows(page):
            self.ctx.navigate(page)
        self.rail.show_place(self.host.page_name.split("/")[0])

    def _search(self, text: str) -> None:
        if not text:
            return
        self.searched.emit(text)
        if self.host.knows("search"):
            self.ctx.navigate("search", text=text)

    def _switch_language(self) -> None:
        self.ctx.choose(language="en" if self.ctx.language == "zh" else "zh")

    def _notice(self, notice: Notice) -> None:
        """Show it; beside a page that stands alone only what that page says of itself, the last of the others waits."""
        if self.host.is_bare and notice.source is not self.page:
            self._held = notice
            return
        self.notices.show_notice(notice.text, notice.tone, notice.seconds)

    def _follow_settings(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and (current_theme() != self.ctx.theme or not app.styleSheet()):
            apply_theme(app, self.ctx.theme)
        self.setLocale(locale_of(self.ctx.language))
        self._title()
