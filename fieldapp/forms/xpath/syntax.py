"""The shapes of a parsed expression; they never change and are compared by value."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Binary", "Call", "Expr", "Filter", "Literal", "Negate", "NodeTest", "Number", "Path", "Step", "Variable"]


class Number(NamedTuple):
    """A number as written."""

    value: float


class Literal(NamedTuple):
    """A string as written."""

    value: str


class Variable(NamedTuple):
    """A variable reference; no form has variables, so evaluating one is refused."""

    name: str


class Negate(NamedTuple):
    """Unary minus."""

    operand: Expr


class Binary(NamedTuple):
    """Two operands with and, or, =, !=, <, <=, >, >=, +, -, *, div, mod or | between them."""

    operator: str
    left: Expr
    right: Expr


class Call(NamedTuple):
    """A function call."""

    name: str
    arguments: tuple[Expr, ...]


class NodeTest(NamedTuple):
    """What a step keeps: kind is `name` (with `name` possibly `*` or `p:*`), node, text, comment or processing-instruction."""

    kind: str
    name: str = ""


class Step(NamedTuple):
    """One step of a path."""

    axis: str
    test: NodeTest
    predicates: tuple[Expr, ...] = ()


class Path(NamedTuple):
    """A location path; `start` is None for a relative one, True for an absolute one, or an expression.

    `plain` are the names of an absolute path that has nothing but names (`/data/a/b`), the most frequent by far.
    """

    start: Expr | bool | None
    steps: tuple[Step, ...]
    plain: tuple[str, ...] = ()


class Filter(NamedTuple):
    """An expression with predicates."""

    primary: Expr
    predicates: tuple[Expr, ...]


Expr = Number | Literal | Variable | Negate | Binary | Call | Path | Filter
