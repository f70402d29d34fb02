"""Saves what a checklist holds on the worker thread, and knows which news of changed records are the page's own echo."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from fieldapp.base.i18n import Sentence
from fieldapp.operations.checklists import Batch, Checklist, Saved, save_answer
from fieldapp.ui.page import Page

__all__ = ["Keeper"]

_ECHOES = frozenset({"form_instance", "finding", "inspection", "case"})


class Keeper(QObject):
    """`saved(moment)` after each commit, `failed()` when one did not come about, `changed(keys)` where views are other ones now."""

    saved = Signal(object)
    failed = Signal()
    changed = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self.checklist: Checklist | None = None
        self._own = self._echoes = 0

    def is_ahead_of(self, view: Checklist) -> bool:
        """Whether a person went on in the same checklist while it was being opened again."""
        mine = self.checklist
        return mine is not None and mine.instance_id == view.instance_id and (mine.has_unsaved or self._own > 0)

    def save(self, *, final: bool = True) -> None:
        """Save what was entered; `final` unless a person still types."""
        checklist = self.checklist
        batch = checklist.take(final=final) if checklist is not None else None
        if batch is None or checklist is None:
            return
        session = self._page.ctx.session
        self._start(
            lambda: save_answer(session, batch),
            functools.partial(self._take, checklist, None),
            functools.partial(self._give_back, checklist, batch),
        )

    def write(self, work: Callable[[], Saved], then: Callable[[], None] | None = None) -> None:
        """Run another write that answers with what was saved."""
        self._start(work, functools.partial(self._take, self.checklist, then), self._fail)

    def run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run a write with an answer of its own."""

        def done(result: Any) -> None:
            self._quieten()
            then(result)

        self._start(work, done, self._fail)

    def is_echo(self, kinds: frozenset[str]) -> bool:
        """Whether this news is of the page's own making; asked once for each."""
        if self._echoes > 0 and kinds <= _ECHOES | {"case_activity", "number_block", "attachment"}:
            self._echoes -= 1
            return True
        return False

    def _start(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Sentence], None]) -> None:
        self._own += 1
        self._echoes += 1
        self._page.run(work, done, failed=failed)

    def _take(self, checklist: Checklist | None, then: Callable[[], None] | None, saved: Saved) -> None:
        self._quieten()
        self.saved.emit(saved.at)
        if checklist is None or checklist is not self.checklist:
            return
        changed = checklist.know(saved)
        if changed:
            self.changed.emit(changed)
        if then is not None:
            then()

    def _give_back(self, checklist: Checklist, batch: Batch, text: Sentence) -> None:
        checklist.give_back(batch)
        self._fail(text)

    def _fail(self, text: Sentence) -> None:
        self._quieten()
        self._page.ctx.notify(text, "breached")
        self.failed.emit()

    def _quieten(self) -> None:
        self._own -= 1
        self._echoes = min(self._echoes, self._own)
