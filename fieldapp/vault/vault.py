"""The vault of one profile: opened with the device's secret, it hands out keys, the signer, the identity and the PIN gate.

Its folder holds `device.json` (who this laptop is; nothing secret), `device.secret` (only without a keyring), `pin`, `signing.p12`
(key, certificate, pinned certificates), `crl.der`, `ca.pem`, and `signing.new` while a certificate is on its way. One vault belongs
to one engineer on one laptop; a second engineer has a vault and a secret of their own.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fieldapp.base.clock import Clock, SystemClock
from fieldapp.base.errors import VaultError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Randomness, SystemRandomness
from fieldapp.vault.certificates import DEVICE, Certificates, DeviceIdentity, NotEnrolled, pinned_roots, revocation_list
from fieldapp.vault.files import DamagedVault, DeviceFile
from fieldapp.vault.homes import (
    SECRET_BYTES,
    SECRET_FILE,
    Argon2Cost,
    KeyringHome,
    PassphraseFileHome,
    PassphraseNeeded,
    SecretHome,
    keyring_verdict,
)
from fieldapp.vault.keys import derived_key
from fieldapp.vault.pin import PinGate

__all__ = ["DeviceIdentity", "Glance", "NotEnrolled", "Vault", "VaultExists", "choose_home", "pinned_roots", "revocation_list"]

_DEVICE, _PIN = DEVICE, "pin"


class VaultExists(VaultError):
    """There is a vault in this folder already."""

    code = "FA-410"
    message = N_("This profile is set up already. Nothing was changed. Open it with its PIN, or use another folder.")


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be told of a vault without its secret: what the unlock screen asks, and whose it is. Nothing here is trusted."""

    needs_passphrase: bool
    has_pin: bool
    engineer_name: str = ""
    device_name: str = ""
    company: str = ""


class Vault(Certificates):
    """One opened vault. Made by `create` or `open`; it reads the secret once and keeps it in memory."""

    def __init__(self, folder: Path, account: str, secret: bytes, clock: Clock, randomness: Randomness, pin_cost: int) -> None:
        """Use `Vault.create` or `Vault.open`."""
        super().__init__(folder, derived_key(secret, "pkcs12/1").hex().encode())
        self._account = account
        self._secret = secret
        self._pin = PinGate(folder / _PIN, derived_key(secret, "pin/1"), clock, randomness, cost=pin_cost)
        self._has_pin = True

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether a vault was set up in this folder."""
        return DeviceFile(folder / _DEVICE).exists()

    @staticmethod
    def glance(folder: Path) -> Glance:
        """Look at a vault without opening it; DamagedVault when its file does not read."""
        values = DeviceFile(folder / _DEVICE).values()
        raw = values.get("identity")
        who = raw if isinstance(raw, dict) else {}
        told = {name: str(who.get(name, "")) for name in ("engineer_name", "device_name", "company")}
        return Glance(needs_passphrase=values.get("home") == "passphrase", has_pin=values.get("pin") is not False, **told)

    @classmethod
    def create(
        cls,
        folder: Path,
        home: SecretHome,
        *,
        pin: str | None,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        pin_cost: int = 2**14,
    ) -> Vault:
        """Set a vault up: a new secret, kept in `home`, and the PIN (None: the window opens without one).

        VaultExists when there is one; BadPin, WeakPassphrase, KeyringUnavailable leave no vault behind.
        """
        if cls.exists(folder):
            raise VaultExists
        randomness = randomness or SystemRandomness()
        secret = randomness.bytes(SECRET_BYTES)
        account = randomness.bytes(16).hex()
        made = cls(folder, account, secret, clock or SystemClock(), randomness, pin_cost)
        made._has_pin = pin is not None
        if pin is not None:
            made._pin.set(pin)
        home.store(account, secret)
        # this file makes the vault exist, so it comes last
        has_pin = pin is not None  # for the unlock screen; `check` holds the truth
        written = {"version": 1, "account": account, "home": home.kind, "pin": has_pin, "check": _check(secret, has_pin)}
        made._device.write(written)
        return made

    @classmethod
    def open(
        cls,
        folder: Path,
        home: SecretHome,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
        pin_cost: int = 2**14,
    ) -> Vault:
        """Open a vault with the secret in `home`; DamagedVault, or what `home` raises. The PIN is asked by `check_pin`, not here."""
        values = DeviceFile(folder / _DEVICE).values()
        account = values.get("account")
        if not isinstance(account, str) or not account:
            raise DamagedVault(name=_DEVICE)
        secret = home.load(account)
        opened = cls(folder, account, secret, clock or SystemClock(), randomness or SystemRandomness(), pin_cost)
        said = str(values.get("check", ""))
        for has_pin in (True, False):
            if hmac.compare_digest(said, _check(secret, has_pin)):
                opened._has_pin = has_pin
                return opened
        raise DamagedVault(name=_DEVICE)

    def rehome(self, home: SecretHome) -> None:
        """Keep the secret in another home: a new passphrase, or the keyring instead of one; the old home is not emptied."""
        home.store(self._account, self._secret)
        self._device.alter(home=home.kind)

    # -- keys

    @property
    def replica_key(self) -> bytes:
        """32 bytes: the raw key of the replica."""
        return derived_key(self._secret, "replica/1")

    @property
    def blob_key(self) -> bytes:
        """32 bytes: the key of photos, signatures and PDFs."""
        return derived_key(self._secret, "blobs/1")

    @property
    def courier_key(self) -> bytes:
        """32 bytes: the private key (X25519) to which the centre seals a file for this laptop."""
        return derived_key(self._secret, "courier/1")

    @property
    def journal_key(self) -> bytes:
        """32 bytes: the key of this laptop's journal on another disk."""
        return derived_key(self._secret, "journal/1")

    # -- PIN

    @property
    def has_pin(self) -> bool:
        """Whether the window asks for a PIN."""
        return self._has_pin

    def check_pin(self, pin: str) -> None:
        """Return when the PIN is right or none is set; WrongPin or PinMustWait otherwise (their sentences say how many, how long)."""
        with self._guard:
            if self.has_pin:
                self._pin.check(pin)

    def set_pin(self, old: str, new: str) -> None:
        """Change the PIN; the old one is checked first (passed over when none is set)."""
        with self._guard:
            self.check_pin(old)
            self.reset_pin(new)

    def reset_pin(self, new: str) -> None:
        """Choose a PIN without the old one, after the centre let the engineer in again; the record may be damaged or gone."""
        with self._guard:
            self._pin.set(new)
            self._device.alter(pin=True, check=_check(self._secret, True))
            self._has_pin = True

    # -- incarnation

    @property
    def incarnation(self) -> int:
        """The number under which this laptop sends; it lives outside the replica, so that a restored replica is noticed."""
        number = self._device.values().get("incarnation", 1)
        if not isinstance(number, int) or isinstance(number, bool):
            raise DamagedVault(name=_DEVICE)
        return number

    @incarnation.setter
    def incarnation(self, number: int) -> None:
        self._device.alter(incarnation=number)


def _check(secret: bytes, has_pin: bool) -> str:
    """What `device.json` says of the secret and of the PIN, so that a foreign secret or an edited file is noticed."""
    return derived_key(secret, "check/1/pin" if has_pin else "check/1/open")[:8].hex()


def choose_home(
    folder: Path,
    passphrase: str | None = None,
    *,
    service: str = "fieldapp",
    backend: Any | None = None,
    randomness: Randomness | None = None,
    cost: Argon2Cost = Argon2Cost(),  # noqa: B008 - frozen
) -> SecretHome:
    """The home of a vault's secret: for an existing vault the kind it was made with, else the passphrase if one is given, else the keyring.

    PassphraseNeeded when a passphrase is the only way and none was given; KeyringUnavailable when the vault needs the keyring
    and there is none.
    """
    made_with = DeviceFile(folder / _DEVICE).values().get("home") if Vault.exists(folder) else None
    if made_with == "keyring":
        return KeyringHome(service, backend)
    if passphrase is not None:
        return PassphraseFileHome(folder / SECRET_FILE, passphrase, randomness=randomness, cost=cost)
    if made_with == "passphrase" or not keyring_verdict(backend).possible:
        raise PassphraseNeeded
    return KeyringHome(service, backend)
