"""A small form of the measured sync over real HTTP: nothing is lost, doubled or hidden, and little travels. No times are judged here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.bench.bench_sync import SCENARIOS, costs, measured
from tests.bench.sync.centre import Centre, fill
from tests.bench.sync.crowd import CHANGES, evening, gather
from tests.bench.sync.data import LEFT, PER_FORM
from tests.bench.sync.scenarios import WANTED
from tests.bench.sync.world import Step, SyncWorld

SIZE, EMPTY = 0.05, 20


class Small(NamedTuple):
    """A centre with a twentieth of the measured data, and two laptops that went through the measured steps."""

    world: SyncWorld
    steps: dict[str, Step]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    folder = tmp_path_factory.mktemp("sync")
    data = fill(folder / "centre", SIZE, empty=EMPTY)
    with SyncWorld.opened(folder, [person.id for person in data.people], apart=False) as world:
        yield Small(world, measured(world))


def test_the_first_sync_is_two_requests(small: Small) -> None:
    step = small.steps["W1"]
    assert step.said["complete"]
    assert step.requests == 2


def test_an_evening_is_two_requests_and_says_little(small: Small) -> None:
    step = small.steps["W2"]
    assert step.said["complete"]
    assert step.said["pushed"] > (EMPTY - LEFT) * PER_FORM
    assert step.requests <= 3
    assert step.up + step.down < 75 * step.said["pushed"]


def test_nothing_new_is_one_short_request_and_one_short_reply(small: Small) -> None:
    step = small.steps["W3"]
    assert step.said["complete"]
    assert step.requests == 1
    assert step.up + step.down <= 500


def test_the_figures_have_a_unit_and_both_ends(small: Small) -> None:
    rows = {each.measure: each for each in costs([small.steps], [])}
    assert rows["W2 3,300 Changes up, client"].value > 0
    assert rows["W2 3,300 Changes up, centre"].value > 0
    assert all(each.unit for each in rows.values())


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_laptops_and_a_centre_end_as_they_must(small: Small, name: str) -> None:
    assert SCENARIOS[name](small.world) == WANTED[name]


def test_everyone_of_a_crowd_gets_all_receipts(tmp_path: Path) -> None:
    engineers = gather(tmp_path / "centre", 4)
    with Centre(tmp_path / "centre") as centre:
        done = evening(engineers, f"http://127.0.0.1:{centre.port}")
    assert done.errors == []
    assert done.receipts == 4 * CHANGES
    assert len(done.pushes) == 4
