"""Expressions: what they mean beyond the public suites, and that they depend on no more than they read."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.errors import FormError
from fieldapp.forms.conformance.expressions import SuiteWorld
from fieldapp.forms.nodes import Node, read_xml
from fieldapp.forms.refusals import XPathSyntaxError
from fieldapp.forms.xpath.compiler import compile_expression
from fieldapp.forms.xpath.lexer import tokens
from fieldapp.forms.xpath.parser import parse
from fieldapp.forms.xpath.paths import Reference, references, static_path
from fieldapp.forms.xpath.values import Context, Value, number_of, number_text, text_of
from tests.forms.building import inputs, opened, xform

META = {"timezone": "Asia/Shanghai", "now": "2026-11-21T00:30:00.000+08:00", "namespaces": {}}
TREE = "<data><r><a>1</a></r><r><a>2</a></r><t>x</t><t>y</t><d>2026-11-21</d></data>"


def value(expression: str, text: str = TREE) -> Value:
    document = read_xml(text)
    return compile_expression(expression)(Context(document, SuiteWorld(META, document)))


def text(expression: str) -> str:
    return text_of(value(expression), "Asia/Shanghai")


def test_words_are_operators_only_where_an_operator_must_stand() -> None:
    assert [token[0] for token in tokens("and and and")][:3] == ["name", "operator", "name"]
    assert [token[0] for token in tokens("* * *")][:3] == ["symbol", "operator", "symbol"]
    assert [token[1] for token in tokens("div-1 div 2")][:3] == ["div-1", "div", "2"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3 - 4", "3"),
        ("-2 - -2", "0"),
        ("10 mod 4 div 2", "1"),
        ("not(1 = 1 and 2 = 3)", "true"),
        ("/data/r[2]/a", "2"),
        ("/data/r[a > 1]/a", "2"),
        ("/data/t | /data/r", "1"),
        ("join('-', /data/t)", "x-y"),
        ("/data/d = today()", "true"),
        ("today() - date('2026-11-01')", "20"),
        ("format-date(/data/d, '%Y年%n月%e日')", "2026年11月21日"),
        ("format-date-time(now(), '%H:%M:%S')", "00:30:00"),
        ("date('2026-11-20T16:00:00Z')", "2026-11-21"),
        ("decimal-time('12:00')", "0.5"),
        ("round(2.345, 2)", "2.35"),
        ("int(-2.7)", "-2"),
        ("substr('机房温度', 2)", "温度"),
        ("string-length('机房温度')", "4"),
        ("selected('a b', 'b')", "true"),
        ("if(1 > 2, 'x', 'y')", "y"),
        ("coalesce('', 'z')", "z"),
        ("digest('a', 'SHA-256', 'hex')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("pow(10, 400)", "Infinity"),
        ("sqrt(-1)", "NaN"),
        ("base64-decode('5rip5bqm')", "温度"),
    ],
)
def test_an_expression_has_this_value(expression: str, expected: str) -> None:
    assert text(expression) == expected


def test_the_zone_moves_a_date_without_one() -> None:
    here = value("number(date('1970-01-02'))")
    assert isinstance(here, float)
    assert math.isclose(here, 1 - 8 / 24)


@pytest.mark.parametrize("expression", ["", " ", "1 +", "a b", "(1", "'x", "a[", "a//", "1 = = 2", "a:b:c", "f(1,)", "/a/(b)"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(XPathSyntaxError):
        parse(expression)


def test_deep_nesting_is_refused_and_not_a_crash() -> None:
    with pytest.raises(XPathSyntaxError):
        parse("(" * 5000 + "1" + ")" * 5000)


def test_a_long_chain_runs_and_an_endless_one_is_refused() -> None:
    assert value(" + ".join(["1"] * 190)) == 190.0
    assert value(" or ".join(["false()"] * 190)) is False
    with pytest.raises(XPathSyntaxError):
        parse(" + ".join(["1"] * 5000))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab1.('\"[]/@*|+-=<>!, $:divmonr", max_size=14))
def test_any_text_is_parsed_or_refused(expression: str) -> None:
    try:
        value(expression)
    except FormError as fault:
        assert fault.code.startswith("FA-7")  # noqa: PT017 - both outcomes are right, nothing else is


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_from_its_text(number: float) -> None:
    written = number_text(number)
    assert "e" not in written
    assert number_of(written, "UTC") == number


def reads(expression: str, *host: str, repeats: Any = ()) -> set[Reference]:
    return set(references(parse(expression), host, frozenset(repeats)))


def test_references_are_read_with_what_they_share() -> None:
    repeat = ("data", "r")
    assert reads("../a", "data", "r", "b", repeats=[repeat]) == {Reference(("data", "r", "a"), 2)}
    assert reads("/data/r/a", "data", "r", "b", repeats=[repeat]) == {Reference(("data", "r", "a"), 2)}
    assert reads("/data/r/a", "data", "x", repeats=[repeat]) == {Reference(("data", "r", "a"), 0)}
    assert reads("../../r/a", "data", "r", "b", repeats=[repeat]) == {Reference(("data", "r", "a"), 1)}
    assert reads("position(..)", "data", "r", "b") == {Reference(("data", "r"), 2, shallow=True)}
    assert reads("instance('i')/root/item[k = /data/a]/v", "data", "b") == {Reference(("data", "a"), 0)}
    assert reads("current()/../a", "data", "b") == {Reference(("data", "a"), 1)}
    assert static_path(parse("../a"), ("data", "r", "b")) == ("data", "r", "a")
    assert static_path(parse("1 + 1"), ("data",)) is None


def test_a_hidden_node_is_empty_to_expressions() -> None:
    document = read_xml(TREE)
    root = document.children[0]
    hidden: Node = root.children[0]
    hidden.hidden = True
    world = SuiteWorld(META, document)
    assert compile_expression("count(/data/r)")(Context(document, world)) == 1.0
    assert compile_expression("sum(/data/r/a)")(Context(document, world)) == 2.0
    assert text_of(compile_expression("string(/data)")(Context(document, world)), "UTC") == "2xy2026-11-21"


_READINGS = st.decimals(min_value="-9999", max_value="9999", places=3).map(lambda number: f"{number:f}")


@settings(max_examples=60, deadline=None)
@given(st.lists(_READINGS, min_size=2, max_size=6))
def test_numbers_with_a_fraction_are_added_as_they_are_written(readings: list[str]) -> None:
    names = [f"n{at}" for at in range(len(readings))]
    binds = "".join(f'<bind nodeset="/data/{name}" type="decimal"/>' for name in names)
    total, gap = " + ".join(f"/data/{name}" for name in names), " - ".join(f"/data/{name}" for name in names)
    binds += f'<bind nodeset="/data/total" type="decimal" calculate="{total}"/><bind nodeset="/data/gap" calculate="{gap}"/>'
    binds += '<bind nodeset="/data/part" type="decimal" calculate="/data/n0 * /data/n1"/>'
    instance = "".join(f"<{name}>{text}</{name}>" for name, text in zip(names, readings, strict=True)) + "<total/><gap/><part/>"
    form = opened(xform(instance, binds, inputs(*names)))
    exact = [Decimal(text) for text in readings]
    assert Decimal(form.value("/data/total")) == sum(exact)
    assert Decimal(form.value("/data/gap")) == exact[0] - sum(exact[1:])
    assert Decimal(form.value("/data/part")) == exact[0] * exact[1]


def test_sums_are_shown_stored_and_compared_as_a_person_reckons() -> None:
    binds = (
        '<bind nodeset="/data/a" type="decimal"/><bind nodeset="/data/b" type="decimal" constraint=". &gt;= 0.1 + 0.2"/>'
        '<bind nodeset="/data/sum" type="decimal" calculate="sum(/data/a | /data/b | /data/c)"/>'
        '<bind nodeset="/data/whole" type="int" calculate="int(0.7 div 0.1)"/>'
        '<bind nodeset="/data/rest" calculate="concat(440.3 - 440.2, &quot; &quot;, 0.3 mod 0.1, &quot; &quot;, -(0.1 + 0.2))"/>'
        '<bind nodeset="/data/third" calculate="1 div 3"/><bind nodeset="/data/least" calculate="min(0.1 + 0.2, 5)"/>'
    )
    form = opened(xform("<a/><b/><c>139.9</c><sum/><whole/><rest/><third/><least/>", binds, inputs("a", "b")))
    form.answer("/data/a", "300.1")
    form.answer("/data/b", "0.3")
    assert form.validate() == (), "0.3 is not less than 0.1 + 0.2"
    assert form.value("/data/sum") == "440.3"
    assert form.value("/data/whole") == "7"
    assert form.value("/data/rest") == "0.1 0 -0.3"
    assert form.value("/data/third") == "0.3333333333333333"
    assert form.value("/data/least") == "0.3"
    assert "<sum>440.3</sum>" in form.instance_xml()
