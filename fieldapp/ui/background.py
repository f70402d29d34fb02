"""Work that must not hold up the screen: one thread for the session's operations, two for everything else.

`run` hands a function to a thread and brings its result or its error back to the GUI thread. Operations of a session
run one after another on the lane "session", in the order they were asked for; long work that leaves the session alone
(checksums, drawing, copying) runs on the lane "aside" and takes a Watch, through which it tells its progress and
learns that it was cancelled.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import shiboken6
from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, Qt, QTimer, Signal, Slot

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import Sentence, say

__all__ = ["Background", "Job", "Lane", "Step", "Watch", "WorkCancelled", "sentence_of"]

Lane = Literal["session", "aside"]
T = TypeVar("T")
_log = logging.getLogger("fieldapp.ui")


class WorkCancelled(Exception):
    """Raised inside the work by `Watch.check` after a person cancelled it."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far a job is: done of total (total 0 when nobody knows), with words."""

    done: float
    total: float
    words: Sentence | None = None

    @property
    def percent(self) -> int | None:
        """0 to 100, or None when the end is not known."""
        return None if self.total <= 0 else min(100, int(self.done * 100 / self.total))


class Watch:
    """What long work holds in its hand: says how far it is, and asks whether to go on. Any thread may use it."""

    def __init__(self, tell: Callable[[Step], None]) -> None:
        self._tell = tell
        self._stop = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether a person pressed cancel."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop at its next `check`."""
        self._stop.set()

    def check(self) -> None:
        """Raise WorkCancelled when a person pressed cancel."""
        if self.cancelled:
            raise WorkCancelled

    def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
        """Tell how far the work is, then `check`."""
        self._tell(Step(done, total, words))
        self.check()


@dataclass(eq=False, slots=True)
class Job:
    """One piece of work under way; `cancel` asks it to stop, and a job that has not begun never begins."""

    watch: Watch
    finished: bool = False
    _work: Callable[[Watch], Any] | None = None
    _future: Future[None] | None = None

    def cancel(self) -> None:
        """Ask the work to stop; `cancelled` of the one who started it is called when it has."""
        self.watch.cancel()


@dataclass(frozen=True, slots=True)
class _Ends:
    owner: QObject | None
    done: Callable[[Any], None] | None
    failed: Callable[[Sentence], None] | None
    moved: Callable[[Step], None] | None
    cancelled: Callable[[], None] | None
    long: bool = False


def sentence_of(error: Exception) -> Sentence:
    """What a person reads about an error: its own sentence, or the plain one for a fault of the program."""
    if isinstance(error, FieldappError):
        return error.sentence
    return say(
        "Something went wrong inside the program. What was saved before is safe. Try again; if it happens again, "
        "make a support bundle in the settings."
    )


class Background(QObject):
    """Runs work on threads and hands results back on the thread it was made on (the GUI thread)."""

    failed = Signal(object)
    """A Sentence about an error that nobody who started the work took."""
    quiet = Signal()
    """Nothing is under way any more."""
    ended = Signal()
    """A piece of work came to its end, and what its end began is under way."""
    _arrived = Signal(object, str, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, ThreadPoolExecutor] = {
            "session": ThreadPoolExecutor(1, "fieldapp-session"),
            "aside": ThreadPoolExecutor(2, "fieldapp-aside"),
        }
        self._open: dict[Job, _Ends] = {}
        self._closed = False
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[Sentence], None] | None = None,
        owner: QObject | None = None,
        lane: Lane = "session",
    ) -> Job:
        """Run `work()` on a lane; then `done(result)` or `failed(sentence)` on the GUI thread.

        Nothing is called when `owner` is gone by then. Without `failed` the signal of that name carries the sentence.
        """
        return self._start(lambda _watch: work(), lane, _Ends(owner, done, failed, None, None))

    def run_long(
        self,
        work: Callable[[Watch], T],
        *,
        done: Callable[[T], None] | None = None,
        failed: Callable[[Sentence], None] | None = None,
        moved: Callable[[Step], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        owner: QObject | None = None,
        lane: Lane = "aside",
    ) -> Job:
        """As `run`, for work that takes a Watch; `moved(step)` follows its progress, `cancelled()` its early end."""
        return self._start(work, lane, _Ends(owner, done, failed, moved, cancelled, True))

    def _start(self, work: Callable[[Watch], Any], lane: Lane, ends: _Ends) -> Job:
        job = Job(Watch(lambda step: self._arrived.emit(job, "moved", step)), _work=work)

        def carry() -> None:
            # the work is held by the job alone, and let go on the screen's thread: it may be the last to know a widget
            try:
                job.watch.check()
                assert job._work is not None
                self._arrived.emit(job, "done", job._work(job.watch))
            except WorkCancelled:
                self._arrived.emit(job, "cancelled", None)
            except Exception as error:  # noqa: BLE001 - the last stop of every error before the screen
                if not isinstance(error, FieldappError):
                    _log.error("work in the background failed", exc_info=error)
                self._arrived.emit(job, "failed", sentence_of(error))

        if self._closed:  # the window is going; a page that still hands something on has been waited for already
            job.finished, job._work = True, None
            return job
        self._open[job] = ends
        job._future = self._lanes[lane].submit(carry)
        return job

    @Slot(object, str, object)
    def _take(self, job: Job, what: str, value: Any) -> None:
        ends = self._open.get(job)
        if ends is None:
            return
        if what != "moved":
            job.finished = True
            job._work = None
            del self._open[job]
        if ends.owner is None or shiboken6.isValid(ends.owner):
            self._deliver(ends, what, value)
        if what != "moved":
            self.ended.emit()
        if not self._open:
            self.quiet.emit()

    def _deliver(self, ends: _Ends, what: str, value: Any) -> None:
        if what == "moved" and ends.moved:
            ends.moved(value)
        elif what == "done" and ends.done:
            ends.done(value)
        elif what == "cancelled" and ends.cancelled:
            ends.cancelled()
        elif what == "failed":
            if ends.failed:
                ends.failed(value)
            else:
                self.failed.emit(value)

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._open)

    def idle(self, timeout_ms: int = 10_000, *, long: bool = True) -> bool:
        """Keep the screen alive until nothing is under way; whether that came before the time was over.

        `long` False waits for no long work.
        """
        deadline = QDeadlineTimer(timeout_ms)
        while self._under_way(long) and not deadline.hasExpired():
            # what ends may begin something new before anybody sees the end
            loop = QEventLoop()
            self.ended.connect(loop.quit)
            QTimer.singleShot(max(1, deadline.remainingTime()), loop, loop.quit)
            loop.exec()
            self.ended.disconnect(loop.quit)
        return not self._under_way(long)

    def _under_way(self, long: bool) -> bool:
        return any(long or not ends.long for ends in self._open.values())

    def close(self) -> None:
        """Cancel long work, let everything else come to its end, and stop the threads.

        What has not begun yet is done, too: it may save what was typed last.
        """
        self._closed = True
        for job, ends in list(self._open.items()):
            if ends.long:
                job.cancel()
        for lane in self._lanes.values():
            lane.shutdown(wait=True)
        for job in self._open:
            job._work = None
        self._open.clear()
