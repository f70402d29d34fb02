"""Saves what a checklist holds on the worker thread, and knows which news of changed records are the page's own echo."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import QObject, Signal

from fieldapp.base.i18n import Sentence
from fieldapp.base.ids import Id
from fieldapp.operations.checklists import Batch, Checklist, Saved, record_finding, save_answer
from fieldapp.operations.filling.findings import Seed
from fieldapp.ui.page import Page

__all__ = ["Keeper"]

_ECHOES = frozenset({"form_instance", "finding", "inspection", "case"})


class Keeper(QObject):
    """`waiting()` when something was entered that is not saved yet; `saved(moment)` of the last commit, once nothing of the
    checklist waits any more: who reads it may close the laptop. `failed()` when a commit did not come about, `changed(keys)`
    where views are other ones now.
    """

    waiting = Signal()
    saved = Signal(object)
    failed = Signal()
    changed = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self.checklist: Checklist | None = None
        self._own = self._echoes = 0
        self._at: datetime | None = None
        self.typing: Callable[[], bool] = lambda: False
        """Whether a field holds what its page has not handed on yet; the page puts its own answer here."""
        self._owed: dict[Id, Checklist] = {}
        self._owed_fields: dict[tuple[Id, str], tuple[Seed, dict[str, Any]]] = {}

    @property
    def owes(self) -> bool:
        """Whether something that was entered could not be saved so far, or was not handed on yet."""
        mine = self.checklist
        return bool(self._owed or self._owed_fields) or (mine is not None and mine.has_unsaved)

    @property
    def waits(self) -> bool:
        """Whether anything that was entered in the open checklist is not saved yet."""
        mine = self.checklist
        owed = {*self._owed, *(instance for instance, _ in self._owed_fields)}
        return self._own > 0 or self.typing() or (mine is not None and (mine.has_unsaved or mine.instance_id in owed))

    def held(self, view: Checklist) -> Checklist | None:
        """The same checklist with what could not be saved of it, when there is one; one that is finished meanwhile takes nothing more."""
        if not view.editable:
            self._owed.pop(view.instance_id, None)
        return self._owed.get(view.instance_id)

    @property
    def is_stuck(self) -> bool:
        """Whether the last save of the open checklist failed and none is under way."""
        return self._own == 0 and self.checklist is not None and self.checklist.instance_id in self._owed

    def is_ahead_of(self, view: Checklist) -> bool:
        """Whether a person went on in the same checklist while it was being opened again."""
        mine = self.checklist
        return mine is not None and mine.instance_id == view.instance_id and (mine.has_unsaved or self._own > 0)

    def save(self, *, final: bool = True) -> None:
        """Save what was entered; `final` unless a person still types."""
        checklist = self.checklist
        if checklist is not None:
            self._save(checklist, self._fail, final=final)
        if final:
            self._save_owed()

    def _save(self, checklist: Checklist, failed: Callable[[Sentence], None], *, final: bool = True) -> None:
        batch = checklist.take(final=final)
        if batch is None:
            return
        if checklist is self.checklist:
            self.waiting.emit()
        session = self._page.ctx.session
        self._start(
            lambda: save_answer(session, batch),
            functools.partial(self._take, checklist, None),
            functools.partial(self._give_back, checklist, batch, failed),
        )

    def _save_owed(self) -> None:
        """Try again what failed in other checklists and in findings; silently, since it was told when it failed."""
        for each in [each for each in self._owed.values() if each is not self.checklist]:
            self._save(each, self._fail_silently)
        for key in list(self._owed_fields):
            seed, fields = self._owed_fields.pop(key)
            self._record(seed, fields, self._fail_silently)

    def record(self, seed: Seed, fields: Mapping[str, Any]) -> None:
        """Write fields of an item's finding; those that cannot be saved wait, and are written with the next that can."""
        self.waiting.emit()
        _, older = self._owed_fields.pop((seed.instance_id, seed.key), (seed, {}))
        self._record(seed, {**older, **fields}, self._fail)

    def _record(self, seed: Seed, fields: dict[str, Any], failed: Callable[[Sentence], None]) -> None:
        session = self._page.ctx.session
        key = (seed.instance_id, seed.key)

        def keep(text: Sentence) -> None:
            _, newer = self._owed_fields.get(key, (seed, {}))
            self._owed_fields[key] = (seed, {**fields, **newer})
            failed(text)

        self._start(lambda: record_finding(session, seed, **fields), functools.partial(self._take, self.checklist, None), keep)

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
        if checklist is not None and not checklist.has_unsaved:
            self._owed.pop(checklist.instance_id, None)
        self._at = saved.at
        self._quieten()
        self._save_owed()
        if checklist is None or checklist is not self.checklist:
            return
        changed = checklist.know(saved)
        if changed:
            self.changed.emit(changed)
        if then is not None:
            then()

    def _give_back(self, checklist: Checklist, batch: Batch, failed: Callable[[Sentence], None], text: Sentence) -> None:
        checklist.give_back(batch)
        self._owed[checklist.instance_id] = checklist
        failed(text)

    def _fail(self, text: Sentence) -> None:
        self._quieten()
        self._page.ctx.notify(text, "breached")
        self.failed.emit()

    def _fail_silently(self, _text: Sentence) -> None:
        self._quieten()

    def _quieten(self) -> None:
        self._own -= 1
        self._echoes = min(self._echoes, self._own)
        if self._at is not None and not self.waits:
            at, self._at = self._at, None
            self.saved.emit(at)
