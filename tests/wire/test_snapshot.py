"""The stream of the first sync: whole, or told as broken."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.wire.protocol import Row, SnapshotHead
from fieldapp.wire.snapshot import BLOCK_ROWS, FRAME_LIMIT, BrokenSnapshot, read_blocks, read_snapshot, write_snapshot
from tests.wire.test_changes import NAMES, PLAIN

ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from(["case", "asset"]),
        st.binary(min_size=16, max_size=16),
        st.integers(0, 2**40),
        st.dictionaries(NAMES, PLAIN, max_size=3),
    ),
    max_size=8,
)


def head(rows: int) -> SnapshotHead:
    """A head that announces so many rows."""
    return SnapshotHead(1, 3, 417, rows)


def many(count: int) -> list[Row]:
    """Rows of one kind that gzip cannot make small."""
    noise = random.Random(1)
    return [Row("case", noise.randbytes(16), n, {"text": noise.randbytes(40).hex()}) for n in range(count)]


@settings(max_examples=60)
@given(rows=ROWS, cut=st.integers(1, 40))
def test_rows_come_back_in_order_whatever_the_pieces(rows: list[Row], cut: int) -> None:
    stream = b"".join(write_snapshot(head(len(rows)), rows))
    pieces = [stream[place : place + cut] for place in range(0, len(stream), cut)]
    found, back = read_snapshot(pieces)
    assert found == head(len(rows))
    assert list(back) == rows


def test_large_streams_come_in_pieces_and_blocks() -> None:
    rows = many(3 * BLOCK_ROWS + 1)
    pieces = list(write_snapshot(head(len(rows)), rows))
    assert len(pieces) > 1
    _, blocks = read_blocks(pieces)
    assert [len(block.rows) for block in blocks] == [BLOCK_ROWS] * 3 + [1]


@pytest.mark.parametrize("place", [0, 1, 10, 30, -200, -9, -1])
def test_a_cut_stream_is_never_taken_for_a_short_one(place: int) -> None:
    rows = many(40)
    stream = b"".join(write_snapshot(head(40), rows))
    cut = stream[:place]
    try:
        _, back = read_snapshot([cut])
        found = list(back)
    except BrokenSnapshot:
        return
    assert found == rows  # only the checksum of gzip after the last frame was missing
    assert place == -1 or place == -9


@pytest.mark.parametrize("announced", [39, 41])
def test_a_wrong_number_of_rows_is_told_at_both_ends(announced: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        list(write_snapshot(head(announced), many(40)))
    plain = zlib.decompress(b"".join(write_snapshot(head(40), many(40))), 31)
    forged = zlib.compress(plain.replace(b"\x28", bytes([announced]), 1), wbits=31)
    _, back = read_snapshot([forged])
    with pytest.raises(BrokenSnapshot):
        list(back)


def squeezed(*frames: bytes) -> bytes:
    """Frames as a stream."""
    return zlib.compress(b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames), wbits=31)


@pytest.mark.parametrize(
    "stream",
    [
        b"",
        b"no gzip at all",
        squeezed(b""),
        squeezed(b"\x93\x01\x02\x03"),
        zlib.compress((FRAME_LIMIT + 1).to_bytes(4, "big") + b"x", wbits=31),
    ],
    ids=["empty", "other bytes", "no head", "half a head", "endless frame"],
)
def test_what_is_no_snapshot_is_told(stream: bytes) -> None:
    with pytest.raises(BrokenSnapshot):
        read_snapshot([stream])


@pytest.mark.parametrize(
    "block",
    [b"\xc0", b"\x93\xa4case\x91\xa1a\x91\x93\xc4\x10" + b"x" * 16 + b"\x01\x90", b"\x93\xa4case\x90\x91\x93\xc4\x01x\x01\x90"],
    ids=["null", "a value is missing", "short id"],
)
def test_a_block_that_is_none_is_told(block: bytes) -> None:
    _, blocks = read_blocks([squeezed(b"\x94\x01\x03\xcd\x01\xa1\x01", block, b"")])
    with pytest.raises(BrokenSnapshot):
        list(blocks)
