"""Blocks of numbers: what is printed on site is given out once, also by a laptop whose disk was put back."""

from __future__ import annotations

from pathlib import Path

from fieldapp.domain.documents import NumberBlock
from fieldapp.wire.changes import GENESIS
from tests.central.world import Laptop, World


def _sr(world: World, laptop: Laptop) -> list[NumberBlock]:
    return [each for each in world.desk.find(NumberBlock) if each.series == "SR" and each.device == laptop.device]


def test_a_laptop_that_forked_gets_other_numbers_and_the_old_ones_are_void(world: World) -> None:
    laptop = world.laptop(world.li)
    (block,) = _sr(world, laptop)
    laptop.edit("number_block", block.id, {"used": block.first + 4})
    laptop.pull()
    # an older image of the disk comes back, and gives out numbers that it knows to be free
    laptop.sent, laptop.head = [], GENESIS
    laptop.rows["number_block", block.id]["used"] = block.first + 1
    laptop.edit("number_block", block.id, {"used": block.first + 2})
    reply = laptop.send(laptop.request())
    assert reply.state == "fork"
    old, new = sorted(_sr(world, laptop), key=lambda each: each.first)
    assert (old.last, old.used) == (block.first + 4, block.first + 4)
    assert new.first > block.last
    assert new.last - new.first == block.last - block.first

    laptop.start_anew(reply.incarnation)
    verdicts = laptop.take(laptop.send(laptop.request())).verdicts
    assert [(each.code, each.reason) for each in verdicts] == [("merged", "highest_stands")]
    assert next(each for each in _sr(world, laptop) if each.id == block.id).used == block.first + 4
    assert laptop.of_kind("conflict") == []


def test_numbers_that_the_centre_had_not_heard_of_count_as_given_out(world: World) -> None:
    laptop = world.laptop(world.li)
    (block,) = _sr(world, laptop)
    laptop.edit("number_block", block.id, {"used": block.first + 1})
    laptop.pull()
    laptop.rows["number_block", block.id]["used"] = block.first
    laptop.edit("number_block", block.id, {"used": block.first + 9})
    assert laptop.pull().verdicts == ()
    assert _sr(world, laptop)[0].used == block.first + 9


def test_other_devices_keep_their_numbers(world: World) -> None:
    laptop, other = world.laptop(world.li), world.laptop(world.li)
    laptop.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id})
    laptop.pull()
    before = _sr(world, other)
    laptop.sent, laptop.head = [], GENESIS
    laptop.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id})
    assert laptop.send(laptop.request()).state == "fork"
    assert _sr(world, other) == before


def test_a_centre_that_was_put_back_gives_out_no_number_again_that_it_forgot(world: World, tmp_path: Path) -> None:
    def new_case(here: World) -> str:
        made = here.desk.create_case(customer_id=here.bank.id, site_id=here.bank_site.id, summary="-", severity="P3")
        return made.number

    before = new_case(world)
    world.service.close()
    world.backup(tmp_path / "backup")
    went_on = world.reopened()
    forgotten, case = _sr(went_on, went_on.laptop(went_on.li)), new_case(went_on)
    assert case > before
    back = went_on.put_back(tmp_path / "backup")
    back.service.begin_epoch()
    given = _sr(back, back.laptop(back.li))
    assert given[0].first > forgotten[0].last
    assert new_case(back) > case
