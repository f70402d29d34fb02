"""Run one XPath case of the corpus: an expression, a document, a context node, and what must come out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fieldapp.base.errors import FormError
from fieldapp.base.ids import SeededRandomness
from fieldapp.forms.nodes import DOCUMENT, ELEMENT, NAMESPACE, XML_NAMESPACE, Node, read_xml
from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.compiler import Scope, compile_expression
from fieldapp.forms.xpath.functions import Function
from fieldapp.forms.xpath.moments import moment_of_text
from fieldapp.forms.xpath.parser import parse
from fieldapp.forms.xpath.values import Context, Value, number_of, text_of, truth_of

__all__ = ["SuiteWorld", "document_of", "node_at", "run_expression", "suite_scope"]

Case = Mapping[str, Any]


class SuiteWorld:
    """The world that the suites assume: zone and moment of the corpus, instances found in the document itself."""

    def __init__(self, meta: Mapping[str, Any], document: Node) -> None:
        self.zone = str(meta["timezone"])
        moment = moment_of_text(str(meta["now"]), self.zone)
        assert moment is not None
        self.now = moment.stamp
        declared: dict[str, str] = {}
        for attribute in (a for n in document.walk() for a in n.attributes if a.kind == NAMESPACE and a.local != a.name):
            declared.setdefault(attribute.local, attribute.text)
        self.namespaces: Mapping[str, str] = {"xml": XML_NAMESPACE, **declared, **meta.get("namespaces", {})}
        self._document = document
        self._randomness = SeededRandomness(7)

    def primary(self) -> Node | None:
        """The document of the case."""
        return self._document

    def instance(self, name: str) -> Node | None:
        """The `instance` element of that id anywhere in the document."""
        found = (n for n in self._document.walk() if n.local == "instance" and n.attribute("id") == name)
        return next(found, None)

    def random_bytes(self, count: int) -> bytes:
        """Bytes of a fixed seed."""
        return self._randomness.bytes(count)

    def choice_name(self, value: str, path: str, node: Node) -> str:
        """Cases of expressions have no choices."""
        return value

    def translation(self, name: str, node: Node) -> str:
        """Cases of expressions have no texts."""
        return name


def _explode(_ctx: Context, _values: Sequence[Value]) -> Value:
    raise UnknownFunctionError(name="explode", reason="it was evaluated")


_CUSTOM = {name: Function(0, None, _explode) for name in ("explode", "explode-a", "explode-b", "explode-c", "explode-d")}


def suite_scope() -> Scope:
    """How expressions of the suites are compiled: with their own functions, wrong ones refused when they are evaluated."""
    return Scope(functions=_CUSTOM, lazy=True)


def document_of(case: Case) -> Node:
    """The document of a case; an empty one where it has none."""
    text = case["context_xml"]
    return read_xml(text, compact=False) if text else Node(DOCUMENT)


def node_at(path: str | None, document: Node, world: SuiteWorld) -> Node | None:
    """The node at a path of the corpus; None where there is none."""
    if path is None or path == "/":
        return document
    found = compile_expression(path)(Context(document, world))
    return found[0] if isinstance(found, list) and found else None


def _same(one: Node, other: Node | None) -> bool:
    return other is not None and (
        one is other or (one.kind > ELEMENT and one.parent is other.parent and (one.kind, one.name) == (other.kind, other.name))
    )


def _numbers_agree(got: float, case: Case) -> bool:
    expected = float(str(case["expected_value"]).replace("Infinity", "inf"))
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    if math.isinf(expected) or math.isinf(got):
        return got == expected
    factor = float(case.get("round_factor", 0))
    if factor:
        return math.floor(got * factor + 0.5) / factor == expected or abs(got - expected) <= 0.5 / factor
    return abs(got - expected) <= float(case.get("tolerance", 0.0)) or got == expected


def _agrees(got: Value, case: Case, document: Node, world: SuiteWorld) -> bool:
    kind, expected = case["expected_type"], case["expected_value"]
    if kind == "number":
        return _numbers_agree(number_of(got, world.zone), case)
    if kind == "boolean":
        return truth_of(got) is bool(expected)
    if kind == "string":
        return text_of(got, world.zone) == str(expected)
    if kind == "string-match":
        return re.search(str(expected).replace("(?<", "(?P<"), text_of(got, world.zone)) is not None
    if kind == "string-length":
        return len(text_of(got, world.zone)) == int(expected)
    if kind == "result-type":
        return isinstance(got, list) if expected == 7 else True
    if not isinstance(got, list):
        return False
    if kind == "node-count":
        return len(got) == int(expected)
    if kind == "first-node":
        return _same(got[0], node_at(expected, document, world)) if got else expected is None
    wanted = [node_at(path, document, world) for path in expected]
    if case.get("unordered"):
        return len(got) == len(wanted) and all(any(_same(node, other) for node in got) for other in wanted)
    return len(got) == len(wanted) and all(_same(node, other) for node, other in zip(got, wanted, strict=True))


def run_expression(case: Case, meta: Mapping[str, Any]) -> str | None:
    """Run one case; None when it passes, else what came out instead."""
    kind = case["expected_type"]
    if kind == "parse":
        try:
            parse(case["expr"])
        except FormError as fault:
            return None if case["expected_value"] is False else str(fault)
        return None if case["expected_value"] is True else "it was parsed"
    try:
        document = document_of(case)
        world = SuiteWorld(meta, document)
        node = node_at(case["context_node"], document, world)
        if node is None:
            return "the context node is not there"
        got = compile_expression(case["expr"], suite_scope())(Context(node, world))
    except FormError as fault:
        return None if kind == "error" else f"error {fault}"
    if kind == "error":
        return _shown(got, world)
    return None if _agrees(got, case, document, world) else _shown(got, world)


def _shown(got: Value, world: SuiteWorld) -> str:
    if isinstance(got, list):
        return f"nodes {[node.name or node.text for node in got][:5]}"
    return f"{type(got).__name__} {text_of(got, world.zone)!r}"
