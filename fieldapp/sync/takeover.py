"""What was taken over from a lost laptop goes to the centre under its name, in a round of the laptop that took it over."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.base.clock import Clock, moment_text
from fieldapp.base.errors import CentreError, FieldappError
from fieldapp.replica.engine import Replica
from fieldapp.replica.keeping.takeover import next_taken, receive_taken, renumber_taken, rewind_taken
from fieldapp.sync.account import Account
from fieldapp.sync.refusals import CentreConfused, CentreRefused, DeviceRevoked, NewerCentre
from fieldapp.wire.protocol import PROTOCOL, Exchange, ExchangeReply

__all__ = ["push_taken"]

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
        device = bytes.fromhex(batch.device)
        request = Exchange(PROTOCOL, device, batch.incarnation, batch.first, batch.head_before, batch.changes, 0, 0, 0)
        account.tally.requests += 1
        try:
            reply = exchange(request)
        except (CentreRefused, CentreError) as fault:
            return fault
        if reply.protocol != PROTOCOL:
            raise NewerCentre
        if reply.state == "revoked":
            raise DeviceRevoked
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
                account.tally.receipts += receive_taken(connection, batch, reply.received, reply.verdicts, reply.revision, at)
                account.tally.conflicts += sum(each.code == "conflict" for each in reply.verdicts)
                account.tally.rejected += sum(each.code == "rejected" for each in reply.verdicts)
                account.tally.pushed += len(batch.changes)
