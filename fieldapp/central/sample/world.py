"""The whole sample as records, made without a centre: the same moment, seed and forms give the same records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fieldapp.base.ids import Id, IdSource
from fieldapp.central.sample.casebook import FIRST_NUMBER, write_casebook
from fieldapp.central.sample.crew import gather_crew
from fieldapp.central.sample.day import Day, tell_day
from fieldapp.central.sample.land import settle_land
from fieldapp.central.sample.quarters import tell_quarters
from fieldapp.central.sample.sheets import read_sheets
from fieldapp.central.sample.stage import Stage
from fieldapp.central.sample.stock import fill_stock
from fieldapp.domain.customers import Person
from fieldapp.domain.inspections import Finding, FormVersion
from fieldapp.domain.records import Record
from fieldapp.domain.visits import LeftOver

__all__ = ["LEFT_OVER", "World", "world"]

LEFT_OVER = ("78E00412", "T1_04")
"""Serial and item of the finding that the main site's last inspection left over."""

_LEFT_OVER_CASE = FIRST_NUMBER


@dataclass(frozen=True, slots=True)
class World:
    """Batches of records, each to be saved in one transaction, owners before what they own; answers by form instance.

    `people` are ours by their key: engineer1 to engineer3, dispatcher, manager, second_line, depot.
    """

    batches: tuple[tuple[Record, ...], ...]
    answers: Mapping[Id, Mapping[str, str]]
    people: Mapping[str, Person]
    day: Day

    @property
    def records(self) -> tuple[Record, ...]:
        """All records in the order of saving."""
        return tuple(record for batch in self.batches for record in batch)


def world(at: datetime, seed: int, ids: IdSource, forms: Sequence[FormVersion], extra_forms: Sequence[FormVersion] = ()) -> World:
    """Tell the sample for the local day of `at` (aware).

    `forms` are the published checklists T1 to T4 (others are passed over); each of `extra_forms` is attached, open, to the
    inspection of the day.
    ValueError for a naive moment, KeyError when a checklist is missing.
    """
    stage = Stage.set_up(at, seed, ids)
    crew = gather_crew(stage)
    land = settle_land(stage)
    stock = fill_stock(stage, crew, land)
    sheets = read_sheets([form for form in forms if form.form_id in {"T1", "T2", "T3", "T4"}], at)
    quarters = tell_quarters(stage, crew, land, sheets)
    book = write_casebook(stage, crew, land, stock, quarters.last_at_main or stage.at)
    inspected = [
        place.assets[serial] for site, serials in sheets.told["inspected"].items() for place in [land.places[site]] for serial in serials
    ]
    limits = sheets.limits(stage, inspected)
    day = tell_day(stage, crew, land, book, sheets, extra_forms)
    told = _linked(quarters.records, quarters.findings, {LEFT_OVER: book.cases[_LEFT_OVER_CASE].id})
    finding = quarters.findings[LEFT_OVER]
    case = book.cases[_LEFT_OVER_CASE]
    cases = [replace(each, finding_id=finding.id) if each is case else each for each in book.records]
    batches = (
        (*crew.records, *land.records, *limits),
        stock.records,
        tuple(told),
        tuple(cases),
        day.records,
    )
    return World(batches, quarters.answers, crew.people, day)


def _linked(records: Sequence[Record], findings: Mapping[tuple[str, str], Finding], cases: Mapping[tuple[str, str], Id]) -> list[Record]:
    """The inspections' records, findings and left-over items that became a case naming it."""
    case_of = {findings[key].id: case_id for key, case_id in cases.items()}
    linked: list[Record] = []
    for each in records:
        finding = each.id if isinstance(each, Finding) else each.finding_id if isinstance(each, LeftOver) else ""
        linked.append(replace(each, case_id=case_of[finding]) if finding in case_of else each)
    return linked
