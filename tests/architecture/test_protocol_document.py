"""docs/protocol.md and docs/operations.md say what the code does.

The bytes of the protocol are produced here, its tables are compared with the classes and constants; the commands of the
operations page are those of the centre, and its script runs.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import takewhile
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fieldapp.base.errors import FieldappError
from fieldapp.central.cli import main
from fieldapp.central.web.app import _STATUS
from fieldapp.domain.merging import Actor, merge_field, reason_sentence
from fieldapp.domain.records import KINDS, Policy, plain_ok
from fieldapp.wire import care, changes, courier, protocol, requests, snapshot
from fieldapp.wire.changes import GENESIS, Change, FieldEdit, Plain, chain_digest, change_bytes, row_digest, scope_sum, value_digest
from fieldapp.wire.protocol import Exchange, ExchangeReply, Row, SnapshotHead, Verdict
from fieldapp.wire.requests import SIGNATURE_HEADER, message_bytes, packed_header, read_signature_headers, signature_headers, signing_text
from fieldapp.wire.snapshot import write_snapshot
from tests.architecture.source import ROOT, expect_none

OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

DEVICE = "01a205b4000070008000000000000001"
ENGINEER = "01a205b4000070008000000000000002"
CASE = "01a205b4000070008000000000000003"
SHEET = "01a205b4000070008000000000000004"
EPOCH, REVISION = 510676583659, 1203
SENT = 1_795_397_400_000  # 2026-11-23T01:30:00Z

FIRST = Change(
    sequence=1,
    kind="case",
    record=bytes.fromhex(CASE),
    edits=(
        FieldEdit("cause", "风扇", value_digest("")),
        FieldEdit("contacted_at", "2026-11-23T01:30:00.000Z", value_digest(None)),
    ),
    base_epoch=EPOCH,
    base_revision=REVISION,
    author=bytes.fromhex(ENGINEER),
    earliest=SENT - 200,
    latest=SENT + 300,
    schema=1,
)
SECOND = Change(2, "form_instance", bytes.fromhex(SHEET), (FieldEdit("/data/env/T1_08", "23.5"),), 0, 0, FIRST.author, SENT, SENT + 500, 1)
HEADS = functools.reduce(lambda heads, each: [*heads, chain_digest(heads[-1], change_bytes(each))], (FIRST, SECOND), [GENESIS])
REQUEST = Exchange(1, bytes.fromhex(DEVICE), 1, 1, GENESIS, (change_bytes(FIRST), change_bytes(SECOND)), EPOCH, REVISION, 5000)
CONFLICT = Verdict(1, "conflict", ("cause",), "both_edited", "01a205b4000070008000000000000005")
ROW = Row(
    "case", bytes.fromhex(CASE), 1204, {"cause": "电源", "closed_at": None, "contacted_at": "2026-11-23T01:30:00.000Z", "major": False}
)
REPLY = ExchangeReply(
    1, "ok", EPOCH, 1205, 1, 2, HEADS[2], (CONFLICT,), rows=(ROW,), cursor=1205, now=SENT + 900, wanted_blobs=("ab" * 32,)
)
KEY = ec.derive_private_key(1, ec.SECP256R1())
NONCE = "0f" * 16


def lines_of(data: bytes) -> str:
    """Hexadecimal digits, 32 bytes a line."""
    return "\n".join(data[start : start + 32].hex() for start in range(0, len(data), 32))


def shown(value: object) -> str:
    """A msgpack value as the page writes it: bytes as h'..', texts in quotes."""
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, list):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{shown(name)}: {shown(each)}" for name, each in value.items()) + "}"
    return msgspec.json.encode(value).decode()


def read(data: bytes) -> str:
    """The items of a msgpack array, one a line."""
    return "\n".join(map(shown, msgspec.msgpack.decode(data)))


def spelling() -> str:
    """Plain values, their canonical bytes, their short digests."""
    values: tuple[Plain, ...] = (None, True, 7, -1, 2026, "", "23.5", "风扇")
    return "\n".join(f"{shown(each):<8} {changes.canonical_value(each).hex():<18} {value_digest(each).hex()}" for each in values)


def sums() -> str:
    """Digests of two rows and of the scope that they make."""
    digests = [row_digest("case", CASE, ROW.values), row_digest("form_instance", SHEET, {"state": "open", "/data/env/T1_08": "23.5"})]
    return "\n".join(f"{each:064x}" for each in (*digests, scope_sum(digests)))


def stream() -> bytes:
    """A snapshot of two rows inside of its gzip."""
    rows = [ROW, Row("case", bytes.fromhex(SHEET), 1205, {"cause": "", "closed_at": None, "contacted_at": None, "major": True})]
    return zlib.decompress(b"".join(write_snapshot(SnapshotHead(1, EPOCH, 1205, 2), rows)), 31)


def signed() -> str:
    """The text that is signed for the exchange of the page, sent as it is."""
    digest = hashlib.sha256(message_bytes(REQUEST)).digest()
    return signing_text("POST", "/v1/exchange", digest, SENT, NONCE).decode()


EXAMPLES: Mapping[str, Callable[[], str]] = {
    "values": spelling,
    "change-1": lambda: lines_of(change_bytes(FIRST)),
    "change-1-read": lambda: read(change_bytes(FIRST)),
    "change-2": lambda: lines_of(change_bytes(SECOND)),
    "heads": lambda: "\n".join(head.hex() for head in HEADS),
    "exchange": lambda: lines_of(message_bytes(REQUEST)),
    "reply": lambda: lines_of(message_bytes(REPLY)),
    "reply-read": lambda: read(message_bytes(REPLY)),
    "digests": sums,
    "snapshot": lambda: lines_of(stream()),
    "signing-text": signed,
    "public-key": lambda: KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode().strip(),
}


def blocks(page: str) -> dict[str, str]:
    """The examples of a page by their names."""
    found = re.findall(r"^```example ([\w-]+)\n(.*?)\n```$", page, re.MULTILINE | re.DOTALL)
    assert len(dict(found)) == len(found), "an example stands there twice"
    return dict(found)


def table(head: str) -> Iterator[list[str]]:
    """The cells of the rows of the table whose first heading is `head`."""
    lines = PAGE.splitlines()
    starts = [place for place, line in enumerate(lines) if line.startswith(f"| {head} |")]
    assert len(starts) == 1, head
    for line in takewhile(lambda line: line.startswith("|"), lines[starts[0] + 2 :]):
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_the_page_has_exactly_these_examples() -> None:
    assert set(blocks(PAGE)) == {*EXAMPLES, "headers", "packed-header"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_bytes_of_the_page_are_those_of_the_code(name: str) -> None:
    assert blocks(PAGE)[name] == EXAMPLES[name]()


def test_the_signature_of_the_page_holds_for_its_text() -> None:
    headers = dict(line.split(": ", 1) for line in blocks(PAGE)["headers"].splitlines())
    taken = read_signature_headers(headers)
    KEY.public_key().verify(taken.signature, signed().encode(), ec.ECDSA(hashes.SHA256()))
    assert (taken.device, taken.time, taken.nonce) == (DEVICE, SENT, NONCE)

    class Fixed:
        def sign(self, data: bytes) -> bytes:
            assert data == signed().encode()
            return taken.signature

    assert headers == signature_headers(Fixed(), DEVICE, "POST", "/v1/exchange", message_bytes(REQUEST), SENT, NONCE)
    assert base64.b64encode(taken.signature).decode() == headers[SIGNATURE_HEADER]
    packed = packed_header(Fixed(), DEVICE, "POST", "/v1/exchange", message_bytes(REQUEST), SENT, NONCE)
    assert packed == dict([blocks(PAGE)["packed-header"].split(": ", 1)])
    assert read_signature_headers(packed) == taken


def test_the_examples_are_real_values_of_the_table_of_kinds() -> None:
    assert all(plain_ok(KINDS["case"].fields[edit.name], edit.value) for edit in FIRST.edits)
    assert KINDS["form_instance"].policy_of(SECOND.edits[0].name) == "both"


STRUCTS = (
    (changes, "Change FieldEdit"),
    (protocol, "Exchange ExchangeReply Verdict Row RemovedRow SnapshotHead EnrolRequest Enrolled"),
    (snapshot, "RowBlock"),
    (care, "CareRequest Care TakeoverRequest TakenOver JournalLetter JournalChange JournalBlob"),
    (courier, "OutManifest BackManifest Answered TakenAnswer Asked BlobHead Closing"),
)


@pytest.mark.parametrize(("room", "name"), [(room, name) for room, names in STRUCTS for name in names.split()])
def test_the_page_names_the_fields_of_a_message_in_their_order(room: object, name: str) -> None:
    fields = getattr(room, name).__struct_fields__
    assert [cells[0] for cells in table(f"`{name}`")] == list(fields)


def limits(rows: Iterator[list[str]]) -> Iterator[str]:
    """Rows whose number is not the constant's."""
    for name, value, *_ in rows:
        room, _, constant = name.rpartition(".")
        known = getattr(importlib.import_module(f"fieldapp.{room}"), constant)
        number = int(known.total_seconds()) if isinstance(known, timedelta) else known
        if str(number) != value.replace(",", ""):
            yield f"{name}: {number}, not {value}"


def test_the_limits_are_the_constants() -> None:
    assert len(list(table("Limit"))) > 10
    expect_none(limits(table("Limit")))


def test_a_wrong_limit_is_seen() -> None:
    assert list(limits(iter([["wire.snapshot.BLOCK_ROWS", "513"]]))) == ["wire.snapshot.BLOCK_ROWS: 512, not 513"]


def test_the_status_of_each_refusal_is_the_code_s() -> None:
    known = {kind.code: str(status) for kind, status in _STATUS.items()}
    told = {cells[0]: cells[1] for cells in table("Refusal")}
    assert {code: status for code, status in told.items() if status != "400"} == known
    assert set(told) <= {kind.code for kind in leaves(FieldappError)}


def leaves(branch: type[FieldappError]) -> Iterator[type[FieldappError]]:
    """All errors below a branch."""
    for kind in branch.__subclasses__():
        yield kind
        yield from leaves(kind)


def test_each_reason_is_one_that_has_a_sentence() -> None:
    unknown = reason_sentence("no such reason")
    assert unknown is not None
    for reason, *_ in table("Reason"):
        sentence = reason_sentence(reason)
        assert sentence is not None, reason
        assert sentence.text != unknown.text, reason


def outcome(policy: Policy, saw: bool, by: Actor) -> str:
    """What becomes of an engineer's value that differs from the one that stands."""
    made = merge_field(policy, "old", saw, "new", "engineer", current_by=by)
    return f"{made.code} {made.reason}".strip()


def test_the_policies_do_what_the_page_says() -> None:
    told = {cells[0]: cells[1:4] for cells in table("Policy")}
    assert set(told) == {field.policy for kind in KINDS.values() for field in kind.fields.values()}
    for policy, cells in told.items():
        known: Policy = policy  # type: ignore[assignment]  # compared with the table of kinds above
        assert cells == [outcome(known, True, "centre"), outcome(known, False, "centre"), outcome(known, False, "engineer")], policy


def test_the_headers_are_named() -> None:
    names = [value for name, value in vars(requests).items() if name.endswith("_HEADER")]
    expect_none(name for name in names if f"`{name}`" not in PAGE)


def test_the_operations_page_names_every_command_of_the_centre(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    known = set(re.findall(r"^    ([a-z][\w-]*)(?: |$)", capsys.readouterr().out, re.MULTILINE))
    told = set(re.findall(r"^\| `fieldapp-central ([\w-]+)", OPERATIONS, re.MULTILINE))
    assert told == known
    assert set(re.findall(r"fieldapp-central ([\w-]+)", OPERATIONS)) <= known


def test_the_script_of_the_operations_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = re.search(r"^```python\n(.*?)^```$", OPERATIONS, re.MULTILINE | re.DOTALL)
    assert script is not None
    monkeypatch.chdir(ROOT)
    exec(script[1].replace("/srv/fieldapp", tmp_path.as_posix()), {})
    assert re.fullmatch(r"[0-9a-f]{32} (\w{4}-){2}\w{4}\n", capsys.readouterr().out)
