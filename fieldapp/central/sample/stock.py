"""Spare parts of the sample: catalogue, locations, and the ledger of what went where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.base.ids import Id
from fieldapp.central.sample.crew import Crew
from fieldapp.central.sample.land import Land
from fieldapp.central.sample.stage import Stage, phrases
from fieldapp.domain.records import Record
from fieldapp.domain.spares import SparePart, StockLocation, StockMovement

__all__ = ["Stock", "fill_stock"]

_FIXED = (("depot", "备件库"), ("swap_repair", "换件维修库"), ("transit", "在途"), ("rma", "原厂维修"), ("difference", "差异"))


@dataclass(slots=True)
class Stock:
    """Parts by number, locations by their kind (`van:<person key>`, `customer:<site code>` where there are several), and the ledger.

    The ledger grows while past cases are told.
    """

    stage: Stage
    parts: Mapping[str, SparePart]
    locations: dict[str, StockLocation]
    movements: list[StockMovement] = field(default_factory=list)

    @property
    def records(self) -> tuple[Record, ...]:
        """Parts, locations and movements in the order of time."""
        in_order = sorted(self.movements, key=lambda each: (each.at or self.stage.at, each.id))
        return (*self.parts.values(), *self.locations.values(), *in_order)

    def move(
        self,
        part_no: str,
        serial: str,
        origin: str,
        target: str,
        at: datetime,
        reason: str,
        *,
        quantity: int = 1,
        case_id: Id = "",
        swap_id: Id = "",
        condition: str = "good",
    ) -> None:
        """Write one line of the ledger; an empty `origin` is what comes in from outside."""
        self.movements.append(
            StockMovement(
                id=self.stage.new_id(),
                part_id=self.parts[part_no].id,
                serial=serial,
                quantity=quantity,
                from_id=self.locations[origin].id if origin else "",
                to_id=self.locations[target].id,
                at=at,
                reason=reason,
                case_id=case_id,
                swap_id=swap_id,
                condition=condition,
            )
        )


def fill_stock(stage: Stage, crew: Crew, land: Land) -> Stock:
    """The catalogue, a location for each kind, van and site, and the receipts that filled them."""
    told = phrases("parts")
    parts = {row["part_no"]: SparePart(id=stage.new_id(), **row) for row in told["parts"]}
    locations = {kind: StockLocation(id=stage.new_id(), kind=kind, name=name) for kind, name in _FIXED}
    for key, person in crew.people.items():
        if person.role == "engineer":
            locations[f"van:{key}"] = StockLocation(id=stage.new_id(), kind="van", name=f"随车 · {person.name}", person_id=person.id)
    for place in land.places.values():
        name = f"{place.customer.name} · {place.site.name}"
        locations[f"customer:{place.site.code}"] = StockLocation(id=stage.new_id(), kind="customer", name=name, site_id=place.site.id)
    stock = Stock(stage, parts, locations)
    for part_no, serials in told["depot"].items():
        for serial in serials:
            stock.move(part_no, serial, "", "depot", stage.at_hour("10:00", -200), "received")
    for part_no, serials in told["van"].items():
        for serial in serials:
            stock.move(part_no, serial, "", "depot", stage.at_hour("10:00", -200), "received")
            stock.move(part_no, serial, "depot", "van:engineer1", stage.at_hour("09:00", -20), "issued")
    for part_no, serials in told["swap_repair"].items():
        for serial in serials:
            stock.move(part_no, serial, "", "swap_repair", stage.at_hour("15:00", -12), "returned", condition="faulty")
    for part_no, (in_depot, in_van) in told["loose"].items():
        stock.move(part_no, "", "", "depot", stage.at_hour("10:00", -200), "received", quantity=in_depot + in_van)
        stock.move(part_no, "", "depot", "van:engineer1", stage.at_hour("09:00", -20), "issued", quantity=in_van)
    stock.move("PSU-800", "90017", "", "customer:S-0103-1", stage.at_hour("10:00", -298), "delivered")
    return stock
