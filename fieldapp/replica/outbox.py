"""Each save leaves its Change here, in the same transaction; immutable from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.ids import Id
from fieldapp.replica.reader import sync_state
from fieldapp.replica.rows import dump
from fieldapp.replica.states import SyncState
from fieldapp.replica.tables import OUTBOX, STATE
from fieldapp.wire.changes import Change, FieldEdit, Plain, chain_digest, change_bytes, value_digest

__all__ = ["SCHEMA", "Outbox", "bounds"]

SCHEMA = 1
"""The version of the table of kinds that Changes of this program are written in."""

_NEVER_MET = 10 * 60 * 1000
_SET_BACK = 24 * 3600 * 1000
_DRIFT = 20_000  # a quartz of 50 ppm: one millisecond of doubt for each 20 seconds since the last contact


def bounds(now: datetime, state: SyncState) -> tuple[int, int]:
    """Between which moments (milliseconds since 1970, by the centre's clock) the device's `now` lies, as far as it can know.

    Without any contact the clock is believed within ten minutes; a clock that stands before the last contact was set back,
    and then only that contact bounds the time from below.
    """
    millis = int(now.timestamp() * 1000)
    if state.last_contact_at is None:
        return millis - _NEVER_MET, millis + _NEVER_MET
    contact = int(state.last_contact_at.timestamp() * 1000)
    if millis < contact:
        return contact + state.clock_low, contact + state.clock_high + _SET_BACK
    doubt = (millis - contact) // _DRIFT
    return millis + state.clock_low - doubt, millis + state.clock_high + doubt


class Outbox:
    """The end of the chain within one transaction: read once, extended by `append`, written back by `flush`."""

    def __init__(self, connection: sa.Connection, clock: Clock) -> None:
        """Nothing is read before the first Change."""
        self._connection = connection
        self._clock = clock
        self._state: SyncState | None = None
        self._sequence = 0
        self._head = b""

    def append(
        self,
        kind: str,
        record_id: Id,
        edits: Sequence[tuple[str, Plain, Plain | None, bool]],
        *,
        author: Id,
        revision: int,
        deleted: bool = False,
    ) -> str:
        """Add a Change; `edits` are (field, new value, value seen, whether it was there). Returns the moment as written.

        `revision`: the centre's revision of the record that the editor saw (0: none). BadChange for a value that may not travel.
        """
        if self._state is None:
            self._state = sync_state(self._connection)
            self._sequence, self._head = self._state.sequence, self._state.head
        now = self._clock.now()
        earliest, latest = bounds(now, self._state)
        ordered = sorted(edits, key=lambda edit: edit[0])
        change = Change(
            sequence=self._sequence + 1,
            kind=kind,
            record=bytes.fromhex(record_id),
            edits=tuple(FieldEdit(name, value, value_digest(seen) if there else None) for name, value, seen, there in ordered),
            base_epoch=self._state.epoch if revision else 0,
            base_revision=revision,
            author=bytes.fromhex(author),
            earliest=earliest,
            latest=latest,
            schema=SCHEMA,
            deleted=deleted,
        )
        data = change_bytes(change)
        self._head = chain_digest(self._head, data)
        self._sequence += 1
        at = moment_text(now)
        bases: Mapping[str, Plain] = {name: seen for name, _, seen, there in ordered if there}
        self._connection.execute(
            sa.insert(OUTBOX).values(
                incarnation=self._state.incarnation,
                sequence=self._sequence,
                kind=kind,
                record_id=record_id,
                data=data,
                head=self._head,
                bases=dump(bases),
                at=at,
                shown=1,
                verdict=None,
                fields="[]",
                reason="",
                conflict_id="",
                received_at=None,
                settled=None,
            )
        )
        return at

    def flush(self) -> None:
        """Write the chain's new end, before the commit."""
        if self._state is not None and self._sequence != self._state.sequence:
            self._connection.execute(sa.update(STATE).values(sequence=self._sequence, head=self._head))
