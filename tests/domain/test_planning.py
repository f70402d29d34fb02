"""Plans of inspections, row by row of the requirements: how often, before which holidays, with which checklists, and what is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.settings import resource
from fieldapp.domain.calendars import CalendarDay, PolicyRow, calendar_days, policy_rows
from fieldapp.domain.customers import Asset, Contract
from fieldapp.domain.planning.due import Due, Owed, Rhythm, due_inspections, holidays_of, rhythms_of
from fieldapp.domain.planning.sheets import BY_CATEGORY, OF_SITE, sheets_wanted

DAYS = calendar_days(resource("holidays/CN.json").read_text(encoding="utf-8"))
ROWS = policy_rows(resource("policies/policies.json").read_text(encoding="utf-8"))
YEAR = date(2026, 1, 1), date(2026, 12, 31)


def owed(profile: str, since: date = YEAR[0], until: date = YEAR[1], days: Sequence[CalendarDay] = DAYS, **terms: Any) -> Owed:
    return due_inspections(Contract(id="c", sla_profile=profile, **terms), ROWS, days, since, until)


def of(found: Owed, trigger: str) -> list[Due]:
    return [each for each in found.due if each.rhythm.trigger == trigger]


def test_r147_r149_four_a_year_and_one_before_each_major_holiday() -> None:
    found = owed("S0")
    assert [each.period for each in of(found, "quarter")] == ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]
    assert [each.holiday.name_zh for each in of(found, "pre_holiday") if each.holiday] == ["春节", "劳动节", "国庆节"]
    assert len(found.due) == 7
    assert found.unknown == ()
    assert {each.rhythm.source for each in found.due} == {"000_33a9a6572a090b55.txt:49"}


def test_r147_the_inspection_is_made_on_working_days_before_the_holiday_within_the_lead() -> None:
    spring, labour, national = of(owed("S0"), "pre_holiday")
    assert (spring.begins, spring.ends) == (date(2026, 2, 3), date(2026, 2, 14)), "Saturday the 14th is a shifted working day"
    assert (labour.begins, labour.ends) == (date(2026, 4, 17), date(2026, 4, 30))
    assert (national.begins, national.ends) == (date(2026, 9, 17), date(2026, 9, 30)), "Sunday the 20th is worked, the 25th is off"


def test_r152_every_month_for_a_contract_that_says_so() -> None:
    found = owed("S4")
    assert [each.period for each in found.due] == [f"2026-{month:02d}" for month in range(1, 13)]
    assert {each.rhythm.policy for each in found.due} == {"POL-064"}
    assert (found.due[1].begins, found.due[1].ends) == (date(2026, 2, 1), date(2026, 2, 28))


def test_r153_the_monthly_record_is_of_the_databases_and_part_of_a_whole_monthly_inspection() -> None:
    record = rhythms_of(Contract(id="c", sla_profile="S4-F"), ROWS)
    assert [(each.trigger, each.records_only) for each in record] == [("month", True)]
    assert {each.form_id for each in sheets_wanted(record[0], EQUIPMENT)} == {"T3"}
    assert [(each.trigger, each.records_only) for each in rhythms_of(Contract(id="c", sla_profile="S4 + S4-F"), ROWS)] == [("month", False)]


def test_a_contract_without_such_a_row_owes_nothing() -> None:
    for profile in ("", "S1-case+S1-commit", "S3"):
        assert owed(profile) == Owed(())


def test_two_profiles_are_owed_both() -> None:
    found = owed("S0+S4")
    assert [len(of(found, trigger)) for trigger in ("quarter", "pre_holiday", "month")] == [4, 3, 12]


EQUIPMENT = tuple(
    Asset(id=category, category=category, room="A", rack=str(number))
    for number, category in enumerate(("storage", "server", "switch", "database", "application", "ups", "printer"))
)


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        ("quarter", ["T1", "T1", "T2", "T1", "T3", "T4", "T1"]),  # R148 hardware and systems, R150 databases and applications
        ("pre_holiday", ["T7", "T1", "T1", "T2", "T1", "T3", "T4", "T1"]),
        ("month", ["T6", "T5", "T1", "T2", "T1", "T3", "T1"]),  # R152 hardware, software, network and security; R160 storage
    ],
)
def test_r148_r150_r154_r160_each_equipment_gets_the_checklists_of_its_category(trigger: str, wanted: list[str]) -> None:
    sheets = sheets_wanted(Rhythm(trigger, "", ""), EQUIPMENT)  # type: ignore[arg-type]
    assert [each.form_id for each in sheets] == wanted
    assert [each.asset is None for each in sheets][: len(OF_SITE[trigger])] == [True] * len(OF_SITE[trigger])
    assert all(each.asset is None or each.form_id in BY_CATEGORY[trigger][each.asset.category] for each in sheets)


def test_the_settings_choose_other_checklists_for_a_category() -> None:
    told = {"quarter": {"storage": ("T5",), "site": ("T6",), "printer": ("T1",)}}
    sheets = sheets_wanted(Rhythm("quarter", "", ""), EQUIPMENT, told)
    assert [each.form_id for each in sheets] == ["T6", "T5", "T1", "T2", "T1", "T3", "T4", "T1", "T1"]


def test_a_site_without_equipment_of_ours_gets_no_checklist_at_all() -> None:
    assert sheets_wanted(Rhythm("pre_holiday", "", ""), [Asset(id="p", category="printer")]) == ()


def test_a_year_that_is_not_published_is_said_and_not_guessed() -> None:
    found = owed("S0", date(2026, 10, 1), date(2027, 12, 31))
    assert [each.period for each in of(found, "quarter")] == ["2026Q4", "2027Q1", "2027Q2", "2027Q3", "2027Q4"]
    assert of(found, "pre_holiday") == []
    assert [each.read("zh") for each in found.unknown] == ["2027 年节假日安排尚未公布,公布后再安排该年的节前巡检。"]
    assert owed("S4", date(2027, 1, 1), date(2027, 3, 31)).unknown == (), "months need no holidays"


def test_a_holiday_on_the_first_days_of_a_year_is_prepared_in_the_year_before() -> None:
    new_year = CalendarDay(id="n", day=date(2026, 1, 1), name_zh="元旦", name_en="New Year's Day", major=True)
    days = [each for each in DAYS if each.day != date(2026, 1, 1)] + [new_year]
    found = owed("S0", date(2025, 12, 1), date(2025, 12, 31), days)
    assert [(each.period, each.ends) for each in of(found, "pre_holiday")] == [("2026-01-01", date(2025, 12, 31))]


def test_the_settings_name_other_holidays_than_the_table_marks() -> None:
    assert [each.name_zh for each in holidays_of(DAYS, ("端午节", "元旦")) if each.first.year == 2026] == ["元旦", "端午节"]
    found = due_inspections(Contract(id="c", sla_profile="S0"), ROWS, DAYS, *YEAR, names=("中秋节",), lead_days=3)
    (one,) = of(found, "pre_holiday")
    assert (one.period, one.begins, one.ends) == ("2026-09-25", date(2026, 9, 22), date(2026, 9, 24))


def test_days_off_around_one_holiday_are_one_holiday_with_its_own_name() -> None:
    autumn = next(each for each in holidays_of(DAYS) if each.first == date(2025, 10, 1))
    assert (autumn.name_zh, autumn.name_en, autumn.last) == ("国庆节", "National Day", date(2025, 10, 8))


def test_what_is_owed_lies_within_the_contract() -> None:
    found = owed("S0+S4", starts_on=date(2026, 2, 10), ends_on=date(2026, 5, 20))
    quarters = of(found, "quarter")
    assert [(each.period, each.begins, each.ends) for each in quarters] == [
        ("2026Q1", date(2026, 2, 10), date(2026, 3, 31)),
        ("2026Q2", date(2026, 4, 1), date(2026, 5, 20)),
    ]
    assert [each.period for each in of(found, "month")] == ["2026-02", "2026-03", "2026-04", "2026-05"]
    assert [each.begins for each in of(found, "pre_holiday")] == [date(2026, 2, 10), date(2026, 4, 17)]
    assert owed("S0", ends_on=date(2025, 12, 31)) == Owed(())


def test_a_row_with_another_value_makes_no_rhythm() -> None:
    row = PolicyRow(id="r", policy="X", profile="S0", metric="report_period", value="1 month")
    assert rhythms_of(Contract(id="c", sla_profile="S0"), [row]) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.integers(0, 500),
    st.none() | st.dates(date(2025, 1, 1), date(2028, 12, 31)),
    st.sampled_from(["S0", "S4", "S0+S4", "S4-F"]),
)
def test_whatever_the_span_nothing_is_owed_twice_or_outside_the_contract(since: date, span: int, ends: date | None, profile: str) -> None:
    until = since + timedelta(days=span)
    contract = Contract(id="c", sla_profile=profile, ends_on=ends)
    found = due_inspections(contract, ROWS, DAYS, since, until)
    keys = [(each.period, each.rhythm.trigger, each.rhythm.records_only) for each in found.due]
    assert len(set(keys)) == len(keys)
    for each in found.due:
        assert each.begins <= each.ends
        assert each.ends >= since
        assert ends is None or each.ends <= ends
        assert each.holiday is None or each.ends < each.holiday.first
    later = due_inspections(contract, ROWS, DAYS, since, until + timedelta(days=40))
    assert {(each.period, each.rhythm.trigger) for each in found.due} <= {(each.period, each.rhythm.trigger) for each in later.due}
