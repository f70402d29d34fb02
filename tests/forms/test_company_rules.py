"""What the company's checklists know beyond their questions: order of steps, targets, marks of what the sources do not say."""

from __future__ import annotations

import json
import re

import pytest
from openpyxl import load_workbook

from fieldapp.forms.definition import parse
from tests.forms.test_workbooks import TEMPLATES, converted, filled, path_of
from tests.shared_folder import shared

NOT_OUR_WORDS = ("预演", "顾客", "案例", "座席", "良品", "归还故障件", "仓库", "备用设备", "注示", "合格", "检查表", "摘要")

OTHERWISE = {"24 h": "1", "6 months": "183", "requests/s": "req/s"}
"""What the list of the trade spells otherwise than a workbook, which counts in days."""


def test_a_microcode_upgrade_needs_the_description_read_and_the_files_saved() -> None:
    form = filled("T5")
    key = "/data/microcode/T5_17"
    form.answer("/data/microcode/T5_15", "yes")
    form.answer(key, "done")
    assert [(each.key, each.message) for each in form.validate()] == [(key, "请先阅读微码描述文件并备份硬件系统文件")]
    form.answer("/data/microcode/T5_16", "yes")
    assert form.validate() == ()
    form.answer("/data/microcode/T5_16", "no")
    form.answer(key, "planned")
    assert form.validate() == ()


def test_an_emergency_plan_shows_its_own_steps_only() -> None:
    form = filled("T11")

    def shown() -> set[str]:
        return {item.name[:5] for item in form.questions() if item.relevant and item.name.startswith("T11_")}

    assert shown() == set()
    for plan in "ABC":
        form.answer("/data/choice/plan", plan)
        assert shown() == {f"T11_{plan}"}


def test_a_step_of_an_emergency_is_never_earlier_than_the_one_before_but_may_be_recorded_alone() -> None:
    form = filled("T11")
    form.answer("/data/choice/plan", "B")
    form.answer("/data/plan_b/T11_B3", "2026-11-20T15:00:00.000+08:00")
    assert form.validate() == ()
    form.answer("/data/plan_b/T11_B2", "2026-11-20T16:00:00.000+08:00")
    assert [each.key for each in form.validate()] == ["/data/plan_b/T11_B3"]
    form.answer("/data/plan_b/T11_B2", "2026-11-20T06:30:00.000Z")
    assert form.validate() == (), "moments of different zones are compared as moments"


def test_the_manufacturer_is_asked_where_the_cause_stays_unknown() -> None:
    form = filled("T11")
    form.answer("/data/choice/plan", "A")
    assert not form.item("/data/plan_a/T11_A4").relevant
    form.answer("/data/plan_a/T11_A3", "not_known")
    assert form.item("/data/plan_a/T11_A4").relevant


@pytest.mark.parametrize(("item", "group"), [("T17_03", "recovery"), ("T17_04", "data loss")])
def test_a_drill_that_missed_a_target_did_not_meet_its_goals(item: str, group: str) -> None:
    form = filled("T17", language="en")
    met = "/data/goals/T17_06"
    form.answer(met, "yes")
    assert form.validate() == (), "nothing was measured yet"
    form.answer(f"/data/goals/{item}_target", "60")
    form.answer(f"/data/goals/{item}", "60")
    assert form.validate() == ()
    form.answer(f"/data/goals/{item}", "60.5")
    assert [(each.key, each.message) for each in form.validate()] == [
        (met, "A measurement is above its target, so the answer cannot be yes")
    ], group
    form.answer(met, "no")
    assert form.validate() == ()


def test_satisfaction_is_asked_in_the_five_words_of_the_house_and_nothing_is_chosen_beforehand() -> None:
    ratings = [item for item in filled("T16").questions() if item.kind == "select_one" and item.path.startswith("/data/ratings")]
    assert len(ratings) == 4
    for item in ratings:
        words = {choice.value: choice.label for choice in item.choices}
        assert words == {"5": "非常满意", "4": "满意", "3": "一般", "2": "不满意", "1": "非常不满意"}
        assert (item.value, item.abnormal) == ("", ("2", "1"))


def test_a_short_description_at_intake_has_10_to_200_characters() -> None:
    form = filled("T13")
    key = "/data/fault/T13_05"
    for text, fits in (("控制器告警", False), ("控制器告警,备用路径已接管", True), ("长" * 200, True), ("长" * 201, False)):
        form.answer(key, text)
        assert (form.validate() == ()) is fits, text


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_workbook_uses_a_word_that_the_trade_does_not(name: str) -> None:
    for sheet in load_workbook(path_of(name)).worksheets:
        for row in sheet.iter_rows(values_only=True):
            for cell in row:
                assert not any(word in str(cell) for word in NOT_OUR_WORDS), cell


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_item_says_on_which_line_it_stands_or_that_it_is_our_own(name: str) -> None:
    items = {item["item"]: item for item in json.loads(shared("domain/checklist_items.json").read_text(encoding="utf-8"))}
    for slot in parse(converted(name).xform_xml).slots.values():
        code = slot.own_attributes.get("item")
        if code is not None:
            assert slot.own_attributes["basis"] in (items[code]["basis"], "own"), slot.name


@pytest.mark.parametrize("name", TEMPLATES)
def test_limits_are_those_of_the_list_and_marked_as_proposed(name: str) -> None:
    items = {item["item"]: item for item in json.loads(shared("domain/checklist_items.json").read_text(encoding="utf-8"))}
    for slot in parse(converted(name).xform_xml).slots.values():
        own = slot.own_attributes
        bounds = [own[each] for each in ("min", "max", "days_min", "days_max") if each in own]
        assert (own.get("limits") == "proposed") is bool(bounds), slot.name
        told = items[own["item"]]["range"] if "item" in own else ""
        for spelled, days in OTHERWISE.items():
            told = told.replace(spelled, days)
        assert set(bounds) <= set(re.findall(r"(?:(?<![\d.])-)?\d+(?:\.\d+)?", told)), slot.name
        if slot.unit:
            assert slot.unit in told, slot.name
