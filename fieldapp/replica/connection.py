"""Connections to the encrypted file: key, pragmas, transactions, the lock of the only process, and errors in our words.

The raw 32-byte key is given as hexadecimal digits, so that no connection pays for a passphrase. The driver never begins a
transaction by itself: readers begin deferred (one snapshot), the writer begins immediately.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
import sqlcipher3.dbapi2
from sqlalchemy.pool import QueuePool

from fieldapp.base.errors import FieldappError
from fieldapp.replica.refusals import DamagedReplica, DiskFull, DiskTrouble, ReplicaInUse

__all__ = ["FileLock", "in_our_words", "key_check", "open_engine"]

KEY_BYTES = 32
_BUSY_SECONDS = 30.0


def key_check(key: bytes) -> str:
    """What stands beside the replica to tell a wrong key from a damaged file; it says nothing about the key."""
    return hmac.new(key, b"fieldapp replica", hashlib.sha256).hexdigest()


def open_engine(path: Path, key: bytes) -> sa.Engine:
    """An engine whose connections are keyed and tuned; nothing is read before the first use. ValueError for a bad key length."""
    if len(key) != KEY_BYTES:
        raise ValueError("the replica's key has 32 bytes")

    def connect() -> Any:
        raw = sqlcipher3.dbapi2.connect(str(path), timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by an error, not by lines on stderr
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        try:
            raw.execute("PRAGMA journal_mode = WAL")
            raw.execute("PRAGMA synchronous = FULL")
            raw.execute("PRAGMA temp_store = MEMORY")
            raw.execute("PRAGMA cache_size = -16000")
        except sqlcipher3.dbapi2.Error:
            raw.close()
            raise
        return raw

    engine = sa.create_engine("sqlite://", module=sqlcipher3.dbapi2, creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=12)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turn what the driver says into errors of the tree: DiskFull, DiskTrouble, DamagedReplica, ReplicaInUse."""
    try:
        yield
    except sa.exc.DBAPIError as fault:
        known = _known(str(fault.orig))
        if known is None:
            raise
        raise known from fault
    except sqlcipher3.dbapi2.Error as fault:
        known = _known(str(fault))
        if known is None:
            raise
        raise known from fault


def _known(text: str) -> FieldappError | None:
    if "full" in text:
        return DiskFull()
    if any(word in text for word in ("malformed", "not a database", "hmac", "vtable constructor")):
        return DamagedReplica()
    if "locked" in text or "busy" in text:
        return ReplicaInUse()
    if "I/O" in text or "readonly" in text or "read-only" in text or "unable to open" in text:
        return DiskTrouble()
    return None


class FileLock:
    """A lock file that one process holds; the system gives it back when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock; ReplicaInUse when another process, or another Replica of this one, holds it."""
        self._file: IO[bytes] = path.open("ab")
        try:
            _lock(self._file)
        except OSError as fault:
            self._file.close()
            raise ReplicaInUse from fault

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
