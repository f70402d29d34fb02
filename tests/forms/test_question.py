"""A question by the key of its answer, and what may be typed as one, without the form being filled."""

from __future__ import annotations

import pytest

from fieldapp.forms.definition import parse
from fieldapp.forms.labels.question import Question, question_of
from tests.forms.building import from_rows, inputs, xform


def asked(kind: str) -> Question:
    """A question of a type."""
    found = question_of(parse(xform("<a/>", f'<bind nodeset="/data/a" type="{kind}"/>', inputs("a"))), "/data/a")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", ["12", "-3"], ["1.5", "a", "2147483648"]),
        ("decimal", ["12", "-0.25", "1e3"], ["1,5", "1_000", " 2", "nan", "inf"]),
        ("date", ["2026-02-28"], ["2026-02-30", "20260228"]),
        ("time", ["13:05"], ["25:00:00", "noon"]),
        ("dateTime", ["2026-02-28T13:05:00.000+08:00"], ["2026-02-28", "2026-02-28 13:05"]),
        ("geopoint", ["31.2 121.5"], ["31.2"]),
        ("string", ["风扇异响"], []),
    ],
)
def test_what_a_form_would_refuse_is_no_answer_when_it_is_typed_to_settle_a_conflict(kind: str, good: list[str], bad: list[str]) -> None:
    question = asked(kind)
    assert [text for text in good + bad if question.fits(text)] == good
    assert question.fits("")


def test_only_what_can_be_chosen_fits() -> None:
    rows = [("type", "name", "label"), ("select_one state", "one", "One"), ("select_multiple state", "many", "Many")]
    listed = [("list_name", "name", "label"), ("state", "good", "Good"), ("state", "bad", "Bad")]
    form = from_rows(rows, choices=listed)
    one, many = question_of(form, "/data/one"), question_of(form, "/data/many")
    assert one is not None
    assert many is not None
    assert [one.fits(text) for text in ("good", "other", "good bad")] == [True, False, False]
    assert [many.fits(text) for text in ("good", "good bad", "good other")] == [True, True, False]
    assert question_of(form, "/data/none") is None
