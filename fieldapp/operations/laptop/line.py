"""The line to the centre: opened with what was pinned, and what is looked after beside a round."""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldapp.base.errors import CentreError, StorageError, SyncError, VaultError
from fieldapp.base.settings import load_settings
from fieldapp.operations.session import FieldSession
from fieldapp.replica.keeping.upkeep import cared_at, droppable, named_blobs, note_care, note_dropped, prune, want_back
from fieldapp.sync.http_peer import HttpPeer, shows_own_certificate
from fieldapp.wire.care import SEALING_PROOF, CareRequest
from fieldapp.wire.protocol import PROTOCOL

__all__ = ["look_after", "note_wanted", "open_line", "tidy"]

CARE_EVERY = timedelta(hours=12)
ORPHAN_AFTER = timedelta(days=7)
"""How long a file that no record names stays: what is being saved just now is among them."""

PRESSED_BYTES = 256 * 2**20
"""How much room is made on a full disk, as far as old photos that the centre has can give it."""

RENEW_BEFORE = timedelta(days=30)
"""How long before its end a certificate is renewed."""


def open_line(session: FieldSession) -> HttpPeer:
    """The centre over HTTP; over https it must show a certificate of the pinned ones once it has done so."""
    identity, signer = session.vault.identity, session.vault.signer()
    return HttpPeer(
        identity.centre_url,
        signer,
        identity.device,
        session.vault.line_ca if identity.centre_url.startswith("https://") else None,
        clock=session.clock,
        randomness=session.randomness,
        bandwidth_kib_s=load_settings(session.places).bandwidth_kib_s,
        terse=session.places.vault / "packed-signature",
        certificate=signer.certificate,
    )


def look_after(session: FieldSession, line: HttpPeer, *, moved: bool) -> bool:
    """Ask the centre for what a laptop needs from time to time: the list of revoked certificates, a new certificate before the old
    one ends, its key, its horizon. After each round that moved something, else every twelve hours; whether it was asked.

    A centre that cannot be reached or does not know the question is asked again after a later round, and so is one whose answer the
    disk did not take: the round itself is over, and what it did is not called in question.
    """
    now = session.clock.now()
    try:
        with session.reading() as reader:
            last = cared_at(reader)
        if not moved and last is not None and timedelta(0) <= now - last < CARE_EVERY:
            return False
        tidy(session)
        _ask(session, line, now)
    except (SyncError, CentreError, VaultError, StorageError):
        return False
    return True


def note_wanted(session: FieldSession) -> None:
    """Have the next round fetch what somebody looked for since and what was taken off this laptop to make room."""
    if session.wanted:
        with session.replica.transaction() as connection:
            want_back(connection, session.wanted, session.clock.now())
        session.wanted.clear()


def tidy(session: FieldSession, *, pressed: bool = False) -> int:
    """Make room: files that no record names any more, and above the quota old photos that the centre has; how many went.

    `pressed`: the disk is full; some old photos go whatever the quota allows, as far as there are any: this is no promise of room.
    Nothing without a receipt is touched, nor what has had one for less than the grace. The reserve for signatures is held again where
    the disk has room for it.
    """
    now, store = session.clock.now(), session.blobs
    with session.reading() as reader:
        named, old = named_blobs(reader.connection), droppable(reader.connection, now)
    gone = 0
    for digest, _, written in store.listing():
        if digest not in named and now.timestamp() - written > ORPHAN_AFTER.total_seconds():
            store.delete(digest)
            gone += 1
    quota = load_settings(session.places).blob_quota_mib * 2**20
    over = max(store.used() - quota if quota else 0, PRESSED_BYTES if pressed else 0)
    for digest, size in old:
        if over <= 0:
            break
        over -= size
        store.delete(digest)  # first: on a full disk this is the room in which it is noted
        with session.replica.transaction() as connection:
            note_dropped(connection, digest, now)
        gone += 1
    store.hold_reserve()
    return gone


def _ask(session: FieldSession, line: HttpPeer, now: datetime) -> None:
    vault = session.vault
    csr = vault.make_key_and_csr(vault.identity.device_name) if vault.signer().expires_at - now < RENEW_BEFORE else b""
    care = line.care(CareRequest(PROTOCOL, csr))
    if care.certificate:
        vault.renew(care.certificate)
    vault.keep_crl(care.crl)
    if care.sealing_key:
        vault.keep_centre_key(care.sealing_key, SEALING_PROOF, care.sealing_proof)
    with session.replica.transaction() as connection:
        note_care(connection, care.epoch, care.horizon, now)
        prune(connection)
    url = vault.identity.centre_url
    if vault.line_ca is None and url.startswith("https://") and shows_own_certificate(url, session.places.vault / "ca.pem"):
        vault.pin_line()
