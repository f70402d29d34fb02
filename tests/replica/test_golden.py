"""A replica as version 0.1.0 wrote it, with a full outbox: every later version opens it and sends the same bytes.

`replica-0.1.0.db` is written once for each version, by this module with --rewrite-golden where it is missing, and never again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource, SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment, NumberBlock
from fieldapp.domain.inspections import FormInstance
from fieldapp.replica.bulk import take_snapshot
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import recomputed_digest
from fieldapp.replica.outbox import next_batch
from fieldapp.replica.tables import OUTBOX
from fieldapp.wire.changes import GENESIS, chain_digest
from fieldapp.wire.protocol import Row, SnapshotHead
from fieldapp.wire.snapshot import read_blocks, write_snapshot
from tests.conftest import GOLDEN, GoldenFile
from tests.replica.conftest import KEY

NAME = "replica-0.1.0.db"
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CASE, FORM, THEIRS = "01" * 16, "02" * 16, "03" * 16


def write(path: Path) -> None:
    """A day's work as this version saves it: what the centre sent, and edits that it has not seen."""
    clock = TurnableClock(START)
    ids = IdSource(clock, SeededRandomness(41))
    replica = Replica.create(path, KEY, clock=clock, ids=ids, device="aa" * 16, engineer="bb" * 16, incarnation=2)
    rows = [
        Row("case", bytes.fromhex(THEIRS), 7, {"number": "CS-2026-00417", "summary": "电源模块故障", "colour": "of a newer version"}),
        Row("number_block", bytes.fromhex("04" * 16), 8, {"device": "aa" * 16, "series": "SR", "prefix": "SR-", "first": 1, "last": 50}),
    ]
    head, blocks = read_blocks(write_snapshot(SnapshotHead(1, 5, 9, 2), rows))
    with replica.transaction() as connection:
        take_snapshot(connection, head, list(blocks), got=clock.now())
    with replica.writing() as work:
        case = work.save(Case(id=CASE, temp_no="TMP-000001", summary="风扇异响", reported_at=START))
        work.save(FormInstance(id=FORM, asset_id="05" * 16))
        work.next_number("SR")
    clock.advance(minutes=5)
    with replica.writing() as work:
        work.answer(FORM, {"/data/env/T1_08": "23.5", "/data/env/T1_08#result": "na", "/data/disks{1}/T1_15": "正常"})
        work.save(Attachment(id="06" * 16, owner_kind="case", owner_id=case.id, digest="ab" * 32, size=12))
        work.delete(Case, THEIRS)
    replica.close()


def outbox(replica: Replica) -> bytes:
    """The bytes that would be sent, each with its length before it."""
    with replica.reading() as reader:
        batch = next_batch(reader.connection, 1000, 10**6)
    return b"".join(len(data).to_bytes(4, "big") + data for data in batch.changes)


@pytest.fixture
def kept(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Replica]:
    """The golden replica, copied and opened by this version."""
    golden = GOLDEN / NAME
    if not golden.exists() and request.config.getoption("--rewrite-golden"):
        write(golden)
        for ending in (".check", ".lock"):
            golden.with_name(NAME + ending).unlink()
    shutil.copyfile(golden, tmp_path / "replica.db")
    clock = TurnableClock(START)
    opened = Replica.open(tmp_path / "replica.db", KEY, clock=clock, ids=IdSource(clock, SeededRandomness(3)))
    yield opened
    opened.close()


def test_f10_an_older_replica_opens_with_all_its_work(kept: Replica) -> None:
    with kept.reading() as reader:
        assert reader.unreceipted().changes == 6
        assert reader.unreceipted().blobs == 1
        assert reader.need(Case, CASE).summary == "风扇异响"
        assert reader.get(Case, THEIRS) is None
        assert reader.answers(FORM)["/data/env/T1_08"] == "23.5"
        assert reader.find(NumberBlock)[0].used == 1
        assert reader.search("风扇")[0].record_id == CASE
        state = reader.sync_state()
        assert (state.cursor, state.epoch, state.incarnation, state.complete) == (9, 5, 2, True)
        assert recomputed_digest(reader.connection) == state.scope_digest
    assert kept.health() == []


def test_f10_an_older_outbox_is_sent_in_the_same_bytes(kept: Replica, golden_file: GoldenFile) -> None:
    golden_file("replica-0.1.0.outbox", outbox(kept))
    with kept.reading() as reader:
        rows = reader.connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.sequence)).all()
        state = reader.sync_state()
    head = GENESIS
    for row in rows:
        head = chain_digest(head, row.data)
        assert row.head == head
    assert state.head == head


def test_this_version_writes_the_same_outbox(tmp_path: Path, golden_file: GoldenFile) -> None:
    write(tmp_path / "replica.db")
    clock = TurnableClock(START)
    again = Replica.open(tmp_path / "replica.db", KEY, clock=clock, ids=IdSource(clock, SeededRandomness(3)))
    golden_file("replica-0.1.0.outbox", outbox(again))
    again.close()
