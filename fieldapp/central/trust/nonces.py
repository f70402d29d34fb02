"""Nonces of signed requests, remembered for as long as a request could be taken, also across a restart of the service.

Each is appended to a file before its request is answered, and left to the system to write down: what a killed process wrote is
kept. Two files take turns, so that neither grows for ever.
"""

from __future__ import annotations

import threading
from pathlib import Path

__all__ = ["Nonces"]


NEVER = float("-inf")


class Nonces:
    """The nonces of the last `seconds`; threads may share it."""

    def __init__(self, path: Path, seconds: float) -> None:
        """Reads what an earlier process left. Lines that do not read are passed over."""
        self._path = path
        self._older = path.with_name(path.name + ".older")
        self._seconds = seconds
        self._turn = threading.Lock()
        self._now, self._began = self._read(path)
        self._before, _ = self._read(self._older)

    def take(self, nonce: str, now: float) -> bool:
        """Remember a nonce (without line ends) at a moment in seconds; False when it was taken before."""
        with self._turn:
            if self._began is not None and abs(now - self._began) > self._seconds:
                self._turn_over()
            if max(self._now.get(nonce, NEVER), self._before.get(nonce, NEVER)) >= now - self._seconds:
                return False
            self._began = now if self._began is None else self._began
            self._now[nonce] = now
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{now:.3f} {nonce}\n")
        return True

    def _turn_over(self) -> None:
        self._path.replace(self._older)
        self._before, self._now, self._began = self._now, {}, None

    @staticmethod
    def _read(path: Path) -> tuple[dict[str, float], float | None]:
        found: dict[str, float] = {}
        lines = path.read_text(encoding="ascii", errors="replace").splitlines() if path.exists() else []
        for line in lines:
            at, _, nonce = line.partition(" ")
            try:
                found[nonce] = float(at)
            except ValueError:
                continue
        return found, next(iter(found.values()), None)
