"""What lxml takes for the same: reading a form's XML and compiling its expressions, and the XPath cases of the public suites.

Only cases count whose result lxml gets right, so that both do the same work; both are compiled before the clock starts.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lxml import etree

from fieldapp.forms.conformance.expressions import SuiteWorld, document_of, node_at, run_expression, suite_scope
from fieldapp.forms.xpath.compiler import compile_expression
from fieldapp.forms.xpath.values import Context
from tests.bench.measure import Measure
from tests.shared_folder import shared_root

__all__ = ["load", "run"]

_RULES = ("relevant", "required", "readonly", "constraint", "calculate")
_KINDS = frozenset(["number", "string", "boolean", "node-set", "node-count", "string-length"])
_ROUNDS = 3


def load(xml: str) -> float:
    """Read the XML of a form and compile the expressions of its binds; CPU milliseconds."""
    before = time.process_time()
    tree = etree.fromstring(xml.encode())
    for bind in tree.iter("{http://www.w3.org/2002/xforms}bind"):
        for name in _RULES:
            text = bind.get(name)
            if text:
                etree.XPath(text)
    return (time.process_time() - before) * 1000


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        first = value[0] if value else ""
        return "".join(first.itertext()) if isinstance(first, etree._Element) else str(first)
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def _right(case: Mapping[str, Any], value: Any, tree: Any) -> bool:
    kind, expected = case["expected_type"], case["expected_value"]
    if kind == "number":
        if isinstance(value, list):
            return False
        got, wanted = float(value), float(str(expected).replace("Infinity", "inf"))
        return (math.isnan(got) and math.isnan(wanted)) or got == wanted
    if kind == "string":
        return bool(_text_of(value) == expected)
    if kind == "boolean":
        return bool(value) is bool(expected)
    if kind == "string-length":
        return isinstance(value, str) and len(value) == int(expected)
    if not isinstance(value, list):
        return False
    if kind == "node-count":
        return len(value) == int(expected)
    nodes = [found[0] for path in expected if (found := tree.xpath(path))]
    return bool(value == nodes) and all(isinstance(node, etree._Element) for node in value)


def _theirs(case: Mapping[str, Any], namespaces: Mapping[str, str]) -> Callable[[], Any] | None:
    """The compiled expression of lxml, bound to its node; None where lxml does not get the case right."""
    if not case["context_xml"] or case["expected_type"] not in _KINDS or case["upstream_status"] != "ok":
        return None
    try:
        tree = etree.fromstring(case["context_xml"].encode()).getroottree()
        declared = {prefix: uri for node in tree.iter() for prefix, uri in node.nsmap.items() if prefix}
        compiled = etree.XPath(case["expr"], namespaces={**declared, **namespaces})
        place = case["context_node"]
        node = tree if place in (None, "/") else tree.xpath(place)[0]
        value = compiled(node)
        return (lambda: compiled(node)) if _right(case, value, tree) else None
    except (etree.LxmlError, TypeError, ValueError, IndexError, OverflowError):
        return None


def _ours(case: Mapping[str, Any], meta: Mapping[str, Any]) -> Callable[[], Any] | None:
    if run_expression(case, meta) is not None:
        return None
    document = document_of(case)
    world = SuiteWorld(meta, document)
    node = node_at(case["context_node"], document, world)
    closure = compile_expression(case["expr"], suite_scope())
    return (lambda: closure(Context(node, world))) if node is not None else None


def _spent(work: Callable[[], Any]) -> float:
    """Seconds of one run, the least of some rounds of as many runs as a clock can tell."""
    runs, least = 1, math.inf
    for _ in range(12):
        before = time.perf_counter()
        for _ in range(runs):
            work()
        spent = time.perf_counter() - before
        if spent > 1e-4:
            break
        runs *= 4
    for _ in range(_ROUNDS):
        before = time.perf_counter()
        for _ in range(runs):
            work()
        least = min(least, (time.perf_counter() - before) / runs)
    return least


def run() -> Iterator[Measure]:
    """The geometric mean of our time over that of lxml; nothing where the suites are not at hand."""
    place = shared_root()
    if not place.exists():
        return
    ratios: list[float] = []
    for name in ("xpath_enketo", "xpath_javarosa"):
        corpus = json.loads((place / "conformance" / f"{name}.json").read_text(encoding="utf-8"))
        for case in corpus["cases"]:
            theirs = _theirs(case, corpus["meta"]["namespaces"])
            ours = _ours(case, corpus["meta"]) if theirs is not None else None
            if theirs is not None and ours is not None:
                ratios.append(_spent(ours) / _spent(theirs))
    mean = math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))
    yield Measure("forms", "expressions that lxml gets right", len(ratios), "count")
    yield Measure("forms", "evaluation beside lxml, geometric mean", mean, "times", 3)
