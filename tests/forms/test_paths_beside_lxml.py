"""Location paths find the same nodes as those of libxml2, whatever axes and predicates are put together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from fieldapp.forms.conformance.expressions import SuiteWorld
from fieldapp.forms.nodes import DOCUMENT as DOCUMENT_NODE
from fieldapp.forms.nodes import ELEMENT, read_xml
from fieldapp.forms.xpath.compiler import compile_expression
from fieldapp.forms.xpath.values import Context, number_of

XML = (
    '<a id="1"><b id="2"><c id="3">1</c><c id="4">2</c><d id="5"><c id="6">3</c></d></b>'
    '<b id="7"/><d id="8"><b id="9"><c id="10">4</c></b><e id="11">x</e></d><c id="12">5</c></a>'
)
META = {"timezone": "UTC", "now": "2026-01-01T00:00:00Z", "namespaces": {}}
DOCUMENT = read_xml(XML)
WORLD = SuiteWorld(META, DOCUMENT)
TREE = etree.fromstring(XML).getroottree()

AXES = [
    "child", "descendant", "descendant-or-self", "parent", "ancestor", "ancestor-or-self", "following", "following-sibling",
    "preceding", "preceding-sibling", "self",
]  # fmt: skip
TESTS = st.sampled_from(["*", "a", "b", "c", "d", "e", "node()", "text()", "@id"])
PREDICATES = st.sampled_from(
    ["", "", "", "[1]", "[2]", "[last()]", "[position() < 3]", "[position() mod 2 = 1]", "[@id > 4]", "[c]", "[not(c)]", "[. = 3]",
     "[../d]", "[count(*) > 1]", "[c[2]]", "[.//c]", "[last()][1]", "[@id][2]"]
)  # fmt: skip
STEP = st.one_of(
    st.builds(lambda axis, test, predicate: f"{axis}::{test}{predicate}".replace("::@", "::"), st.sampled_from(AXES), TESTS, PREDICATES),
    st.builds(lambda test, predicate: test + predicate, TESTS, PREDICATES),
    st.sampled_from(["..", "."]),
)
PATH = st.builds(
    lambda start, steps, between: start + between.join(steps),
    st.sampled_from(["/a/", "//", "/a/b/", "/"]),
    st.lists(STEP, min_size=1, max_size=4),
    st.sampled_from(["/", "//"]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PATH, min_size=1, max_size=2))
def test_a_path_finds_what_libxml2_finds(paths: list[str]) -> None:
    expression = " | ".join(paths)
    ours = compile_expression(expression)(Context(DOCUMENT, WORLD))
    theirs = TREE.xpath(expression)
    assert isinstance(ours, list)
    assert isinstance(theirs, list)
    found = [node.attribute("id") if node.kind == ELEMENT else node.value() for node in ours if node.kind != DOCUMENT_NODE]
    # libxml2 hands no document out, and of text and attributes their values.
    assert found == [node.get("id") if isinstance(node, etree._Element) else str(node) for node in theirs]


NUMBER = st.sampled_from(
    ["0", "1", "2.5", "10", "-3", "1 div 0", "0 div 0", "count(//c)", "sum(//c)", "string-length('abc')", "//c", "//c[2]", "//none"]
)
OPERATOR = st.sampled_from(["+", "-", "*", "div", "mod"])


@settings(max_examples=200, deadline=None)
@given(NUMBER, OPERATOR, NUMBER, OPERATOR, NUMBER)
def test_arithmetic_is_that_of_libxml2(one: str, first: str, two: str, second: str, three: str) -> None:
    expression = f"({one}) {first} ({two}) {second} ({three})"
    ours = number_of(compile_expression(expression)(Context(DOCUMENT, WORLD)), "UTC")
    theirs = TREE.xpath(expression)
    assert isinstance(theirs, float)
    assert ours == theirs or (ours != ours and theirs != theirs)


@settings(max_examples=200, deadline=None)
@given(NUMBER, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), NUMBER, st.sampled_from(["and", "or"]), NUMBER)
def test_comparisons_are_those_of_libxml2(one: str, operator: str, two: str, word: str, three: str) -> None:
    expression = f"({one}) {operator} ({two}) {word} ({three})"
    assert compile_expression(expression)(Context(DOCUMENT, WORLD)) is TREE.xpath(expression)
