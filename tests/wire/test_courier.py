"""A sealed file: what goes in comes out, what was touched does not open, and nothing is ever wholly in memory."""

from __future__ import annotations

import errno
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import SyncError
from fieldapp.base.ids import SeededRandomness
from fieldapp.wire.courier import (
    PARCEL_CHUNK,
    BadParcel,
    BlobHead,
    Closing,
    Direction,
    ForSomebodyElse,
    Packer,
    Parcel,
    UnreadableParcel,
    UnsignedParcel,
    WrongDirection,
    opener,
    public_of,
)

CENTRE, LAPTOP = bytes(range(32)), bytes(range(32, 64))
KEY = ec.derive_private_key(7, ec.SECP256R1())
OTHER = ec.derive_private_key(8, ec.SECP256R1())


class Signer:
    """Signs with a key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256."""
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def packed(blobs: list[bytes], direction: Direction = "out", key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    """A file with some blobs."""
    stream = io.BytesIO()
    packer = Packer(stream, direction, public_of(CENTRE), SeededRandomness(1))
    packer.message(b"M", Closing(1, 2, b"three", ("four",)))
    for number, data in enumerate(blobs):
        packer.blob(f"{number:064x}", len(data), iter([data[: len(data) // 3], data[len(data) // 3 :]]))
    packer.finish(Signer(key))
    return stream.getvalue()


def opened(path: Path, data: bytes, private: bytes = CENTRE, direction: Direction = "out") -> Parcel:
    """A file with these bytes, opened."""
    path.write_bytes(data)
    return Parcel(path, direction, public_of(private), opener(private))


def blobs_of(parcel: Parcel) -> list[bytes]:
    """The blobs in it."""
    found: list[bytearray] = []
    for frame in parcel.frames():
        if frame.mark == b"B":
            frame.read(BlobHead)
            found.append(bytearray())
        elif frame.mark == b"P":
            found[-1] += frame.body
    return [bytes(each) for each in found]


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.sampled_from([0, 1, 300, PARCEL_CHUNK - 40, PARCEL_CHUNK, 3 * PARCEL_CHUNK + 5, 300_000]), max_size=4))
def test_what_goes_in_comes_out(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]) -> None:
    blobs = [SeededRandomness(size).bytes(size) for size in sizes]
    parcel = opened(tmp_path_factory.mktemp("parcel") / "a", packed(blobs))
    parcel.check(lambda first: [OTHER.public_key(), KEY.public_key()])
    assert blobs_of(parcel) == blobs


def test_frames_can_be_read_from_the_place_of_one(tmp_path: Path) -> None:
    parcel = opened(tmp_path / "a", packed([bytes(PARCEL_CHUNK), b"x" * 200_000, b"end"]))
    all_of_them = list(parcel.frames())
    for number, frame in enumerate(all_of_them[:-1]):
        assert list(parcel.frames(frame.after)) == all_of_them[number + 1 :]


def test_each_changed_byte_is_seen(tmp_path: Path) -> None:
    good = packed([b"photo" * 20])
    for place in range(len(good)):
        for bit in (0, 3, 7):
            changed = good[:place] + bytes([good[place] ^ 1 << bit]) + good[place + 1 :]
            with pytest.raises(SyncError):
                opened(tmp_path / "a", changed).check(lambda first: [KEY.public_key()])


def test_what_was_cut_mended_or_put_together_is_seen(tmp_path: Path) -> None:
    good = packed([bytes(range(256)) * 1000])
    start, step = 10 + int.from_bytes(good[8:10], "big"), PARCEL_CHUNK + 16
    chunks = [good[at : at + step] for at in range(start, len(good), step)]
    assert len(chunks) > 3
    wrong = {
        "empty": b"",
        "no chunk": good[:start],
        "a byte less": good[:-1],
        "a byte more": good + b"\0",
        "twice": good + good,
        "without the last chunk": good[:start] + b"".join(chunks[:-1]),
        "without the first": good[:start] + b"".join(chunks[1:]),
        "turned round": good[:start] + b"".join([chunks[1], chunks[0], *chunks[2:]]),
        "head of another": packed([b"other"])[:start] + good[start:],
        "text": "这不是携带文件".encode() * 100,
    }
    for data in wrong.values():
        with pytest.raises(BadParcel):
            opened(tmp_path / "a", data).check(lambda first: [KEY.public_key()])


def test_a_file_for_another_or_of_the_other_way_is_refused_with_a_sentence_of_its_own(tmp_path: Path) -> None:
    good = packed([])
    with pytest.raises(ForSomebodyElse):
        opened(tmp_path / "a", good, LAPTOP)
    with pytest.raises(WrongDirection):
        opened(tmp_path / "a", good, direction="back")
    with pytest.raises(UnreadableParcel):
        Parcel(tmp_path / "none", "out", public_of(CENTRE), opener(CENTRE))


@pytest.mark.parametrize("works", [0, 2, 4])
def test_a_stick_that_is_pulled_out_while_it_is_read_gets_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: int) -> None:
    (tmp_path / "a").write_bytes(packed([bytes(300_000)]))
    left = iter(range(works))
    real = io.BufferedReader.read

    class Pulled(io.BufferedReader):
        """A file that goes away after some readings."""

        def read(self, size: int | None = -1, /) -> bytes:
            """The bytes, or the system's error."""
            if next(left, None) is None:
                raise OSError(errno.EIO, "Input/output error")
            return real(self, size)

    monkeypatch.setattr(Path, "open", lambda self, mode: Pulled(io.FileIO(self, mode)))
    with pytest.raises(UnreadableParcel):
        Parcel(tmp_path / "a", "out", public_of(CENTRE), opener(CENTRE)).check(lambda first: [KEY.public_key()])


def test_only_the_sender_s_signature_counts(tmp_path: Path) -> None:
    parcel = opened(tmp_path / "a", packed([b"x"], key=OTHER))
    with pytest.raises(UnsignedParcel):
        parcel.check(lambda first: [KEY.public_key()])
    unsigned = io.BytesIO()
    packer = Packer(unsigned, "out", public_of(CENTRE), SeededRandomness(1))
    packer.message(b"M", Closing(1, 2, b""))
    packer._seal(bytes(packer._held), last=True)
    with pytest.raises(BadParcel):
        opened(tmp_path / "b", unsigned.getvalue()).check(lambda first: [KEY.public_key()])


def test_a_file_that_does_not_begin_with_its_manifest_is_none(tmp_path: Path) -> None:
    stream = io.BytesIO()
    packer = Packer(stream, "out", public_of(CENTRE), SeededRandomness(1))
    packer.message(b"C", Closing(1, 2, b""))
    packer.finish(Signer(KEY))
    with pytest.raises(BadParcel):
        opened(tmp_path / "a", stream.getvalue()).check(lambda manifest: [KEY.public_key()])


def test_nothing_of_a_file_can_be_read_on_a_found_stick() -> None:
    secret = "江州银行主机房".encode()
    data = packed([secret * 50])
    assert secret not in data
    assert secret[:8] not in data


def test_two_hundred_megabytes_need_no_more_memory_than_two(tmp_path: Path) -> None:
    size = 200 * 2**20
    piece = SeededRandomness(1).bytes(2**20)

    def pieces() -> Iterator[bytes]:
        for _ in range(size // len(piece)):
            yield piece

    path = tmp_path / "large"
    tracemalloc.start()
    with path.open("wb") as stream:
        packer = Packer(stream, "out", public_of(CENTRE), SeededRandomness(1))
        packer.message(b"M", Closing(1, 2, b""))
        packer.blob("0" * 64, size, pieces())
        packer.finish(Signer(KEY))
    parcel = Parcel(path, "out", public_of(CENTRE), opener(CENTRE))
    parcel.check(lambda first: [KEY.public_key()])
    count = sum(len(frame.body) for frame in parcel.frames() if frame.mark == b"P")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == size
    assert peak < 8 * 2**20, f"{peak / 2**20:.1f} MiB at the peak"
