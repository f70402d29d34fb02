"""Search over everything in the replica, in Chinese and English: what was found, and the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fieldapp.base.i18n import Sentence
from fieldapp.base.ids import Id
from fieldapp.domain.cases import CaseActivity
from fieldapp.domain.customers import Customer, Site
from fieldapp.domain.inspections import Finding, FormInstance
from fieldapp.operations.overview import kind_name
from fieldapp.operations.session import FieldSession
from fieldapp.replica.store import Reader

__all__ = ["Found", "search"]

_PAGES: Mapping[str, tuple[str, str]] = {
    "case": ("case", "case_id"),
    "visit": ("visit", "visit_id"),
    "asset": ("equipment", "asset_id"),
    "form_instance": ("checklist", "instance_id"),
    "upgrade_order": ("upgrade", "order_id"),
    "service_report": ("report", "report_id"),
    "swap": ("swap", "swap_id"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: what kind it is, its title, the text around the place, and where it opens ("" nowhere)."""

    kind: str
    kind_words: Sentence
    title: str
    snippet: str
    page: str
    arguments: Mapping[str, str]


def search(session: FieldSession, text: str, limit: int = 50) -> tuple[Found, ...]:
    """Find case numbers, customers, serials and texts; nothing for an empty text."""
    if not text.strip():
        return ()
    with session.reading() as reader:
        hits = reader.search(text.strip(), limit)
        return tuple(Found(hit.kind, kind_name(hit.kind), hit.title, hit.snippet, *_way(reader, hit.kind, hit.record_id)) for hit in hits)


def _way(reader: Reader, kind: str, record_id: Id) -> tuple[str, Mapping[str, str]]:
    """The page and arguments that show a record; a part leads to what it belongs to."""
    if kind in _PAGES:
        page, argument = _PAGES[kind]
        return page, {argument: record_id}
    if kind == "case_activity":
        activity = reader.get(CaseActivity, record_id)
        return ("case", {"case_id": activity.case_id}) if activity else ("", {})
    if kind == "finding":
        finding = reader.get(Finding, record_id)
        if finding and reader.get(FormInstance, finding.instance_id):
            return "checklist", {"instance_id": finding.instance_id}
    if kind in ("site", "customer"):
        place = reader.get(Customer, record_id) if kind == "customer" else reader.get(Site, record_id)
        if place is not None:
            return "equipment", {"wanted": place.name}
    return "", {}
