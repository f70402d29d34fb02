"""The first sync as one stream: gzip around frames of msgpack, each preceded by its length (4 bytes, big endian).

The first frame is the SnapshotHead, then come blocks of rows, and a frame of length zero ends the stream, so that a cut
stream is never taken for a short one. A block says kind and field names once for all its rows ("nothing is said twice").
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec

from fieldapp.base.errors import SyncError
from fieldapp.base.i18n import N_
from fieldapp.wire.changes import Plain
from fieldapp.wire.protocol import Row, SnapshotHead

__all__ = ["BLOCK_ROWS", "FRAME_LIMIT", "BrokenSnapshot", "RowBlock", "read_blocks", "read_snapshot", "write_snapshot"]

BLOCK_ROWS = 512
"""Rows in one block at most."""

FRAME_LIMIT = 64 * 2**20
"""Bytes of one frame at most; a longer one is refused before memory is taken for it."""

_LEVEL = 6
_PIECE = 64 * 1024
_SLICE = 16 * 1024  # gzip grows a slice a thousandfold at most, so that memory stays bounded


class BrokenSnapshot(SyncError):
    """The stream was cut, or holds something that is no snapshot; nothing of it counts."""

    code = "FA-503"
    message = N_("The first download did not arrive whole ({reason}). Nothing is lost. Start the sync again.")


class RowBlock(msgspec.Struct, frozen=True, array_like=True):
    """Rows of one kind with the same fields: names once, then for each row its id, revision, and values in that order."""

    kind: str
    names: tuple[str, ...]
    rows: tuple[tuple[bytes, int, tuple[Plain, ...]], ...]


_Frame = TypeVar("_Frame")
_encoder = msgspec.msgpack.Encoder()
_head_decoder = msgspec.msgpack.Decoder(SnapshotHead)
_block_decoder = msgspec.msgpack.Decoder(RowBlock)


def write_snapshot(head: SnapshotHead, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the compressed stream in pieces. Rows sorted by kind make the smallest stream; any order is right.

    ValueError when there are not `head.rows` rows: a centre never sends a stream that says something wrong about itself.
    """
    press = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    count = 0
    pending = bytearray()
    pending += press.compress(_framed(_encoder.encode(head)))
    for block in _blocks(rows):
        count += len(block.rows)
        pending += press.compress(_framed(_encoder.encode(block)))
        if len(pending) >= _PIECE:
            yield bytes(pending)
            pending.clear()
    if count != head.rows:
        raise ValueError(f"the head announces {head.rows} rows, {count} came")
    pending += press.compress(_framed(b"")) + press.flush()
    yield bytes(pending)


def _framed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _blocks(rows: Iterable[Row]) -> Iterator[RowBlock]:
    kind = ""
    names: tuple[str, ...] = ()
    gathered: list[tuple[bytes, int, tuple[Plain, ...]]] = []
    for row in rows:
        its_names = tuple(sorted(row.values))
        if gathered and (row.kind != kind or its_names != names or len(gathered) == BLOCK_ROWS):
            yield RowBlock(kind, names, tuple(gathered))
            gathered = []
        kind, names = row.kind, its_names
        gathered.append((row.record, row.revision, tuple(row.values[name] for name in names)))
    if gathered:
        yield RowBlock(kind, names, tuple(gathered))


def read_blocks(pieces: Iterable[bytes]) -> tuple[SnapshotHead, Iterator[RowBlock]]:
    """Read the head at once, and blocks as they come. BrokenSnapshot on anything cut or wrong, at the latest at the end.

    What was yielded before the end of the iteration must not be committed before the iteration has ended well.
    """
    frames = _frames(pieces)
    first = next(frames, None)
    if first is None:
        raise BrokenSnapshot(reason="empty")
    head = _decoded(_head_decoder.decode, first)

    def blocks() -> Iterator[RowBlock]:
        count = 0
        for frame in frames:
            block = _decoded(_block_decoder.decode, frame)
            if any(len(values) != len(block.names) or len(record) != 16 for record, _, values in block.rows):
                raise BrokenSnapshot(reason="row")
            count += len(block.rows)
            yield block
        if count != head.rows:
            raise BrokenSnapshot(reason=f"{count}/{head.rows}")

    return head, blocks()


def read_snapshot(pieces: Iterable[bytes]) -> tuple[SnapshotHead, Iterator[Row]]:
    """As `read_blocks`, but row by row."""
    head, blocks = read_blocks(pieces)

    def rows() -> Iterator[Row]:
        for block in blocks:
            for record, revision, values in block.rows:
                yield Row(block.kind, record, revision, dict(zip(block.names, values, strict=True)))

    return head, rows()


def _decoded(decode: Callable[[bytes], _Frame], data: bytes) -> _Frame:
    try:
        return decode(data)
    except msgspec.DecodeError as fault:
        raise BrokenSnapshot(reason="frame") from fault


def _frames(pieces: Iterable[bytes]) -> Iterator[bytes]:
    press = zlib.decompressobj(31)
    held = bytearray()
    for piece in pieces:
        for start in range(0, len(piece), _SLICE):
            try:
                held += press.decompress(piece[start : start + _SLICE])
            except zlib.error as fault:
                raise BrokenSnapshot(reason="gzip") from fault
            while len(held) >= 4:
                length = int.from_bytes(held[:4], "big")
                if length == 0:
                    return
                if length > FRAME_LIMIT:
                    raise BrokenSnapshot(reason="frame too long")
                if len(held) < 4 + length:
                    break
                yield bytes(held[4 : 4 + length])
                del held[: 4 + length]
    raise BrokenSnapshot(reason="cut")
