"""The one spelling of a CMS signature in our files, written and rebuilt by the same code (asn1crypto; no keys here).

Detached (PAdES B-B) for signatures, with a TSTInfo inside for time-stamps. A verifier that rebuilds it from its parts
and compares the bytes leaves no byte free to change: neither the unsigned certificates nor an encoding detail.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Protocol

from asn1crypto import algos, cms, core, tsp, x509

__all__ = ["Signer", "attributes_of", "detached_signature", "parts_of", "respell", "time_stamp_token"]

_OCTETS, _SEQUENCE, _SET, _DIRECTORY_NAME = 0x04, 0x30, 0x31, 0xA4


class Signer(Protocol):
    """A P-256 key with its certificate, wherever the key is kept."""

    @property
    def certificate(self) -> bytes:
        """The signer's X.509 certificate, DER."""
        ...

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The certificates between it and the root, the root left out, DER; may be empty."""
        ...

    def sign(self, data: bytes) -> bytes:
        """ECDSA with SHA-256 over `data`; DER of (r, s)."""
        ...


def _sha256() -> Any:
    return algos.DigestAlgorithm({"algorithm": "sha256"})


def _tlv(tag: int, *parts: bytes) -> bytes:
    """DER of a value: tag, length in its shortest form, the parts one after the other."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def attributes_of(content_type: str, digest: bytes, der: bytes) -> bytes:
    """The signed attributes (DER of a SET) for a digest and the signer's certificate (DER): they leave no choice.

    Put together here and not by asn1crypto, which takes a hundred times as long: it writes each level out again for
    the one above, and these are built for every signature that is checked.
    """
    certificate = x509.Certificate.load(der)["tbs_certificate"]
    issuer = _tlv(_SEQUENCE, _tlv(_DIRECTORY_NAME, certificate["issuer"].dump()))
    identifier = _tlv(
        _SEQUENCE,
        _tlv(_OCTETS, hashlib.sha256(der).digest()),
        _tlv(_SEQUENCE, issuer, certificate["serial_number"].dump()),
    )
    values = {
        "content_type": cms.ContentType(content_type).dump(),
        "message_digest": _tlv(_OCTETS, digest),
        "signing_certificate_v2": _tlv(_SEQUENCE, _tlv(_SEQUENCE, identifier)),
    }
    attributes = (_tlv(_SEQUENCE, cms.CMSAttributeType(kind).dump(), _tlv(_SET, value)) for kind, value in values.items())
    return _tlv(_SET, *sorted(attributes))


def respell(signed_attributes: bytes, signature: bytes, chain: tuple[bytes, ...], content: bytes = b"") -> bytes:
    """The CMS (DER) of these parts; `chain` starts with the signer's certificate, `content` is a TSTInfo or empty."""
    certificates = [x509.Certificate.load(der) for der in chain]
    signer = certificates[0]
    kind = "tst_info" if content else "data"
    encapsulated: dict[str, Any] = {"content_type": kind}
    if content:
        encapsulated["content"] = core.ParsableOctetString(content)
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number})}
            ),
            "digest_algorithm": _sha256(),
            "signed_attrs": cms.CMSAttributes.load(signed_attributes),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": signature,
        }
    )
    data = cms.SignedData(
        {
            "version": "v3" if content else "v1",
            "digest_algorithms": cms.DigestAlgorithms((_sha256(),)),
            "encap_content_info": encapsulated,
            "certificates": certificates,
            "signer_infos": [info],
        }
    )
    found: bytes = cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return found


def parts_of(der: bytes) -> tuple[bytes, bytes, tuple[bytes, ...], bytes]:
    """Signed attributes (as a SET), signature, certificates with the signer's first, content; ValueError if none fits."""
    data = cms.ContentInfo.load(der, strict=True)["content"]
    (info,) = data["signer_infos"]
    serial = info["sid"].chosen["serial_number"].native
    found = [choice.chosen for choice in data["certificates"]]
    first = [c for c in found if c.serial_number == serial]
    if len(first) != 1:
        raise ValueError("the signer's certificate is not there once")
    rest = [c for c in found if c.serial_number != serial]
    inside = data["encap_content_info"]["content"]
    content = bytes(inside) if inside is not core.VOID and inside.native is not None else b""
    attributes: bytes = info["signed_attrs"].untag().dump()
    return attributes, info["signature"].native, tuple(c.dump() for c in (*first, *rest)), content


def _sign(content_type: str, digest: bytes, signer: Signer, content: bytes = b"") -> bytes:
    attributes = attributes_of(content_type, digest, signer.certificate)
    return respell(attributes, signer.sign(attributes), (signer.certificate, *signer.chain), content)


def detached_signature(digest: bytes, signer: Signer) -> bytes:
    """The CMS (DER) of a signature over the SHA-256 `digest` of a document's bytes."""
    return _sign("data", digest, signer)


def time_stamp_token(digest: bytes, signer: Signer, when: datetime, policy: str) -> bytes:
    """An RFC 3161 token (DER) over a SHA-256 digest; `policy` is an OID; its serial comes from digest and time."""
    serial = hashlib.sha256(digest + when.isoformat().encode()).digest()[:16]
    information = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": policy,
            "message_imprint": {"hash_algorithm": _sha256(), "hashed_message": digest},
            "serial_number": int.from_bytes(serial, "big") >> 1,
            "gen_time": when.replace(microsecond=0),
        }
    ).dump()
    return _sign("tst_info", hashlib.sha256(information).digest(), signer, information)
