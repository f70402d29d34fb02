"""The whole day, from enrolment to the proof, in a process of its own, as `dev.py run --headless` runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(600)
def test_the_engineers_day_holds_from_enrolment_to_proof(tmp_path: Path) -> None:
    out = tmp_path / "out"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-m", "tests.journeys.day", "--out", str(out)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=580,
    )
    # a process that died wrote no transcript; what it said last and where it stood is all there is
    assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
    transcript = (out / "transcript.txt").read_text(encoding="utf-8")
    assert "  FAIL" not in transcript
    assert len(list(out.glob("*.png"))) >= 24
    assert len(list(out.glob("*.pdf"))) >= 3
    assert (out / "ca.pem").is_file()
