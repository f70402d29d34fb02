"""A computation of digests under way: on a thread of its own, with progress and cancel; its result is recorded where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from fieldapp.base.i18n import say
from fieldapp.operations.changing.views import UpgradeView
from fieldapp.operations.evidence import Comparison, Manifest, comparison_words, compute
from fieldapp.operations.upgrades import compare_with_backup, evidence_state, record_computed_backup, verify_backup
from fieldapp.ui.background import Job, Step, Watch
from fieldapp.ui.orders.backup_panel import ComputeWish

if TYPE_CHECKING:
    from fieldapp.ui.page import Page

__all__ = ["Computing"]

_GATES = {"application": 2, "files": 3, "data": 4}


class Computing(QObject):
    """One at a time. `moved` with its progress, `turned` when one begins or ends, `recorded(view)` when its result is saved."""

    moved = Signal()
    turned = Signal()
    recorded = Signal(object)

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.page = page
        self.job: Job | None = None
        self.gate = 0
        self._order = ""
        self._step = Step(0, 0)

    def runs_for(self, order_id: str, gate: int) -> bool:
        """Whether a computation is under way for a gate of an upgrade."""
        return self.job is not None and (self._order, self.gate) == (order_id, gate)

    @property
    def fraction(self) -> float:
        """How far it is, 0 to 1."""
        return self._step.done / self._step.total if self._step.total else 0.0

    @property
    def percent(self) -> str:
        """How far it is, for the tag."""
        percent = self._step.percent
        return "…" if percent is None else f"{percent} %"

    @property
    def words(self) -> str:
        """Speed and what is left."""
        return self.page.read(self._step.words) if self._step.words is not None else ""

    def start(self, order_id: str, wish: ComputeWish) -> None:
        """Read a folder; the result is recorded for the upgrade it was begun for, whatever is on the screen by then."""
        if self.job is not None:
            self.page.ctx.notify(say("A computation is under way. Wait for its end, or cancel it."), "due")
            return
        session = self.page.ctx.session
        keep = None if wish.backup_id else evidence_state(session, order_id, wish.subject)

        def work(watch: Watch) -> tuple[Manifest, Manifest | None]:
            found = compute(wish.folder, session.clock, watch, keep)
            if wish.source is None:
                return found, None
            return found, compute(wish.source, session.clock, watch, keep.with_suffix(".source") if keep else None)

        def computed(found: tuple[Manifest, Manifest | None]) -> None:
            self._end()
            manifest, source = found
            if wish.backup_id:
                self._compared(wish, manifest)
                return
            self._write(
                lambda: record_computed_backup(
                    session, order_id, wish.subject, manifest, location=str(wish.folder), source=source, taken_at=wish.taken_at
                )
            )

        def failed(text: Any) -> None:
            self._end()
            self.page.ctx.notify(text, "breached")

        self.gate, self._order, self._step = _GATES[wish.subject], order_id, Step(0, 0)
        self.job = self.page.run_long(work, computed, moved=self._move, cancelled=self._end, failed=failed)
        self.turned.emit()

    def cancel(self) -> None:
        """Ask it to stop; what is computed is kept, so that it can go on."""
        if self.job is not None:
            self.job.cancel()

    def _compared(self, wish: ComputeWish, manifest: Manifest) -> None:
        """Tell what a second reading, or a test restore, differs in; record the check."""
        session = self.page.ctx.session

        def told(found: Comparison | None) -> None:
            if found is not None:
                self.page.ctx.notify(comparison_words(found), "met" if found.same else "breached")
            if not wish.restored or (found is not None and found.same):
                self._write(lambda: verify_backup(session, wish.backup_id, manifest))

        self.page.run(lambda: compare_with_backup(session, wish.backup_id, manifest), told)

    def _write(self, operation: Callable[[], UpgradeView]) -> None:
        self.page.run(operation, self.recorded.emit)

    def _move(self, step: Step) -> None:
        self._step = step
        self.moved.emit()

    def _end(self) -> None:
        self.job = None
        self.turned.emit()
