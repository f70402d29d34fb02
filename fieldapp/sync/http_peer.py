"""The centre over HTTP (requests): a SyncPeer whose every request is signed by the device's key.

A request that fails on the way is tried again a bounded number of times, each with a nonce of its own; every call may be
repeated without harm. A piece of a file is sent once: how far the centre came is asked for first (`attachments.send`). The
device's clock may be wrong: when the centre refuses a signature, its time is asked for once and the difference is kept for the
rest of the session. A centre that says it reads the packed signature gets that one, and no header it does not need; where it
is not understood (an older centre put back, something between that strips it) the four headers are sent instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import requests
from urllib3.exceptions import HTTPError as TransportError
from urllib3.util import SKIP_HEADER

from fieldapp.base.clock import Clock, SystemClock
from fieldapp.base.ids import Id, Randomness, SystemRandomness
from fieldapp.sync.pace import Line, Paced, TokenBucket
from fieldapp.sync.refusals import BlobNotAtCentre, CentreFull, CentreRefused, CentreUnreachable, CentreUntrusted, TheirSentence
from fieldapp.sync.terse import Terse
from fieldapp.wire.care import Care, CareRequest, TakenOver, TakeoverRequest
from fieldapp.wire.protocol import BlobState, Enrolled, EnrolRequest, Exchange, ExchangeReply, Row, SnapshotHead
from fieldapp.wire.requests import (
    CONTENT_TYPE,
    SCHEME,
    SCHEME_HEADER,
    BadMessage,
    BadRequestSignature,
    MessageTooLarge,
    RequestSigner,
    certificate_header,
    fits_digest,
    message_bytes,
    message_from_bytes,
    packed_header,
    read_blob_headers,
    signature_headers,
    squeeze,
    unsqueeze,
)
from fieldapp.wire.snapshot import RowBlock, read_blocks, read_snapshot

__all__ = ["HttpPeer", "enrol", "shows_own_certificate"]

TIMEOUTS = (10.0, 90.0)
"""Seconds to connect, and to wait for the next bytes."""

TRIES = 3
REPLY_LIMIT = 256 * 2**20
_PIECE = 64 * 1024
_BUSY = frozenset({502, 503, 504})
_NOT_UNDERSTOOD = frozenset({400, 401, 403, 406, 411, 415})
_NOTHING = {"Accept-Encoding": SKIP_HEADER, "User-Agent": SKIP_HEADER}  # else the library below adds its own
_FRAMES = frozenset({"content-length", "transfer-encoding"})


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""
    message_en: str = ""
    message_zh: str = ""


class _Time(msgspec.Struct, frozen=True):
    now: int


class HttpPeer:
    """Keeps `wire.protocol.SyncPeer`. `bytes_up` and `bytes_down` count bodies as they travelled, since it was made."""

    def __init__(
        self,
        base_url: str,
        signer: RequestSigner,
        device: Id,
        ca: Path | None = None,
        session: requests.Session | None = None,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        bandwidth_kib_s: int = 0,
        pause: Callable[[float], None] = time.sleep,
        timeouts: tuple[float, float] = TIMEOUTS,
        terse: Path | None = None,
        certificate: bytes = b"",
    ) -> None:
        """`base_url` without a path, e.g. `https://centre.example:8443`; `ca`: the pinned certificates (PEM), None for the system's.

        `bandwidth_kib_s`: KiB a second that bodies take at most (0: no limit), for a line that others need too; measured with the
        clock's elapsed time. `pause` waits for seconds. `terse`: the file that remembers whether the centre reads the
        packed signature. `certificate`: the signer's own (DER), shown to a centre that does not know its key. Nothing is sent
        before the first call.
        """
        self._base = base_url.rstrip("/")
        self._signer = signer
        self._device = device
        self._session = session or _terse()
        self._verify: bool | str = str(ca) if ca is not None else True
        self._clock = clock or SystemClock()
        self._randomness = randomness or SystemRandomness()
        self._pause = pause
        self._timeouts = timeouts
        self._bucket = TokenBucket(bandwidth_kib_s * 1024, self._clock, pause)
        self._line = Line(bandwidth_kib_s * 1024)
        self._terse = Terse(terse)
        self._certificate = certificate
        self._ahead = 0
        self._asked_time = False
        self.bytes_up = 0
        self.bytes_down = 0

    @property
    def chunk_bytes(self) -> int:
        """How much of a file to put at stake in one request, after what this line carried since it last broke."""
        return self._line.chunk_bytes

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Push, receipts and news in one."""
        body, squeezed = squeeze(message_bytes(request))
        headers = {"Content-Type": CONTENT_TYPE} | ({"Content-Encoding": "gzip"} if squeezed else {})
        reply = self._call("POST", "/v1/exchange", body, headers, stream=True)
        if reply.headers.get(SCHEME_HEADER) == SCHEME:
            self._terse.learn()
        data = b"".join(self._pieces(reply))
        if not fits_digest(reply.headers, data):
            raise CentreUnreachable  # something on the way changed the answer, which carries no signature
        return message_from_bytes(unsqueeze(data, REPLY_LIMIT) if reply.headers.get("Content-Encoding") == "gzip" else data, ExchangeReply)

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole scope as one compressed stream of rows; CentreUnreachable in the middle when the connection breaks."""
        return read_snapshot(self._pieces(self._call("GET", "/v1/snapshot", stream=True)))

    def snapshot_blocks(self) -> tuple[SnapshotHead, Iterator[RowBlock]]:
        """As `snapshot`, in the blocks that travel."""
        return read_blocks(self._pieces(self._call("GET", "/v1/snapshot", stream=True)))

    def blob_state(self, digest: str) -> BlobState:
        """How much of this blob the centre holds."""
        return read_blob_headers(self._call("HEAD", f"/v1/blobs/{digest}").headers)

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Append a chunk at `offset` of `total` bytes; the answer says where the centre stands. CentreUnreachable after one try:
        the centre may hold it already.
        """
        path = f"/v1/blobs/{digest}?offset={offset}&total={total}"
        try:
            reply = self._call("PATCH", path, chunk, {"Content-Type": "application/octet-stream"}, tries=1)
        except CentreUnreachable:
            self._line.broke()
            self._pause(0.2)
            raise
        self._line.carried(len(chunk))
        return read_blob_headers(reply.headers)

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """The blob's bytes from an offset on; BlobNotAtCentre at once when it is not there."""
        return self._pieces(self._call("GET", f"/v1/blobs/{digest}?offset={offset}", stream=True))

    def care(self, request: CareRequest) -> Care:
        """What the laptop needs from time to time; CentreRefused (HTTP 404) by a centre of an older version."""
        answer: Care = self._asked("/v1/care", request, Care)
        return answer

    def take_over(self, request: TakeoverRequest) -> TakenOver:
        """Ask the centre to open a lost laptop's journal; CentreRefused with its sentence."""
        answer: TakenOver = self._asked("/v1/takeover", request, TakenOver)
        return answer

    def _asked(self, path: str, request: CareRequest | TakeoverRequest, kind: type[Any]) -> Any:
        reply = self._call("POST", path, msgspec.json.encode(request), {"Content-Type": "application/json"})
        return _from_json(reply.content, kind)

    def centre_time(self) -> int:
        """The centre's clock, in milliseconds since 1970."""
        reply = self._send("GET", "/v1/time", b"", {}, stream=False)
        if reply.status_code != 200:
            raise _refusal(reply)
        told: _Time = _from_json(reply.content, _Time)
        return told.now

    def _call(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, *, stream: bool = False, tries: int = TRIES
    ) -> requests.Response:
        reply = self._signed(method, path, body, headers or {}, stream=stream, tries=tries)
        if self._terse.on and _not_understood(reply):
            self._terse.refuse()
            reply = self._signed(method, path, body, headers or {}, stream=stream, tries=tries)
        if reply.status_code == 401 and not self._asked_time:
            self._asked_time = True
            self._ahead = self.centre_time() - self._now()
            reply = self._signed(method, path, body, headers or {}, stream=stream, tries=tries)
        if self._certificate and _key_not_known(reply):
            shown, self._certificate = certificate_header(self._certificate), b""
            reply = self._signed(method, path, body, (headers or {}) | shown, stream=stream, tries=tries)
        if reply.status_code == 404 and path.startswith("/v1/blobs/"):
            raise BlobNotAtCentre
        if reply.status_code != 200:
            raise _refusal(reply)
        return reply

    def _now(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _signed(self, method: str, path: str, body: bytes, headers: dict[str, str], *, stream: bool, tries: int) -> requests.Response:
        sign = packed_header if self._terse.on else signature_headers
        if self._terse.on:
            headers = _NOTHING | {name: value for name, value in headers.items() if name == "Content-Encoding"}
        for turn in range(1, tries + 1):
            nonce = self._randomness.bytes(16).hex()
            signed = sign(self._signer, self._device, method, path, body, self._now() + self._ahead, nonce)
            try:
                reply = self._send(method, path, body, headers | signed, stream=stream)
            except CentreUnreachable:
                if turn == tries:
                    raise
            else:
                if reply.status_code not in _BUSY or turn == tries:
                    return reply
            self._pause(0.2 * turn)
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, body: bytes, headers: dict[str, str], *, stream: bool) -> requests.Response:
        self.bytes_up += len(body)
        data = Paced(body, self._bucket) if body and self._bucket.limited else body
        reply = _request(self._session, method, self._base + path, data, headers, self._verify, self._timeouts, stream=stream)
        if reply.status_code == 200 and not {name.lower() for name in reply.headers} & _FRAMES:
            reply.close()
            raise CentreUnreachable  # cut within its headers: what follows would be taken for a short answer
        return reply

    def _pieces(self, reply: requests.Response) -> Iterator[bytes]:
        def read() -> Iterator[bytes]:
            with reply:
                try:
                    # as they travel: the snapshot is gzip by itself, blobs are opaque, and a reply is unpacked with a limit
                    while piece := reply.raw.read(_PIECE, decode_content=False):
                        self.bytes_down += len(piece)
                        self._bucket.take(len(piece))
                        yield piece
                except (requests.RequestException, OSError, TransportError) as fault:
                    raise CentreUnreachable from fault

        return read()


def _terse() -> requests.Session:
    """A session whose requests say no more than they must: a round with nothing new is mostly headers."""
    session = requests.Session()
    session.headers.clear()
    session.headers.update({"Accept-Encoding": "gzip", "User-Agent": "fieldapp"})
    return session


def _request(
    session: requests.Session,
    method: str,
    url: str,
    body: bytes | Paced,
    headers: dict[str, str],
    verify: bool | str,
    timeouts: tuple[float, float],
    *,
    stream: bool,
) -> requests.Response:
    try:
        reply = session.request(
            method,
            url,
            data=body or None,
            headers=headers,
            auth=_as_it_is,
            timeout=timeouts,
            verify=verify,
            stream=stream,
            allow_redirects=False,
        )
        if reply.status_code != 200:
            reply.content  # noqa: B018 - kept by the reply; read here, where a cut is noticed and tried again
        return reply
    except requests.exceptions.SSLError as fault:
        raise CentreUntrusted from fault
    except (requests.RequestException, OSError) as fault:
        raise CentreUnreachable from fault


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The signature stays as it is: without this the library looks for a .netrc, and a line there would replace it."""
    return request


def _not_understood(reply: requests.Response) -> bool:
    """Whether the packed signature was not seen: the centre's own refusal of one, or one that is not the centre's."""
    if reply.status_code not in _NOT_UNDERSTOOD:
        return False
    try:
        return _from_json(reply.content, _Refusal).code in {"", BadRequestSignature.code}
    except BadMessage:
        return True


def _key_not_known(reply: requests.Response) -> bool:
    """Whether the centre's own refusal says that no key it knows made the signature."""
    if reply.status_code != 401:
        return False
    try:
        said: _Refusal = _from_json(reply.content, _Refusal)
    except BadMessage:
        return False
    return said.code == BadRequestSignature.code


def _refusal(reply: requests.Response) -> Exception:
    if reply.status_code == 413:
        return MessageTooLarge()
    if reply.status_code == 507:
        return CentreFull()
    if reply.status_code in _BUSY:
        return CentreUnreachable()
    try:
        said = _from_json(reply.content, _Refusal)
    except BadMessage:
        said = _Refusal()
    return CentreRefused(
        number=said.code or f"HTTP {reply.status_code}",
        reason=TheirSentence(said.message_en.replace("{", "(").replace("}", ")"), {}, said.message_zh),
    )


def _from_json(data: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as fault:
        raise BadMessage from fault


def enrol(base_url: str, request: EnrolRequest, ca: Path | None = None, session: requests.Session | None = None) -> Enrolled:
    """Make this laptop a device of the centre: POST /v1/enrol, JSON both ways, not signed (the one-time code speaks).

    CentreUnreachable, CentreUntrusted, CentreRefused with the centre's sentence (an unknown or used code).
    """
    verify: bool | str = str(ca) if ca is not None else True
    own = session or requests.Session()
    try:
        headers = {"Content-Type": "application/json"}
        reply = _request(
            own, "POST", f"{base_url.rstrip('/')}/v1/enrol", msgspec.json.encode(request), headers, verify, TIMEOUTS, stream=False
        )
        if reply.status_code != 200:
            raise _refusal(reply)
        answer: Enrolled = _from_json(reply.content, Enrolled)
        return answer
    finally:
        if session is None:
            own.close()


def shows_own_certificate(base_url: str, ca: Path) -> bool:
    """Whether an https address shows a certificate that one of the pinned ones (PEM) issued; False when nobody answers."""
    if not base_url.startswith("https://"):
        return False
    with requests.Session() as session:
        try:
            reply = _request(session, "GET", f"{base_url.rstrip('/')}/v1/time", b"", {}, str(ca), TIMEOUTS, stream=False)
        except (CentreUntrusted, CentreUnreachable):
            return False
        return reply.status_code == 200
