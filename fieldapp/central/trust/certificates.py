"""The centre's own authority: its CA, the time-stamp key, certificates for devices, the list of revoked ones.

Keys are PKCS#12 files in the data folder; their passphrase comes from a file that the settings name. A licensed CA can take
this place: nothing else in the program knows how certificates are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fieldapp.base.ids import Id, Randomness
from fieldapp.central.refusals import BrokenAuthority, UnusableCsr
from fieldapp.central.store.files import write_private

__all__ = ["Authority", "KeyPair", "Revoked"]

CA_YEARS = 10
DEVICE_DAYS = 365
TSA_YEARS = 5
CRL_DAYS = 30
TSA_AHEAD = timedelta(days=365)
"""So long before its certificate ends the time-stamp key gives way to another: time for all reports to be renewed."""
EARLY = timedelta(days=1)
"""Certificates begin a day early, so that a laptop whose clock is behind can use its own at once."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key with its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True, slots=True)
class Revoked:
    """One revoked certificate: serial number (hexadecimal) and moment."""

    serial: str
    at: datetime


class Authority:
    """Issues and revokes. Made once for each data folder."""

    def __init__(self, ca: KeyPair, open_tsa: Callable[[datetime], KeyPair], company: str, now: datetime, randomness: Randomness) -> None:
        self.ca = ca
        self.tsa = open_tsa(now)
        self._open_tsa = open_tsa
        self.company = company
        self._randomness = randomness

    @property
    def tsa_since(self) -> datetime:
        """Since when the present time-stamp key is in use; earlier stamps were made with another."""
        return self.tsa.certificate.not_valid_before_utc + EARLY

    def tend(self, now: datetime) -> None:
        """Have another time-stamp key where it is time for one: the one that another process made, or a new one; BrokenAuthority."""
        if _gives_way(self.tsa, now):
            self.tsa = self._open_tsa(now)

    @classmethod
    def open_or_make(cls, folder: Path, passphrase: bytes, company: str, now: datetime, randomness: Randomness) -> Authority:
        """Open the keys of a data folder, or make them on its first day; BrokenAuthority when they do not open.

        A time-stamp key whose certificate ends within a year is replaced by a new one.
        """
        folder.mkdir(parents=True, exist_ok=True)
        ca_file, tsa_file = folder / "ca.p12", folder / "tsa.p12"
        if not ca_file.exists():
            if tsa_file.exists():
                raise BrokenAuthority(path=ca_file)
            _write(ca_file, _make_ca(company, now, randomness), passphrase)
        ca = _read(ca_file, passphrase)

        def open_tsa(today: datetime) -> KeyPair:
            if not tsa_file.exists() or _gives_way(_read(tsa_file, passphrase), today):
                _write(tsa_file, _make_tsa(ca, company, today, randomness), passphrase)
            return _read(tsa_file, passphrase)

        return cls(ca, open_tsa, company, now, randomness)

    def issue(self, csr: bytes, engineer_name: str, device: Id, now: datetime) -> tuple[bytes, str]:
        """A certificate (DER) for the key of a request (PKCS#10, DER), one year, and its serial number; UnusableCsr.

        Only the key is taken from the request. Who it belongs to is what the centre knows.
        """
        try:
            request = x509.load_der_x509_csr(csr)
            key = request.public_key()
            sound = request.is_signature_valid
        except (ValueError, TypeError, InvalidSignature) as fault:
            raise UnusableCsr from fault
        if not sound or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise UnusableCsr
        subject = _name(self.company, engineer_name or device, device)
        usage = _usage(digital_signature=True, content_commitment=True)
        builder = (
            _builder(subject, self.ca.certificate.subject, key, now, timedelta(days=DEVICE_DAYS), self._randomness)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(self._authority_key(), critical=False)
        )
        certificate = builder.sign(self.ca.key, hashes.SHA256())
        return certificate.public_bytes(Encoding.DER), f"{certificate.serial_number:x}"

    def is_own(self, certificate: bytes, device: Id, now: datetime) -> x509.Certificate | None:
        """A certificate (DER) where this authority issued it to a device and it is valid; None otherwise, and for what is none."""
        try:
            read = x509.load_der_x509_certificate(certificate)
            read.verify_directly_issued_by(self.ca.certificate)
            names = [each.value for each in read.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)]
        except (ValueError, TypeError, InvalidSignature):
            return None
        valid = read.not_valid_before_utc <= now <= read.not_valid_after_utc
        return read if valid and names == [device] else None

    def signs(self, text: bytes) -> bytes:
        """The CA's signature over a text (ECDSA, SHA-256, DER); its first words say what it is for."""
        return self.ca.key.sign(text, ec.ECDSA(hashes.SHA256()))

    def crl(self, revoked: Iterable[Revoked], number: int, now: datetime) -> bytes:
        """The list of revoked certificates (DER), good for 30 days."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.ca.certificate.subject)
            .last_update(now - timedelta(minutes=5))
            .next_update(now + timedelta(days=CRL_DAYS))
            .add_extension(x509.CRLNumber(number), critical=False)
            .add_extension(self._authority_key(), critical=False)
        )
        for each in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(int(each.serial, 16)).revocation_date(each.at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.ca.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _authority_key(self) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.key.public_key())


def _gives_way(tsa: KeyPair, now: datetime) -> bool:
    return now >= tsa.certificate.not_valid_after_utc - TSA_AHEAD


def _name(company: str, common: str, serial: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:64]), x509.NameAttribute(NameOID.COMMON_NAME, common[:64])]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def _usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
        "encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names.split()})


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, term: timedelta, randomness: Randomness
) -> x509.CertificateBuilder:
    serial = int.from_bytes(randomness.bytes(16), "big") >> 1 | 1
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(now - EARLY)
        .not_valid_after(now + term)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _make_ca(company: str, now: datetime, randomness: Randomness) -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(company, f"{company} CA")
    certificate = (
        _builder(name, name, key.public_key(), now, timedelta(days=365 * CA_YEARS), randomness)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(key, certificate)


def _make_tsa(ca: KeyPair, company: str, now: datetime, randomness: Randomness) -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(
            _name(company, f"{company} TSA"), ca.certificate.subject, key.public_key(), now, timedelta(days=365 * TSA_YEARS), randomness
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key()), critical=False)
        .sign(ca.key, hashes.SHA256())
    )
    return KeyPair(key, certificate)


def _write(path: Path, pair: KeyPair, passphrase: bytes) -> None:
    sealed = BestAvailableEncryption(passphrase)
    write_private(path, pkcs12.serialize_key_and_certificates(b"fieldapp", pair.key, pair.certificate, None, sealed))


def _read(path: Path, passphrase: bytes) -> KeyPair:
    try:
        key, certificate, _ = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase)
    except (OSError, ValueError) as fault:
        raise BrokenAuthority(path=path) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate is None:
        raise BrokenAuthority(path=path)
    return KeyPair(key, certificate)
