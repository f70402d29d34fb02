"""A certificate authority of the tests: root, devices, time-stamping key, revocation lists. P-256 throughout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fieldapp.wire.signatures import low_s

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DeviceKey:
    """A key in memory that keeps the Signer protocol."""

    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    chain: tuple[bytes, ...] = ()

    def sign(self, data: bytes) -> bytes:
        return low_s(self.key.sign(data, ec.ECDSA(hashes.SHA256())))


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tests"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _usage(**given: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


class Authority:
    """Issues what the tests need; two authorities of one name have different keys."""

    def __init__(self, name: str = "Test root", above: Authority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name)
        self.above = above
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.name)
            .issuer_name(above.name if above else self.name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(START)
            .not_valid_after(START + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        )
        if above is not None:
            own = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
            builder = builder.add_extension(own, critical=False)
        self.certificate = builder.sign(above.key if above else self.key, hashes.SHA256())

    @property
    def root(self) -> bytes:
        return _der(self.certificate)

    def issue(
        self, name: str, stamping: bool = False, start: datetime = START, days: int = 365, purpose: x509.ObjectIdentifier | None = None
    ) -> DeviceKey:
        key = ec.generate_private_key(ec.SECP256R1())
        own = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(own, critical=False)
        )
        if stamping or purpose is not None:
            usage = x509.ExtendedKeyUsage([purpose or ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        chain = (self.root,) if self.above is not None else ()
        return DeviceKey(key, _der(builder.sign(self.key, hashes.SHA256())), chain)

    def crl(self, issued: datetime, revoked: tuple[DeviceKey, ...] = (), since: datetime = START) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(issued)
            .next_update(issued + timedelta(days=30))
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for device in revoked:
            serial = x509.load_der_x509_certificate(device.certificate).serial_number
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass(frozen=True)
class World:
    """An authority, an engineer's device, a time-stamping key."""

    authority: Authority
    engineer: DeviceKey
    stamping: DeviceKey


@cache
def world() -> World:
    authority = Authority()
    return World(authority, authority.issue("Li Gong / FA-LAPTOP-07"), authority.issue("Time stamps", stamping=True))
