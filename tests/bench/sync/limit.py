"""What stands beside the figures: the same amount of work by a plain program without conflicts, receipts or encryption.

It is no part of the checkout (`bench/sync` of the folder that tests/shared_folder.py finds). Where it is not there, or its two
packages cannot be installed into an environment of its own in the temporary folder, the reason is told and nothing is compared.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shared_folder import shared_root

__all__ = ["Limit", "NotHere", "prepared"]

_NEEDS = {"requests": "requests==2.34.2", "zstandard": "zstandard==0.25.0"}
_RUN = """
import json, shutil, tempfile
import run_limit
work = tempfile.mkdtemp(prefix="limit-")
try:
    for row in run_limit.once(work):
        print(json.dumps(row), flush=True)
finally:
    shutil.rmtree(work, ignore_errors=True)
"""


class NotHere(Exception):
    """There is nothing to compare with; the text says why."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A copy of it that runs."""

    folder: Path
    python: str

    def run(self) -> dict[str, dict[str, Any]]:
        """One run; its steps by their first word (W1 …), those of W1 by what was fetched."""
        command = [self.python, "-c", _RUN]
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise NotHere(f"it ended with {done.stderr.strip().splitlines()[-1:]}")
        rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return {_short(row["step"]): row for row in rows}


def _short(step: str) -> str:
    words = step.split()
    return f"W1 {words[-1]}" if words[0] == "W1" else words[0]


def prepared(work: Path) -> Limit:
    """A copy in a working folder, with what it needs and its data; NotHere with the reason."""
    source = shared_root() / "bench" / "sync"
    if not (source / "run_limit.py").exists():
        raise NotHere("bench/sync is not on this machine (FIELDAPP_SHARED names the folder that has it)")
    folder = work / "limit"
    shutil.copytree(source, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    python = _python()
    done = subprocess.run([python, "workload.py"], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise NotHere(done.stderr.strip().splitlines()[-1])
    return Limit(folder, python)


def _python() -> str:
    """An interpreter that has the packages: this one, or that of a small environment kept in the temporary folder."""
    if all(importlib.util.find_spec(name) for name in _NEEDS):
        return sys.executable
    home = Path(tempfile.gettempdir()) / f"fieldapp-bench-{sys.version_info[0]}.{sys.version_info[1]}"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", str(home)], [str(python), "-m", "pip", "install", "-q", *_NEEDS.values()]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if done.returncode:
                raise NotHere(f"its packages could not be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        (home / "whole").touch()
    return str(python)
