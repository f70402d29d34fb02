"""The program is killed while a person answers: whatever it called saved is there when it is opened again."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

from fieldapp.operations.checklists import open_checklist
from tests.journeys.answering import open_session
from tests.operations.sheets import SHEET, give_sheet
from tests.operations.world import SmallWorld, make_session

KILLS = 20
ROOT = Path(__file__).resolve().parents[2]


def answer_until_killed(folder: Path, key: bytes, first: int, seconds: float) -> dict[str, str]:
    """Start the process, kill it so long after it is ready, and return what it called saved, the newest of each key."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.answering", str(folder), key.hex(), SHEET, str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        end = threading.Timer(seconds, process.kill)
        end.start()
        lines = process.stdout.read().splitlines(keepends=True)
        end.cancel()
    assert process.wait() != 0, "it must not have come to an end of its own"
    told: dict[str, str] = {}
    for line in lines:
        words = line.split()
        if line.endswith("\n") and words[0] == "saved":  # a line that was cut says nothing
            told[words[1]] = words[2]
    return told


def test_twenty_kills_lose_no_answer_that_was_called_saved(tmp_path: Path) -> None:
    session = make_session(tmp_path)
    give_sheet(session, SmallWorld.into(session))
    folder, key = session.places.data, session.vault.replica_key
    session.close()
    moments = random.Random(20261123)
    known: dict[str, str] = {}
    told = 0
    for kill in range(KILLS):
        fresh = answer_until_killed(folder, key, kill * 1000 + 1, moments.uniform(0.01, 0.3))
        told += bool(fresh)
        known |= fresh
        after = open_session(folder, key)
        assert after.replica.health() == [], f"kill {kill + 1}"
        with after.reading() as reader:
            rows = reader.answers(SHEET)
        checklist = open_checklist(after, SHEET)
        for question, number in known.items():
            # the answer that was under way when the process died may stand already, never an older one
            assert int(checklist.question(question).value) >= int(number), f"kill {kill + 1}: {question}"
            known[question] = checklist.question(question).value
            assert rows[question] == known[question], "the rows, and not only the view, hold it"
        after.close()
    assert told >= KILLS / 2, "most of the processes died while they answered"
    assert len(known) > KILLS / 2
