"""Files of the data folder that must be there whole, or not at all, whenever the power fails."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["sync_folder", "write_private"]


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, in place of the one that may be there."""
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
