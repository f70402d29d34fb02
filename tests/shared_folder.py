"""Material that is handed over beside the checkout and is no part of it: conformance data, requirement tables.

`FIELDAPP_SHARED` names the folder; else it is looked for beside the checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["shared", "shared_root"]


def shared_root() -> Path:
    """The folder, which may not exist."""
    named = os.environ.get("FIELDAPP_SHARED")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "shared"


def shared(path: str) -> Path:
    """The path of something in the folder; skips the calling test, with the reason, when it is not there."""
    found = shared_root() / path
    if not found.exists():
        pytest.skip(f"{path} is not on this machine (FIELDAPP_SHARED names the folder that has it)")
    return found
