"""Faults that kill.py must find: a checklist page that says "saved" before the answer is on the disk. Nothing but tests plants them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from fieldapp.base.i18n import say
from fieldapp.ui.background import Job
from fieldapp.ui.checklists.checklist_page import ChecklistPage

__all__ = ["says_saved_as_it_is_typed", "says_saved_when_handed_on"]


def says_saved_as_it_is_typed(page: ChecklistPage) -> None:
    """The page says "saved" with every letter, as it did while the words of the save before stood there."""
    page.keeper.waiting.connect(_words(page))


def says_saved_when_handed_on(page: ChecklistPage) -> None:
    """The page says "saved" when the worker has the answer, on a disk that takes a tenth of a second for a commit."""
    run = page.run

    def hasty(work: Callable[[], Any], *ends: Any, **named: Any) -> Job:
        def slow() -> Any:
            time.sleep(0.1)
            return work()

        job = run(slow, *ends, **named)
        _words(page)()
        return job

    page.run = hasty  # type: ignore[method-assign]  # of this page alone


def _words(page: ChecklistPage) -> Callable[[], None]:
    """Say on the page that everything is saved."""
    return lambda: page.frame.side.say_saved(say("Saved {time}", time=page.time(page.ctx.clock.now(), seconds=True)), page.ctx.language)
