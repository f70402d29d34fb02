"""Write the sample into a centre, through its desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import Id, IdSource, SeededRandomness
from fieldapp.base.settings import resource
from fieldapp.central.desk import Desk
from fieldapp.central.sample.casebook import LAST_NUMBER
from fieldapp.central.sample.day import CHANGE_NUMBER
from fieldapp.central.sample.stage import ZONE
from fieldapp.central.sample.world import world
from fieldapp.central.store.engine import next_number

__all__ = ["FORMS", "SampleSummary", "build"]

FORMS = {
    "T1.xlsx": ("硬件设备巡检", "Hardware inspection", "inspection"),
    "T2.xlsx": ("系统软件巡检", "System software inspection", "inspection"),
    "T3.xlsx": ("数据库巡检", "Database inspection", "inspection"),
    "T4.xlsx": ("应用软件巡检", "Application inspection", "inspection"),
    "T8.xlsx": ("复杂变更升级", "Upgrade on site", "upgrade"),
}
"""The workbooks that are published: file name -> title in Chinese and English, category."""

DISPATCHER = "dispatcher"


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What one needs to walk through the sample day. `code` enrols the engineer's laptop once; times are aware, UTC."""

    engineer: Id
    engineer_name: str
    code: str
    dispatcher: str
    password: str
    at: datetime
    inspection_visit: Id
    repair_visit: Id
    upgrade_visit: Id
    records: int
    answers: int


def build(desk: Desk, at: datetime, seed: int = 1, extra_forms: Sequence[Path] = ()) -> SampleSummary:
    """Publish the forms, save the world told for `at`, and open an account and an enrolment.

    `extra_forms` are workbooks of other people (XLSForm); each is published and attached, open, to the day's inspection.
    FormError leaves say what is wrong with a workbook.
    """
    forms = [
        desk.publish_form(resource(f"forms/{name}").read_bytes(), name, title_zh=zh, title_en=en, category=category)
        for name, (zh, en, category) in FORMS.items()
    ]
    extra = [desk.publish_form(path.read_bytes(), path.name, category="inspection") for path in extra_forms]
    made = world(at, seed, IdSource(TurnableClock(at), SeededRandomness(seed)), forms, extra)
    for batch in made.batches:
        desk.save(*batch)
    for instance, answers in made.answers.items():
        desk.answer(instance, answers)
    _go_on_counting(desk, at)
    engineer, dispatcher = made.people["engineer1"], made.people["dispatcher"]
    password = desk.service.randomness.bytes(6).hex()
    desk.add_account(DISPATCHER, password, person=dispatcher.id, shown=dispatcher.name)
    return SampleSummary(
        engineer=engineer.id,
        engineer_name=engineer.name,
        code=desk.new_enrol_code(engineer.id),
        dispatcher=DISPATCHER,
        password=password,
        at=at,
        inspection_visit=made.day.inspection,
        repair_visit=made.day.repair,
        upgrade_visit=made.day.upgrade,
        records=len(made.records),
        answers=sum(len(rows) for rows in made.answers.values()),
    )


def _go_on_counting(desk: Desk, at: datetime) -> None:
    """Let the centre's own numbers of the year go on behind those of the sample."""
    year = at.astimezone(ZONE).year
    with desk.service.store.writing() as connection:
        for series, last in ((f"CS-{year}", LAST_NUMBER), (f"CHG-{year}", CHANGE_NUMBER)):
            taken = next_number(connection, series, 0)
            next_number(connection, series, max(0, last - taken))
