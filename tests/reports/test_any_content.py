"""Whatever is typed prints, or is refused in words: never a traceback, never other bytes for the same content."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import DocumentError
from fieldapp.reports import content as c
from fieldapp.reports.blocks import Words
from fieldapp.reports.documents import document
from fieldapp.reports.layout import render
from tests.reports import samples

PRINTABLE = st.text(alphabet="存储控制器电源模块更换ABCxyz0189 -·,。()《》/\n\t℃Ω", max_size=400)
SHORT = st.text(alphabet="张三李四·AbC-09 /#", max_size=40)
NUMBERS = st.decimals(min_value=-1000, max_value=100_000, places=2).map(str) | st.sampled_from(["", "-", "n/a", "NaN", "Infinity"])
PREVIOUS = st.lists(st.builds(c.PreviousValue, st.dates(date(2020, 1, 1), date(2026, 11, 1)), NUMBERS), max_size=6).map(tuple)


@given(
    PRINTABLE,
    PRINTABLE,
    SHORT,
    st.lists(st.builds(c.PartMove, SHORT, SHORT, SHORT, st.builds(Words, SHORT, SHORT)), max_size=8).map(tuple),
    st.lists(st.builds(c.Measured, SHORT, st.builds(Words, SHORT, SHORT), SHORT, NUMBERS, NUMBERS, NUMBERS, PREVIOUS), max_size=5).map(
        tuple
    ),
    st.sampled_from(["zh", "en", "both"]),
)
@settings(max_examples=12, deadline=None)
def test_any_printable_text_gives_pages(
    long: str, other: str, short: str, parts: tuple[c.PartMove, ...], measured: tuple[c.Measured, ...], languages: str
) -> None:
    annex = replace(samples.inspection(5), measured=measured)
    data = samples.service(
        front=samples.front(customer=short, customer_remarks=other, languages=languages),
        symptom=long,
        work_done=other,
        caller=short,
        parts=parts,
        annexes=(annex,),
    )
    content = document(data)
    assert render(content) == render(content)


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_at_all_prints_or_is_refused_in_words(text: str) -> None:
    assert _printed(text).startswith((b"%PDF-1.7", b"FA-8"))


def _printed(text: str) -> bytes:
    """The pages, or the code of the refusal."""
    try:
        return render(document(samples.approval(impact=text)))
    except DocumentError as refused:
        return refused.code.encode()


def test_half_a_character_is_refused() -> None:
    assert _printed("\ud83d") == b"FA-802"
    assert _printed("笑脸 😀") == b"FA-803"
