"""The customers of the sample: contracts, sites with their rules and contacts, equipment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fieldapp.base.ids import Id
from fieldapp.central.sample.crew import REGION
from fieldapp.central.sample.stage import Stage, phrases
from fieldapp.domain.customers import Asset, Contact, Contract, Customer, Site, SiteRule
from fieldapp.domain.records import Record

__all__ = ["Land", "Place", "settle_land"]


@dataclass(frozen=True, slots=True)
class Place:
    """One site with what belongs to it; `lead` may approve and accept, `watch` is the person on duty in the room."""

    customer: Customer
    contract: Contract
    site: Site
    rules: tuple[SiteRule, ...]
    lead: Contact
    watch: Contact
    assets: Mapping[str, Asset]


@dataclass(frozen=True, slots=True)
class Land:
    """All places by the site's code, and all equipment by serial."""

    customers: tuple[Customer, ...]
    contracts: tuple[Contract, ...]
    heads: tuple[Contact, ...]
    places: Mapping[str, Place]

    @property
    def records(self) -> tuple[Record, ...]:
        """Everything, owners before what they own."""
        found: list[Record] = [*self.customers, *self.contracts, *self.heads]
        for place in self.places.values():
            found += [place.site, *place.rules, place.lead, place.watch, *place.assets.values()]
        return tuple(found)

    def equipment(self) -> Iterator[tuple[Place, Asset]]:
        """Each piece of equipment with its place, in the order of the phrases."""
        for place in self.places.values():
            for asset in place.assets.values():
                yield place, asset


def settle_land(stage: Stage) -> Land:
    """Build customers, contracts, sites and equipment from the phrases, dates relative to the story's day."""
    told, models = phrases("customers"), phrases("models")
    people = phrases("people")
    leads, watch = iter(people["leads"]), iter(people["watch"])
    customers: list[Customer] = []
    contracts: dict[str, Contract] = {}
    heads: list[Contact] = []
    places: dict[str, Place] = {}
    for position, each in enumerate(told["customers"]):
        customer = Customer(id=stage.new_id(), code=each["code"], name=each["name"], category=each["category"], address=each["address"])
        customers.append(customer)
        for terms in each["contracts"]:
            contracts[terms["key"]] = _contract(stage, customer, terms)
        heads.append(_contact(stage, customer, "", people["heads"][position], position, approves=True))
        for site_told in each["sites"]:
            contract = contracts[site_told["contract"]]
            contacts = (next(leads), next(watch))
            place = _place(stage, customer, contract, site_told, told["rule_sets"][site_told["rules"]], models, contacts)
            places[place.site.code] = place
    return Land(tuple(customers), tuple(contracts.values()), tuple(heads), places)


def _contract(stage: Stage, customer: Customer, terms: Mapping[str, Any]) -> Contract:
    return Contract(
        id=stage.new_id(),
        customer_id=customer.id,
        number=stage.filled(terms["number"]),
        kind=terms["kind"],
        starts_on=stage.today + timedelta(days=terms["from"]),
        ends_on=stage.today + timedelta(days=terms["to"]),
        sla_profile=terms["profile"],
        calendar=terms["calendar"],
        response_required_min=terms["response"],
        media_retention=terms["retention"],
        backup_kinds=tuple(terms["backups"]),
    )


def _contact(stage: Stage, customer: Customer, site_id: Id, person: list[str], number: int, *, approves: bool, phone: str = "") -> Contact:
    name, department, role = person
    return Contact(
        id=stage.new_id(),
        customer_id=customer.id,
        site_id=site_id,
        name=name,
        department=department,
        role=role,
        phone=phone or f"021-5550 {3000 + 10 * number:04d}",
        email=f"contact{number:02d}@{customer.code.lower()}.example",
        may_approve=approves,
        may_accept=approves,
    )


def _place(
    stage: Stage,
    customer: Customer,
    contract: Contract,
    told: Mapping[str, Any],
    rules_told: list[list[str]],
    models: Mapping[str, Any],
    people: tuple[list[str], list[str]],
) -> Place:
    site = Site(
        id=stage.new_id(),
        customer_id=customer.id,
        code=told["code"],
        name=told["name"],
        address=told["address"],
        region=REGION,
        travel_min=told["travel"],
        duty_phone=told["phone"],
    )
    rules = tuple(
        SiteRule(
            id=stage.new_id(), site_id=site.id, subject=subject, verdict=verdict, clause=clause, text=text, approval_no=stage.filled(number)
        )
        for subject, verdict, clause, text, number in rules_told
    )
    number = int(told["code"][4:6]) * 2 + int(told["code"][-1]) + 40
    lead = _contact(stage, customer, site.id, people[0], number, approves=True)
    watch = _contact(stage, customer, site.id, people[1], number + 1, approves=False, phone=site.duty_phone)
    assets = {row[1]: _asset(stage, site, contract, row, models[row[0]]) for row in told["assets"]}
    return Place(customer, contract, site, rules, lead, watch, assets)


def _asset(stage: Stage, site: Site, contract: Contract, row: list[Any], model: Mapping[str, Any]) -> Asset:
    """One piece of equipment; its own warranty runs where the contract is one of warranty, and is over elsewhere."""
    code, serial, room, rack, unit, critical = row
    years = 4 if model["category"] == "storage" else 3
    if contract.kind == "warranty":
        begins = contract.starts_on or stage.today
        ends = contract.ends_on or stage.today
    else:
        begins = stage.today - timedelta(days=365 * years + 60 + stage.dice.below(700))
        ends = begins + timedelta(days=365 * years - 1)
    return Asset(
        id=stage.new_id(),
        site_id=site.id,
        customer_id=site.customer_id,
        contract_id=contract.id,
        serial=serial,
        name=model["name"],
        model=code,
        manufacturer=model["manufacturer"],
        category=model["category"],
        room=room,
        rack=rack,
        unit=unit,
        critical=critical,
        data_bearing=model["data_bearing"],
        warranty_starts_on=begins,
        warranty_ends_on=ends,
        firmware=model["firmware"],
        version=model["version"],
        call_home=model["call_home"],
    )
