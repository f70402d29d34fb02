"""What it takes for a name of a file to outlast a power failure."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["settle_folder"]


def settle_folder(folder: Path) -> None:
    """Make new, changed and removed names in a folder durable. Windows has no such call and needs none; OSError elsewhere."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
