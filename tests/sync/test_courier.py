"""A round carried as files between a real replica and the real centre: whatever happens to the files, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.documents import Attachment
from tests.central.world import World
from tests.sync.carried import CarriedLaptop


@pytest.fixture(scope="module")
def centre_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed centre to copy."""
    made = World.make(tmp_path_factory.mktemp("centre") / "centre")
    made.service.close()
    return made


@pytest.fixture
def world(centre_template: World, tmp_path: Path) -> Iterator[World]:
    """A fresh real centre."""
    made = centre_template.copied(tmp_path / "centre")
    yield made
    made.service.close()


@pytest.fixture
def laptop(world: World, template: Path, tmp_path: Path) -> Iterator[CarriedLaptop]:
    """A laptop of it that has the whole of its scope, with one case."""
    world.case_at_bank(world.li)
    made = CarriedLaptop(tmp_path / "laptop", world, template, world.li)
    assert made.finish().complete
    yield made
    made.replica.close()


def case_of(laptop: CarriedLaptop) -> Case:
    """The case."""
    with laptop.replica.reading() as reader:
        return reader.find(Case)[0]


def at_centre(laptop: CarriedLaptop) -> Case:
    """The case as the centre has it."""
    found = laptop.world.desk.get(Case, case_of(laptop).id)
    assert found is not None
    return found


def test_what_waits_goes_out_and_its_receipts_and_the_news_come_back(laptop: CarriedLaptop, world: World) -> None:
    laptop.save(replace(case_of(laptop), cause="风扇"))
    photo = laptop.blobs.put(bytes(range(256)) * 3000)
    laptop.save(Attachment(id=laptop.ids.new(), owner_kind="case", owner_id=case_of(laptop).id, digest=photo.digest, size=photo.size))
    other = world.case_at_bank(world.li)
    out = laptop.out()
    assert laptop.written.pushed == 2
    assert laptop.waiting() == (2, 1), "nothing has a receipt because it was written to a file"
    answer = laptop.take(laptop.handed(out))
    assert answer.result.complete
    assert not answer.outgrown
    assert laptop.waiting() == (0, 0)
    assert at_centre(laptop).cause == "风扇"
    assert world.service.blobs.get(photo.digest) == laptop.blobs.get(photo.digest)
    with laptop.replica.reading() as reader:
        assert reader.get(Case, other) is not None
    laptop.sound()
    assert laptop.round().pulled == 0
