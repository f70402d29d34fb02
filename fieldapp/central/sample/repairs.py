"""The visits and swaps of past repairs in the sample, with the ledger lines they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from fieldapp.base.ids import Id
from fieldapp.central.sample.crew import Crew
from fieldapp.central.sample.land import Place
from fieldapp.central.sample.stage import ZONE, Stage
from fieldapp.central.sample.stock import Stock
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Asset
from fieldapp.domain.records import Record
from fieldapp.domain.spares import Rma, Swap, return_due, rma_due, swap_movements
from fieldapp.domain.visits import LeftOver, Visit, VisitPerson

__all__ = ["TOOLS", "tell_repair"]

TOOLS = ("笔记本电脑", "防静电手环", "螺丝刀套装", "万用表")


def tell_repair(
    stage: Stage,
    crew: Crew,
    stock: Stock,
    place: Place,
    asset: Asset,
    case: Case,
    owner: str,
    *,
    part_no: str,
    received: datetime | None,
) -> list[Record]:
    """The visit of a case that was attended on site: finished when the service was restored, else still going on or to be repeated.

    `received` is when the good part was received, where the faulty one is still to be returned.
    """
    engineer = crew.people[owner]
    arrived, restored = case.arrived_at, case.restored_at
    if arrived is None:
        return []
    ended = restored + timedelta(minutes=15) if restored else (case.diagnosed_at or None)
    visit = Visit(
        id=stage.new_id(),
        site_id=place.site.id,
        customer_id=place.customer.id,
        contract_id=place.contract.id,
        kind="repair",
        case_id=case.id,
        title=case.summary,
        engineer_id=engineer.id,
        departed_at=arrived - timedelta(minutes=place.site.travel_min or 30),
        entered_at=arrived,
        escort=place.watch.name,
        tools=TOOLS,
        rules_read_at=arrived + timedelta(minutes=2),
        started_at=arrived + timedelta(minutes=10),
        start_confirmed_by=place.lead.name,
        cleared_at=ended,
        left_at=ended + timedelta(minutes=10) if ended else None,
        outcome="complete" if restored else "unfinished" if ended else "",
        outcome_reason="" if restored or not ended else "等待备件",
        symptom=case.description,
        cause=case.cause,
        work_done=case.solution,
    )
    told: list[Record] = [visit, *_people(stage, place, visit.id, engineer.name, engineer.phone, minutes=150 if ended else None)]
    if restored and part_no:
        told += _swap(stage, crew, stock, place, asset, case, visit.id, owner, part_no, received)
    if case.number.endswith(("0", "6")) and visit.left_at:
        due = (visit.left_at + timedelta(days=12)).astimezone(ZONE).date()
        told.append(
            LeftOver(
                id=stage.new_id(),
                site_id=place.site.id,
                visit_id=visit.id,
                text="一周后电话回访,核对告警是否复现",
                due_on=due,
                case_id=case.id,
            )
        )
    return told


def _people(stage: Stage, place: Place, visit_id: Id, name: str, phone: str, minutes: int | None) -> list[VisitPerson]:
    return [
        VisitPerson(
            id=stage.new_id(),
            site_id=place.site.id,
            visit_id=visit_id,
            name=name,
            role="现场工程师",
            phone=phone,
            leader=True,
            hours_minutes=minutes,
        ),
        VisitPerson(
            id=stage.new_id(),
            site_id=place.site.id,
            visit_id=visit_id,
            name=place.watch.name,
            side="customer",
            role=place.watch.role,
            phone=place.watch.phone,
        ),
    ]


def _swap(
    stage: Stage,
    crew: Crew,
    stock: Stock,
    place: Place,
    asset: Asset,
    case: Case,
    visit_id: Id,
    owner: str,
    part_no: str,
    received: datetime | None,
) -> list[Record]:
    part = stock.parts[part_no]
    number = int(case.number[-3:])
    stem = "".join(letter for letter in part_no if letter.isalpha())[:3]
    old, new = f"{stem}-{number}17", f"{stem}-{number}52"
    diagnosed, restored = case.diagnosed_at or stage.at, case.restored_at or stage.at
    got = received or diagnosed - timedelta(hours=1)
    retained = part.data_bearing and place.contract.media_retention
    returned = None if retained or received else got + timedelta(days=3)
    swap = Swap(
        id=stage.new_id(),
        site_id=place.site.id,
        case_id=case.id,
        visit_id=visit_id,
        asset_id=asset.id,
        part_id=part.id,
        part_no=part_no,
        old_serial=old,
        new_serial=new,
        source_id=stock.locations[f"van:{owner}"].id,
        fault_confirmed_at=diagnosed,
        received_at=got,
        configuration_saved=True,
        esd_protection=True,
        started_at=restored - timedelta(minutes=40),
        finished_at=restored - timedelta(minutes=10),
        self_test="ok",
        restored_at=restored,
        faulty_ending="retained" if retained else "taken_back",
        ending_note="按合同保留介质,已签介质保留确认单" if retained else "",
        returned_at=returned,
    )
    swap = replace(swap, return_due_on=return_due(swap, crew.calendar).day)
    _book_swap(stage, stock, place, swap, owner)
    if returned is None:
        return [swap]
    stock.move(part_no, old, f"van:{owner}", "swap_repair", returned, "returned", case_id=case.id, swap_id=swap.id, condition="faulty")
    due = rma_due(returned, crew.calendar).moment
    rma = Rma(
        id=stage.new_id(),
        site_id=place.site.id,
        number=f"RMA-{case.number[3:7]}-HD-{number:06d}",
        case_id=case.id,
        swap_id=swap.id,
        part_no=part_no,
        serial=old,
        state="exchanged" if due and due < stage.at else "received",
        administrator=crew.people["depot"].name,
        requested_at=restored,
        received_at=returned,
        due_at=due,
    )
    return [rma, replace(swap, rma_id=rma.id)]


def _book_swap(stage: Stage, stock: Stock, place: Place, swap: Swap, owner: str) -> None:
    """Where both parts were before the swap, and what the swap itself moved."""
    van, site = f"van:{owner}", f"customer:{place.site.code}"
    got, restored = swap.received_at or stage.at, swap.restored_at or stage.at
    stock.move(swap.part_no, swap.old_serial, "", site, got - timedelta(days=400), "delivered")
    stock.move(swap.part_no, swap.new_serial, "", "depot", got - timedelta(days=60), "received")
    stock.move(swap.part_no, swap.new_serial, "depot", van, got, "issued", case_id=swap.case_id)
    stock.movements += swap_movements(
        swap,
        restored,
        stage.new_id,
        customer_id=stock.locations[site].id,
        van_id=stock.locations[van].id,
        transit_id=stock.locations["transit"].id,
        difference_id=stock.locations["difference"].id,
    )
