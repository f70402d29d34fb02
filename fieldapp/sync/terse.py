"""Whether the centre is known to read the packed signature, remembered between programs: a round is made by a new program each time."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

__all__ = ["Terse"]


class Terse:
    """What the centre said of it, in an empty file that is there or not. Lost, or wrong, it costs one request and no more."""

    def __init__(self, path: Path | None) -> None:
        """None: remembered as long as the object lives."""
        self._path = path
        self._refused = False
        self.on = path is not None and path.exists()

    def learn(self) -> None:
        """The centre said that it reads it. Not believed again by this object once it was refused: something between may strip it."""
        if self.on or self._refused:
            return
        self.on = True
        if self._path is not None:
            with suppress(OSError):  # only this: the next program hears it again
                self._path.touch()

    def refuse(self) -> None:
        """It was not understood: an older centre stands there now, or something between that does not pass it on."""
        self.on, self._refused = False, True
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
