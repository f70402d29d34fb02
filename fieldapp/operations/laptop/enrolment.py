"""Enrol a laptop, open the desktop, lock it again: the door of everything else.

Enrolling is three durable steps - the vault, the certificate, the replica - and each is done only if it is not there yet,
so that an enrolment cut at any moment goes on where it stood. The first sync follows (`synchronise`).
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from fieldapp.base.clock import Clock
from fieldapp.base.errors import InputError, RuleError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import IdSource, Randomness, derived_id
from fieldapp.base.settings import Places, load_settings, save_settings
from fieldapp.operations.laptop.journal import JournalKeeper
from fieldapp.operations.session import FieldSession
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.connection import FileLock
from fieldapp.replica.engine import Replica
from fieldapp.sync.http_peer import enrol as ask_centre
from fieldapp.sync.refusals import CentreUnreachable
from fieldapp.vault.homes import Argon2Cost, keyring_verdict
from fieldapp.vault.pin import can_be_pin
from fieldapp.vault.vault import DeviceIdentity, NotEnrolled, Vault, choose_home
from fieldapp.wire.protocol import PROTOCOL, EnrolRequest

__all__ = [
    "Door",
    "EmptyAddress",
    "EmptyCode",
    "Means",
    "NobodyThere",
    "OtherEngineer",
    "PinsDiffer",
    "SyncRuns",
    "door",
    "enrol",
    "leave",
    "open_for_command",
    "regain",
    "set_aside",
    "unlock",
]


class EmptyAddress(InputError):
    """No address of the central service was typed."""

    code = "FA-150"
    message = N_("Type the address of the central service, for example https://service.example. Nothing was changed.")


class BadAddress(InputError):
    """What was typed is no address of a service."""

    code = "FA-167"
    message = N_(
        "{address} is no address of a central service: it is https:// (or http://), a name, perhaps a colon and a port, "
        "and nothing after it. Nothing was changed."
    )


class EmptyCode(InputError):
    """No one-time code was typed."""

    code = "FA-151"
    message = N_("Type the one-time code from the service desk. Nothing was changed.")


class PinsDiffer(InputError):
    """The two PINs are not the same."""

    code = "FA-152"
    message = N_("The two PINs are not the same. Nothing was changed. Type them again.")


class OtherEngineer(InputError):
    """The code was made for somebody else."""

    code = "FA-159"
    message = N_("This code is not for {name}, whose work is on this laptop. Nothing was changed. Ask the service desk for the right code.")


class SyncRuns(RuleError):
    """A round of the locked session is under way, and may write the device's keys itself."""

    code = "FA-165"
    message = N_(
        "A sync is still running on this laptop, so nothing was changed, and the code is still good. Wait until it is over, then try again."
    )


class NobodyThere(CentreUnreachable):
    """Nothing answers at the address that was typed."""

    code = "FA-164"
    message = N_(
        "No central service answers at {address}. Nothing was changed, and the code is still good. "
        "Check the address and the network, then try again."
    )


@dataclass(frozen=True, slots=True)
class Means:
    """What an unlocked desktop is made with; a test hands in its own clock and randomness.

    `argon2` is the cost of the passphrase file, `pin_cost` that of a PIN (scrypt's N).
    """

    places: Places
    clock: Clock
    randomness: Randomness
    argon2: Argon2Cost = Argon2Cost()  # noqa: RUF009 - frozen
    pin_cost: int = 2**14

    @property
    def ids(self) -> IdSource:
        """A source of identities of its own."""
        return IdSource(self.clock, self.randomness)


@dataclass(frozen=True, slots=True)
class Door:
    """What the first screen asks: `state` enrol | unlock; whether a passphrase or a PIN is needed; who is expected.

    A laptop that has its certificate is unlocked, whatever was cut after that: its code is used up and its PIN is chosen.
    """

    state: Literal["enrol", "unlock"]
    needs_passphrase: bool
    has_pin: bool
    engineer_name: str
    centre_url: str
    company: str


def door(means: Means) -> Door:
    """Look at the profile without opening anything."""
    settings = load_settings(means.places)
    folder = means.places.vault
    seen = Vault.glance(folder) if Vault.exists(folder) else None
    if seen is None or not seen.device_name:
        return Door("enrol", not keyring_verdict().possible, False, "", settings.centre_url, "")
    return Door("unlock", seen.needs_passphrase, seen.has_pin, seen.engineer_name, settings.centre_url, seen.company)


def enrol(means: Means, *, address: str, code: str, pin: str, pin_again: str, passphrase: str | None) -> FieldSession:
    """Make this laptop a device of the engineer whom the code belongs to, and open its empty replica.

    `pin` has 4 to 12 digits. `passphrase` is needed where the system has no keyring. Raises what the vault, the centre and the
    replica raise; a vault without certificate is of no use to anybody and is made anew by the next try. The device's identity
    follows from the code, so that the centre answers a try again whose answer was lost on the way.
    """
    address, code = address.strip().rstrip("/"), code.strip()
    if not address:
        raise EmptyAddress
    if not code:
        raise EmptyCode
    if pin != pin_again:
        raise PinsDiffer
    address = _checked(address)
    folder = means.places.vault
    vault = _enrolled_vault(means, passphrase)
    if vault is not None:
        vault.check_pin(pin)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        home = choose_home(folder, passphrase or None, randomness=means.randomness, cost=means.argon2)
        vault = Vault.create(folder, home, pin=pin, clock=means.clock, randomness=means.randomness, pin_cost=means.pin_cost)
        _certify(means, vault, address, code)
    save_settings(means.places, load_settings(means.places).chosen(centre_url=address))
    return _open(means, vault)


def _checked(address: str) -> str:
    """The address with its scheme; BadAddress for one with a path, another scheme, a name and password, or no host."""
    whole = address if "://" in address else "https://" + address
    try:
        parts = urlsplit(whole)
        usable = not parts.netloc.endswith(":") and parts.port != 0
    except ValueError as fault:  # a port that is no number, half an IPv6 address
        raise BadAddress(address=address) from fault
    odd = parts.path or parts.query or parts.fragment or "@" in parts.netloc or any(sign.isspace() for sign in whole)
    if not usable or odd or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadAddress(address=address)
    return whole


def _enrolled_vault(means: Means, passphrase: str | None) -> Vault | None:
    """The vault of an enrolment that was cut after the certificate came."""
    folder = means.places.vault
    if not Vault.exists(folder):
        return None
    home = choose_home(folder, passphrase or None, randomness=means.randomness, cost=means.argon2)
    vault = Vault.open(folder, home, clock=means.clock, randomness=means.randomness, pin_cost=means.pin_cost)
    return vault if vault.enrolled else None


def _certify(means: Means, vault: Vault, address: str, code: str) -> None:
    device = derived_id("device", "".join(sign for sign in code.upper() if sign.isalnum()))
    device_name = socket.gethostname()[:64] or "laptop"
    csr = vault.make_key_and_csr(device_name)
    try:
        answer = ask_centre(address, EnrolRequest(PROTOCOL, code, device, device_name, csr))
    except CentreUnreachable as fault:
        raise NobodyThere(address=address) from fault
    identity = DeviceIdentity(
        device=device,
        engineer=answer.engineer,
        engineer_name=answer.engineer_name,
        device_name=device_name,
        centre_url=address,
        company=answer.company,
        courier_key=answer.courier_key,
    )
    vault.install(identity, answer.certificate, answer.chain, answer.crl, answer.incarnation)


def leave(locked: FieldSession) -> None:
    """Close the session of a locked window, so that the laptop can be opened another way; SyncRuns, and it stays open, during a sync."""
    if not locked.line_turn.acquire(blocking=False):
        raise SyncRuns
    try:
        locked.close()
    finally:
        locked.line_turn.release()


def regain(means: Means, *, code: str, pin: str, pin_again: str, passphrase: str | None = None) -> FieldSession:
    """Open the desktop again with a one-time code of the service desk and a new PIN: the PIN was forgotten, or a file of the vault is
    damaged while the key itself survives. Nothing on the laptop is touched before the centre agreed; it stays the same device.

    ReplicaInUse while a session is open, here or in another program. EmptyCode, PinsDiffer, BadPin; SecretMissing, WrongPassphrase,
    DamagedVault where the key does not survive (see `set_aside`); what the centre refuses: an unknown code, a code of another engineer,
    a laptop that it blocked.
    """
    if not code.strip():
        raise EmptyCode
    if pin != pin_again:
        raise PinsDiffer
    can_be_pin(pin)
    held = FileLock(_lock_of(means.places)) if means.places.replica.is_file() else None  # nobody else writes the keys meanwhile
    try:
        vault = _regained(means, code.strip(), pin, passphrase)
    finally:
        if held is not None:
            held.release()
    return _open(means, vault)


def _lock_of(places: Places) -> Path:
    return places.replica.with_name(places.replica.name + ".lock")


def _regained(means: Means, code: str, pin: str, passphrase: str | None) -> Vault:
    folder = means.places.vault
    home = choose_home(folder, passphrase or None, randomness=means.randomness, cost=means.argon2)
    vault = Vault.open(folder, home, clock=means.clock, randomness=means.randomness, pin_cost=means.pin_cost)
    identity = vault.identity
    csr = vault.make_key_and_csr(identity.device_name)
    request = EnrolRequest(PROTOCOL, code, identity.device, identity.device_name, csr)
    answer = ask_centre(identity.centre_url, request, vault.line_ca)
    if answer.engineer != identity.engineer:
        raise OtherEngineer(name=identity.engineer_name)
    vault.install(replace(identity, courier_key=answer.courier_key), answer.certificate, answer.chain, answer.crl, answer.incarnation)
    vault.reset_pin(pin)
    return vault


def set_aside(means: Means) -> Path:
    """Put the data and keys of this laptop into a folder beside, to set it up anew; nothing is deleted. For a laptop whose key is lost:
    what it had not sent is in its safety copy, if it kept one, which is kept no more until the next laptop is told where. The folder;
    ReplicaInUse while a session is open.
    """
    places = means.places
    if places.replica.is_file():
        FileLock(_lock_of(places)).release()
    aside = places.data / f"set-aside-{means.clock.now():%Y%m%d-%H%M%S}"
    aside.mkdir(parents=True, exist_ok=True)
    save_settings(places, load_settings(places).chosen(journal_folder=""))
    # the vault goes last: while it is here the laptop counts as set up, and this can be pressed again after a cut
    for path in (*sorted(places.data.glob(places.replica.name + "*")), places.blobs, places.vault):
        if path.exists():
            path.rename(aside / path.name)
    return aside


def unlock(means: Means, *, pin: str, passphrase: str | None = None) -> FieldSession:
    """Open the desktop of an enrolled laptop; WrongPin, PinMustWait, WrongPassphrase, or what the replica raises."""
    folder = means.places.vault
    home = choose_home(folder, passphrase or None, randomness=means.randomness, cost=means.argon2)
    vault = Vault.open(folder, home, clock=means.clock, randomness=means.randomness, pin_cost=means.pin_cost)
    vault.check_pin(pin)
    return _open(means, vault)


def open_for_command(means: Means, ask: Callable[[str], str]) -> FieldSession:
    """Open the desktop for a command; `ask` gives what a person types for "passphrase" or "pin". NotEnrolled, and what `unlock` raises."""
    seen = door(means)
    if seen.state == "enrol":
        raise NotEnrolled
    passphrase = ask("passphrase") if seen.needs_passphrase else None
    return unlock(means, pin=ask("pin") if seen.has_pin else "", passphrase=passphrase)


def _open(means: Means, vault: Vault) -> FieldSession:
    identity, ids, places = vault.identity, means.ids, means.places
    if places.replica.is_file():
        replica = Replica.open(places.replica, vault.replica_key, clock=means.clock, ids=ids)
    else:
        replica = Replica.create(
            places.replica,
            vault.replica_key,
            clock=means.clock,
            ids=ids,
            device=identity.device,
            engineer=identity.engineer,
            incarnation=vault.incarnation,
        )
    session = FieldSession(
        places=places,
        clock=means.clock,
        ids=ids,
        randomness=means.randomness,
        replica=replica,
        blobs=BlobStore(places.blobs, vault.blob_key, means.randomness, quota=load_settings(places).blob_quota_mib * 2**20),
        vault=vault,
        engineer=identity.engineer,
        engineer_name=identity.engineer_name,
    )
    JournalKeeper(session).start()
    return session
