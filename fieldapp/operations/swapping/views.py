"""The views of stock and swaps, as pages show them, and what a swap refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from fieldapp.base.errors import RuleError
from fieldapp.base.i18n import N_, Sentence
from fieldapp.base.ids import Id

__all__ = [
    "DueTone",
    "EndingIncomplete",
    "PartChoice",
    "SourceChoice",
    "Stock",
    "StockRow",
    "SwapEntry",
    "SwapFinished",
    "SwapRow",
    "SwapTimesWrong",
    "SwapView",
]

DueTone = Literal["neutral", "due", "breached", "met"]


class SwapFinished(RuleError):
    """A swap that is recorded already."""

    code = "FA-276"
    message = N_("This swap is recorded already. Nothing was changed. Add a note to the case for what came later.")


class SwapTimesWrong(RuleError):
    """Times of a swap that contradict each other or lie ahead."""

    code = "FA-277"
    message = N_("The times of the swap contradict each other or lie in the future. Nothing was changed. Correct them.")


class EndingIncomplete(RuleError):
    """A part destroyed on site without the way it was done and two names."""

    code = "FA-278"
    message = N_("A part destroyed on site needs a note: how, and two names. Nothing was changed. Write it down.")


@dataclass(frozen=True, slots=True)
class StockRow:
    """What lies at a place: one serial, or a quantity without serials. `condition`: good | faulty."""

    part_id: Id
    part_no: str
    name_zh: str
    name_en: str
    serial: str
    quantity: int
    condition: str


@dataclass(frozen=True, slots=True)
class Stock:
    """Van and depot by the books; the depot's as of `synced_at` (None before the first sync)."""

    van: tuple[StockRow, ...]
    van_name: str
    depot: tuple[StockRow, ...]
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class SwapRow:
    """One swap of the list. `due_tone`: neutral | due | breached | met; `days_left` counts calendar days, None where nothing returns."""

    swap_id: Id
    part_no: str
    part: tuple[str, str]
    old_serial: str
    new_serial: str
    customer: str
    site: str
    case_number: str
    finished_at: datetime | None
    complete: bool
    ending_words: Sentence
    return_due_on: date | None
    days_left: int | None
    due_words: Sentence
    due_tone: DueTone


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapEntry:
    """What is entered about a swap (T10); moments are aware. `substitution`: original | same_class | temporary."""

    swap_id: Id
    case_id: Id = ""
    visit_id: Id = ""
    asset_id: Id = ""
    part_id: Id = ""
    part_no: str = ""
    old_serial: str = ""
    new_serial: str = ""
    source_id: Id = ""
    substitution: str = "original"
    fault_confirmed_at: datetime | None = None
    received_at: datetime | None = None
    configuration_saved: bool = False
    esd_protection: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    self_test: str = ""
    restored_at: datetime | None = None
    faulty_ending: str = ""
    handed_to: str = ""
    ending_note: str = ""


@dataclass(frozen=True, slots=True)
class PartChoice:
    """A part to choose from; `serials` are those in the van."""

    part_id: Id
    part_no: str
    name_zh: str
    name_en: str
    data_bearing: bool
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """Where the good part came from; an empty `location_id`: from the customer or the vendor, in no book."""

    location_id: Id
    name: Sentence


@dataclass(frozen=True, slots=True)
class SwapView:
    """One swap: what is entered, what to choose from, what is said about it.

    `recorded` after `record_swap`; `must_end` where the faulty part holds data; `notes` say what does not fit books, list or contract.
    """

    entry: SwapEntry
    recorded: bool
    customer: str
    site: str
    zone: str
    case_number: str
    asset: str
    asset_serial: str
    must_end: bool
    media_retention: bool
    parts: tuple[PartChoice, ...]
    sources: tuple[SourceChoice, ...]
    endings: tuple[tuple[str, Sentence], ...]
    gaps: tuple[Sentence, ...]
    notes: tuple[Sentence, ...]
    return_due_on: date | None
    return_words: Sentence
    returned_at: datetime | None
    rma_id: Id
    rma_number: str
