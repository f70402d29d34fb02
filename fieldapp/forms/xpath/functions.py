"""What a function of an expression is: how many arguments it takes and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldapp.forms.nodes import Node
from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.values import Context, Value

__all__ = ["Closure", "Function", "need_nodes"]

Closure = Callable[[Context], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `most` None: any number. `run` gets the values; `lazy` gets the closures instead of `run`."""

    least: int
    most: int | None
    run: Callable[[Context, Sequence[Value]], Value] | None = None
    lazy: Callable[[Context, Sequence[Closure]], Value] | None = None

    def check(self, name: str, count: int) -> None:
        """Raise UnknownFunctionError unless the number of arguments fits."""
        if count < self.least or (self.most is not None and count > self.most):
            raise UnknownFunctionError(name=name, reason=f"it has {count} arguments")


def need_nodes(name: str, value: Value) -> list[Node]:
    """The node-set of an argument; raises UnknownFunctionError for another value."""
    if not isinstance(value, list):
        raise UnknownFunctionError(name=name, reason="it needs a path as its argument")
    return value
