"""Who is asking: each request of a laptop is signed by its device's key, once, at about the centre's time."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fieldapp.base.ids import Id
from fieldapp.central.refusals import RepeatedRequest, RevokedDevice, WrongTime
from fieldapp.central.service import CentralService
from fieldapp.wire.requests import BadRequestSignature, read_signature_headers, signing_text

__all__ = ["WINDOW_SECONDS", "Door"]

WINDOW_SECONDS = 600
"""How far the request's time may be from the centre's. The refusal tells the centre's time, so that a wrong clock stops nobody."""


class Door:
    """Checks signatures and remembers the nonces of the window, so that a copied request is worth nothing."""

    def __init__(self, service: CentralService) -> None:
        self._service = service
        self._seen: dict[tuple[Id, str], float] = {}
        self._turn = threading.Lock()

    def check(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Id:
        """The device that signed this request; raises BadRequestSignature, UnknownDevice, WrongTime or RepeatedRequest."""
        signed = read_signature_headers(headers)
        device = self._service.device(signed.device)
        key = x509.load_der_x509_certificate(device.certificate).public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        text = signing_text(method, path, hashlib.sha256(body).digest(), signed.time, signed.nonce)
        try:
            key.verify(signed.signature, text, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as fault:
            raise BadRequestSignature from fault
        away = abs(self._service.clock.now().timestamp() - signed.time / 1000)
        if away > WINDOW_SECONDS:
            raise WrongTime(minutes=round(away / 60))
        self._once(signed.device, signed.nonce)
        return signed.device

    def check_active(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Id:
        """As `check`, for what a revoked device may not do at all; RevokedDevice."""
        device = self.check(method, path, headers, body)
        if self._service.device(device).state != "active":
            raise RevokedDevice
        return device

    def _once(self, device: Id, nonce: str) -> None:
        now = self._service.clock.now().timestamp()
        with self._turn:
            if len(self._seen) > 10_000 or (self._seen and next(iter(self._seen.values())) < now - 2 * WINDOW_SECONDS):
                self._seen = {key: at for key, at in self._seen.items() if at >= now - 2 * WINDOW_SECONDS}
            if (device, nonce) in self._seen:
                raise RepeatedRequest
            self._seen[device, nonce] = now
