"""The cases of the sample: open ones with running service clocks, and three months of closed ones with time lines, visits and swaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from fieldapp.central.sample.crew import Crew
from fieldapp.central.sample.land import Land, Place
from fieldapp.central.sample.repairs import tell_repair
from fieldapp.central.sample.stage import ZONE, Stage, moment_on, phrases
from fieldapp.central.sample.stock import Stock
from fieldapp.central.sample.timeline import Milestones, milestones, tell_timeline
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.customers import Asset
from fieldapp.domain.policies import clocks_for
from fieldapp.domain.records import Record
from fieldapp.domain.workdays import add_working

__all__ = ["Casebook", "write_casebook"]

FIRST_NUMBER, LAST_NUMBER = 380, 419
_FAULTS = frozenset({"fault", "assisted_localisation"})
_RETURN_LEFT_DAYS = 4
_RETURN_DAYS = 10


@dataclass(slots=True)
class Casebook:
    """All cases by their running number, and the records around them in the order of writing."""

    cases: dict[int, Case] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Teller:
    """What every case is told from."""

    stage: Stage
    crew: Crew
    land: Land
    stock: Stock
    book: Casebook


def write_casebook(stage: Stage, crew: Crew, land: Land, stock: Stock, finding_at: datetime) -> Casebook:
    """Tell all cases; `finding_at` is when last quarter's inspection opened the case of its left-over finding."""
    told = phrases("stories")
    teller = _Teller(stage, crew, land, stock, Casebook())
    open_stories = {story["no"]: story for story in told["open"]}
    past = 0
    for number in range(FIRST_NUMBER, LAST_NUMBER + 1):
        if number in open_stories:
            _tell_open(teller, open_stories[number], finding_at)
        else:
            _tell_past(teller, told["past"], past, number)
            past += 1
    return teller.book


def _tell_open(teller: _Teller, story: Mapping[str, Any], finding_at: datetime) -> None:
    stage = teller.stage
    place = teller.land.places[story["site"]]
    if story.get("return"):
        received = moment_on(_return_started(teller), "14:20")
        reported = received - timedelta(minutes=180)
    else:
        received = None
        reported = finding_at if story.get("finding") else stage.ago(story["ago_min"])
    quick = place.contract.sla_profile == "S0"
    created = stage.ago(story["created_min"]) if "created_min" in story else reported + timedelta(minutes=1 if quick else 5)
    assigned = stage.ago(story["assigned_min"]) if "assigned_min" in story else created + timedelta(minutes=1 if quick else 4)
    times = milestones(reported, created, assigned, story["status"], quick=quick, fault=story["kind"] in _FAULTS)
    _tell(teller, story["no"], place, place.assets[story["asset"]], story, story["status"], story["owner"], times, received)


def _tell_past(teller: _Teller, stories: list[Mapping[str, Any]], position: int, number: int) -> None:
    """Past cases lie between 6 and 88 days back, the higher number the later; number 399 and up came after the returned part's case."""
    stage = teller.stage
    story = stories[(number * 5) % len(stories)]
    fitting = [(place, asset) for place, asset in teller.land.equipment() if asset.category == story["asset"]]
    place, asset = fitting[number % len(fitting)]
    days = 6 + (405 - number) / 2 if number > 398 else 20 + (397 - number) * 4
    reported = stage.at_hour(f"{8 + number % 10:02d}:{stage.dice.below(60):02d}", days=-int(days))
    quick = place.contract.sla_profile == "S0"
    created = reported + timedelta(minutes=1 if quick else stage.dice.between(2, 6))
    assigned = created + timedelta(minutes=1 if quick else stage.dice.between(2, 8))
    status = "archived" if days > 40 else "resolved" if number == 405 else "closed"
    late = 21 if position % 9 == 4 else 0
    fault = story.get("kind", "fault") in _FAULTS
    times = milestones(reported, created, assigned, status, quick=quick, fault=fault, late_minutes=late)
    owner = ("engineer1", "engineer2", "engineer1", "engineer3")[number % 4]
    _tell(teller, number, place, asset, story, status, owner, times, None)


def _tell(
    teller: _Teller,
    number: int,
    place: Place,
    asset: Asset,
    story: Mapping[str, Any],
    status: str,
    owner: str,
    times: Milestones,
    received: datetime | None,
) -> None:
    stage, book = teller.stage, teller.book
    engineer = teller.crew.people.get(owner)
    local_year = (times.reported or stage.at).astimezone(ZONE).year
    severity = story["severity"] if place.contract.sla_profile.startswith("S1-C-") is story["severity"].startswith("C") else "C-3"
    case = Case(
        id=stage.new_id(),
        number=f"CS-{local_year}-{number:05d}",
        kind=story.get("kind", "fault"),
        category=asset.category,
        customer_id=place.customer.id,
        site_id=place.site.id,
        contract_id=place.contract.id,
        asset_id=asset.id,
        customers_number=stage.filled(story.get("customers_number", "")),
        summary=story["summary"],
        description=story["description"],
        error_code=story.get("error_code", ""),
        manufacturer=asset.manufacturer,
        scheme="C" if severity.startswith("C") else "P",
        severity=severity,
        major=story.get("major", False),
        status=status,
        entitlement=place.contract.kind,
        channel=story.get("channel", "phone"),
        caller_name=place.watch.name,
        caller_phone=place.watch.phone,
        owner_id=engineer.id if engineer else "",
        maintenance_level=2 if times.arrived else 1,
        cause=story.get("cause", "") if times.diagnosed else "",
        solution=story.get("solution", "") if times.resolved else "",
        prevention=story.get("prevention", "") if times.resolved else "",
        **times.stamps(),
    )
    book.cases[number] = case
    book.records.append(case)
    clocks = _clocks(teller, place, asset, case, received)
    book.records += clocks
    author = engineer or teller.crew.people["dispatcher"]
    book.records += tell_timeline(stage, case, teller.crew.people["dispatcher"], author, part=story.get("part", ""))
    if engineer is not None and times.arrived:
        book.records += tell_repair(
            stage, teller.crew, teller.stock, place, asset, case, owner, part_no=story.get("part", ""), received=received
        )


def _clocks(teller: _Teller, place: Place, asset: Asset, case: Case, received: datetime | None) -> list[CaseClock]:
    """The clocks the contract's policy gives a case, as the centre would copy them. A part to return brings its start with it."""
    contract = place.contract
    clocks = clocks_for(
        teller.crew.policies,
        contract.sla_profile,
        case.severity,
        case,
        teller.stage.new_id,
        calendar=contract.calendar,
        critical=asset.critical,
        response_required_min=contract.response_required_min,
        travel_min=place.site.travel_min,
    )
    return [replace(each, started_at=received) if received and each.metric == "return_faulty" else each for each in clocks]


def _return_started(teller: _Teller) -> date:
    """The latest day on which a good part was received whose return is due in four days; eight days back if the year is unknown."""
    stage = teller.stage
    target = stage.today + timedelta(days=_RETURN_LEFT_DAYS)
    for back in range(1, 30):
        day = stage.today - timedelta(days=back)
        due = add_working(moment_on(day, "14:20"), days=_RETURN_DAYS, calendar=teller.crew.calendar).moment
        if due is None:
            break
        if due.astimezone(ZONE).date() <= target and day.weekday() < 5:
            return day
    return stage.today - timedelta(days=8)
