"""The service over HTTP: signed requests, replays, wrong clocks, sizes, and a whole round."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.central.web.app import make_app
from fieldapp.central.web.door import WINDOW_SECONDS
from fieldapp.wire.protocol import PROTOCOL, Enrolled, EnrolRequest, Exchange, ExchangeReply
from fieldapp.wire.requests import message_bytes, message_from_bytes, packed_header, read_blob_headers, signature_headers, unsqueeze
from fieldapp.wire.snapshot import read_snapshot
from tests.central.browser import Browser
from tests.central.world import Laptop, World, csr_of


class Key:
    """A laptop's key as requests are signed with it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class Line:
    """A laptop's line to the centre over HTTP."""

    def __init__(self, world: World, client: Browser, laptop: Laptop) -> None:
        self.world, self.client, self.laptop = world, client, laptop

    def headers(self, method: str, path: str, body: bytes = b"", minutes: float = 0) -> dict[str, str]:
        at = int(self.world.clock.now().timestamp() * 1000 + minutes * 60_000)
        nonce = self.world.service.randomness.bytes(16).hex()
        return signature_headers(Key(self.laptop.key), self.laptop.device, method, path, body, at, nonce)

    def packed(self, method: str, path: str, body: bytes = b"") -> dict[str, str]:
        at, nonce = int(self.world.clock.now().timestamp() * 1000), self.world.service.randomness.bytes(16).hex()
        return packed_header(Key(self.laptop.key), self.laptop.device, method, path, body, at, nonce)

    def send(self, method: str, path: str, body: bytes = b"", **more: str) -> httpx.Response:
        return self.client.request(method, path, content=body, headers={**self.headers(method, path, body), **more})


@pytest.fixture
def client(world: World) -> Iterator[Browser]:
    with Browser(make_app(world.service)) as made:
        yield made


@pytest.fixture
def line(world: World, client: Browser) -> Line:
    world.case_at_bank(world.li)
    return Line(world, client, world.laptop(world.li))


def test_a_laptop_enrols_over_http(world: World, client: Browser) -> None:
    code = world.desk.new_enrol_code(world.li.id)
    wanted = EnrolRequest(PROTOCOL, code, world.service.ids.new(), "ThinkPad", csr_of(ec.generate_private_key(ec.SECP256R1())))
    answer = client.post("/v1/enrol", content=msgspec.json.encode(wanted))
    enrolled = msgspec.json.decode(answer.content, type=Enrolled)
    assert (enrolled.engineer_name, enrolled.company) == ("李明", world.service.settings.company)
    again = client.post("/v1/enrol", content=msgspec.json.encode(msgspec.structs.replace(wanted, device=world.service.ids.new())))
    assert again.status_code == 409
    assert json.loads(again.content)["message_zh"].startswith("此注册码已被使用")


def test_an_exchange_travels_compressed_both_ways(line: Line) -> None:
    for number in range(40):
        line.world.desk.note(_case(line), f"记录 {number}")
    body = gzip.compress(message_bytes(line.laptop.request()))
    answer = line.send("POST", "/v1/exchange", body, **{"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    reply = message_from_bytes(answer.content, ExchangeReply)
    assert len(reply.rows) == 40


def _case(line: Line) -> str:
    return next(record for kind, record in line.laptop.rows if kind == "case")


def test_nothing_new_is_one_short_request_and_one_short_reply(line: Line) -> None:
    body = message_bytes(line.laptop.request())
    answer = line.send("POST", "/v1/exchange", body)
    assert message_from_bytes(answer.content, ExchangeReply).agrees is True
    assert len(body) + len(answer.content) < 300


def test_a_centre_says_that_it_reads_the_packed_signature_and_then_says_little(line: Line) -> None:
    body = message_bytes(line.laptop.request())
    four = line.send("POST", "/v1/exchange", body)
    assert four.headers["www-authenticate"] == "Fieldapp"
    packed = line.client.post("/v1/exchange", content=body, headers=line.packed("POST", "/v1/exchange", body))
    assert packed.status_code == 200
    assert message_from_bytes(packed.content, ExchangeReply).agrees is True
    assert set(packed.headers) == {"content-length", "x-fieldapp-digest"}


def test_a_packed_signature_is_taken_once_and_holds_for_its_request_alone(line: Line) -> None:
    body = message_bytes(line.laptop.request())
    headers = line.packed("POST", "/v1/exchange", body)
    other = line.client.post("/v1/exchange", content=body + b"x", headers=headers)
    answers = [line.client.post("/v1/exchange", content=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in (other, *answers)] == [401, 200, 401]
    assert (other.json()["code"], answers[1].json()["code"]) == ("FA-505", "FA-606")


def test_a_long_answer_to_a_packed_request_is_compressed(line: Line) -> None:
    for number in range(40):
        line.world.desk.note(_case(line), f"记录 {number}")
    body = message_bytes(line.laptop.request())
    answer = line.client.post("/v1/exchange", content=body, headers={**line.packed("POST", "/v1/exchange", body), "Accept-Encoding": ""})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(message_from_bytes(answer.content, ExchangeReply).rows) == 40


def test_a_copied_request_is_refused(line: Line) -> None:
    body = message_bytes(line.laptop.request())
    headers = line.headers("POST", "/v1/exchange", body)
    first = line.client.post("/v1/exchange", content=body, headers=headers)
    second = line.client.post("/v1/exchange", content=body, headers=headers)
    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["code"] == "FA-606"


def test_a_wrong_clock_is_told_the_time(line: Line) -> None:
    body = message_bytes(line.laptop.request())
    late = line.headers("POST", "/v1/exchange", body, minutes=WINDOW_SECONDS / 60 + 50)
    answer = line.client.post("/v1/exchange", content=body, headers=late)
    assert (answer.status_code, answer.json()["code"]) == (401, "FA-607")
    assert "60" in answer.json()["message_en"]
    assert answer.json()["now"] == line.client.get("/v1/time").json()["now"]


@pytest.mark.parametrize("broken", ["body", "path", "device", "key", "none"])
def test_a_request_that_was_tampered_with_is_refused(line: Line, broken: str) -> None:
    body, path = message_bytes(line.laptop.request()), "/v1/exchange"
    headers = line.headers("POST", path, body)
    if broken == "body":
        body += b"\x00"
    elif broken == "path":
        path += "?x=1"
    elif broken == "device":
        headers["X-Fieldapp-Device"] = line.world.laptop(line.world.wang).device
    elif broken == "key":
        line.laptop.key = ec.generate_private_key(ec.SECP256R1())
        headers = line.headers("POST", path, body)
    else:
        headers = {}
    answer = line.client.post(path, content=body, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "FA-505"


def test_a_device_speaks_only_for_itself(line: Line) -> None:
    other = line.world.laptop(line.world.wang)
    body = message_bytes(other.request())
    assert line.send("POST", "/v1/exchange", body).json()["code"] == "FA-604"


def test_an_unknown_device_is_told_so(line: Line) -> None:
    line.laptop.device = line.world.service.ids.new()
    assert line.send("POST", "/v1/exchange", b"").json()["code"] == "FA-604"


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x93\x01\x02", gzip.compress(b"x", mtime=0)], ids=["empty", "nul", "short", "squeezed"])
def test_garbage_gets_a_code_and_no_traceback(line: Line, body: bytes) -> None:
    answer = line.send("POST", "/v1/exchange", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "FA-502")


def test_a_body_that_grows_without_end_is_refused(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldapp.central.web.app.PLAIN_LIMIT", 1000)
    bomb = gzip.compress(b"\x00" * 100_000)
    assert line.send("POST", "/v1/exchange", bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    monkeypatch.setattr("fieldapp.central.web.app.BODY_LIMIT", 100)
    assert line.send("POST", "/v1/exchange", b"\x00" * 101).status_code == 413


def test_an_unknown_protocol_is_refused_with_its_code(line: Line) -> None:
    strange = msgspec.structs.replace(line.laptop.request(), protocol=99)
    assert line.send("POST", "/v1/exchange", message_bytes(strange)).json()["code"] == "FA-611"


def test_the_snapshot_streams_the_whole_scope(line: Line) -> None:
    answer = line.send("GET", "/v1/snapshot")
    head, rows = read_snapshot([answer.content])
    held = {(row.kind, row.record.hex()) for row in rows}
    assert held == set(line.laptop.rows)
    assert head.rows == len(held)


def test_a_blob_goes_up_in_pieces_and_down_from_an_offset(line: Line) -> None:
    data = bytes(range(256)) * 20
    digest = hashlib.sha256(data).hexdigest()
    line.laptop.edit("attachment", line.world.service.ids.new(), {"site_id": line.world.bank_site.id, "digest": digest, "size": len(data)})
    line.laptop.pull()
    assert read_blob_headers(line.send("HEAD", f"/v1/blobs/{digest}").headers).offset == 0
    for offset in (0, 2000, 4000):
        state = read_blob_headers(
            line.send("PATCH", f"/v1/blobs/{digest}?offset={offset}&total={len(data)}", data[offset : offset + 2000]).headers
        )
    assert state.complete
    assert line.send("GET", f"/v1/blobs/{digest}?offset=100").content == data[100:]
    stranger = Line(line.world, line.client, line.world.laptop(line.world.wang))
    assert stranger.send("GET", f"/v1/blobs/{digest}").status_code == 404
    assert line.send("PATCH", f"/v1/blobs/{digest}?offset=x&total=1", b"").status_code == 400


def test_a_revoked_laptop_hears_it(line: Line) -> None:
    line.world.service.revoke(line.laptop.device)
    answer = line.send("POST", "/v1/exchange", message_bytes(line.laptop.request()))
    assert message_from_bytes(answer.content, ExchangeReply).state == "revoked"
    assert line.send("GET", "/v1/snapshot").json()["code"] == "FA-605"
    assert line.send("HEAD", f"/v1/blobs/{'ab' * 32}").status_code == 403


def test_the_ca_and_the_revocation_list_are_public(world: World, client: Browser) -> None:
    assert client.get("/v1/ca.pem").content == world.service.authority.ca.pem
    assert client.get("/v1/crl").headers["content-type"] == "application/pkix-crl"


def test_a_long_round_over_http_leaves_both_ends_equal(line: Line) -> None:
    for number in range(30):
        line.laptop.edit("finding", line.world.service.ids.new(), {"site_id": line.world.bank_site.id, "description": f"问题 {number}"})
    request: Exchange = line.laptop.request()
    answer = line.send("POST", "/v1/exchange", gzip.compress(message_bytes(request)), **{"Content-Encoding": "gzip"})
    line.laptop.take(message_from_bytes(answer.content, ExchangeReply))
    assert line.laptop.pull().agrees is True
    assert unsqueeze(gzip.compress(b"abc"), 10) == b"abc"
