"""The centre's key for what is sealed to it (X25519, HPKE): journals of laptops and files that a courier carries.

Laptops learn the public half at enrolment, and those that were enrolled before at their next round.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from fieldapp.central.refusals import BrokenAuthority
from fieldapp.central.store.files import write_private

__all__ = ["SealingKey", "seal"]

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealingKey:
    """What opens what was sealed to the centre."""

    def __init__(self, key: X25519PrivateKey) -> None:
        """Use `open_or_make`."""
        self.key = key

    @classmethod
    def open_or_make(cls, folder: Path, passphrase: bytes) -> SealingKey:
        """Open `sealing.key` of a folder, or make it when it is not there; BrokenAuthority when it does not open."""
        path = folder / "sealing.key"
        if not path.exists():
            made, sealed = X25519PrivateKey.generate(), BestAvailableEncryption(passphrase)
            write_private(path, made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, sealed))
        try:
            key = load_der_private_key(path.read_bytes(), passphrase)
        except (OSError, ValueError, TypeError) as fault:
            raise BrokenAuthority(path=path) from fault
        if not isinstance(key, X25519PrivateKey):
            raise BrokenAuthority(path=path)
        return cls(key)

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def open(self, sealed: bytes, info: bytes) -> bytes | None:
        """What was sealed to this key for the purpose `info`; None for anything else."""
        try:
            return _SUITE.decrypt(sealed, self.key, info)
        except (InvalidTag, ValueError):
            return None


def seal(public: bytes, data: bytes, info: bytes) -> bytes:
    """Seal bytes to a key (32 bytes, X25519) for the purpose `info`; ValueError for a key that is none."""
    return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public), info)
