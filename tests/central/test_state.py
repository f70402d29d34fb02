"""How the centre stands, in a command and at the console; backups that are noted, and those that must not be."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fieldapp.central.cli import main
from fieldapp.central.rounds.horizon import horizon_of
from fieldapp.central.state import Room, state_of
from tests.central.world import World


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(list(words)) == 0
    made = json.loads(capsys.readouterr().out)
    assert isinstance(made, dict)
    return made


def test_a_note_of_a_backup_carries_the_revision_that_stood_before_the_dump(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(tmp_path / "centre")]
    begun = _said(capsys, "backup-begin", *data)["revision"]
    with world.service.store.reading() as connection:
        assert horizon_of(connection, world.clock.now(), 36500) == 0  # nothing is noted before the dump is there
    world.case_at_bank(world.li)
    assert _said(capsys, "backed-up", *data, "--revision", str(begun)) == {"revision": begun}
    with world.service.store.reading() as connection:
        assert horizon_of(connection, world.clock.now(), 36500) == begun
    standing = state_of(world.service)
    assert standing.revision > standing.backup_revision == begun


@pytest.mark.parametrize("wrong", ["beyond", "below", "lost"])
def test_a_revision_that_this_history_does_not_have_is_not_noted(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: str
) -> None:
    top = state_of(world.service).revision
    if wrong == "lost":
        world.service.begin_epoch()
    revision = {"beyond": top + 1, "below": -1, "lost": top + 1}[wrong]
    assert main(["backed-up", "--data", str(tmp_path / "centre"), "--revision", str(revision)]) == 1
    assert "FA-623" in capsys.readouterr().err
    assert state_of(world.service).backup_at == ""


def test_a_damaged_database_is_not_called_a_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World.make(tmp_path / "centre")
    world.service.close()
    path = tmp_path / "centre" / "centre.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE spoilt (text TEXT)")
        database.executemany("INSERT INTO spoilt VALUES (?)", [("mark" * 500,)] * 40)
    data = bytearray(path.read_bytes())
    page = data.index(b"mark" * 500) // 4096 * 4096
    data[page : page + 100] = b"\xff" * 100
    path.write_bytes(data)
    assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(tmp_path / "backup")]) == 1
    assert "FA-621" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["centre"]
    assert state_of(world.reopened().service).backup_at == ""
    world.close()


def test_the_state_tells_of_laptops_room_and_what_is_missing(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    laptop, other = world.laptop(world.li), world.laptop(world.wang)
    world.service.revoke(other.device)
    world.service.keep_blob(b"x" * 2**20)
    digest = hashlib.sha256(b"photo").hexdigest()
    laptop.edit("attachment", world.service.ids.new(), {"site_id": world.bank_site.id, "digest": digest, "size": 5})
    laptop.pull()
    said = _said(capsys, "status", "--data", str(tmp_path / "centre"))
    assert (said["laptops"], said["laptops_blocked"], said["blobs_missing"]) == (2, 1, 1)
    assert (said["blobs_mib"], said["blob_quota_mib"]) == (1, 0)
    assert int(str(said["disk_free_mib"])) > 0


@pytest.mark.parametrize(
    ("room", "full"), [(Room(0, 0, 1024), False), (Room(0, 0, 1023), True), (Room(95, 100, 9999), False), (Room(96, 100, 9999), True)]
)
def test_little_room_is_a_twentieth_of_the_quota_or_a_gibibyte_of_the_disk(room: Room, full: bool) -> None:
    assert room.full is full
