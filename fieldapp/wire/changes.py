"""Change: one edit of one record, its place in the order, its canonical bytes, its digest in the chain.

A Change is immutable from the moment it is in the outbox; a retry sends the same bytes. Sequences are gapless for each
(device, incarnation), and each digest covers the one before, so that a fork or a gap shows at once.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from fieldapp.base.errors import SyncError
from fieldapp.base.i18n import N_
from fieldapp.base.ids import Id

__all__ = [
    "GENESIS",
    "BadChange",
    "Change",
    "FieldEdit",
    "Plain",
    "canonical_value",
    "chain_digest",
    "change_bytes",
    "change_from_bytes",
    "content_digest",
    "kept_change",
    "row_digest",
    "row_digests",
    "scope_sum",
    "value_digest",
]

Plain = str | int | bool | None

GENESIS = b"\x00" * 32
"""What the first digest of an incarnation's chain covers."""

VALUE_DIGEST_BYTES = 8


class BadChange(SyncError):
    """Bytes that are no Change, or a value that may not travel (a float, a lone surrogate, a number out of range)."""

    code = "FA-501"
    message = N_("One entry has a value that cannot be sent ({reason}). It stays safe on this laptop. Tell the service desk.")


class FieldEdit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One field's new value, and the short digest of the value that the editor saw (None where the field was not there)."""

    name: str
    value: Plain
    base: bytes | None = None


class Change(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One edit of one record.

    `base_epoch` and `base_revision` say which version of the record the editor saw (0, 0: not yet at the centre).
    `earliest` and `latest` bound the true time of the edit, in milliseconds since 1970 (UTC). A tombstone has `deleted` and no edits.
    """

    sequence: int
    kind: str
    record: bytes
    edits: tuple[FieldEdit, ...]
    base_epoch: int
    base_revision: int
    author: bytes
    earliest: int
    latest: int
    schema: int
    deleted: bool = False

    @property
    def record_id(self) -> Id:
        """The record's identity as text."""
        return self.record.hex()

    def values(self) -> dict[str, Plain]:
        """The new values by field."""
        return {edit.name: edit.value for edit in self.edits}


_INTEGER_BYTES = {0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9}
"""How long a non-negative integer is in msgpack, by its first byte; one byte when it is none of these."""

_encoder = msgspec.msgpack.Encoder(order="sorted")
_decoder = msgspec.msgpack.Decoder(Change)


def canonical_value(value: object) -> bytes:
    """The one spelling of a plain value (msgpack); BadChange for anything else, floats and lone surrogates included."""
    if value is not None and not isinstance(value, str | int | bool):
        raise BadChange(reason=type(value).__name__)
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        raise BadChange(reason="integer out of range")
    try:
        return _encoder.encode(value)
    except (UnicodeEncodeError, OverflowError) as fault:
        raise BadChange(reason=str(fault)) from fault


def value_digest(value: object) -> bytes:
    """The short digest of a plain value (8 bytes of SHA-256 over its canonical spelling): enough to see that it differs."""
    return hashlib.sha256(canonical_value(value)).digest()[:VALUE_DIGEST_BYTES]


def change_bytes(change: Change) -> bytes:
    """The canonical bytes of a Change: fields in the order of the class, edits sorted by name. BadChange for bad values."""
    names = [edit.name for edit in change.edits]
    if names != sorted(set(names)):
        raise BadChange(reason="fields out of order")
    for edit in change.edits:
        canonical_value(edit.value)
    return _encoder.encode(change)


def change_from_bytes(data: bytes) -> Change:
    """Read canonical bytes; BadChange if they are no Change or are not spelled canonically."""
    try:
        change = _decoder.decode(data)
    except msgspec.DecodeError as fault:
        raise BadChange(reason=str(fault)) from fault
    edits = change.edits
    names = [edit.name for edit in edits] if len(edits) > 1 else []
    for edit in edits:
        if type(edit.value) is int and not -(2**63) <= edit.value < 2**63:
            raise BadChange(reason="not canonical")
    if (names and names != sorted(set(names))) or _encoder.encode(change) != data:  # no more than this can be wrong in what was decoded
        raise BadChange(reason="not canonical")
    return change


def kept_change(data: bytes) -> Change:
    """Read canonical bytes that were checked when they were made or came, and are kept since."""
    return _decoder.decode(data)


def chain_digest(before: bytes, data: bytes) -> bytes:
    """The chain's next head: SHA-256 over the head before and the canonical bytes of the next Change."""
    return hashlib.sha256(before + data).digest()


def content_digest(data: bytes) -> bytes:
    """SHA-256 of what a Change says (its canonical bytes) without its place in the order: the same in another incarnation.

    The sequence is the first field: after the array's head of one byte, an integer of 1 to 9 bytes.
    """
    return hashlib.sha256(data[1 + _INTEGER_BYTES.get(data[1], 1) :] if len(data) > 1 else data).digest()


def row_digest(kind: str, record_id: Id, values: Mapping[str, Plain]) -> int:
    """The digest of one record as a number below 2**256; a scope's digest is the sum of its rows' digests modulo 2**256.

    Only fields that differ from null count, so that a new column does not change old rows.
    """
    flat: list[object] = [kind, bytes.fromhex(record_id)]
    for name in sorted(values):
        if values[name] is not None:
            flat.extend((name, values[name]))
    return int.from_bytes(hashlib.sha256(_encoder.encode(flat)).digest(), "big")


def row_digests(kind: str, names: Sequence[str], rows: Iterable[tuple[bytes, int, Sequence[Plain]]]) -> list[bytes]:
    """The digests (32 bytes each) of many rows of one kind with the same fields, as `row_digest` makes them one by one.

    `rows`: identity, revision (which does not count), values in the order of `names`. Rows that are null in the same fields share
    a template, so that nothing is done field by field in Python.
    """
    templates: dict[tuple[bool, ...], tuple[list[Any], Callable[[Sequence[Plain]], Sequence[Plain]]]] = {}
    held = rows if isinstance(rows, list | tuple) else list(rows)
    columns = zip(*(values for _, _, values in held), strict=True)
    doubtful = _picker([place for place, column in enumerate(columns) if None in column])
    ordered = sorted(range(len(names)), key=names.__getitem__)
    digests = []
    for record, _, values in held:
        nulls = tuple([value is None for value in doubtful(values)])
        made = templates.get(nulls)
        if made is None:
            places = [place for place in ordered if values[place] is not None]
            template: list[Any] = [kind, b"", *(part for place in places for part in (names[place], None))]
            made = templates[nulls] = template, _picker(places)
        flat, pick = made
        flat[1] = record
        flat[3::2] = pick(values)
        digests.append(hashlib.sha256(_encoder.encode(flat)).digest())
    return digests


def _picker(places: Sequence[int]) -> Callable[[Sequence[Plain]], Sequence[Plain]]:
    """Takes the values at these places out of a row."""
    if len(places) == 1:
        one = places[0]
        return lambda values: (values[one],)
    return operator.itemgetter(*places) if places else lambda values: ()


def scope_sum(digests: Iterable[int]) -> int:
    """Add row digests modulo 2**256."""
    return sum(digests) % 2**256
