"""A small honest centre in memory, and a network that loses things: what rounds are tried against in these tests.

It keeps the contract of `wire.protocol.SyncPeer` in the plainest way and shares no code with the real centre.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fieldapp.base.clock import Clock
from fieldapp.base.ids import Id, derived_id
from fieldapp.domain.records import KINDS, Plain, kind_of, to_plain
from fieldapp.sync.refusals import BlobNotAtCentre, CentreUnreachable
from fieldapp.wire.changes import GENESIS, Change, chain_digest, change_from_bytes, row_digest, scope_sum, value_digest
from fieldapp.wire.protocol import (
    PROTOCOL,
    BlobState,
    Exchange,
    ExchangeReply,
    RemovedRow,
    Row,
    SnapshotHead,
    SyncPeer,
    Verdict,
)

Key = tuple[str, Id]


@dataclass
class Stored:
    """One record at the centre: values, the revision of each field, and which devices changed it since when."""

    values: dict[str, Plain]
    revision: int
    fields: dict[str, int] = field(default_factory=dict)
    deleted: bool = False
    hidden: bool = False
    by: dict[str, int] = field(default_factory=dict)


@dataclass
class Entry:
    """One Change in the log."""

    data: bytes
    head: bytes
    verdict: Verdict


@dataclass
class Books:
    """All that a backup of the centre holds."""

    revision: int = 0
    records: dict[Key, Stored] = field(default_factory=dict)
    log: dict[tuple[Id, int], list[Entry]] = field(default_factory=dict)
    incarnations: dict[Id, int] = field(default_factory=dict)
    blobs: dict[str, bytearray] = field(default_factory=dict)


class BlobShelf:
    """The blobs of the centre."""

    books: Books

    def blob_state(self, digest: str) -> BlobState:
        """How much of a blob is here."""
        held = self.books.blobs.get(digest, bytearray())
        return BlobState(len(held), hashlib.sha256(held).hexdigest() == digest)

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Append a chunk."""
        held = self.books.blobs.setdefault(digest, bytearray())
        if offset <= len(held) <= total:
            held[offset:] = chunk
        return self.blob_state(digest)

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """The bytes from an offset on."""
        if not self.blob_state(digest).complete:
            raise BlobNotAtCentre
        held = bytes(self.books.blobs[digest])
        return iter([held[place : place + 50_000] for place in range(offset, len(held), 50_000)])


class ReferenceCentre(BlobShelf):
    """The centre. `echo` False: rows that only the asking device changed, and nothing else, are not sent back to it."""

    def __init__(self, clock: Clock, *, echo: bool = True) -> None:
        self.books = Books()
        self.epoch = 1
        self.floor: int | None = None
        self.echo = echo
        self.clock = clock
        self.revoked: set[Id] = set()
        self.whole_for: set[Id] = set()

    # ------------------------------------------------------------------------------------ the centre's own work

    def save(self, record: object, **extra: Plain) -> None:
        """The dispatcher writes a record; `extra` are fields that the laptop's version does not know."""
        kind = kind_of(record).name
        self.put(kind, record.id, {**to_plain(record), **extra})  # type: ignore[attr-defined]

    def put(self, kind: str, record_id: Id, values: dict[str, Plain]) -> None:
        """Write plain values of any kind."""
        stored = self.books.records.setdefault((kind, record_id), Stored({}, 0))
        changed = {name: value for name, value in values.items() if stored.values.get(name) != value or name not in stored.values}
        if changed or stored.deleted:
            stored.deleted = False
            self._write(stored, changed, "")

    def remove(self, kind: str, record_id: Id) -> None:
        """The dispatcher deletes a record."""
        stored = self.books.records[kind, record_id]
        stored.deleted = True
        self._write(stored, {}, "")

    def hide(self, kind: str, record_id: Id, hidden: bool = True) -> None:
        """A record leaves or enters the scope."""
        stored = self.books.records[kind, record_id]
        stored.hidden = hidden
        self._write(stored, {}, "")
        if not hidden:
            stored.fields = dict.fromkeys(stored.values, stored.revision)

    def backup(self) -> Books:
        """A backup of everything."""
        return copy.deepcopy(self.books)

    def restore(self, kept: Books) -> None:
        """Go back to a backup: a new epoch, and revisions go on above all that were ever used."""
        used = self.books.revision
        self.floor = kept.revision
        self.books = copy.deepcopy(kept)
        self.books.revision = used + 10
        self.epoch += 1

    def _write(self, stored: Stored, changed: dict[str, Plain], device: Id) -> None:
        self.books.revision += 1
        stored.revision = self.books.revision
        stored.values.update(changed)
        stored.fields.update(dict.fromkeys(changed, stored.revision))
        stored.by[device] = stored.revision

    # ------------------------------------------------------------------------------------ the contract

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Push, receipts, news."""
        device = request.device.hex()
        if device in self.revoked:
            return self._reply("revoked", request, 0, GENESIS)
        log = self.books.log.setdefault((device, request.incarnation), [])
        known = self.books.incarnations.setdefault(device, request.incarnation)
        head = log[-1].head if log else GENESIS
        if request.incarnation < known or self._forked(log, request):
            fresh = self.books.incarnations[device] = max(known, request.incarnation) + 1
            return self._reply("fork", request, 0, GENESIS, incarnation=fresh)
        self.books.incarnations[device] = request.incarnation
        if request.first > len(log) + 1 or request.epoch not in (0, self.epoch):
            return self._reply("resend", request, len(log), head)
        for place, data in enumerate(request.changes, request.first):
            if place > len(log):
                log.append(Entry(data, chain_digest(head, data), self._merge(device, change_from_bytes(data))))
                head = log[-1].head
        last = request.first + len(request.changes) - 1
        verdicts = tuple(e.verdict for e in log[request.first - 1 : last] if e.verdict.code != "applied")
        lost = self.floor is not None and self.floor < request.cursor < self.books.revision and request.cursor <= self._lost_to()
        if request.wants and (lost or device in self.whole_for):
            return self._reply("snapshot", request, len(log), head, verdicts=verdicts)
        return self._reply("ok", request, len(log), head, verdicts=verdicts)

    def _lost_to(self) -> int:
        return min((s.revision for s in self.books.records.values() if s.revision > (self.floor or 0)), default=self.books.revision) - 1

    @staticmethod
    def _forked(log: list[Entry], request: Exchange) -> bool:
        before = request.first - 1
        if before > len(log):
            return False
        if (log[before - 1].head if before else GENESIS) != request.head_before:
            return True
        return any(place <= len(log) and log[place - 1].data != data for place, data in enumerate(request.changes, request.first))

    def _reply(
        self,
        state: str,
        request: Exchange,
        received: int,
        head: bytes,
        *,
        incarnation: int | None = None,
        verdicts: tuple[Verdict, ...] = (),
    ) -> ExchangeReply:
        rows: list[Row] = []
        removed: list[RemovedRow] = []
        cursor, more, agrees = request.cursor, False, None
        wanted: tuple[str, ...] = ()
        if state == "ok" and request.wants:
            rows, removed, cursor, more = self._news(request)
            if request.scope_digest and not rows and not removed:
                agrees = self.digest() == request.scope_digest
            wanted = tuple(sorted(self._wanted()))
        now = int(self.clock.now().timestamp() * 1000)
        chosen = request.incarnation if incarnation is None else incarnation
        return ExchangeReply(
            PROTOCOL,
            state,  # type: ignore[arg-type]
            self.epoch,
            self.books.revision,
            chosen,
            received,
            head,
            verdicts,
            tuple(rows),
            tuple(removed),
            cursor,
            more,
            agrees,
            now,
            wanted,
        )

    def _news(self, request: Exchange) -> tuple[list[Row], list[RemovedRow], int, bool]:
        device = request.device.hex()
        fresh = sorted((s.revision, key) for key, s in self.books.records.items() if s.revision > request.cursor)
        rows: list[Row] = []
        removed: list[RemovedRow] = []
        for revision, (kind, record_id) in fresh[: request.wants]:
            stored = self.books.records[kind, record_id]
            if stored.deleted or stored.hidden:
                removed.append(RemovedRow(kind, bytes.fromhex(record_id), revision, stored.deleted))
            elif self.echo or max((at for who, at in stored.by.items() if who != device), default=0) > request.cursor:
                values = {n: v for n, v in stored.values.items() if not n.startswith("/") or stored.fields[n] > request.cursor}
                rows.append(Row(kind, bytes.fromhex(record_id), revision, values))
        more = len(fresh) > request.wants
        return rows, removed, fresh[request.wants - 1][0] if more else self.books.revision, more

    def _merge(self, device: Id, change: Change) -> Verdict:
        key = (change.kind, change.record_id)
        if "poison" in change.values().values():
            return Verdict(change.sequence, "rejected", tuple(change.values()), "bad_value")
        stored = self.books.records.get(key)
        if stored is None:
            stored = self.books.records[key] = Stored({}, 0)
            known = KINDS[change.kind].fields
            defaults = {name: each.default for name, each in known.items() if each.default is not None}
            if change.deleted:
                stored.deleted = True
            self._write(stored, {**defaults, **change.values()}, device if change.values().keys() >= defaults.keys() else "")
            return Verdict(change.sequence, "applied")
        if change.deleted:
            stored.deleted = True
            self._write(stored, {}, device)
            return Verdict(change.sequence, "applied")
        if stored.deleted:
            return self._conflict(change, list(change.values()))
        lost, won = [], {}
        for edit in change.edits:
            current = stored.values.get(edit.name)
            fits = edit.base == value_digest(current) or (edit.base is None and edit.name not in stored.values)
            if fits or current == edit.value:
                won[edit.name] = edit.value
            else:
                lost.append(edit.name)
        self._write(stored, won, "" if lost else device)
        return self._conflict(change, lost) if lost else Verdict(change.sequence, "applied")

    def _conflict(self, change: Change, names: list[str]) -> Verdict:
        conflict = derived_id("conflict", change.record_id, *names, str(change.latest), *map(repr, change.values().values()))
        mine = repr([change.values()[name] for name in names])
        self.put("conflict", conflict, {"kind": change.kind, "record_id": change.record_id, "field": ",".join(names), "mine": mine})
        return Verdict(change.sequence, "conflict", tuple(names), "both_edited", conflict)

    def in_scope(self) -> dict[Key, Stored]:
        """The records that everybody sees."""
        return {key: stored for key, stored in self.books.records.items() if not stored.deleted and not stored.hidden}

    def digest(self) -> bytes:
        """The digest of the scope."""
        return scope_sum(row_digest(kind, i, s.values) for (kind, i), s in self.in_scope().items()).to_bytes(32, "big")

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """The whole."""
        self.whole_for.clear()
        rows = [Row(kind, bytes.fromhex(i), s.revision, dict(s.values)) for (kind, i), s in sorted(self.in_scope().items())]
        return SnapshotHead(PROTOCOL, self.epoch, self.books.revision, len(rows)), iter(rows)

    def _wanted(self) -> Iterator[str]:
        for (kind, _), stored in self.in_scope().items():
            digest = stored.values.get("digest")
            if kind == "attachment" and isinstance(digest, str) and digest and not self.blob_state(digest).complete:
                yield digest

    def saw(self, kind: str, record_id: Id, name: str) -> Plain:
        """A field as it stands at the centre."""
        return self.books.records[kind, record_id].values.get(name)


class LossyPeer:
    """A network: `before` and `after` each call a function that may raise CentreUnreachable; requests are counted."""

    def __init__(self, centre: SyncPeer, fault: Callable[[str], bool] | None = None) -> None:
        """`fault` is asked with "exchange>" before a request reaches the centre and "exchange<" before its reply comes back."""
        self.centre = centre
        self.fault = fault or (lambda _: False)
        self.requests: list[str] = []
        self.exchanges: list[tuple[Exchange, ExchangeReply]] = []

    def _cross(self, what: str) -> None:
        if self.fault(what):
            raise CentreUnreachable

    def exchange(self, request: Exchange) -> ExchangeReply:
        """Over the network and back."""
        self.requests.append("exchange")
        self._cross("exchange>")
        reply = self.centre.exchange(request)
        self.exchanges.append((request, reply))
        self._cross("exchange<")
        return reply

    def snapshot(self) -> tuple[SnapshotHead, Iterator[Row]]:
        """A stream that may break in the middle."""
        self.requests.append("snapshot")
        self._cross("snapshot>")
        head, rows = self.centre.snapshot()

        def broken() -> Iterator[Row]:
            for row in rows:
                self._cross("snapshot<")
                yield row

        return head, broken()

    def blob_state(self, digest: str) -> BlobState:
        """Over the network and back."""
        self.requests.append("blob_state")
        self._cross("blob_state>")
        return self.centre.blob_state(digest)

    def send_blob(self, digest: str, offset: int, total: int, chunk: bytes) -> BlobState:
        """Over the network and back."""
        self.requests.append("send_blob")
        self._cross("send_blob>")
        state = self.centre.send_blob(digest, offset, total, chunk)
        self._cross("send_blob<")
        return state

    def fetch_blob(self, digest: str, offset: int) -> Iterator[bytes]:
        """A stream that may break in the middle."""
        self.requests.append("fetch_blob")
        pieces = self.centre.fetch_blob(digest, offset)
        for piece in pieces:
            self._cross("fetch_blob<")
            yield piece
