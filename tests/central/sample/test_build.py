"""The sample in a centre: saved through the desk, once, with a code and an account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldapp.base.clock import TurnableClock
from fieldapp.base.ids import SeededRandomness
from fieldapp.central.checklists.orders import PlanSettings
from fieldapp.central.checklists.plans import standing_plans
from fieldapp.central.checklists.walk_arounds import walk_arounds
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.sample.build import FORMS, SampleSummary, build
from fieldapp.central.sample.world import World
from fieldapp.central.service import CentralService
from fieldapp.central.store.tables import record
from fieldapp.domain.cases import Case, CaseClock
from fieldapp.domain.customers import Person
from fieldapp.domain.inspections import FormInstance, FormVersion
from fieldapp.domain.records import kind_of
from tests.central.sample.telling import AT
from tests.shared_folder import shared


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    """A closed centre with the sample, to be copied."""
    folder = tmp_path_factory.mktemp("sample") / "centre"
    service = opened(folder, seed=5)
    summary = build(Desk(service), AT, 1)
    service.close()
    return folder, summary


@pytest.fixture
def desk(built: tuple[Path, SampleSummary], tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(built[0], tmp_path / "centre")
    service = opened(tmp_path / "centre", seed=6)
    yield Desk(service)
    service.close()


def opened(folder: Path, seed: int) -> CentralService:
    randomness = SeededRandomness(seed)
    return CentralService(load_centre_settings(folder, randomness), clock=TurnableClock(AT), randomness=randomness)


def counts(desk: Desk) -> dict[str, int]:
    with desk.service.store.reading() as connection:
        return {row[0]: row[1] for row in connection.execute(select(record.c.kind, func.count()).group_by(record.c.kind))}


def test_a_centre_takes_the_whole_sample_and_adds_nothing_of_its_own(desk: Desk, built: tuple[Path, SampleSummary], told: World) -> None:
    summary = built[1]
    expected: dict[str, int] = {"form_version": len(FORMS)}
    for each in told.records:
        expected[kind_of(each).name] = expected.get(kind_of(each).name, 0) + 1
    assert counts(desk) == expected
    assert summary.records == len(told.records)
    assert desk.get(Person, summary.engineer).name == summary.engineer_name
    assert summary.inspection_visit == told.day.inspection
    assert len(summary.password) >= 8
    assert len(desk.find(CaseClock)) == expected["case_clock"]


def test_all_our_checklists_are_published_with_their_titles_and_what_they_are_for(desk: Desk) -> None:
    forms = {each.form_id: each for each in desk.find(FormVersion)}
    assert forms.keys() == {f"T{number}" for number in range(1, 20)}
    assert (forms["T1"].title_zh, forms["T1"].title_en, forms["T1"].version) == ("硬件设备巡检", "Hardware inspection", "2026.2")
    assert {each.form_id for each in forms.values() if each.category == "upgrade"} == {"T8", "T9"}
    assert all(each.title_zh != each.title_en for each in forms.values())


def test_the_quarters_that_the_story_tells_are_plans_with_what_they_made(desk: Desk) -> None:
    plans = {each.order.site.code: each for each in standing_plans(desk, PlanSettings(), AT.date()) if each.order.arranged}
    main = plans["S-0101-3"]
    assert [each.period for each in main.made] == ["2026Q4", "2026Q3", "2026Q2", "2026Q1", "2025Q4"]
    assert [each.period for each in main.coming] == ["2027Q1", "2027Q2", "2027Q3", "2027Q4"]
    assert dict.fromkeys(sheet.form_id for sheet in main.order.sheets).keys() == {"T1", "T2", "T3", "T4"}


def test_building_it_twice_leaves_one_sample(desk: Desk, built: tuple[Path, SampleSummary]) -> None:
    first = built[1]
    before = counts(desk)
    visits = walk_arounds(desk)
    second = build(desk, AT, 1)
    assert counts(desk) == before
    assert walk_arounds(desk) == visits
    assert [sum("/T16_" in key for key in each.answers) for each in visits] == [7, 7, 7], (
        "four ratings, an opinion, that it was a visit, and when"
    )
    assert second.engineer == first.engineer
    assert second.code != first.code


def test_the_centres_own_case_numbers_go_on_behind_the_sample(desk: Desk) -> None:
    latest = next(each for each in desk.find(Case) if each.number == "CS-2026-00419")
    made = desk.create_case(customer_id=latest.customer_id, site_id=latest.site_id, summary="新故障", severity="P3")
    assert made.number == "CS-2026-00420"


def test_the_english_preflight_checklist_joins_the_inspection_of_the_day(desk: Desk) -> None:
    workbook = shared("conformance/forms/sUAS__ODK_PreFlight_Multirotor_CL.xls")
    build(desk, AT, 1, [workbook])
    published = {each.form_id: each for each in desk.find(FormVersion)}
    foreign = next(form for form_id, form in published.items() if f"{form_id}.xlsx" not in FORMS)
    instances = desk.find(FormInstance, form_id=foreign.form_id)
    assert [(each.state, each.position, each.form_digest) for each in instances] == [("open", 5, foreign.digest)]
