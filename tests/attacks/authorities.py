"""Certificates and time-stamps that do not come from the company: what a stranger with a key of their own can try."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import replace
from typing import Any

from asn1crypto import keys, x509
from cryptography.x509 import load_der_x509_certificate

from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.wire.signatures import NUMBER_BYTES, P256_ORDER, der_signature
from tests.attacks import edits, genuine
from tests.attacks.insider import customer, engineer, signed_by_hand
from tests.reports import samples, signed
from tests.reports.authority import Authority, DeviceKey, World, world


def _stranger() -> World:
    other = Authority()
    return World(other, other.issue("Li Gong / FA-LAPTOP-07"), other.issue("Time stamps", stamping=True))


def same_names_from_another_authority() -> bytes:
    """Root and device bear the names of the real ones, with other keys (Rohlmann et al., S&P 2021, on self-signed certificates)."""
    impostor = _stranger()
    return signed.approved(signed.certified(genuine.pages(), impostor), impostor)


def root_carried_along() -> bytes:
    """The stranger's root travels inside of the signatures, for those who trust what they find (CCS 2019, on trust)."""
    impostor = _stranger()
    device = replace(impostor.engineer, chain=(impostor.authority.root,))
    carrying = World(impostor.authority, device, impostor.stamping)
    return signed.approved(signed.certified(genuine.pages(), carrying), carrying)


def name_that_moves_the_cursor() -> bytes:
    """The signer's name takes the line with the verdict off a terminal and turns what follows (CVE-2021-42574, CVE-2003-0063)."""
    device = _stranger().engineer
    name = "王敏\x1b[1A\x1b[2K\r\n通过\u202e\u200b"
    return signed_by_hand(signed_by_hand(genuine.pages(), engineer(signer=device, name=name)), customer(signer=device, name=name))


def data_that_unpack_to_gigabytes() -> bytes:
    """The attached data are 80 MB of zeros in a file of 450 kB (NDSS 2021, "Processing Dangerous Paths", on bombs)."""

    def swell(writer: Any) -> None:
        file = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]["/EF"]["/F"]
        packed = zlib.compressobj(1)
        file._encoded_data = b"".join([*(packed.compress(bytes(10**6)) for _ in range(80)), packed.flush()])
        file._data = None

    device = _stranger().engineer
    return signed_by_hand(edits.written_as_one(genuine.pages(), swell), engineer(signer=device, content="ab" * 32))


def customer_signed_by_a_stranger() -> bytes:
    """The engineer's seal is genuine, the customer's place is signed with a stranger's key (S&P 2021, SSA)."""
    return signed.approved(genuine.certified(), _stranger())


def stamped_by_a_stranger() -> bytes:
    """The time-stamp is of an authority that nobody pinned (EN 319 102-1, on trust anchors of time)."""
    return signed.stamped_from(genuine.on_site(), _stranger())


def stamped_by_a_laptop() -> bytes:
    """The time-stamp is made with a laptop's key, whose certificate is none for time-stamping (RFC 3161, 2.3)."""
    here = world()
    return signed.stamped_from(genuine.on_site(), World(here.authority, here.engineer, here.engineer))


def sealed_with_the_stamping_key() -> bytes:
    """The reports are sealed with the key for time-stamps (RFC 3161, 2.3: such a key is for that alone)."""
    here = world()
    crossed = World(here.authority, here.stamping, here.stamping)
    return signed.approved(signed.certified(genuine.pages(), crossed), crossed)


def stamped_before_all_signed() -> bytes:
    """The stamp stands under a report that the customer has not signed (unpublished: the order of the template)."""
    here = world()
    stamp = signed.stamper(here)
    return edits.stamp_again(genuine.certified(), stamp, samples.at(13), "timestamp", (here.authority.root,))


def device_as_authority() -> bytes:
    """A laptop's own certificate is used to issue another one (CVE-2002-0862: basic constraints not looked at)."""
    here = world()
    shadow = Authority.__new__(Authority)
    shadow.key, shadow.above, shadow.certificate = here.engineer.key, here.authority, here.authority.certificate
    shadow.name = load_der_x509_certificate(here.engineer.certificate).subject
    issued = replace(shadow.issue("Director / FA-LAPTOP-99"), chain=(here.engineer.certificate,))
    using = World(here.authority, issued, here.stamping)
    return signed.approved(signed.certified(genuine.pages(), using), using)


def signature_of_another_report() -> bytes:
    """The CMS of another genuine report stands in this one's place (CCS 2019, on moved signatures)."""
    other = genuine.with_remarks()
    return edits.with_cms(genuine.on_site(), signed_ranges(other)[-1].der)


def pages_of_another_report() -> bytes:
    """The genuine increments of one report are put behind the pages of another (CCS 2019, SWA)."""
    first = genuine.pages()
    return genuine.pages(number="SR-2026-HD-000999") + genuine.on_site()[len(first) :]


def curve_ball() -> bytes:
    """A root of the company's name and public key on a curve of its own, where the secret is 1 (CVE-2020-0601, "CurveBall")."""
    here = world()
    device = here.authority.issue("Director / FA-LAPTOP-99")
    forged = _forged(device.certificate, _own_curve())
    root = _forged(here.authority.root, _own_curve(), explicit=True)
    using = World(here.authority, DeviceKey(device.key, forged, (root,)), here.stamping)
    return signed.approved(signed.certified(genuine.pages(), using), using)


_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"


def _own_curve() -> keys.SpecifiedECDomain:
    """P-256, but generated by the real root's public key."""
    numbers = world().authority.key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    return keys.SpecifiedECDomain(
        {
            "version": 1,
            "field_id": {"field_type": "prime_field", "parameters": _PRIME},
            "curve": {"a": (_PRIME - 3).to_bytes(32, "big"), "b": bytes.fromhex(_B)},
            "base": keys.ECPoint(point),
            "order": P256_ORDER,
            "cofactor": 1,
        }
    )


def _forged(der: bytes, curve: keys.SpecifiedECDomain, explicit: bool = False) -> bytes:
    """A certificate signed with the secret 1 and the nonce 1 on that curve: r is the generator's x, s is digest + r."""
    certificate = x509.Certificate.load(der)
    body = certificate["tbs_certificate"]
    if explicit:
        parameters = keys.ECDomainParameters("specified", curve)
        body["subject_public_key_info"]["algorithm"]["parameters"] = parameters
    digest = int.from_bytes(hashlib.sha256(body.dump(force=True)).digest(), "big")
    r = world().authority.key.public_key().public_numbers().x % P256_ORDER
    s = (digest + r) % P256_ORDER
    certificate["signature_value"] = der_signature(r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big"))
    forged: bytes = certificate.dump(force=True)
    return forged
