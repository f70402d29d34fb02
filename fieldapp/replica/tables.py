"""The tables of the replica, and nothing else; a new column here needs a migration.

There is a table for each kind, a column for each field. Its `row_` columns: `row_revision` is the centre's revision of the
record (0: not there yet), `row_digest` the digest of the centre's version (NULL: not there), `row_extra` what this version
of the program has no column for (JSON; see rows.py). A row of a kind's table is what is *shown*: the centre's version with
the pending Changes on top. While there are such Changes the centre's own version stands in `shadow`, and for answers in
`answer.centre_value`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa

from fieldapp.domain.records import KINDS, Field, Kind

__all__ = [
    "ANSWER",
    "BLOB",
    "HISTORY",
    "INDEXED",
    "JOURNAL_MARK",
    "METADATA",
    "OTHER",
    "OUTBOX",
    "PENDING",
    "RECEIPT",
    "RECEIPTED",
    "RECORDS",
    "SEARCH_ENTRY",
    "SEARCH_TEXT",
    "SHADOW",
    "STATE",
    "TAKEN_OVER",
    "VIEWS",
    "WAITING",
]

METADATA = sa.MetaData()

INDEXED: Mapping[str, str] = MappingProxyType(
    {
        "contact": "customer_id site_id",
        "contract": "customer_id",
        "site": "customer_id",
        "site_rule": "site_id",
        "asset": "site_id serial",
        "asset_limit": "model",
        "case": "site_id asset_id",
        "case_activity": "case_id",
        "case_clock": "case_id",
        "visit": "case_id event_id inspection_id",
        "visit_person": "visit_id",
        "left_over": "visit_id",
        "inspection": "site_id",
        "form_version": "form_id",
        "form_instance": "owner_id asset_id",
        "finding": "asset_id inspection_id instance_id",
        "stock_movement": "part_id serial",
        "swap": "case_id visit_id",
        "rma": "case_id",
        "scheduled_event": "site_id",
        "upgrade_order": "event_id",
        "upgrade_step": "order_id",
        "backup_record": "order_id",
        "approval": "order_id",
        "service_report": "visit_id subject_id",
        "sign_off": "report_id",
        "satisfaction": "report_id",
        "attachment": "owner_id digest",
        "conflict": "record_id",
    }
)
"""The fields that lists are filtered by: an index each."""


def _column(field: Field) -> sa.Column[object]:
    kind = sa.Integer() if field.type in ("integer", "boolean") else sa.Text()
    return sa.Column(field.name, kind, nullable=field.optional)


def _record_table(kind: Kind) -> sa.Table:
    return sa.Table(
        kind.name,
        METADATA,
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("row_revision", sa.Integer(), nullable=False),
        sa.Column("row_digest", sa.LargeBinary()),
        sa.Column("row_extra", sa.Text()),
        *(_column(field) for field in kind.fields.values()),
        *(sa.Index(f"ix_{kind.name}_{name}", name) for name in INDEXED.get(kind.name, "").split()),
        sqlite_with_rowid=False,
    )


RECORDS: Mapping[str, sa.Table] = MappingProxyType({name: _record_table(kind) for name, kind in KINDS.items()})
"""The table of each kind."""

ANSWER = sa.Table(
    "answer",
    METADATA,
    sa.Column("instance_id", sa.Text(), primary_key=True),
    sa.Column("key", sa.Text(), primary_key=True),
    sa.Column("item", sa.Text(), nullable=False),
    sa.Column("value", sa.Text()),
    sa.Column("at", sa.Text(), nullable=False),
    sa.Column("author", sa.Text(), nullable=False),
    sa.Column("shadowed", sa.Integer(), nullable=False),
    sa.Column("centre_value", sa.Text()),
    sa.Index("ix_answer_item", "item"),
    sqlite_with_rowid=False,
)
"""Open fields of form instances. `value` is what is shown (NULL: taken back); while `shadowed` is 1 there are pending Changes
and `centre_value` is the centre's; `at` and `author` are known for what was answered on this laptop, else empty.
"""

OTHER = sa.Table(
    "other_record",
    METADATA,
    sa.Column("kind", sa.Text(), primary_key=True),
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("row_revision", sa.Integer(), nullable=False),
    sa.Column("row_digest", sa.LargeBinary(), nullable=False),
    sa.Column("row_extra", sa.Text(), nullable=False),
    sqlite_with_rowid=False,
)
"""Records of kinds that this version does not know: kept whole and counted in the digest."""

SHADOW = sa.Table(
    "shadow",
    METADATA,
    sa.Column("kind", sa.Text(), primary_key=True),
    sa.Column("id", sa.Text(), primary_key=True),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("revision", sa.Integer(), nullable=False),
    sa.Column("digest", sa.LargeBinary()),
    sa.Column("fields", sa.Text(), nullable=False),
    sqlite_with_rowid=False,
)
"""The centre's version (closed fields, JSON) of a record with pending Changes. `state`: new (never at the centre) | present |
gone (deleted there, or out of the scope).
"""

OUTBOX = sa.Table(
    "outbox",
    METADATA,
    sa.Column("incarnation", sa.Integer(), primary_key=True),
    sa.Column("sequence", sa.Integer(), primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("record_id", sa.Text(), nullable=False),
    sa.Column("data", sa.LargeBinary(), nullable=False),
    sa.Column("head", sa.LargeBinary(), nullable=False),
    sa.Column("bases", sa.Text(), nullable=False),
    sa.Column("at", sa.Text(), nullable=False),
    sa.Column("verdict", sa.Text()),
    sa.Column("fields", sa.Text(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("conflict_id", sa.Text(), nullable=False),
    sa.Column("received_at", sa.Text()),
    sa.Column("settled", sa.Integer()),
    sqlite_with_rowid=False,
)
"""Each Change of this laptop in canonical bytes, with the chain's head after it and the base values by field (JSON).

The columns from `verdict` on are those of a receipt of its own: of what was not simply applied, of an incarnation left behind, of
receipts that came out of order. All others have theirs from `state.received` and `receipt`, so that an evening's thousands of
receipts write no row of this table; the views `waiting` and `receipted` say who has which. `settled` is the centre's highest
revision in the reply that brought the receipt: once the cursor has reached it, the centre's version on this laptop holds the Change.
"""

PENDING = sa.Table(
    "pending",
    METADATA,
    sa.Column("kind", sa.Text(), primary_key=True),
    sa.Column("record_id", sa.Text(), primary_key=True),
    sa.Column("incarnation", sa.Integer(), primary_key=True),
    sa.Column("sequence", sa.Integer(), primary_key=True),
    sqlite_with_rowid=False,
)
"""The Changes that are shown on top of the centre's version, because that version on this laptop does not hold them yet."""

RECEIPT = sa.Table(
    "receipt",
    METADATA,
    sa.Column("last", sa.Integer(), primary_key=True, autoincrement=False),
    sa.Column("settled", sa.Integer(), nullable=False),
    sa.Column("received_at", sa.Text(), nullable=False),
    sqlite_with_rowid=False,
)
"""Receipts of the present incarnation by runs: each Change up to `last`, and beyond the row before, that has none of its own was
applied.
"""

STATE = sa.Table(
    "state",
    METADATA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("device", sa.Text(), nullable=False),
    sa.Column("engineer", sa.Text(), nullable=False),
    sa.Column("incarnation", sa.Integer(), nullable=False),
    sa.Column("sequence", sa.Integer(), nullable=False),
    sa.Column("head", sa.LargeBinary(), nullable=False),
    sa.Column("epoch", sa.Integer(), nullable=False),
    sa.Column("cursor", sa.Integer(), nullable=False),
    sa.Column("centre_revision", sa.Integer(), nullable=False),
    sa.Column("scope_digest", sa.LargeBinary(), nullable=False),
    sa.Column("complete", sa.Integer(), nullable=False),
    sa.Column("search_behind", sa.Integer(), nullable=False),
    sa.Column("last_finished_at", sa.Text()),
    sa.Column("last_contact_at", sa.Text()),
    sa.Column("clock_low", sa.Integer(), nullable=False),
    sa.Column("clock_high", sa.Integer(), nullable=False),
    sa.Column("horizon", sa.Integer()),
    sa.Column("cared_at", sa.Text()),
    sa.Column("agreed_at", sa.Text()),
    sa.Column("received", sa.Integer(), nullable=False, server_default="0"),
)
"""One row: who we are, the chain's end, and where we stand with the centre. `complete`: the whole was taken,
and the centre did not ask to take it again.
`received`: every Change of the present incarnation up to this one has a receipt.
`clock_low`, `clock_high`: milliseconds between which the centre's clock is ahead of the device's, at the last contact.
`horizon`: the centre's revision that every backup which may be put back holds (NULL: not told); `cared_at`: when it was told.
`last_finished_at`: the last complete round; `agreed_at`: the last one at whose end both ends agreed on all records, and no Change of
this laptop waited: files may have waited still.
"""

VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "waiting": (
            "CREATE VIEW waiting AS SELECT o.incarnation, o.sequence, o.kind, o.record_id, o.data, o.head, o.bases, o.at "
            "FROM state s CROSS JOIN outbox o ON o.incarnation = s.incarnation AND o.sequence > s.received WHERE o.verdict IS NULL"
        ),
        "receipted": (
            "CREATE VIEW receipted AS SELECT o.incarnation, o.sequence, o.kind, o.record_id, o.data, o.head, o.bases, o.at, "
            "coalesce(o.verdict, 'applied') AS verdict, o.fields, o.reason, o.conflict_id, coalesce(o.settled, "
            "(SELECT r.settled FROM receipt r WHERE r.last >= o.sequence ORDER BY r.last LIMIT 1)) AS settled "
            "FROM state s CROSS JOIN outbox o WHERE o.verdict IS NOT NULL OR (o.incarnation = s.incarnation AND o.sequence <= s.received)"
        ),
    }
)
"""How the views are made."""

WAITING = sa.table("waiting", *(sa.column(column.name, column.type) for column in list(OUTBOX.c)[:8]))
"""The Changes of this laptop without a receipt: all of the present incarnation, what was left behind took its own along."""

RECEIPTED = sa.table("receipted", *(sa.column(column.name, column.type) for column in OUTBOX.c if column.name != "received_at"))
"""The Changes of this laptop with a receipt, and that receipt, wherever it stands."""

TAKEN_OVER = sa.Table(
    "taken_over",
    METADATA,
    sa.Column("device", sa.Text(), primary_key=True),
    sa.Column("incarnation", sa.Integer(), primary_key=True),
    sa.Column("sequence", sa.Integer(), primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("record_id", sa.Text(), nullable=False),
    sa.Column("data", sa.LargeBinary(), nullable=False),
    sa.Column("head_before", sa.LargeBinary(), nullable=False),
    sa.Column("bases", sa.Text(), nullable=False),
    sa.Column("at", sa.Text(), nullable=False),
    sa.Column("verdict", sa.Text()),
    sa.Column("fields", sa.Text(), nullable=False),
    sa.Column("reason", sa.Text(), nullable=False),
    sa.Column("conflict_id", sa.Text(), nullable=False),
    sa.Column("received_at", sa.Text()),
    sa.Column("settled", sa.Integer()),
    sqlite_with_rowid=False,
)
"""Changes of a lost laptop of the same engineer, from its journal, to be sent under its name: columns as in the outbox, with
the chain's head before each. They are shown once the centre has taken them.
"""

BLOB = sa.Table(
    "blob",
    METADATA,
    sa.Column("digest", sa.Text(), primary_key=True),
    sa.Column("size", sa.Integer(), nullable=False),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("added_at", sa.Text(), nullable=False),
    sa.Column("received_at", sa.Text()),
    sa.Column("dropped_at", sa.Text()),
    sa.Column("wanted_at", sa.Text()),
    sa.Index("ix_blob_received_at", "received_at"),
    sqlite_with_rowid=False,
)
"""Blobs attached on this laptop; `received_at` once the centre has the whole of it, `dropped_at` once its bytes were taken off
the laptop to make room; `wanted_at`: when somebody last wanted bytes back that had been taken off.
"""
sa.Index("ix_blob_wanted", BLOB.c.digest, sqlite_where=BLOB.c.wanted_at.is_not(None) & BLOB.c.dropped_at.is_not(None))

JOURNAL_MARK = sa.Table(
    "journal_mark",
    METADATA,
    sa.Column("salt", sa.LargeBinary(), primary_key=True),
    sa.Column("entries", sa.Integer(), nullable=False),
    sqlite_with_rowid=False,
)
"""How many entries of which log of a safety copy (known by its salt) this replica has read or written: it knew them all."""

HISTORY = sa.Table(
    "history",
    METADATA,
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("started_at", sa.Text(), nullable=False),
    sa.Column("ended_at", sa.Text(), nullable=False),
    sa.Column("outcome", sa.Text(), nullable=False),
    sa.Column("result", sa.Text(), nullable=False),
)
"""The rounds of the past; `outcome` complete | incomplete | the error's code, `result` JSON."""

SEARCH_ENTRY = sa.Table(
    "search_entry",
    METADATA,
    sa.Column("rowid", sa.Integer(), primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("record_id", sa.Text(), nullable=False),
    sa.Index("ux_search_entry", "kind", "record_id", unique=True),
)
"""Which record stands behind a row of the full text."""

SEARCH_TEXT = "CREATE VIRTUAL TABLE search_text USING fts5(grams, content='', contentless_delete=1, tokenize='unicode61')"
"""The full text: bigrams only, no texts (see search.py)."""
