"""docs/forms.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_the_table_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "forms.md").read_text(encoding="utf-8")))
    there = {
        name
        for room in ("forms", "operations", "journeys", "ui")
        for path in (ROOT / "tests" / room).rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert len(named) > 50
    assert named - there == set()
