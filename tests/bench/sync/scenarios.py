"""W4 to W7: what must not be lost, doubled or hidden. Each returns counts; `WANTED` says what they must be."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.bench.sync.world import SyncWorld

__all__ = ["WANTED", "centre_restored", "laptop_restored", "reply_lost", "two_editors"]

WANTED: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "W4": {"merged": 100, "clashes listed": 100, "listed after another round": 100, "listed after settling": 0, "lost silently": 0},
        "W5": {"titles at the other": 20, "doubles": 0, "rows that differ": 0, "rows too many": 0, "waiting": 0},
        "W6": {"newer titles standing or listed": 20, "doubles": 0, "rows that differ": 0, "waiting": 0},
        "W7": {"titles at the other": 20, "doubles": 0, "rows that differ": 0, "rows missing": 0, "waiting": 0},
    }
)
"""What every run must give."""


def two_editors(world: SyncWorld) -> dict[str, int]:
    """W4: two engineers edit the same 200 cases, the first 100 in different fields, the others in the same field."""
    world.rounds("a", "b")
    world.step("clash", "a", "a")
    world.step("clash", "b", "b")
    world.rounds("a", "b", "a", "b")
    first, here = world.step("score", "a").said, world.step("score", "b").said
    world.rounds("b", "a")
    again = world.step("score", "b").said["open"]
    world.step("settle", "b")
    world.rounds("b", "a")
    settled = world.step("score", "b").said["open"]
    return {
        "merged": min(first["merged"], here["merged"]),
        "clashes listed": here["open"],
        "listed after another round": again,
        "listed after settling": settled,
        "lost silently": (100 - min(first["merged"], here["merged"])) + (100 - here["both_kept"]),
    }


def reply_lost(world: SyncWorld) -> dict[str, int]:
    """W5: the reply to an upload of 20 edits and 60 answers is lost; the laptop sends again."""
    world.rounds("a", "b")
    before = world.step("count", "b").said["rows"]
    world.step("titles", "a", "W5")
    world.lose_a_reply()
    world.step("tried", "a", world.url)
    world.rounds("a", "b", "a")
    mine, other = world.step("count", "a").said, world.step("count", "b").said
    return {
        "titles at the other": other["w5"],
        "doubles": mine["doubles"] + other["doubles"],
        "rows that differ": _apart(mine, other),
        "rows too many": other["rows"] - before - 60,
        "waiting": mine["waiting"] + other["waiting"],
    }


def laptop_restored(world: SyncWorld) -> dict[str, int]:
    """W6: a laptop is put back to a backup of before its round, while another engineer edited the same 20 cases since."""
    world.rounds("a", "b")
    world.step("titles", "a", "W5")
    world.keep("a")
    world.rounds("a", "b")
    world.step("titles", "b", "W6")
    world.round("b")
    world.restore("a")
    world.rounds("a", "b", "a")
    mine, other = world.step("count", "a").said, world.step("count", "b").said
    return {
        "newer titles standing or listed": min(mine["w6"], other["w6"]) or mine["open"],
        "doubles": mine["doubles"] + other["doubles"],
        "rows that differ": _apart(mine, other),
        "waiting": mine["waiting"] + other["waiting"],
    }


def centre_restored(world: SyncWorld) -> dict[str, int]:
    """W7: the centre is put back to a backup of before the round that brought 20 edits and 60 answers; nobody is told."""
    world.rounds("a", "b")
    before = world.step("count", "b").said["rows"]
    world.keep("centre")
    world.step("titles", "a", "W5")
    world.round("a")
    world.restore("centre")
    world.rounds("a", "b", "a", "b")
    mine, other = world.step("count", "a").said, world.step("count", "b").said
    return {
        "titles at the other": other["w5"],
        "doubles": mine["doubles"] + other["doubles"],
        "rows that differ": _apart(mine, other),
        "rows missing": before + 60 - other["rows"],
        "waiting": mine["waiting"] + other["waiting"],
    }


def _apart(mine: dict[str, int], other: dict[str, int]) -> int:
    """How far two laptops of the same sites are apart, and whether what they believe of themselves is true."""
    return abs(mine["rows"] - other["rows"]) + sum(not each["true_digest"] for each in (mine, other))
