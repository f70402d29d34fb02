"""The centre over HTTP: signed, packed, tried again, and told in sentences when it does not work."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.domain.cases import Case
from fieldapp.domain.documents import Attachment
from fieldapp.sync.http_peer import HttpPeer, enrol
from fieldapp.sync.refusals import BlobNotAtCentre, CentreRefused, CentreUnreachable, CentreUntrusted
from fieldapp.sync.round import run_round
from fieldapp.wire.protocol import EnrolRequest, Exchange
from fieldapp.wire.requests import (
    BadMessage,
    MessageTooLarge,
    blob_headers,
    digest_header,
    message_bytes,
    message_from_bytes,
    read_certificate_header,
    read_signature_headers,
    signing_text,
    squeeze,
    unsqueeze,
)
from fieldapp.wire.snapshot import BrokenSnapshot, write_snapshot
from tests.sync.conftest import World
from tests.sync.laptop import START
from tests.sync.reference import ReferenceCentre


class EchoSigner:
    """Signs by repeating what it was given, so that the other end can look at it."""

    def sign(self, data: bytes) -> bytes:
        """The data itself."""
        return data


class Site:
    """A centre behind a socket: `before` may answer in its place."""

    def __init__(self, centre: ReferenceCentre) -> None:
        self.centre = centre
        self.before: Callable[[BaseHTTPRequestHandler, bytes], bool] = lambda handler, body: False
        self.nonces: list[str] = []
        self.times: list[int] = []
        self.calls: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def address(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Quiet."""

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                site.calls.append(f"{self.command} {urlsplit(self.path).path}")
                if not site.before(self, body):
                    site.answer(self, body)

            do_GET = do_POST = do_HEAD = do_PATCH = _any  # noqa: N815 - the names of the base class

        return Handler

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """What an honest centre answers."""
        parts = urlsplit(handler.path)
        if parts.path == "/v1/time":
            reply(handler, 200, json.dumps({"now": 1_795_000_000_000}).encode())
            return
        signed = read_signature_headers(dict(handler.headers))
        wanted = signing_text(handler.command, handler.path, hashlib.sha256(body).digest(), signed.time, signed.nonce)
        assert signed.signature == wanted
        assert signed.nonce not in self.nonces
        self.nonces.append(signed.nonce)
        self.times.append(signed.time)
        digest = parts.path.rpartition("/")[2]
        query = {name: int(values[0]) for name, values in parse_qs(parts.query).items()}
        match handler.command, parts.path:
            case "POST", "/v1/exchange":
                plain = unsqueeze(body, 2**24) if handler.headers.get("Content-Encoding") == "gzip" else body
                packed, squeezed = squeeze(message_bytes(self.centre.exchange(message_from_bytes(plain, Exchange))))
                reply(handler, 200, packed, {"Content-Encoding": "gzip"} if squeezed else {})
            case "GET", "/v1/snapshot":
                reply(handler, 200, b"".join(write_snapshot(*self.centre.snapshot())))
            case "HEAD", _:
                reply(handler, 200, b"", blob_headers(self.centre.blob_state(digest)))
            case "PATCH", _:
                state = self.centre.send_blob(digest, query["offset"], query["total"], body)
                reply(handler, 200, b"", blob_headers(state))
            case _:
                if not self.centre.blob_state(digest).complete:
                    reply(handler, 404, b"{}")
                else:
                    reply(handler, 200, b"".join(self.centre.fetch_blob(digest, query["offset"])))


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> bool:
    """Send an answer; True, as what stands in for the centre says that it answered."""
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)
    return True


@pytest.fixture
def site(centre: ReferenceCentre) -> Iterator[Site]:
    """A centre behind a socket."""
    running = Site(centre)
    yield running
    running.close()


@pytest.fixture
def peer(site: Site) -> Iterator[HttpPeer]:
    """A device of it; waits between two tries are not waited for."""
    made = HttpPeer(
        site.address,
        EchoSigner(),
        "ab" * 16,
        clock=TurnableClock(START),
        randomness=SeededRandomness(5),
        pause=lambda seconds: None,
    )
    yield made
    made.close()


REQUEST = Exchange(1, b"d" * 16, 1, 1, bytes(32), (), 0, 0, 10)


def test_a_whole_round_over_http(site: Site, peer: HttpPeer, laptop: World) -> None:
    mine, other = laptop(1), laptop(2)
    data = bytes(range(256)) * 3000
    ref = other.blobs.put(data)
    other.save(Attachment(id=other.ids.new(), digest=ref.digest, size=ref.size, purpose="stamped_report"))
    other.finish()
    mine.case(summary="一")
    sent = mine.blobs.put(data + b"!")
    mine.save(Attachment(id=mine.ids.new(), digest=sent.digest, size=sent.size))
    result = run_round(mine.replica, mine.blobs, peer, clock=mine.clock, incarnations=mine.incarnations)
    assert result.complete
    assert (result.blobs_sent, result.blobs_fetched) == (1, 1)
    assert mine.blobs.get(ref.digest) == data
    assert result.bytes_up > len(data)
    assert result.bytes_down > len(data)
    assert len(site.nonces) == len(set(site.nonces)) == len(site.calls)


def test_a_limited_line_is_waited_for(site: Site) -> None:
    data = bytes(200_000)
    digest = hashlib.sha256(data).hexdigest()
    clock = TurnableClock(START)
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        clock.advance(seconds=seconds)

    peer = HttpPeer(site.address, EchoSigner(), "ab" * 16, clock=clock, bandwidth_kib_s=100, pause=pause)
    assert peer.send_blob(digest, 0, len(data), data).complete
    assert clock.elapsed() == pytest.approx(len(data) / 102_400 - 0.25, abs=0.001), "a quarter of a second's worth passes at once"
    assert max(waits) < 0.2, "in small steps, so that others get through in between"
    assert b"".join(peer.fetch_blob(digest, 0)) == data
    assert clock.elapsed() == pytest.approx(2 * len(data) / 102_400 - 0.25, abs=0.001)
    clock.advance(seconds=60)
    before = clock.elapsed()
    peer.send_blob(digest, 0, len(data), data)
    assert clock.elapsed() - before == pytest.approx(len(data) / 102_400 - 0.25, abs=0.001), "an idle minute saves up no more"
    assert peer.chunk_bytes <= 2 * 102_400, "a cancel is heard within two seconds"
    peer.close()


def test_nothing_new_is_one_small_request(site: Site, peer: HttpPeer, laptop: World) -> None:
    mine = laptop(1)
    mine.case(summary="一")
    mine.finish()
    result = run_round(mine.replica, mine.blobs, peer, clock=mine.clock, incarnations=mine.incarnations)
    assert result.complete
    assert site.calls == ["POST /v1/exchange"]
    assert result.bytes_up + result.bytes_down < 300


def test_no_network_is_told_and_loses_nothing(laptop: World) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    waits: list[float] = []
    peer = HttpPeer(f"http://127.0.0.1:{port}", EchoSigner(), "ab" * 16, pause=waits.append)
    mine = laptop(1)
    mine.case(summary="一")
    with pytest.raises(CentreUnreachable):
        run_round(mine.replica, mine.blobs, peer, clock=mine.clock, incarnations=mine.incarnations)
    peer.close()
    assert len(waits) == 2
    with mine.replica.reading() as reader:
        assert reader.unreceipted().changes == 1


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_busy_centre_is_asked_again_with_a_new_nonce(site: Site, peer: HttpPeer, status: int) -> None:
    seen: list[str] = []

    def busy(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        seen.append(read_signature_headers(dict(handler.headers)).nonce)
        if len(seen) < 3:
            reply(handler, status, b"")
        return len(seen) < 3

    site.before = busy
    assert peer.exchange(REQUEST).state == "ok"
    assert len(set(seen)) == 3


def test_a_centre_that_stays_busy_is_called_unreachable(site: Site, peer: HttpPeer) -> None:
    site.before = lambda handler, body: reply(handler, 503, b"")
    with pytest.raises(CentreUnreachable):
        peer.exchange(REQUEST)
    assert len(site.calls) == 3


def test_f3_a_refused_time_is_mended_by_the_centres_own(site: Site, peer: HttpPeer) -> None:
    def strict(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        if handler.path == "/v1/time":
            return False
        wrong = abs(read_signature_headers(dict(handler.headers)).time - 1_795_000_000_000) > 60_000
        if wrong:
            reply(handler, 401, b'{"code": "FA-620", "message_en": "Too old.", "message_zh": ""}')
        return wrong

    site.before = strict
    assert peer.exchange(REQUEST).state == "ok"
    assert peer.exchange(REQUEST).state == "ok"
    assert site.calls == ["POST /v1/exchange", "GET /v1/time", "POST /v1/exchange", "POST /v1/exchange"]


def test_a_centre_that_does_not_know_the_key_is_shown_its_certificate_once(site: Site) -> None:
    shown: list[bytes] = []
    knows = False

    def forgetful(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        if handler.path == "/v1/time":
            return False
        shown.append(read_certificate_header(dict(handler.headers)))
        if not shown[-1] and not knows:
            return reply(handler, 401, b'{"code": "FA-505", "message_en": "No.", "message_zh": ""}')
        return False

    site.before = forgetful
    peer = HttpPeer(site.address, EchoSigner(), "ab" * 16, clock=TurnableClock(START), certificate=b"DER")
    assert peer.exchange(REQUEST).state == "ok"
    knows = True
    assert peer.exchange(REQUEST).state == "ok"
    knows = False
    with pytest.raises(CentreRefused, match="FA-505"):
        peer.exchange(REQUEST)
    peer.close()
    assert shown == [b"", b"", b"DER", b"", b""]


def test_a_refusal_is_read_in_both_languages(site: Site, peer: HttpPeer) -> None:
    said = {"code": "FA-603", "message_en": "The device {is} unknown.", "message_zh": "设备未登记。"}
    site.before = lambda handler, body: reply(handler, 403, json.dumps(said).encode())
    with pytest.raises(CentreRefused) as caught:
        peer.exchange(REQUEST)
    assert "FA-603" in caught.value.read("en")
    assert "The device (is) unknown." in caught.value.read("en")
    assert "设备未登记。" in caught.value.read("zh")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]"])
def test_a_refusal_without_words_is_told_by_its_number(site: Site, peer: HttpPeer, body: bytes) -> None:
    site.before = lambda handler, _: reply(handler, 500, body)
    with pytest.raises(CentreRefused, match="HTTP 500"):
        peer.exchange(REQUEST)


def test_an_answer_that_was_changed_on_the_way_is_no_answer(site: Site, peer: HttpPeer) -> None:
    honest = message_bytes(site.centre.exchange(REQUEST))
    changed = honest[:-1] + bytes([honest[-1] ^ 1])
    site.before = lambda handler, body: reply(handler, 200, honest, digest_header(honest))
    assert peer.exchange(REQUEST).state == "ok"
    site.before = lambda handler, body: reply(handler, 200, changed, digest_header(honest))
    with pytest.raises(CentreUnreachable):
        peer.exchange(REQUEST)


def test_too_large_and_unreadable_answers_are_told(site: Site, peer: HttpPeer) -> None:
    site.before = lambda handler, body: reply(handler, 413, b"")
    with pytest.raises(MessageTooLarge):
        peer.exchange(REQUEST)
    site.before = lambda handler, body: reply(handler, 200, b"\xc0")
    with pytest.raises(BadMessage):
        peer.exchange(REQUEST)
    with pytest.raises(BadMessage):
        peer.blob_state("ab" * 32)
    with pytest.raises(BrokenSnapshot):
        peer.snapshot()


def test_a_redirect_is_not_followed(site: Site, peer: HttpPeer) -> None:
    site.before = lambda handler, body: reply(handler, 302, b"", {"Location": "http://127.0.0.1:1/"})
    with pytest.raises(CentreRefused, match="HTTP 302"):
        peer.exchange(REQUEST)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_refusal_that_breaks_off_is_no_answer(site: Site, peer: HttpPeer, status: int) -> None:
    def cut(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        handler.send_response(status)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"code":')
        return True

    site.before = cut
    with pytest.raises(CentreUnreachable):
        peer.exchange(REQUEST)


def test_a_stream_that_breaks_off_is_told(site: Site, peer: HttpPeer) -> None:
    def cut(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")
        return True

    site.before = cut
    with pytest.raises(CentreUnreachable):
        list(peer.fetch_blob("ab" * 32, 0))


def test_an_answer_cut_within_its_headers_is_no_short_answer(
    site: Site, peer: HttpPeer, laptop: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that was half here would be thrown away for it."""
    mine, other = laptop(1), laptop(2)
    data = bytes(range(256)) * 1000
    ref = other.blobs.put(data)
    other.save(Attachment(id=other.ids.new(), digest=ref.digest, size=ref.size, purpose="stamped_report"))
    other.finish()
    with mine.blobs.receive(ref.digest) as half:
        half.add(data[:140_000])

    def cut(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        if handler.command != "GET":
            return False
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Le")
        handler.close_connection = True
        return True

    site.before = cut
    caplog.set_level(logging.CRITICAL, "urllib3.connection")
    with pytest.raises(CentreUnreachable):
        run_round(mine.replica, mine.blobs, peer, clock=mine.clock, incarnations=mine.incarnations)
    with mine.blobs.receive(ref.digest) as half:
        assert half.offset == 131_072, "whole chunks of 64 KiB are kept"


def test_a_blob_that_is_not_there_is_told_at_once(peer: HttpPeer) -> None:
    with pytest.raises(BlobNotAtCentre):
        peer.fetch_blob("ab" * 32, 0)


def test_enrolling_brings_the_certificate_or_the_centres_sentence(site: Site) -> None:
    asked: list[dict[str, object]] = []
    answer: dict[str, object] = {
        "protocol": 1,
        "engineer": "cd" * 16,
        "engineer_name": "王工",
        "incarnation": 1,
        "epoch": 7,
        "certificate": "AQI=",
        "chain": ["Aw=="],
        "crl": "",
        "courier_key": "",
        "company": "信创服务",
    }

    def desk(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        asked.append(json.loads(body))
        if asked[-1]["code"] == "good":
            reply(handler, 200, json.dumps(answer).encode())
        else:
            reply(handler, 403, '{"code": "FA-610", "message_en": "Used.", "message_zh": "已使用。"}'.encode())
        return True

    site.before = desk
    enrolled = enrol(site.address + "/", EnrolRequest(1, "good", "ab" * 16, "laptop", b"csr"))
    assert (enrolled.engineer_name, enrolled.certificate, enrolled.chain) == ("王工", b"\1\2", (b"\3",))
    assert asked[0]["csr"] == "Y3Ny"
    with requests.Session() as session, pytest.raises(CentreRefused) as caught:
        enrol(site.address, EnrolRequest(1, "used", "ab" * 16, "laptop", b"csr"), session=session)
    assert "已使用。" in caught.value.read("zh")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of a computer that calls itself 127.0.0.1, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "site.pem"
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(plain + made.public_bytes(Encoding.PEM))
    return path


def test_only_the_pinned_certificate_is_believed(site: Site, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    address = site.address.replace("http:", "https:")

    def ask(ca: Path | None) -> str:
        peer = HttpPeer(address, EchoSigner(), "ab" * 16, ca=ca, clock=TurnableClock(START), pause=lambda seconds: None)
        try:
            return peer.exchange(REQUEST).state
        finally:
            peer.close()

    assert ask(certificate) == "ok"
    with pytest.raises(CentreUntrusted):
        ask(None)
    assert site.calls == ["POST /v1/exchange"]


def test_one_bad_case_in_the_middle_of_http_leaves_the_others(site: Site, peer: HttpPeer, laptop: World) -> None:
    mine = laptop(1)
    mine.finish()
    bad = mine.case(summary="poison")
    good = mine.case(summary="good")
    result = run_round(mine.replica, mine.blobs, peer, clock=mine.clock, incarnations=mine.incarnations)
    assert result.rejected == 1
    with mine.replica.reading() as reader:
        assert reader.get(Case, bad.id) is None
        assert reader.get(Case, good.id) is not None
