"""Strokes are plain data with one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.reports.strokes import StrokePoint, Strokes, StrokesError, strokes_from_bytes

POINT = st.builds(
    StrokePoint,
    st.integers(-500, 50_000),
    st.integers(-500, 20_000),
    st.integers(0, 60_000),
    st.none() | st.integers(0, 1000),
)
LINES = st.lists(st.lists(POINT, max_size=12).map(tuple), max_size=5).map(tuple)


def _drawn(lines: tuple[tuple[StrokePoint, ...], ...]) -> bool:
    return len({(p.x, p.y) for line in lines for p in line}) >= 2


@given(LINES.filter(_drawn))
@settings(max_examples=60)
def test_strokes_come_back_from_their_bytes(lines: tuple[tuple[StrokePoint, ...], ...]) -> None:
    strokes = Strokes(50_000, 20_000, lines)
    again = strokes_from_bytes(strokes.canonical_bytes())
    assert again == strokes
    assert again.digest == strokes.digest


def test_a_moved_point_changes_the_digest() -> None:
    line = (StrokePoint(0, 0), StrokePoint(10, 10, 16))
    moved = (StrokePoint(0, 0), StrokePoint(11, 10, 16))
    assert Strokes(100, 100, (line,)).digest != Strokes(100, 100, (moved,)).digest


@pytest.mark.parametrize(
    "strokes",
    [
        Strokes(100, 100, ()),
        Strokes(100, 100, ((),)),
        Strokes(100, 100, ((StrokePoint(1, 1),),)),
        Strokes(100, 100, ((StrokePoint(1, 1), StrokePoint(1, 1, 5)),)),
        Strokes(0, 100, ((StrokePoint(1, 1), StrokePoint(2, 2)),)),
        Strokes(100, 100, ((StrokePoint(1, 1), StrokePoint(10**9, 2)),)),
        Strokes(100, 100, ((StrokePoint(1, 1), StrokePoint(5, 2, -1)),)),
    ],
)
def test_what_is_no_signature_is_refused(strokes: Strokes) -> None:
    with pytest.raises(StrokesError):
        strokes.check()


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"v":1}', b"\xff", b'{"height":1, "lines":[], "v":1,"width":1}'])
def test_bytes_that_are_no_strokes_are_refused(raw: bytes) -> None:
    with pytest.raises(StrokesError):
        strokes_from_bytes(raw)


def test_another_spelling_of_the_same_strokes_is_refused() -> None:
    raw = Strokes(100, 100, ((StrokePoint(0, 0), StrokePoint(5, 5)),)).canonical_bytes()
    with pytest.raises(StrokesError):
        strokes_from_bytes(raw.replace(b",", b", ", 1))
