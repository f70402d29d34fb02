"""What a laptop asks beside its rounds: a new certificate, the list of revoked ones, the horizon; and a lost laptop's journal."""

from __future__ import annotations

from sqlalchemy import select, update

from fieldapp.base.ids import Id
from fieldapp.central.refusals import ForeignJournal, OtherProtocol, RevokedDevice, UnknownDevice
from fieldapp.central.rounds.epochs import epoch_of
from fieldapp.central.rounds.horizon import horizon_of
from fieldapp.central.service import PROTOCOLS, CentralService
from fieldapp.central.store.books import read_body
from fieldapp.central.store.tables import device, record
from fieldapp.central.trust.accounts import make_code
from fieldapp.central.trust.devices import admit_device, note_certificate
from fieldapp.central.trust.sealing import seal
from fieldapp.wire.care import (
    JOURNAL_ANSWER,
    JOURNAL_LETTER,
    SEALING_PROOF,
    Care,
    CareRequest,
    TakenOver,
    TakeoverRequest,
    letter_from_bytes,
)
from fieldapp.wire.protocol import PROTOCOL
from fieldapp.wire.requests import BadMessage

__all__ = ["care_for", "let_in_again", "take_over"]


def care_for(service: CentralService, device_id: Id, request: CareRequest) -> Care:
    """Answer what a laptop needs from time to time; a certificate for the same device where it brings a request for one."""
    _check(service, device_id, request.protocol)
    now = service.clock.now()
    made = b""
    with service.store.writing() as connection:
        if request.csr:
            who = connection.execute(select(device).where(device.c.id == device_id)).one()
            body = connection.execute(select(record.c.body).where(record.c.kind == "person", record.c.id == who.engineer)).scalar()
            name = str(read_body(body)["name"]) if body is not None else ""
            made, serial = service.authority.issue(request.csr, name, device_id, now)
            note_certificate(connection, device_id, serial, made, now)
            connection.execute(update(device).where(device.c.id == device_id).values(certificate=made, serial=serial))
        horizon, epoch = horizon_of(connection, now, service.settings.backup_days), epoch_of(connection)
    chain = (service.authority.ca.der,) if made else ()
    sealing = service.sealing.public
    return Care(PROTOCOL, epoch, horizon, service.crl(), sealing, service.authority.signs(SEALING_PROOF + sealing), made, chain)


def take_over(service: CentralService, device_id: Id, request: TakeoverRequest) -> TakenOver:
    """Open a journal's letter for another laptop of the same engineer, and block the one that wrote it (unless it is the same).

    ForeignJournal for a letter of another engineer, or one that was not sealed to this centre. May be repeated.
    """
    asks = _check(service, device_id, request.protocol)
    opened = service.sealing.open(request.letter, JOURNAL_LETTER)
    if opened is None:
        raise ForeignJournal
    try:
        letter = letter_from_bytes(opened)
        lost = service.device(letter.device.hex())
    except (BadMessage, UnknownDevice) as fault:
        raise ForeignJournal from fault
    if lost.engineer != asks or letter.engineer.hex() != asks:
        raise ForeignJournal
    try:
        key = seal(request.answer_to, letter.key, JOURNAL_ANSWER)
    except ValueError as fault:
        raise BadMessage from fault
    if lost.id != device_id:
        service.revoke(lost.id, taken_by=device_id)
    return TakenOver(PROTOCOL, lost.id, lost.name, key)


def let_in_again(service: CentralService, device_id: Id) -> str:
    """Take the blocking of a device back; the one-time code with which it gets its new certificate, and works again."""
    with service.store.writing() as connection:
        return make_code(connection, admit_device(connection, device_id), service.clock.now(), service.randomness)


def _check(service: CentralService, device_id: Id, protocol: int) -> Id:
    if protocol not in PROTOCOLS:
        raise OtherProtocol
    who = service.device(device_id)
    if who.state != "active":
        raise RevokedDevice
    return str(who.engineer)
