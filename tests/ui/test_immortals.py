"""What there is only one of outlives what Qt takes from it."""

from __future__ import annotations

import subprocess
import sys

from PySide6.QtWidgets import QApplication, QLabel

from fieldapp.ui.immortals import make_immortal

# more than the references that a running interpreter holds on True and on False together
SENDING = """
import sys
from PySide6.QtCore import QObject, Signal
if "immortal" in sys.argv:
    from fieldapp.ui.immortals import make_immortal
    assert make_immortal() is (sys.version_info < (3, 12))

class Switch(QObject):
    turned = Signal(bool)

switch = Switch()
switch.turned.connect(lambda on: None)
for _ in range(60_000):
    switch.turned.emit(True)
    switch.turned.emit(False)
print("alive")
"""


def test_none_outlives_what_qt_takes_from_it(qapp: QApplication) -> None:
    make_immortal()
    label = QLabel()
    for _ in range(20_000):
        label.update()
    assert sys.getrefcount(None) > 1_000_000 or sys.version_info >= (3, 12)
    assert make_immortal() is False


def _send(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", SENDING, *arguments], capture_output=True, text=True, timeout=120)


def test_a_switch_may_be_turned_all_day() -> None:
    done = _send("immortal")
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr


def test_without_it_python_3_11_ends_in_the_middle_of_that_day() -> None:
    """When this fails, PySide6 counts again and `ui.immortals` may go."""
    done = _send()
    assert (sys.version_info >= (3, 12)) == (done.returncode == 0)
    assert (sys.version_info < (3, 12)) == ("deallocating" in done.stderr)
