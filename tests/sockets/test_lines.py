"""A line that breaks, lies, doubles or leads to the wrong computer: nothing is lost, nothing is doubled, nothing is believed.

`python3 dev.py simulate --sockets` is the long form: every byte of a round.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.errors import SyncError
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.domain.customers import Person
from fieldapp.domain.inspections import Finding
from fieldapp.replica.tables import STATE
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest
from tests.central.world import csr_of
from tests.simulation import checks
from tests.simulation.planted import a_receipt_is_skipped
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


@pytest.mark.parametrize(("kind", "count"), [("cut_up", 36), ("cut_down", 24)])
def test_a_round_cut_at_any_byte_goes_on(here: Ground, kind: str, count: int) -> None:
    here.sweep(spread(here, kind, count))
    assert here.failed == []
    assert here.counts[kind] >= count * 0.7, "the others would come after the end of the round"


@pytest.mark.parametrize("kind", sorted(AT_REQUEST))
def test_a_request_that_is_lost_doubled_or_late_counts_once(here: Ground, kind: str) -> None:
    requests = here.length("full")[2]
    here.sweep([(Trouble(kind, number), "full") for number in range(1, requests, 3)])
    here.sweep([(Trouble(kind, 2), "whole")])
    assert here.failed == []
    assert here.counts[kind] >= requests // 3


@pytest.mark.parametrize(("kind", "count"), [("garble_up", 9), ("garble_down", 12)])
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


def test_a_centre_set_up_anew_gets_this_laptops_work_and_the_old_one_gives_the_rest_back(here: Ground) -> None:
    """Somebody set up a new service, and this device was enrolled there: for the laptop it is one that lost its data."""
    world = here.world()
    laptop = world.laptops[0]
    world.work(laptop, b"a photo before the wrong centre")
    before = shown(laptop)
    mine = {(each.kind, each.record) for each in world.ledger.entries.values() if each.kind == "finding" and each.device == laptop.device}
    empty = _empty_centre(world)
    here.serving.serve(empty)
    for _ in range(2):
        peer = world.peer(laptop)
        with suppress(SyncError):
            laptop.round(peer)
        peer.close()
    held = {("finding", each.id) for each in Desk(empty).find(Finding)}
    assert mine <= held, "what was entered here is sent to whoever lacks it"
    empty.close()
    world.back()
    world.finish(laptop)
    assert before.keys() <= shown(laptop).keys()
    checks.accounts(world)


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
    """Most mistakes about receipts and photos mend themselves here: the centre says what it lacks. This one does not."""
    here.world()
    with monkeypatch.context() as patch:
        a_receipt_is_skipped(patch)
        here.sweep([(Trouble("cut_up", 900), "full")])
    assert here.failed
