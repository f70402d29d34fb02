"""What long operations tell and ask while they run; the screen's thread keeper provides it, a command may pass its own."""

from __future__ import annotations

from typing import Protocol

from fieldapp.base.i18n import Sentence

__all__ = ["Unwatched", "Watch"]


class Watch(Protocol):
    """Says how far the work is, and asks whether to go on."""

    @property
    def cancelled(self) -> bool:
        """Whether a person asked to stop."""
        ...

    def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
        """Tell how far the work is (total 0: nobody knows); may raise what ends the work after a cancel."""
        ...


class Unwatched:
    """Nobody looks and nobody cancels."""

    cancelled = False

    def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
        """Nothing happens."""
