"""Garbage is collected on the screen's thread alone."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from fieldapp.ui.background import Background
from fieldapp.ui.collector import Collector


class Ring:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[Collector]:
    counts = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # Python's own, whatever ran in this process before
    made = Collector(qapp)
    yield made
    made.give_back()
    made.deleteLater()
    gc.set_threshold(*counts)


def _many_rings() -> None:
    for _ in range(20_000):
        Ring()


def test_a_thread_that_makes_garbage_collects_none(qtbot: QtBot, collector: Collector, background: Background) -> None:
    where: list[str] = []

    def note(phase: str, _info: dict[str, int]) -> None:
        where.append(threading.current_thread().name)

    gc.callbacks.append(note)
    try:
        done: list[None] = []
        background.run(_many_rings, done=done.append)
        qtbot.waitUntil(lambda: bool(done))
    finally:
        gc.callbacks.remove(note)
    assert set(where) <= {threading.main_thread().name}


def test_the_screen_collects_what_a_thread_left_behind(qtbot: QtBot, collector: Collector) -> None:
    kept: list[weakref.ref[Ring]] = []

    def leave() -> None:
        kept.append(weakref.ref(Ring()))
        _many_rings()

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    assert kept[0]() is not None
    qtbot.waitUntil(lambda: kept[0]() is None)


def test_nothing_is_looked_through_while_little_was_made(collector: Collector) -> None:
    gc.collect()
    assert collector.look() == -1


def test_older_garbage_is_looked_through_at_pythons_own_counts(collector: Collector) -> None:
    gc.collect()
    seen = set()
    for _ in range(300):
        keep = [Ring() for _ in range(1_000)]
        seen.add(collector.look())
        del keep
    assert seen == {0, 1, 2}


def test_python_collects_by_itself_again_when_no_window_is_open(qapp: QApplication) -> None:
    made = Collector(qapp)
    assert not gc.isenabled()
    made.give_back()
    made.deleteLater()
    assert gc.isenabled()


def test_work_is_let_go_on_the_screens_thread(qtbot: QtBot, background: Background) -> None:
    where: list[str] = []

    class Held:
        def __del__(self) -> None:
            where.append(threading.current_thread().name)

    def start() -> None:
        held = Held()
        background.run(lambda: held and None, done=done.append)

    done: list[object] = []
    start()
    qtbot.waitUntil(lambda: bool(done) and bool(where))
    assert where == [threading.main_thread().name]
