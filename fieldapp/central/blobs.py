"""Blobs in a folder, by digest: resumable across restarts of either end, whole or not at all.

The length on disk is the only offset. A chunk is cut in at its offset and synced; when the announced total is reached the
digest is checked and the file renamed; an empty chunk at offset = total finishes what a kill left between the two.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from fieldapp.central.refusals import BlobMismatch, BlobPlace, UnknownBlob
from fieldapp.wire.protocol import BlobState

__all__ = ["BLOB_LIMIT", "Blobs", "is_digest"]

BLOB_LIMIT = 512 * 2**20
"""Bytes of one blob at most."""

PIECE = 256 * 1024


def is_digest(text: str) -> bool:
    """Whether a text is spelled as a SHA-256 in lower-case hexadecimal digits; nothing else ever becomes a file name."""
    return re.fullmatch(r"[0-9a-f]{64}", text) is not None


class Blobs:
    """The folder of blobs. Threads may share it; two uploads of one digest take turns chunk by chunk."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made when it is not there."""
        self._folder = folder
        self._partial = folder / "partial"
        self._partial.mkdir(parents=True, exist_ok=True)
        self._turn = threading.Lock()

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
        """Write a chunk at an offset; a chunk beyond the bytes that are here changes nothing, the state says where to go on.

        Raises BlobPlace for impossible places, BlobMismatch when all bytes are here and are others; then nothing is kept.
        """
        if not 0 <= offset <= total <= BLOB_LIMIT or offset + len(chunk) > total:
            raise BlobPlace
        with self._turn:
            state = self.state(digest)
            if state.complete or offset > state.offset:
                return state
            part = self._partial / digest
            with part.open("r+b" if part.exists() else "w+b") as stream:
                stream.truncate(offset)
                stream.seek(offset)
                stream.write(chunk)
                stream.flush()
                os.fsync(stream.fileno())
            if offset + len(chunk) < total:
                return BlobState(offset + len(chunk), False)
            return self._finish(digest, part, total)

    def _finish(self, digest: str, part: Path, total: int) -> BlobState:
        with part.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != digest:
            part.unlink()
            raise BlobMismatch
        whole = self.path(digest)
        whole.parent.mkdir(exist_ok=True)
        part.replace(whole)
        _sync_folder(whole.parent)
        return BlobState(total, True)

    def put(self, data: bytes) -> str:
        """Keep bytes made here; returns their digest."""
        digest = hashlib.sha256(data).hexdigest()
        self.append(digest, 0, len(data), data)
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


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; Windows has no such call and needs none."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
