"""Where pages stand: made once by name, with a way back, and one place for a page that stands alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from fieldapp.ui.page import Page, UiContext

__all__ = ["PageFactory", "PageHost"]

PageFactory = Callable[[UiContext], Page]
_HISTORY = 50


class PageHost(QWidget):
    """Shows pages by name. `opened(name)` after a page came into the frame, `bare_changed(alone)` around lone pages."""

    opened = Signal(str)
    bare_changed = Signal(bool)

    def __init__(self, ctx: UiContext, factories: Mapping[str, PageFactory]) -> None:
        super().__init__()
        self.ctx = ctx
        self._factories = dict(factories)
        self._made: dict[str, Page] = {}
        self._history: list[tuple[str, dict[str, Any]]] = []
        self._bare = ""
        self._stack, self._bare_stack = QStackedWidget(), QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        column.addWidget(self._bare_stack)
        self._bare_stack.hide()

    def knows(self, name: str) -> bool:
        """Whether there is a page of that name."""
        return name in self._factories

    @property
    def is_bare(self) -> bool:
        """Whether a page stands alone now."""
        return bool(self._bare)

    @property
    def can_go_back(self) -> bool:
        """Whether there is a page before this one."""
        return len(self._history) > 1

    @property
    def page_name(self) -> str:
        """The name of the page that is open in the frame, or "" before the first."""
        return self._history[-1][0] if self._history else ""

    @property
    def page(self) -> Page | None:
        """The page a person sees now, alone or in the frame."""
        return self._made.get(self._bare or self.page_name)

    def open_page(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Open a page in the frame and keep the way back; KeyError for a name that no factory has."""
        if not self._may_leave():
            return
        self._page(name, self._stack)
        entry = (name, dict(arguments))
        if not self._history or self._history[-1] != entry:
            self._history = [*self._history, entry][-_HISTORY:]
        self._show(*entry)

    def go_back(self) -> None:
        """Open the page before, with the arguments it had."""
        if self.can_go_back and self._may_leave():
            self._history.pop()
            self._show(*self._history[-1])

    def open_bare(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Show a page alone, in place of another that stood alone; the frame's pages rest untouched behind it."""
        before = self._made.pop(self._bare, None) if self._bare and self._bare != name else None
        page = self._page(name, self._bare_stack)
        self._bare = name
        self._bare_stack.setCurrentWidget(page)
        if before is not None:
            self._let_go(before, self._bare_stack)
        self._stack.hide()
        self._bare_stack.show()
        self.bare_changed.emit(True)
        page.open(**arguments)
        page.setFocus()

    def close_bare(self) -> None:
        """Bring the frame's page back; the page that stood alone is let go, with all that it showed."""
        if not self._bare:
            return
        gone, self._bare = self._made.pop(self._bare), ""
        self._bare_stack.hide()
        self._let_go(gone, self._bare_stack)
        self._stack.show()
        self.bare_changed.emit(False)
        if self._history:
            self._show(*self._history[-1])

    def forget_pages(self) -> None:
        """Let every page in the frame and the way back go (when another engineer unlocks, nothing of them stays)."""
        self._history.clear()
        for name in [name for name in self._made if name != self._bare]:
            self._let_go(self._made.pop(name), self._stack)

    def _show(self, name: str, arguments: Mapping[str, Any]) -> None:
        page = self._page(name, self._stack)
        self._stack.setCurrentWidget(page)
        page.open(**arguments)
        self.opened.emit(name)

    def _page(self, name: str, stack: QStackedWidget) -> Page:
        if name not in self._made:
            page = self._factories[name](self.ctx)
            stack.addWidget(page)
            self._made[name] = page
        return self._made[name]

    def _let_go(self, page: Page, stack: QStackedWidget) -> None:
        stack.removeWidget(page)
        page.deleteLater()

    def _may_leave(self) -> bool:
        return not self._bare and (self.page is None or self.page.leaving())
