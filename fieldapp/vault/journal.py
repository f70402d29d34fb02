"""A journal on another disk: what is not at the centre yet, sealed, so that a found stick tells nothing.

A journal is a folder with a `letter` (the journal's key, sealed to the centre, which opens it for the same engineer), a `log` of
sealed entries that only grows until it is written anew, and `blobs`. Its name is drawn from its key and says nothing.

The log begins with a magic word and a salt; the log's own key comes from the journal's key and that salt (HKDF). Each entry is
its length (4 bytes, big endian), a nonce, and AES-GCM over the entry with salt and place as associated data: what was cut,
swapped or mended ends the log where it stands.
"""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fieldapp.base.durable import settle_folder
from fieldapp.base.errors import VaultError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Randomness
from fieldapp.vault.files import write_whole
from fieldapp.wire.courier import opener, public_of, seal

__all__ = ["FOLDER", "AnswerKey", "BadJournal", "JournalFiles", "blobs_key", "found_journals", "seal_letter"]

FOLDER = "fieldapp-journal"
"""The folder of journals within the folder that a person chose."""

_LETTER = b"FAJL"
_LOG = b"FAJ1"
_SALT = 16
_NONCE = 12
_TAG = 16
_LONGEST = 64 * 2**20


class BadJournal(VaultError):
    """A journal that does not open, or no journal at all."""

    code = "FA-412"
    message = N_(
        "There is no safety copy that can be read in {folder}. Nothing was changed. Choose the folder that the lost laptop wrote to."
    )


class JournalFiles:
    """One journal in its folder. Every call may raise OSError: the disk may be pulled out at any time."""

    def __init__(self, folder: Path, key: bytes, randomness: Randomness) -> None:
        """Nothing is read or written yet. `key`: 32 bytes."""
        self.folder = folder
        self._key = key
        self._randomness = randomness

    @classmethod
    def of(cls, chosen: Path, key: bytes, randomness: Randomness) -> JournalFiles:
        """The journal of this key in a folder that a person chose."""
        name = hmac.new(key, b"fieldapp journal name", sha256).hexdigest()[:16]
        return cls(chosen / FOLDER / name, key, randomness)

    @property
    def begun(self) -> bool:
        """Whether the journal is there; one that was begun and is not there any more is on a disk that was pulled out."""
        return (self.folder / "letter").is_file()

    def begin(self, letter: bytes) -> None:
        """Make the journal's folder, or give an existing one a new letter (as it was sealed to the centre)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / "letter", _LETTER + letter)

    def size(self) -> int:
        """How long the log is, in bytes; 0 when there is none."""
        path = self.folder / "log"
        return path.stat().st_size if path.exists() else 0

    def salt(self) -> bytes:
        """What tells this log from every other one, also from itself before it was written anew; empty when there is none."""
        path = self.folder / "log"
        if not path.exists():
            return b""
        with path.open("rb") as file:
            return file.read(len(_LOG) + _SALT)[len(_LOG) :]

    def read(self) -> tuple[list[bytes], bool]:
        """The entries of the log in order, and whether it is whole to its last byte."""
        path = self.folder / "log"
        data = path.read_bytes() if path.exists() else b""
        head = len(_LOG) + _SALT
        if len(data) < head or not data.startswith(_LOG):
            return [], not data
        salt, place, entries = data[len(_LOG) : head], head, list[bytes]()
        sealer = self._sealer(salt)
        while place + 4 <= len(data):
            length = int.from_bytes(data[place : place + 4], "big")
            sealed = data[place + 4 : place + 4 + length]
            if not _NONCE + _TAG <= length <= _LONGEST or len(sealed) != length:
                break
            try:
                entries.append(sealer.decrypt(sealed[:_NONCE], sealed[_NONCE:], _beside(salt, len(entries))))
            except InvalidTag:
                break
            place += 4 + length
        return entries, place == len(data)

    def append(self, entries: Sequence[bytes], after: int) -> None:
        """Add entries after the `after` ones that are there, and return when they are on the disk."""
        with (self.folder / "log").open("r+b") as file:
            salt = file.read(len(_LOG) + _SALT)[len(_LOG) :]
            file.seek(0, os.SEEK_END)
            file.write(self._sealed(entries, salt, after))
            file.flush()
            os.fsync(file.fileno())

    def rewrite(self, entries: Sequence[bytes]) -> None:
        """Write the log anew, whole or not at all."""
        salt = self._randomness.bytes(_SALT)
        beside = self.folder / "log.new"
        with beside.open("wb") as file:
            file.write(_LOG + salt + self._sealed(entries, salt, 0))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.folder / "log")
        settle_folder(self.folder)

    def give_up(self) -> None:
        """Take away the letter of a journal whose log was never written, and what was begun of it: nobody could take anything over."""
        if self.size():
            return
        for name in ("letter", "log.new", "log"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "blobs", ignore_errors=True)
        for folder in (self.folder, self.folder.parent):
            if not any(folder.iterdir()):
                folder.rmdir()

    def set_aside(self) -> Path:
        """Give the journal another name, so that a new one can begin here; it is still found by `found_journals`."""
        number = 1
        while (aside := self.folder.with_name(f"{self.folder.name}-{number}")).exists():
            number += 1
        self.folder.rename(aside)
        settle_folder(aside.parent)
        return aside

    def _sealed(self, entries: Iterable[bytes], salt: bytes, first: int) -> bytes:
        sealer, made = self._sealer(salt), bytearray()
        for place, entry in enumerate(entries, first):
            nonce = self._randomness.bytes(_NONCE)
            sealed = nonce + sealer.encrypt(nonce, entry, _beside(salt, place))
            made += len(sealed).to_bytes(4, "big") + sealed
        return bytes(made)

    def _sealer(self, salt: bytes) -> AESGCM:
        return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=b"fieldapp journal log").derive(self._key))


def _beside(salt: bytes, place: int) -> bytes:
    return salt + place.to_bytes(8, "big")


def blobs_key(key: bytes) -> bytes:
    """The key of a journal's blobs, made from the journal's."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"fieldapp journal blobs").derive(key)


def seal_letter(centre: bytes, letter: bytes, purpose: bytes) -> bytes:
    """Seal bytes to the centre's key (32 bytes); BadJournal when that is no key."""
    try:
        return seal(centre, letter, purpose)
    except ValueError as fault:
        raise BadJournal(folder="") from fault


def found_journals(chosen: Path) -> list[tuple[Path, bytes]]:
    """The journals of a folder, of whichever laptop, as (folder, letter), in the order of their names.

    The folder that was chosen at the lost laptop, the one of journals in it, and a single journal are all right.
    """
    tried = [chosen, *_folders(chosen), *_folders(chosen / FOLDER)]
    found = []
    for folder in tried:
        try:
            data = (folder / "letter").read_bytes()
        except OSError:
            continue
        if data.startswith(_LETTER):
            found.append((folder, data[len(_LETTER) :]))
    return found


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(each for each in parent.iterdir() if each.is_dir())
    except OSError:
        return []


class AnswerKey:
    """A key of one request alone: the answer is sealed to it, and nobody else can read it on its way."""

    def __init__(self) -> None:
        private = X25519PrivateKey.generate().private_bytes_raw()
        self._public, self._open = public_of(private), opener(private)

    @property
    def public(self) -> bytes:
        """The public half, 32 bytes."""
        return self._public

    def open(self, sealed: bytes, purpose: bytes) -> bytes | None:
        """The answer; None when it was sealed to another key or for another purpose."""
        return self._open(sealed, purpose)
