"""The tables of the centre, and nothing else.

A record is one row whatever its kind: its closed fields are one msgpack map (`body`), its answers are rows of `answer`.
Every revision is unique in the whole database, and revisions commit in order (see `engine`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text, text

__all__ = [
    "account",
    "answer",
    "arrangement",
    "assignment",
    "backup_made",
    "blob",
    "blob_use",
    "certificate",
    "change_log",
    "counter",
    "device",
    "engineer_partition",
    "enrol_code",
    "fixed_site",
    "form_withdrawn",
    "metadata",
    "moved",
    "partition_digest",
    "record",
    "stamp_job",
    "void_number",
    "walk_around",
]

metadata = MetaData()

counter = Table(
    "counter",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""Numbers that only grow: `revision` (its row is the lock of every writer), `epoch`, and the last number of each series."""

record = Table(
    "record",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("partition", String(60), nullable=False),
    Column("revision", BigInteger, nullable=False, unique=True),
    Column("deleted", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("record_by_partition", "partition", "revision"),
)
"""`marks` (msgpack): who wrote each field last as `[revision, actor, author, at]`; the entry "" holds for fields not named."""

answer = Table(
    "answer",
    metadata,
    Column("instance_id", String(32), primary_key=True),
    Column("key", String(400), primary_key=True),
    Column("value", Text),
    Column("revision", BigInteger, nullable=False),
    Column("actor", String(8), nullable=False),
    Column("author", String(32), nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""`actor`: engineer | centre; `author` and `at` (milliseconds since 1970, UTC) of the edit that stands."""

moved = Table(
    "moved",
    metadata,
    Column("revision", BigInteger, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("id", String(32), nullable=False),
    Column("partition", String(60), nullable=False),
    Index("moved_from", "partition", "revision"),
)
"""A record left this partition for another one at this revision."""

partition_digest = Table(
    "partition_digest",
    metadata,
    Column("partition", String(60), primary_key=True),
    Column("digest", String(64), nullable=False),
)

engineer_partition = Table(
    "engineer_partition",
    metadata,
    Column("engineer", String(32), primary_key=True),
    Column("partition", String(60), primary_key=True),
    Column("entered_revision", BigInteger, nullable=False),
    Column("left_revision", BigInteger),
    Index("engineers_of_partition", "partition"),
)

assignment = Table(
    "assignment",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("id", String(32), primary_key=True),
    Column("engineer", String(32), nullable=False),
    Column("site", String(32), nullable=False),
    Column("ended_at", String(24)),
    Index("assignment_of", "engineer"),
)
"""Work that puts a site into an engineer's scope; `ended_at` empty while it is open."""

fixed_site = Table(
    "fixed_site",
    metadata,
    Column("engineer", String(32), primary_key=True),
    Column("site", String(32), primary_key=True),
)

device = Table(
    "device",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("engineer", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("serial", String(40), nullable=False),
    Column("state", String(16), nullable=False),
    Column("enrolled_at", String(24), nullable=False),
    Column("revoked_at", String(24)),
    Column("scope_at", String(24), nullable=False),
    Column("last_seen_at", String(24)),
    Column("wants_snapshot", Boolean, nullable=False),
    Column("taken_by", String(32)),
    Index("devices_of", "engineer"),
)
"""`state`: active | revoked | admitted (not revoked any more, but nothing is taken from it before it enrols again).
`scope_at`: when the engineer's scope was last looked at for work that ended long ago. `taken_by`: the device that took over what
this one, lost, had not sent.
"""

certificate = Table(
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("device", String(32), nullable=False),
    Column("certificate", LargeBinary, nullable=False),
    Column("issued_at", String(24), nullable=False),
    Column("revoked_at", String(24)),
    Index("certificates_of", "device"),
)
"""Every certificate that a device ever got; the newest is also in its row. Those with `revoked_at` are on the list of revoked ones."""

void_number = Table(
    "void_number",
    metadata,
    Column("block", String(32), primary_key=True),
    Column("device", String(32), nullable=False),
    Column("series", String(20), nullable=False),
    Column("prefix", String(40), nullable=False),
    Column("width", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("at", String(24), nullable=False),
)
"""Numbers of a leased block that nobody will give out any more, because the laptop was lost, copied or put back."""

backup_made = Table(
    "backup_made",
    metadata,
    Column("revision", BigInteger, primary_key=True),
    Column("at", String(24), nullable=False),
)
"""Backups by the highest revision that each holds."""

_REJECTED = text("verdict = 'rejected'")

change_log = Table(
    "change_log",
    metadata,
    Column("device", String(32), primary_key=True),
    Column("incarnation", Integer, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("head", LargeBinary, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("record", String(32), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("fields", Text, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("conflict", String(32), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("at", String(24), nullable=False),
    Index("change_by_content", "device", "content"),
    Index("change_of_record", "record"),
    Index("change_rejected", "at", sqlite_where=_REJECTED, postgresql_where=_REJECTED),
)
"""Every Change that ever arrived, with its verdict; `content` is its digest without its place in the order. No index holds more than
it is asked for: each row of an evening goes into all of them.
"""

blob = Table(
    "blob",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("at", String(24), nullable=False),
)

blob_use = Table(
    "blob_use",
    metadata,
    Column("attachment", String(32), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("partition", String(60), nullable=False),
    Column("missing", Boolean, nullable=False),
    Index("use_by_digest", "digest"),
    Index("use_by_partition", "partition", "missing"),
)
"""Which attachment names which bytes, for whom they are, and whether they have not arrived yet."""

stamp_job = Table(
    "stamp_job",
    metadata,
    Column("attachment", String(32), primary_key=True),
    Column("report", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Index("stamp_by_state", "state"),
)
"""Signed reports to be time-stamped. `state`: unnamed (the report does not name these bytes) | waiting | incomplete (a
signature is still to come, with other bytes) | done | refused."""

enrol_code = Table(
    "enrol_code",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("engineer", String(32), nullable=False),
    Column("made_at", String(24), nullable=False),
    Column("expires_at", String(24), nullable=False),
    Column("used_at", String(24)),
    Column("device", String(32), nullable=False),
)
"""`code` is the SHA-256 of the one-time code; the code itself is shown once and kept nowhere."""

account = Table(
    "account",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("password", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("person", String(32), nullable=False),
    Column("shown", String(80), nullable=False),
    Column("session", Integer, nullable=False),
)
"""People of the console. `password`: scrypt, with its parameters. `session` grows at logout, which ends all sessions."""

form_withdrawn = Table(
    "form_withdrawn",
    metadata,
    Column("version", String(32), primary_key=True),
    Column("at", String(24), nullable=False),
    Column("by", String(80), nullable=False),
)
"""Published versions of forms (by the identity of their record) that no new record begins with any more."""

arrangement = Table(
    "arrangement",
    metadata,
    Column("contract", String(32), primary_key=True),
    Column("site", String(32), primary_key=True),
    Column("rhythm", String(16), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("forms", Text, nullable=False),
    Column("starts_on", String(10)),
    Column("ends_on", String(10)),
    Column("at", String(24), nullable=False),
    Column("by", String(80), nullable=False),
)
"""What a person arranged for the inspections of one rhythm at one site, beside or instead of what the contract's policy rows say.

`mode`: on_site | remote. `forms`: JSON, category of equipment -> form ids; a category that is not named has the usual ones.
`starts_on`, `ends_on`: first and last day (ISO 8601), empty without a limit.
"""

walk_around = Table(
    "walk_around",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("site", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("manager", String(32), nullable=False),
    Column("spoke_with", String(200), nullable=False),
    Column("engineers", Text, nullable=False),
    Column("form", String(32), nullable=False),
    Column("answers", Text, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", String(80), nullable=False),
    Index("walk_arounds_by_day", "day"),
)
"""Visits of managers. `engineers`: JSON list of people spoken of; `form`: the version that was asked; `answers`: JSON, key -> text.

They stay at the centre: what a customer says of an engineer does not travel to laptops.
"""
