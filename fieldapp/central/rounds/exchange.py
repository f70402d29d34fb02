"""One exchange: where the laptop stands, its Changes into the log and the books, receipts, news. Replies only after COMMIT.

Idempotent by (device, incarnation, sequence): what was taken before gets the same verdict again. A sequence that comes with
another digest is a fork; a gap, or an epoch that is not ours, means that one end was restored, and nothing is guessed.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, or_, select, update

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.central.rounds.merge import Arrival, merge_change
from fieldapp.central.store.books import Books
from fieldapp.central.store.engine import put_values
from fieldapp.central.store.tables import change_log, device
from fieldapp.domain.records import KINDS
from fieldapp.wire.changes import GENESIS, BadChange, Change, chain_digest, change_from_bytes, content_digest
from fieldapp.wire.protocol import Exchange, Verdict

__all__ = [
    "Place",
    "Stand",
    "Taken",
    "new_incarnation",
    "place_of",
    "stand_of",
    "take_changes",
    "touched_by",
    "verdicts_between",
    "write_log",
]


@dataclass(frozen=True, slots=True)
class Place:
    """How far the centre holds an incarnation: highest sequence and the chain's head there."""

    received: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Stand:
    """How a request fits what the centre holds: ok, fork, or resend; `fresh` are the bytes not taken yet."""

    state: str
    place: Place
    fresh: Sequence[bytes] = ()


_LAST = (
    select(change_log.c.sequence, change_log.c.head)
    .where(change_log.c.device == bindparam("device"), change_log.c.incarnation == bindparam("incarnation"))
    .order_by(change_log.c.sequence.desc())
    .limit(1)
)


def place_of(connection: Connection, device_id: Id, incarnation: int) -> Place:
    """The place up to which everything of an incarnation has a receipt."""
    row = connection.execute(_LAST, {"device": device_id, "incarnation": incarnation}).first()
    return Place(row.sequence, row.head) if row is not None else Place(0, GENESIS)


def stand_of(connection: Connection, request: Exchange) -> Stand:
    """Check the chain of a request against the log; nothing is written."""
    device_id = request.device.hex()
    place = place_of(connection, device_id, request.incarnation)
    if request.first < 1 or request.first > place.received + 1:
        return Stand("resend", place)
    if request.first == place.received + 1:  # the usual case needs no look into the log
        return Stand("ok" if request.head_before == place.head else "fork", place, request.changes)
    heads = _heads(connection, request, place)
    head = request.head_before
    if heads.get(request.first - 1, GENESIS if request.first == 1 else None) != head:
        return Stand("fork", place)
    for offset, data in enumerate(request.changes):
        sequence = request.first + offset
        if sequence > place.received:
            return Stand("ok", place, request.changes[offset:])
        head = chain_digest(head, data)
        if heads[sequence] != head:
            return Stand("fork", place)
    return Stand("ok", place)


def _heads(connection: Connection, request: Exchange, place: Place) -> dict[int, bytes]:
    """The heads that the log holds at the sequences of a request, and at the one before."""
    last = min(place.received, request.first + len(request.changes) - 1)
    rows = connection.execute(
        select(change_log.c.sequence, change_log.c.head).where(
            change_log.c.device == request.device.hex(),
            change_log.c.incarnation == request.incarnation,
            change_log.c.sequence.between(request.first - 1, last if last >= request.first else request.first - 1),
        )
    )
    return {row.sequence: row.head for row in rows}


_LOGGED = (
    *("device", "incarnation", "sequence", "head", "content", "bytes", "kind", "record"),
    *("verdict", "fields", "reason", "conflict", "at", "revision"),
)


@dataclass(slots=True)
class Taken:
    """What became of the fresh Changes of a request: rows of the log but for their revision, and the verdicts that are not `applied`.

    `by_record`: the Changes that were merged, by the record they name, in order; `odd`: the records about which not all was simply
    applied.
    """

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    by_record: dict[tuple[str, Id], list[Change]] = field(default_factory=dict)
    odd: set[tuple[str, Id]] = field(default_factory=set)


def take_changes(books: Books, engineer: Id, request: Exchange, stand: Stand, now: datetime) -> Taken:
    """Merge what is fresh into the books; the log is to be written by `write_log` once revisions are known."""
    device_id, incarnation = request.device.hex(), request.incarnation
    first = stand.place.received + 1
    read = [_read(data, sequence) for sequence, data in enumerate(stand.fresh, first)]
    books.load((change.kind, change.record.hex()) for change, _ in read if change is not None and change.kind in KINDS)
    contents = [
        content_digest(data) if change is not None else hashlib.sha256(data).digest()
        for data, (change, _) in zip(stand.fresh, read, strict=True)
    ]
    known = _known_contents(books.connection, device_id, incarnation, contents)
    at = moment_text(now)
    head = stand.place.head
    taken = Taken()
    for sequence, data, (change, reason), content in zip(itertools.count(first), stand.fresh, read, contents):
        head = chain_digest(head, data)
        place = (change.kind, change.record.hex()) if change is not None else ("", "")
        verdict: Verdict | None
        if change is None:
            verdict = Verdict(sequence, "rejected", (), reason)
        elif content in known:  # an incarnation that was left behind sent exactly this before
            verdict = msgspec.structs.replace(known[content], sequence=sequence)
            taken.odd.add(place)
        else:
            verdict = merge_change(books, Arrival(change, engineer, device_id, incarnation))
            taken.by_record.setdefault(place, []).append(change)
        spelled = (bytearray(head), bytearray(content), bytearray(data))  # of `bytes` SQLite's driver asks each time how to adapt them
        row = (device_id, incarnation, sequence, *spelled, place[0][:40], place[1][:32])
        if verdict.code == "applied":
            taken.rows.append((*row, "applied", "[]", "", "", at))
            continue
        taken.odd.add(place)
        taken.verdicts.append(verdict)
        fields = json.dumps(verdict.fields, ensure_ascii=False) if verdict.fields else "[]"
        taken.rows.append((*row, verdict.code, fields, verdict.reason, verdict.conflict, at))
    return taken


def write_log(connection: Connection, taken: Taken, revision: int) -> None:
    """Write the log of one exchange with the revision it led to."""
    put_values(connection, change_log, _LOGGED, [(*row, revision) for row in taken.rows], replace=False)


def _read(data: bytes, sequence: int) -> tuple[Change | None, str]:
    try:
        change = change_from_bytes(data)
    except BadChange:
        return None, "unreadable"
    return (change, "") if change.sequence == sequence else (None, "wrong_order")


def _known_contents(connection: Connection, device_id: Id, incarnation: int, contents: Sequence[bytes]) -> dict[bytes, Verdict]:
    """Verdicts that other incarnations of this device got for the same contents."""
    mine = select(change_log.c.sequence).where(change_log.c.device == device_id)
    # one step into the index each: "another one" would be looked for through the device's whole log
    before, after = change_log.c.incarnation < incarnation, change_log.c.incarnation > incarnation
    if not connection.execute(select(or_(mine.where(before).exists(), mine.where(after).exists()))).scalar():
        return {}
    others = change_log.c.device == device_id, change_log.c.incarnation != incarnation
    known: dict[bytes, Verdict] = {}
    for start in range(0, len(contents), 400):
        wanted = change_log.c.content.in_(contents[start : start + 400])
        for row in connection.execute(select(change_log).where(*others, wanted)):
            known[row.content] = _verdict(row)
    return known


def _verdict(row: Any) -> Verdict:
    return Verdict(row.sequence, row.verdict, tuple(json.loads(row.fields)), row.reason, row.conflict)


def verdicts_between(connection: Connection, request: Exchange, last: int) -> tuple[Verdict, ...]:
    """The exceptions among the changes of a request, up to the last one received."""
    rows = connection.execute(
        select(change_log)
        .where(
            change_log.c.device == request.device.hex(),
            change_log.c.incarnation == request.incarnation,
            change_log.c.sequence.between(request.first, min(last, request.first + len(request.changes) - 1)),
            change_log.c.verdict != "applied",
        )
        .order_by(change_log.c.sequence)
    )
    return tuple(_verdict(row) for row in rows)


def touched_by(connection: Connection, request: Exchange, last: int) -> list[tuple[str, Id]]:
    """Kind and identity of what the changes of a request name, up to the last one received, from the log."""
    mine = change_log.c.device == request.device.hex(), change_log.c.incarnation == request.incarnation
    here = change_log.c.sequence.between(request.first, min(last, request.first + len(request.changes) - 1))
    rows = connection.execute(select(change_log.c.kind, change_log.c.record).where(*mine, here).distinct())
    return [(row.kind, row.record) for row in rows]


def new_incarnation(connection: Connection, device_id: Id, seen: int) -> int:
    """Give a device that forked an incarnation that nobody used."""
    held = connection.execute(select(device.c.incarnation).where(device.c.id == device_id)).scalar() or 0
    fresh = max(int(held), seen) + 1
    connection.execute(update(device).where(device.c.id == device_id).values(incarnation=fresh))
    return fresh
