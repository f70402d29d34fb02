"""Sync over real HTTP, laptop and centre in processes of their own: the first sync, an evening, nothing new, and what must not go wrong.

65,000 rows, the replica encrypted; CPU seconds of each end, bytes and requests counted by a proxy. Beside W1 to W3 stands, where
it is on this machine, what a plain program needs for the same amount of work in the same run. Medians of 3 (RUNS=n for n runs).
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.bench.measure import Measure
from tests.bench.sync.centre import fill
from tests.bench.sync.limit import Limit, NotHere, prepared
from tests.bench.sync.scenarios import WANTED, centre_restored, laptop_restored, reply_lost, two_editors
from tests.bench.sync.world import Step, SyncWorld

SCENARIOS: Mapping[str, Callable[[SyncWorld], dict[str, int]]] = MappingProxyType(
    {"W4": two_editors, "W5": reply_lost, "W6": laptop_restored, "W7": centre_restored}
)
ROW_STEPS = {"W1": "W1 /static.zst", "W2": "W2", "W3": "W3"}


def run() -> Iterator[Measure]:
    """W1 to W3 with what they cost, then W4 to W7 as counts, each beside what it must be."""
    runs = int(os.environ.get("RUNS", "3"))
    with tempfile.TemporaryDirectory(prefix="sync-bench-") as name:
        work = Path(name)
        data = fill(work / "seed")
        people = [person.id for person in data.people]
        try:
            limit: Limit | None = prepared(work)
        except NotHere as reason:
            limit = None
            print(f"nothing stands beside these figures: {reason}", file=sys.stderr)
        ours: list[dict[str, Step]] = []
        beside: list[dict[str, dict[str, Any]]] = []
        for number in range(runs):
            folder = work / f"run{number}"
            shutil.copytree(work / "seed", folder / "centre")
            with SyncWorld.opened(folder, people) as world:
                ours.append(measured(world))
            if limit is not None:
                beside.append(limit.run())
        yield from costs(ours, beside)
        with SyncWorld.opened(folder, people) as world:
            yield from outcomes(world, known=True)


def measured(world: SyncWorld) -> dict[str, Step]:
    """W1 to W3 of laptop `a`; laptop `b` is there and up to date afterwards."""
    steps = {"empty": world.enrol("a", "b")[0]}
    steps["W1"] = world.round("a")
    world.step("day", "a")
    steps["W2"] = world.round("a")
    steps["W3"] = world.round("a")
    steps["W3 again"] = world.step("rounds", "a", world.url)
    world.round("b")
    return steps


def costs(ours: list[dict[str, Step]], beside: list[dict[str, dict[str, Any]]]) -> Iterator[Measure]:
    """The medians of W1 to W3."""

    def row(measure: str, unit: str, take: Callable[[dict[str, Step]], float], step: str = "", *theirs: str) -> Measure:
        found = [sum(each[ROW_STEPS[step]][name] for name in theirs) for each in beside] if theirs else []
        return Measure("sync", measure, statistics.median(map(take, ours)), unit, statistics.median(found) if found else None)

    yield row("an empty replica is made, once", "s CPU", lambda each: each["empty"].client)
    for step, words in (("W1", "first sync"), ("W2", "3,300 Changes up"), ("W3", "nothing new")):
        name = f"{step} {words},"
        yield row(f"{name} client", "s CPU", partial(_sum, step, ("client",)), step, "client_cpu_s")
        yield row(f"{name} centre", "s CPU", partial(_sum, step, ("server",)), step, "server_cpu_s")
        yield row(f"{name} both", "s CPU", partial(_sum, step, ("client", "server")), step, "client_cpu_s", "server_cpu_s")
        yield row(f"{name} waited", "s", partial(_sum, step, ("wall",)), step, "wall_s")
        yield row(f"{name} bytes up", "bytes", partial(_sum, step, ("up",)), step, "up_B")
        yield row(f"{name} bytes down", "bytes", partial(_sum, step, ("down",)), step, "down_B")
        yield row(f"{name} requests", "count", partial(_sum, step, ("requests",)), step, "requests")
    yield row("W1 search index, client", "s CPU", lambda each: each["W1"].said["index_cpu"])
    yield row("W1 memory, client", "MB", lambda each: each["W1"].said["memory"], "W1", "client_rss_MB")
    yield row("W3 in a program that runs, client", "s CPU", lambda each: each["W3 again"].client)
    yield row("W3 in a program that runs, waited", "s", lambda each: each["W3 again"].wall)


def _sum(step: str, names: tuple[str, ...], each: dict[str, Step]) -> float:
    return float(sum(getattr(each[step], name) for name in names))


def outcomes(world: SyncWorld, *, known: bool = False) -> Iterator[Measure]:
    """W4 to W7; `known`: laptops a and b are there."""
    if not known:
        world.enrol("a", "b")
    for name, scenario in SCENARIOS.items():
        for what, number in scenario(world).items():
            wanted = WANTED[name][what]
            yield Measure("sync", f"{name} {what}", number, "count", wanted)
