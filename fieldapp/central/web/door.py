"""Who is asking: each request of a laptop is signed by its device's key, once, at about the centre's time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.ids import Id
from fieldapp.central.refusals import RepeatedRequest, RevokedDevice, WrongTime
from fieldapp.central.service import CentralService
from fieldapp.central.trust.devices import certificates_of, is_renewal, note_renewal
from fieldapp.central.trust.nonces import Nonces
from fieldapp.wire.requests import BadRequestSignature, read_certificate_header, read_signature_headers, signing_text

__all__ = ["WINDOW_SECONDS", "Door"]

WINDOW_SECONDS = 600
"""How far the request's time may be from the centre's. The refusal tells the centre's time, so that a wrong clock stops nobody."""


class Door:
    """Checks signatures and remembers the nonces of the window, also across a restart, so that a copied request is worth nothing."""

    def __init__(self, service: CentralService) -> None:
        self._service = service
        self._nonces = Nonces(service.settings.folder / "nonces", 2 * WINDOW_SECONDS)

    def check(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Id:
        """The device that signed this request; raises BadRequestSignature, UnknownDevice, WrongTime or RepeatedRequest."""
        signed = read_signature_headers(headers)
        device = self._service.device(signed.device)
        text = signing_text(method, path, hashlib.sha256(body).digest(), signed.time, signed.nonce)
        renewal: x509.Certificate | None = None
        if not _holds(device.certificate, signed.signature, text):
            with self._service.store.reading() as connection:  # whose answer to a renewal was lost goes on with the one before
                earlier = certificates_of(connection, signed.device)
            if not any(_holds(each, signed.signature, text) for each in earlier):
                renewal = self._renewal(device, read_certificate_header(headers), signed.signature, text)
        away = abs(self._service.clock.now().timestamp() - signed.time / 1000)
        if away > WINDOW_SECONDS:
            raise WrongTime(minutes=round(away / 60))
        self._once(signed.device, signed.nonce)
        if renewal is not None:
            with self._service.store.writing() as connection:
                note_renewal(connection, signed.device, renewal, self._service.clock.now())
        return signed.device

    def check_active(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Id:
        """As `check`, for what a revoked device may not do at all; RevokedDevice."""
        device = self.check(method, path, headers, body)
        if self._service.device(device).state != "active":
            raise RevokedDevice
        return device

    def _renewal(self, device: Any, shown: bytes, signature: bytes, text: bytes) -> x509.Certificate | None:
        """The certificate that a laptop shows because a restored backup does not know it: of our own authority, newer than all that
        are known of the device, and of the key that signed; BadRequestSignature otherwise.
        """
        own = self._service.authority.is_own(shown, device.id, self._service.clock.now()) if shown and device.state == "active" else None
        if own is not None and _holds(shown, signature, text):
            with self._service.store.reading() as connection:
                if is_renewal(connection, device.id, own):
                    return own
        raise BadRequestSignature

    def _once(self, device: Id, nonce: str) -> None:
        if not self._nonces.take(f"{device} {nonce}", self._service.clock.now().timestamp()):
            raise RepeatedRequest


def _holds(certificate: bytes, signature: bytes, text: bytes) -> bool:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
