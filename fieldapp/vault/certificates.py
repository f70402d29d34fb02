"""The certificate of a vault's device: asked for, installed, renewed; who the laptop is; what was pinned with it."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path

from fieldapp.base.errors import VaultError
from fieldapp.base.i18n import N_, when_text
from fieldapp.base.ids import Id
from fieldapp.vault.files import DamagedVault, DeviceFile, write_whole
from fieldapp.vault.keys import (
    DeviceSigner,
    certificate_request,
    checked,
    key_from_bytes,
    key_to_bytes,
    new_signing_key,
    newer_crl,
    pack,
    pem_of,
    pems_to_der,
    revoked,
    signed_by,
    signer_of,
    unpack,
)

__all__ = [
    "DEVICE",
    "CertificateEnded",
    "CertificateRevoked",
    "Certificates",
    "ClockSetBack",
    "DeviceIdentity",
    "NotEnrolled",
    "pinned_roots",
    "revocation_list",
]

DEVICE = "device.json"
_KEYS, _PENDING, _CA, _CRL = "signing.p12", "signing.new", "ca.pem", "crl.der"


class NotEnrolled(VaultError):
    """The laptop has no certificate yet."""

    code = "FA-409"
    message = N_("This laptop is not enrolled yet. Nothing is lost. Enter the enrolment code from the service desk.")


class ClockSetBack(VaultError):
    """The laptop's clock says a time that is over: `now` and `known` are moments as text."""

    code = "FA-413"
    message = N_(
        "The clock of this laptop says {now}, but it was {known} already. Nothing was signed and nothing is lost. Set the clock right and "
        "sign again. If it was ahead before, certify the report again."
    )


class CertificateEnded(VaultError):
    """The laptop's certificate is not valid any more."""

    code = "FA-414"
    message = N_(
        "The certificate of this laptop ended on {day}. Nothing was signed and nothing is lost. Check the date of the laptop; if it is "
        "right, ask the service desk for a new enrolment code, then sign."
    )


class CertificateRevoked(VaultError):
    """The centre's list that came last names the laptop's certificate."""

    code = "FA-415"
    message = N_(
        "The central service has revoked the certificate of this laptop. Nothing was signed and nothing is lost. "
        "Ask the service desk for a new enrolment code, then sign."
    )


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """Who this laptop is at the centre. `courier_key` is the centre's public key for sealed files (empty: not known yet)."""

    device: Id
    engineer: Id
    engineer_name: str
    device_name: str = ""
    centre_url: str = ""
    company: str = ""
    courier_key: bytes = b""


class Certificates:
    """The files beside a vault's secret that make the laptop a device of the centre."""

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        """`passphrase` opens the signing key; it is made from the vault's secret."""
        self._folder = folder
        self._passphrase = passphrase
        self._device = DeviceFile(folder / DEVICE)
        self._guard = threading.RLock()
        self._signer: DeviceSigner | None = None

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

    def renew(self, certificate: bytes) -> None:
        """Take a new certificate for the key that waits since `make_key_and_csr`; what was pinned stays pinned.

        BadEnrolment when it is not for that key or none of the pinned ones issued it; nothing changes then.
        """
        with self._guard:
            try:
                waiting = (self._folder / _PENDING).read_bytes()
            except OSError as fault:
                raise NotEnrolled from fault
            credentials = checked(key_from_bytes(waiting, self._passphrase, _PENDING), certificate, self.roots)
            write_whole(self._folder / _KEYS, pack(credentials, self._passphrase))
            (self._folder / _PENDING).unlink(missing_ok=True)
            self._signer = None

    def keep_crl(self, crl: bytes) -> bool:
        """Keep a newer list of revoked certificates (DER); False for one that no pinned certificate signed, or that is no newer."""
        with self._guard:
            if not newer_crl(crl, revocation_list(self._folder), self.roots):
                return False
            write_whole(self._folder / _CRL, crl)
            return True

    def keep_centre_key(self, key: bytes, text: bytes, proof: bytes) -> bool:
        """Keep the centre's key for sealed files if the CA that was pinned signed `text` with it; whether it was kept."""
        with self._guard:
            if not signed_by(self.roots, text + key, proof):
                return False
            raw = self._device.values().get("identity")
            if isinstance(raw, dict) and raw.get("courier_key") != key.hex():
                self._device.alter(identity={**raw, "courier_key": key.hex()})
            return True

    @property
    def line_ca(self) -> Path | None:
        """The pinned certificates (PEM) when the line to the centre must show one of theirs; None: one that the system trusts."""
        return self._folder / _CA if self._device.values().get("line") == "own" else None

    def pin_line(self) -> Path:
        """From now on the line to the centre must show a certificate of the pinned ones; their file."""
        self._device.alter(line="own")
        return self._folder / _CA

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

    def check_may_sign(self, at: datetime, zone: str) -> None:
        """Return when a report signed at a moment would be believed; ClockSetBack, CertificateEnded, CertificateRevoked, NotEnrolled."""
        signer = self.signer()
        if at < signer.begins_at:
            raise ClockSetBack(now=when_text(at, "en", zone), known=when_text(signer.begins_at, "en", zone))
        if at > signer.expires_at:
            raise CertificateEnded(day=when_text(signer.expires_at, "en", zone))
        if revoked(signer.certificate, revocation_list(self._folder), signer.chain):
            raise CertificateRevoked

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The pinned certificates (DER), read from behind the secret; NotEnrolled before `install`."""
        return self.signer().chain

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
            raise DamagedVault(name=DEVICE) from fault


def revocation_list(folder: Path) -> bytes:
    """The newest list of revoked certificates (DER) that came; empty when none did."""
    path = folder / _CRL
    return path.read_bytes() if path.is_file() else b""


def pinned_roots(folder: Path) -> tuple[bytes, ...]:
    """The pinned certificates (DER) without opening the vault, for `verify`; empty before enrolment."""
    path = folder / _CA
    return pems_to_der(path.read_bytes(), _CA) if path.is_file() else ()
