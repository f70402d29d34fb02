"""The replica: one encrypted SQLite file of one engineer on one device; opened by one process, read by any thread."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from fieldapp.base.clock import Clock
from fieldapp.base.ids import Id, IdSource
from fieldapp.replica import search
from fieldapp.replica.connection import FileLock, in_our_words, key_check, open_engine
from fieldapp.replica.reader import Reader, sync_state
from fieldapp.replica.refusals import DamagedReplica, ReplicaExists, ReplicaMissing, WrongKey
from fieldapp.replica.store import UnitOfWork
from fieldapp.replica.tables import STATE
from fieldapp.replica.upgrading import HEAD, present_revision, upgrade
from fieldapp.wire.changes import GENESIS

__all__ = ["Replica"]

_START = ("", "")


class Replica:
    """The local store. Beside its file stand `-wal` and `-shm` (encrypted, SQLite's), `.lock`, `.check`, and backups."""

    def __init__(self, path: Path, engine: sa.Engine, lock: FileLock, *, clock: Clock, ids: IdSource) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.clock = clock
        self.ids = ids
        self._engine = engine
        self._lock = lock
        self._turn = threading.Lock()
        self._writer: int | None = None
        self._indexed = _START
        with in_our_words(), engine.connect() as connection:
            state = sync_state(connection)
        self.device: Id = state.device
        self.engineer: Id = state.engineer

    @classmethod
    def create(cls, path: Path, key: bytes, *, clock: Clock, ids: IdSource, device: Id, engineer: Id, incarnation: int) -> Replica:
        """Make an empty replica. `key`: 32 bytes; `incarnation`: as the centre said at enrolment.

        ReplicaExists when there is a file already; what was begun is removed when anything fails.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(_beside(path, ".lock"))
        if path.exists():
            lock.release()
            raise ReplicaExists
        engine = open_engine(path, key)
        try:
            with in_our_words(), engine.execution_options(writing=True).begin() as connection:
                upgrade(connection)
                connection.execute(
                    sa.insert(STATE).values(
                        id=1,
                        device=device,
                        engineer=engineer,
                        incarnation=incarnation,
                        sequence=0,
                        head=GENESIS,
                        epoch=0,
                        cursor=0,
                        centre_revision=0,
                        scope_digest=bytes(32),
                        complete=0,
                        search_behind=0,
                        clock_low=0,
                        clock_high=0,
                    )
                )
            _beside(path, ".check").write_text(key_check(key), encoding="ascii")
            return cls(path, engine, lock, clock=clock, ids=ids)
        except BaseException:
            engine.dispose()
            for ending in ("", "-wal", "-shm", ".check"):
                _beside(path, ending).unlink(missing_ok=True)
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, key: bytes, *, clock: Clock, ids: IdSource) -> Replica:
        """Open a replica, and bring it to this version's shape if it is older (after a backup copy beside it).

        ReplicaMissing, ReplicaInUse, WrongKey, NewerReplica, DamagedReplica; none of them changes the file.
        """
        if not path.exists():
            raise ReplicaMissing
        lock = FileLock(_beside(path, ".lock"))
        engine = open_engine(path, key)
        try:
            revision = cls._revision(engine, path, key)
            if revision != HEAD:
                cls._upgrade(engine, path, revision)
            return cls(path, engine, lock, clock=clock, ids=ids)
        except BaseException:
            engine.dispose()
            lock.release()
            raise

    @staticmethod
    def _revision(engine: sa.Engine, path: Path, key: bytes) -> str:
        check = _beside(path, ".check")
        known = check.read_text(encoding="ascii", errors="replace").strip() if check.exists() else None
        if known is not None and known != key_check(key):
            raise WrongKey
        try:
            with in_our_words(), engine.connect() as connection:
                return present_revision(connection)
        except DamagedReplica as fault:
            if known is None:  # page one does not open, and nothing says whether the key or the page is wrong
                raise WrongKey from fault
            raise

    @staticmethod
    def _upgrade(engine: sa.Engine, path: Path, revision: str) -> None:
        with in_our_words():
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
            new = _beside(path, f".before-{revision}.new")
            shutil.copyfile(path, new)
            new.replace(_beside(path, f".before-{revision}"))
            with engine.execution_options(writing=True).begin() as connection:
                upgrade(connection)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """A Reader of one moment; commits that follow are not seen by it. Any thread, several at once."""
        with in_our_words(), self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT sequence FROM state").close()  # the snapshot begins with the first read
            yield Reader(connection)

    @contextmanager
    def writing(self, author: Id | None = None) -> Iterator[UnitOfWork]:
        """A UnitOfWork; what it did is committed at the end, or nothing of it when an exception leaves the block.

        One writer at a time: another thread waits. `author` is the engineer of the replica unless given.
        DiskFull and DiskTrouble leave everything as it was before.
        """
        with self.transaction() as connection:
            unit = UnitOfWork(connection, self.clock, author or self.engineer)
            yield unit
            unit.close()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """The writer's connection, for what is no edit of a person: intake, receipts, search index."""
        if self._writer == threading.get_ident():
            raise RuntimeError("a unit of work does not begin inside another")
        with self._turn:
            self._writer = threading.get_ident()
            try:
                with in_our_words(), self._engine.execution_options(writing=True).begin() as connection:
                    yield connection
            finally:
                self._writer = None

    def refresh_search(self) -> bool:
        """Index up to a thousand records that search does not find yet; whether to call again. For a background thread."""
        with self.reading() as reader:
            if not reader.sync_state().search_behind:
                return False
        with self.transaction() as connection:
            began, self._indexed = self._indexed, _START
            place = search.index_missing(connection, began)
            done = place is None and began == _START  # else look once more from the start: the whole may have been taken anew
            if done:
                connection.execute(sa.update(STATE).values(search_behind=0))
        self._indexed = place or _START
        return not done

    def health(self) -> list[str]:
        """What is wrong with the file, page by page and table by table (empty: nothing). Reads the whole file: for `doctor`."""
        with in_our_words(), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA cipher_integrity_check")]
            try:
                found += [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
            except sa.exc.DBAPIError as fault:  # a table that cannot even be opened
                found.append(str(fault.orig))
        return found

    def close(self) -> None:
        """Close all connections and give the lock back; a second call does nothing."""
        self._engine.dispose()
        self._lock.release()


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
