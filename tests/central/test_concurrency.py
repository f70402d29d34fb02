"""Many who write at once, one who reads all the time: no revision is ever skipped; and a cursor that does skip is found out."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from fieldapp.central.desk import Desk
from fieldapp.central.store import books
from fieldapp.central.store.engine import Store, next_number
from fieldapp.central.store.tables import counter
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Person, Site
from tests.central.world import Laptop, World

WRITERS, PUSHES = 5, 8


def _crew(world: World) -> list[tuple[Laptop, Site]]:
    """Writers who share nothing but the centre: engineers with a site each; 李明 looks after all these sites."""
    crew = []
    for number in range(WRITERS):
        person = Person(id=world.service.ids.new(), name=f"工程师{number}")
        site = Site(id=world.service.ids.new(), customer_id=world.bank.id, name=f"机房{number}")
        world.desk.save(person, site)
        for who in (person, world.li):
            world.desk.fix_engineer(who.id, site.id)
        crew.append((world.laptop(person), site))
    return crew


@contextmanager
def _slow_commits(world: World, dice: random.Random) -> Iterator[None]:
    """Each commit takes its time, so that they come in another order than the writing did."""

    def wait(_: Connection) -> None:
        time.sleep(dice.uniform(0, 0.02))

    event.listen(world.service.store.engine, "commit", wait)
    try:
        yield
    finally:
        event.remove(world.service.store.engine, "commit", wait)


def _lacking(world: World, seed: int) -> set[str]:
    """What a reader who pulled all the time lacks in the end, of what the writers pushed."""
    crew = _crew(world)
    reader = world.laptop(world.li)
    faults: list[BaseException] = []
    pushed: list[set[str]] = [set() for _ in crew]

    def write(number: int) -> None:
        laptop, site = crew[number]
        dice = random.Random(seed * 100 + number)
        try:
            for _ in range(PUSHES):
                for _ in range(dice.randint(1, 3)):
                    record = world.service.ids.new()
                    laptop.edit("finding", record, {"site_id": site.id, "description": f"{number}"})
                    pushed[number].add(record)
                assert laptop.send(laptop.request(wants=0)).received == len(laptop.sent) + len(laptop.waiting)
                laptop.take(laptop.send(laptop.request(wants=0)))
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)

    with _slow_commits(world, random.Random(seed)):
        threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            reader.pull(wants=3)
    reader.pull()
    assert faults == []
    return set().union(*pushed) - {record for _, record in reader.rows}


def test_a_reader_skips_nothing_while_many_push(world: World) -> None:
    assert _lacking(world, 1) == set()
    assert world.laptop(world.li).pull().agrees is True


def test_the_desk_and_laptops_write_at_once(world: World) -> None:
    world.desk.fix_engineer(world.li.id, world.bank_site.id)
    laptop = world.laptop(world.li)
    faults: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(5):
                world.desk.create_case(customer_id=world.bank.id, site_id=world.bank_site.id, summary=f"{number}-{turn}", severity="P3")
        except BaseException as fault:  # noqa: BLE001 - shown below
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    turn = 0
    while any(thread.is_alive() for thread in threads):
        turn += 1
        laptop.edit("finding", world.service.ids.new(), {"site_id": world.bank_site.id, "description": str(turn)})
        laptop.pull(wants=3)
    laptop.pull()
    assert faults == []
    assert len({row["number"] for row in laptop.of_kind("case")}) == 15
    assert len(laptop.of_kind("finding")) == turn
    assert laptop.pull().agrees is True


def test_an_exchange_that_comes_twice_at_once_is_taken_once(world: World) -> None:
    """F1: the laptop gave up waiting and asked again while the first request was still at work."""
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    for number in range(20):
        laptop.edit("case_activity", world.service.ids.new(), {"case_id": case, "site_id": world.bank_site.id, "text": str(number)})
    request = laptop.request()
    replies: list[object] = []

    def send() -> None:
        try:
            replies.append(laptop.send(request).received)
        except BaseException as fault:  # noqa: BLE001 - shown below
            replies.append(fault)

    with _slow_commits(world, random.Random(3)):
        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert replies == [20] * 4
    laptop.take(laptop.send(request))
    assert laptop.pull().agrees is True


def test_an_assignment_leaves_alone_what_an_engineer_sends_meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """F2: the desk looked at the case, the laptop's edit came in, the desk assigned."""
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    laptop.edit("case", case, {"cause": "电源"})
    real = Desk.get

    def looked_at(self: Desk, record_class: type[Any], record_id: str) -> Any:
        found = real(self, record_class, record_id)
        if laptop.waiting:
            laptop.take(laptop.send(laptop.request(wants=0)))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "get", looked_at)
        world.desk.assign(case, world.wang.id)
    stands = world.desk.get(Case, case)
    assert (stands.cause, stands.owner_id) == ("电源", world.wang.id)


@pytest.fixture
def naive(monkeypatch: pytest.MonkeyPatch) -> Callable[[Store], None]:
    """Plants the usual mistake: revisions come from a sequence, each writer takes his when he writes and commits when he is done."""

    def plant(store: Store) -> None:
        @contextmanager
        def writing(_: Store) -> Iterator[Connection]:
            with store.engine.connect() as connection, connection.begin():
                yield connection

        def from_a_sequence(connection: Connection, name: str, step: int = 1) -> int:
            if name != "revision":
                return next_number(connection, name, step)
            with store.engine.begin() as other:
                grown = update(counter).where(counter.c.name == name).values(value=counter.c.value + step).returning(counter.c.value)
                return int(other.execute(grown).scalar_one())

        monkeypatch.setattr(Store, "writing", writing)
        monkeypatch.setattr(books, "next_number", from_a_sequence)

    return plant


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_a_naive_cursor_is_found_out(world: World, naive: Callable[[Store], None]) -> None:
    naive(world.service.store)
    assert _lacking(world, 1), "the test above would not notice a cursor that skips"
