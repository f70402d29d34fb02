"""Of the two spellings of a signature one is made; both hold."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from fieldapp.wire.signatures import P256_ORDER, low_s

DATA = "报告".encode()


def test_a_signature_and_its_twin_have_one_spelling_that_holds() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for _ in range(16):
        r, s = decode_dss_signature(key.sign(DATA, ec.ECDSA(hashes.SHA256())))
        both = [encode_dss_signature(r, each) for each in (s, P256_ORDER - s)]
        (one,) = {low_s(each) for each in both}
        assert one in both
        assert 2 * decode_dss_signature(one)[1] < P256_ORDER
        for each in (*both, one):
            key.public_key().verify(each, DATA, ec.ECDSA(hashes.SHA256()))
        with pytest.raises(InvalidSignature):
            key.public_key().verify(one, DATA + b".", ec.ECDSA(hashes.SHA256()))
