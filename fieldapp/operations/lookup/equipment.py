"""Equipment at the sites in the replica: where it stands, its warranty, its history, its readings, its open findings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from fieldapp.base.i18n import Sentence
from fieldapp.base.ids import Id
from fieldapp.domain.cases import Case, status_sentence
from fieldapp.domain.customers import Asset, Customer, Site
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.domain.spares import Swap
from fieldapp.operations.cases import asset_title, number_of
from fieldapp.operations.session import FieldSession

__all__ = ["AssetRow", "AssetView", "HistoryLine", "ReadingLine", "asset", "assets"]


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One line of the list."""

    asset_id: Id
    serial: str
    title: str
    name: str
    model: str
    category: str
    customer: str
    site: str
    place: str
    warranty_ends_on: date | None
    open_findings: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """Something that happened to the equipment: a case, a swap, a finding."""

    at: datetime | None
    kind: str
    title: str
    detail: Sentence | None
    case_id: Id


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """The readings of one item over the periods, oldest first."""

    item: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AssetView:
    """One piece of equipment whole."""

    row: AssetRow
    manufacturer: str
    firmware: str
    version: str
    critical: bool
    data_bearing: bool
    warranty_starts_on: date | None
    remark: str
    history: tuple[HistoryLine, ...]
    findings: tuple[tuple[str, str, str], ...]
    readings: tuple[ReadingLine, ...]


def _row(found: Asset, sites: dict[Id, Site], customers: dict[Id, Customer], open_findings: int) -> AssetRow:
    site = sites.get(found.site_id)
    customer = customers.get(found.customer_id)
    return AssetRow(
        asset_id=found.id,
        serial=found.serial,
        title=asset_title(found),
        name=found.name,
        model=found.model,
        category=found.category,
        customer=customer.name if customer else "",
        site=site.name if site else "",
        place=" · ".join(part for part in (found.room, found.rack, found.unit) if part),
        warranty_ends_on=found.warranty_ends_on,
        open_findings=open_findings,
    )


def assets(session: FieldSession) -> tuple[AssetRow, ...]:
    """All equipment on the laptop, by customer, site and name."""
    with session.reading() as reader:
        sites = {each.id: each for each in reader.find(Site)}
        customers = {each.id: each for each in reader.find(Customer)}
        left = Counter(each.asset_id for each in reader.find(Finding, state="left_over"))
        rows = [_row(each, sites, customers, left[each.id]) for each in reader.find(Asset)]
    return tuple(sorted(rows, key=lambda row: (row.customer, row.site, row.name, row.serial)))


def asset(session: FieldSession, asset_id: Id) -> AssetView:
    """One piece of equipment with its history and readings."""
    with session.reading() as reader:
        found = reader.need(Asset, asset_id)
        sites = {each.id: each for each in reader.find(Site, id=found.site_id)}
        customers = {each.id: each for each in reader.find(Customer, id=found.customer_id)}
        findings = reader.find(Finding, asset_id=asset_id)
        history = [
            HistoryLine(each.reported_at, "case", f"{number_of(each)} {each.summary}", status_sentence(each.status), each.id)
            for each in reader.find(Case, asset_id=asset_id)
        ]
        history += [
            HistoryLine(each.finished_at, "swap", f"{each.part_no} {each.old_serial} → {each.new_serial}", None, each.case_id)
            for each in reader.find(Swap, asset_id=asset_id)
        ]
        history += [HistoryLine(each.found_at, "finding", f"{each.item_label} {each.description}", None, each.case_id) for each in findings]
        history.sort(key=lambda line: line.at.timestamp() if line.at else 0.0, reverse=True)
        instances = reader.find(FormInstance, asset_id=asset_id, order="period")
        periods = {each.id: each.period for each in instances}
        series: dict[str, list[tuple[str, str]]] = {}
        for row in reader.answers_of(list(periods)):
            item = row.key.rsplit("/", 1)[-1]
            if "#" not in item and _is_number(row.value):
                series.setdefault(item, []).append((periods[row.instance_id], row.value))
        readings = tuple(ReadingLine(item, tuple(sorted(values)[-8:])) for item, values in sorted(series.items()) if len(values) > 1)
        open_ones = [each for each in findings if each.state == "left_over"]
        return AssetView(
            row=_row(found, sites, customers, len(open_ones)),
            manufacturer=found.manufacturer,
            firmware=found.firmware,
            version=found.version,
            critical=found.critical,
            data_bearing=found.data_bearing,
            warranty_starts_on=found.warranty_starts_on,
            remark=found.remark,
            history=tuple(history),
            findings=tuple((each.item.replace("_", "-"), each.description, each.owner) for each in open_ones),
            readings=readings,
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
