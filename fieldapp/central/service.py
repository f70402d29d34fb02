"""The sync contract with no HTTP in it: enrolment, exchange, snapshot, blobs. `peer` gives the end that one device sees.

Replies are made after COMMIT, from what is committed. The same object serves the console and the simulator's world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from fieldapp.base.clock import Clock, moment_from_text, moment_text
from fieldapp.base.ids import Id, IdSource, Randomness, is_id
from fieldapp.central.blobs import Blobs
from fieldapp.central.config import CentreSettings
from fieldapp.central.refusals import OtherProtocol, RevokedDevice, UnknownBlob, UnknownDevice, UnusableCsr
from fieldapp.central.renewal import Renewals
from fieldapp.central.rounds.epochs import History, begin_epoch, epoch_of, history_of
from fieldapp.central.rounds.exchange import (
    Place,
    Stand,
    Taken,
    new_incarnation,
    place_of,
    stand_of,
    take_changes,
    touched_by,
    verdicts_between,
    write_log,
)
from fieldapp.central.rounds.news import News, changed_outside, page_after, snapshot_count, snapshot_rows
from fieldapp.central.rounds.numbers import lease_blocks, skip_numbers, void_blocks
from fieldapp.central.rounds.own import OwnWork
from fieldapp.central.rounds.scope import parts_of, scope_digest
from fieldapp.central.rounds.settle import close_books
from fieldapp.central.stamping import is_due, stamp_due
from fieldapp.central.store.books import Books, read_body, revision_of
from fieldapp.central.store.engine import Store, next_number
from fieldapp.central.store.tables import blob, blob_use, device, engineer_partition, record
from fieldapp.central.trust.accounts import use_code
from fieldapp.central.trust.certificates import Authority
from fieldapp.central.trust.devices import note_certificate, note_takeover, revoke_device, revoked_certificates, stands_for
from fieldapp.central.trust.sealing import SealingKey
from fieldapp.wire.protocol import (
    PROTOCOL,
    BlobState,
    Enrolled,
    EnrolRequest,
    Exchange,
    ExchangeReply,
    Row,
    SnapshotHead,
)

__all__ = ["CentralService", "DevicePeer"]

PROTOCOLS = (PROTOCOL,)
PAGE_LIMIT = 5000
WANTED_BLOBS = 200
SCOPE_EVERY = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=10)


_WHO = select(device).where(device.c.id == bindparam("device"))
_WANTED = (
    select(blob_use.c.digest, blob_use.c.size)
    .join(engineer_partition, engineer_partition.c.partition == blob_use.c.partition)
    .where(engineer_partition.c.engineer == bindparam("who"), engineer_partition.c.left_revision.is_(None), blob_use.c.missing.is_(True))
    .distinct()
    .order_by(blob_use.c.size, blob_use.c.digest)
    .limit(WANTED_BLOBS)
)


class CentralService:
    """One centre on one data folder and database."""

    def __init__(self, settings: CentreSettings, *, clock: Clock, randomness: Randomness) -> None:
        """Open everything; raises BadDataFolder or BrokenAuthority."""
        self.settings = settings
        self.clock = clock
        self.randomness = randomness
        self.ids = IdSource(clock, randomness)
        self.store = Store(settings.database)
        self.blobs = Blobs(settings.blobs, quota=settings.blob_quota_mib * 2**20)
        self.authority = Authority.open_or_make(settings.keys, settings.passphrase, settings.company, clock.now(), randomness)
        self.renewals = Renewals()
        self.sealing = SealingKey.open_or_make(settings.keys, settings.passphrase)
        with self.store.reading() as connection:
            fresh = epoch_of(connection) == 0
        if fresh:
            self.begin_epoch()

    def close(self) -> None:
        """Give the database back."""
        self.store.close()

    def begin_epoch(self) -> int:
        """Begin a new epoch: on the first day, and after a restore from a backup. Laptops then send again what is missing here."""
        with self.store.writing() as connection:
            return _new_epoch(self, connection)

    def peer(self, device_id: Id) -> DevicePeer:
        """The end of a sync round that one device sees; who asks must have been checked before."""
        return DevicePeer(self, device_id)

    def write(self, edit: Callable[[Books], None], engineers: Iterable[Id] = ()) -> int:
        """Run one edit of the centre's own in a transaction with all that follows from it; returns the highest revision."""
        with self.store.writing() as connection:
            books = Books(connection)
            edit(books)
            return close_books(books, self, engineers)

    # ------------------------------------------------------------------------------------------------ devices

    def enrol(self, request: EnrolRequest) -> Enrolled:
        """Make a laptop a device: code used up, certificate issued, numbers leased, scope derived. May be repeated by the same device."""
        if request.protocol not in PROTOCOLS:
            raise OtherProtocol
        if not is_id(request.device):
            raise UnusableCsr
        now = self.clock.now()
        with self.store.writing() as connection:
            engineer = use_code(connection, request.code, request.device, now)
            body = connection.execute(select(record.c.body).where(record.c.kind == "person", record.c.id == engineer)).scalar()
            name = str(read_body(body)["name"]) if body is not None else ""
            held = connection.execute(select(device).where(device.c.id == request.device)).first()
            if held is not None and held.engineer != engineer:
                raise UnusableCsr
            if held is not None and held.state == "revoked":
                raise RevokedDevice
            certificate, serial = self.authority.issue(request.csr, name, request.device, now)
            note_certificate(connection, request.device, serial, certificate, now)
            incarnation = held.incarnation if held is not None else 1
            values = {
                "engineer": engineer,
                "name": request.device_name[:200],
                "incarnation": incarnation,
                "certificate": certificate,
                "serial": serial,
                "state": "active",
                "enrolled_at": moment_text(now),
                "revoked_at": None,
                "scope_at": moment_text(now),
                "last_seen_at": None,
                "wants_snapshot": False,
            }
            if held is None:
                connection.execute(insert(device).values(id=request.device, **values))
            else:
                connection.execute(update(device).where(device.c.id == request.device).values(values))
            books = Books(connection)
            lease_blocks(books, request.device, engineer, now)
            close_books(books, self, [engineer])
            epoch, crl = epoch_of(connection), _crl(connection, self.authority, now)
        chain, sealing, company = (self.authority.ca.der,), self.sealing.public, self.authority.company
        return Enrolled(request.protocol, engineer, name, incarnation, epoch, certificate, chain, crl, sealing, company)

    def device(self, device_id: Id) -> Any:
        """The row of a device; UnknownDevice."""
        with self.store.reading() as connection:
            return _device_row(connection, device_id)

    def revoke(self, device_id: Id, taken_by: Id = "") -> None:
        """Block a device from now on: its certificates go on the list, its unused numbers are void. What it sent stays.

        `taken_by`: the device that takes over what this one had not sent; this one is never let in again.
        """
        who, now = self.device(device_id), self.clock.now()
        with self.store.writing() as connection:
            if revoke_device(connection, device_id, now):
                books = Books(connection)
                void_blocks(books, device_id, who.engineer, now)
                close_books(books, self)
            if taken_by:
                note_takeover(connection, device_id, taken_by)

    def crl(self) -> bytes:
        """The present list of revoked certificates, DER."""
        with self.store.writing() as connection:
            return _crl(connection, self.authority, self.clock.now())

    # ------------------------------------------------------------------------------------------------ rounds

    def exchange(self, device_id: Id, request: Exchange) -> ExchangeReply:
        """One exchange of a device whose identity was checked."""
        if request.protocol not in PROTOCOLS:
            raise OtherProtocol
        with self.store.reading() as connection:
            who = _device_row(connection, device_id)
            if who.state != "active":
                return ExchangeReply(PROTOCOL, "revoked", 0, 0, request.incarnation, 0, b"", now=_millis(self.clock))
            if device_id != request.device.hex():  # what a lost laptop had not sent comes from the one that took it over
                who, request = stands_for(connection, who, request)
            history = history_of(connection)
            stand = stand_of(connection, request)
            odd = _is_odd(request, history, stand)
            if not odd and not self._anything_due(connection, who, request):  # the usual evening: one reading transaction
                return self._reply(connection, who, request, history, stand.place)
        if odd:
            return self._answer_odd(who, request, history, stand)
        work = self._take(who, request)
        if request.wants > 0:
            stamp_due(self, who.engineer)
            self.renewals.turn(self)
        with self.store.reading() as connection:
            place = place_of(connection, who.id, request.incarnation)
            return self._reply(connection, who, request, history_of(connection), place, work)

    def _anything_due(self, connection: Connection, who: Any, request: Exchange) -> bool:
        """Whether something must be written before the reply."""
        now = self.clock.now()
        return bool(
            request.changes
            or request.incarnation > who.incarnation
            or _is_stale(who, now)
            or _is_unseen(who, now)
            or (request.wants > 0 and (is_due(connection) or self.renewals.is_due(now)))
        )

    def _answer_odd(self, who: Any, request: Exchange, history: History, stand: Stand) -> ExchangeReply:
        """Answer a request that comes from another history: another epoch, a fork, a gap."""
        with self.store.writing() as connection:
            if request.epoch == history.epoch == epoch_of(connection) and request.cursor > history.revision:
                _new_epoch(self, connection)  # a laptop has seen revisions that are not here: this is a restored backup
            if stand.state == "fork":
                fresh = new_incarnation(connection, who.id, request.incarnation)
                if who.state == "active":
                    _new_numbers(self, Books(connection), who)
                return _bare(connection, "fork", fresh, place_of(connection, who.id, fresh), _millis(self.clock))
            return _bare(connection, "resend", request.incarnation, stand.place, _millis(self.clock))

    def _take(self, who: Any, request: Exchange) -> OwnWork | None:
        """Write what the request brings, and what is due for this device anyway; what became of it, where all of it came first now."""
        now = self.clock.now()
        stale = _is_stale(who, now)
        with self.store.writing() as connection:
            stand = stand_of(connection, request)  # again: another request of this device may have come first
            books = Books(connection)
            taken = take_changes(books, who.engineer, request, stand, now) if stand.state == "ok" else Taken()
            work = OwnWork(books, taken, request.cursor)
            top = close_books(books, self, [who.engineer] if stale else [])
            write_log(connection, taken, top)
            seen: dict[str, Any] = {"incarnation": max(who.incarnation, request.incarnation)}
            if who.state == "active":
                lease_blocks(books, who.id, who.engineer, now)  # after the books closed: the laptop may just have said what it used
                close_books(books, self)
                seen["last_seen_at"] = moment_text(now)
            if stale:
                seen["scope_at"] = moment_text(now)
            connection.execute(update(device).where(device.c.id == who.id).values(seen))
        return work if len(taken.rows) == len(request.changes) else None

    def _reply(
        self, connection: Connection, who: Any, request: Exchange, history: History, place: Place, work: OwnWork | None = None
    ) -> ExchangeReply:
        verdicts = work.verdicts if work else verdicts_between(connection, request, place.received) if request.changes else ()
        anew = who.wants_snapshot or history.lost(request.cursor)
        news = News(request.cursor)
        wanted: tuple[str, ...] = ()
        agrees: bool | None = None
        inside, left = parts_of(connection, who.engineer) if request.wants > 0 or request.changes else ({}, {})
        if request.wants > 0:
            wanted = _wanted(connection, who.engineer)
            if not anew:
                own = work.revisions() if work else {}
                news = page_after(connection, inside, left, history.revision, request.cursor, min(request.wants, PAGE_LIMIT), own)
                if request.scope_digest and not len(news) and not news.more:
                    agrees = scope_digest(connection, who.engineer) == request.scope_digest
        if request.changes:
            touched = work.touched if work else touched_by(connection, request, place.received)
            news.removed += changed_outside(connection, touched, inside)
        return ExchangeReply(
            PROTOCOL,
            "snapshot" if anew else "ok",
            history.epoch,
            history.revision,
            request.incarnation,
            place.received,
            place.head,
            verdicts,
            tuple(news.rows),
            tuple(news.removed),
            news.cursor,
            news.more,
            agrees,
            _millis(self.clock),
            wanted,
        )

    def ask_for_the_whole(self, device_id: Id) -> None:
        """Have a confused or restored replica replaced at its next round, without losing what has no receipt."""
        with self.store.writing() as connection:
            connection.execute(update(device).where(device.c.id == device_id).values(wants_snapshot=True))

    def snapshot(self, device_id: Id) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole scope of a device at one revision. The iterator holds a reading transaction until it ends or is closed."""
        who = self.device(device_id)
        if who.state != "active":
            raise RevokedDevice
        if who.wants_snapshot:
            with self.store.writing() as connection:
                connection.execute(update(device).where(device.c.id == device_id).values(wants_snapshot=False))
        rows = _snapshot(self.store, who.engineer)
        head = next(rows)
        assert isinstance(head, SnapshotHead)
        return head, rows  # type: ignore[return-value]  # the head was the first; all others are rows

    # ------------------------------------------------------------------------------------------------ blobs

    def blob_state(self, digest: str) -> BlobState:
        """How much of a blob is here; a blob that is whole is known as such afterwards, whatever was killed before."""
        state = self.blobs.state(digest)
        if state.complete:
            _note_blob(self.store, digest, state.offset, self.clock.now())
        return state

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Take a chunk; see `Blobs.append`."""
        state = self.blobs.append(digest, offset, total, chunk)
        if state.complete:
            _note_blob(self.store, digest, state.offset, self.clock.now())
        return state

    def keep_blob(self, data: bytes) -> str:
        """Keep bytes made at the centre; returns their digest."""
        digest = self.blobs.put(data)
        _note_blob(self.store, digest, len(data), self.clock.now())
        return digest

    def fetch_blob(self, device_id: Id, digest: str, offset: int) -> Iterator[bytes]:
        """The bytes of a blob that belongs to the device's scope; UnknownBlob otherwise."""
        who = self.device(device_id)
        with self.store.reading() as connection:
            uses = set(connection.execute(select(blob_use.c.partition).where(blob_use.c.digest == digest)).scalars())
            inside = parts_of(connection, who.engineer)[0]
        if not uses & set(inside):
            raise UnknownBlob
        return self.blobs.read(digest, offset)


class DevicePeer:
    """The centre as one device sees it: keeps `wire.protocol.SyncPeer` without a network between."""

    def __init__(self, service: CentralService, device_id: Id) -> None:
        self._service = service
        self._device = device_id

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Push, receipts and news in one."""
        return self._service.exchange(self._device, request)

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole scope."""
        return self._service.snapshot(self._device)

    def blob_state(self, digest: str) -> BlobState:
        """How much of this blob the centre holds."""
        return self._service.blob_state(digest)

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Append a chunk."""
        return self._service.send_blob(digest, offset, total, chunk)

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """The blob's bytes from an offset on."""
        return self._service.fetch_blob(self._device, digest, offset)


def _device_row(connection: Connection, device_id: Id) -> Any:
    row = connection.execute(_WHO, {"device": device_id}).first()
    if row is None:
        raise UnknownDevice
    return row


def _is_stale(who: Any, now: datetime) -> bool:
    """Whether the scope was last looked at long ago: work that ended leaves it with time alone."""
    return now - moment_from_text(who.scope_at) > SCOPE_EVERY


def _is_unseen(who: Any, now: datetime) -> bool:
    return who.last_seen_at is None or now - moment_from_text(who.last_seen_at) > SEEN_EVERY


def _is_odd(request: Exchange, history: History, stand: Stand) -> bool:
    """Whether a request comes from another history than ours. An incarnation that was left behind is as good as the newest as
    long as its chain fits: so two machines with one identity do not chase each other from one incarnation to the next.
    """
    lost = request.epoch == history.epoch and request.cursor > history.revision
    return lost or stand.state != "ok" or request.epoch not in {0, history.epoch}


def _new_epoch(service: CentralService, connection: Connection) -> int:
    """Begin an epoch; after the first one that means that a backup was put back."""
    first = epoch_of(connection) == 0
    fresh = begin_epoch(connection, service.randomness)
    if not first:
        skip_numbers(connection, service.clock.now(), fresh)
    return fresh


def _new_numbers(service: CentralService, books: Books, who: Any) -> None:
    """A disk that was put back or copied would give out again what it gave out before: other numbers instead."""
    now = service.clock.now()
    void_blocks(books, who.id, who.engineer, now)
    close_books(books, service)
    lease_blocks(books, who.id, who.engineer, now)
    close_books(books, service)


def _millis(clock: Clock) -> int:
    return int(clock.now().timestamp() * 1000)


def _crl(connection: Connection, authority: Authority, now: datetime) -> bytes:
    return authority.crl(revoked_certificates(connection), next_number(connection, "crl"), now)


def _bare(connection: Connection, state: Literal["fork", "resend"], incarnation: int, place: Place, now: int) -> ExchangeReply:
    epoch, top = epoch_of(connection), revision_of(connection)
    return ExchangeReply(PROTOCOL, state, epoch, top, incarnation, place.received, place.head, now=now)


def _snapshot(store: Store, engineer: Id) -> Iterator[SnapshotHead | Row]:
    with store.reading() as connection:
        parts = list(parts_of(connection, engineer)[0])
        count = snapshot_count(connection, parts)
        yield SnapshotHead(PROTOCOL, epoch_of(connection), revision_of(connection), count)
        yield from snapshot_rows(connection, parts)


def _note_blob(store: Store, digest: str, size: int, now: datetime) -> None:
    """Let the database know of a blob that is whole on disk; done before is done."""
    known = select(blob.c.digest).where(blob.c.digest == digest)
    with store.reading() as connection:
        if connection.execute(known).first() is not None:
            return
    with store.writing() as connection:
        if connection.execute(known).first() is None:
            connection.execute(insert(blob).values(digest=digest, size=size, at=moment_text(now)))
            connection.execute(update(blob_use).where(blob_use.c.digest == digest).values(missing=False))


def _wanted(connection: Connection, engineer: Id) -> tuple[str, ...]:
    return tuple(row.digest for row in connection.execute(_WANTED, {"who": engineer}))
