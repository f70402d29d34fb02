"""The vault of one profile: opened with the device's secret, it hands out keys, the signer, the identity and the PIN gate.

Its folder holds `device.json` (who this laptop is; nothing secret), `device.secret` (only without a keyring), `pin`, `signing.p12`
(key, certificate, pinned certificates), `crl.der`, `ca.pem`, and `signing.new` while a certificate is on its way. One vault belongs
to one engineer on one laptop; a second engineer has a vault and a secret of their own.
"""

from __future__ import annotations

import hmac
import threading
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from fieldapp.base.clock import Clock, SystemClock
from fieldapp.base.errors import VaultError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id, Randomness, SystemRandomness
from fieldapp.vault.files import DamagedVault, DeviceFile, read_json, write_json, write_whole
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
from fieldapp.vault.keys import (
    DeviceSigner,
    certificate_request,
    checked,
    derived_key,
    key_from_bytes,
    key_to_bytes,
    new_signing_key,
    pack,
    pem_of,
    pems_to_der,
    signer_of,
    unpack,
)
from fieldapp.vault.pin import PinGate

__all__ = ["DeviceIdentity", "Glance", "NotEnrolled", "Vault", "VaultExists", "choose_home", "pinned_roots", "revocation_list"]

_DEVICE, _PIN, _KEYS, _PENDING, _CA, _CRL = "device.json", "pin", "signing.p12", "signing.new", "ca.pem", "crl.der"


class NotEnrolled(VaultError):
    """The laptop has no certificate yet."""

    code = "FA-409"
    message = N_("This laptop is not enrolled yet. Nothing is lost. Enter the enrolment code from the service desk.")


class VaultExists(VaultError):
    """There is a vault in this folder already."""

    code = "FA-410"
    message = N_("This profile is set up already. Nothing was changed. Open it with its PIN, or use another folder.")


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who this laptop is at the centre. `courier_key` is the centre's public key for sealed files, as it came at enrolment."""

    device: Id
    engineer: Id
    engineer_name: str
    device_name: str = ""
    centre_url: str = ""
    company: str = ""
    courier_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be told of a vault without its secret: what the unlock screen asks, and whose it is. Nothing here is trusted."""

    needs_passphrase: bool
    has_pin: bool
    engineer_name: str = ""
    device_name: str = ""
    company: str = ""


class Vault:
    """One opened vault. Made by `create` or `open`; it reads the secret once and keeps it in memory."""

    def __init__(self, folder: Path, account: str, secret: bytes, clock: Clock, randomness: Randomness, pin_cost: int) -> None:
        """Use `Vault.create` or `Vault.open`."""
        self._folder = folder
        self._account = account
        self._secret = secret
        self._passphrase = derived_key(secret, "pkcs12/1").hex().encode()
        self._device = DeviceFile(folder / _DEVICE)
        self._guard = threading.RLock()
        self._pin = PinGate(folder / _PIN, derived_key(secret, "pin/1"), clock, randomness, cost=pin_cost)
        self._has_pin = True
        self._signer: DeviceSigner | None = None

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether a vault was set up in this folder."""
        return (folder / _DEVICE).is_file()

    @staticmethod
    def glance(folder: Path) -> Glance:
        """Look at a vault without opening it; DamagedVault when its file does not read."""
        values = read_json(folder / _DEVICE)
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
        write_json(folder / _DEVICE, written)
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
        values = read_json(folder / _DEVICE)
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
            self._pin.set(new)
            self._device.alter(pin=True, check=_check(self._secret, True))
            self._has_pin = True

    # -- certificate

    def make_key_and_csr(self, name: str) -> bytes:
        """Make a new signing key and a request for its certificate (PKCS#10, DER); the key waits until `install`."""
        key = new_signing_key()
        write_whole(self._folder / _PENDING, key_to_bytes(key, self._passphrase))
        return certificate_request(key, name)

    def install(
        self, identity: DeviceIdentity, certificate: bytes, chain: tuple[bytes, ...], crl: bytes = b"", incarnation: int = 1
    ) -> None:
        """Take what the centre answered to the request: certificates in DER, the CA first in `chain`; these are pinned.

        BadEnrolment when the certificate is not for the key that waits, or none of the chain issued it; nothing changes then.
        """
        with self._guard:
            try:
                waiting = (self._folder / _PENDING).read_bytes()
            except OSError as fault:
                raise NotEnrolled from fault
            credentials = checked(key_from_bytes(waiting, self._passphrase, _PENDING), certificate, chain)
            write_whole(self._folder / _CRL, crl)
            write_whole(self._folder / _CA, pem_of(chain))
            write_whole(self._folder / _KEYS, pack(credentials, self._passphrase))
            plain = {**asdict(identity), "courier_key": identity.courier_key.hex()}
            self._device.alter(identity=plain, incarnation=incarnation)
            (self._folder / _PENDING).unlink(missing_ok=True)
            self._signer = None

    @property
    def enrolled(self) -> bool:
        """Whether a certificate is installed."""
        return (self._folder / _KEYS).is_file() and "identity" in self._device.values()

    def signer(self) -> DeviceSigner:
        """What signs reports, requests and courier files for this device; NotEnrolled before `install`."""
        with self._guard:
            if self._signer is None:
                if not self.enrolled:
                    raise NotEnrolled
                self._signer = signer_of(unpack((self._folder / _KEYS).read_bytes(), self._passphrase, _KEYS))
            return self._signer

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The pinned certificates (DER), read from behind the secret; NotEnrolled before `install`."""
        return self.signer().chain

    # -- identity

    @property
    def identity(self) -> DeviceIdentity:
        """Who this laptop is; NotEnrolled before `install`."""
        raw = self._device.values().get("identity")
        if not isinstance(raw, dict):
            raise NotEnrolled
        names = {each.name for each in fields(DeviceIdentity)}
        try:
            known = {name: str(value) for name, value in raw.items() if name in names and name != "courier_key"}
            return DeviceIdentity(**known, courier_key=bytes.fromhex(str(raw.get("courier_key", ""))))
        except (TypeError, ValueError) as fault:
            raise DamagedVault(name=_DEVICE) from fault

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


def revocation_list(folder: Path) -> bytes:
    """The list of revoked certificates (DER) that came at enrolment; empty when none did."""
    path = folder / _CRL
    return path.read_bytes() if path.is_file() else b""


def pinned_roots(folder: Path) -> tuple[bytes, ...]:
    """The pinned certificates (DER) without opening the vault, for `verify`; empty before enrolment."""
    path = folder / _CA
    return pems_to_der(path.read_bytes(), _CA) if path.is_file() else ()


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
    made_with = read_json(folder / _DEVICE).get("home") if Vault.exists(folder) else None
    if made_with == "keyring":
        return KeyringHome(service, backend)
    if passphrase is not None:
        return PassphraseFileHome(folder / SECRET_FILE, passphrase, randomness=randomness, cost=cost)
    if made_with == "passphrase" or not keyring_verdict(backend).possible:
        raise PassphraseNeeded
    return KeyringHome(service, backend)
