"""Identities made offline: ordered by time, unique without a centre (RFC 9562, UUID version 7).

An identity is 32 lower-case hexadecimal digits everywhere in the program; on the wire it is its 16 bytes.
"""

from __future__ import annotations

import hashlib
import random
import secrets
import threading
from typing import Protocol

from fieldapp.base.clock import Clock

__all__ = ["Id", "IdSource", "Randomness", "SeededRandomness", "SystemRandomness", "derived_id", "is_id"]

Id = str


class Randomness(Protocol):
    """The only source of random bytes."""

    def bytes(self, count: int) -> bytes:
        """`count` bytes that nobody can guess (or, in a simulated world, that a seed decides)."""
        ...


class SystemRandomness:
    """Random bytes of the operating system."""

    def bytes(self, count: int) -> bytes:
        """`count` bytes from the system's generator."""
        return secrets.token_bytes(count)


class SeededRandomness:
    """Random bytes that a seed decides, for tests and simulated worlds; never for keys."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes of the seed's sequence."""
        return self._random.randbytes(count)


class IdSource:
    """Makes identities: 48 bits of milliseconds, version 7, a counter that keeps one millisecond's in order, randomness."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._last = 0
        self._counter = 0
        self._guard = threading.Lock()

    def new(self) -> Id:
        """The next identity; later ones of one source sort after earlier ones, even when the wall clock goes back."""
        with self._guard:
            millis = max(int(self._clock.now().timestamp() * 1000), self._last)
            self._counter = self._counter + 1 if millis == self._last else 0
            if self._counter > 0xFFF:
                millis, self._counter = millis + 1, 0
            self._last = millis
            tail = int.from_bytes(self._randomness.bytes(8), "big") & ((1 << 62) - 1)
            number = (millis & ((1 << 48) - 1)) << 80 | 0x7 << 76 | self._counter << 64 | 0b10 << 62 | tail
        return f"{number:032x}"


def derived_id(*parts: str) -> Id:
    """The identity that both ends derive from the same parts (RFC 9562, version 8), so that nothing doubles."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()[:16]
    number = int.from_bytes(digest, "big")
    number = number & ~(0xF << 76) | 0x8 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    return f"{number:032x}"


def is_id(text: object) -> bool:
    """Whether a value is spelled as an identity."""
    return isinstance(text, str) and len(text) == 32 and all(c in "0123456789abcdef" for c in text)
