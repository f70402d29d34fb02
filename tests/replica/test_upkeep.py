"""What may go from a laptop, and what may not: Changes below the horizon, photos above the quota, the reserve for a signature."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.keeping.upkeep import GRACE, droppable, dropped, named_blobs, note_care, note_dropped, prune
from fieldapp.replica.outbox import Batch, head_at, next_batch, receive, send_again
from fieldapp.replica.reader import sync_state
from fieldapp.replica.refusals import BlobQuota, DiskFull
from fieldapp.replica.tables import BLOB, OUTBOX, PENDING
from tests.replica.conftest import KEY

Usage = namedtuple("Usage", "total used free")


def saved(replica: Replica, many: int) -> None:
    """So many Changes, one after the other."""
    for number in range(many):
        with replica.writing() as work:
            work.save(Case(id=replica.ids.new(), summary=f"{number}"))


def received(replica: Replica, upto: int) -> None:
    """Receipts as rounds leave them: each Change settled at ten times its number."""
    with replica.transaction() as connection:
        for number in range(sync_state(connection).received + 1, upto + 1):
            assert receive(connection, Batch(1, number, b"", (b"",), False), number, (), number * 10, "x") == 1
        connection.execute(sa.delete(PENDING).where(PENDING.c.sequence <= upto))


def told(replica: Replica, horizon: int, epoch: int = 0) -> int:
    """The centre tells its horizon; how many Changes went."""
    with replica.transaction() as connection:
        note_care(connection, epoch, horizon, replica.clock.now())
        return prune(connection)


def sequences(replica: Replica) -> list[int]:
    with replica.reading() as reader:
        return list(reader.connection.execute(sa.select(OUTBOX.c.sequence).order_by(OUTBOX.c.incarnation, OUTBOX.c.sequence)).scalars())


def test_only_changes_that_every_backup_holds_are_pruned(replica: Replica) -> None:
    saved(replica, 8)
    received(replica, 6)
    assert told(replica, 0) == 0
    assert told(replica, 35) == 2  # the last of them stays: the chain goes on from its head
    assert sequences(replica) == [3, 4, 5, 6, 7, 8]
    assert told(replica, 1000) == 3
    assert sequences(replica) == [6, 7, 8]


def test_a_horizon_of_another_history_prunes_nothing(replica: Replica) -> None:
    saved(replica, 4)
    received(replica, 4)
    assert told(replica, 1000, epoch=77) == 0


def test_what_was_not_simply_taken_or_is_still_shown_is_not_pruned(replica: Replica) -> None:
    saved(replica, 4)
    received(replica, 4)
    with replica.transaction() as connection:
        connection.execute(sa.update(OUTBOX).where(OUTBOX.c.sequence == 1).values(verdict="rejected"))
        connection.execute(sa.insert(PENDING).values(kind="case", record_id="aa" * 16, incarnation=1, sequence=2))
    assert told(replica, 1000) == 1
    assert sequences(replica) == [1, 2, 4]


def test_the_chain_goes_on_after_pruning(replica: Replica) -> None:
    saved(replica, 3)
    received(replica, 3)
    with replica.reading() as reader:
        head = reader.sync_state().head
    told(replica, 1000)
    saved(replica, 1)
    with replica.reading() as reader:
        batch = next_batch(reader.connection, 10, 10**6)
    assert (batch.first, batch.head_before) == (4, head)


def test_a_centre_older_than_its_word_gets_all_that_is_kept_in_the_next_incarnation(replica: Replica) -> None:
    saved(replica, 6)
    received(replica, 5)
    told(replica, 30)
    with replica.transaction() as connection:
        assert send_again(connection, 1) == 4  # 2 is gone; 3, 4, 5, 6 are all there is
        batch = next_batch(connection, 10, 10**6)
    assert (batch.incarnation, batch.first, len(batch.changes)) == (2, 1, 4)


def test_a_gap_behind_what_was_rejected_is_seen_too(replica: Replica) -> None:
    saved(replica, 6)
    received(replica, 1)
    with replica.transaction() as connection:
        connection.execute(sa.update(OUTBOX).where(OUTBOX.c.sequence == 1).values(verdict="rejected", reason="centre_only"))
    received(replica, 5)
    told(replica, 30)
    assert sequences(replica) == [1, 3, 4, 5, 6]
    with replica.transaction() as connection:
        assert send_again(connection, 1) == 5  # what follows 1 is gone, although 1 is here
        batch = next_batch(connection, 10, 10**6)
    assert (batch.incarnation, batch.first, len(batch.changes)) == (2, 1, 5)


@pytest.mark.parametrize("held", [3, 4, 5])
def test_a_centre_within_its_word_gets_all_that_follows_what_its_backups_hold(replica: Replica, held: int) -> None:
    """Also what it has: a copy of this laptop may have sent it, and have got another verdict in the new history."""
    saved(replica, 6)
    received(replica, 5)
    told(replica, 30)
    with replica.transaction() as connection:
        head = head_at(connection, 1, 3)
        assert send_again(connection, held) == 2  # of 4 and 5; 6 waits
        batch = next_batch(connection, 10, 10**6)
    assert (batch.incarnation, batch.first, len(batch.changes), batch.head_before) == (1, 4, 3, head)


def test_without_a_horizon_all_that_is_kept_is_sent_again_from_its_beginning(replica: Replica) -> None:
    saved(replica, 4)
    received(replica, 4)
    with replica.transaction() as connection:
        assert send_again(connection, 2) == 4
        batch = next_batch(connection, 10, 10**6)
    assert (batch.incarnation, batch.first, len(batch.changes)) == (1, 1, 4)


def test_photos_go_after_the_grace_and_nothing_else_ever(replica: Replica, clock: TurnableClock) -> None:
    with replica.writing() as work:
        for number, purpose in enumerate(("photo", "photo", "report", "strokes")):
            work.save(Attachment(id=replica.ids.new(), owner_kind="case", purpose=purpose, digest=f"{number:064x}", size=10))
    with replica.transaction() as connection:
        at = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        connection.execute(sa.update(BLOB).where(BLOB.c.digest != f"{1:064x}").values(received_at=at))
        assert droppable(connection, clock.now() + GRACE - timedelta(seconds=1)) == []
        assert droppable(connection, clock.now() + GRACE + timedelta(days=9)) == [(f"{0:064x}", 10)]
        note_dropped(connection, f"{0:064x}", clock.now())
        note_dropped(connection, f"{1:064x}", clock.now())  # it has no receipt
        assert dropped(connection) == {f"{0:064x}"}
        assert len(named_blobs(connection)) == 4


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int], None]:
    """A disk of which so many bytes are free beside what the store holds as its reserve."""
    size = {"free": 10**12}

    def usage(_folder: object) -> Usage:
        held = tmp_path / "blobs" / "reserve"
        return Usage(0, 0, size["free"] - (held.stat().st_size if held.exists() else 0))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return lambda free: size.update(free=free)


def test_a_signature_is_saved_on_a_full_disk_from_the_reserve_that_was_held(tmp_path: Path, disk: Callable[[int], None]) -> None:
    store = BlobStore(tmp_path / "blobs", KEY, SeededRandomness(1), reserve=2**20)
    assert store.hold_reserve()
    assert store.hold_reserve()
    assert (tmp_path / "blobs" / "reserve").stat().st_size == 2**20
    disk(2**20 + 1000)  # somebody else filled the disk: only what the reserve holds is left
    with pytest.raises(DiskFull):
        store.put(b"a photo" * 1000)
    assert (tmp_path / "blobs" / "reserve").exists()
    signature = store.put(b"strokes" * 1000, essential=True)
    assert store.get(signature.digest) == b"strokes" * 1000
    assert not (tmp_path / "blobs" / "reserve").exists()
    assert not store.hold_reserve()
    disk(10**12)
    assert store.hold_reserve()


def test_a_held_reserve_counts_as_the_reserve(tmp_path: Path, disk: Callable[[int], None]) -> None:
    store = BlobStore(tmp_path / "blobs", KEY, SeededRandomness(1), reserve=2**20)
    disk(2**20 + 200_000)
    store.put(b"a photo")
    disk(4 * 2**20)
    store.hold_reserve()
    disk(2**20 + 200_000)
    store.put(b"another photo")
    assert (tmp_path / "blobs" / "reserve").exists()


def test_room_is_looked_for_before_a_download_begins(tmp_path: Path, disk: Callable[[int], None]) -> None:
    store = BlobStore(tmp_path / "blobs", KEY, SeededRandomness(1), reserve=0, quota=500_000)
    held = store.put(os.urandom(300_000))
    with pytest.raises(BlobQuota):
        store.receive("ab" * 32, 250_000)
    with store.receive("ab" * 32, 100_000):
        pass
    disk(90_000)
    with pytest.raises(DiskFull):
        store.receive("ab" * 32, 100_000)
    disk(10**12)
    assert store.used() >= 300_000
    again = os.urandom(300_000)
    store.put(again)  # what is made here is always kept
    store.put(again)
    counted = BlobStore(tmp_path / "blobs", KEY, SeededRandomness(2))
    assert store.used() == counted.used() > 600_000, "the same bytes twice count once"
    store.delete(held.digest)
    assert store.used() < 310_000
    assert store.keep_only(()) == 1
    assert store.used() == 0
