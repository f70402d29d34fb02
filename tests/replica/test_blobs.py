"""Blobs: by digest, encrypted, whole or not at all, with a reserve for signatures."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from fieldapp.base.ids import SeededRandomness
from fieldapp.replica.blobs import CHUNK, BlobStore
from fieldapp.replica.refusals import BlobNotHere, DamagedBlob, DiskFull

SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17)


class Usage(NamedTuple):
    """What shutil.disk_usage says."""

    total: int
    used: int
    free: int


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    """An empty store."""
    return BlobStore(tmp_path / "blobs", b"k" * 32, SeededRandomness(1), reserve=0)


def blob(size: int) -> bytes:
    """Bytes that do not repeat by chunks."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back_from_any_place(store: BlobStore, size: int) -> None:
    data = blob(size)
    ref = store.put(data)
    assert ref == (hashlib.sha256(data).hexdigest(), size)
    assert store.put(io.BytesIO(data)) == ref
    assert store.has(ref.digest)
    assert store.size(ref.digest) == size
    assert store.get(ref.digest) == data
    for offset in {0, size // 2, size}:
        assert b"".join(store.open(ref.digest, offset)) == data[offset:]


def test_a_blob_that_is_not_here_is_told(store: BlobStore) -> None:
    assert not store.has("ab" * 32)
    assert not store.has("../../etc/passwd")
    for ask in (store.get, store.open, store.size):
        with pytest.raises(BlobNotHere):
            ask("ab" * 32)
    with pytest.raises(BlobNotHere):
        store.receive("../x")


def test_a_deleted_blob_is_gone(store: BlobStore) -> None:
    ref = store.put(b"x")
    store.delete(ref.digest)
    store.delete(ref.digest)
    assert not store.has(ref.digest)


def test_no_plain_bytes_and_no_other_key(store: BlobStore, tmp_path: Path) -> None:
    ref = store.put("华东电网数据中心 signature".encode() * 10)
    files = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert len(files) == 1
    assert "华东".encode() not in files[0].read_bytes()
    with pytest.raises(DamagedBlob):
        BlobStore(tmp_path / "blobs", b"x" * 32, SeededRandomness(2)).get(ref.digest)


@pytest.mark.parametrize("damage", ["flip", "cut", "cut_chunk", "swap", "other_name", "head"])
def test_a_mended_file_is_never_believed(store: BlobStore, tmp_path: Path, damage: str) -> None:
    ref, other = store.put(blob(3 * CHUNK)), store.put(blob(3 * CHUNK - 1))
    path = tmp_path / "blobs" / ref.digest[:2] / ref.digest
    data = bytearray(path.read_bytes())
    step = CHUNK + 16
    match damage:
        case "flip":
            data[-20] ^= 1
        case "cut":
            del data[-5:]
        case "cut_chunk":
            del data[-step:]
        case "swap":
            data[20 : 20 + 2 * step] = data[20 + step : 20 + 2 * step] + data[20 : 20 + step]
        case "other_name":
            data = bytearray((tmp_path / "blobs" / other.digest[:2] / other.digest).read_bytes())
        case "head":
            data[0] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedBlob):
        store.get(ref.digest)


def test_f14_an_interrupted_put_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > CHUNK:
                raise EOFError
            return super().read(size)

    with pytest.raises(EOFError):
        store.put(Breaks(blob(4 * CHUNK)))
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []
    (tmp_path / "blobs" / "left.new").write_bytes(b"half")
    BlobStore(tmp_path / "blobs", b"k" * 32, SeededRandomness(2))
    assert not (tmp_path / "blobs" / "left.new").exists()


def test_f14_photos_leave_room_for_a_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BlobStore(tmp_path / "blobs", b"k" * 32, SeededRandomness(1), reserve=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(10_000, 9_000, 1_000))
    with pytest.raises(DiskFull):
        store.put(b"a photo")
    with pytest.raises(DiskFull), store.receive("ab" * 32):
        pass
    ref = store.put(b"strokes", essential=True)
    assert store.get(ref.digest) == b"strokes"


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a word of POSIX systems")
def test_f14_a_disk_that_fills_while_writing_is_told_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * CHUNK, before[1]))
    try:
        with pytest.raises(DiskFull):
            store.put(blob(5 * CHUNK))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("size", SIZES)
def test_a_download_goes_on_after_a_restart(store: BlobStore, tmp_path: Path, size: int) -> None:
    data = blob(size)
    digest = hashlib.sha256(data).hexdigest()
    with store.receive(digest) as receiver:
        receiver.add(data[: size // 2])
    again = BlobStore(tmp_path / "blobs", b"k" * 32, SeededRandomness(9), reserve=0)
    with again.receive(digest) as receiver:
        assert receiver.offset == max(0, (size // 2 - 1) // CHUNK * CHUNK)
        receiver.add(data[receiver.offset :])
        assert receiver.finish() == (digest, size)
    assert again.get(digest) == data
    assert list((tmp_path / "blobs").glob("*.part")) == []


def test_a_download_with_other_bytes_is_thrown_away(store: BlobStore, tmp_path: Path) -> None:
    with store.receive("ab" * 32) as receiver:
        receiver.add(b"something else")
        with pytest.raises(DamagedBlob):
            receiver.finish()
    assert not store.has("ab" * 32)
    assert list((tmp_path / "blobs").glob("*.part")) == []


def test_a_broken_beginning_of_a_download_is_not_trusted(store: BlobStore, tmp_path: Path) -> None:
    data = blob(3 * CHUNK)
    digest = hashlib.sha256(data).hexdigest()
    with store.receive(digest) as receiver:
        receiver.add(data[: 2 * CHUNK + 5])
    part = tmp_path / "blobs" / f"{digest}.part"
    held = bytearray(part.read_bytes())
    held[CHUNK + 100] ^= 1
    part.write_bytes(held)
    with store.receive(digest) as receiver:
        assert receiver.offset == CHUNK
        receiver.add(data[CHUNK:])
        receiver.finish()
    assert store.get(digest) == data


def test_names_are_digests_only(store: BlobStore, tmp_path: Path) -> None:
    ref = store.put(os.urandom(10))
    found = [str(path.relative_to(tmp_path / "blobs")) for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert found == [f"{ref.digest[:2]}{os.sep}{ref.digest}"]
