"""What stands open under a gate: a soft panel that writes through its page and never holds a rule of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from fieldapp.operations.changing.views import UpgradeView
from fieldapp.ui.theme.style import mark
from fieldapp.ui.theme.tokens import GAP

if TYPE_CHECKING:
    from fieldapp.ui.page import Page

__all__ = ["GatePanel"]


class GatePanel(QFrame):
    """The base of the panels; `recorded(view)` after something was written, with the upgrade as it stands then."""

    recorded = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__()
        mark(self, panel="soft")
        self.page = page
        self.view: UpgradeView | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(GAP.large, GAP.medium, GAP.large, GAP.large)
        self.column.setSpacing(GAP.small)

    def retranslate(self) -> None:
        """Put the words; called before each `render_view` too."""

    def render_view(self, view: UpgradeView) -> None:
        """Show the upgrade; what somebody is typing stays."""
        self.view = view

    def clear(self) -> None:
        """Forget what was typed, when another upgrade is opened."""

    def name(self, **widgets: QWidget) -> None:
        """Give widgets their object names."""
        for name, widget in widgets.items():
            widget.setObjectName(name)

    def write(self, operation: Callable[[], UpgradeView], *busy: QWidget, done: Callable[[], None] | None = None) -> None:
        """Run an operation on the session's thread and tell what came of it."""

        def finished(view: UpgradeView) -> None:
            if done is not None:
                done()
            self.recorded.emit(view)

        self.page.run(operation, finished, busy=busy)
