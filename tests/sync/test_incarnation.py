"""The incarnation outside of the database: whole or not at all, and its errors in our words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fieldapp.replica.refusals import DiskFull, DiskTrouble
from fieldapp.sync.incarnation import IncarnationFile


@pytest.mark.parametrize(("number", "told"), [(errno.ENOSPC, DiskFull), (errno.EIO, DiskTrouble)])
def test_a_disk_that_does_not_take_the_incarnation_is_told_in_our_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: type[Exception]
) -> None:
    kept = IncarnationFile(tmp_path / "incarnation")
    kept.write(2)

    def refuse(_: int) -> None:
        raise OSError(number, "the disk")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(told):
            kept.write(3)
    assert kept.read() == 2
    kept.write(3)
    assert kept.read() == 3


def test_no_file_and_a_damaged_one_are_no_number(tmp_path: Path) -> None:
    kept = IncarnationFile(tmp_path / "incarnation")
    assert kept.read() == 0
    (tmp_path / "incarnation").write_bytes(b"\xff\xfe")
    assert kept.read() == 0
