"""Receipts by runs: a run is one row, whatever is not simply applied has one of its own, and both are taken back alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from fieldapp.base.clock import Clock
from fieldapp.base.ids import IdSource
from fieldapp.domain.cases import Case
from fieldapp.replica import upgrading
from fieldapp.replica.connection import open_engine
from fieldapp.replica.engine import Replica
from fieldapp.replica.outbox import Batch, adopt_incarnation, anything_waits, batch_between, next_batch, receive, send_again
from fieldapp.replica.reader import sync_state
from fieldapp.replica.tables import OUTBOX, PENDING, RECEIPT, RECEIPTED, WAITING
from fieldapp.wire.protocol import Verdict
from tests.replica.conftest import KEY


def saved(replica: Replica, many: int) -> None:
    with replica.writing() as work:
        for number in range(many):
            work.save(Case(id=replica.ids.new(), summary=f"{number}"))


def answered(connection: sa.Connection, first: int, last: int, revision: int, *verdicts: Verdict) -> int:
    """The centre's receipts for the Changes from `first` to `last`."""
    return receive(connection, Batch(1, first, b"", (b"",) * (last - first + 1), False), last, verdicts, revision, "at")


def waiting(connection: sa.Connection) -> list[int]:
    return list(connection.execute(sa.select(WAITING.c.sequence).order_by(WAITING.c.sequence)).scalars())


def receipts(connection: sa.Connection) -> list[tuple[int, str, int]]:
    columns = RECEIPTED.c.sequence, RECEIPTED.c.verdict, RECEIPTED.c.settled
    return [(row[0], row[1], row[2]) for row in connection.execute(sa.select(*columns).order_by(RECEIPTED.c.sequence))]


def own_receipts(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).where(OUTBOX.c.verdict.is_not(None))).scalar_one())


def test_what_was_applied_is_one_row_and_an_exception_one_more(replica: Replica) -> None:
    saved(replica, 6)
    with replica.transaction() as connection:
        assert answered(connection, 1, 4, 10, Verdict(2, "rejected", ("summary",), "sealed")) == 4
        assert waiting(connection) == [5, 6]
        assert anything_waits(connection)
        assert answered(connection, 5, 6, 20) == 2
        assert not anything_waits(connection)
        assert own_receipts(connection) == 1
        assert connection.execute(sa.select(RECEIPT)).all() == [(4, 10, "at"), (6, 20, "at")]
        applied = [(1, "applied", 10), (3, "applied", 10), (4, "applied", 10), (5, "applied", 20), (6, "applied", 20)]
        assert receipts(connection) == sorted([*applied, (2, "rejected", 10)])
    with replica.reading() as reader:
        assert [(each.sequence, each.verdict, each.reason) for each in reader.verdicts()] == [(2, "rejected", "sealed")]
        assert reader.unreceipted().changes == 0


def test_the_same_answer_twice_changes_nothing(replica: Replica) -> None:
    saved(replica, 3)
    with replica.transaction() as connection:
        answered(connection, 1, 3, 10, Verdict(1, "merged", ("summary",), "both"))
        before = receipts(connection)
        answered(connection, 1, 3, 99, Verdict(2, "rejected", ("summary",), "sealed"))
        assert receipts(connection) == before


def test_answers_that_a_courier_brings_out_of_order_leave_no_change_without_a_receipt(replica: Replica) -> None:
    saved(replica, 6)
    with replica.transaction() as connection:
        answered(connection, 3, 4, 20, Verdict(4, "conflict", ("summary",), "both_edited", "cc" * 16))
        assert waiting(connection) == [1, 2, 5, 6]
        assert batch_between(connection, 1, 1, 2).first == 1
        answered(connection, 1, 2, 30)
        assert waiting(connection) == [5, 6]
        assert next_batch(connection, 10, 10**6).first == 5
        answered(connection, 5, 6, 40)
        assert sync_state(connection).received == 6  # from here on one row will do again
        known = [(1, "applied", 30), (2, "applied", 30), (3, "applied", 20), (4, "conflict", 20), (5, "applied", 40), (6, "applied", 40)]
        assert receipts(connection) == known


@pytest.mark.parametrize("runs", [(2, 5), (5,), (1, 2, 3, 4, 5)])
def test_receipts_are_taken_back_whatever_runs_they_came_in(replica: Replica, runs: Sequence[int]) -> None:
    saved(replica, 6)
    with replica.transaction() as connection:
        first = 1
        for last in runs:
            answered(connection, first, last, last * 10)
            first = last + 1
        assert send_again(connection, 3) == 5  # all that is kept
        assert waiting(connection) == [1, 2, 3, 4, 5, 6]
        assert receipts(connection) == []
        answered(connection, 1, 6, 70)
        assert receipts(connection) == [(number, "applied", 70) for number in range(1, 7)]


def test_a_new_incarnation_takes_what_waits_along_and_leaves_receipts_behind(replica: Replica) -> None:
    saved(replica, 5)
    with replica.transaction() as connection:
        answered(connection, 1, 3, 10)
        assert adopt_incarnation(connection, 4) == 2
        assert [(each.incarnation, each.sequence) for each in connection.execute(sa.select(WAITING))] == [(4, 1), (4, 2)]
        assert receipts(connection) == [(1, "applied", 10), (2, "applied", 10), (3, "applied", 10)]
        shown = connection.execute(sa.select(PENDING.c.incarnation, PENDING.c.sequence).order_by(*PENDING.c[2:])).all()
        assert shown == [(1, 1), (1, 2), (1, 3), (4, 1), (4, 2)]
    saved(replica, 1)
    with replica.reading() as reader:
        batch = next_batch(reader.connection, 10, 10**6)
    assert (batch.incarnation, batch.first, len(batch.changes)) == (4, 1, 3)


@pytest.mark.parametrize(("received", "waits"), [(3, [4, 5]), (5, []), (0, [1, 2, 3, 4, 5])])
def test_a_replica_of_the_version_before_keeps_its_receipts(
    tmp_path: Path, clock: Clock, ids: IdSource, received: int, waits: list[int]
) -> None:
    path = tmp_path / "older.db"
    _older(path, received)
    replica = Replica.open(path, KEY, clock=clock, ids=ids)
    with replica.transaction() as connection:
        assert waiting(connection) == waits
        assert sync_state(connection).received == received
        assert receipts(connection) == [(number, "applied", number * 10) for number in range(1, received + 1)]
        shown = connection.execute(sa.select(PENDING.c.record_id).order_by(PENDING.c.sequence)).scalars().all()
        assert shown == [f"{number:032x}" for number in (3, 4, 5)]
        if waits:
            answered(connection, waits[0], 5, 99)
            assert receipts(connection)[-1] == (5, "applied", 99)
    replica.close()


def _older(path: Path, received: int) -> None:
    """A replica of revision 0004 with five Changes, receipts up to `received`, those from 3 on still shown."""
    engine = open_engine(path, KEY)
    with engine.execution_options(writing=True).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(upgrading.__file__).parent / "migrations").replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        connection.exec_driver_sql(
            "INSERT INTO state (id, device, engineer, incarnation, sequence, head, epoch, cursor, centre_revision, scope_digest, complete, "
            "search_behind, clock_low, clock_high) VALUES (1, ?, ?, 1, 5, x'00', 0, 0, 0, zeroblob(32), 0, 0, 0, 0)",
            ("aa" * 16, "bb" * 16),
        )
        for number in range(1, 6):
            given = ("applied", "at", number * 10) if number <= received else (None, None, None)
            connection.exec_driver_sql(
                "INSERT INTO outbox (incarnation, sequence, kind, record_id, data, head, bases, at, shown, verdict, received_at, settled, "
                "fields, reason, conflict_id) VALUES (1, ?, 'case', ?, x'00', x'00', '{}', 'at', ?, ?, ?, ?, '[]', '', '')",
                (number, f"{number:032x}", int(number >= 3), *given),
            )
    engine.dispose()
