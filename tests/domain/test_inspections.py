"""Results, limits, trends, findings and coverage of an inspection."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.domain.customers import RuleEffect
from fieldapp.domain.inspections import (
    RESULTS,
    Coverage,
    Finding,
    FindingIncomplete,
    FindingSettled,
    Inspection,
    InspectionOpen,
    UncheckedNeedsReason,
    check_unchecked,
    coverage,
    finding_gaps,
    finish_inspection,
    item_status,
    limit_flag,
    limits_sentence,
    open_findings,
    require_finding,
    result_of,
    settle_finding,
    status_sentence,
    trend,
    trend_sentence,
)

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ALLOWED, FORBIDDEN = RuleEffect(True), RuleEffect(False)


@pytest.mark.parametrize(
    ("value", "result", "status"),
    [
        ("26.4", "", "ok"),
        ("27", "", "ok"),
        ("18", "", "ok"),
        ("27.01", "", "abnormal"),
        ("17.9", "", "abnormal"),
        ("", "", "open"),
        (None, "", "open"),
        (None, "na", "na"),
        ("26.4", "unchecked", "unchecked"),
        ("abnormal", "", "abnormal"),
        ("unchecked", "", "unchecked"),
        ("optimal", "", "ok"),
        ("NaN", "", "ok"),
        ("degraded", "abnormal", "abnormal"),
    ],
)
def test_the_result_of_an_item_follows_from_value_limits_and_annotation(value: str | None, result: str, status: str) -> None:
    assert item_status(value, "18", "27", result) == status


def test_one_sided_limits_are_enough() -> None:
    assert item_status("14", "15", "") == "abnormal"
    assert item_status("1000", "15", "") == "ok"
    assert item_status("4.1", "", "4") == "abnormal"
    assert item_status("4.1", "", "") == "ok"
    assert limit_flag("4.1", "", "4") == "above"
    assert limit_flag("0", "1", "4") == "below"
    assert limit_flag("2", "1", "4") == "inside"
    assert limit_flag("", "1", "4") == limit_flag("2", "", "") == ""


def test_every_result_has_its_word() -> None:
    assert [status_sentence(each).read("zh") for each in RESULTS] == ["正常", "异常", "不适用", "未检"]


def test_an_unchecked_item_needs_its_reason() -> None:
    with pytest.raises(UncheckedNeedsReason):
        check_unchecked("unchecked", " ")
    check_unchecked("unchecked", "no_access")
    check_unchecked("na", "")


def test_four_rises_in_a_row_raise_the_flag_with_the_distance_to_the_limit() -> None:
    found = trend(["21.2", "21.8", "22.6", "24.3", "26.4"], "18", "27")
    assert (found.flag, found.steps, found.left, found.near) == ("rising", 4, Decimal("0.6"), True)
    words = trend_sentence(found)
    assert words is not None
    assert words.read("zh") == "趋势提醒 · 连续 4 次上升"


@pytest.mark.parametrize(
    "readings",
    [["1", "2", "3", "4"], ["5", "1", "2", "3", "4"], ["1", "2", "3", "3", "4", "5"], ["1"], [], ["1", "2", "x", "4"]],
)
def test_fewer_than_four_rises_raise_none(readings: list[str]) -> None:
    assert trend(readings, "", "9").flag == ""
    assert trend_sentence(trend(readings)) is None


def test_a_movement_away_from_the_only_limit_raises_no_flag() -> None:
    rising = ["1", "2", "3", "4", "5"]
    assert trend(rising, "0", "").flag == ""
    assert trend(rising, "", "9").flag == "rising"
    assert trend(rising).flag == "rising"
    assert trend(rising[::-1], "0", "").flag == "falling"
    falling = trend_sentence(trend(rising[::-1]))
    assert falling is not None
    assert "下降" in falling.read("zh")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-50, 50), max_size=9))
def test_a_trend_and_its_mirror_agree(numbers: list[int]) -> None:
    up = trend([str(each) for each in numbers], "-100", "100")
    down = trend([str(-each) for each in numbers], "-100", "100")
    mirror = {"rising": "falling", "falling": "rising", "": ""}
    assert (down.flag, down.steps, down.left, down.near) == (mirror[up.flag], up.steps, up.left, up.near)
    assert up.steps < max(len(numbers), 1)


def test_limits_read_on_one_line() -> None:
    def read(*args: str) -> str | None:
        words = limits_sentence(*args)
        return words.read("zh") if words else None

    assert read("18", "27", "22") == "允许 18 – 27 · 基线 22"
    assert read("", "27") == "不高于 27"
    assert read("18") == "不低于 18"
    assert read("", "", "22") == "基线 22"
    assert read() is None


def test_an_inspection_with_something_unchecked_is_partial() -> None:
    counted = coverage(["ok", "abnormal", "na", "unchecked"])
    assert (counted.total, counted.answered, counted.percent) == (4, 4, 66)
    assert result_of(counted) == "partial"
    assert result_of(coverage(["ok", "na"])) == "complete"
    assert result_of(coverage(["ok", "open"])) == ""
    assert coverage(["na"]).percent == 100
    assert coverage(["ok"]).plus(coverage(["open"])) == Coverage(ok=1, open=1)


def test_an_inspection_with_open_items_cannot_be_finished() -> None:
    with pytest.raises(InspectionOpen) as caught:
        finish_inspection(Inspection(id="i"), coverage(["ok", "open", "open"]), AT)
    assert caught.value.values["count"] == 2
    done = finish_inspection(Inspection(id="i"), coverage(["ok", "unchecked"]), AT, "summary", "advice")
    assert (done.state, done.result, done.finished_at, done.summary) == ("finished", "partial", AT, "summary")


def test_an_abnormal_item_needs_a_note() -> None:
    finding = Finding(id="f", state="fixed")
    with pytest.raises(FindingIncomplete):
        require_finding(finding, ALLOWED)
    require_finding(replace(finding, description="dust"), ALLOWED)


def test_a_photo_is_wanted_or_a_witness_takes_its_place() -> None:
    finding = Finding(id="f", state="fixed", description="dust")
    assert len(finding_gaps(finding, ALLOWED, photo_wanted=True)) == 1
    assert finding_gaps(replace(finding, photo_digest="d"), ALLOWED, photo_wanted=True) == ()
    assert len(finding_gaps(finding, FORBIDDEN)) == 1
    assert finding_gaps(replace(finding, witness="王工"), FORBIDDEN, photo_wanted=True) == ()


def test_a_left_over_finding_needs_an_owner_and_a_date() -> None:
    finding = Finding(id="f", description="dust", owner="")
    assert len(finding_gaps(finding, ALLOWED)) == 2
    assert finding_gaps(replace(finding, owner="customer", due_on=date(2026, 12, 1)), ALLOWED) == ()


def test_left_over_findings_are_settled_once() -> None:
    finding = Finding(id="f", description="dust")
    settled = settle_finding(finding, "i" * 32, AT, " filter replaced ")
    assert (settled.state, settled.settled_in, settled.settled_at, settled.settled_note) == ("settled", "i" * 32, AT, "filter replaced")
    with pytest.raises(FindingSettled):
        settle_finding(settled, "j" * 32, AT, "")


def test_open_findings_come_gravest_first() -> None:
    findings = [
        Finding(id="a", level="minor"),
        Finding(id="b", level="critical"),
        Finding(id="c", state="fixed", level="critical"),
        Finding(id="d", level="major"),
    ]
    assert [each.id for each in open_findings(findings)] == ["b", "d", "a"]
