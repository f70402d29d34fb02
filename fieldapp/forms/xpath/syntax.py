"""The shapes of a parsed expression; frozen, compared by value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Binary", "Call", "Expr", "Filter", "Literal", "Negate", "NodeTest", "Number", "Path", "Step", "Variable"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float


@dataclass(frozen=True, slots=True)
class Literal:
    """A string as written."""

    value: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable reference; no form has variables, so evaluating one is refused."""

    name: str


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands with and, or, =, !=, <, <=, >, >=, +, -, *, div, mod or | between them."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function call."""

    name: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class NodeTest:
    """What a step keeps: kind is `name` (with `name` possibly `*` or `p:*`), node, text, comment or processing-instruction."""

    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    axis: str
    test: NodeTest
    predicates: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A location path; `start` is None for a relative one, True for an absolute one, or an expression."""

    start: Expr | bool | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """An expression with predicates."""

    primary: Expr
    predicates: tuple[Expr, ...]


Expr = Number | Literal | Variable | Negate | Binary | Call | Path | Filter
