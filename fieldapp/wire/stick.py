"""A file on a stick: written under another name, made durable, read back, and only then called by its own; or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import IO, cast

from fieldapp.base.durable import settle_folder
from fieldapp.base.errors import SyncError, disk_words
from fieldapp.base.i18n import N_

__all__ = ["NameTaken", "StickFull", "StickTrouble", "room_for", "sweep", "written_whole"]

_PIECE = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class StickFull(SyncError):
    """No room, or a file larger than the stick's file system takes."""

    code = "FA-526"
    message = N_("There is not enough room at {folder} for the courier file. No part of it was left there. Use a larger stick.")


class StickTrouble(SyncError):
    """Writing failed, or what was written does not come back."""

    code = "FA-527"
    message = N_("The courier file could not be written to {folder} ({reason}). No part of it was left there. Try another stick.")


class NameTaken(SyncError):
    """There is a file of that name."""

    code = "FA-528"
    message = N_("There is a file {name} already. It was not touched. Choose another name or another folder.")


class _Counting(RawIOBase):
    """Keeps the digest of what is written through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(cast("bytes", data))
        self._stream.write(piece)
        self.digest.update(piece)
        return len(piece)


def room_for(path: Path, size: int) -> None:
    """StickFull when a file of about this many bytes will not find room; StickTrouble when the folder is not there."""
    folder = path.parent
    sweep(path)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as fault:
        raise StickTrouble(folder=str(folder), reason=disk_words(fault)) from fault
    if free < size:
        raise StickFull(folder=str(folder))


def sweep(path: Path) -> None:
    """Remove what programs that were killed left beside `path`: half files of its kind that nobody writes any more."""
    with suppress(OSError):
        for left in path.parent.glob(f"*{path.suffix}.part"):
            if not _held_by_another(left):
                left.unlink(missing_ok=True)


def _held_by_another(path: Path) -> bool:
    try:
        with path.open("r+b") as file:
            return not _hold(file)
    except OSError:
        return True


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A stream to write into; the file stands under its name when the block ends well, durable and read back, else nothing does.

    NameTaken before anything is written; StickFull, StickTrouble.
    """
    beside = path.with_name(path.name + ".part")
    try:
        try:
            if path.exists():
                raise NameTaken(name=path.name)
            sweep(path)
            with beside.open("wb") as file:
                _hold(file)
                counting = _Counting(file)
                yield cast("IO[bytes]", counting)
                file.flush()
                os.fsync(file.fileno())
            if _read_back(beside) != counting.digest.digest():
                raise StickTrouble(folder=str(path.parent), reason="SHA-256")
            if path.exists():
                raise NameTaken(name=path.name)
            beside.replace(path)
        except OSError as fault:
            if fault.errno in _FULL:
                raise StickFull(folder=str(path.parent)) from fault
            raise StickTrouble(folder=str(path.parent), reason=disk_words(fault)) from fault
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # where the stick's file system knows how
        settle_folder(path.parent)


if sys.platform == "win32":

    def _hold(_file: IO[bytes]) -> bool:
        return True  # a file that is open cannot be removed

else:
    import fcntl

    def _hold(file: IO[bytes]) -> bool:
        """Mark a file as being written, as long as it is open; False when another program does, or nobody can tell."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _read_back(path: Path) -> bytes:
    """The digest of what the stick gives back; the system is asked to forget what it has in memory of it."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        if hasattr(os, "posix_fadvise"):
            with suppress(OSError):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.digest()
