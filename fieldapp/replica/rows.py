"""Between records, plain values and rows of the tables; exact in both directions.

A column holds a field's plain value (booleans as 0 and 1). What no column can hold stands in `row_extra` as canonical JSON:
fields of a newer version, values of another type than ours, and under "" the names of fields that the centre did not
send and whose column holds the default instead. So the digest of the centre's version can always be taken again.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.ids import Id
from fieldapp.domain.records import KINDS, Kind, Plain, plain_ok
from fieldapp.replica.tables import RECORDS

__all__ = ["KindRows", "dump", "load", "plain_of", "rows_of"]


def dump(value: object) -> str:
    """JSON in the one spelling of the replica."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def load(text: str) -> Any:
    """Read what `dump` wrote."""
    return json.loads(text)


def plain_of(value: object) -> Plain:
    """The plain value of a field's rich value, as `domain.records` spells it; TypeError for anything else."""
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False, separators=(",", ":"))
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"not a field's value: {value!r}")


def _texts(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value))


_RICH: Mapping[str, Callable[[Any], object]] = MappingProxyType(
    {"moment": moment_from_text, "date": date.fromisoformat, "texts": _texts, "boolean": bool}
)

_EMPTY: Mapping[str, Plain] = MappingProxyType({"integer": 0, "boolean": 0, "texts": "[]"})


class KindRows:
    """How one kind is written to its table and read from it."""

    def __init__(self, kind: Kind, table: sa.Table) -> None:
        """`table` has the columns id, row_revision, row_digest, row_extra and then one for each field, in order."""
        self.kind = kind
        self.table = table
        self.names = tuple(kind.fields)
        self.spelled = ", ".join(f'"{name}"' for name in ("id", "row_revision", "row_digest", "row_extra", *self.names))
        self._defaults = {name: self._stored(name, field.default) for name, field in kind.fields.items()}
        self._rich = [(place, _RICH[field.type]) for place, field in enumerate(kind.fields.values(), 4) if field.type in _RICH]
        self._booleans = frozenset(name for name, field in kind.fields.items() if field.type == "boolean")

    def _stored(self, name: str, value: Plain) -> Plain:
        if value is None and not self.kind.fields[name].optional:
            return _EMPTY.get(self.kind.fields[name].type, "")
        return int(value) if isinstance(value, bool) else value

    def record(self, row: Sequence[Any]) -> Any:
        """The record that a row of the table shows."""
        values = list(row)
        for place, rich in self._rich:
            if values[place] is not None:
                values[place] = rich(values[place])
        return self.kind.record(id=values[0], **dict(zip(self.names, values[4:], strict=True)))

    def plain(self, row: Sequence[Any]) -> dict[str, Plain]:
        """The fields of a row as plain values, as `to_plain` of its record would give them."""
        values: dict[str, Plain] = dict(zip(self.names, row[4:], strict=True))
        for name in self._booleans:
            if values[name] is not None:
                values[name] = bool(values[name])
        return values

    def exact(self, row: Sequence[Any]) -> dict[str, Plain]:
        """The values that the row was made from by `columns`, nulls aside: what the centre sent, unknown fields included."""
        values: dict[str, Plain] = {name: value for name, value in self.plain(row).items() if value is not None}
        if row[3] is not None:
            extra = load(row[3])
            for name in extra.pop("", ()):
                values.pop(name, None)
            values.update(extra)
        return values

    def _is_answer(self, name: str) -> bool:
        return self.kind.open_policy is not None and name.startswith("/")

    def columns(self, record_id: Id, values: Mapping[str, Plain], revision: int, digest: bytes | None) -> dict[str, Any]:
        """The row for plain values: every column has a value, answers ("/…") are passed over."""
        row: dict[str, Any] = {"id": record_id, "row_revision": revision, "row_digest": digest, "row_extra": None}
        extra: dict[str, Any] = {}
        absent: list[str] = []
        for name, field in self.kind.fields.items():
            value = values.get(name)
            if value is not None and plain_ok(field, value):
                row[name] = int(value) if value is True or value is False else value
            elif value is not None:
                extra[name] = value
                row[name] = self._defaults[name]
            elif field.optional and (name in values or field.default is None):
                row[name] = None
            else:
                row[name] = self._defaults[name]
                absent.append(name)
        fields = self.kind.fields
        extra |= {name: value for name, value in values.items() if value is not None and name not in fields and not self._is_answer(name)}
        if absent:
            extra[""] = absent
        if extra:
            row["row_extra"] = dump(extra)
        return row


@functools.cache
def rows_of(kind: str) -> KindRows:
    """The KindRows of a kind that this version knows; KeyError otherwise."""
    return KindRows(KINDS[kind], RECORDS[kind])
