"""The centre's epoch: which history its revisions belong to. A restored centre begins a new one, with a gap in the revisions."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from fieldapp.base.ids import Randomness
from fieldapp.central.store.books import revision_of
from fieldapp.central.store.engine import next_number
from fieldapp.central.store.tables import counter

__all__ = ["begin_epoch", "epoch_of", "is_of_lost_time"]

RESTORE_GAP = 10_000_000
"""Revisions left free when an epoch begins, so that a cursor of the lost time is known for what it is."""


def epoch_of(connection: Connection) -> int:
    """The present epoch; 0 before the first."""
    return _counter(connection, "epoch")


def begin_epoch(connection: Connection, randomness: Randomness) -> int:
    """Begin a new epoch with a number that no epoch before had; returns it."""
    first = epoch_of(connection) == 0
    fresh = int.from_bytes(randomness.bytes(5), "big") | 1
    _set_counter(connection, "epoch", fresh)
    _set_counter(connection, "epoch_floor", revision_of(connection))
    if not first:
        next_number(connection, "revision", RESTORE_GAP)
    _set_counter(connection, "epoch_start", revision_of(connection))
    return fresh


def is_of_lost_time(connection: Connection, cursor: int) -> bool:
    """Whether a cursor stands at a revision that the backup does not know: what it has seen since is not here."""
    return _counter(connection, "epoch_floor") < cursor < _counter(connection, "epoch_start")


def _counter(connection: Connection, name: str) -> int:
    return int(connection.execute(select(counter.c.value).where(counter.c.name == name)).scalar() or 0)


def _set_counter(connection: Connection, name: str, value: int) -> None:
    if connection.execute(update(counter).where(counter.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(counter).values(name=name, value=value))
