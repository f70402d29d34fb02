"""FieldSession: what an unlocked desktop holds, handed to every operation; and what it tells when records changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from fieldapp.base.clock import Clock
from fieldapp.base.ids import Id, IdSource, Randomness
from fieldapp.base.settings import Places
from fieldapp.domain.inspections import Coverage
from fieldapp.replica.blobs import BlobStore
from fieldapp.replica.engine import Replica
from fieldapp.replica.store import Reader, UnitOfWork
from fieldapp.vault.vault import Vault

__all__ = ["FieldSession"]

Listener = Callable[[frozenset[str]], None]


@dataclass(slots=True)
class FieldSession:
    """One engineer on one laptop, unlocked.

    `zone` is the zone of the laptop, for what has no site; a site's own zone stands on its record.
    """

    places: Places
    clock: Clock
    ids: IdSource
    randomness: Randomness
    replica: Replica
    blobs: BlobStore
    vault: Vault
    engineer: Id
    engineer_name: str
    zone: str = "Asia/Shanghai"
    coverages: dict[Id, tuple[object, Coverage]] = field(default_factory=dict, repr=False)
    """How far checklists are filled, by their id, each with what it was counted from: lists need not open each checklist again."""
    wanted: set[str] = field(default_factory=set, repr=False)
    """Digests of files that somebody looked for and that are not on this laptop, until it is noted that they are wanted back."""
    journal_turn: threading.RLock = field(default_factory=threading.RLock, repr=False)
    """Held by whoever writes the safety copy."""
    line_turn: threading.RLock = field(default_factory=threading.RLock, repr=False)
    """Held by whoever syncs or takes something over: it may write the vault beside the replica."""
    _listeners: list[Listener] = field(default_factory=list)
    _closers: list[Callable[[], None]] = field(default_factory=list)
    _open: bool = True

    def reading(self) -> AbstractContextManager[Reader]:
        """A consistent view of the replica."""
        return self.replica.reading()

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """One transaction in the engineer's name; at its commit everybody who listens hears which kinds changed."""
        with self.replica.writing(self.engineer) as work:
            yield work
        self.announce(frozenset(work.changed_kinds))

    def listen(self, listener: Listener) -> None:
        """Hear of changed kinds, on the thread that changed them."""
        self._listeners.append(listener)

    def announce(self, kinds: frozenset[str]) -> None:
        """Tell everybody who listens which kinds changed; nothing when none did."""
        if kinds:
            if "form_version" in kinds:
                self.coverages.clear()
            for listener in self._listeners:
                listener(kinds)

    def at_close(self, closer: Callable[[], None]) -> None:
        """Have something ended before the replica is closed."""
        self._closers.append(closer)

    @property
    def is_open(self) -> bool:
        """Whether it was not closed yet."""
        return self._open

    def close(self) -> None:
        """Lock: close the replica; the vault's keys go with the session."""
        self._open = False
        while self._closers:
            self._closers.pop()()
        self._listeners.clear()
        self.coverages.clear()
        self.replica.close()
