"""The sync service over HTTP: enrolment, exchange, snapshot, blobs, time, CA. Errors travel as a code with both sentences."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import msgspec
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from fieldapp.base.clock import moment_text
from fieldapp.base.errors import FieldappError
from fieldapp.base.ids import Id
from fieldapp.central.lost import care_for, take_over
from fieldapp.central.refusals import (
    AlreadyUsedCode,
    BadAccount,
    ForeignJournal,
    NoRoomForBlob,
    RepeatedRequest,
    RevokedDevice,
    UnknownBlob,
    UnknownCode,
    UnknownDevice,
    UnknownThing,
    WrongTime,
)
from fieldapp.central.service import CentralService
from fieldapp.central.web.console import console_routes
from fieldapp.central.web.door import Door
from fieldapp.wire.care import CareRequest, TakeoverRequest
from fieldapp.wire.protocol import EnrolRequest, Exchange
from fieldapp.wire.requests import (
    CONTENT_TYPE,
    SCHEME,
    SCHEME_HEADER,
    BadMessage,
    BadRequestSignature,
    MessageTooLarge,
    blob_headers,
    digest_header,
    is_packed,
    message_bytes,
    message_from_bytes,
    squeeze,
    unsqueeze,
)
from fieldapp.wire.snapshot import write_snapshot

__all__ = ["make_app"]

BODY_LIMIT = 16 * 2**20
"""Bytes of a request's body as it travels, at most."""

PLAIN_LIMIT = 128 * 2**20
"""Bytes of a body after decompression, at most."""

ENROL_LIMIT = 64 * 2**10

_STATUS = {
    UnknownCode: 403,
    AlreadyUsedCode: 409,
    UnknownDevice: 401,
    BadRequestSignature: 401,
    RepeatedRequest: 401,
    WrongTime: 401,
    RevokedDevice: 403,
    ForeignJournal: 403,
    UnknownBlob: 404,
    UnknownThing: 404,
    BadAccount: 403,
    MessageTooLarge: 413,
    NoRoomForBlob: 507,
}

_Asked = TypeVar("_Asked")
_log = logging.getLogger("fieldapp.central")


def make_app(service: CentralService) -> FastAPI:
    """The whole web application of a centre."""
    app = FastAPI(title="fieldapp central service", docs_url=None, redoc_url=None, openapi_url=None)
    door = Door(service)

    @app.exception_handler(FieldappError)
    async def refuse(_request: Request, fault: Exception) -> Response:
        assert isinstance(fault, FieldappError)
        return _refusal(service, fault)

    @app.exception_handler(ClientDisconnect)
    async def hang_up(_request: Request, _fault: Exception) -> Response:
        return Response(status_code=400)  # nobody hears it: the connection broke within the request

    @app.get("/v1/time")
    async def time() -> Response:
        return _json({"now": _millis(service), "text": moment_text(service.clock.now())})

    @app.get("/v1/ca.pem")
    async def ca() -> Response:
        return Response(service.authority.ca.pem, media_type="application/x-pem-file")

    @app.get("/v1/crl")
    async def crl() -> Response:
        return Response(await run_in_threadpool(service.crl), media_type="application/pkix-crl")

    @app.post("/v1/enrol")
    async def enrol(request: Request) -> Response:
        body = await _body(request, ENROL_LIMIT)
        try:
            wanted = msgspec.json.decode(body, type=EnrolRequest)
        except msgspec.DecodeError as fault:
            raise BadMessage from fault
        return Response(msgspec.json.encode(await run_in_threadpool(service.enrol, wanted)), media_type="application/json")

    _care_routes(app, service, door)
    _sync_routes(app, service, door)
    _blob_routes(app, service, door)
    app.include_router(console_routes(service))
    return app


def _care_routes(app: FastAPI, service: CentralService, door: Door) -> None:
    async def answer(request: Request, kind: type[_Asked], make: Callable[[CentralService, Id, _Asked], object]) -> Response:
        body = await _body(request, ENROL_LIMIT)

        def work() -> bytes:
            device = door.check_active("POST", _path(request), request.headers, body)
            try:
                asked = msgspec.json.decode(body, type=kind)
            except msgspec.DecodeError as fault:
                raise BadMessage from fault
            return msgspec.json.encode(make(service, device, asked))

        return Response(await run_in_threadpool(work), media_type="application/json")

    @app.post("/v1/care")
    async def care(request: Request) -> Response:
        return await answer(request, CareRequest, care_for)

    @app.post("/v1/takeover")
    async def takeover(request: Request) -> Response:
        return await answer(request, TakeoverRequest, take_over)


def _sync_routes(app: FastAPI, service: CentralService, door: Door) -> None:
    @app.post("/v1/exchange")
    async def exchange(request: Request) -> Response:
        body = await _body(request, BODY_LIMIT)

        def answer() -> bytes:
            device = door.check("POST", _path(request), request.headers, body)
            return message_bytes(service.exchange(device, message_from_bytes(_plain(request, body), Exchange)))

        return _message(request, await run_in_threadpool(answer))

    @app.get("/v1/snapshot")
    async def snapshot(request: Request) -> Response:
        def pieces() -> Iterator[bytes]:
            device = door.check_active("GET", _path(request), request.headers, b"")
            return write_snapshot(*service.snapshot(device))

        # the stream is compressed by itself; no Content-Encoding, so that no client undoes it on the way
        return StreamingResponse(await run_in_threadpool(pieces), media_type="application/x-fieldapp-snapshot")


def _blob_routes(app: FastAPI, service: CentralService, door: Door) -> None:
    def asked(request: Request, body: bytes = b"") -> Id:
        return door.check_active(request.method, _path(request), request.headers, body)

    @app.head("/v1/blobs/{digest}")
    async def state(request: Request, digest: str) -> Response:
        def look() -> Response:
            asked(request)
            return Response(headers=blob_headers(service.blob_state(digest)))

        return await run_in_threadpool(look)

    @app.patch("/v1/blobs/{digest}")
    async def send(request: Request, digest: str) -> Response:
        body = await _body(request, BODY_LIMIT)

        def take() -> Response:
            asked(request, body)
            offset, total = _number(request, "offset"), _number(request, "total")
            return Response(headers=blob_headers(service.send_blob(digest, offset, total, _plain(request, body))))

        return await run_in_threadpool(take)

    @app.get("/v1/blobs/{digest}")
    async def fetch(request: Request, digest: str) -> Response:
        def pieces() -> Iterator[bytes]:
            device = asked(request)
            return service.fetch_blob(device, digest, _number(request, "offset", 0))

        return StreamingResponse(await run_in_threadpool(pieces), media_type="application/octet-stream")


def _path(request: Request) -> str:
    """Path and query exactly as in the request line; that is what was signed."""
    raw: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")


def _number(request: Request, name: str, default: int | None = None) -> int:
    text = request.query_params.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadMessage
    return int(text)


async def _body(request: Request, limit: int) -> bytes:
    """The body as it travels; MessageTooLarge as soon as it passes the limit."""
    held = bytearray()
    async for piece in request.stream():
        held += piece
        if len(held) > limit:
            raise MessageTooLarge
    return bytes(held)


def _plain(request: Request, body: bytes) -> bytes:
    coding = request.headers.get("content-encoding", "")
    if coding == "gzip":
        return unsqueeze(body, PLAIN_LIMIT)
    if coding not in {"", "identity"}:
        raise BadMessage
    return body


def _message(request: Request, data: bytes) -> Response:
    """The answer to an exchange. Who signs with one header hears no more than he must; who does not hears that he may."""
    packed, squeezed = is_packed(request.headers), False
    if packed or "gzip" in request.headers.get("accept-encoding", ""):
        data, squeezed = squeeze(data)
    headers = digest_header(data, short=packed) | ({"Content-Encoding": "gzip"} if squeezed else {})
    return Response(data, media_type=None if packed else CONTENT_TYPE, headers=headers | ({} if packed else {SCHEME_HEADER: SCHEME}))


def _json(values: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(values, ensure_ascii=False), status, media_type="application/json")


def _refusal(service: CentralService, fault: FieldappError) -> Response:
    _log.info("refused %s", fault.code)
    status = next((status for kind, status in _STATUS.items() if isinstance(fault, kind)), 400)
    words = {"code": fault.code, "message_en": fault.read("en"), "message_zh": fault.read("zh"), "now": _millis(service)}
    return _json(words, status)


def _millis(service: CentralService) -> int:
    return int(service.clock.now().timestamp() * 1000)
