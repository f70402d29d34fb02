"""Full text in Chinese and English: bigrams of our own in a contentless FTS5 table, queried as phrases.

Every run of letters and digits is cut into overlapping pairs, and ends with its last character alone, so that any part of
a word, a serial or a Chinese sentence is found, two characters as well as twenty; one character alone is asked for as a prefix.
Nothing but pairs is stored: titles and snippets are read from the records.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp.base.ids import Id
from fieldapp.domain.records import Plain
from fieldapp.replica.rows import rows_of
from fieldapp.replica.states import Hit
from fieldapp.replica.tables import RECORDS, SEARCH_ENTRY

__all__ = ["SEARCHED", "clear", "find", "grams", "index_missing", "index_record", "query", "same"]

_RUN = re.compile(r"[^\W_]+")
_AROUND = 24
_CHUNK = 1000


class Searched(NamedTuple):
    """Which fields of a kind make the title, and which others are found too."""

    title: tuple[str, ...]
    others: tuple[str, ...]


def _searched(title: str, others: str = "") -> Searched:
    return Searched(tuple(title.split()), tuple(others.split()))


SEARCHED: Mapping[str, Searched] = MappingProxyType(
    {
        "case": _searched("number temp_no summary", "description error_code customers_number caller_name cause solution"),
        "customer": _searched("name code", "address"),
        "site": _searched("name code", "address"),
        "contact": _searched("name department", "phone role"),
        "asset": _searched("name serial", "model manufacturer room rack remark"),
        "case_activity": _searched("text"),
        "finding": _searched("item_label", "description advice"),
        "inspection": _searched("number period", "summary advice"),
        "scheduled_event": _searched("number title"),
        "service_report": _searched("number title"),
        "swap": _searched("old_serial new_serial", "part_no"),
        "rma": _searched("number serial", "part_no"),
        "spare_part": _searched("part_no name_zh name_en", "manufacturer"),
        "visit": _searched("title", "symptom cause work_done"),
        "left_over": _searched("text"),
        "upgrade_order": _searched("application", "from_version to_version"),
        "contract": _searched("number"),
        "person": _searched("name", "phone"),
    }
)
"""The kinds that search finds."""


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def grams(text: str) -> str:
    """What is indexed for a text: pairs of each run and its last character, separated by blanks."""
    return " ".join(run[place : place + 2] for run in _runs(text) for place in range(len(run)))


def query(text: str) -> str:
    """The FTS5 query for what a person typed: every run must occur as it stands; empty when nothing is left to look for."""
    parts = []
    for run in _runs(text):
        if len(run) == 1:
            parts.append(f'"{run}" *')
        else:
            pairs = " ".join(run[place : place + 2] for place in range(len(run) - 1))
            parts.append(f'"{pairs}"')
    return " AND ".join(parts)


def _text(kind: str, values: Mapping[str, Plain]) -> str:
    fields = SEARCHED[kind]
    return "\n".join(str(values[name]) for name in (*fields.title, *fields.others) if values.get(name))


def index_record(connection: sa.Connection, kind: str, record_id: Id, values: Mapping[str, Plain] | None) -> None:
    """Take a record into the index as it is now, or out of it (`values` None); kinds that search does not find are passed over."""
    if kind not in SEARCHED:
        return
    at = (SEARCH_ENTRY.c.kind == kind) & (SEARCH_ENTRY.c.record_id == record_id)
    place = connection.execute(sa.select(SEARCH_ENTRY.c.rowid).where(at)).scalar()
    if place is not None:
        connection.exec_driver_sql("DELETE FROM search_text WHERE rowid = ?", (place,))
        if values is None:
            connection.execute(sa.delete(SEARCH_ENTRY).where(at))
    if values is None:
        return
    if place is None:
        made = connection.execute(sa.insert(SEARCH_ENTRY).values(kind=kind, record_id=record_id)).inserted_primary_key
        place = made[0] if made else None
    connection.exec_driver_sql("INSERT INTO search_text (rowid, grams) VALUES (?, ?)", (place, grams(_text(kind, values))))


def same(kind: str, before: Mapping[str, Plain], after: Mapping[str, Plain]) -> bool:
    """Whether two versions of a record are found by the same words."""
    return kind not in SEARCHED or _text(kind, before) == _text(kind, after)


def clear(connection: sa.Connection) -> None:
    """Forget the whole index; `index_missing` builds it again."""
    connection.exec_driver_sql("DELETE FROM search_text")
    connection.execute(sa.delete(SEARCH_ENTRY))


def index_missing(connection: sa.Connection, after: tuple[str, Id] = ("", "")) -> tuple[str, Id] | None:
    """Index up to a thousand records that are not in the index yet, from a kind and an identity on; where to go on, None at the end.

    Who begins again at the start passes over what is indexed; who goes on from where it stopped looks at no record twice.
    """
    room = _CHUNK
    place = connection.exec_driver_sql("SELECT coalesce(max(rowid), 0) FROM search_entry").scalar_one()
    kinds = list(SEARCHED)
    kind_after, id_after = after
    for kind in kinds[kinds.index(kind_after) if kind_after else 0 :]:
        rows = rows_of(kind)
        found = connection.exec_driver_sql(
            f'SELECT {rows.spelled} FROM "{kind}" t WHERE t.id > ? AND NOT EXISTS '  # noqa: S608 - our own names
            "(SELECT 1 FROM search_entry e WHERE e.kind = ? AND e.record_id = t.id) ORDER BY t.id LIMIT ?",
            (id_after if kind == kind_after else "", kind, room),
        ).all()
        entries, texts = [], []
        for row in found:
            place += 1
            entries.append((place, kind, row[0]))
            texts.append((place, grams(_text(kind, rows.plain(row)))))
        if found:
            connection.exec_driver_sql("INSERT INTO search_entry (rowid, kind, record_id) VALUES (?, ?, ?)", entries)
            connection.exec_driver_sql("INSERT INTO search_text (rowid, grams) VALUES (?, ?)", texts)
        room -= len(found)
        if room <= 0:
            return kind, entries[-1][2]
    return None


def find(connection: sa.Connection, text: str, limit: int) -> list[Hit]:
    """The records that hold everything that was typed, best first."""
    wanted = query(text)
    if not wanted:
        return []
    found = connection.exec_driver_sql(
        "SELECT e.kind, e.record_id FROM search_text t JOIN search_entry e ON e.rowid = t.rowid "
        "WHERE t.grams MATCH ? ORDER BY t.rank, e.rowid DESC LIMIT ?",
        (wanted, limit),
    ).all()
    hits = []
    for kind, record_id in found:
        table = RECORDS[kind]
        row = connection.execute(sa.select(table).where(table.c.id == record_id)).first()
        if row is not None:
            values = rows_of(kind).plain(row)
            title = " ".join(str(values[name]) for name in SEARCHED[kind].title if values[name])
            hits.append(Hit(kind, record_id, title, _snippet(_text(kind, values), text)))
    return hits


def _snippet(text: str, asked: str) -> str:
    for run in _runs(asked):
        for line in text.split("\n"):
            place = line.casefold().find(run)
            if place >= 0:
                start, end = max(0, place - _AROUND), place + len(run) + _AROUND
                return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")
    return text.split("\n")[0][: 2 * _AROUND]
