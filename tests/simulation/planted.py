"""Mistakes planted into the production code, each of which the simulated world must notice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from fieldapp.base.ids import Id, Randomness
from fieldapp.central import lost, service, stamping
from fieldapp.central.rounds import exchange, merge, scope
from fieldapp.central.rounds.epochs import begin_epoch, epoch_of
from fieldapp.central.rounds.exchange import Stand, place_of, stand_of, take_changes, write_log
from fieldapp.central.rounds.settle import close_books
from fieldapp.central.service import CentralService
from fieldapp.central.store.books import Books, Stored, revision_of
from fieldapp.domain.merging import Actor, Outcome, merge_field
from fieldapp.domain.records import Kind, Plain, Policy
from fieldapp.replica import bulk, intake, outbox, rebase
from fieldapp.replica.intake import CentreSide
from fieldapp.replica.rows import KindRows, load
from fieldapp.replica.states import SyncState
from fieldapp.replica.tables import OUTBOX, STATE
from fieldapp.sync import attachments
from fieldapp.sync import round as round_of_sync
from fieldapp.sync.attachments import CHUNK_UP
from fieldapp.sync.round import Round
from fieldapp.wire.changes import FieldEdit, change_from_bytes
from fieldapp.wire.protocol import Exchange, ExchangeReply, RemovedRow, Row, Verdict

__all__ = ["MISTAKES", "Shown"]

Patch = pytest.MonkeyPatch


def a_receipt_is_skipped(patch: Patch) -> None:
    """The last receipt of a batch is not written."""
    real = outbox.receive

    def planted(connection: sa.Connection, batch: outbox.Batch, received: int, verdicts: Iterable[Verdict], revision: int, at: str) -> int:
        return real(connection, batch, min(received, batch.last) - 1, verdicts, revision, at)

    patch.setattr(intake, "receive", planted)


def the_cursor_is_saved_before_the_data(patch: Patch) -> None:
    """F4: the cursor has a transaction of its own, before that of the rows."""
    real, data = Round._take, intake.take_reply

    def planted(self: Round, batch: outbox.Batch, state: SyncState, reply: ExchangeReply, sent: datetime) -> ExchangeReply | None:
        if reply.state == "ok" and reply.cursor > state.cursor:
            with self._replica.transaction() as connection:
                connection.execute(sa.update(STATE).values(cursor=reply.cursor))
        return real(self, batch, state, reply, sent)

    def afterwards(connection: sa.Connection, batch: outbox.Batch, asked: int, reply: ExchangeReply, **when: datetime) -> intake.Taken:
        connection.execute(sa.update(STATE).values(cursor=asked))
        return data(connection, batch, asked, reply, **when)

    patch.setattr(Round, "_take", planted)
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
    real = Round._exchange

    def planted(self: Round, batch: outbox.Batch, state: SyncState, *, asks: bool) -> ExchangeReply | None:
        with self._replica.transaction() as connection:
            outbox.receive(connection, batch, batch.last, (), state.centre_revision, "")
        return real(self, batch, state, asks=asks)

    patch.setattr(Round, "_exchange", planted)


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
        peer.send_blob(digest, 0, blobs.size(digest), blobs.get(digest)[:CHUNK_UP])
        return True

    patch.setattr(attachments, "send", planted)


def receipts_are_committed_before_the_data(patch: Patch) -> None:
    """The centre's log has a transaction of its own, before that of the records."""
    real = CentralService._take

    def planted(self: CentralService, who: Any, request: Exchange) -> None:
        now = self.clock.now()
        with self.store.writing() as connection:
            stand = stand_of(connection, request)
            write_log(connection, take_changes(Books(connection), who.engineer, request, stand, now), revision_of(connection))
        with self.store.writing() as connection:
            books = Books(connection)
            take_changes(books, who.engineer, request, stand, now)
            close_books(books, self)
        real(self, who, request)

    patch.setattr(CentralService, "_take", planted)


def a_rejection_counts_as_applied(patch: Patch) -> None:
    """F8: a Change that the centre did not take is dropped without a word."""
    real = outbox.receive

    def planted(connection: sa.Connection, batch: outbox.Batch, received: int, verdicts: Iterable[Verdict], revision: int, at: str) -> int:
        return real(connection, batch, received, [each for each in verdicts if each.code != "rejected"], revision, at)

    patch.setattr(intake, "receive", planted)


def a_site_never_leaves_a_scope(patch: Patch) -> None:
    """Whoever worked at a site once keeps seeing it."""
    real = scope.present_parts

    def planted(connection: sa.Connection, engineer: Id, now: datetime) -> set[str]:
        return real(connection, engineer, now) | set(scope.parts_of(connection, engineer)[0])

    patch.setattr(scope, "present_parts", planted)


class _Anything(bytes):
    """A digest that agrees with every other."""

    def __eq__(self, _: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # nothing keeps it


def a_row_goes_missing_and_no_digest_is_compared(patch: Patch) -> None:
    """F13: the laptop passes over every fifth entry of a time line, and the centre calls each digest the same as its own."""
    real = CentreSide.put

    def planted(self: CentreSide, row: Row) -> None:
        if row.kind != "case_activity" or row.record[-1] % 5:
            real(self, row)

    def agrees(*_: object) -> bytes:
        return _Anything()

    patch.setattr(CentreSide, "put", planted)
    patch.setattr(service, "scope_digest", agrees)


def a_restored_centre_keeps_its_epoch(patch: Patch) -> None:
    """F5: revisions are given out a second time, for something else."""
    real = begin_epoch

    def planted(connection: sa.Connection, randomness: Randomness) -> int:
        return epoch_of(connection) or real(connection, randomness)

    patch.setattr(service, "begin_epoch", planted)


def what_meets_a_tombstone_is_dropped(patch: Patch) -> None:
    """F12: an edit of a record that was deleted meanwhile counts as applied."""
    real = merge._edit

    def planted(books: Books, arrival: merge.Arrival, stored: Stored) -> Verdict:
        return Verdict(arrival.change.sequence, "applied") if stored.deleted else real(books, arrival, stored)

    patch.setattr(merge, "_edit", planted)


def a_tombstone_takes_everything_with_it(patch: Patch) -> None:
    """F12: a deletion does not look whether somebody else wrote meanwhile."""
    real = merge._delete

    def planted(books: Books, arrival: merge.Arrival, kind: Kind, stored: Stored | None) -> Verdict:
        if stored is None or stored.deleted or kind.name not in ("finding", "form_instance"):
            return real(books, arrival, kind, stored)
        books.remove(stored, merge._author(arrival))
        return Verdict(arrival.change.sequence, "applied")

    patch.setattr(merge, "_delete", planted)


def entries_of_a_time_line_can_be_altered(patch: Patch) -> None:
    """The centre takes every edit of a kind that is only ever added to."""
    real = merge_field

    def planted(policy: Policy | None, current: Plain, fits: bool, mine: Plain, actor: Actor, **known: Any) -> Outcome:
        return Outcome("applied", mine) if policy == "append" else real(policy, current, fits, mine, actor, **known)

    patch.setattr(merge, "merge_field", planted)


def a_save_leaves_no_change(patch: Patch) -> None:
    """F15: findings are written, and nothing says so to the centre."""
    real = outbox.Outbox.append

    def planted(self: outbox.Outbox, kind: str, record: Id, edits: Any, **more: Any) -> str:
        return "" if kind == "finding" else real(self, kind, record, edits, **more)

    patch.setattr(outbox.Outbox, "append", planted)


def the_stamped_report_is_another_file(patch: Patch) -> None:
    """What the customer signed is not the beginning of what comes back."""

    def planted(_: object, pdf: bytes, *__: object) -> bytes:
        return b"%PDF-1.7 printed anew " + pdf

    patch.setattr(stamping, "_stamped", planted)


def a_restored_centre_gives_numbers_out_again(patch: Patch) -> None:
    """Blocks that were leased after the backup are leased once more, to whoever asks."""

    def planted(_: sa.Connection, __: datetime, ___: int) -> None:
        return None

    patch.setattr(service, "skip_numbers", planted)


def the_cursor_is_carried_across_an_epoch(patch: Patch) -> None:
    """F5: a revision of the history before counts as one of the present."""

    def planted(connection: sa.Connection, epoch: int) -> None:
        connection.execute(sa.update(STATE).values(epoch=epoch))

    patch.setattr(intake, "new_epoch", planted)


def contents_of_a_fork_are_mixed_up(patch: Patch) -> None:
    """F6: what another incarnation said about the same record counts as the same."""

    def planted(data: bytes) -> bytes:
        change = change_from_bytes(data)
        return hashlib.sha256(change.kind.encode() + change.record).digest()

    patch.setattr(exchange, "content_digest", planted)


def what_was_taken_over_is_never_sent(patch: Patch) -> None:
    """A lost laptop's work stays on the one that took it over."""

    def planted(*_: object) -> None:
        return None

    patch.setattr(round_of_sync, "push_taken", planted)


def a_new_certificate_is_not_kept(patch: Patch) -> None:
    """The laptop signs with what the centre does not know."""

    def planted(*_: object) -> None:
        return None

    patch.setattr(lost, "note_certificate", planted)


class Shown(NamedTuple):
    """What shows a mistake: a step without which it cannot show, and a seed in which it does."""

    needs: str
    seed: int


MISTAKES: Mapping[Callable[[Patch], None], Shown] = MappingProxyType(
    {
        a_receipt_is_skipped: Shown("round", 141),
        the_cursor_is_saved_before_the_data: Shown("round", 106),
        a_used_sequence_is_taken_for_the_same: Shown("restore_laptop", 155),
        a_new_incarnation_forgets_what_waits: Shown("restore_laptop", 155),
        the_rebase_forgets_what_waits: Shown("courier", 199),
        answers_travel_without_what_was_seen: Shown("answer", 92),
        the_last_writer_wins: Shown("clash", 10),
        receipts_are_written_before_the_reply: Shown("round", 141),
        a_restored_centre_gets_nothing_again: Shown("restore_centre", 0),
        what_leaves_the_scope_stays: Shown("round", 10),
        a_photo_counts_as_sent_after_its_first_chunk: Shown("photo", 20),
        receipts_are_committed_before_the_data: Shown("round", 48),
        a_rejection_counts_as_applied: Shown("forbidden", 20),
        a_site_never_leaves_a_scope: Shown("desk_assign", 82),
        a_row_goes_missing_and_no_digest_is_compared: Shown("round", 10),
        a_restored_centre_keeps_its_epoch: Shown("restore_centre", 3),
        what_meets_a_tombstone_is_dropped: Shown("clash", 27),
        a_tombstone_takes_everything_with_it: Shown("clash", 106),
        entries_of_a_time_line_can_be_altered: Shown("forbidden", 20),
        a_save_leaves_no_change: Shown("finding", 58),
        the_stamped_report_is_another_file: Shown("report", 44),
        a_restored_centre_gives_numbers_out_again: Shown("restore_centre", 122),
        the_cursor_is_carried_across_an_epoch: Shown("restore_centre", 3),
        contents_of_a_fork_are_mixed_up: Shown("clone_laptop", 67),
        what_was_taken_over_is_never_sent: Shown("lose_laptop", 63),
        a_new_certificate_is_not_kept: Shown("renew", 17),
    }
)
