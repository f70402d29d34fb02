"""Places and moments as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.i18n import Sentence
from fieldapp.forms.casting import fits
from fieldapp.ui.answers.parts.coordinates import Point, points_of, read_line, read_point
from fieldapp.ui.answers.parts.moments import as_answer, as_typed, is_moment, moment_of

SHANGHAI = (31.2304, 121.4737)


@pytest.mark.parametrize(
    "typed",
    [
        "31.2304, 121.4737",
        "31.2304 121.4737",
        "31.2304，121.4737",
        "３１．２３０４，１２１．４７３７",
        "N31.2304 E121.4737",
        "31.2304N, 121.4737E",
        "E121.4737 N31.2304",
        "121.4737° E, 31.2304° N",
        "北纬31.2304°，东经121.4737°",
        "东经121.4737度 北纬31.2304度",
        "纬度：31.2304 经度：121.4737",
        "lat 31.2304 lon 121.4737",
        "31.2304° 121.4737°",
        "31°13'49.44\"N 121°28'25.32\"E",
        "N31°13′49.44″ E121°28′25.32″",
        "31°13′49.44″ 121°28′25.32″",
        "北纬31度13分49.44秒，东经121度28分25.32秒",
        "31 13 49.44 N 121 28 25.32 E",
        "31°13.824'N 121°28.422'E",
    ],
)
def test_a_place_is_read_in_the_usual_spellings(typed: str) -> None:
    point = read_point(typed)
    assert isinstance(point, Point), point
    assert (float(point.latitude), float(point.longitude)) == pytest.approx(SHANGHAI, abs=1e-7)
    assert fits("geopoint", point.answer, "UTC")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("31.2, 121.4, 12.5, 4", "31.2 121.4 12.5 4"),
        ("31.2 121.4 12", "31.2 121.4 12 0"),
        ("31.2N 121.4E 海拔12米 精度4米", "31.2 121.4 12 4"),
        ("31.2 121.4 ±4m", "31.2 121.4 0 4"),
        ("33.86S 151.2E", "-33.86 151.2 0 0"),
        ("-33.86 151.2", "-33.86 151.2 0 0"),
        ("南纬33°52′ 西经70°30′", "-33.86666667 -70.5 0 0"),
        ("31°13'49.44\"N 121°28'25.32\"E 12 4", "31.2304 121.4737 12 4"),
        ("0.0000001 0", "0.0000001 0 0 0"),
    ],
)
def test_hemispheres_altitude_and_accuracy_are_read(typed: str, answer: str) -> None:
    point = read_point(typed)
    assert isinstance(point, Point), point
    assert point.answer == answer


@pytest.mark.parametrize(
    "typed",
    ["", "here", "31.2", "91 0", "0 181", "31N 32N", "31°75'N 121°E", "1 2 3 4 5", "31.2,,x", "N E", "31 121 0 -4", "N31 121", "31' 121'"],
)
def test_what_is_no_place_is_refused_with_a_sentence(typed: str) -> None:
    found = read_point(typed)
    assert isinstance(found, Sentence)
    assert found.read("zh") != found.read("en")


@settings(max_examples=80, deadline=None)
@given(
    st.builds(
        Point,
        st.decimals(-90, 90, places=6),
        st.decimals(-180, 180, places=6),
        st.decimals(-400, 9000, places=1),
        st.decimals(0, 900, places=1),
    )
)
def test_a_place_reads_back_as_it_was_shown(point: Point) -> None:
    assert points_of(point.answer) == (point,)
    again = read_point(point.typed)
    assert isinstance(again, Point)
    assert again.answer == point.answer


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="0123456789.,-+°'\"NSEW 北纬东经度分秒;；\n±mlat", max_size=30))
def test_no_text_brings_the_reading_down(typed: str) -> None:
    for found in (read_point(typed), read_line(typed, closed=True), read_line(typed, closed=False)):
        assert isinstance(found, Sentence | Point | tuple)
        if isinstance(found, Point):
            assert fits("geopoint", found.answer, "UTC")


def test_a_line_is_pasted_point_by_point_and_an_area_closes_itself() -> None:
    line = read_line("31.1 121.1\n31.2 121.2；31.3 121.3\n\n", closed=False)
    assert isinstance(line, tuple)
    assert [float(each.latitude) for each in line] == [31.1, 31.2, 31.3]
    area = read_line("0 0\n0 1\n1 1", closed=True)
    assert isinstance(area, tuple)
    assert (len(area), area[0]) == (4, area[-1])
    assert read_line("0 0\n0 1\n1 1\n0 0", closed=True) == area
    assert read_line("", closed=True) == ()
    for text, closed in (("0 0\n0 1", True), ("0 0", False), ("0 0\nnowhere", False)):
        assert isinstance(read_line(text, closed=closed), Sentence)
    told = read_line("0 0\nnowhere", closed=False)
    assert isinstance(told, Sentence)
    assert "2" in told.read("zh")


@pytest.mark.parametrize(
    ("kind", "typed", "answer", "shown"),
    [
        ("month", "2026-11", "2026-11-01", "2026-11"),
        ("month", "202611", "2026-11-01", "2026-11"),
        ("month", "2026年3月", "2026-03-01", "2026-03"),
        ("year", "2026", "2026-01-01", "2026"),
        ("year", "２０２６年", "2026-01-01", "2026"),
        ("date", "2026年11月3日", "2026-11-03", "2026-11-03"),
        ("date", "2026/1/3", "2026-01-03", "2026-01-03"),
        ("time", "9:05", "09:05", "09:05"),
        ("time", "9点05分", "09:05", "09:05"),
        ("time", "905", "09:05", "09:05"),
        ("datetime", "2026年11月3日 9时05分", "2026-11-03T09:05", "2026-11-03 09:05"),
    ],
)
def test_days_months_and_years_are_typed_as_people_write_them(kind: str, typed: str, answer: str, shown: str) -> None:
    assert as_answer(kind, typed) == answer
    assert is_moment(kind, answer)
    assert as_typed(kind, answer) == shown


def test_what_is_no_moment_is_known_as_none_and_what_a_question_asks_for_is_in_its_appearance() -> None:
    for kind, typed in (("month", "2026-13"), ("year", "26"), ("date", "2026-02-30"), ("time", "25:00"), ("datetime", "2026-11-03")):
        assert not is_moment(kind, as_answer(kind, typed)), kind
    assert [moment_of("date", look) for look in ("", "month-year", "year", "no-calendar")] == ["date", "month", "year", "date"]
    assert moment_of("time", "year") == "time"
