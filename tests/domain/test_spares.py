"""Swaps, the ledger and the clocks of the depot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.settings import resource
from fieldapp.domain.calendars import calendar_days
from fieldapp.domain.customers import Asset
from fieldapp.domain.spares import (
    ENDINGS,
    EndingNeeded,
    SameSerial,
    SerialMissing,
    StockMovement,
    Swap,
    check_swap,
    ending_sentence,
    needs_return,
    needs_rma,
    quantities,
    return_due,
    rma_due,
    serial_differs,
    ship_by,
    stock_at,
    swap_gaps,
    swap_movements,
)
from fieldapp.domain.workdays import WorkCalendar

CN = WorkCalendar.from_records(calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8")))
AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SWAP = Swap(id="w", part_id="psu", source_id="van", old_serial="90017", new_serial="10233", faulty_ending="taken_back", received_at=AT)


def lines(swap: Swap) -> tuple[StockMovement, ...]:
    numbers = count(1)
    return swap_movements(
        swap, AT, lambda: f"{next(numbers):032x}", customer_id="customer", van_id="van", transit_id="transit", difference_id="difference"
    )


@pytest.mark.parametrize(
    ("ending", "place"), [("taken_back", "van"), ("wiped", "van"), ("sent_by_customer", "transit"), ("destroyed", "difference")]
)
def test_a_swap_is_written_twice_in_the_books(ending: str, place: str) -> None:
    good, faulty = lines(replace(SWAP, faulty_ending=ending))
    assert (good.from_id, good.to_id, good.serial, good.condition) == ("van", "customer", "10233", "good")
    assert (faulty.from_id, faulty.to_id, faulty.serial, faulty.condition) == ("customer", place, "90017", "faulty")
    assert good.id != faulty.id
    assert {good.swap_id, faulty.swap_id} == {"w"}


@pytest.mark.parametrize("ending", ["retained", ""])
def test_a_part_that_stays_moves_nowhere(ending: str) -> None:
    assert len(lines(replace(SWAP, faulty_ending=ending))) == 1


def test_a_part_that_is_in_no_book_becomes_a_difference() -> None:
    good, _ = lines(replace(SWAP, source_id=""))
    assert good.from_id == "difference"


def test_the_return_is_due_ten_working_days_after_receipt() -> None:
    assert return_due(SWAP, CN).day == date(2026, 12, 7)
    assert return_due(replace(SWAP, received_at=None), CN).day is None


@pytest.mark.parametrize("ending", ["retained", "destroyed"])
def test_what_does_not_come_back_is_never_overdue(ending: str) -> None:
    found = return_due(replace(SWAP, faulty_ending=ending), CN)
    assert (found.day, found.unknown_reason) == (None, None)
    assert not needs_return(ending)
    assert not needs_rma(replace(SWAP, faulty_ending=ending))


def test_a_return_in_an_unpublished_year_says_why_it_is_not_known() -> None:
    found = return_due(replace(SWAP, received_at=datetime(2026, 12, 28, 2, 0, tzinfo=UTC)), CN)
    assert found.day is None
    assert found.unknown_reason is not None


def test_the_repair_takes_seventy_two_working_hours_of_the_depot() -> None:
    assert rma_due(datetime(2026, 11, 23, 1, 0, tzinfo=UTC), CN).moment == datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
    assert needs_rma(SWAP)
    assert not needs_rma(replace(SWAP, substitution="temporary"))


@pytest.mark.parametrize(
    ("confirmed", "leaves"),
    [
        ("2026-11-27T13:59:59", "2026-11-27T17:00"),
        ("2026-11-27T14:00:00", "2026-11-30T12:00"),
        ("2026-11-27T14:01:00", "2026-11-30T12:00"),
        ("2026-11-28T09:00:00", "2026-11-30T12:00"),
        ("2026-09-20T09:00:00", "2026-09-20T17:00"),
    ],
)
def test_the_depot_ships_by_its_cutoff(confirmed: str, leaves: str) -> None:
    found = ship_by(datetime.fromisoformat(confirmed + "+08:00"), CN)
    assert found.moment == datetime.fromisoformat(leaves + "+08:00")


def test_shipping_into_an_unpublished_year_is_not_guessed() -> None:
    assert ship_by(datetime.fromisoformat("2026-12-31T15:00:00+08:00"), CN).moment is None
    assert ship_by(datetime.fromisoformat("2027-01-04T09:00:00+08:00"), CN).moment is None


def test_the_same_serial_twice_is_refused() -> None:
    with pytest.raises(SameSerial):
        check_swap(replace(SWAP, new_serial=" 9001 7"))
    check_swap(SWAP)


def test_a_missing_serial_is_refused() -> None:
    with pytest.raises(SerialMissing):
        check_swap(replace(SWAP, old_serial=" "))


def test_equipment_that_holds_data_asks_for_the_ending() -> None:
    undecided = replace(SWAP, faulty_ending="")
    with pytest.raises(EndingNeeded):
        check_swap(undecided, data_bearing=True)
    check_swap(undecided)
    for ending in ENDINGS:
        check_swap(replace(SWAP, faulty_ending=ending), data_bearing=True)
        assert ending_sentence(ending).read("zh") != ending_sentence("").read("zh")


def test_a_serial_unlike_the_equipment_list_is_flagged_not_refused() -> None:
    assert serial_differs("90018", ["90017"])
    assert not serial_differs("78e 00412", ["78E00412"])
    assert not serial_differs("90018", ["", " "])
    check_swap(replace(SWAP, serial_differs=True))


def test_what_a_swap_lacks_is_named() -> None:
    whole = replace(SWAP, finished_at=AT, self_test="ok")
    assert swap_gaps(whole) == ()
    assert len(swap_gaps(Swap(id="w"), Asset(id="a", data_bearing=True))) == 4
    assert len(swap_gaps(replace(whole, faulty_ending="destroyed"))) == 1
    assert swap_gaps(replace(whole, faulty_ending="destroyed", ending_note="shredded; two names")) == ()


PLACES = ("depot", "van", "customer", "transit")
moves = st.lists(
    st.builds(
        StockMovement,
        id=st.uuids().map(lambda one: one.hex),
        part_id=st.sampled_from(("psu", "disk")),
        serial=st.sampled_from(("", "s1", "s2", "s3")),
        quantity=st.integers(1, 3),
        from_id=st.sampled_from(PLACES),
        to_id=st.sampled_from(PLACES),
        at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(lambda at: at.replace(tzinfo=UTC)),
        condition=st.sampled_from(("good", "faulty")),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(moves)
def test_moving_things_neither_makes_nor_loses_any(movements: list[StockMovement]) -> None:
    assert sum(quantities(movements).values()) == 0
    assert 0 not in quantities(movements).values()


@settings(max_examples=60, deadline=None)
@given(moves)
def test_stock_does_not_depend_on_the_order_of_arrival(movements: list[StockMovement]) -> None:
    shuffled = sorted(movements, key=lambda each: each.id[::-1])
    for place in PLACES:
        assert stock_at(movements, place) == stock_at(shuffled, place)
    assert quantities(movements) == quantities(shuffled)


def test_a_serial_lies_where_it_came_to_last() -> None:
    first = StockMovement(id="1", part_id="psu", serial="10233", from_id="depot", to_id="van", at=AT)
    second = StockMovement(id="2", part_id="psu", serial="10233", from_id="van", to_id="customer", at=AT)
    loose = StockMovement(id="3", part_id="cable", quantity=5, from_id="depot", to_id="van", at=AT)
    assert [each.part_id for each in stock_at([second, first, loose], "van")] == ["cable"]
    assert [each.serial for each in stock_at([second, first, loose], "customer")] == ["10233"]
