"""The console's page of conflicts: seen, settled, opened again; who comes second sees what the first decided."""

from __future__ import annotations

from collections.abc import Callable

from fastapi.responses import RedirectResponse, Response

from fieldapp.base.i18n import read
from fieldapp.central.refusals import BadEntry, MovedOn, SettledBefore
from fieldapp.central.web.asking import Ask
from fieldapp.central.web.views import Views
from fieldapp.central.web.words import SPOKEN

__all__ = ["ConflictPages"]


class ConflictPages:
    """What two edited, and what was not taken over."""

    def __init__(self, render: Callable[..., Response]) -> None:
        """`render` makes a page from a request, a template, a status and values."""
        self._render = render

    def conflicts(self, ask: Ask) -> Response:
        """What two edited, and what was not taken over."""
        return self._conflicts(ask)

    def _conflicts(self, ask: Ask, message: str = "", status: int = 200) -> Response:
        views = Views(ask.desk, ask.language)
        rows, waiting = views.conflicts(), views.open_conflicts()
        count = read(SPOKEN["conflicts_open" if waiting else "conflicts_none"], ask.language, count=waiting)
        values = {"rows": rows, "rejected": views.rejected(), "count": count, "waiting": waiting, "message": message}
        return self._render(ask, "conflicts.html", status, **values)

    def settle(self, ask: Ask) -> Response:
        """Settle a conflict; who comes second sees what the first decided."""
        try:
            ask.desk.settle_conflict(ask.key, ask.field("keep"), ask.field("value"), ask.field("seen"))
        except (BadEntry, MovedOn, SettledBefore) as fault:
            return self._conflicts(ask, fault.read(ask.language), 409)
        return RedirectResponse("/console/conflicts", 303)

    def undo(self, ask: Ask) -> Response:
        """Open a settled conflict again."""
        try:
            ask.desk.undo_settlement(ask.key)
        except MovedOn as fault:
            return self._conflicts(ask, fault.read(ask.language), 409)
        return RedirectResponse("/console/conflicts", 303)
