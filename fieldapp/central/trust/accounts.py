"""One-time enrolment codes for laptops, and accounts with passwords for the console."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Connection, insert, select, update

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id, Randomness
from fieldapp.central.refusals import AlreadyUsedCode, BadAccount, UnknownCode
from fieldapp.central.store.tables import account, enrol_code
from fieldapp.central.store.tables import device as devices

__all__ = [
    "Account",
    "add_account",
    "check_login",
    "end_sessions",
    "find_account",
    "make_code",
    "open_cookie",
    "plain_code",
    "sealed_cookie",
    "use_code",
]

CODE_DAYS = 7
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs that nobody mistakes for one another when a code is read out on the telephone."""

_COST = 2**14


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the console. `session` is part of each session cookie; a new number ends the old ones."""

    name: str
    role: str
    person: Id
    shown: str
    session: int


def plain_code(code: str) -> str:
    """A code as it is compared: without spaces and dashes, capital letters."""
    return "".join(code.split()).replace("-", "").upper()


def _code_digest(code: str) -> str:
    return hashlib.sha256(f"fieldapp-enrol:{plain_code(code)}".encode()).hexdigest()


def make_code(connection: Connection, engineer: Id, now: datetime, randomness: Randomness) -> str:
    """A new code for one laptop of an engineer, good for 7 days: `7K3M-QX2P-9TRB` (60 bits)."""
    signs = "".join(_ALPHABET[byte % 32] for byte in randomness.bytes(12))
    code = f"{signs[:4]}-{signs[4:8]}-{signs[8:]}"
    connection.execute(
        insert(enrol_code).values(
            code=_code_digest(code),
            engineer=engineer,
            made_at=moment_text(now),
            expires_at=moment_text(now + timedelta(days=CODE_DAYS)),
            used_at=None,
            device="",
        )
    )
    return code


def use_code(connection: Connection, code: str, device: Id, now: datetime) -> Id:
    """Use a code up for a device; returns the engineer. The same device may use it again (its reply was lost) until it is heard of.

    A device's identity follows from the code at the first enrolment, so that whoever found a used code would pass for its laptop.
    """
    row = connection.execute(select(enrol_code).where(enrol_code.c.code == _code_digest(code)).with_for_update()).first()
    if row is None:
        raise UnknownCode
    if row.used_at is not None:
        heard = connection.execute(select(devices.c.last_seen_at).where(devices.c.id == device)).scalar()
        if row.device != device or heard is not None:
            raise AlreadyUsedCode
        return str(row.engineer)
    if moment_text(now) > row.expires_at:
        raise UnknownCode
    connection.execute(update(enrol_code).where(enrol_code.c.code == row.code).values(used_at=moment_text(now), device=device))
    return str(row.engineer)


def _hashed(password: str, salt: bytes) -> str:
    key = Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(password.encode())
    return "$".join(("scrypt", str(_COST), base64.b64encode(salt).decode(), base64.b64encode(key).decode()))


def _fits(password: str, kept: str) -> bool:
    _, cost, salt, key = kept.split("$")
    try:
        Scrypt(salt=base64.b64decode(salt), length=32, n=int(cost), r=8, p=1).verify(password.encode(), base64.b64decode(key))
    except InvalidKey:
        return False
    return True


def add_account(connection: Connection, name: str, password: str, role: str, person: Id, shown: str, randomness: Randomness) -> None:
    """Make an account, or give an existing one a new password (which ends its sessions)."""
    values = {"password": _hashed(password, randomness.bytes(16)), "role": role, "person": person, "shown": shown}
    held = find_account(connection, name)
    if held is None:
        connection.execute(insert(account).values(name=name, session=1, **values))
    else:
        connection.execute(update(account).where(account.c.name == name).values(session=held.session + 1, **values))


def find_account(connection: Connection, name: str) -> Account | None:
    """An account by its name."""
    row = connection.execute(select(account).where(account.c.name == name)).first()
    return Account(row.name, row.role, row.person, row.shown, row.session) if row is not None else None


def check_login(connection: Connection, name: str, password: str) -> Account:
    """The account of a name and its password; BadAccount otherwise, after the same work in both cases."""
    kept = connection.execute(select(account.c.password).where(account.c.name == name)).scalar()
    fits = _fits(password, kept or _hashed("", b"\x00" * 16))
    found = find_account(connection, name)
    if kept is None or not fits or found is None:
        raise BadAccount
    return found


def end_sessions(connection: Connection, name: str) -> None:
    """Make every session cookie of an account worthless."""
    connection.execute(update(account).where(account.c.name == name).values(session=account.c.session + 1))


def sealed_cookie(secret: bytes, text: str) -> str:
    """A text with its HMAC, as a cookie carries it."""
    tag = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return f"{base64.urlsafe_b64encode(text.encode()).decode()}.{tag}"


def open_cookie(secret: bytes, cookie: str) -> str | None:
    """The text of a cookie that this secret sealed; None for anything else."""
    held, _, tag = cookie.partition(".")
    try:
        text = base64.urlsafe_b64decode(held.encode("ascii")).decode()
    except (ValueError, UnicodeError):
        return None
    fits = hmac.compare_digest(hmac.new(secret, text.encode(), hashlib.sha256).hexdigest().encode(), tag.encode())
    return text if fits else None
