"""Signed requests and packed bodies: what is signed, what is refused."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import example, given
from hypothesis import strategies as st

from fieldapp.wire.protocol import BlobState, Exchange
from fieldapp.wire.requests import (
    AUTHORIZATION_HEADER,
    DEVICE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    BadMessage,
    BadRequestSignature,
    MessageTooLarge,
    blob_headers,
    digest_header,
    fits_digest,
    message_bytes,
    message_from_bytes,
    packed_header,
    read_blob_headers,
    read_signature_headers,
    signature_headers,
    signing_text,
    squeeze,
    unsqueeze,
)
from tests.wire.test_golden import EXCHANGE

DEVICE, NONCE = "ab" * 16, "0f" * 16


class EchoSigner:
    """Signs by repeating what it was given, so that a test sees it."""

    def sign(self, data: bytes) -> bytes:
        """The data itself."""
        return data


def test_the_headers_say_who_when_and_what() -> None:
    headers = signature_headers(EchoSigner(), DEVICE, "post", "/v1/exchange", b"body", 1234, NONCE)
    signed = read_signature_headers(headers)
    assert (signed.device, signed.time, signed.nonce) == (DEVICE, 1234, NONCE)
    assert signed.signature == signing_text("POST", "/v1/exchange", hashlib.sha256(b"body").digest(), 1234, NONCE)


def test_every_part_of_a_request_is_under_the_signature() -> None:
    parts = [("POST", "/a", b"\0" * 32, 1, NONCE), ("PUT", "/a", b"\0" * 32, 1, NONCE), ("POST", "/b", b"\0" * 32, 1, NONCE)]
    parts += [("POST", "/a", b"\1" * 32, 1, NONCE), ("POST", "/a", b"\0" * 32, 2, NONCE), ("POST", "/a", b"\0" * 32, 1, DEVICE)]
    assert len({signing_text(*each) for each in parts}) == len(parts)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (DEVICE_HEADER, None),
        (DEVICE_HEADER, "AB" * 16),
        (TIME_HEADER, "-1"),
        (TIME_HEADER, "1" * 20),
        (TIME_HEADER, "１２"),
        (NONCE_HEADER, "short"),
        (SIGNATURE_HEADER, None),
        (SIGNATURE_HEADER, "not base64!"),
    ],
)
def test_headers_that_cannot_be_read_are_refused(header: str, value: str | None) -> None:
    headers = signature_headers(EchoSigner(), DEVICE, "GET", "/", b"", 1, NONCE)
    if value is None:
        del headers[header]
    else:
        headers[header] = value
    with pytest.raises(BadRequestSignature):
        read_signature_headers(headers)


class Given:
    """Signs with the same signature whatever it is asked to sign."""

    def __init__(self, signature: bytes) -> None:
        self.signature = signature

    def sign(self, data: bytes) -> bytes:
        """That signature."""
        return self.signature


NUMBERS = st.integers(1, 2**256 - 1) | st.integers(1, 2**16)


@given(first=NUMBERS, second=NUMBERS, time=st.integers(0, 2**48 - 1))
@example(first=127, second=128, time=0)
@example(first=2**255, second=2**248 - 1, time=2**48 - 1)
def test_the_packed_header_says_what_the_four_say(first: int, second: int, time: int) -> None:
    signer = Given(encode_dss_signature(first, second))
    four = signature_headers(signer, DEVICE, "POST", "/v1/exchange", b"body", time, NONCE)
    packed = packed_header(signer, DEVICE, "POST", "/v1/exchange", b"body", time, NONCE)
    assert read_signature_headers(packed) == read_signature_headers(four)
    assert [len(value) for value in packed.values()] == [len("Fieldapp ") + 136]


@pytest.mark.parametrize("text", ["Fieldapp", "Fieldapp ", "Fieldapp AAAA", "Fieldapp " + "A" * 140, "Fieldapp " + "!" * 136, "Fieldapp é"])
def test_a_packed_header_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadRequestSignature):
        read_signature_headers({AUTHORIZATION_HEADER: text})


def test_what_others_write_into_the_authorization_is_passed_over() -> None:
    headers = signature_headers(EchoSigner(), DEVICE, "GET", "/", b"", 1, NONCE) | {AUTHORIZATION_HEADER: "Basic YWJjOmRlZg=="}
    assert read_signature_headers(headers).device == DEVICE


@pytest.mark.parametrize("short", [True, False])
def test_a_changed_answer_does_not_fit_its_digest(short: bool) -> None:
    headers = digest_header(b"answer", short=short)
    assert fits_digest(headers, b"answer")
    assert not fits_digest(headers, b"anser")


def test_small_bodies_travel_as_they_are_and_large_ones_squeezed() -> None:
    assert squeeze(b"x" * 255) == (b"x" * 255, False)
    small, squeezed = squeeze(b"x" * 100_000)
    assert squeezed
    assert len(small) < 1000
    assert unsqueeze(small, 100_000) == b"x" * 100_000


@pytest.mark.parametrize("limit", [99_999, 10, 0])
def test_a_body_that_grows_beyond_the_limit_is_refused(limit: int) -> None:
    with pytest.raises(MessageTooLarge):
        unsqueeze(squeeze(b"x" * 100_000)[0], limit)


@pytest.mark.parametrize("data", [b"", b"plain", squeeze(b"x" * 1000)[0][:-4]])
def test_what_is_no_whole_gzip_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        unsqueeze(data, 10_000)


@pytest.mark.parametrize("data", [b"", b"\xc0", message_bytes(EXCHANGE)[:-1], msgspec.msgpack.encode([1, 2, 3])])
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(BadMessage):
        message_from_bytes(data, Exchange)


@pytest.mark.parametrize("state", [BlobState(0, False), BlobState(2**40, True)])
def test_the_state_of_a_blob_travels_in_headers(state: BlobState) -> None:
    assert read_blob_headers(blob_headers(state)) == state


@pytest.mark.parametrize("headers", [{}, {"X-Fieldapp-Offset": "-1", "X-Fieldapp-Complete": "0"}, {"X-Fieldapp-Offset": "1"}])
def test_a_state_that_cannot_be_read_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadMessage):
        read_blob_headers(headers)
