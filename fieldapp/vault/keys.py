"""Keys made from the device's secret, the signing key, and the certificate that the centre gave for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cryptography.hazmat.backends.openssl.backend  # noqa: F401 - else the first signature imports it, within a round
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from fieldapp.base.errors import VaultError
from fieldapp.base.i18n import N_
from fieldapp.vault.files import DamagedVault
from fieldapp.wire.signatures import low_s

__all__ = [
    "BadEnrolment",
    "Credentials",
    "DeviceSigner",
    "certificate_request",
    "derived_key",
    "key_from_bytes",
    "key_to_bytes",
    "new_signing_key",
    "newer_crl",
    "pack",
    "pem_of",
    "pems_to_der",
    "revoked",
    "signed_by",
    "unpack",
]


class BadEnrolment(VaultError):
    """The certificate from the centre is not one for this laptop's key."""

    code = "FA-406"
    message = N_(
        "The central service's certificate does not fit this laptop ({reason}). Nothing was changed. Ask for a new enrolment code."
    )


def derived_key(secret: bytes, label: str) -> bytes:
    """32 bytes made from the device's secret for one purpose (HKDF, SHA-256); labels carry a version and are never reused."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"fieldapp/{label}".encode()).derive(secret)


def new_signing_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key, made on this laptop and never leaving it.

    Its randomness is the library's own, never a seed: a key that a simulated world could repeat would be none.
    """
    return ec.generate_private_key(ec.SECP256R1())


def certificate_request(key: ec.EllipticCurvePrivateKey, name: str) -> bytes:
    """A certificate request (PKCS#10, DER) for a common name (cut to the 64 characters that X.509 allows)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "fieldapp")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.DER)


def key_to_bytes(key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """A key that waits for its certificate, encrypted (PKCS#8, DER)."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(passphrase)
    )


def key_from_bytes(data: bytes, passphrase: bytes, name: str) -> ec.EllipticCurvePrivateKey:
    """Read `key_to_bytes`; DamagedVault naming the file when it does not open."""
    try:
        key = serialization.load_der_private_key(data, passphrase)
    except (ValueError, TypeError) as fault:
        raise DamagedVault(name=name) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise DamagedVault(name=name)
    return key


@dataclass(frozen=True, slots=True)
class Credentials:
    """The signing key with its certificate and the certificates to pin."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class DeviceSigner:
    """What signs for this device: `certificate` and `chain` in DER, between which moments they are good, and the key inside."""

    certificate: bytes
    chain: tuple[bytes, ...]
    begins_at: datetime
    expires_at: datetime
    _key: ec.EllipticCurvePrivateKey

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256 of `data`, P-256, DER, in its one spelling (`low_s`)."""
        return low_s(self._key.sign(data, ec.ECDSA(hashes.SHA256())))


def signer_of(credentials: Credentials) -> DeviceSigner:
    """The signer of these credentials."""
    return DeviceSigner(
        certificate=credentials.certificate.public_bytes(serialization.Encoding.DER),
        chain=tuple(each.public_bytes(serialization.Encoding.DER) for each in credentials.chain),
        begins_at=credentials.certificate.not_valid_before_utc,
        expires_at=credentials.certificate.not_valid_after_utc,
        _key=credentials.key,
    )


def checked(key: ec.EllipticCurvePrivateKey, certificate: bytes, chain: Sequence[bytes]) -> Credentials:
    """Put a key and what the centre sent for it (DER) together; BadEnrolment when they do not belong to each other."""
    try:
        own = x509.load_der_x509_certificate(certificate)
        others = tuple(x509.load_der_x509_certificate(each) for each in chain)
    except ValueError as fault:
        raise BadEnrolment(reason="X.509") from fault
    if own.public_key() != key.public_key():
        raise BadEnrolment(reason="key")
    if not any(_issued(own, each) for each in others):
        raise BadEnrolment(reason="issuer")
    return Credentials(key, own, others)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def newer_crl(crl: bytes, held: bytes, roots: Sequence[bytes]) -> bool:
    """Whether a list of revoked certificates (DER) is signed by one of the pinned ones and numbered above the one that is held.

    One that is held and cannot be read counts as none: else no list would ever take its place.
    """
    try:
        fresh = x509.load_der_x509_crl(crl)
        fits = any(fresh.is_signature_valid(_ec_key(root)) for root in roots)
        return fits and _crl_number(fresh) > _number_held(held)
    except (ValueError, TypeError, x509.ExtensionNotFound):
        return False


def revoked(certificate: bytes, crl: bytes, roots: Sequence[bytes]) -> bool:
    """Whether a list (DER) that one of the pinned certificates signed names a certificate (DER); False for a list that does not read."""
    try:
        listed = x509.load_der_x509_crl(crl)
        if not any(listed.is_signature_valid(_ec_key(root)) for root in roots):
            return False
    except (ValueError, TypeError):
        return False
    serial = x509.load_der_x509_certificate(certificate).serial_number
    return listed.get_revoked_certificate_by_serial_number(serial) is not None


def _number_held(crl: bytes) -> int:
    try:
        return _crl_number(x509.load_der_x509_crl(crl))
    except (ValueError, x509.ExtensionNotFound):
        return -1


def _crl_number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def _ec_key(certificate: bytes) -> ec.EllipticCurvePublicKey:
    key = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not a key on a curve")
    return key


def signed_by(roots: Sequence[bytes], text: bytes, proof: bytes) -> bool:
    """Whether one of the pinned certificates (DER) signed a text (ECDSA, SHA-256)."""
    for root in roots:
        try:
            _ec_key(root).verify(proof, text, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError, TypeError):
            continue
        return True
    return False


def pack(credentials: Credentials, passphrase: bytes) -> bytes:
    """One PKCS#12 file, AES-256 with an HMAC over all of it. The passphrase is a derived key, so few rounds suffice."""
    encryption = (
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(4096)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(passphrase)
    )
    return pkcs12.serialize_key_and_certificates(b"fieldapp", credentials.key, credentials.certificate, list(credentials.chain), encryption)


def unpack(data: bytes, passphrase: bytes, name: str) -> Credentials:
    """Read `pack`; DamagedVault naming the file when it does not open or lacks a part."""
    try:
        loaded = pkcs12.load_pkcs12(data, passphrase)
    except ValueError as fault:
        raise DamagedVault(name=name) from fault
    if not isinstance(loaded.key, ec.EllipticCurvePrivateKey) or loaded.cert is None:
        raise DamagedVault(name=name)
    return Credentials(loaded.key, loaded.cert.certificate, tuple(each.certificate for each in loaded.additional_certs))


def pem_of(certificates: Sequence[bytes]) -> bytes:
    """Certificates (DER) as one PEM file; BadEnrolment when one does not read."""
    try:
        loaded = [x509.load_der_x509_certificate(each) for each in certificates]
    except ValueError as fault:
        raise BadEnrolment(reason="X.509") from fault
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in loaded)


def pems_to_der(data: bytes, name: str) -> tuple[bytes, ...]:
    """The certificates of a PEM file in DER; DamagedVault naming the file when there is none."""
    try:
        loaded = x509.load_pem_x509_certificates(data)
    except ValueError as fault:
        raise DamagedVault(name=name) from fault
    return tuple(each.public_bytes(serialization.Encoding.DER) for each in loaded)
