"""Markup of labels: what becomes an element, what stays text, and what paper shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.forms.labels.markup import Element, Piece, Rich, Words, fill, place_of, plain, read
from tests.forms.building import opened


def spelled(rich: Rich) -> str:
    """A tree on one line: `em(…)`, text as it is."""

    def one(piece: Piece) -> str:
        if isinstance(piece, Words):
            return piece.text
        more = "".join(f" {name}={value}" for name, value in piece.style.items()) + (f" {piece.url}" if piece.url else "")
        return f"{piece.name}{more}({spelled(piece.children)})"

    return "".join(one(piece) for piece in rich)


@pytest.mark.parametrize(
    ("text", "tree", "paper"),
    [
        ("plain words", "plain words", "plain words"),
        ("a **b** c", "a strong(b) c", "a b c"),
        ("a *b* __c__ _d_", "a em(b) strong(c) em(d)", "a b c d"),
        ("***both***", "em(strong(both))", "both"),
        ("**a*", "*em(a)", "*a"),
        ("请先**“断电”**再开始", "请先strong(“断电”)再开始", "请先“断电”再开始"),
        ("T1_08_fan and a_b", "T1_08_fan and a_b", "T1_08_fan and a_b"),
        ("600*800*2000 mm", "600*800*2000 mm", "600*800*2000 mm"),
        ("5 * 3 * 2", "5 * 3 * 2", "5 * 3 * 2"),
        ("## Power\nCheck", "h2(Power)p(Check)", "Power\nCheck"),
        ("#1 battery", "#1 battery", "#1 battery"),
        ("one\ntwo", "onebr()two", "one\ntwo"),
        ("one\n\ntwo", "p(one)p(two)", "one\ntwo"),
        ("- a\n- b", "ul(li(p(a))li(p(b)))", "- a\n- b"),
        ("2. a\n3. b", "ol(li(p(a))li(p(b)))", "2. a\n3. b"),
        ("7. Voltage", "7. Voltage", "7. Voltage"),
        ("see [manual](https://example.org/a_(b))", "see a https://example.org/a_(b)(manual)", "see manual (https://example.org/a_(b))"),
        ("<https://example.org>", "a https://example.org(https://example.org)", "https://example.org"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ('<span style="color:red">hot</span> side', "span color=red(hot) side", "hot side"),
        ('<span style="background:url(http://x)">a</span>', "span(a)", "a"),
        ('<font color="#ff0000">a</font>', "span color=#ff0000(a)", "a"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("<img src=x onerror=y>", "<img src=x onerror=y>", "<img src=x onerror=y>"),
        ("1 < 2 and <b>3 > 2</b>", "1 < 2 and strong(3 > 2)", "1 < 2 and 3 > 2"),
        ("<b>not closed", "<b>not closed", "<b>not closed"),
        (r"\*a\* \# b", "*a* # b", "*a* # b"),
        ("   many blanks", "many blanks", "many blanks"),
    ],
)
def test_markup_becomes_a_tree_and_plain_words(text: str, tree: str, paper: str) -> None:
    assert spelled(read(text)) == tree
    assert plain(read(text)) == paper


def test_values_are_marked_up_on_screen_and_stand_as_they_are_on_paper() -> None:
    tree = read(f"**Dear {place_of(0)}!** {place_of(1)}")
    assert spelled(fill(tree, ["Ann *B* C", ""])) == "strong(Dear span(Ann em(B) C)!) span()"
    assert plain(tree, ["Ann *B* C", "5*6"]) == "Dear Ann *B* C! 5*6"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab *_[]()<>/#-1.\n\\\"=:;' 断", max_size=60))
def test_any_text_gives_a_tree_that_holds_no_unknown_element(text: str) -> None:
    allowed = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "div", "span", "strong", "em", "u", "br", "a"}

    def check(rich: Rich) -> None:
        for piece in rich:
            if isinstance(piece, Element):
                assert piece.name in allowed
                assert not piece.url or piece.url.startswith(("http://", "https://", "mailto:", "tel:"))
                check(piece.children)

    check(read(text))
    letters = [letter for letter in text if letter.isalnum()]
    shown = [letter for letter in plain(read(text)) if letter.isalnum()]
    assert len(shown) <= len(letters) + text.count("\n") + 1


@pytest.mark.parametrize("text", ["*" * 3000, "_" * 2999 + "a", "[" * 3000, "<b>" * 400 + "x", "**a " * 700, "- " * 1500, "<b>x</b>" * 300])
def test_a_hostile_label_is_read_in_time(text: str) -> None:
    assert isinstance(plain(read(text)), str)


def form_of(label: str, hint: str = "") -> str:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>T</h:title><model><instance><data id="t"><a/><b/></data></instance>'
        '<bind nodeset="/data/a" required="true()" jr:requiredMsg="**Never** empty"/></model></h:head><h:body>'
        f'<input ref="/data/a"><label>{label}</label><hint>{hint}</hint></input>'
        '<select1 ref="/data/b"><label>B</label><item><label>*One*</label><value>1</value></item></select1></h:body></h:html>'
    )


def test_a_view_has_plain_words_and_markup_beside_them() -> None:
    form = opened(form_of("Dear **<output value='/data/b'/>**", "first line\n\nsecond"))
    form.answer("/data/b", "1")
    item = form.item("/data/a")
    assert item.label == "Dear 1"
    assert spelled(item.rich["label"]) == "Dear strong(span(1))"
    assert item.hint == "first line\nsecond"
    assert spelled(item.rich["hint"]) == "p(first line)p(second)"
    assert item.problem is not None
    assert (item.problem.message, spelled(item.problem.rich)) == ("Never empty", "strong(Never) empty")
    choice = form.item("/data/b").choices[0]
    assert (choice.label, spelled(choice.rich)) == ("One", "em(One)")


def test_a_label_without_markup_has_no_tree() -> None:
    item = opened(form_of("Fan speed", "in rpm")).item("/data/a")
    assert (item.label, item.hint, dict(item.rich)) == ("Fan speed", "in rpm", {})
