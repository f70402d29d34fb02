"""Answers one item after the other and prints each that was saved: the process that test_kill ends without a warning.

Arguments: the folder of the profile and the replica key in hexadecimal digits.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from fieldapp.base.clock import SystemClock
from fieldapp.base.ids import IdSource, SystemRandomness
from fieldapp.base.settings import Places
from fieldapp.operations.checklists import open_checklist, save_answer
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica


class NoVault:
    """Filling a checklist needs no secret besides the replica's key."""


def open_session(folder: Path, key: bytes) -> FieldSession:
    """The session of a profile, opened with its replica key alone."""
    clock, randomness = SystemClock(), SystemRandomness()
    ids, places = IdSource(clock, randomness), Places(folder)
    replica = Replica.open(places.replica, key, clock=clock, ids=ids)
    return FieldSession(
        places=places,
        clock=clock,
        ids=ids,
        randomness=randomness,
        replica=replica,
        blobs=BlobStore(places.blobs, bytes(32), randomness),
        vault=NoVault(),  # type: ignore[arg-type]  # never asked
        engineer=replica.engineer,
        engineer_name="",
    )


def main(folder: Path, key: bytes, instance: str, first: int) -> None:
    """Answer without end; the number of each answer is its value."""
    session = open_session(folder, key)
    checklist = open_checklist(session, instance)
    keys = [each.key for section in checklist.sections for each in checklist.questions(section.key) if each.kind in ("integer", "decimal")]
    keys = [each for each in keys if not each.endswith("_count")]
    print("ready", flush=True)
    for number in count(first):
        key_of = keys[number % len(keys)]
        checklist.answer(key_of, str(number))
        batch = checklist.take(final=False)
        if batch is not None:
            save_answer(session, batch)
            print(f"saved {key_of} {number}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
