"""The most memory that this process held at a time."""

from __future__ import annotations

import re
import sys
from pathlib import Path

__all__ = ["peak"]


def peak() -> float:
    """Megabytes of memory in use at the worst moment; 0 where the system does not tell.

    On Linux not `getrusage`, which goes on counting from the program that started this one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(found[1]) * 1024 / 1e6 if found else 0.0
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return 0.0
