"""What a person does in a checklist: answers, marks, rows, findings, files, cases; each changes the form here and is saved behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog

from fieldapp.base.errors import FieldappError
from fieldapp.operations.checklists import (
    Checklist,
    add_finding_photo,
    answer_with_file,
    follow_up_case,
    settle_finding,
)
from fieldapp.operations.filling.findings import read_file
from fieldapp.ui.checklists.keeper import Keeper
from fieldapp.ui.checklists.question_card import QuestionCard
from fieldapp.ui.page import Page

__all__ = ["Pen"]

_PAUSE_MS = 500


class Pen(QObject):
    """`changed(keys)` where views are other ones now (empty: all), `row_added(key)` with the first question of a new row,
    `went_on(key)` on Enter, `settled(left)` with what is still open, `case_made()`.
    """

    changed = Signal(object)
    row_added = Signal(str)
    went_on = Signal(str)
    settled = Signal(object)
    case_made = Signal()

    def __init__(self, page: Page, keeper: Keeper) -> None:
        super().__init__(page)
        self._page, self._keeper = page, keeper
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(lambda: keeper.save(final=False))

    def listen(self, card: QuestionCard) -> None:
        """Do what a card asks for."""
        card.typed.connect(self._typed)
        card.answered.connect(self.answer)
        card.marked.connect(self._mark)
        card.went_on.connect(self.went_on)
        card.finding_changed.connect(self._record)
        card.finding_typed.connect(self._keeper.waiting)
        card.photo_wanted.connect(lambda key: self._pick(key, finding=True))
        card.file_wanted.connect(lambda key: self._pick(key, finding=False))
        card.case_wanted.connect(self._case_of)

    def save(self) -> None:
        """Save now what was typed."""
        self._pause.stop()
        self._keeper.save()

    def answer(self, key: str, text: str) -> None:
        """A whole answer: recompute, show, save."""
        checklist = self._keeper.checklist
        if checklist is None or checklist.place(key) is None:
            return  # the cursor left a field of a row that is gone
        if checklist.editable and checklist.question(key).value != text:
            self._do(lambda: checklist.answer(key, text or None), quiet=False)
        self.save()

    def _typed(self, key: str, text: str) -> None:
        checklist = self._keeper.checklist
        if checklist is not None and self._do(lambda: checklist.answer(key, text or None)):
            self._pause.start()
            if checklist.has_unsaved:
                self._keeper.waiting.emit()

    def _mark(self, key: str, result: str, reason: str) -> None:
        checklist = self._keeper.checklist
        if checklist is not None and self._do(lambda: checklist.mark(key, result, reason), quiet=False):
            self.save()

    def _do(self, step: Callable[[], frozenset[str]], *, quiet: bool = True) -> bool:
        """Change the form and tell what is another now; a text that is no whole answer yet is spoken of only when it is final."""
        try:
            changed = step()
        except FieldappError as error:
            if not quiet:
                self._page.ctx.notify(error.sentence, "breached", 8)
            return False
        self.changed.emit(changed)
        return True

    def add_row(self, repeat: str) -> None:
        """Add a row to a repeat."""
        checklist = self._keeper.checklist
        if checklist is None:
            return
        row = self._page.ctx.session.ids.new()[-12:]

        def step() -> frozenset[str]:
            checklist.add_row(repeat, row)
            return frozenset()

        if self._do(step, quiet=False):
            self.save()
            self.row_added.emit(checklist.first_in(f"{repeat}{{{row}}}"))

    def remove_row(self, row: str) -> None:
        """Remove a row with its answers."""
        checklist = self._keeper.checklist
        if checklist is None:
            return

        def step() -> frozenset[str]:
            checklist.remove_row(row)
            return frozenset()

        if self._do(step, quiet=False):
            self.save()

    def _record(self, key: str, fields: Mapping[str, Any]) -> None:
        checklist = self._keeper.checklist
        if checklist is None or not checklist.editable:
            return
        self.save()
        self._keeper.record(checklist.seed(key), fields)

    def _pick(self, key: str, *, finding: bool) -> None:
        photo = finding or self._is_photo(key)
        kinds = f"{self._page.t('Pictures')} (*.jpg *.jpeg *.png)" if photo else f"{self._page.t('All files')} (*)"
        title = self._page.t("Choose a photo") if photo else self._page.t("Choose a file")
        path, _ = QFileDialog.getOpenFileName(self._page, title, "", kinds)
        if path:
            self.take_file(key, Path(path), finding=finding)

    def _is_photo(self, key: str) -> bool:
        checklist = self._keeper.checklist
        return checklist is not None and checklist.question(key).kind in ("image", "video")

    def take_file(self, key: str, path: Path, *, finding: bool) -> None:
        """Add a photo to the finding of an item, or answer a question with a file."""
        checklist = self._keeper.checklist
        if checklist is None:
            return
        self.save()
        session, photo = self._page.ctx.session, self._is_photo(key)
        if finding:
            seed = checklist.seed(key)
            self._keeper.write(lambda: add_finding_photo(session, seed, path.name, read_file(path)))
        else:
            self._keeper.run(
                lambda: answer_with_file(session, checklist.instance_id, key, path.name, read_file(path), photo=photo),
                lambda name: self.answer(key, name),
            )

    def _case_of(self, key: str) -> None:
        checklist = self._keeper.checklist
        found = checklist.question(key).finding if checklist is not None else None
        if found is not None:
            self.case(found.finding_id)

    def case(self, finding_id: str) -> None:
        """转工单."""
        session = self._page.ctx.session
        self.save()
        self._keeper.write(lambda: follow_up_case(session, finding_id), self.case_made.emit)

    def settle(self, finding_id: str, note: str) -> None:
        """Settle what was left over."""
        checklist: Checklist | None = self._keeper.checklist
        if checklist is not None:
            session, instance = self._page.ctx.session, checklist.instance_id
            self._keeper.run(lambda: settle_finding(session, instance, finding_id, note), self.settled.emit)
