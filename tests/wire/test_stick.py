"""A file on a stick is there whole, or not at all."""

from __future__ import annotations

import errno
import io
import os
import shutil
from pathlib import Path
from typing import IO

import pytest

from fieldapp.base.errors import SyncError
from fieldapp.wire import stick
from fieldapp.wire.stick import NameTaken, StickFull, StickTrouble, room_for, written_whole


def write(path: Path, data: bytes = b"x" * 3000) -> None:
    """Write a file."""
    with written_whole(path) as stream:
        stream.write(data)


def test_a_file_is_there_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "a.courier")
    assert (tmp_path / "a.courier").read_bytes() == b"x" * 3000
    assert len(list(tmp_path.iterdir())) == 1


def test_what_a_killed_program_left_is_removed_when_the_stick_is_used_next(tmp_path: Path) -> None:
    (tmp_path / "fieldapp-old-out.courier.part").write_bytes(b"half")
    (tmp_path / "somebody's.part").write_bytes(b"mine")
    with (tmp_path / "other-out.courier.part").open("wb") as other:
        fcntl = pytest.importorskip("fcntl", reason="Windows never removes a file that is open")
        fcntl.flock(other.fileno(), fcntl.LOCK_EX)
        write(tmp_path / "a.courier")
        assert {each.name for each in tmp_path.iterdir()} == {"a.courier", "somebody's.part", "other-out.courier.part"}
    room_for(tmp_path / "b.courier", 1)
    assert {each.name for each in tmp_path.iterdir()} == {"a.courier", "somebody's.part"}


def test_a_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "a.courier").write_bytes(b"mine")
    with pytest.raises(NameTaken):
        write(tmp_path / "a.courier")
    assert (tmp_path / "a.courier").read_bytes() == b"mine"


@pytest.mark.parametrize(("number", "refusal"), [(errno.ENOSPC, StickFull), (errno.EFBIG, StickFull), (errno.EIO, StickTrouble)])
@pytest.mark.parametrize("where", ["exists", "fsync", "write", "replace"])
def test_a_full_or_broken_stick_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, refusal: type[SyncError], where: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "broken")

    if where == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    elif where in ("exists", "replace"):
        monkeypatch.setattr(Path, where, fail)
    else:
        monkeypatch.setattr(stick._Counting, "write", fail)
    with pytest.raises(refusal) as told:
        write(tmp_path / "a.courier")
    assert str(tmp_path) in told.value.read("zh")
    assert list(tmp_path.iterdir()) == []


def test_a_stick_that_gives_other_bytes_back_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def forgetful(self: Path, mode: str = "r", *rest: object) -> IO[bytes]:
        if mode == "rb":
            return io.BytesIO(b"\0" * 3000)
        return real(self, mode)

    monkeypatch.setattr(Path, "open", forgetful)
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    with pytest.raises(StickTrouble):
        write(tmp_path / "a.courier")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_writer_leaves_nothing(tmp_path: Path) -> None:
    def half() -> None:
        with written_whole(tmp_path / "a.courier") as stream:
            stream.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert list(tmp_path.iterdir()) == []


def test_room_is_asked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room_for(tmp_path / "a", 1)
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(StickFull):
        room_for(tmp_path / "a", free * 2)
    with pytest.raises(StickTrouble):
        room_for(tmp_path / "none" / "a", 1)
