"""The same rows edited on three laptops: other fields merge without a word, the same field is asked, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.domain.conflicts.sides import sides_of
from fieldapp.domain.documents import Conflict
from fieldapp.domain.inspections import Finding
from tests.simulation.laptop import Laptop
from tests.simulation.run import template
from tests.simulation.template import Template
from tests.simulation.world import World
from tests.sync.test_elsewhere import finish, save, shown

ROWS = 100


@pytest.fixture(scope="module")
def fresh() -> Iterator[Template]:
    """A closed centre and laptops of three engineers."""
    with template() as made:
        yield made


@pytest.fixture
def world(fresh: Template, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, fresh, 3)
    yield made
    made.close()


def decide(laptop: Laptop, conflict: Conflict, how: str) -> None:
    """Settle as the sync page does: the conflict first, then the record."""
    value = conflict.mine if how == "mine" else json.dumps("third")
    record = shown(laptop, Finding, conflict.record_id)
    closed = replace(conflict, state="settled", settled_with=how, settled_value=value if how != "theirs" else conflict.theirs)
    save(laptop, closed, *([] if how == "theirs" else [replace(record, description=json.loads(value))]))


def test_w4_disjoint_edits_merge_and_clashes_are_listed_until_settled(world: World) -> None:
    laptops, site = world.laptops[:3], world.template.sites[1]
    first = laptops[0]
    for laptop in laptops:
        finish(world, laptop)
    rows = [Finding(id=first.ids.new(), site_id=site, description="o", advice="o", value="o") for _ in range(2 * ROWS)]
    save(first, *rows)
    for laptop in laptops:
        finish(world, laptop)
    here = [each for each in laptops if shown(each, Finding, rows[0].id) is not None]
    assert len(here) >= 2
    for number, laptop in enumerate(here):
        disjoint = {0: "description", 1: "advice", 2: "value"}[number]
        save(laptop, *(replace(each, **{disjoint: f"{disjoint} {number}"}) for each in rows[:ROWS]))  # type: ignore[arg-type]  # texts only
        save(laptop, *(replace(each, description=f"v{number}") for each in rows[ROWS:]))
    results = [finish(world, laptop) for laptop in here]
    assert [result.conflicts for result in results] == [0, *[ROWS] * (len(here) - 1)]
    for each in rows[:ROWS]:
        found = world.centre.desk.get(Finding, each.id)
        said = [found.description, found.advice, found.value][: len(here)]
        assert said == ["description 0", "advice 1", "value 2"][: len(here)]
    listed = world.centre.desk.find(Conflict, state="open")
    sides = {(each.record_id, json.loads(each.mine)) for each in listed}
    sides |= {(each.record_id, side.value) for each in listed for side in sides_of(each.sides)}
    assert sides == {(each.id, f"v{number}") for each in rows[ROWS:] for number in range(1, len(here))}
    for laptop in here[1:]:
        with laptop.replica.reading() as reader:
            mine = [each for each in reader.find(Conflict, state="open") if each.engineer_id == laptop.engineer]
        for place, asked in enumerate(mine):
            decide(laptop, asked, ("mine", "theirs", "other")[place % 3])
        finish(world, laptop)
    world.settle()
    # a decision that met another one is a new question or is kept as one that came second; nothing stays half settled
    for late in world.centre.desk.find(Conflict, state="open"):
        world.centre.desk.settle_conflict(late.id, "theirs")
    for laptop in here:
        finish(world, laptop)
    stands = {each.id: world.centre.desk.get(Finding, each.id).description for each in rows}
    for laptop in here:
        assert {each.id: shown(laptop, Finding, each.id).description for each in rows} == stands
        with laptop.replica.reading() as reader:
            assert [each for each in reader.find(Conflict, state="open") if each.engineer_id == laptop.engineer] == []
