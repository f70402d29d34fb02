"""Blocks of numbers: what is printed on site is given out once, also by a laptop whose disk was put back."""

from __future__ import annotations

from pathlib import Path

from fieldapp.central.rounds.numbers import BLOCK_SIZE, LEASED_STARTS, OWN_STARTS, skip_numbers
from fieldapp.central.store.engine import next_number
from fieldapp.domain.documents import NumberBlock
from fieldapp.wire.changes import GENESIS
from tests.central.world import MONDAY, Laptop, World


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


def test_a_centre_that_is_put_back_to_one_backup_twice_does_not_skip_to_the_same_numbers(world: World, tmp_path: Path) -> None:
    """What was leased between the two restores may be printed weeks later, by a laptop that nobody has heard of since."""

    def new_cases(here: World) -> set[str]:
        case = here.desk.create_case
        return {case(customer_id=here.bank.id, site_id=here.bank_site.id, summary="-", severity="P3").number for _ in range(3)}

    def leased(here: World) -> set[int]:
        blocks = [block for _ in range(2) for block in _sr(here, here.laptop(here.li))]
        return {number for each in blocks for number in range(each.first, each.last + 1)}

    before, own_before = leased(world), new_cases(world)
    world.service.close()
    world.backup(tmp_path / "backup")
    here, lives, own_lives = world.reopened(), [before], [own_before]
    for seed in (11, 12, 13):
        lives.append(leased(here))
        own_lives.append(new_cases(here))
        here = here.put_back(tmp_path / "backup", seed)
        here.service.begin_epoch()
    assert len(set().union(*lives)) == sum(map(len, lives)) == 4 * 2 * 50
    assert len(set().union(*own_lives)) == sum(map(len, own_lives)) == 4 * 3


def test_how_far_a_centre_skips_is_a_matter_of_its_new_epoch(world: World) -> None:
    """Always behind the gap, in whole blocks, and at most to 8 digits (the desk's own: 7)."""
    seen = set()
    for epoch in (1, 3, 5, 2 * LEASED_STARTS - 1, 2 * LEASED_STARTS + 1, 2 * OWN_STARTS - 1, 2**40 - 1):
        with world.service.store.writing() as connection:
            held = {name: next_number(connection, name, 0) for name in ("SR-2026-", "CS-2026")}
            skip_numbers(connection, MONDAY, epoch)
            leased, own = (next_number(connection, name, 0) - held[name] for name in ("SR-2026-", "CS-2026"))
        assert 10_000 <= leased < 10**8
        assert leased % BLOCK_SIZE == 0
        assert 1_000 <= own < 10**7
        seen.add((leased, own))
    assert len(seen) == 7
