"""Devices and their certificates: noted, renewed, revoked, let in again; who may speak for a lost one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, insert, select, update

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.ids import Id
from fieldapp.central.refusals import TakenOverDevice, UnknownDevice
from fieldapp.central.store.tables import certificate, device
from fieldapp.central.trust.certificates import Revoked
from fieldapp.wire.protocol import Exchange

__all__ = [
    "admit_device",
    "certificates_of",
    "is_renewal",
    "note_certificate",
    "note_renewal",
    "note_takeover",
    "revoke_device",
    "revoked_certificates",
    "stands_for",
]


def note_certificate(connection: Connection, device_id: Id, serial: str, data: bytes, now: datetime) -> None:
    """Keep a certificate (DER) that was issued."""
    connection.execute(insert(certificate).values(serial=serial, device=device_id, certificate=data, issued_at=moment_text(now)))


def certificates_of(connection: Connection, device_id: Id) -> list[bytes]:
    """The certificates (DER) of a device that are not revoked, the newest first.

    A device whose answer to a renewal was lost goes on with the one before.
    """
    mine = certificate.c.device == device_id, certificate.c.revoked_at.is_(None)
    query = select(certificate.c.certificate).where(*mine).order_by(certificate.c.issued_at.desc(), certificate.c.serial)
    return [row.certificate for row in connection.execute(query)]


def is_renewal(connection: Connection, device_id: Id, shown: x509.Certificate) -> bool:
    """Whether a certificate is one that a device got after all those that stand here, none of them revoked: the renewal is of the time
    that a restored backup does not know.
    """
    rows = connection.execute(select(certificate).where(certificate.c.device == device_id)).all()
    begins = [x509.load_der_x509_certificate(row.certificate).not_valid_before_utc for row in rows]
    return all(row.revoked_at is None for row in rows) and all(each < shown.not_valid_before_utc for each in begins)


def note_renewal(connection: Connection, device_id: Id, shown: x509.Certificate, now: datetime) -> None:
    """Keep a certificate that a device has shown: from now on its key opens the door."""
    data, serial = shown.public_bytes(Encoding.DER), f"{shown.serial_number:x}"
    note_certificate(connection, device_id, serial, data, now)
    connection.execute(update(device).where(device.c.id == device_id).values(certificate=data, serial=serial))


def revoke_device(connection: Connection, device_id: Id, now: datetime) -> bool:
    """Block a device and put its certificates on the list; False when it was blocked before."""
    open_yet = device.c.id == device_id, device.c.state != "revoked"
    if connection.execute(update(device).where(*open_yet).values(state="revoked", revoked_at=moment_text(now))).rowcount == 0:
        return False
    valid = certificate.c.device == device_id, certificate.c.revoked_at.is_(None)
    connection.execute(update(certificate).where(*valid).values(revoked_at=moment_text(now)))
    return True


def revoked_certificates(connection: Connection) -> list[Revoked]:
    """What stands on the list of revoked certificates."""
    rows = connection.execute(select(certificate).where(certificate.c.revoked_at.is_not(None)).order_by(certificate.c.serial))
    return [Revoked(row.serial, moment_from_text(row.revoked_at)) for row in rows]


def admit_device(connection: Connection, device_id: Id) -> Id:
    """Let a blocked device enrol again, and nothing else before: its old certificates stay revoked. Returns its engineer.

    UnknownDevice; TakenOverDevice when another laptop took over what it had not sent.
    """
    row = connection.execute(select(device).where(device.c.id == device_id)).first()
    if row is None:
        raise UnknownDevice
    if row.taken_by:
        raise TakenOverDevice
    connection.execute(update(device).where(device.c.id == device_id, device.c.state == "revoked").values(state="admitted"))
    return str(row.engineer)


def note_takeover(connection: Connection, lost: Id, by: Id) -> None:
    """Remember which laptop took a lost one's work over."""
    connection.execute(update(device).where(device.c.id == lost).values(taken_by=by))


def stands_for(connection: Connection, asks: Any, request: Exchange) -> tuple[Any, Exchange]:
    """The row of the lost device that a request speaks for, and the request as far as it may go: Changes, and no news.

    Only a laptop of the same engineer may speak for one that is blocked; UnknownDevice otherwise.
    """
    lost = connection.execute(select(device).where(device.c.id == request.device.hex())).first()
    if lost is None or lost.engineer != asks.engineer or lost.state != "revoked":
        raise UnknownDevice
    return lost, msgspec.structs.replace(request, wants=0, scope_digest=b"")
