"""Frozen views of a checklist: sections, questions, findings; plain values and sentences only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from fieldapp.base.i18n import Language, Sentence
from fieldapp.base.ids import Id

__all__ = [
    "ChoiceView",
    "FindingView",
    "OpenFinding",
    "Place",
    "QuestionView",
    "ReadingView",
    "SectionView",
    "Status",
    "Words",
    "is_drawn",
    "words",
]

Status = Literal["ok", "abnormal", "na", "unchecked", "open"]


@dataclass(frozen=True, slots=True)
class Words(Sentence):
    """A text that its author wrote in both languages (labels of a form); `text` is the English one. Nothing is filled in."""

    zh: str = ""

    def read(self, language: Language) -> str:
        """The text in a language; the other one where there is none."""
        first, second = (self.zh, self.text) if language == "zh" else (self.text, self.zh)
        return first or second


def words(zh: str, en: str = "") -> Words:
    """Words in both languages."""
    return Words(en, zh=zh)


def is_drawn(kind: str, appearance: str) -> bool:
    """Whether a picture is drawn by hand and shows nothing of the site: what is said of cameras does not concern it."""
    return kind == "image" and bool({"draw", "signature"} & set(appearance.split()))


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """A choice on offer; `meaning` is the result it gives the item (a foreign form's choices are all ok).

    `picture` is the name of the form's picture that stands for it, or empty.
    """

    value: str
    label: Words
    meaning: Status
    picture: str = ""


@dataclass(frozen=True, slots=True)
class ReadingView:
    """An earlier reading: its period in short (`26 Q1`, `Q2` in the year of the one before) and the number as a text."""

    period: str
    value: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """问题: what was entered about an abnormal item. `gaps` name what is missing; `case_number` once it became a case."""

    finding_id: Id
    key: str
    item: str
    label: str
    level: str
    description: str
    photo_digest: str
    photo_allowed: bool
    photo_why: Sentence | None
    witness: str
    state: str
    owner: str
    advice: str
    due_on: date | None
    case_id: Id
    case_number: str
    gaps: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """遗留问题: left over by an earlier inspection, to be settled in this one."""

    finding_id: Id
    asset_id: Id
    asset: str
    item: str
    label: str
    description: str
    level: str
    owner: str
    advice: str
    due_on: date | None
    overdue: bool
    found_at: datetime | None
    case_id: Id
    case_number: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One thing that a section shows.

    `kind`: `group` and `instance` (headings), `repeat` (heading of rows; `may_add`), else the kind of the question:
    integer, decimal, string, select_one, select_multiple, rank, date, time, datetime, image, file, note, acknowledge …
    `counted` questions make the coverage; `status` of the others says only whether there is an answer. `minimum`, `maximum`
    and `baseline` are decimal texts, empty where none is agreed. `why_not` says why an attachment may not be taken here
    and what to do instead, `photo_why` the same of a photo of what is abnormal. `message` says why an answer does not stand.
    `guidance` are words that unfold. `bounds` of a range are start, end and step. `media` are the
    names of the label's files by kind (image, big-image, audio, video). `lacking` says that the choices have not come to this laptop.
    """

    key: str
    name: str
    item: str
    kind: str
    label: Words
    hint: Words
    value: str
    status: Status
    counted: bool
    relevant: bool
    required: bool
    readonly: bool
    depth: int
    parent: str
    message: Sentence | None = None
    choices: tuple[ChoiceView, ...] = ()
    appearance: str = ""
    unit: str = ""
    minimum: str = ""
    maximum: str = ""
    baseline: str = ""
    limits: Sentence | None = None
    readings: tuple[ReadingView, ...] = ()
    trend: Sentence | None = None
    last: Sentence | None = None
    result: str = ""
    reason: str = ""
    finding: FindingView | None = None
    why_not: Sentence | None = None
    photo_why: Sentence | None = None
    may_add: bool = False
    may_remove: bool = False
    guidance: Words = Words("")
    bounds: tuple[float, float, float] | None = None
    media_type: str = ""
    rich: tuple[tuple[str, Words], ...] = ()
    media: tuple[tuple[str, Words], ...] = ()
    lacking: Sentence | None = None

    @property
    def marked_up(self) -> Mapping[str, Words]:
        """Which of `label`, `hint`, `guidance` and `message` have markup, as HTML that is safe to draw."""
        return dict(self.rich)

    @property
    def is_heading(self) -> bool:
        """Whether it holds other questions and takes no answer."""
        return self.kind in ("group", "repeat", "instance")


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section: the key of its group ("" for questions outside groups), answered and all items, abnormal ones."""

    key: str
    title: Words
    answered: int
    total: int
    abnormal: int


@dataclass(frozen=True, slots=True)
class Place:
    """A question's place: the index of its section and its key."""

    section: int
    key: str
