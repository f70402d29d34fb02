"""The laptop signs by one header where the centre reads it, and by four wherever it does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.sync.http_peer import HttpPeer
from fieldapp.sync.refusals import CentreRefused
from fieldapp.sync.terse import Terse
from fieldapp.wire.protocol import Exchange
from fieldapp.wire.requests import SCHEME, SCHEME_HEADER, is_packed, message_bytes, message_from_bytes, read_signature_headers, signing_text
from tests.sync.laptop import START
from tests.sync.reference import ReferenceCentre
from tests.sync.test_http_peer import Site, reply

DEVICE = "ab" * 16
REQUEST = Exchange(1, b"d" * 16, 1, 1, bytes(32), (), 0, 0, 10)
NOT_SEEN = (401, json.dumps({"code": "FA-505"}).encode())


class Digester:
    """A signature whose first number is the digest of what was signed, so that the other end can look at it."""

    def sign(self, data: bytes) -> bytes:
        """In DER, like a real one."""
        return encode_dss_signature(int.from_bytes(hashlib.sha256(data).digest(), "big"), 1)


class Centre:
    """A centre behind a socket that reads the packed signature or not; `seen` holds the headers of each request."""

    def __init__(self, centre: ReferenceCentre) -> None:
        self.site = Site(centre)
        self.site.before = self._answer
        self.reads = True
        self.refusal: tuple[int, bytes] = NOT_SEEN
        self.seen: list[dict[str, str]] = []

    @property
    def forms(self) -> str:
        """How each request was signed: 4 or 1."""
        return "".join("1" if is_packed(each) else "4" for each in self.seen)

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        headers = dict(handler.headers)
        if handler.path != "/v1/exchange":
            return False
        self.seen.append(headers)
        packed = is_packed(headers)
        if packed and not self.reads:
            return reply(handler, *self.refusal)
        signed = read_signature_headers(headers)
        text = signing_text("POST", "/v1/exchange", hashlib.sha256(body).digest(), signed.time, signed.nonce)
        assert signed.signature == Digester().sign(text)
        answer = message_bytes(self.site.centre.exchange(message_from_bytes(body, Exchange)))
        return reply(handler, 200, answer, {SCHEME_HEADER: SCHEME} if self.reads and not packed else {})


@pytest.fixture
def there(centre: ReferenceCentre) -> Iterator[Centre]:
    """A centre that reads both."""
    made = Centre(centre)
    yield made
    made.site.close()


@pytest.fixture
def program(there: Centre, tmp_path: Path) -> Iterator[Callable[[], HttpPeer]]:
    """Starts a program on the laptop: its line to the centre."""
    made: list[HttpPeer] = []
    nonces = SeededRandomness(5)

    def start() -> HttpPeer:
        peer = HttpPeer(
            there.site.address,
            Digester(),
            DEVICE,
            clock=TurnableClock(START),
            randomness=nonces,
            pause=lambda seconds: None,
            terse=tmp_path / "packed-signature",
        )
        made.append(peer)
        return peer

    yield start
    for each in made:
        each.close()


def test_what_the_centre_said_is_remembered_by_the_next_program(there: Centre, program: Callable[[], HttpPeer]) -> None:
    first = program()
    first.exchange(REQUEST)
    first.exchange(REQUEST)
    program().exchange(REQUEST)
    assert there.forms == "411"


def test_a_packed_request_has_no_header_that_it_does_not_need(there: Centre, program: Callable[[], HttpPeer]) -> None:
    peer = program()
    peer.exchange(REQUEST)
    peer.exchange(REQUEST)
    assert set(there.seen[1]) == {"Host", "Authorization", "Content-Length"}


def test_a_centre_that_says_nothing_gets_four_headers_for_ever(there: Centre, program: Callable[[], HttpPeer]) -> None:
    there.reads = False
    for _ in range(2):
        program().exchange(REQUEST)
    assert there.forms == "44"


@pytest.mark.parametrize(
    "refusal", [NOT_SEEN, (403, b"<html>who are you?</html>"), (400, b"{}"), (401, b"")], ids=["older", "wall", "empty", "nothing"]
)
def test_an_older_centre_put_back_costs_one_request(there: Centre, program: Callable[[], HttpPeer], refusal: tuple[int, bytes]) -> None:
    program().exchange(REQUEST)
    there.reads, there.refusal = False, refusal
    again = program()
    assert again.exchange(REQUEST).state == "ok"
    again.exchange(REQUEST)
    program().exchange(REQUEST)
    assert there.forms == "41444"


def test_who_strips_the_header_is_not_tried_again_in_the_same_round(there: Centre, program: Callable[[], HttpPeer]) -> None:
    peer = program()
    peer.exchange(REQUEST)
    there.reads = False
    peer.exchange(REQUEST)
    there.reads = True  # it goes on saying that it reads it
    peer.exchange(REQUEST)
    peer.exchange(REQUEST)
    assert there.forms == "41444"


def test_a_refusal_that_understood_the_request_is_final(there: Centre, program: Callable[[], HttpPeer]) -> None:
    peer = program()
    peer.exchange(REQUEST)
    there.reads, there.refusal = False, (400, json.dumps({"code": "FA-611"}).encode())
    with pytest.raises(CentreRefused):
        peer.exchange(REQUEST)
    assert there.forms == "41"


def test_a_netrc_of_the_machine_does_not_replace_the_signature(
    there: Centre, program: Callable[[], HttpPeer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    peer = program()
    peer.exchange(REQUEST)
    peer.exchange(REQUEST)
    assert there.forms == "41"
    assert "Authorization" not in there.seen[0]


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    terse = Terse(tmp_path / "nowhere" / "packed-signature")
    terse.learn()
    assert terse.on
    terse.refuse()
    assert not terse.on
