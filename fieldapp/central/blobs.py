"""Blobs in a folder, by digest: resumable across restarts of either end, whole or not at all.

The length on disk is the only offset. A chunk is cut in at its offset and synced; when the announced total is reached the
digest is checked and the file renamed; an empty chunk at offset = total finishes what a kill left between the two.

Some space of the disk is kept for the database, and a quota may bound all blobs together: what does not fit is refused before
its first byte is written.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fieldapp.base.durable import settle_folder
from fieldapp.central.refusals import BlobMismatch, BlobPlace, NoRoomForBlob, UnknownBlob
from fieldapp.wire.protocol import BlobState

__all__ = ["BLOB_LIMIT", "Blobs", "is_digest"]

BLOB_LIMIT = 512 * 2**20
"""Bytes of one blob at most."""

RESERVE_BYTES = 256 * 2**20
"""Disk space that files of laptops never use: the database, and reports time-stamped here, need it."""

PIECE = 256 * 1024


def is_digest(text: str) -> bool:
    """Whether a text is spelled as a SHA-256 in lower-case hexadecimal digits; nothing else ever becomes a file name."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


class Blobs:
    """The folder of blobs. Threads may share it; two uploads of one digest take turns chunk by chunk."""

    def __init__(self, folder: Path, *, quota: int = 0, reserve: int = RESERVE_BYTES) -> None:
        """Use a folder, made when it is not there. `quota`: bytes of all blobs together (0: as much as the disk holds)."""
        self._folder = folder
        self._partial = folder / "partial"
        self._partial.mkdir(parents=True, exist_ok=True)
        self._turns = tuple(threading.Lock() for _ in range(16))
        self._quota = quota
        self._reserve = reserve

    def path(self, digest: str) -> Path:
        """Where the bytes of a digest lie, or will lie; UnknownBlob when it is no digest."""
        if not is_digest(digest):
            raise UnknownBlob
        return self._folder / digest[:2] / digest

    def state(self, digest: str) -> BlobState:
        """How much is here durably."""
        whole = self.path(digest)
        if whole.is_file():
            return BlobState(whole.stat().st_size, True)
        part = self._partial / digest
        return BlobState(part.stat().st_size if part.is_file() else 0, False)

    def append(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Write a chunk at an offset; a chunk beyond the bytes that are here, or within them, changes nothing: the state says where
        to go on.

        Raises BlobPlace for impossible places, BlobMismatch when all bytes are here and are others (then nothing is kept),
        NoRoomForBlob when the disk or the quota has no room for all of it; what came before is kept.
        """
        return self._append(digest, offset, total, chunk, essential=False)

    def _append(self, digest: str, offset: int, total: int, chunk: bytes, *, essential: bool) -> BlobState:
        if not 0 <= offset <= total <= BLOB_LIMIT or offset + len(chunk) > total:
            raise BlobPlace
        whole = self.path(digest)
        with self._turns[int(digest[0], 16)]:
            state = self.state(digest)
            known = offset < state.offset and offset + len(chunk) <= state.offset and offset + len(chunk) < total
            if state.complete or offset > state.offset or known:
                return state
            if not essential:
                self._spare(total, offset)
            part = self._partial / digest
            try:
                with part.open("r+b" if part.exists() else "w+b") as stream:
                    stream.truncate(offset)
                    stream.seek(offset)
                    stream.write(chunk)
                    stream.flush()
                    os.fsync(stream.fileno())
            except OSError as fault:
                if fault.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise
                if part.exists():
                    os.truncate(part, offset)  # half a chunk is not counted as one
                raise NoRoomForBlob(size=-(-total // 10**6)) from fault
            if offset + len(chunk) < total:
                return BlobState(offset + len(chunk), False)
            return self._finish(digest, part, whole, total)

    def _spare(self, total: int, offset: int) -> None:
        """NoRoomForBlob when the rest of a blob would use up the reserve, or a blob that begins would pass the quota."""
        full = shutil.disk_usage(self._folder).free - (total - offset) < self._reserve
        if not full and self._quota and offset == 0:
            full = total + self._held() > self._quota
        if full:
            raise NoRoomForBlob(size=-(-total // 10**6))

    def room(self) -> tuple[int, int]:
        """Bytes of all blobs together, and how many more the disk has room for before the reserve is touched."""
        return self._held(), shutil.disk_usage(self._folder).free - self._reserve

    def _held(self) -> int:
        """Bytes of all blobs together, those on their way included."""
        held = 0
        for each in self._folder.glob("*/*"):
            with suppress(FileNotFoundError):  # another thread just gave it its place
                held += each.stat().st_size
        return held

    def _finish(self, digest: str, part: Path, whole: Path, total: int) -> BlobState:
        with part.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != digest:
            part.unlink()
            raise BlobMismatch
        whole.parent.mkdir(exist_ok=True)
        part.replace(whole)
        settle_folder(whole.parent)
        return BlobState(total, True)

    def put(self, data: bytes) -> str:
        """Keep bytes made here, which may use the reserve; returns their digest."""
        digest = hashlib.sha256(data).hexdigest()
        self._append(digest, 0, len(data), data, essential=True)
        return digest

    def get(self, digest: str) -> bytes:
        """All bytes of a small blob; UnknownBlob when it is not here whole."""
        try:
            return self.path(digest).read_bytes()
        except FileNotFoundError as fault:
            raise UnknownBlob from fault

    def read(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes from an offset on, in pieces; UnknownBlob at once when it is not here whole."""
        path = self.path(digest)
        if not path.is_file():
            raise UnknownBlob

        def pieces() -> Iterator[bytes]:
            with path.open("rb") as stream:
                stream.seek(offset)
                while piece := stream.read(PIECE):
                    yield piece

        return pieces()
