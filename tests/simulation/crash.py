"""Kill one end between any two statements or file operations, or let its disk be full from there on."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

__all__ = ["Disk", "SimulatedCrash", "Statements", "file_operations"]


class SimulatedCrash(BaseException):
    """The process of one end is gone; nothing of the program may catch this."""


class Statements(dict[tuple[Any, ...], Any]):
    """Compiled statements by what they say, whichever engine compiled them: worlds open hundreds of engines of one kind."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        """The compiled statement; the first part of a key is the engine's dialect."""
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], value: Any) -> None:
        super().__setitem__(key[1:], value)


class Disk:
    """The folder of one end. Each statement and each file operation that makes something durable is a step of it."""

    def __init__(self, folder: Path, name: str, full: Callable[[], Exception], counts: Counter[str], known: Statements) -> None:
        """`full` makes the error that the driver of this end raises on a full disk; `known` are statements of such an engine."""
        self.folder = folder
        self.name = name
        self.dead = False
        self._frozen = folder.with_name(folder.name + ".frozen")
        self._full = full
        self._counts = counts
        self._known = known
        self._what = ""
        self._left = 0
        self._full_already = False

    def arm(self, what: str, steps: int) -> None:
        """Let `kill` or `full` happen at the n-th step from now."""
        self._what, self._left, self._full_already = what, steps, False

    def disarm(self) -> None:
        """Whatever was armed and did not happen, does not."""
        self._what = ""

    @contextmanager
    def looked_at(self) -> Iterator[None]:
        """While the block runs the world looks at what stands here: that is no step of the program, which cannot die of it."""
        armed, self._what = self._what, ""
        try:
            yield
        finally:
            self._what = armed

    def watch(self, engine: sa.Engine) -> None:
        """Every statement and every commit of an engine is a step; one that only read needs no room."""
        wrote: set[int] = set()

        def before(connection: sa.Connection, _: Any, statement: str, *__: Any) -> None:
            writes = not statement.lstrip().upper().startswith(("SELECT", "BEGIN", "PRAGMA"))
            if writes:
                wrote.add(id(connection))
            self._step(writes=writes, file=False)

        def ends(connection: sa.Connection) -> None:
            writes = id(connection) in wrote
            wrote.discard(id(connection))
            self._step(writes=writes, file=False)

        engine._compiled_cache = self._known
        sa.event.listen(engine, "before_cursor_execute", before)
        sa.event.listen(engine, "commit", ends)
        sa.event.listen(engine, "rollback", lambda connection: wrote.discard(id(connection)))

    def file_step(self) -> None:
        """A file operation."""
        self._step(writes=True, file=True)

    def _step(self, *, writes: bool, file: bool) -> None:
        if self.dead:
            raise SimulatedCrash
        if not self._what:
            return
        self._left -= 1
        if self._left > 0:
            return
        if self._what == "kill":
            self._what = ""
            self._counts[f"kill_{self.name}"] += 1
            self._freeze()
            self.dead = True
            raise SimulatedCrash
        if writes:
            self._counts[f"full_{self.name}"] += not self._full_already
            self._full_already = True
            raise OSError(errno.ENOSPC, "no space left on device") if file else self._full()

    def _freeze(self) -> None:
        """What a killed process leaves is what stands on the disk at this moment: unfinished transactions, partial files."""
        shutil.copytree(self.folder, self._frozen, ignore=shutil.ignore_patterns("*-shm", "*.lock"))

    def thaw(self) -> None:
        """The folder is again what the killed process left; whatever was open on it must be closed."""
        shutil.rmtree(self.folder)
        self._frozen.rename(self.folder)
        self.dead = False

    def copy_to(self, place: Path) -> None:
        """A backup of the folder; nothing may be open on it."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder, place, ignore=shutil.ignore_patterns("*-shm", "*.lock"))

    def put_back(self, place: Path) -> None:
        """The folder is again what the backup holds; nothing may be open on it."""
        shutil.rmtree(self.folder)
        shutil.copytree(place, self.folder)


@contextmanager
def file_operations(running: Callable[[], Disk]) -> Iterator[None]:
    """While the block runs, fsync and rename are steps of the end that is running; the disk itself is not waited for."""
    fsync, replace = os.fsync, os.replace

    def simulated_fsync(_: int) -> None:
        running().file_step()

    def simulated_replace(source: Any, target: Any) -> None:
        running().file_step()
        replace(source, target)

    os.fsync, os.replace = simulated_fsync, simulated_replace  # type: ignore[assignment]  # the same arguments as are used
    try:
        yield
    finally:
        os.fsync, os.replace = fsync, replace
