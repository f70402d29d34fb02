"""Lines: Chinese breaks anywhere but before punctuation, Latin words stay whole, missing glyphs are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.reports.blocks import Words
from fieldapp.reports.drawing.theme import INK, REGULAR, Style, fonts
from fieldapp.reports.drawing.typeset import MissingGlyphError, break_lines, check_glyphs, clean, set_words, width_of

STYLE = Style(REGULAR, 9, 12, INK)
ALPHABET = "更换控制器电源模块,。;(测)《试》 PSU-800 SN10233/ab.c:9%\n"


@pytest.fixture(autouse=True)
def _registered() -> None:
    fonts()


@given(st.text(alphabet=ALPHABET, max_size=120), st.integers(60, 300))
@settings(max_examples=120, deadline=None)
def test_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = break_lines(text, STYLE, width)
    assert all(width_of(line, STYLE) <= width + 0.5 for line in lines)
    kept = "".join(lines).replace(" ", "")
    assert kept == clean(text).replace("\n", "").replace(" ", "")


@given(st.text(alphabet="测试更换电源。,)", min_size=10, max_size=80))
@settings(max_examples=80, deadline=None)
def test_no_line_begins_with_punctuation_that_closes(text: str) -> None:
    body = "更换" + text
    for first, line in enumerate(break_lines(body, STYLE, 200)):
        closes = line[:1] in "。,)"
        assert not closes or first == 0 or len(set(line)) < len(line) or width_of(line, STYLE) < 200


def test_a_word_is_moved_whole_to_the_next_line() -> None:
    lines = break_lines("已更换控制器电源模块 PSU-800-AC", STYLE, 110)
    assert lines == ["已更换控制器电源模块", "PSU-800-AC"]


def test_a_comma_stays_with_the_character_before_it() -> None:
    width = width_of("更换电源", STYLE) + 1
    assert break_lines("更换电源,复测", STYLE, width) == ["更换电", "源,复测"]


def test_a_digest_wider_than_the_line_is_cut() -> None:
    lines = break_lines("ab" * 40, STYLE, 100)
    assert len(lines) > 1
    assert "".join(lines) == "ab" * 40


def test_english_stands_beside_when_there_is_room_and_under_it_when_not() -> None:
    second = Style(REGULAR, 6, 8, INK)
    beside = set_words(Words("正常", "normal"), "both", STYLE, second, 200)
    assert [(line.text, line.tail) for line in beside] == [("正常", "normal")]
    under = set_words(Words("正常", "normal"), "both", STYLE, second, 25)
    assert [line.text for line in under] == ["正常", "normal"]
    assert [line.text for line in set_words(Words("正常", "normal"), "en", STYLE, second, 200)] == ["normal"]
    assert [line.text for line in set_words(Words("正常", "normal"), "zh", STYLE, second, 200)] == ["正常"]


def test_a_character_that_no_font_holds_is_named() -> None:
    with pytest.raises(MissingGlyphError) as refused:
        check_glyphs(("客户", "笑脸 😀 在此"))
    assert "U+1F600" in refused.value.read("en")
    assert "笑脸" in refused.value.read("zh")


def test_rare_characters_of_names_and_odd_spaces_are_printable() -> None:
    check_glyphs(("㛃 䶮 𬭩 龑", "a\tb\u2009c\u3000d\u00a0e", "22.5 ℃ ±0.3 Ω ≤ 4800 → 8.2.4"))
