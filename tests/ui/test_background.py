"""Work on threads: results, errors, progress, cancel."""

from __future__ import annotations

import functools
import threading
import time

import pytest
from PySide6.QtCore import QObject

from fieldapp.base.errors import RuleError
from fieldapp.base.i18n import Sentence, say
from fieldapp.ui.background import Background, Step, Watch, sentence_of


def test_a_result_comes_back_on_the_thread_of_the_screen(background: Background) -> None:
    seen: list[tuple[int, int, int]] = []

    def done(worker: int) -> None:
        seen.append((worker, threading.get_ident(), 1))

    background.run(threading.get_ident, done=done)
    assert background.busy
    assert background.idle()
    worker, here, _one = seen[0]
    assert here == threading.get_ident()
    assert worker != here


def test_operations_of_a_session_run_one_after_another_in_order(background: Background) -> None:
    order: list[int] = []
    workers: set[int] = set()

    def work(number: int) -> None:
        workers.add(threading.get_ident())
        order.append(number)

    for number in range(20):
        background.run(lambda number=number: work(number))  # type: ignore[misc]
    assert background.idle()
    assert order == list(range(20))
    assert len(workers) == 1


def test_an_error_of_the_trade_is_told_in_its_own_sentence(background: Background) -> None:
    told: list[Sentence] = []

    def work() -> None:
        raise RuleError

    background.run(work, failed=told.append)
    assert background.idle()
    assert told == [RuleError().sentence]


@pytest.mark.expects_log("work in the background failed")
def test_a_fault_of_the_program_is_logged_and_told_plainly(background: Background) -> None:
    told: list[Sentence] = []
    background.failed.connect(told.append)
    background.run(lambda: 1 // 0)
    assert background.idle()
    assert told == [sentence_of(ZeroDivisionError())]
    assert "1 // 0" not in told[0].read("en")
    assert told[0].read("zh") != told[0].read("en")


def test_long_work_tells_how_far_it_is(background: Background) -> None:
    steps: list[Step] = []

    def work(watch: Watch) -> str:
        for number in range(3):
            watch.tell(number, 2, say("Back"))
        return "end"

    results: list[str] = []
    background.run_long(work, done=results.append, moved=steps.append)
    assert background.idle()
    assert [step.percent for step in steps] == [0, 50, 100]
    assert results == ["end"]
    assert Step(1, 0).percent is None


def test_cancelled_work_stops_and_gives_no_result(background: Background) -> None:
    started, ends = threading.Event(), list[str]()

    def work(watch: Watch) -> None:
        started.set()
        while True:
            watch.check()

    job = background.run_long(work, done=lambda _none: ends.append("done"), cancelled=lambda: ends.append("cancelled"))
    assert started.wait(5)
    job.cancel()
    assert background.idle()
    assert ends == ["cancelled"]
    assert job.finished


def test_nothing_is_told_to_one_who_is_gone(background: Background) -> None:
    import shiboken6

    owner = QObject()
    seen: list[int] = []
    background.run(lambda: 1, done=seen.append, owner=owner)
    shiboken6.delete(owner)
    assert background.idle()
    assert seen == []


def test_what_waits_to_be_saved_is_saved_before_the_threads_end() -> None:
    """The answer typed last stands in the queue behind others when the window is closed."""
    background = Background()
    gate = threading.Event()
    seen: list[int] = []
    background.run(lambda: gate.wait(10))
    for number in (1, 2, 3):
        background.run(functools.partial(seen.append, number))
    threading.Timer(0.05, gate.set).start()
    background.close()
    assert seen == [1, 2, 3]
    assert background.run(lambda: seen.append(4)).finished, "nothing begins after the end, and nothing breaks"
    assert seen == [1, 2, 3]


def test_long_work_is_not_waited_for_when_only_what_writes_matters(background: Background) -> None:
    seen: list[int] = []

    def count(watch: Watch) -> None:
        for number in range(10_000):
            watch.tell(number, 10_000)
            time.sleep(0.01)

    job = background.run_long(count)
    background.run(lambda: 1, done=lambda _: (background.run(lambda: seen.append(2)), None)[1])
    assert background.idle(5_000, long=False)
    assert (seen, background.busy, job.finished) == ([2], True, False)
    job.cancel()
    assert background.idle()


def test_waiting_gives_up_when_the_time_is_over(background: Background) -> None:
    gate = threading.Event()
    background.run(lambda: gate.wait(10))
    assert background.idle(50) is False
    gate.set()
    assert background.idle()
