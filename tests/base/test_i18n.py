"""Sentences in two languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import Sentence, catalogue, date_text, number_text, read, say, time_text, when_text


def test_a_sentence_is_read_in_both_languages() -> None:
    error = FieldappError()
    assert error.read("en") != error.read("zh")
    assert "。" in error.read("zh")


def test_a_sentence_inside_a_sentence_speaks_the_same_language() -> None:
    outer = Sentence("{what}!", {"what": FieldappError().sentence})
    assert outer.read("zh") == FieldappError().read("zh") + "!"


def test_what_is_not_in_the_catalogue_reads_in_english() -> None:
    assert read("a sentence that nobody translated {x}", "zh", x=5) == "a sentence that nobody translated 5"


def test_braces_in_a_value_are_left_alone() -> None:
    assert say("{what}", what="{not a place}").read("zh") == "{not a place}"


def test_every_chinese_sentence_fills_the_places_of_the_english_one() -> None:
    import string

    def places(text: str) -> set[str]:
        return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}

    wrong = {english: chinese for english, chinese in catalogue().items() if places(english) != places(chinese)}
    assert not wrong


def test_dates_and_numbers_follow_the_language() -> None:
    day = date(2026, 11, 23)
    assert date_text(day, "zh", long=True) == "11 月 23 日 星期一"
    assert date_text(day, "en", long=True) == "Monday 23 November"
    assert date_text(day, "zh") == "2026-11-23"
    assert number_text(18204, "en") == "18,204"
    assert number_text(3.14159, "zh", 2) == "3.14"


def test_times_are_shown_in_the_zone_of_the_site() -> None:
    moment = datetime(2026, 11, 23, 5, 34, 7, tzinfo=UTC)
    assert when_text(moment, "zh") == "2026-11-23 13:34"
    assert time_text(moment, "Europe/Berlin", seconds=True) == "06:34:07"
