"""Photos, signatures and PDFs by digest: encrypted at rest, streamed, whole or not at all.

A file is named by the SHA-256 of its plain bytes. It begins with a magic word and a salt; the file's own key comes from the
store's key and that salt (HKDF), and chunks of 64 KiB follow, each sealed with AES-GCM. The nonce counts the chunks and marks
the last one, so that a cut, swapped or mended file is noticed before its bytes are used.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import io
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.base.durable import settle_folder
from fieldapp.base.ids import Randomness
from fieldapp.replica.refusals import BlobNotHere, BlobQuota, DamagedBlob, DiskFull, DiskTrouble

__all__ = ["CHUNK", "RESERVE_BYTES", "BlobReceiver", "BlobRef", "BlobStore"]

CHUNK = 64 * 1024
"""Plain bytes of a sealed chunk; the last one may be shorter."""

RESERVE_BYTES = 64 * 2**20
"""Disk space that only signatures and reports may use."""

_ROOM = 8 * 2**20
"""Disk space that is left beside an essential blob, or else the held reserve is given up."""

_MAGIC = b"FAB1"
_SALT = 16
_TAG = 16
_HEAD = len(_MAGIC) + _SALT


class BlobRef(NamedTuple):
    """A blob by the SHA-256 of its plain bytes (64 hexadecimal digits) and its size in bytes."""

    digest: str
    size: int


def _is_digest(text: str) -> bool:
    return len(text) == 64 and all(c in "0123456789abcdef" for c in text)


def _nonce(place: int, last: bool) -> bytes:
    return place.to_bytes(11, "big") + bytes([last])


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise (DiskFull if full else DiskTrouble) from fault


class _Reserve:
    """Disk space held by a file, so that no other program takes it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        """Bytes that are held."""
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def give_up(self) -> None:
        """Free the space."""
        self._path.unlink(missing_ok=True)

    def hold(self, size: int) -> bool:
        """Hold so many bytes, unless the disk would be left with less than that; whether they are held."""
        if self.size() >= size:
            return True
        beside = self._path.with_name("reserve.new")
        try:
            if shutil.disk_usage(self._path.parent).free < 2 * size:
                return False
            with beside.open("wb") as file:
                for _ in range(-(-size // CHUNK)):  # written, not only sized: a hole in a file holds nothing
                    file.write(bytes(CHUNK))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
        except OSError:
            beside.unlink(missing_ok=True)
            return False
        return True


class BlobStore:
    """The blobs of one replica, under one folder and one key."""

    def __init__(
        self, folder: Path, key: bytes, randomness: Randomness, *, reserve: int = RESERVE_BYTES, hidden: bool = False, quota: int = 0
    ) -> None:
        """`key`: 32 bytes, the vault's blob key. `reserve`: bytes that only `put(essential=True)` may use. `hidden`: names of
        files say nothing of what is in them (a store on a stick that somebody may find). `quota`: bytes above which nothing is
        fetched (0: no quota); what is made on the laptop is always kept.

        What an interrupted `put` left behind is removed; what an interrupted download left is kept, to go on.
        """
        if len(key) != 32:
            raise ValueError("the key of the blobs has 32 bytes")
        self._folder = folder
        self._key = key
        self._randomness = randomness
        self._reserve = reserve
        self._hidden = hidden
        self._quota = quota
        self._used: int | None = None
        self._held = _Reserve(folder / "reserve")
        with _disk():
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.glob("*.new"):
                left.unlink(missing_ok=True)

    def put(self, data: bytes | BinaryIO, *, essential: bool = False) -> BlobRef:
        """Keep bytes (or a stream read to its end) and return their name; the same bytes twice are kept once.

        DiskFull when the disk, less the reserve, cannot hold it; `essential` (strokes, signed reports) may use the reserve.
        """
        source = io.BytesIO(data) if isinstance(data, bytes) else data
        self._spare(len(data) if isinstance(data, bytes) else CHUNK, essential)
        beside = self._folder / f"{self._randomness.bytes(16).hex()}.new"
        digest, size = hashlib.sha256(), 0
        try:
            with _disk(), beside.open("xb") as file:
                sealer = self._begin(file)
                chunk = source.read(CHUNK)
                place = 0
                while True:
                    following = source.read(CHUNK) if chunk else b""
                    file.write(sealer.encrypt(_nonce(place, not following), chunk, None))
                    digest.update(chunk)
                    size += len(chunk)
                    if not following:
                        break
                    if not place % 64:
                        self._spare(CHUNK, essential)
                    place, chunk = place + 1, following
                file.flush()
                os.fsync(file.fileno())
            self._settle(beside, digest.hexdigest())
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        return BlobRef(digest.hexdigest(), size)

    def _spare(self, wanted: int, essential: bool) -> None:
        held = self._held.size()
        with _disk():
            free = shutil.disk_usage(self._folder).free
            if essential and held and free < wanted + _ROOM:  # room for the replica's own transaction, too
                self._held.give_up()
                free = shutil.disk_usage(self._folder).free
        if free < wanted + (0 if essential else max(0, self._reserve - held)):
            raise DiskFull

    def hold_reserve(self) -> bool:
        """Hold the reserve by a file of its size, where the disk has room for it; whether it is held. Slow on some systems."""
        return self._held.hold(self._reserve)

    def used(self) -> int:
        """Bytes of all blobs on the disk."""
        if self._used is None:
            with _disk():
                self._used = sum(path.stat().st_size for path in self._folder.glob("??/*"))
        return self._used

    def listing(self) -> list[tuple[str, int, float]]:
        """The names of all blobs on the disk, their bytes there, and when each was written (seconds since 1970)."""
        with _disk():
            return [(path.name, (seen := path.stat()).st_size, seen.st_mtime) for path in sorted(self._folder.glob("??/*"))]

    def _begin(self, file: IO[bytes]) -> AESGCM:
        salt = self._randomness.bytes(_SALT)
        file.write(_MAGIC + salt)
        return self._sealer(salt)

    def _sealer(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"fieldapp blob").derive(self._key))

    def _settle(self, beside: Path, digest: str) -> None:
        target = self._path(digest)
        with _disk():
            target.parent.mkdir(exist_ok=True)
            more = 0 if target.exists() else beside.stat().st_size
            beside.replace(target)
            settle_folder(target.parent)
        known = self._used
        if known is not None:
            self._used = known + more  # counting all files again after each one of a thousand would be slow

    def _path(self, digest: str) -> Path:
        if not _is_digest(digest):
            raise BlobNotHere
        name = self._name(digest)
        return self._folder / name[:2] / name

    def _name(self, digest: str) -> str:
        return hmac.new(self._key, digest.encode(), hashlib.sha256).hexdigest() if self._hidden else digest

    def has(self, digest: str) -> bool:
        """Whether the whole blob is here."""
        return _is_digest(digest) and self._path(digest).is_file()

    def size(self, digest: str) -> int:
        """The size of the plain bytes; BlobNotHere when it is not here."""
        try:
            sealed = self._path(digest).stat().st_size - _HEAD
        except FileNotFoundError as fault:
            raise BlobNotHere from fault
        return sealed - _TAG * -(-sealed // (CHUNK + _TAG))

    def get(self, digest: str) -> bytes:
        """All bytes of a blob, checked; BlobNotHere, DamagedBlob."""
        return b"".join(self.open(digest))

    def open(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a blob from an offset on, in chunks of 64 KiB at most.

        BlobNotHere at once, DamagedBlob where a chunk is not what was sealed; the digest is checked when the whole is read.
        """
        path = self._path(digest)
        if not path.is_file():
            raise BlobNotHere
        return self._chunks(path, digest, offset)

    def _chunks(self, path: Path, digest: str, offset: int) -> Iterator[bytes]:
        seen = hashlib.sha256()
        with _disk(), path.open("rb") as file:
            head = file.read(_HEAD)
            if len(head) != _HEAD or not head.startswith(_MAGIC):
                raise DamagedBlob
            sealer = self._sealer(head[len(_MAGIC) :])
            place, skip = divmod(offset, CHUNK)
            file.seek(place * (CHUNK + _TAG), os.SEEK_CUR)
            sealed = file.read(CHUNK + _TAG)
            while sealed:
                following = file.read(CHUNK + _TAG)
                try:
                    chunk = sealer.decrypt(_nonce(place, not following), sealed, None)
                except InvalidTag as fault:
                    raise DamagedBlob from fault
                seen.update(chunk)
                yield chunk[skip:]
                place, sealed, skip = place + 1, following, 0
        if offset == 0 and seen.hexdigest() != digest:
            raise DamagedBlob

    def delete(self, digest: str) -> None:
        """Remove a blob; the caller has made sure that the centre holds it. Nothing happens when it is not here."""
        with _disk():
            self._path(digest).unlink(missing_ok=True)
        self._used = None

    def copy_from(self, other: BlobStore, digest: str) -> None:
        """Keep a blob of another store here too; what `put` and `open` raise, and nothing is kept then."""
        if not self.has(digest):
            self.put(_Pieces(other.open(digest)))

    def keep_only(self, digests: Iterable[str]) -> int:
        """Remove every blob but these; how many were removed."""
        kept = {self._name(digest) for digest in digests}
        gone = [path for path in self._folder.glob("??/*") if path.name not in kept]
        with _disk():
            for path in gone:
                path.unlink(missing_ok=True)
        self._used = None
        return len(gone)

    def receive(self, digest: str, size: int = 0, *, asked: bool = False) -> BlobReceiver:
        """Begin, or go on with, taking a blob from outside; to be closed by its `with`.

        DiskFull, BlobQuota when there is no room for its `size` (as far as that is known), before anything is fetched. `asked`: a
        person wants it, so the quota does not count.
        """
        if not _is_digest(digest):
            raise BlobNotHere
        self._spare(max(size, CHUNK), essential=False)
        if self._quota and not asked and self.used() + size > self._quota:
            raise BlobQuota
        return BlobReceiver(self, self._folder / f"{digest}.part", digest)


class _Pieces(io.RawIOBase, BinaryIO):
    """The chunks of a blob as a stream: each `read` gives the next one."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, size: int = -1, /) -> bytes:
        """The next chunk; nothing at the end."""
        return next(self._chunks, b"")


class BlobReceiver:
    """A blob on its way in: whole chunks are kept across restarts, the name is given only when the digest fits."""

    def __init__(self, store: BlobStore, path: Path, digest: str) -> None:
        """`BlobStore.receive` makes these. What is there already is read and checked; a broken beginning is thrown away."""
        self._store = store
        self._path = path
        self._digest = digest
        self._seen = hashlib.sha256()
        self._held = bytearray()
        self._place = 0
        with _disk():
            self._file: IO[bytes] = path.open("r+b" if path.exists() else "w+b")
            self._sealer = self._resume()

    def _resume(self) -> AESGCM:
        head = self._file.read(_HEAD)
        if len(head) == _HEAD and head.startswith(_MAGIC):
            sealer = self._store._sealer(head[len(_MAGIC) :])
            while len(sealed := self._file.read(CHUNK + _TAG)) == CHUNK + _TAG:
                try:
                    self._seen.update(sealer.decrypt(_nonce(self._place, last=False), sealed, None))
                except InvalidTag:
                    break
                self._place += 1
            self._file.seek(_HEAD + self._place * (CHUNK + _TAG))
            self._file.truncate()
            return sealer
        self._file.seek(0)
        self._file.truncate()
        return self._store._begin(self._file)

    @property
    def offset(self) -> int:
        """How many plain bytes are here already; the next `add` begins there."""
        return self._place * CHUNK + len(self._held)

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._held += data
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), last=False)
            del self._held[:CHUNK]

    def _seal(self, chunk: bytes, last: bool) -> None:
        if not self._place % 64:
            self._store._spare(CHUNK, essential=False)
        with _disk():
            self._file.write(self._sealer.encrypt(_nonce(self._place, last), chunk, None))
        self._seen.update(chunk)
        self._place += 1

    def finish(self) -> BlobRef:
        """All bytes have come: check the digest and give the blob its name. DamagedBlob (and nothing kept) when it does not fit."""
        size = self.offset
        self._seal(bytes(self._held), last=True)
        if self._seen.hexdigest() != self._digest:
            self._file.close()
            self._path.unlink(missing_ok=True)
            raise DamagedBlob
        with _disk():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        self._store._settle(self._path, self._digest)
        return BlobRef(self._digest, size)

    def __enter__(self) -> BlobReceiver:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
