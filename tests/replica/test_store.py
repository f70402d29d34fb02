"""Records, answers, numbers: saved with their Changes, found again, never by halves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource
from fieldapp.domain.cases import Case, CaseActivity
from fieldapp.domain.customers import Contract, Customer, Person, Site
from fieldapp.domain.documents import Attachment, NumberBlock
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import KINDS, Plain, from_plain, to_plain
from fieldapp.replica.engine import Replica
from fieldapp.replica.outbox import bounds
from fieldapp.replica.refusals import NoNumbersLeft, UnknownRecord
from fieldapp.replica.rows import rows_of
from fieldapp.replica.tables import OUTBOX
from fieldapp.wire.changes import GENESIS, BadChange, Change, chain_digest, change_from_bytes, value_digest


def outbox(replica: Replica) -> list[Change]:
    """All Changes of a replica, in order."""
    with replica.reading() as reader:
        rows = reader.connection.execute(sa.select(OUTBOX.c.data).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)).scalars().all()
    return [change_from_bytes(data) for data in rows]


def test_a_record_comes_back_as_it_was_saved(replica: Replica, ids: IdSource) -> None:
    at = datetime(2026, 11, 23, 1, 34, tzinfo=UTC)
    person = Person(id=ids.new(), name="王工", line=2, skills=("storage", "备份"))
    contract = Contract(id=ids.new(), number="HT-1", starts_on=date(2026, 1, 1), media_retention=True, backup_kinds=())
    case = Case(id=ids.new(), summary="电源告警", major=True, reported_at=at, maintenance_level=None)
    with replica.writing() as work:
        for record in (person, contract, case):
            assert work.save(record) is record
        assert work.changed_kinds == {"person", "contract", "case"}
    with replica.reading() as reader:
        assert reader.need(Person, person.id) == person
        assert reader.need(Contract, contract.id) == contract
        assert reader.need(Case, case.id) == case


def test_every_kind_can_be_saved_and_found(replica: Replica, ids: IdSource) -> None:
    made = [from_plain(kind, ids.new(), {}) for kind in KINDS.values()]
    with replica.writing() as work:
        for record in made:
            work.save(record)
    with replica.reading() as reader:
        for record in made:
            assert reader.find(type(record)) == [record]


def test_only_fields_that_differ_travel(replica: Replica, ids: IdSource) -> None:
    case = Case(id=ids.new(), summary="一", scheme="P")
    with replica.writing() as work:
        work.save(case)
    with replica.writing() as work:
        work.save(replace(case, cause="found", summary="二"))
        work.save(replace(case, cause="found", summary="二"))
    first, second = outbox(replica)
    assert first.values() == {"summary": "一"}
    assert [edit.base for edit in first.edits] == [None]
    assert second.values() == {"cause": "found", "summary": "二"}
    assert [edit.base for edit in second.edits] == [value_digest(""), value_digest("一")]


def test_a_save_without_a_difference_leaves_no_trace(replica: Replica, ids: IdSource) -> None:
    case = Case(id=ids.new(), reported_at=datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC))
    with replica.writing() as work:
        work.save(case)
    with replica.writing() as work:
        work.save(case)
        assert work.changed_kinds == frozenset()
    assert len(outbox(replica)) == 1


def test_a_value_that_may_not_travel_stops_the_whole_unit(replica: Replica, ids: IdSource) -> None:
    good = Case(id=ids.new(), summary="good")

    def both() -> None:
        with replica.writing() as work:
            work.save(good)
            work.save(Case(id=ids.new(), summary="\ud800"))

    with pytest.raises(BadChange):
        both()
    with replica.reading() as reader:
        assert reader.count(Case) == 0
    assert outbox(replica) == []


def test_the_chain_verifies_and_sequences_have_no_gap(replica: Replica, ids: IdSource) -> None:
    for number in range(5):
        with replica.writing() as work:
            work.save(Case(id=ids.new(), summary=str(number)))
            work.save(CaseActivity(id=ids.new(), text=str(number)))
    with replica.reading() as reader:
        rows = reader.connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.sequence)).all()
        state = reader.sync_state()
    head = GENESIS
    for place, row in enumerate(rows, 1):
        head = chain_digest(head, row.data)
        assert (row.sequence, row.head) == (place, head)
    assert (state.sequence, state.head) == (10, head)


def test_find_filters_orders_and_limits(replica: Replica, ids: IdSource) -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    cases = [
        Case(
            id=ids.new(),
            summary=str(n),
            severity="P1" if n % 2 else "P2",
            reported_at=start + timedelta(hours=n) if n else None,
            major=n == 3,
        )
        for n in range(6)
    ]
    with replica.writing() as work:
        for case in cases:
            work.save(case)
    with replica.reading() as reader:

        def numbers(**wanted: object) -> list[str]:
            return [case.summary for case in reader.find(Case, **wanted)]  # type: ignore[arg-type]

        assert numbers() == list("012345")
        assert numbers(severity="P1", order="reported_at", descending=True) == ["5", "3", "1"]
        assert numbers(severity=["P1", "P2"], limit=2, order="summary") == ["0", "1"]
        assert numbers(severity__ne=("P1",)) == list("024")
        assert numbers(reported_at=None) == ["0"]
        assert numbers(reported_at__ne=None, reported_at__lt=start + timedelta(hours=2)) == ["1"]
        assert numbers(reported_at__ge=start + timedelta(hours=4)) == ["4", "5"]
        assert numbers(reported_at__gt=start + timedelta(hours=4)) == ["5"]
        assert numbers(reported_at__le=start + timedelta(hours=1)) == ["1"]
        assert numbers(major=True) == ["3"]
        assert numbers(severity=()) == []
        assert reader.count(Case, severity="P2") == 3
        with pytest.raises(KeyError):
            numbers(colour="blue")


def test_a_record_that_is_not_here_is_told(replica: Replica, ids: IdSource) -> None:
    with replica.reading() as reader:
        assert reader.get(Case, ids.new()) is None
        with pytest.raises(UnknownRecord):
            reader.need(Case, ids.new())
    with replica.writing() as work:
        with pytest.raises(UnknownRecord):
            work.delete(Case, ids.new())
        with pytest.raises(UnknownRecord):
            work.answer(ids.new(), {"/data/x": "1"})


def test_answers_of_one_call_are_one_change(replica: Replica, ids: IdSource, clock: TurnableClock) -> None:
    with replica.writing() as work:
        form = work.save(FormInstance(id=ids.new()))
    clock.advance(minutes=3)
    with replica.writing(author="ab" * 16) as work:
        work.answer(form.id, {"/data/env/T1_08": "23.5", "/data/env/T1_08#result": "na", "/data/disks{1}/T1_15": "ok"})
    with replica.writing() as work:
        work.answer(form.id, {"/data/env/T1_08": "23.5", "/data/disks{1}/T1_15": None})
        with pytest.raises(ValueError, match="slash"):
            work.answer(form.id, {"T1_08": "1"})
    _, first, second = outbox(replica)
    assert len(first.edits) == 3
    assert second.values() == {"/data/disks{1}/T1_15": None}
    with replica.reading() as reader:
        assert reader.answers(form.id) == {"/data/env/T1_08": "23.5", "/data/env/T1_08#result": "na"}
        rows = reader.answers_of([form.id], "T1_08")
        assert [(row.key, row.value, row.author, row.at) for row in rows] == [
            ("/data/env/T1_08", "23.5", "ab" * 16, clock.now()),
            ("/data/env/T1_08#result", "na", "ab" * 16, clock.now()),
        ]
        assert reader.answers_of([form.id], "T1_15") == []


def test_a_deleted_record_is_gone_with_its_answers_and_may_come_back(replica: Replica, ids: IdSource) -> None:
    with replica.writing() as work:
        form = work.save(FormInstance(id=ids.new()))
        work.answer(form.id, {"/data/x": "1"})
        work.delete(FormInstance, form.id)
        assert work.get(FormInstance, form.id) is None
        assert work.answers(form.id) == {}
        work.save(form)
        assert work.answers(form.id) == {}
    assert [change.deleted for change in outbox(replica)] == [False, False, True, False]


def test_numbers_come_from_the_leased_blocks_and_run_out(replica: Replica, ids: IdSource) -> None:
    def block(first: int, last: int, device: Id, used: int = 0) -> NumberBlock:
        return NumberBlock(id=ids.new(), device=device, series="SR", prefix="SR-", first=first, last=last, width=6, used=used)

    with replica.writing() as work:
        work.save(block(500, 600, ids.new()))
        work.save(block(20, 21, replica.device))
        work.save(block(7, 8, replica.device, used=7))
        assert [work.next_number("SR") for _ in range(3)] == ["SR-000008", "SR-000020", "SR-000021"]
        with pytest.raises(NoNumbersLeft):
            work.next_number("SR")
        with pytest.raises(NoNumbersLeft):
            work.next_number("IR")


def test_a_number_of_a_unit_that_failed_is_given_out_again(replica: Replica, ids: IdSource) -> None:
    with replica.writing() as work:
        work.save(NumberBlock(id=ids.new(), device=replica.device, series="SR", first=1, last=9, used=0))

    def fail() -> None:
        with replica.writing() as work:
            work.next_number("SR")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with replica.writing() as work:
        assert work.next_number("SR") == "000001"


def test_what_is_only_here_is_counted(replica: Replica, ids: IdSource, clock: TurnableClock) -> None:
    with replica.writing() as work:
        case = work.save(Case(id=ids.new()))
        work.save(Attachment(id=ids.new(), owner_id=case.id, digest="ab" * 32, size=70))
        work.save(Attachment(id=ids.new(), owner_id=case.id, digest="ab" * 32, size=70))
        work.save(Attachment(id=ids.new(), owner_id=case.id, digest="cd" * 32, size=30))
    first = clock.now()
    clock.advance(minutes=1)
    with replica.writing() as work:
        work.save(replace(case, cause="x"))
    with replica.reading() as reader:
        pending = reader.unreceipted()
        records = reader.pending_records()
    assert (pending.changes, pending.blobs, pending.blob_bytes, dict(pending.by_kind)) == (5, 2, 100, {"attachment": 3, "case": 2})
    assert (records[0].record_id, records[0].changes, records[0].first_at) == (case.id, 2, first)


def test_the_time_of_a_change_is_bounded_by_the_last_contact(replica: Replica) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    millis = int(now.timestamp() * 1000)
    with replica.reading() as reader:
        state = reader.sync_state()
    assert bounds(now, state) == (millis - 600_000, millis + 600_000)
    met = replace(state, last_contact_at=now - timedelta(days=1), clock_low=3_600_000, clock_high=3_600_500)
    assert bounds(now, met) == (millis + 3_600_000 - 4320, millis + 3_600_500 + 4320)
    set_back = replace(met, last_contact_at=now + timedelta(days=1))
    earliest, latest = bounds(now, set_back)
    assert earliest == millis + 86_400_000 + 3_600_000
    assert latest > earliest


PLAIN = st.one_of(st.none(), st.text(max_size=6), st.integers(-5, 5), st.booleans())


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.dictionaries(
        st.sampled_from(["name", "category", "address", "colour", "size", "unknown"]),
        PLAIN,
    )
)
def test_a_row_gives_back_exactly_what_it_was_made_from(values: dict[str, Plain]) -> None:
    rows = rows_of("customer")
    named: dict[str, object] = dict.fromkeys([column.name for column in rows.table.columns])
    named.update(rows.columns("ab" * 16, values, 3, b"d"))
    row = list(named.values())
    assert rows.exact(row) == {name: value for name, value in values.items() if value is not None}
    assert to_plain(rows.record(row)).keys() == to_plain(Customer(id="ab" * 16)).keys()


def test_a_site_without_a_field_of_this_version_takes_its_default() -> None:
    rows = rows_of("site")
    named: dict[str, object] = dict.fromkeys([column.name for column in rows.table.columns])
    named.update(rows.columns("ab" * 16, {"name": "x"}, 1, None))
    assert rows.record(list(named.values())) == Site(id="ab" * 16, name="x")
