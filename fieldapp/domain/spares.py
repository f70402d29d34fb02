"""Spares 备件: parts, locations, the ledger of movements, swaps and RMA (rows R132-R146, template T10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from fieldapp.base.ids import Id

__all__ = ["Rma", "SparePart", "StockLocation", "StockMovement", "Swap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SparePart:
    """备件: a catalogue entry; parts of one `part_class` substitute each other."""

    id: Id
    part_no: str = ""
    name_zh: str = ""
    name_en: str = ""
    part_class: str = ""
    manufacturer: str = ""
    data_bearing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLocation:
    """库位. `kind`: depot 备件库 | swap_repair 换件维修库 | van 随车 | customer | transit | rma | difference 差异."""

    id: Id
    kind: str = "depot"
    name: str = ""
    person_id: Id = ""
    site_id: Id = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StockMovement:
    """One line of the ledger: a serial (or a quantity) goes from one location to another; quantities are derived, never stored."""

    id: Id
    part_id: Id = ""
    serial: str = ""
    quantity: int = 1
    from_id: Id = ""
    to_id: Id = ""
    at: datetime | None = None
    reason: str = ""
    case_id: Id = ""
    swap_id: Id = ""
    condition: str = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """换件 (T10). `substitution`: original | same_class | temporary; `self_test`: "" | ok | abnormal.

    `faulty_ending`: taken_back 带回 | sent_by_customer 客户寄回 | retained 介质保留 | destroyed 现场销毁 | wiped 清除后带回.
    `return_due_on` is 10 working days after the good part was received (policy return_faulty); empty where nothing returns.
    """

    id: Id
    site_id: Id = ""
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
    return_due_on: date | None = None
    returned_at: datetime | None = None
    rma_id: Id = ""
    serial_differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rma:
    """RMA 维修. `state`: requested | authorised | received | exchanged | repaired | returned | rejected;
    due in 72 working hours of the depot.
    """

    id: Id
    site_id: Id = ""
    number: str = ""
    case_id: Id = ""
    swap_id: Id = ""
    part_no: str = ""
    serial: str = ""
    state: str = "requested"
    administrator: str = ""
    requested_at: datetime | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
