"""What was taken over from a lost laptop goes to the centre under its name, in a round of the laptop that took it over."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.errors import CentreError, FieldappError
from fieldapp.replica.engine import Replica
from fieldapp.replica.keeping.giving import give_taken
from fieldapp.replica.keeping.takeover import TakenBatch, next_taken, receive_taken, renumber_taken, rewind_taken
from fieldapp.sync.account import Account
from fieldapp.sync.refusals import CentreConfused, CentreRefused, DeviceRevoked, NewerCentre
from fieldapp.wire.protocol import PROTOCOL, Exchange, ExchangeReply

__all__ = ["BATCH_BYTES", "BATCH_CHANGES", "push_taken", "request_of", "take_taken"]

BATCH_CHANGES = 1000
BATCH_BYTES = 2**20


def push_taken(replica: Replica, exchange: Callable[[Exchange], ExchangeReply], account: Account, clock: Clock) -> FieldappError | None:
    """Send all that was taken over and has no receipt. What the centre refuses as a whole is returned, so that the rest of the
    round goes on; SyncError leaves are raised.

    The centre is asked without an epoch: it compares places and digests, whatever became of it since.
    """
    while True:
        account.go_on()
        with replica.reading() as reader:
            batch = next_taken(reader.connection, BATCH_CHANGES, BATCH_BYTES)
        if batch is None:
            return None
        account.tally.requests += 1
        try:
            reply = exchange(request_of(batch))
        except (CentreRefused, CentreError) as fault:
            return fault
        if reply.protocol != PROTOCOL:
            raise NewerCentre
        if reply.state == "revoked":
            raise DeviceRevoked
        take_taken(replica, batch, reply, account, clock)


def request_of(batch: TakenBatch) -> Exchange:
    """The request that sends a batch, under the name of the laptop that made it."""
    return Exchange(PROTOCOL, bytes.fromhex(batch.device), batch.incarnation, batch.first, batch.head_before, batch.changes, 0, 0, 0)


def take_taken(replica: Replica, batch: TakenBatch, reply: ExchangeReply, account: Account, clock: Clock) -> None:
    """Take in what the centre said to a batch, in one transaction; CentreConfused when it fits nothing."""
    with replica.transaction() as connection:
        if reply.state == "fork":
            account.odd("fork")
            renumber_taken(connection, batch.device, batch.incarnation, reply.incarnation)
        elif reply.state == "resend":
            account.odd("resend")
            if not rewind_taken(connection, batch.device, batch.incarnation, reply.received):
                renumber_taken(connection, batch.device, batch.incarnation, batch.incarnation + 1)
        elif reply.received < batch.first:
            raise CentreConfused
        else:
            at = moment_text(clock.now())
            verdicts = give_taken(connection, batch, reply.verdicts, clock)
            account.tally.receipts += receive_taken(connection, batch, reply.received, verdicts, reply.revision, at)
            account.tally.conflicts += sum(each.code == "conflict" for each in verdicts)
            account.tally.rejected += sum(each.code == "rejected" for each in verdicts)
            account.tally.pushed += len(batch.changes)
