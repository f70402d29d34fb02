"""Collects Python's garbage on the screen's thread, and on no other.

Python looks for circles of dead objects on whatever thread happens to allocate. Qt's objects do not bear that: the look
reads what binds them to each other while the screen's thread, which needs no lock of Python for it, is changing just
that, and a widget found dead would be destroyed on a thread that must not touch it. Either ends the program without a
word. So the automatic look is turned off while a window is open, and a timer of the screen looks instead, at the same
counts as Python would.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

__all__ = ["Collector"]

LOOK_MS = 1_000


class Collector(QObject):
    """Takes the collection over from Python until `give_back`; lives on the thread it was made on (the GUI thread)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._looked_whole = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> int:
        """Collect the generations whose count is over Python's threshold; the highest one collected, -1 for none.

        The oldest is collected only when a quarter as many objects as it held have joined it since, as Python does it:
        a look at everything costs in proportion to everything.
        """
        counts, limits = gc.get_count(), gc.get_threshold()
        if counts[0] <= limits[0]:
            return -1
        if counts[1] <= limits[1]:
            gc.collect(0)
            return 0
        if counts[2] > limits[2] and len(gc.get_objects(generation=2)) > self._looked_whole * 5 // 4:
            gc.collect(2)
            self._looked_whole = len(gc.get_objects(generation=2))
            return 2
        gc.collect(1)
        return 1

    def give_back(self) -> None:
        """Let Python collect by itself again: no window is open any more."""
        self._timer.stop()
        gc.enable()
