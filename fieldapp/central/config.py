"""The centre's settings, read once from `centre.json` in its data folder, and its clock."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from fieldapp.base.clock import Clock
from fieldapp.base.errors import disk_words
from fieldapp.base.i18n import say
from fieldapp.base.ids import Randomness
from fieldapp.central.refusals import BadDataFolder, BrokenAuthority
from fieldapp.central.store.engine import database_url

__all__ = ["CentreSettings", "OffsetClock", "load_centre_settings"]

_log = logging.getLogger("fieldapp.central")

BACKUP_DAYS = 30
DEFAULT_COMPANY = "华岳信息技术服务有限公司"


class OffsetClock:
    """Another clock, shifted so that it starts at a chosen moment and runs on: a demonstration has its own day."""

    def __init__(self, base: Clock, start: datetime) -> None:
        self._base = base
        self._offset: timedelta = start - base.now()

    def now(self) -> datetime:
        """The shifted moment, in UTC."""
        return self._base.now() + self._offset

    def elapsed(self) -> float:
        """As the clock below."""
        return self._base.elapsed()


@dataclass(frozen=True, slots=True)
class CentreSettings:
    """Where things lie. `passphrase` opens the centre's keys; it is read from the file that the settings name.

    `backup_days`: a backup older than that is not put back any more, unless there is no newer one.
    `blob_quota_mib`: MiB of all photos and files together (0: as much as the disk holds, less a reserve).
    """

    folder: Path
    database: str
    company: str
    passphrase: bytes
    backup_days: int = BACKUP_DAYS
    blob_quota_mib: int = 0

    @property
    def keys(self) -> Path:
        """The folder of the centre's own keys."""
        return self.folder / "keys"

    @property
    def blobs(self) -> Path:
        """The folder of blobs."""
        return self.folder / "blobs"


def load_centre_settings(folder: Path, randomness: Randomness, database: str = "") -> CentreSettings:
    """Read `centre.json` (`company`, `database`, `passphrase_file`, `backup_days`, `blob_quota_mib`); on the first day make it.

    `database` takes the place of the file's. Raises BadDataFolder for what cannot be read, BrokenAuthority without a passphrase.
    """
    path = folder / "centre.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_secret(folder / "keys" / "passphrase", randomness.bytes(32).hex())
            kept = {"company": DEFAULT_COMPANY, "passphrase_file": str(Path("keys") / "passphrase")}
            if database:
                kept["database"] = database
            _write_secret(path, json.dumps(kept, ensure_ascii=False, indent=1))
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise BadDataFolder(path=folder, reason=disk_words(fault)) from fault
    except ValueError as fault:
        raise BadDataFolder(path=path, reason=say("it is damaged (JSON)")) from fault
    if not isinstance(raw, dict):
        raise BadDataFolder(path=path, reason=say("it is damaged (JSON)"))
    secret = folder / str(raw.get("passphrase_file", "keys/passphrase"))
    try:
        passphrase = secret.read_bytes().strip()
    except OSError as fault:
        raise BrokenAuthority(path=secret) from fault
    if not passphrase:
        raise BrokenAuthority(path=secret)
    if os.name == "posix" and path.stat().st_mode & 0o077 and "@" in str(raw.get("database") or ""):
        _log.warning("%s holds the password of the database and can be read by others: chmod 600", path)
    days = raw.get("backup_days", BACKUP_DAYS)
    if type(days) is not int or days < 1:
        raise BadDataFolder(path=path, reason="backup_days")
    url = database or str(raw.get("database") or "") or database_url(folder)
    quota = raw.get("blob_quota_mib", 0)
    if type(quota) is not int or quota < 0:
        raise BadDataFolder(path=path, reason="blob_quota_mib")
    return CentreSettings(folder, url, str(raw.get("company") or DEFAULT_COMPANY), passphrase, backup_days=days, blob_quota_mib=quota)


def _write_secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
