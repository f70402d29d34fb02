"""What belongs on an engineer's laptop, what enters and leaves, and who gets to see a file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.central.refusals import UnknownBlob
from fieldapp.central.rounds.scope import KEEP_DAYS
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Asset, Site
from fieldapp.domain.documents import Attachment
from fieldapp.domain.visits import Visit
from tests.central.world import Laptop, World


def test_a_site_enters_with_the_case_and_old_records_come_along(world: World) -> None:
    asset = Asset(id=world.service.ids.new(), site_id=world.bank_site.id, serial="SN-1")
    world.desk.save(asset)
    laptop = world.laptop(world.li)
    assert laptop.of_kind("asset") == []
    assert laptop.of_kind("customer") == []
    world.case_at_bank(world.li)
    assert laptop.pull().agrees is None
    assert [row["serial"] for row in laptop.of_kind("asset")] == ["SN-1"]
    assert [row["name"] for row in laptop.of_kind("customer")] == ["江州银行"]
    assert laptop.pull().agrees is True


def test_a_reassigned_case_takes_its_site_off_the_laptop_and_puts_it_on_another(world: World) -> None:
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.wang)
    world.desk.assign(case, world.wang.id, "换人")
    reply = one.pull()
    assert {gone.deleted for gone in reply.removed} == {False}
    assert one.of_kind("case") == []
    other.pull()
    assert [row["owner_id"] for row in other.of_kind("case")] == [world.wang.id]
    assert (one.pull().agrees, other.pull().agrees) == (True, True)


def test_a_change_for_a_site_that_left_is_still_taken(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "离开前写的"})
    world.desk.assign(case, world.wang.id)
    assert laptop.pull().verdicts == ()
    assert world.desk.get(Case, case).cause == "离开前写的"
    assert laptop.pull().agrees is True


def test_a_site_that_comes_back_comes_back_whole(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    world.desk.assign(case, world.wang.id)
    world.desk.note(case, "期间的记录")
    world.desk.assign(case, world.li.id)
    laptop.pull()
    assert "期间的记录" in {row["text"] for row in laptop.of_kind("case_activity")}
    assert laptop.pull().agrees is True


def test_what_went_while_a_site_was_away_between_two_rounds_is_told(world: World) -> None:
    """A laptop that never heard that the site left still holds what was deleted and taken back meanwhile."""
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.wang)
    world.desk.fix_engineer(world.wang.id, world.bank_site.id)
    finding, form = world.service.ids.new(), world.service.ids.new()
    one.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    one.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/a": "1", "/data/b": "2"})
    one.pull()
    other.pull()
    world.desk.assign(case, world.wang.id)
    other.edit("finding", finding, {}, deleted=True)
    other.edit("form_instance", form, {"/data/a": None})
    other.pull()
    world.desk.assign(case, world.li.id)
    other.edit("form_instance", form, {"/data/b": None})
    other.pull()
    one.pull()
    assert one.of_kind("finding") == []
    assert {name: one.shown("form_instance", form)[name] for name in ("/data/a", "/data/b")} == {"/data/a": None, "/data/b": None}
    assert one.pull().agrees is True


def test_ended_work_keeps_its_site_for_a_while_and_not_for_ever(world: World) -> None:
    visit = Visit(id=world.service.ids.new(), site_id=world.bank_site.id, engineer_id=world.li.id)
    world.desk.save(visit)
    laptop = world.laptop(world.li)
    laptop.edit("visit", visit.id, {"left_at": "2026-11-23T00:00:00.000Z"})
    laptop.pull()
    assert laptop.of_kind("site") != []
    world.clock.advance(days=KEEP_DAYS + 1)
    laptop.pull()
    assert laptop.of_kind("site") == []
    assert laptop.pull().agrees is True


def test_a_record_that_moves_to_another_site_leaves_the_laptop(world: World) -> None:
    asset = Asset(id=world.service.ids.new(), site_id=world.bank_site.id, serial="SN-1")
    world.desk.save(asset)
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    world.desk.save(replace(asset, site_id=world.works_site.id))
    laptop.pull()
    assert laptop.of_kind("asset") == []
    assert laptop.pull().agrees is True


def test_a_form_that_moves_into_the_scope_brings_all_its_answers(world: World) -> None:
    world.case_at_bank(world.li)
    writer = world.laptop(world.li)
    form = world.service.ids.new()
    writer.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/a": "1"})
    writer.pull()
    world.desk.fix_engineer(world.wang.id, world.works_site.id)
    reader = world.laptop(world.wang)
    writer.edit("form_instance", form, {"site_id": world.works_site.id})
    writer.pull()
    reader.pull()
    assert reader.shown("form_instance", form)["/data/a"] == "1"
    assert (reader.pull().agrees, writer.pull().agrees) == (True, True)


def test_the_customer_of_a_site_follows_when_the_site_changes_hands(world: World) -> None:
    world.desk.fix_engineer(world.li.id, world.bank_site.id)
    laptop = world.laptop(world.li)
    site = world.desk.get(Site, world.bank_site.id)
    world.desk.save(replace(site, customer_id=world.works.id))
    laptop.pull()
    assert [row["name"] for row in laptop.of_kind("customer")] == ["东海机械"]
    assert laptop.pull().agrees is True


def test_a_file_is_given_only_to_whom_its_record_belongs(world: World) -> None:
    data = b"plan of the machine room"
    attachment = world.desk.attach(Attachment(id=world.service.ids.new(), site_id=world.bank_site.id, purpose="file"), data)
    world.case_at_bank(world.li)
    insider, stranger = world.laptop(world.li), world.laptop(world.wang)
    assert b"".join(world.service.fetch_blob(insider.device, attachment.digest, 5)) == data[5:]
    with pytest.raises(UnknownBlob):
        world.service.fetch_blob(stranger.device, attachment.digest, 0)


def test_a_snapshot_holds_what_the_pages_hold(world: World) -> None:
    world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("form_instance", world.service.ids.new(), {"site_id": world.bank_site.id, "/data/a": "1", "/data/b": None})
    laptop.pull()
    fresh = Laptop(world, world.li.id, laptop.device, epoch=laptop.epoch)
    fresh.load_snapshot()
    assert fresh.digest() == laptop.digest()


@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=14), st.integers(1, 9))
def test_after_any_day_at_the_desk_each_laptop_equals_its_scope(
    template: World, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]], wants: int
) -> None:
    world = template.copied(tmp_path_factory.mktemp("world") / "centre")
    laptops = [world.laptop(world.li), world.laptop(world.wang)]
    cases = [world.case_at_bank(), world.case_at_bank(), world.case_at_bank()]
    for step, number in steps:
        match step:
            case 0:
                world.desk.assign(cases[number], world.li.id)
            case 1:
                world.desk.assign(cases[number], world.wang.id)
            case 2:
                world.desk.note(cases[number], "记录")
            case 3:
                site = world.bank_site.id if number else world.works_site.id
                world.desk.save(replace(world.desk.get(Case, cases[number]), site_id=site))
            case 4:
                world.desk.remove(Case, cases[number])
                cases[number] = world.case_at_bank()
            case _:
                laptops[number % 2].pull(wants)
    for laptop in laptops:
        laptop.pull(wants)
        assert laptop.pull(wants).agrees is True
    world.service.close()


def test_a_form_that_came_into_the_scope_and_was_answered_since_brings_its_older_answers_too(world: World) -> None:
    case = world.case_at_bank(world.li)
    one, other = world.laptop(world.li), world.laptop(world.wang)
    form = world.service.ids.new()
    one.edit("form_instance", form, {"site_id": world.bank_site.id, "/data/T1_08": "23"})
    one.pull()
    other.pull()
    world.desk.assign(case, world.wang.id)
    one.edit("form_instance", form, {"/data/T1_09": "5"})
    one.pull()
    other.pull()
    assert (other.shown("form_instance", form)["/data/T1_08"], other.shown("form_instance", form)["/data/T1_09"]) == ("23", "5")
    assert other.pull().agrees is True


def test_what_was_written_for_a_site_that_left_is_taken_and_leaves_the_laptop(world: World) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    world.desk.assign(case, world.wang.id)
    laptop.pull()
    finding = world.service.ids.new()
    laptop.edit("finding", finding, {"site_id": world.bank_site.id, "description": "漏水"})
    reply = laptop.send(laptop.request(wants=0))
    assert [(gone.kind, gone.record.hex(), gone.deleted) for gone in reply.removed] == [("finding", finding, False)]
    assert laptop.take(reply).received == 1
    assert laptop.pull().agrees is True
