"""A replica as each version wrote it, with a full outbox: every later version opens it and sends the same bytes.

`replica-<version>.db` is written once for each version, by this module with --rewrite-golden where it is missing, and never again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import IdSource, SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.conflicts.sides import OTHER_LAPTOP, Side, sides_of, with_side
from fieldapp.domain.documents import Attachment, Conflict, NumberBlock
from fieldapp.domain.inspections import FormInstance
from fieldapp.domain.records import Plain
from fieldapp.replica.bulk import take_snapshot
from fieldapp.replica.engine import Replica
from fieldapp.replica.intake import recomputed_digest
from fieldapp.replica.outbox import next_batch, receive
from fieldapp.replica.tables import OUTBOX
from fieldapp.wire.changes import GENESIS, chain_digest
from fieldapp.wire.protocol import Row, SnapshotHead
from fieldapp.wire.snapshot import read_blocks, write_snapshot
from tests.conftest import GOLDEN, GoldenFile
from tests.replica.conftest import KEY

VERSIONS = ("0.1.0", "0.2.0", "0.3.0", "0.4.0")
"""Those that went out, the newest last."""
START = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
CASE, FORM, THEIRS, CONFLICT, SENT = "01" * 16, "02" * 16, "03" * 16, "07" * 16, "08" * 16

MET: dict[str, Plain] = {
    "engineer_id": "bb" * 16,
    "kind": "case",
    "record_id": THEIRS,
    "field": "summary",
    "mine": '"风扇异响"',
    "theirs": '"电源模块故障"',
    "reason": "both_edited",
    "state": "open",
    "sides": with_side("", Side("风扇停转", "bb" * 16, "2026-11-22T08:00:00.000000Z", "cc" * 16, OTHER_LAPTOP)),
}
"""A conflict with a further side, as the centre sends it."""


def write(path: Path, version: str) -> None:
    """A day's work of a version as this one saves it: what the centre sent, and edits that it has not seen."""
    clock = TurnableClock(START)
    ids = IdSource(clock, SeededRandomness(41))
    replica = Replica.create(path, KEY, clock=clock, ids=ids, device="aa" * 16, engineer="bb" * 16, incarnation=2)
    rows = [
        Row("case", bytes.fromhex(THEIRS), 7, {"number": "CS-2026-00417", "summary": "电源模块故障", "colour": "of a newer version"}),
        Row("number_block", bytes.fromhex("04" * 16), 8, {"device": "aa" * 16, "series": "SR", "prefix": "SR-", "first": 1, "last": 50}),
    ]
    if version != "0.1.0":
        rows.append(Row("conflict", bytes.fromhex(CONFLICT), 9, MET))
    head, blocks = read_blocks(write_snapshot(SnapshotHead(1, 5, 9, len(rows)), rows))
    with replica.transaction() as connection:
        take_snapshot(connection, head, list(blocks), got=clock.now())
    if version not in ("0.1.0", "0.2.0"):  # since 0.3.0 receipts of what was simply applied come by runs
        for words in ("已发送的", "已发送并改过的"):
            with replica.writing() as work:
                work.save(Case(id=SENT, summary=words))
        with replica.transaction() as connection:
            receive(connection, next_batch(connection, 10, 10**6), 2, (), 10, "2026-11-23T00:01:00.000000Z")
    with replica.writing() as work:
        case = work.save(Case(id=CASE, temp_no="TMP-000001", summary="风扇异响", reported_at=START))
        work.save(FormInstance(id=FORM, asset_id="05" * 16))
        work.next_number("SR")
    clock.advance(minutes=5)
    with replica.writing() as work:
        work.answer(FORM, {"/data/env/T1_08": "23.5", "/data/env/T1_08#result": "na", "/data/disks{1}/T1_15": "正常"})
        work.save(Attachment(id="06" * 16, owner_kind="case", owner_id=case.id, digest="ab" * 32, size=12))
        work.delete(Case, THEIRS)
    if version != "0.1.0":
        with replica.writing() as work:
            met = replace(work.need(Conflict, CONFLICT), settled_with="other", settled_value='"风扇更换"')
            work.save(replace(met, state="settled", settled_at=clock.now(), settled_by="bb" * 16))
    replica.close()


def outbox(replica: Replica) -> bytes:
    """The bytes that would be sent, each with its length before it."""
    with replica.reading() as reader:
        batch = next_batch(reader.connection, 1000, 10**6)
    return b"".join(len(data).to_bytes(4, "big") + data for data in batch.changes)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Each version that went out."""
    return str(request.param)


@pytest.fixture
def kept(tmp_path: Path, version: str, request: pytest.FixtureRequest) -> Iterator[Replica]:
    """The golden replica of a version, copied and opened by this one."""
    golden = GOLDEN / f"replica-{version}.db"
    if not golden.exists() and request.config.getoption("--rewrite-golden"):
        write(golden, version)
        for ending in (".check", ".lock"):
            golden.with_name(golden.name + ending).unlink()
    shutil.copyfile(golden, tmp_path / "replica.db")
    clock = TurnableClock(START)
    opened = Replica.open(tmp_path / "replica.db", KEY, clock=clock, ids=IdSource(clock, SeededRandomness(3)))
    yield opened
    opened.close()


def test_f10_an_older_replica_opens_with_all_its_work(kept: Replica, version: str) -> None:
    with kept.reading() as reader:
        settled = reader.get(Conflict, CONFLICT)
        assert (settled is None) == (version == "0.1.0")
        assert reader.unreceipted().changes == (6 if settled is None else 7)
        if settled is not None:
            assert (settled.state, settled.settled_value) == ("settled", '"风扇更换"')
            assert [side.value for side in sides_of(settled.sides)] == ["风扇停转"]
        assert (reader.get(Case, SENT) is None) == (version in ("0.1.0", "0.2.0"))
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


def test_f10_an_older_outbox_is_sent_in_the_same_bytes(kept: Replica, version: str, golden_file: GoldenFile) -> None:
    golden_file(f"replica-{version}.outbox", outbox(kept))
    with kept.reading() as reader:
        rows = reader.connection.execute(sa.select(OUTBOX).order_by(OUTBOX.c.sequence)).all()
        state = reader.sync_state()
    head = GENESIS
    for row in rows:
        head = chain_digest(head, row.data)
        assert row.head == head
    assert state.head == head


def test_this_version_writes_the_same_outbox(tmp_path: Path, version: str, golden_file: GoldenFile) -> None:
    write(tmp_path / "replica.db", version)
    clock = TurnableClock(START)
    again = Replica.open(tmp_path / "replica.db", KEY, clock=clock, ids=IdSource(clock, SeededRandomness(3)))
    golden_file(f"replica-{version}.outbox", outbox(again))
    again.close()
