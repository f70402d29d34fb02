"""What is loaded when: commands start without Qt, the window without the slow libraries, nothing with the other program."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.architecture.source import ROOT

SLOW = {"pyhanko", "pyxform"}  # each costs a third of a second; they are imported where they are needed

# What is loaded by importing a module, and what must not come with it.
CASES = {
    "fieldapp.cli": {"PySide6", "fieldapp.ui", "fieldapp.central"} | SLOW,
    "fieldapp.ui.app": {"fieldapp.central"} | SLOW,
    "fieldapp.central.cli": {"PySide6", "fieldapp.ui", "fieldapp.operations", "fieldapp.replica"} | SLOW,
}


def loaded_with(statement: str) -> set[str]:
    """The names in sys.modules of a fresh interpreter after a statement."""
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    return set(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", CASES)
def test_a_program_loads_only_its_own(name: str) -> None:
    assert loaded_with(f"import {name}") & CASES[name] == set()


def test_what_is_loaded_is_seen() -> None:
    assert "pyxform" in loaded_with("def f():\n    import pyxform\nf()")
