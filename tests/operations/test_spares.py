"""Stock derived from the ledger, and a swap in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, derived_id
from fieldapp.domain.calendars import CalendarDay
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Asset, Contract
from fieldapp.domain.documents import NumberBlock
from fieldapp.domain.spares import EndingNeeded, Rma, SameSerial, SerialMissing, SparePart, StockLocation, StockMovement, Swap
from fieldapp.operations.session import FieldSession
from fieldapp.operations.spares import begin_swap, discard_swap, keep_swap, record_return, record_swap, stock, swap, swaps
from fieldapp.operations.swapping.views import EndingIncomplete, SwapEntry, SwapFinished, SwapTimesWrong
from fieldapp.replica.refusals import UnknownRecord
from tests.operations.world import SmallWorld, give, local


def turn(session: FieldSession, hour: int, minute: int = 0, days: int = 0) -> None:
    clock = session.clock
    assert isinstance(clock, TurnableClock)
    clock.set(local(hour, minute, days))


def entered(session: FieldSession, world: SmallWorld, **more: Any) -> SwapEntry:
    """All that a good swap needs, at 14:20."""
    turn(session, 14, 20)
    begun = begin_swap(session, case_id=world.case, visit_id=world.repair_visit, asset_id=world.storage).entry
    usual: dict[str, Any] = {
        "part_id": world.part,
        "old_serial": "90017",
        "new_serial": "10233",
        "source_id": world.van,
        "received_at": local(13, 0),
        "configuration_saved": True,
        "esd_protection": True,
        "started_at": local(13, 50),
        "finished_at": local(14, 10),
        "self_test": "ok",
        "restored_at": local(14, 15),
        "faulty_ending": "taken_back",
        "handed_to": "项目经理",
    }
    return replace(begun, **{**usual, **more})


def count(session: FieldSession, kind: type[Any]) -> int:
    with session.reading() as reader:
        return reader.count(kind)


def test_a_swap_writes_everything_at_once(field_session: FieldSession, world: SmallWorld) -> None:
    heard: list[frozenset[str]] = []
    field_session.listen(heard.append)
    view = record_swap(field_session, entered(field_session, world))
    assert len(heard) == 1
    assert heard[0] >= {"swap", "stock_movement", "rma", "case", "case_activity", "number_block"}
    assert (view.recorded, view.gaps, view.rma_number) == (True, (), "RMA-2026-000173")
    assert view.return_due_on == date(2026, 12, 7), "ten working days after 23 November"
    with field_session.reading() as reader:
        lines = reader.find(StockMovement, swap_id=view.entry.swap_id)
        assert [(each.reason, each.serial, each.condition) for each in lines] == [
            ("swap_in", "10233", "good"),
            ("swap_out", "90017", "faulty"),
        ]
        assert (lines[0].from_id, lines[1].to_id) == (world.van, world.van)
        case = reader.need(Case, world.case)
        assert (case.restored_at, case.status) == (local(14, 15), "restored")
        assert [each.kind for each in reader.find(CaseActivity, case_id=world.case, order="at")] == ["call", "part", "restore"]
        rma = reader.find(Rma)[0]
        assert (rma.serial, rma.state, rma.case_id, rma.due_at) == ("90017", "requested", world.case, None)
        assert reader.need(Swap, view.entry.swap_id).part_no == "PSU-800"
        assert reader.need(Asset, world.storage).serial == "78E00412", "a part was swapped, not the storage"


def test_stock_follows_the_ledger(field_session: FieldSession, world: SmallWorld) -> None:
    before = stock(field_session)
    assert [(each.part_no, each.serial, each.condition) for each in before.van] == [("PSU-800", "10233", "good")]
    assert (before.van_name, before.synced_at) == ("王海 随车", None)
    record_swap(field_session, entered(field_session, world))
    assert [(each.serial, each.condition) for each in stock(field_session).van] == [("90017", "faulty")]


def test_stock_counts_parts_without_serials_and_shows_the_depot(field_session: FieldSession, world: SmallWorld) -> None:
    part = SparePart(id=derived_id("cable"), part_no="CAB-1", name_zh="线缆")
    moves = [
        StockMovement(id=derived_id("m", str(at)), part_id=part.id, quantity=count, from_id=source, to_id=target, at=local(9))
        for at, (source, target, count) in enumerate((("", world.depot, 10), (world.depot, world.van, 3)))
    ]
    give(field_session, part, *moves)
    found = stock(field_session)
    assert [(each.part_no, each.quantity) for each in found.van] == [("CAB-1", 3), ("PSU-800", 1)]
    assert [(each.part_no, each.quantity) for each in found.depot] == [("CAB-1", 7)]


def test_an_empty_laptop_has_no_stock(field_session: FieldSession) -> None:
    found = stock(field_session)
    assert (found.van, found.depot, found.van_name) == ((), (), "")
    assert swaps(field_session) == ()


@pytest.mark.parametrize(
    ("ending", "lines", "rma", "returns"),
    [
        ("taken_back", 2, 1, True),
        ("wiped", 2, 1, True),
        ("sent_by_customer", 2, 1, True),
        ("retained", 1, 0, False),
        ("destroyed", 2, 0, False),
    ],
)
def test_each_ending_of_the_faulty_part_has_its_consequences(
    ending: str, lines: int, rma: int, returns: bool, field_session: FieldSession, world: SmallWorld
) -> None:
    entry = entered(field_session, world, faulty_ending=ending, ending_note="钻孔,王海、陈敏")
    view = record_swap(field_session, entry)
    with field_session.reading() as reader:
        assert reader.count(StockMovement, swap_id=entry.swap_id) == lines
    assert count(field_session, Rma) == rma
    assert (view.return_due_on is not None) is returns
    row = swaps(field_session)[0]
    assert (row.days_left is not None) is returns
    assert row.due_words.read("zh") == ("返还 剩 14 天" if returns else "无需返还")


def test_nothing_is_saved_of_a_swap_that_cannot_stand(field_session: FieldSession, world: SmallWorld) -> None:
    good = entered(field_session, world)
    tries: list[tuple[type[Exception], dict[str, Any]]] = [
        (SerialMissing, {"old_serial": " "}),
        (SerialMissing, {"new_serial": ""}),
        (SameSerial, {"new_serial": " 9 0017"}),
        (EndingNeeded, {"faulty_ending": ""}),
        (EndingIncomplete, {"faulty_ending": "destroyed"}),
        (SwapTimesWrong, {"started_at": local(14, 15)}),
        (SwapTimesWrong, {"finished_at": local(15, 0)}),
        (SwapTimesWrong, {"restored_at": local(16, 0)}),
    ]
    with field_session.reading() as reader:
        before = reader.unreceipted().changes
    for error, wrong in tries:
        with pytest.raises(error):
            record_swap(field_session, replace(good, **wrong))
    with field_session.reading() as reader:
        assert reader.unreceipted().changes == before
    assert (count(field_session, Swap), count(field_session, StockMovement)) == (0, 1)


def test_an_ending_may_wait_where_no_data_is_held(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        give_back = replace(reader.need(Asset, world.storage), data_bearing=False)
    give(field_session, give_back)
    view = record_swap(field_session, entered(field_session, world, faulty_ending=""))
    assert not view.must_end
    assert [each.read("zh") for each in view.gaps] == ["坏件的处置"] or len(view.gaps) == 1


def test_what_is_typed_is_kept_and_found_again(field_session: FieldSession, world: SmallWorld) -> None:
    turn(field_session, 14)
    fresh = begin_swap(field_session, case_id=world.case, visit_id=world.repair_visit, asset_id=world.storage)
    assert count(field_session, Swap) == 0, "looking is not recording"
    assert (fresh.recorded, fresh.must_end, fresh.entry.source_id) == (False, True, world.van)
    assert [each.serials for each in fresh.parts] == [("10233",)]
    assert [each.location_id for each in fresh.sources] == [world.van, world.depot, ""]
    keep_swap(field_session, replace(fresh.entry, part_id=world.part, old_serial=" 90017 "))
    again = begin_swap(field_session, case_id=world.case, visit_id=world.repair_visit, asset_id=world.storage)
    assert (again.entry.swap_id, again.entry.old_serial, again.entry.part_no) == (fresh.entry.swap_id, "90017", "PSU-800")
    assert len(again.gaps) == 4
    row = swaps(field_session)[0]
    assert (row.complete, row.due_words.read("zh"), row.due_tone) == (False, "记录中", "due")
    discard_swap(field_session, fresh.entry.swap_id)
    discard_swap(field_session, fresh.entry.swap_id)
    assert count(field_session, Swap) == 0


def test_a_visit_leads_to_its_case_and_equipment(field_session: FieldSession, world: SmallWorld) -> None:
    view = begin_swap(field_session, visit_id=world.repair_visit)
    assert (view.entry.case_id, view.entry.asset_id) == (world.case, world.storage)
    assert (view.customer, view.case_number, view.asset_serial) == ("华东数据中心", "CS-2026-00417", "78E00412")
    with pytest.raises(UnknownRecord):
        begin_swap(field_session, case_id=derived_id("nothing"))
    with pytest.raises(UnknownRecord):
        swap(field_session, derived_id("nothing"))


def test_a_recorded_swap_stays_as_it_is(field_session: FieldSession, world: SmallWorld) -> None:
    entry = entered(field_session, world)
    record_swap(field_session, entry)
    with pytest.raises(SwapFinished):
        record_swap(field_session, entry)
    with pytest.raises(SwapFinished):
        keep_swap(field_session, replace(entry, old_serial="other"))
    with pytest.raises(SwapFinished):
        discard_swap(field_session, entry.swap_id)
    other = begin_swap(field_session, case_id=world.case, visit_id=world.repair_visit, asset_id=world.storage)
    assert other.entry.swap_id != entry.swap_id, "a second part can be swapped"


def test_the_equipment_itself_gets_its_new_serial(field_session: FieldSession, world: SmallWorld) -> None:
    entry = entered(field_session, world, old_serial="78e00412", new_serial="78E00999", part_id="", part_no="ST-7300", source_id="")
    kept = keep_swap(field_session, entry)
    assert any("整机" in each.read("zh") for each in kept.notes)
    record_swap(field_session, entry)
    with field_session.reading() as reader:
        assert reader.need(Asset, world.storage).serial == "78E00999"
        line = reader.find(StockMovement, swap_id=entry.swap_id)[0]
        assert line.from_id == derived_id("location", "difference"), "in no book: the depot explains it"


def test_a_temporary_part_leaves_list_and_rma_alone(field_session: FieldSession, world: SmallWorld) -> None:
    record_swap(field_session, entered(field_session, world, old_serial="78E00412", substitution="temporary"))
    assert count(field_session, Rma) == 0
    with field_session.reading() as reader:
        assert reader.need(Asset, world.storage).serial == "78E00412"


def test_a_serial_unlike_the_list_is_recorded_and_said(field_session: FieldSession, world: SmallWorld) -> None:
    customer = derived_id("location", "customer")
    with field_session.reading() as reader:
        place = reader.need(StockLocation, customer)
    give(
        field_session,
        replace(place, site_id=world.site),
        StockMovement(id=derived_id("m", "d"), part_id=world.part, serial="90017", to_id=customer, at=local(9, days=-300)),
    )
    right = keep_swap(field_session, entered(field_session, world))
    assert right.notes == ()
    entry = entered(field_session, world, old_serial="90018", new_serial="77777", self_test="abnormal")
    words = [each.read("zh") for each in keep_swap(field_session, entry).notes]
    assert [part for part in ("设备清单不符", "不在该库位账上", "自检异常") if not any(part in each for each in words)] == []
    record_swap(field_session, entry)
    with field_session.reading() as reader:
        assert reader.need(Swap, entry.swap_id).serial_differs
        assert reader.need(Case, world.case).restored_at is None, "an abnormal self test restores nothing"


def test_media_that_stay_without_entitlement_become_a_task(field_session: FieldSession, world: SmallWorld) -> None:
    view = keep_swap(field_session, entered(field_session, world, faulty_ending="retained"))
    assert any("转备件库" in each.read("zh") for each in view.notes)
    record_swap(field_session, view.entry)
    with field_session.reading() as reader:
        texts = [each.text for each in reader.find(CaseActivity, case_id=world.case, kind="part")]
        contract = reader.need(Contract, world.contract)
    assert len(texts) == 2
    assert "无合同依据" in texts[1]
    give(field_session, replace(contract, media_retention=True))
    assert swap(field_session, view.entry.swap_id).media_retention


def test_without_numbers_the_rma_gets_its_number_at_the_centre(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        block = reader.find(NumberBlock, series="RMA")[0]
    give(field_session, replace(block, used=block.last))
    view = record_swap(field_session, entered(field_session, world))
    assert view.recorded
    assert (view.rma_number, bool(view.rma_id)) == ("", True)


def test_without_a_calendar_the_day_of_return_is_not_guessed(field_session: FieldSession, world: SmallWorld) -> None:
    with field_session.reading() as reader:
        days: list[Id] = [each.id for each in reader.find(CalendarDay)]
    give(field_session, *(CalendarDay(id=each, day=date(2024, 10, 1), kind="holiday") for each in days))
    view = record_swap(field_session, entered(field_session, world))
    assert view.return_due_on is None
    assert "2026" in view.return_words.read("zh")
    assert swaps(field_session)[0].due_words.read("zh") == "返还日期待定"


def test_returns_are_counted_down_and_end(field_session: FieldSession, world: SmallWorld) -> None:
    view = record_swap(field_session, entered(field_session, world))
    swap_id = view.entry.swap_id

    def told() -> tuple[str, str]:
        row = swaps(field_session)[0]
        return row.due_words.read("zh"), row.due_tone

    turn(field_session, 9, days=12)
    assert told() == ("返还 剩 2 天", "due")
    turn(field_session, 0, 30, days=14)
    assert told() == ("今日应返还", "due"), "by the day of the site, not of Greenwich"
    turn(field_session, 9, days=16)
    assert told() == ("返还 超期 2 天", "breached")
    record_return(field_session, swap_id, "备件库 李工")
    assert told() == ("坏件已返还", "met")
    turn(field_session, 9, days=20)
    record_return(field_session, swap_id, "")
    with field_session.reading() as reader:
        found = reader.need(Swap, swap_id)
    assert (found.returned_at, found.handed_to) == (local(9, days=16), "备件库 李工")


def test_the_most_urgent_return_comes_first(field_session: FieldSession, world: SmallWorld) -> None:
    give(
        field_session,
        *(
            Swap(id=derived_id("s", name), site_id=world.site, part_no=name, finished_at=local(9, days=-9), **more)
            for name, more in (
                ("over", {"faulty_ending": "retained"}),
                ("late", {"faulty_ending": "taken_back", "received_at": local(9, days=-20), "return_due_on": date(2026, 11, 20)}),
                ("soon", {"faulty_ending": "taken_back", "received_at": local(9, days=-9), "return_due_on": date(2026, 11, 25)}),
            )
        ),
    )
    assert [each.part_no for each in swaps(field_session)] == ["late", "soon", "over"]
