"""What the replica tells about itself: frozen views that operations and sync read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.ids import Id

__all__ = ["AnswerRow", "Hit", "OwnEdit", "Pending", "PendingRecord", "PendingVerdict", "RoundRow", "SyncState"]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer. `at` and `author` are known for what was answered on this laptop, else None and ""."""

    instance_id: Id
    key: str
    value: str
    at: datetime | None
    author: Id


@dataclass(frozen=True, slots=True)
class OwnEdit:
    """A value that a Change of this laptop gave a field, by whom and when (device's clock)."""

    value: str | int | bool | None
    author: Id
    at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """What is only on this laptop: Changes without a receipt (by kind too), blobs without one, and their bytes."""

    changes: int
    blobs: int
    blob_bytes: int
    by_kind: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PendingRecord:
    """A record with Changes that have no receipt: how many, and when the first was made (device's clock)."""

    kind: str
    record_id: Id
    changes: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class PendingVerdict:
    """A Change that the centre did not simply apply: merged | conflict | rejected, the fields concerned, the reason (a code)."""

    incarnation: int
    sequence: int
    kind: str
    record_id: Id
    verdict: str
    fields: tuple[str, ...]
    reason: str
    conflict_id: Id
    at: datetime
    values: Mapping[str, str | int | bool | None]
    bases: Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record found by search: its kind, what to call it, and the text around the place."""

    kind: str
    record_id: Id
    title: str
    snippet: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """Where this laptop stands with the centre.

    `received`: every Change of this incarnation up to this one has a receipt.
    `cursor`: the highest revision taken in whole; `epoch`: the centre's (0: never met); `complete`: the whole was taken, and
    the centre did not ask to take it again.
    `clock_low`, `clock_high`: milliseconds between which the centre's clock was ahead of the device's at `last_contact_at`.
    """

    device: Id
    engineer: Id
    incarnation: int
    sequence: int
    head: bytes
    received: int
    epoch: int
    cursor: int
    centre_revision: int
    scope_digest: bytes
    complete: bool
    search_behind: bool
    last_finished_at: datetime | None
    agreed_at: datetime | None
    last_contact_at: datetime | None
    clock_low: int
    clock_high: int


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A sync round of the past: `outcome` is complete | incomplete | the code of the error that ended it; counts by name."""

    started_at: datetime
    ended_at: datetime
    outcome: str
    counts: Mapping[str, int]
