"""The incarnation outside the database file, so that a restored database is noticed before it sends under a number in use."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from fieldapp.base.durable import settle_folder
from fieldapp.replica.refusals import DiskFull, DiskTrouble

__all__ = ["IncarnationFile"]


class IncarnationFile:
    """A small text file that holds one number."""

    def __init__(self, path: Path) -> None:
        """Nothing is read or written yet."""
        self._path = path

    def read(self) -> int:
        """The number; 0 when there is none, or none that can be read."""
        try:
            return int(self._path.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return 0

    def write(self, incarnation: int) -> None:
        """Keep a number, durably, whole or not at all. DiskFull, DiskTrouble: the number before stands."""
        beside = self._path.with_name(self._path.name + ".new")
        try:
            with beside.open("w", encoding="ascii") as file:
                file.write(f"{incarnation}\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            settle_folder(self._path.parent)
        except OSError as fault:
            full = fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            raise (DiskFull if full else DiskTrouble) from fault
