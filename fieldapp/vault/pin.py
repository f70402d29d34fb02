"""The PIN: it gates the window and is no key. Wrong tries slow down, and the wait survives a restart.

The record (a salted scrypt hash, the tries, the wait) is sealed under a key of the vault, so that who copies the file cannot
guess the few digits at leisure, and who deletes or edits it does not get in.
"""

from __future__ import annotations

import hmac
import json
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from fieldapp.base.clock import Clock, moment_from_text, moment_text
from fieldapp.base.errors import InputError, VaultError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Randomness
from fieldapp.vault.files import DamagedVault, write_whole

__all__ = ["BadPin", "PinGate", "PinMustWait", "WrongPin", "can_be_pin", "wait_after"]

FREE_TRIES = 3
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
_LABEL = b"fieldapp pin 1"


class BadPin(InputError):
    """A PIN that cannot be taken."""

    code = "FA-111"
    message = N_("A PIN has 4 to 12 digits. Nothing was changed. Choose another one.")


class WrongPin(VaultError):
    """The PIN is wrong; `values` has `left`, the tries before waiting begins."""

    code = "FA-407"
    message = N_("This PIN is wrong. Nothing is lost. Try again; {left} tries are left before you have to wait.")


class PinMustWait(VaultError):
    """Too many wrong tries; `values` has `seconds` to wait and `wait`, the same as a sentence."""

    code = "FA-408"
    message = N_("Too many wrong PINs. Nothing is lost. Wait {wait}, then try again.")


def wait_after(wrong: int) -> timedelta:
    """How long to wait after so many wrong tries in a row: nothing for two, 30 s after the third, doubling up to 15 min."""
    if wrong < FREE_TRIES:
        return timedelta(0)
    return min(_FIRST_WAIT * (1 << min(wrong - FREE_TRIES, 10)), _LONGEST_WAIT)


def _wait_sentence(wait: timedelta) -> Sentence:
    seconds = math.ceil(wait.total_seconds())
    if seconds < 60:
        return say("{seconds} seconds", seconds=seconds)
    return say("{minutes} minutes", minutes=math.ceil(seconds / 60))


@dataclass(frozen=True, slots=True)
class _Record:
    salt: bytes
    hash: bytes
    cost: int
    wrong: int = 0
    wrong_at: datetime | None = None


def can_be_pin(pin: str) -> None:
    """BadPin unless it has 4 to 12 digits."""
    if not (4 <= len(pin) <= 12 and pin.isascii() and pin.isdigit()):
        raise BadPin


class PinGate:
    """The PIN record of one vault."""

    def __init__(self, path: Path, key: bytes, clock: Clock, randomness: Randomness, *, cost: int = 2**14) -> None:
        """`key` (32 bytes) seals the record; `cost` is scrypt's N, a power of two, for PINs set from now on."""
        self._path = path
        self._aead = AESGCM(key)
        self._clock = clock
        self._randomness = randomness
        self._cost = cost
        self._wrong_elapsed: float | None = None

    def set(self, pin: str) -> None:
        """Choose a PIN; BadPin unless it has 4 to 12 digits."""
        can_be_pin(pin)
        salt = self._randomness.bytes(16)
        self._write(_Record(salt, _hashed(pin, salt, self._cost), self._cost))
        self._wrong_elapsed = None

    def waiting(self) -> timedelta:
        """How long the next try has to wait; zero when it may come now."""
        record = self._read()
        wait = wait_after(record.wrong)
        if not wait or record.wrong_at is None:
            return timedelta(0)
        passed = self._clock.now() - record.wrong_at
        if passed < timedelta(0) and self._wrong_elapsed is None:
            self._wrong_elapsed = self._clock.elapsed()  # somebody set the clock back: the wait begins anew, and ends
        if self._wrong_elapsed is not None:
            # while the program runs, time that really passed counts, not a clock that somebody set forward
            passed = timedelta(seconds=self._clock.elapsed() - self._wrong_elapsed)
        return max(wait - passed, timedelta(0))

    def check(self, pin: str) -> None:
        """Return when the PIN is right; WrongPin, or PinMustWait while a wait runs (the try is then not looked at)."""
        wait = self.waiting()
        if wait:
            raise PinMustWait(seconds=math.ceil(wait.total_seconds()), wait=_wait_sentence(wait))
        record = self._read()
        # noted as wrong before it is compared, so that switching the computer off in between gains nothing
        noted = replace(record, wrong=record.wrong + 1, wrong_at=self._clock.now())
        self._write(noted)
        if hmac.compare_digest(_hashed(pin, record.salt, record.cost), record.hash):
            self._write(replace(record, wrong=0, wrong_at=None))
            self._wrong_elapsed = None
            return
        self._wrong_elapsed = self._clock.elapsed()
        wait = wait_after(noted.wrong)
        if wait:
            raise PinMustWait(seconds=math.ceil(wait.total_seconds()), wait=_wait_sentence(wait))
        raise WrongPin(left=FREE_TRIES - noted.wrong)

    def _write(self, record: _Record) -> None:
        plain = {
            "salt": record.salt.hex(),
            "hash": record.hash.hex(),
            "cost": record.cost,
            "wrong": record.wrong,
            "wrong_at": moment_text(record.wrong_at) if record.wrong_at else "",
        }
        nonce = self._randomness.bytes(12)
        write_whole(self._path, nonce + self._aead.encrypt(nonce, json.dumps(plain).encode(), _LABEL))

    def _read(self) -> _Record:
        try:
            data = self._path.read_bytes()
            plain = json.loads(self._aead.decrypt(data[:12], data[12:], _LABEL))
        except (OSError, InvalidTag, ValueError) as fault:
            raise DamagedVault(name=self._path.name) from fault
        return _Record(
            bytes.fromhex(plain["salt"]),
            bytes.fromhex(plain["hash"]),
            plain["cost"],
            plain["wrong"],
            moment_from_text(plain["wrong_at"]) if plain["wrong_at"] else None,
        )


def _hashed(pin: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(pin.encode())
