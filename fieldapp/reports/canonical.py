"""One spelling of a document's data: canonical JSON of frozen dataclasses, its SHA-256, and the way back.

Canonical: keys sorted, no spaces, UTF-8, integers and texts only (no floats), moments as RFC 3339 in UTC, days as
ISO dates. A dataclass with a `TAG` carries it as `"is"`, so that a union can be read back. Fields whose metadata
says `canonical: False` (the bytes of a photo) stay out; their digest stands in. A field that came later without new pages says
`unless_none: True` and stays out while it is None, so that older data are spelled as they were.
"""

from __future__ import annotations

import hashlib
import json
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from fieldapp.base.clock import moment_from_text, moment_text
from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_

__all__ = [
    "DATA_NAME",
    "TIME_STAMP_FIELD",
    "DataError",
    "canonical_json",
    "canonical_plain",
    "digest_groups",
    "digest_of",
    "from_plain",
    "time_stamp_field",
    "to_plain",
]

DATA_NAME = "report.json"
"""The name under which the data are attached to a document."""

TIME_STAMP_FIELD = "timestamp"
"""The name of the field that holds the centre's time-stamp; no signer's begins so."""

T = TypeVar("T")


class DataError(DocumentError):
    """The data of a document are not what this program writes."""

    code = "FA-802"
    message = N_("The data in this document cannot be read. Nothing was changed. Ask for the document again.")


def time_stamp_field(number: int) -> str:
    """The field of a document's first (1), second … time-stamp: `timestamp`, `timestamp2` …"""
    return TIME_STAMP_FIELD if number == 1 else f"{TIME_STAMP_FIELD}{number}"


def to_plain(value: object) -> Any:
    """A value as dictionaries, lists, texts, integers, booleans and None; TypeError for a float or anything unknown."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        plain = {f.name: to_plain(getattr(value, f.name)) for f in fields(value) if _spelled(value, f)}
        tag = getattr(value, "TAG", None)
        return {"is": tag, **plain} if tag else plain
    raise TypeError(f"canonical data hold no {type(value).__name__}")


def _spelled(value: object, field: Field[Any]) -> bool:
    if field.metadata.get("unless_none", False) and getattr(value, field.name) is None:
        return False
    return bool(field.metadata.get("canonical", True))


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value (see the module); DataError for text that is no Unicode (half a character)."""
    return canonical_plain(to_plain(value))


def canonical_plain(plain: object) -> bytes:
    """The canonical bytes of plain values (see `to_plain`)."""
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as problem:
        raise DataError from problem


def digest_of(value: object) -> str:
    """SHA-256 of the canonical bytes, 64 lower-case hex characters."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def digest_groups(digest: str, groups: int = 16, line: int = 16) -> str:
    """A digest as printed: groups of 4 hex characters, `line` groups on a line; fewer give a beginning and an ellipsis."""
    found = [digest[i : i + 4] for i in range(0, 4 * groups, 4)]
    shown = "\n".join(" ".join(found[i : i + line]) for i in range(0, groups, line))
    return shown if 4 * groups >= len(digest) else shown + " …"


def from_plain(kind: type[T], plain: object) -> T:
    """Read a dataclass back from what `to_plain` gave; DataError when anything does not fit."""
    try:
        return _read(kind, plain)  # type: ignore[no-any-return]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise DataError from problem


def _read(kind: Any, plain: Any) -> Any:
    if is_dataclass(kind):
        return _read_dataclass(kind, plain)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_read(arguments[0], item) for item in _a(list, plain))
    if origin is Literal:
        if plain not in arguments:
            raise ValueError(plain)
        return plain
    if origin in (Union, types.UnionType):
        return _read_union(arguments, plain)
    if kind is datetime:
        return moment_from_text(_a(str, plain))
    if kind is date:
        return date.fromisoformat(_a(str, plain))
    return _a(kind, plain)


def _a(kind: Any, plain: Any) -> Any:
    if type(plain) is not kind:
        raise TypeError(f"{plain!r} is no {kind}")
    return plain


def _read_union(arguments: tuple[Any, ...], plain: Any) -> Any:
    if plain is None and type(None) in arguments:
        return None
    rest = [kind for kind in arguments if kind is not type(None)]
    if len(rest) == 1:
        return _read(rest[0], plain)
    return _read(next(kind for kind in rest if getattr(kind, "TAG", "") == plain["is"]), plain)


def _read_dataclass(kind: Any, plain: Any) -> Any:
    known = {f.name: f for f in fields(kind) if f.metadata.get("canonical", True)}
    given = {name for name in _a(dict, plain) if name != "is"}
    if given - set(known) or ("is" in plain and plain["is"] != kind.TAG):
        raise ValueError(f"unknown fields in {kind.__name__}")
    hints = get_type_hints(kind)
    values = {name: _read(hints[name], plain[name]) for name in given}
    missing = [n for n, f in known.items() if n not in given and f.default is MISSING and f.default_factory is MISSING]
    if missing:
        raise KeyError(missing[0])
    return kind(**values)
