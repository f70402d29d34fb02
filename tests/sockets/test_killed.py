"""Either program is killed at any moment, as a power cut would, and started again on what it left.

`python3 dev.py simulate --sockets` is the long form: hundreds of kills.
"""

from __future__ import annotations

from tests.sockets.killing import kill_by_turns
from tests.sockets.sweep import Ground

KILLS = 10


def test_killed_laptops_and_centres_lose_nothing_and_double_nothing(here: Ground) -> None:
    counts = kill_by_turns(here.world(), KILLS, seed=20261123)
    assert counts["laptop killed"] == counts["centre killed"] == KILLS
    assert counts["laptop killed within a round"] + counts["centre killed within a round"] >= KILLS / 2, "it was the rounds that were hit"
    assert counts["saves"] > KILLS
