"""The centre's epoch: which history its revisions belong to. A restored centre begins a new one, with a gap in the revisions."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from fieldapp.base.ids import Randomness
from fieldapp.central.store.books import revision_of
from fieldapp.central.store.engine import next_number
from fieldapp.central.store.tables import counter

__all__ = ["History", "begin_epoch", "epoch_of", "history_of"]

RESTORE_GAP = 10_000_000
"""Revisions left free when an epoch begins, so that a cursor of the lost time is known for what it is."""

_HISTORY = select(counter.c.name, counter.c.value).where(counter.c.name.in_(("epoch", "revision", "epoch_floor", "epoch_start")))


@dataclass(frozen=True, slots=True)
class History:
    """Where the centre's history stands: epoch, highest revision, and the revisions between which the epoch before was lost."""

    epoch: int
    revision: int
    floor: int
    start: int

    def lost(self, cursor: int) -> bool:
        """Whether a cursor stands at a revision that a restored backup does not know: what it has seen since is not here."""
        return self.floor < cursor < self.start


def history_of(connection: Connection) -> History:
    """The history in one query."""
    held = {row.name: int(row.value) for row in connection.execute(_HISTORY)}
    return History(held.get("epoch", 0), held.get("revision", 0), held.get("epoch_floor", 0), held.get("epoch_start", 0))


def epoch_of(connection: Connection) -> int:
    """The present epoch; 0 before the first."""
    return history_of(connection).epoch


def begin_epoch(connection: Connection, randomness: Randomness) -> int:
    """Begin a new epoch with a number that no epoch before had; returns it."""
    first = epoch_of(connection) == 0
    fresh = int.from_bytes(randomness.bytes(5), "big") | 1
    _set_counter(connection, "epoch", fresh)
    _set_counter(connection, "epoch_floor", revision_of(connection))
    if not first:
        next_number(connection, "revision", RESTORE_GAP)
        next_number(connection, "crl", RESTORE_GAP)  # a laptop takes a list of revoked certificates only for a later one
    _set_counter(connection, "epoch_start", revision_of(connection))
    return fresh


def _set_counter(connection: Connection, name: str, value: int) -> None:
    if connection.execute(update(counter).where(counter.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(counter).values(name=name, value=value))
