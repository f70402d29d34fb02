"""One spelling of an ECDSA signature: of the two that hold for the same bytes, the one whose second number is the smaller."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

__all__ = ["P256_ORDER", "low_s"]

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve P-256 (FIPS 186-5, SP 800-186): with (r, s) also (r, order - s) holds."""


def low_s(signature: bytes) -> bytes:
    """The signature (DER, P-256) with s in the lower half; see docs/decisions/0019."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, P256_ORDER - s))
