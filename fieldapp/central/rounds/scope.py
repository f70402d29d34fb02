"""An engineer's scope: the partitions of all data that belong on his laptop, when each entered and when it left.

A scope is everybody's data, his own, and the sites (with their customers) where he has work: assigned cases that are
open, planned visits, inspections and events, and the sites he is fixed to. Ended work keeps its site for a while, so that the
stamped report still comes back to the laptop of whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update

from fieldapp.base.clock import moment_text
from fieldapp.base.ids import Id
from fieldapp.central.store.books import Books, Stored, chunks, read_body
from fieldapp.central.store.tables import assignment, engineer_partition, fixed_site, partition_digest, record
from fieldapp.domain.records import EVERYBODY
from fieldapp.wire.changes import scope_sum

__all__ = ["KEEP_DAYS", "engineers_touched", "note_assignment", "parts_of", "present_parts", "recompute", "scope_digest"]

KEEP_DAYS = 14
"""How long a site stays in the scope after the work there has ended."""

NOBODYS = ("site:", "customer:")
"""Partitions of records that name no site or customer: pictures of a form, a case that the customer did not place yet."""

_PARTS = select(engineer_partition).where(engineer_partition.c.engineer == bindparam("who"))
_DIGESTS = (
    select(partition_digest.c.digest)
    .join(engineer_partition, engineer_partition.c.partition == partition_digest.c.partition)
    .where(engineer_partition.c.engineer == bindparam("who"), engineer_partition.c.left_revision.is_(None))
)

_ENGINEER = {"case": "owner_id", "visit": "engineer_id", "inspection": "engineer_id", "scheduled_event": "standby_engineer"}
_ENDED = {"case": "closed_at", "visit": "left_at", "inspection": "finished_at", "scheduled_event": "actual_ended_at"}
_ENDED_STATES = {
    "case": ("status", {"closed", "archived"}),
    "inspection": ("state", {"finished"}),
    "scheduled_event": ("review_state", {"executed", "cancelled"}),
}


def engineers_touched(connection: Connection, touched: Iterable[Stored]) -> set[Id]:
    """The engineers whose scope these changed records may change; call before the books close."""
    engineers: set[Id] = set()
    for stored in touched:
        name = _ENGINEER.get(stored.kind.name)
        if name:
            engineers.update(str(value) for value in (stored.values.get(name), stored.was.get(name)) if value)
        elif stored.kind.name == "site":
            place = engineer_partition.c.partition == f"site:{stored.id}"
            engineers.update(connection.execute(select(engineer_partition.c.engineer).where(place)).scalars())
    return engineers


def note_assignment(connection: Connection, stored: Stored, now: datetime) -> None:
    """Keep the table of assignments in step with a case, visit, inspection or event."""
    kind = stored.kind.name
    if kind not in _ENGINEER:
        return
    state = _ENDED_STATES.get(kind)
    telling = (_ENGINEER[kind], "site_id", _ENDED[kind], state[0] if state else "")
    same = all(stored.values.get(name) == stored.was.get(name) for name in telling)
    if same and not stored.is_new and stored.deleted == stored.was_deleted:
        return
    connection.execute(delete(assignment).where(assignment.c.kind == kind, assignment.c.id == stored.id))
    engineer, site = stored.values.get(_ENGINEER[kind]), stored.values.get("site_id")
    if stored.deleted or not engineer or not site:
        return
    ended = stored.values.get(_ENDED[kind])
    if not ended and state and stored.values.get(state[0]) in state[1]:
        ended = moment_text(now)
    connection.execute(insert(assignment).values(kind=kind, id=stored.id, engineer=engineer, site=site, ended_at=ended or None))


def present_parts(connection: Connection, engineer: Id, now: datetime) -> set[str]:
    """The partitions that belong to an engineer at this moment, derived anew."""
    since = moment_text(now - timedelta(days=KEEP_DAYS))
    mine = assignment.c.engineer == engineer
    open_or_recent = or_(assignment.c.ended_at.is_(None), assignment.c.ended_at >= since)
    sites = set(connection.execute(select(assignment.c.site).where(mine, open_or_recent).distinct()).scalars())
    sites.update(connection.execute(select(fixed_site.c.site).where(fixed_site.c.engineer == engineer)).scalars())
    parts = {EVERYBODY, f"engineer:{engineer}", *NOBODYS, *(f"site:{site}" for site in sites)}
    for some in chunks(sorted(sites)):
        for body in connection.execute(select(record.c.body).where(record.c.kind == "site", record.c.id.in_(some))).scalars():
            customer = read_body(body).get("customer_id")
            if customer:
                parts.add(f"customer:{customer}")
    return parts


def recompute(books: Books, engineers: Iterable[Id], now: datetime) -> None:
    """Bring the table of partitions up to date; each one that enters or leaves gets a revision of its own."""
    connection = books.connection
    for engineer in sorted(set(engineers)):
        wanted = present_parts(connection, engineer, now)
        rows = connection.execute(select(engineer_partition).where(engineer_partition.c.engineer == engineer)).all()
        held = {row.partition for row in rows if row.left_revision is None}
        once = {row.partition for row in rows}
        for part in sorted(wanted - held):
            values = {"entered_revision": books.take_revision(), "left_revision": None}
            if part in once:
                connection.execute(update(engineer_partition).where(*_row(engineer, part)).values(values))
            else:
                connection.execute(insert(engineer_partition).values(engineer=engineer, partition=part, **values))
        for part in sorted(held - wanted):
            connection.execute(update(engineer_partition).where(*_row(engineer, part)).values(left_revision=books.take_revision()))


def _row(engineer: Id, part: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return engineer_partition.c.engineer == engineer, engineer_partition.c.partition == part


def parts_of(connection: Connection, engineer: Id) -> tuple[dict[str, int], dict[str, int]]:
    """The partitions in the scope with the revision at which each entered, and those that left with theirs."""
    rows = connection.execute(_PARTS, {"who": engineer}).all()
    inside = {row.partition: row.entered_revision for row in rows if row.left_revision is None}
    left = {row.partition: row.left_revision for row in rows if row.left_revision is not None}
    return inside, left


def scope_digest(connection: Connection, engineer: Id) -> bytes:
    """The digest of an engineer's scope: the sum over its partitions, 32 bytes, big endian."""
    digests = connection.execute(_DIGESTS, {"who": engineer}).scalars()
    return scope_sum(int(each, 16) for each in digests).to_bytes(32, "big")
