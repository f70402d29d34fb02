"""Where the laptop's secret lives: the keyring of the system, or a file that a passphrase opens.

Only keyrings that really protect something are taken (Windows, macOS, Secret Service, KWallet), and each write is read back:
some backends succeed and store nothing. Without one, the secret is wrapped by AES-256-GCM under Argon2id of a passphrase.
"""

from __future__ import annotations

import binascii
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fieldapp.base.errors import InputError, VaultError
from fieldapp.base.i18n import N_, Sentence, say
from fieldapp.base.ids import Randomness, SystemRandomness
from fieldapp.vault.files import DamagedVault, read_json, write_json

__all__ = [
    "SECRET_BYTES",
    "SECRET_FILE",
    "Argon2Cost",
    "KeyringHome",
    "KeyringUnavailable",
    "KeyringVerdict",
    "PassphraseFileHome",
    "PassphraseNeeded",
    "SecretHome",
    "SecretMissing",
    "WeakPassphrase",
    "WrongPassphrase",
    "keyring_verdict",
]

SECRET_BYTES = 32
SECRET_FILE = "device.secret"
SHORTEST_PASSPHRASE = 8

_TRUSTED = (
    "keyring.backends.Windows",
    "keyring.backends.macOS",
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
)


class KeyringUnavailable(VaultError):
    """The system has no keyring that keeps secrets, or it does not answer."""

    code = "FA-402"
    message = N_("The keyring of this laptop cannot be used ({reason}). Nothing is lost. Unlock it, or start again with a passphrase.")


class SecretMissing(VaultError):
    """The keyring holds no secret for this profile."""

    code = "FA-403"
    message = N_(
        "The keyring of this laptop holds no key for this profile. The data stays on the disk, still encrypted. "
        "Log in as the user who set it up, or ask the service desk for a new enrolment code."
    )


class PassphraseNeeded(VaultError):
    """The profile is opened by a passphrase and none was given."""

    code = "FA-404"
    message = N_("This laptop has no usable keyring, so a passphrase protects the keys. Nothing is lost. Type the passphrase.")


class WrongPassphrase(VaultError):
    """The passphrase does not open the file."""

    code = "FA-405"
    message = N_("This passphrase does not open the laptop's keys. Nothing was changed. Check the keyboard layout and type it again.")


class WeakPassphrase(InputError):
    """The passphrase is too short to protect anything."""

    code = "FA-110"
    message = N_("The passphrase is too short. Nothing was changed. Take at least {least} characters.")


class SecretHome(Protocol):
    """A place that keeps one secret of 32 bytes for an account name."""

    @property
    def kind(self) -> str:
        """`keyring` or `passphrase`, as noted beside the vault."""
        ...

    def store(self, account: str, secret: bytes) -> None:
        """Keep the secret, replacing an earlier one; VaultError when it is not really kept."""
        ...

    def load(self, account: str) -> bytes:
        """The secret; VaultError leaves when it is missing or does not open."""
        ...


@dataclass(frozen=True, slots=True)
class KeyringVerdict:
    """Whether a keyring can be used, its name for the screen, and why not."""

    possible: bool
    name: str
    why: Sentence | None = None


def _trusted(backend: Any) -> Any | None:
    """The backend itself if it is on the list, the first such of a chain, or None."""
    if type(backend).__module__ == "keyring.backends.chainer":
        return next((found for each in backend.backends if (found := _trusted(each)) is not None), None)
    return backend if type(backend).__module__ in _TRUSTED else None


def _system_keyring() -> Any:
    import keyring

    return keyring.get_keyring()


def keyring_verdict(backend: Any | None = None) -> KeyringVerdict:
    """Say whether the system's keyring (or the given backend) may hold the secret; nothing is written."""
    candidate = backend if backend is not None else _system_keyring()
    trusted = _trusted(candidate)
    if trusted is None:
        return KeyringVerdict(False, "", say("This laptop has no keyring that keeps secrets; a passphrase protects the keys instead."))
    return KeyringVerdict(True, str(getattr(trusted, "name", type(trusted).__name__)))


class KeyringHome:
    """The system's keyring; the secret stands there as 64 hexadecimal digits under (service, account)."""

    kind = "keyring"

    def __init__(self, service: str = "fieldapp", backend: Any | None = None) -> None:
        """KeyringUnavailable when the system's keyring (or `backend`) is not on the list of those that protect secrets."""
        trusted = _trusted(backend if backend is not None else _system_keyring())
        if trusted is None:
            raise KeyringUnavailable(reason=say("none that keeps secrets"))
        if type(trusted).__module__ == "keyring.backends.Windows":
            trusted.persist = "local machine"
        self._service = service
        self._backend = trusted

    def store(self, account: str, secret: bytes) -> None:
        """Write and read back; KeyringUnavailable when what comes back differs."""
        try:
            self._backend.set_password(self._service, account, secret.hex())
            kept = self._backend.get_password(self._service, account)
        except Exception as fault:
            raise KeyringUnavailable(reason=type(fault).__name__) from fault
        if kept != secret.hex():
            raise KeyringUnavailable(reason=say("it did not keep what was written"))

    def load(self, account: str) -> bytes:
        """The secret; SecretMissing when there is none, KeyringUnavailable when the keyring does not answer."""
        try:
            kept = self._backend.get_password(self._service, account)
        except Exception as fault:
            raise KeyringUnavailable(reason=type(fault).__name__) from fault
        if kept is None:
            raise SecretMissing
        try:
            secret = bytes.fromhex(kept)
        except ValueError as fault:
            raise SecretMissing from fault
        if len(secret) != SECRET_BYTES:
            raise SecretMissing
        return secret


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """The cost of Argon2id: memory in KiB, passes, lanes. The default takes about a quarter of a second."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    def reasonable(self) -> bool:
        """Whether a file that names this cost should be believed: it must neither be free nor exhaust the computer."""
        return 8 * self.lanes <= self.memory_kib <= 1024 * 1024 and 1 <= self.iterations <= 32 and 1 <= self.lanes <= 16


class PassphraseFileHome:
    """A file that a passphrase opens; its parameters stand in the file and are covered by the seal."""

    kind = "passphrase"

    def __init__(
        self,
        path: Path,
        passphrase: str,
        *,
        randomness: Randomness | None = None,
        cost: Argon2Cost = Argon2Cost(),
    ) -> None:
        """`passphrase` is compared after Unicode normalisation (NFKC), so that input methods do not matter."""
        self._path = path
        self._passphrase = unicodedata.normalize("NFKC", passphrase).encode()
        self._length = len(passphrase)
        self._randomness = randomness or SystemRandomness()
        self._cost = cost

    def store(self, account: str, secret: bytes) -> None:
        """Wrap the secret and write the file whole; WeakPassphrase when the passphrase is too short."""
        if self._length < SHORTEST_PASSPHRASE:
            raise WeakPassphrase(least=SHORTEST_PASSPHRASE)
        salt, nonce = self._randomness.bytes(16), self._randomness.bytes(12)
        sealed = AESGCM(self._key(salt, self._cost)).encrypt(nonce, secret, _header(account, self._cost, salt))
        write_json(
            self._path,
            {
                "version": 1,
                "kdf": "argon2id",
                "memory_kib": self._cost.memory_kib,
                "iterations": self._cost.iterations,
                "lanes": self._cost.lanes,
                "salt": salt.hex(),
                "nonce": nonce.hex(),
                "sealed": sealed.hex(),
            },
        )

    def load(self, account: str) -> bytes:
        """Open the file; WrongPassphrase, or DamagedVault when it does not read."""
        values = read_json(self._path)
        try:
            cost = Argon2Cost(*(_whole(values, name) for name in ("memory_kib", "iterations", "lanes")))
            salt, nonce, sealed = (binascii.unhexlify(str(values[name])) for name in ("salt", "nonce", "sealed"))
        except (KeyError, ValueError) as fault:
            raise DamagedVault(name=self._path.name) from fault
        if values.get("version") != 1 or values.get("kdf") != "argon2id" or not cost.reasonable():
            raise DamagedVault(name=self._path.name)
        if len(salt) != 16 or len(nonce) != 12 or len(sealed) != SECRET_BYTES + 16:
            raise DamagedVault(name=self._path.name)
        try:
            return AESGCM(self._key(salt, cost)).decrypt(nonce, sealed, _header(account, cost, salt))
        except InvalidTag as fault:
            raise WrongPassphrase from fault

    def _key(self, salt: bytes, cost: Argon2Cost) -> bytes:
        kdf = Argon2id(salt=salt, length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib)
        return kdf.derive(self._passphrase)


def _header(account: str, cost: Argon2Cost, salt: bytes) -> bytes:
    return f"fieldapp secret 1\n{account}\n{cost.memory_kib} {cost.iterations} {cost.lanes}\n{salt.hex()}".encode()


def _whole(values: dict[str, object], name: str) -> int:
    value = values[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(name)
    return value
