"""What happens in a simulated world: steps that a seed decides, each with dice of its own, so that steps can be left out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["LAPTOPS", "MEANWHILE", "NETWORK", "Fault", "Step", "faults_of", "plan"]

LAPTOPS = 3
SHORTEST, LONGEST = 22, 44

_WEIGHTS = {
    "edit_case": 14,
    "new_case": 4,
    "activity": 6,
    "new_form": 2,
    "answer": 14,
    "finding": 6,
    "delete_finding": 3,
    "clash": 6,
    "delete_form": 1,
    "photo": 5,
    "report": 4,
    "movement": 4,
    "numbers": 3,
    "forbidden": 3,
    "edit_site": 4,
    "settle": 6,
    "killed_save": 3,
    "killed_start": 2,
    "round": 36,
    "courier": 10,
    "upkeep": 6,
    "safety_copy": 4,
    "lose_laptop": 2,
    "find_laptop": 2,
    "renew": 3,
    "desk_edit": 10,
    "desk_answer": 4,
    "desk_assign": 5,
    "desk_case": 2,
    "desk_note": 2,
    "desk_remove": 3,
    "desk_settle": 4,
    "desk_move": 2,
    "desk_fix": 2,
    "backup_laptop": 2,
    "restore_laptop": 7,
    "clone_laptop": 2,
    "backup_centre": 2,
    "restore_centre": 5,
    "whole": 1,
    "second_laptop": 2,
    "old_laptop": 2,
    "turn_clock": 3,
    "turn_centre_clock": 1,
    "pass_time": 3,
    "reopen": 2,
    "late": 3,
}


class Step(NamedTuple):
    """One step: what, on which laptop, and the seed of its own dice."""

    what: str
    who: int
    dice: int


class Fault(NamedTuple):
    """One fault of a round: what, at which crossing, statement or byte."""

    what: str
    at: int


def plan(seed: int) -> list[Step]:
    """The steps of a seed."""
    dice = random.Random(seed)
    names = list(_WEIGHTS)
    chosen = dice.choices(names, list(_WEIGHTS.values()), k=dice.randint(SHORTEST, LONGEST))
    return [Step(name, dice.randrange(LAPTOPS), dice.getrandbits(32)) for name in chosen]


MEANWHILE: Sequence[str] = ("meanwhile", "desk_meanwhile", "other_round")
"""What other people do between two requests of a round: the engineer himself, the dispatcher, an engineer on another laptop."""

NETWORK: Sequence[str] = ("request_lost", "reply_lost", "doubled", "delayed", "cut")
_STATEMENTS: Sequence[str] = ("kill_laptop", "kill_centre", "full_laptop", "full_centre")


def faults_of(dice: random.Random) -> list[Fault]:
    """The faults of one round; none in one of five rounds."""
    found: list[Fault] = []
    for _ in range(dice.choice((0, 1, 1, 2, 2))):
        if dice.random() < 0.6:
            found.append(Fault(dice.choice((*NETWORK, *MEANWHILE)), dice.randint(1, 3)))
        else:
            found.append(Fault(dice.choice(_STATEMENTS), dice.randint(1, 90)))
    return found
