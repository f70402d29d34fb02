"""Mistakes planted into the production code, each of which the simulated world must notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.central import service
from fieldapp.central.rounds import merge
from fieldapp.central.rounds.exchange import Stand, place_of
from fieldapp.domain.merging import Outcome
from fieldapp.domain.records import Plain
from fieldapp.replica import bulk, intake, outbox, rebase
from fieldapp.replica.intake import CentreSide
from fieldapp.replica.rows import KindRows, load
from fieldapp.replica.states import SyncState
from fieldapp.replica.tables import OUTBOX, STATE
from fieldapp.sync import attachments
from fieldapp.sync.round import _Round
from fieldapp.wire.changes import FieldEdit
from fieldapp.wire.protocol import Exchange, ExchangeReply, RemovedRow, Verdict

__all__ = ["MISTAKES"]

Patch = pytest.MonkeyPatch


def a_receipt_is_skipped(patch: Patch) -> None:
    """The last receipt of a batch is not written."""
    real = outbox.receive

    def planted(connection: sa.Connection, batch: outbox.Batch, received: int, verdicts: Iterable[Verdict], revision: int, at: str) -> int:
        return real(connection, batch, min(received, batch.last) - 1, verdicts, revision, at)

    patch.setattr(intake, "receive", planted)


def the_cursor_is_saved_before_the_data(patch: Patch) -> None:
    """F4: the cursor has a transaction of its own, before that of the rows."""
    real, data = _Round._take, intake.take_reply

    def planted(self: _Round, batch: outbox.Batch, state: SyncState, reply: ExchangeReply, sent: datetime) -> ExchangeReply | None:
        if reply.state == "ok" and reply.cursor > state.cursor:
            with self._replica.transaction() as connection:
                connection.execute(sa.update(STATE).values(cursor=reply.cursor))
        return real(self, batch, state, reply, sent)

    def afterwards(connection: sa.Connection, batch: outbox.Batch, asked: int, reply: ExchangeReply, **when: datetime) -> intake.Taken:
        connection.execute(sa.update(STATE).values(cursor=asked))
        return data(connection, batch, asked, reply, **when)

    patch.setattr(_Round, "_take", planted)
    patch.setattr(intake, "take_reply", afterwards)


def a_used_sequence_is_taken_for_the_same(patch: Patch) -> None:
    """F6: the centre does not compare the chains of what it has already."""

    def planted(connection: sa.Connection, request: Exchange) -> Stand:
        place = place_of(connection, request.device.hex(), request.incarnation)
        return Stand("ok", place, request.changes[max(0, place.received - request.first + 1) :])

    patch.setattr(service, "stand_of", planted)


def a_new_incarnation_forgets_what_waits(patch: Patch) -> None:
    """F6: what has no receipt is not numbered anew."""
    real = outbox.adopt_incarnation

    def planted(connection: sa.Connection, incarnation: int) -> int:
        connection.execute(sa.update(OUTBOX).where(OUTBOX.c.verdict.is_(None)).values(verdict="applied", settled=0))
        return real(connection, incarnation)

    patch.setattr(outbox, "adopt_incarnation", planted)


def the_rebase_forgets_what_waits(patch: Patch) -> None:
    """What comes from the centre covers what waits."""
    real = rebase.show

    def planted(connection: sa.Connection, rows: KindRows, record: Id) -> None:
        shadow = rebase.shadow_of(connection, rows, record)
        real(connection, rows, record)
        if shadow is not None and shadow.state == "present":
            rebase._write(connection, rows, record, load(shadow.fields), shadow)

    patch.setattr(intake, "show", planted)
    patch.setattr(bulk, "show", planted)


def answers_travel_without_what_was_seen(patch: Patch) -> None:
    """The base digest of answers is left out."""

    def planted(name: str, value: Plain, base: bytes | None = None) -> FieldEdit:
        return FieldEdit(name, value, None if name.startswith("/") else base)

    patch.setattr(outbox, "FieldEdit", planted)


def the_last_writer_wins(patch: Patch) -> None:
    """F2: whoever comes last stands, and nobody is told."""

    def planted(_: object, __: Plain, ___: bool, mine: Plain, *____: object, **_____: object) -> Outcome:
        return Outcome("applied", mine)

    patch.setattr(merge, "merge_field", planted)


def receipts_are_written_before_the_reply(patch: Patch) -> None:
    """A Change counts as received when it is sent."""
    real = _Round._exchange

    def planted(self: _Round, batch: outbox.Batch, state: SyncState, *, asks: bool) -> ExchangeReply | None:
        with self._replica.transaction() as connection:
            outbox.receive(connection, batch, batch.last, (), state.centre_revision, "")
        return real(self, batch, state, asks=asks)

    patch.setattr(_Round, "_exchange", planted)


def a_restored_centre_gets_nothing_again(patch: Patch) -> None:
    """F5: receipts of what the centre lost are kept."""

    def planted(_: sa.Connection, __: int) -> int:
        return 0

    patch.setattr(outbox, "send_again", planted)


def what_leaves_the_scope_stays(patch: Patch) -> None:
    """Removed rows are passed over."""

    def planted(_: CentreSide, __: RemovedRow) -> None:
        return None

    patch.setattr(CentreSide, "remove", planted)


def a_photo_counts_as_sent_after_its_first_chunk(patch: Patch) -> None:
    """F13: a blob gets its receipt before it is whole."""

    def planted(peer: Any, blobs: Any, digest: str, _: Any) -> bool:
        peer.send_blob(digest, 0, blobs.size(digest), attachments._slice(blobs, digest, 0))
        return True

    patch.setattr(attachments, "send", planted)


MISTAKES: Mapping[Callable[[Patch], None], int] = MappingProxyType(
    {
        a_receipt_is_skipped: 0,
        the_cursor_is_saved_before_the_data: 10,
        a_used_sequence_is_taken_for_the_same: 11,
        a_new_incarnation_forgets_what_waits: 11,
        the_rebase_forgets_what_waits: 29,
        answers_travel_without_what_was_seen: 3,
        the_last_writer_wins: 5,
        receipts_are_written_before_the_reply: 5,
        a_restored_centre_gets_nothing_again: 0,
        what_leaves_the_scope_stays: 4,
        a_photo_counts_as_sent_after_its_first_chunk: 5,
    }
)
"""Each mistake with a seed that shows it; others do too."""
