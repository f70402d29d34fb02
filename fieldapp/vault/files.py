"""Small files that are written whole or not at all, readable by their owner only."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from fieldapp.base.durable import settle_folder
from fieldapp.base.errors import VaultError, disk_words
from fieldapp.base.i18n import N_

__all__ = ["DamagedVault", "DeviceFile", "VaultNotWritten", "read_json", "write_json", "write_whole"]


class DamagedVault(VaultError):
    """A file of the vault is missing or does not read."""

    code = "FA-401"
    message = N_(
        "The file {name} with the laptop's keys is damaged. What was synced is safe at the central service. "
        "Restore the folder from a backup, or ask the service desk for a new enrolment code."
    )


class VaultNotWritten(VaultError):
    """The disk did not take a file of the vault."""

    code = "FA-411"
    message = N_(
        "The laptop's keys could not be written ({reason}). Nothing was changed. Free some space or check the folder's permissions."
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write through a file beside it, flushed to disk before it takes the name; VaultNotWritten if the disk refuses."""
    beside = path.with_name(path.name + ".new")
    binary = getattr(os, "O_BINARY", 0)  # Windows would spell line ends its own way
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | binary, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
        settle_folder(path.parent)
    except OSError as fault:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise VaultNotWritten(reason=disk_words(fault)) from fault


def write_json(path: Path, values: Mapping[str, object]) -> None:
    """Write an object as JSON, whole or not at all."""
    write_whole(path, json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True).encode())


def read_json(path: Path) -> dict[str, object]:
    """Read an object written by `write_json`; DamagedVault when it is missing or no object."""
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise DamagedVault(name=path.name) from fault
    if not isinstance(values, dict):
        raise DamagedVault(name=path.name)
    return values


class DeviceFile:
    """The file that says who this laptop is; entries change one at a time, the file always whole, with a second copy beside it:
    without it the secret in the keyring could not be found.
    """

    def __init__(self, path: Path) -> None:
        """Read and written at each use, so that two windows of one profile agree."""
        self._path = path
        self._copy = path.with_name(path.name + ".copy")
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """The file's name, for sentences."""
        return self._path.name

    def values(self) -> dict[str, object]:
        """All entries; DamagedVault when neither the file nor its copy reads."""
        try:
            return read_json(self._path)
        except DamagedVault:
            with contextlib.suppress(DamagedVault):
                return read_json(self._copy)
            raise

    def exists(self) -> bool:
        """Whether the file or its copy is there."""
        return self._path.is_file() or self._copy.is_file()

    def write(self, values: Mapping[str, object]) -> None:
        """Write all entries."""
        write_json(self._path, values)
        write_json(self._copy, values)

    def alter(self, **changes: object) -> None:
        """Change some entries."""
        with self._guard:
            self.write({**self.values(), **changes})
