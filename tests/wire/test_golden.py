"""The bytes of today are the bytes of tomorrow: a Change, an Exchange, its reply, a snapshot, a signing text."""

from __future__ import annotations

import zlib

from fieldapp.wire.changes import GENESIS, Change, FieldEdit, chain_digest, change_bytes, change_from_bytes, value_digest
from fieldapp.wire.protocol import Exchange, ExchangeReply, RemovedRow, Row, SnapshotHead, Verdict
from fieldapp.wire.requests import message_bytes, message_from_bytes, signing_text
from fieldapp.wire.snapshot import write_snapshot
from tests.conftest import GoldenFile

RECORD, AUTHOR, DEVICE = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))

CHANGE = Change(
    sequence=7,
    kind="form_instance",
    record=RECORD,
    edits=(
        FieldEdit("/data/disks{1}/T1_15_slot", None, value_digest("3")),
        FieldEdit("/data/env/T1_08", "23.5", None),
        FieldEdit("state", "完成", value_digest("open")),
    ),
    base_epoch=3,
    base_revision=417,
    author=AUTHOR,
    earliest=1_795_400_000_000,
    latest=1_795_400_000_900,
    schema=1,
)

EXCHANGE = Exchange(1, DEVICE, 2, 7, chain_digest(GENESIS, b"six"), (change_bytes(CHANGE),), 3, 417, 5000)

REPLY = ExchangeReply(
    1,
    "ok",
    3,
    420,
    2,
    7,
    chain_digest(GENESIS, b"seven"),
    (Verdict(7, "conflict", ("state",), "both_edited", "ab" * 16),),
    (Row("case", RECORD, 419, {"number": "CS-2026-00417", "major": False, "maintenance_level": None, "position": -1}),),
    (RemovedRow("site", AUTHOR, 420, False),),
    420,
    False,
    True,
    1_795_400_001_000,
    ("cd" * 32,),
)


def test_a_change_is_spelled_as_ever(golden_file: GoldenFile) -> None:
    golden_file("wire-change.msgpack", change_bytes(CHANGE))
    assert change_from_bytes(change_bytes(CHANGE)) == CHANGE


def test_an_exchange_and_its_reply_are_spelled_as_ever(golden_file: GoldenFile) -> None:
    golden_file("wire-exchange.msgpack", message_bytes(EXCHANGE))
    golden_file("wire-reply.msgpack", message_bytes(REPLY))
    assert message_from_bytes(message_bytes(EXCHANGE), Exchange) == EXCHANGE
    assert message_from_bytes(message_bytes(REPLY), ExchangeReply) == REPLY


def test_a_snapshot_is_framed_as_ever(golden_file: GoldenFile) -> None:
    rows = [Row("case", bytes([n]) * 16, n, {"number": str(n), "major": n == 1}) for n in range(3)]
    rows.append(Row("form_instance", RECORD, 9, {"state": "open", "/data/T1_08": "23"}))
    stream = b"".join(write_snapshot(SnapshotHead(1, 3, 417, 4), rows))
    golden_file("wire-snapshot.frames", zlib.decompress(stream, 31))  # inside of gzip: its bytes differ from one zlib to another


def test_a_request_is_signed_over_the_same_text_as_ever(golden_file: GoldenFile) -> None:
    golden_file("wire-signing-text.txt", signing_text("patch", "/v1/blobs/ab?offset=0&total=9", bytes(32), 1_795_400_000_000, "0f" * 16))
