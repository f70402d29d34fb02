"""A line that breaks, lies, doubles or leads to the wrong computer: nothing is lost, nothing is doubled, nothing is believed.

`python3 dev.py simulate --sockets` is the long form: every byte of a round.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.customers import Person
from fieldapp.replica.tables import STATE
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.simulation.planted import receipts_are_written_before_the_reply
from tests.sockets.proxy import AT_REQUEST, INSTEAD, Trouble
from tests.sockets.sweep import Ground
from tests.sockets.world import SocketWorld, shown

SIZES = ("small", "full", "whole")


def spread(here: Ground, kind: str, count: int) -> list[tuple[Trouble, str]]:
    """Places all over rounds of each size, never twice the same in one size."""
    found: list[tuple[Trouble, str]] = []
    for number, size in enumerate(SIZES):
        up, down, _ = here.length(size)
        length = up if kind.endswith("_up") else down
        some = count // len(SIZES)
        found += [(Trouble(kind, (length * place + length * number // len(SIZES)) // some), size) for place in range(some)]
    return found


@pytest.mark.parametrize(("kind", "count"), [("cut_up", 42), ("cut_down", 30)])
def test_a_round_cut_at_any_byte_goes_on(here: Ground, kind: str, count: int) -> None:
    here.sweep(spread(here, kind, count))
    assert here.failed == []
    assert here.counts[kind] >= count * 0.7, "the others would come after the end of the round"


@pytest.mark.parametrize("kind", sorted(AT_REQUEST))
def test_a_request_that_is_lost_doubled_or_late_counts_once(here: Ground, kind: str) -> None:
    requests = here.length("full")[2]
    here.sweep([(Trouble(kind, number), "full") for number in range(1, requests, 2)])
    here.sweep([(Trouble(kind, 2), "whole")])
    assert here.failed == []
    assert here.counts[kind] >= requests // 2


@pytest.mark.parametrize(("kind", "count"), [("garble_up", 15), ("garble_down", 18)])
def test_a_byte_that_was_changed_on_the_way_is_noticed(here: Ground, kind: str, count: int) -> None:
    here.sweep(spread(here, kind, count))
    assert here.failed == []
    assert here.counts[kind] >= count * 0.7


def test_a_line_that_trickles_brings_everything(here: Ground) -> None:
    assert [here.trial(Trouble("trickle"), size) for size in ("full", "whole")] == ["", ""]


@pytest.mark.parametrize("kind", sorted(INSTEAD))
def test_a_wrong_computer_is_never_read_as_all_deleted(here: Ground, kind: str) -> None:
    """F11: captive portals, proxies with errors of their own, another service on that port, and nobody at all."""
    world = here.world()
    laptop = world.laptops[0]
    for whole in (False, True):
        world.work(laptop, b"photo of " + kind.encode() + bytes([whole]))
        before = shown(laptop)
        if whole:
            with laptop.replica.transaction() as connection:
                connection.execute(sa.update(STATE).values(complete=False))
        here.network.arm(Trouble(kind))
        result, ended = world.try_round(laptop)
        assert (result, bool(ended)) == (None, True)
        assert shown(laptop) == before
        with laptop.replica.reading() as reader:
            assert reader.unreceipted().changes > 0
        world.finish(laptop)
    assert here.counts[kind] >= 2


def test_another_companys_centre_gets_nothing_and_changes_nothing(here: Ground) -> None:
    world = here.world()
    laptop = world.laptops[0]
    world.work(laptop)
    before = shown(laptop)
    clock, randomness = TurnableClock(laptop.clock.now()), SeededRandomness(5)
    other = CentralService(load_centre_settings(world.folder / "other", randomness), clock=clock, randomness=randomness)
    here.serving.serve(other)
    assert world.try_round(laptop) == (None, "FA-512")
    assert shown(laptop) == before
    other.close()
    world.back()
    world.finish(laptop)


def test_an_empty_centre_that_knows_the_laptop_empties_nothing(here: Ground) -> None:
    """Somebody set the service up anew, and the engineer enrolled this device there: what the laptop holds stays."""
    world = here.world()
    laptop = world.laptops[0]
    world.work(laptop, b"a photo before the wrong centre")
    before = shown(laptop)
    empty = _empty_centre(world)
    here.serving.serve(empty)
    for _ in range(2):
        result, ended = world.try_round(laptop)
        assert result is None or not result.complete
        assert ended in ("", "FA-513", "FA-516")
        assert {key for key in before if key not in shown(laptop)} == set()
    empty.close()
    world.back()
    world.finish(laptop)
    assert {key for key in before if key not in shown(laptop)} == set()


def _empty_centre(world: SocketWorld) -> CentralService:
    laptop = world.laptops[0]
    clock, randomness = TurnableClock(laptop.clock.now()), SeededRandomness(6)
    empty = CentralService(load_centre_settings(world.folder / "empty", randomness), clock=clock, randomness=randomness)
    desk = Desk(empty)
    desk.save(Person(id=laptop.engineer, name="李明"))
    code = desk.new_enrol_code(laptop.engineer)
    empty.enrol(EnrolRequest(PROTOCOL, code, laptop.device, "ThinkPad", csr_of(world.keys[laptop.device].private)))
    return empty


def test_a_centre_without_room_for_photos_takes_everything_else(here: Ground) -> None:
    world = here.world()
    laptop = world.laptops[0]
    world.work(laptop, bytes(50_000), b"strokes of a customer")
    world.centre.service.blobs._quota = 1
    assert world.try_round(laptop) == (None, "FA-518")
    with laptop.replica.reading() as reader:
        assert (reader.unreceipted().changes, reader.unreceipted().blobs) == (0, 2)
    world.centre.service.blobs._quota = 0
    world.finish(laptop)


def test_a_planted_mistake_is_noticed_on_sockets(here: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts written before the reply: a cut makes work that is nowhere."""
    with monkeypatch.context() as patch:
        receipts_are_written_before_the_reply(patch)
        here.sweep([(Trouble("cut_up", at), "full") for at in (100, 900)])
    assert here.failed
