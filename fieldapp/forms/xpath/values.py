"""Values of expressions and how they turn into each other: number, text, truth, node-set, moment.

XPath 1.0 section 4, with the dates of ODK: a text that is a date counts as days since 1970, and a date without zone
is midnight where the form is filled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from fieldapp.forms.nodes import Node
from fieldapp.forms.xpath.arithmetic import meant
from fieldapp.forms.xpath.moments import Moment, moment_of_text

__all__ = ["Context", "Value", "World", "compare", "equal", "nodes_of", "number_of", "number_text", "text_of", "truth_of", "unequal"]

Value = float | str | bool | list[Node] | Moment

# A negative exponent is how tiny computed numbers are spelled elsewhere; other exponents are no numbers in XPath 1.0.
_NUMBER = re.compile(r"\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:e-\d+)?\s*")


class World(Protocol):
    """What functions may ask of the form around an expression."""

    @property
    def zone(self) -> str:
        """The IANA name of the zone."""
        ...

    @property
    def now(self) -> float:
        """The present moment in milliseconds since 1970, UTC."""
        ...

    @property
    def namespaces(self) -> Mapping[str, str]:
        """Namespaces by prefix, for names in expressions."""
        ...

    def primary(self) -> Node | None:
        """The document node of the primary instance; None: that of the context node."""
        ...

    def instance(self, name: str) -> Node | None:
        """The document node of an instance by its id."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Random bytes."""
        ...

    def choice_name(self, value: str, path: str, node: Node) -> str:
        """The label of a choice of the question at a path, in the language on display."""
        ...

    def translation(self, name: str, node: Node) -> str:
        """The text of an itext entry in the language on display, its values taken at a node."""
        ...


class Context:
    """Where an expression is evaluated. `current` is the node that the expression belongs to."""

    __slots__ = ("current", "node", "position", "size", "world")

    def __init__(self, node: Node, world: World, current: Node | None = None, position: int = 1, size: int = 1) -> None:
        self.node = node
        self.world = world
        self.current = node if current is None else current
        self.position = position
        self.size = size


def number_text(number: float) -> str:
    """What a number means as text: no exponent, no trailing zeros; `NaN`, `Infinity`."""
    number = meant(number)
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number) and abs(number) < 1e21:
        return str(int(number))
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text


def text_of(value: Value, zone: str) -> str:
    """The string() of XPath; the first node of a node-set, a moment in its zone."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list):
        return value[0].value() if value else ""
    return value.text(zone)


def _number_of_text(text: str, zone: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    if len(text) >= 8 and "-" in text:
        moment = moment_of_text(text, zone)
        if moment is not None:
            return moment.days
    return math.nan


def number_of(value: Value, zone: str) -> float:
    """The number() of XPath; dates count in days since 1970-01-01T00:00Z."""
    if isinstance(value, float):
        return value
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, str):
        return _number_of_text(value, zone)
    if isinstance(value, list):
        return _number_of_text(value[0].value(), zone) if value else math.nan
    return value.days


def truth_of(value: Value) -> bool:
    """The boolean() of XPath."""
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return value == value and value != 0
    if isinstance(value, Moment):
        return value.valid
    return bool(value)


def nodes_of(value: Value) -> list[Node] | None:
    """The nodes of a node-set, or None for another value."""
    return value if isinstance(value, list) else None


def _texts_equal(left: str, right: str, zone: str) -> bool:
    if left == right:
        return True
    if len(left) >= 8 and len(right) >= 8 and "-" in left and "-" in right:
        one, other = moment_of_text(left, zone), moment_of_text(right, zone)
        return one is not None and other is not None and one.stamp == other.stamp
    return False


def equal(left: Value, right: Value, zone: str) -> bool:
    """The = of XPath: some node of a node-set suffices."""
    if isinstance(left, bool) or isinstance(right, bool):
        return truth_of(left) == truth_of(right)
    if isinstance(left, list):
        if isinstance(right, list):
            texts = [node.value() for node in right]
            return any(_texts_equal(node.value(), text, zone) for node in left for text in texts)
        return any(_simple_equal(node.value(), right, zone) for node in left)
    if isinstance(right, list):
        return any(_simple_equal(left, node.value(), zone) for node in right)
    return _simple_equal(left, right, zone)


def _simple_equal(left: Any, right: Any, zone: str) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return _texts_equal(left, right, zone)
    one, other = meant(number_of(left, zone)), meant(number_of(right, zone))
    return one == other or (isinstance(left, float) and isinstance(right, float) and _nearly(one, other))


def _nearly(one: float, other: float) -> bool:
    # Sums of decimal fractions typed by people: 6.1 - 7.8 is -1.7 to everybody but the floating point unit.
    return abs(one - other) < 1e-12 and one != 0 and other != 0


def unequal(left: Value, right: Value, zone: str) -> bool:
    """The != of XPath: some node that differs suffices."""
    if isinstance(left, bool) or isinstance(right, bool):
        return truth_of(left) != truth_of(right)
    lefts: list[Any] = [node.value() for node in left] if isinstance(left, list) else [left]
    rights: list[Any] = [node.value() for node in right] if isinstance(right, list) else [right]
    return any(not _simple_equal(one, other, zone) for one in lefts for other in rights)


def compare(operator: str, left: Value, right: Value, zone: str) -> bool:
    """<, <=, >, >= of XPath: numbers; some pair of nodes suffices."""
    lefts = [number_of(n.value(), zone) for n in left] if isinstance(left, list) else [meant(number_of(left, zone))]
    rights = [number_of(n.value(), zone) for n in right] if isinstance(right, list) else [meant(number_of(right, zone))]
    if operator == "<":
        return any(one < other for one in lefts for other in rights)
    if operator == "<=":
        return any(one <= other for one in lefts for other in rights)
    if operator == ">":
        return any(one > other for one in lefts for other in rights)
    return any(one >= other for one in lefts for other in rights)
