"""Files of couriers that were written by this version are read by every later one; they may be years on their way.

`tests/golden/courier-1-*.courier` are written once, with --rewrite-golden where they are missing, and never again: their keys are below.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.ids import SeededRandomness
from fieldapp.wire.changes import chain_digest
from fieldapp.wire.courier import (
    Answered,
    Asked,
    BackManifest,
    BlobHead,
    Closing,
    Direction,
    Frame,
    OutManifest,
    Packer,
    Parcel,
    opener,
    public_of,
)
from fieldapp.wire.protocol import Exchange, SnapshotHead
from fieldapp.wire.snapshot import read_snapshot, write_snapshot
from tests.conftest import GOLDEN
from tests.wire.test_golden import DEVICE, EXCHANGE, REPLY

CENTRE, LAPTOP = bytes(range(32)), bytes(range(32, 64))
KEYS: dict[Direction, ec.EllipticCurvePrivateKey] = {
    "out": ec.derive_private_key(7, ec.SECP256R1()),
    "back": ec.derive_private_key(8, ec.SECP256R1()),
}
PHOTO = SeededRandomness(5).bytes(70_000)
DIGEST = "ab" * 32
OUT = OutManifest(1, b"p" * 16, DEVICE, public_of(LAPTOP), 1_795_400_000_000, 3, 417, False, (DIGEST,))
BACK = BackManifest(1, b"p" * 16, DEVICE, 1_795_400_600_000)
ANSWERED = Answered(Asked(2, 7, 7, chain_digest(EXCHANGE.head_before, EXCHANGE.changes[0]), 3, 417), REPLY)
CLOSING = Closing(3, 420, b"s" * 32, (DIGEST,))
HEAD = SnapshotHead(1, 3, 420, len(REPLY.rows))


class _Signer:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self.key = key

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


def _write(direction: Direction, path: Path) -> None:
    with path.open("wb") as stream:
        packer = Packer(stream, direction, public_of(CENTRE if direction == "out" else LAPTOP), SeededRandomness(9))
        if direction == "out":
            packer.message(b"M", OUT)
            packer.message(b"X", EXCHANGE)
        else:
            packer.message(b"M", BACK)
            packer.message(b"A", ANSWERED)
            for piece in write_snapshot(HEAD, REPLY.rows):
                packer.frame(b"S", piece)
        packer.blob(DIGEST, len(PHOTO), iter([PHOTO]))
        if direction == "back":
            packer.message(b"C", CLOSING)
        packer.finish(_Signer(KEYS[direction]))


def _frames(direction: Direction, request: pytest.FixtureRequest) -> list[Frame]:
    path = GOLDEN / f"courier-1-{direction}.courier"
    if not path.exists() and request.config.getoption("--rewrite-golden"):
        _write(direction, path)
    private = CENTRE if direction == "out" else LAPTOP
    parcel = Parcel(path, direction, public_of(private), opener(private))
    parcel.check(lambda first: [KEYS[direction].public_key()])
    return list(parcel.frames())


@pytest.mark.golden
def test_a_file_for_the_centre_is_read_as_ever(request: pytest.FixtureRequest) -> None:
    manifest, exchange, head, piece, signature = _frames("out", request)
    assert [each.mark for each in (manifest, exchange, head, piece, signature)] == [b"M", b"X", b"B", b"P", b"Z"]
    assert manifest.read(OutManifest) == OUT
    assert exchange.read(Exchange) == EXCHANGE
    assert head.read(BlobHead) == BlobHead(DIGEST, len(PHOTO))
    assert piece.body == PHOTO


@pytest.mark.golden
def test_an_answer_of_the_centre_is_read_as_ever(request: pytest.FixtureRequest) -> None:
    frames = _frames("back", request)
    assert frames[0].read(BackManifest) == BACK
    assert frames[1].read(Answered) == ANSWERED
    head, rows = read_snapshot(each.body for each in frames if each.mark == b"S")
    assert (head, tuple(rows)) == (HEAD, REPLY.rows)
    assert b"".join(each.body for each in frames if each.mark == b"P") == PHOTO
    assert frames[-2].read(Closing) == CLOSING
