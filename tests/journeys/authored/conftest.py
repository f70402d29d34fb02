"""The screen that this journey needs, as the tests of screens have it."""

from tests.ui.conftest import _fresh_screen, background, qtbot

__all__ = ["_fresh_screen", "background", "qtbot"]
