"""Files of the data folder that must be there whole, or not at all, whenever the power fails."""

from __future__ import annotations

import os
from pathlib import Path

from fieldapp.base.durable import settle_folder

__all__ = ["write_private"]


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, in place of the one that may be there."""
    beside = path.with_suffix(".new")
    beside.touch(mode=0o600)
    with beside.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    settle_folder(path.parent)
