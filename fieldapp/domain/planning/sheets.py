"""Which checklists an inspection takes: by the rhythm it is made for and the category of the equipment (sections 4.1-4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fieldapp.domain.customers import Asset
from fieldapp.domain.planning.due import Rhythm

__all__ = ["BY_CATEGORY", "OF_SITE", "SheetWanted", "sheets_wanted"]

_HARDWARE = ("T1",)
_QUARTERLY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "server": ("T1", "T2"),
        "storage": _HARDWARE,
        "switch": _HARDWARE,
        "ups": _HARDWARE,
        "database": ("T3",),
        "application": ("T4",),
    }
)
BY_CATEGORY: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "quarter": _QUARTERLY,
        "pre_holiday": _QUARTERLY,
        "month": MappingProxyType({"server": ("T1", "T2"), "storage": ("T5",), "switch": _HARDWARE, "ups": _HARDWARE, "database": ("T3",)}),
    }
)
"""Rhythm -> category of equipment -> forms. Equipment of another category is not inspected by a plan."""

OF_SITE: Mapping[str, tuple[str, ...]] = MappingProxyType({"quarter": (), "pre_holiday": ("T7",), "month": ("T6",)})
"""Rhythm -> forms that are filled once for the site."""


@dataclass(frozen=True, slots=True)
class SheetWanted:
    """One checklist of an inspection; without equipment it is the site's."""

    form_id: str
    asset: Asset | None = None


def sheets_wanted(
    rhythm: Rhythm, assets: Iterable[Asset], overrides: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None
) -> tuple[SheetWanted, ...]:
    """The checklists of an inspection at one site: those of the site first, then equipment by room, rack and serial number.

    `overrides` (rhythm -> category -> forms) take the place of the rules for the categories they name; "site" is the site itself.
    A monthly record (R153) holds the databases only.
    """
    told = (overrides or {}).get(rhythm.trigger, {})
    by_category = {**BY_CATEGORY[rhythm.trigger], **told}
    of_site = told.get("site", OF_SITE[rhythm.trigger])
    if rhythm.records_only:
        by_category, of_site = {"database": by_category.get("database", ())}, ()
    found = [SheetWanted(form) for form in of_site]
    for asset in sorted(assets, key=lambda each: (each.room, each.rack, each.unit, each.serial, each.id)):
        found += [SheetWanted(form, asset) for form in by_category.get(asset.category, ())]
    return tuple(found) if any(each.asset for each in found) else ()
