"""Checklists for tests: the program's own forms as a centre would publish them, on the small world's storage array."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from fieldapp.base.ids import Id, derived_id
from fieldapp.base.settings import resource
from fieldapp.domain.customers import AssetLimit
from fieldapp.domain.inspections import Finding, FormInstance, FormVersion, Inspection
from fieldapp.forms.xlsform import convert
from fieldapp.operations.session import FieldSession
from tests.operations.world import SmallWorld, give

__all__ = ["CABLES", "SHEET", "TEMPERATURE", "VENTS", "give_earlier", "give_sheet", "published"]

SHEET = derived_id("sheet")
TEMPERATURE = "/data/room/T1_08"
VENTS = "/data/room/T1_11"
CABLES = "/data/room/T1_12"


@functools.cache
def published(path: Path) -> FormVersion:
    """A workbook as a published form."""
    made = convert(path.read_bytes(), path.name)
    return FormVersion(
        id=derived_id("form", path.name),
        form_id=made.form_id,
        version=made.version,
        title_zh="硬件巡检" if made.form_id == "T1" else made.title,
        title_en="Hardware inspection" if made.form_id == "T1" else made.title,
        xform=made.xform_xml,
        digest=sha256(made.xform_xml.encode()).hexdigest(),
    )


def give_sheet(session: FieldSession, world: SmallWorld, path: Path | None = None, **changes: Any) -> Id:
    """Put a form (T1) and an open checklist of it for the storage array into the replica."""
    form = published(path or resource("forms/T1.xlsx"))
    values: dict[str, Any] = {
        "id": SHEET,
        "site_id": world.site,
        "owner_id": world.inspection,
        "asset_id": world.storage,
        "form_id": form.form_id,
        "form_version": form.version,
        "form_digest": form.digest,
        "period": "2026Q4",
        "position": 1,
    }
    instance = FormInstance(**(values | changes))
    give(session, form, instance)
    return instance.id


def give_earlier(session: FieldSession, world: SmallWorld, temperatures: tuple[str, ...] = ("21.2", "21.8", "22.6", "24.3")) -> Finding:
    """Earlier checklists of the last quarters with these temperatures, limits of the model, and one finding left over."""
    periods = ("2025Q4", "2026Q1", "2026Q2", "2026Q3")[-len(temperatures) :]
    form = published(resource("forms/T1.xlsx"))
    inspection = ""
    for number, (period, text) in enumerate(zip(periods, temperatures, strict=True)):
        at = datetime(2025, 12, 1 + number, tzinfo=UTC)
        inspection, instance = derived_id("inspection", period), derived_id("sheet", period)
        common: dict[str, Any] = {"site_id": world.site, "period": period, "started_at": at, "finished_at": at}
        give(
            session,
            Inspection(id=inspection, customer_id=world.customer, state="finished", result="complete", **common),
            FormInstance(
                id=instance,
                owner_id=inspection,
                asset_id=world.storage,
                form_id=form.form_id,
                form_version=form.version,
                form_digest=form.digest,
                state="done",
                **common,
            ),
        )
        with session.replica.writing() as work:
            work.answer(instance, {TEMPERATURE: text, VENTS: "ok"})
    left = Finding(
        id=derived_id("left"),
        site_id=world.site,
        asset_id=world.storage,
        inspection_id=inspection,
        key="/data/power/T1_04",
        item="T1_04",
        item_label="电源模块状态",
        description="2 号电源模块待换",
        level="major",
        owner="us",
        due_on=datetime(2026, 11, 1, tzinfo=UTC).date(),
        found_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    give(
        session,
        left,
        AssetLimit(id=derived_id("limit"), model="ST-7300", item="T1_08", unit="℃", minimum="18", maximum="27", baseline="22"),
    )
    return left
