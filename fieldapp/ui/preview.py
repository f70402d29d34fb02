"""The preview of a workbook: the checklist page alone in a window, on a rehearsal that leaves nothing behind."""

from __future__ import annotations

from collections.abc import Sequence

from fieldapp.base.i18n import say
from fieldapp.operations.authoring.rehearsal import Rehearsal
from fieldapp.ui.app import run
from fieldapp.ui.checklists.checklist_page import ChecklistPage
from fieldapp.ui.main_window import MainWindow
from fieldapp.ui.page import UiContext

__all__ = ["PreviewPage", "preview", "show_rehearsal"]


class PreviewPage(ChecklistPage):
    """The checklist page; behind its last section the first one comes again, as there is no inspection to go back to."""

    def __init__(self, ctx: UiContext) -> None:
        super().__init__(ctx)
        self.frame.after_last = say("Back to the first section")

    def _next_section(self) -> None:
        if self.checklist is not None and self._section + 1 >= len(self.checklist.sections):
            self._open_section(0)
            return
        super()._next_section()


def show_rehearsal(window: MainWindow, rehearsal: Rehearsal) -> None:
    """Show the rehearsal's checklist in a window, without rail and bar."""
    window.ctx.session = rehearsal.session
    rehearsal.session.listen(window.ctx.announce)
    window.ctx.show_bare("checklist", instance_id=rehearsal.instance_id)


def preview(argv: Sequence[str], rehearsal: Rehearsal) -> int:
    """Open the window and wait until it is closed; the exit code."""
    return run(argv, {"checklist": PreviewPage}, lambda window: show_rehearsal(window, rehearsal), where=rehearsal.session.places)
