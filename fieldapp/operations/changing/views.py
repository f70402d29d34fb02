"""The views of planned changes and upgrades, as pages show them; plain values and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldapp.base.i18n import Sentence
from fieldapp.base.ids import Id

__all__ = ["Allowed", "BackupLine", "ChangeRow", "GateLine", "OnSite", "RollbackView", "StepLine", "UpgradeView"]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One planned change of the list. `order_id` is empty where no upgrade order came with it; `done` of 8 gates."""

    event_id: Id
    order_id: Id
    number: str
    title: str
    customer: str
    site: str
    window: Sentence
    starts_at: datetime | None
    review: str
    review_words: Sentence
    state: str
    state_words: Sentence
    done: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether something can be done now, and what it waits for."""

    allowed: bool
    why: Sentence | None = None


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate. `state`: done | open | locked | running | failed; `state_words` is its tag, `opens_with` what is missing."""

    number: int
    key: str
    title: Sentence
    detail: Sentence | None
    state: str
    state_words: Sentence
    opens_with: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class BackupLine:
    """One piece of evidence. `problem` says why it does not suffice now; `by_digest`: its check compares digests."""

    backup_id: Id
    subject: str
    kind: str
    kind_words: Sentence
    words: Sentence
    location: str
    files: int | None
    digest: str
    taken_at: datetime | None
    checked_at: datetime | None
    by_digest: bool
    problem: Sentence | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of the plan, or one check behind it (`verification`). `result`: "" | ok | abnormal."""

    step_id: Id
    number: int
    text_zh: str
    text_en: str
    verification: bool
    result: str
    note: str
    done_at: datetime | None
    allowed: bool
    why: Sentence | None


@dataclass(frozen=True, slots=True)
class OnSite:
    """Somebody present, or standing by at the telephone (`standby`)."""

    name: str
    role: str
    phone: str
    standby: bool


@dataclass(frozen=True, slots=True)
class RollbackView:
    """The way back: plan, criteria, the latest moment to decide, what it restores from, and what was done."""

    plan: str
    criteria: str
    decision_at: datetime | None
    sources: tuple[BackupLine, ...]
    rolled_back_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class UpgradeView:
    """One upgrade whole.

    `window_now` says how far now lies outside the window (None inside); `can` tells by verb what is allowed: deliver, merge, stop,
    backup_application, backup_files, backup_data, approval, step, verify, explain, acceptance, roll_back, finish.
    `manifests_stay` is the rule of the site by which lists of files stay with the customer, or None.
    """

    order_id: Id
    event_id: Id
    visit_id: Id
    site_id: Id
    customer: str
    application: str
    number: str
    from_version: str
    to_version: str
    review: str
    review_words: Sentence
    state: str
    state_words: Sentence
    zone: str
    window: Sentence
    window_starts_at: datetime | None
    window_ends_at: datetime | None
    window_now: Sentence | None
    gates: tuple[GateLine, ...]
    backups: tuple[BackupLine, ...]
    kinds: tuple[tuple[Sentence, int], ...]
    accepted_kinds: tuple[str, ...]
    steps: tuple[StepLine, ...]
    checks: tuple[StepLine, ...]
    rollback: RollbackView
    people: tuple[OnSite, ...]
    deviations: tuple[Sentence, ...]
    documents: tuple[str, ...]
    documents_delivered_at: datetime | None
    merge_agreed: bool
    state_before: str
    business_stopped_at: datetime | None
    started_at: datetime | None
    version_after: str
    processes_verified: str
    impact: str
    impact_note: str
    explained_at: datetime | None
    explained_to: str
    observation_until: datetime | None
    manifests_stay: Sentence | None
    can: Mapping[str, Allowed]
