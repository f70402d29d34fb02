"""ECDSA signatures over P-256 as bytes: as DER, as their two numbers alone, and the one spelling of the two that hold."""

from __future__ import annotations

__all__ = ["NUMBER_BYTES", "P256_ORDER", "der_signature", "low_s", "packed_signature"]

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve P-256 (FIPS 186-5, SP 800-186): with (r, s) also (r, order - s) holds."""

NUMBER_BYTES = 32
"""Bytes of each of the two numbers of a signature."""


def packed_signature(der: bytes) -> bytes:
    """The two numbers of a signature that this program made (DER: a sequence of two integers), 32 bytes each."""
    numbers = b""
    place = 2
    for _ in range(2):
        size = der[place + 1]
        numbers += int.from_bytes(der[place + 2 : place + 2 + size], "big").to_bytes(NUMBER_BYTES, "big")
        place += 2 + size
    return numbers


def der_signature(numbers: bytes) -> bytes:
    """The signature of two numbers as DER: a sequence of two integers, each in as few bytes as hold it and its sign."""
    parts = b""
    for number in (int.from_bytes(numbers[:NUMBER_BYTES], "big"), int.from_bytes(numbers[NUMBER_BYTES:], "big")):
        size = number.bit_length() // 8 + 1
        parts += bytes((2, size)) + number.to_bytes(size, "big")
    return bytes((0x30, len(parts))) + parts


def low_s(signature: bytes) -> bytes:
    """The signature (DER) with its second number, s, in the lower half; see docs/decisions/0019."""
    numbers = packed_signature(signature)
    s = int.from_bytes(numbers[NUMBER_BYTES:], "big")
    return der_signature(numbers[:NUMBER_BYTES] + min(s, P256_ORDER - s).to_bytes(NUMBER_BYTES, "big"))
