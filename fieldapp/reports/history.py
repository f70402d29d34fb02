"""The history of a visit in the signed data of its report: digests of Changes in their order, with the root of their Merkle tree.

A Change's digest is the SHA-256 of its canonical bytes without its place in the order (`wire.changes.content_digest`): a laptop
that begins a new incarnation numbers anew what it has not sent, and says the same. The order is that of the list. The tree is
that of RFC 6962, section 2.1, with SHA-256: a leaf is hashed behind the byte 00, an inner node behind the byte 01.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.i18n import Sentence, say
from fieldapp.reports.verdicts import shown
from fieldapp.wire.changes import content_digest, kept_change

__all__ = ["VisitHistory", "first_difference", "history_of", "tree_root"]

_LEAF, _NODE = b"\x00", b"\x01"


@dataclass(frozen=True, slots=True)
class VisitHistory:
    """What a report lists of its visit's history, at the moment it was sealed.

    `device`: the laptop's identity. `since`: when the oldest Change of any kind was made that the laptop still held in one piece with
    all later ones (device's clock); None when that was the laptop's first. `records`: the visit and what belongs to it, as `kind/id`,
    sorted. `digests`: all Changes of this laptop to these records since then, in the order of its chain, 64 hex digits each. `root`:
    that of their tree, 64 hex digits.
    """

    device: str
    since: datetime | None
    records: tuple[str, ...]
    digests: tuple[str, ...]
    root: str


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The root of the Merkle tree over some leaves (bytes of any length), 32 bytes; that of none is the SHA-256 of nothing.

    A node for each run of leaves whose length is a power of two, put together from the right: the tree that RFC 6962 defines by halving.
    """
    waiting: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, node = 1, hashlib.sha256(_LEAF + leaf).digest()
        while waiting and waiting[-1][0] == size:
            size, node = 2 * size, hashlib.sha256(_NODE + waiting.pop()[1] + node).digest()
        waiting.append((size, node))
    if not waiting:
        return hashlib.sha256().digest()
    _, root = waiting.pop()
    while waiting:
        root = hashlib.sha256(_NODE + waiting.pop()[1] + root).digest()
    return root


def history_of(device: str, since: datetime | None, records: Sequence[str], changes: Sequence[bytes]) -> VisitHistory:
    """The history of some Changes (canonical bytes, in order)."""
    digests = [content_digest(data) for data in changes]
    return VisitHistory(device, since, tuple(sorted(records)), tuple(each.hex() for each in digests), tree_root(digests).hex())


def first_difference(signed: VisitHistory, changes: Sequence[bytes]) -> Sentence | None:
    """Where Changes (canonical bytes, in order) first differ from a signed history, in words; None when they are the same."""
    listed, found = signed.digests, [content_digest(data).hex() for data in changes]
    if not signed.root or _root(listed) != signed.root:
        return say("The root in the signed data is not that of the digests in them.")
    if listed == tuple(found):
        return None
    at = next((place for place, pair in enumerate(zip(listed, found, strict=False)) if pair[0] != pair[1]), min(len(listed), len(found)))
    number, total = at + 1, len(listed)
    if at == len(listed):
        return say("Added after the {total} Changes that were signed: {change}.", total=total, change=_words(changes[at]))
    comes_later = listed[at] in found[at:]
    if at == len(found) or (not comes_later and found[at] in listed[at:]):
        if at == 0:
            return say("Left out: the first of the {total} Changes that were signed.", total=total)
        before = _words(changes[at - 1])
        return say("Left out: Change {number} of {total}; it stood behind {change}.", number=number, total=total, change=before)
    change = _words(changes[at])
    if not comes_later:
        return say("Altered: Change {number} of {total}; it is now {change}.", number=number, total=total, change=change)
    if found[at] not in listed[at:]:
        return say("Added before Change {number} of {total}: {change}.", number=number, total=total, change=change)
    return say("In another order: in the place of Change {number} of {total} stands {change}.", number=number, total=total, change=change)


def _root(digests: Sequence[str]) -> str:
    """The root over digests, as text; empty when one of them is none: who has a laptop's key may seal what is no history."""
    try:
        return tree_root([bytes.fromhex(each) for each in digests]).hex()
    except ValueError:
        return ""


def _words(data: bytes) -> Sentence:
    """A Change for somebody who looks it up in the file: its number in the laptop's order, the record, the fields."""
    change = kept_change(data)
    record = f"{shown(change.kind)} {change.record_id}"
    if change.deleted:
        return say("number {sequence}, {record} deleted", sequence=change.sequence, record=record)
    fields = shown(", ".join(each.name for each in change.edits))
    return say("number {sequence}, {record} ({fields})", sequence=change.sequence, record=record, fields=fields)
