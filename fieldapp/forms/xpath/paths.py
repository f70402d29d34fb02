"""What an expression refers to, read from its tree without evaluating it: the basis of the dependency graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fieldapp.forms.xpath.syntax import Binary, Call, Expr, Filter, Literal, Negate, Number, Path, Step

__all__ = ["GenericPath", "Reference", "calls", "leading_names", "parts", "references", "static_path"]

GenericPath = tuple[str, ...]
"""The names from the root element down, without positions: ("data", "group", "question")."""

_SHALLOW = frozenset(["position", "count"])


class Reference(NamedTuple):
    """A path of the primary instance that an expression reads.

    `anchor` is how many leading names are the same nodes for reader and read (0: all instances of the form).
    `shallow` reads existence and relevance only; `subtree` reads everything below, too.
    """

    path: GenericPath
    anchor: int
    shallow: bool = False
    subtree: bool = False


def leading_names(tree: Path) -> GenericPath:
    """The names of the plain child steps, without predicates, that a path begins with."""
    names: list[str] = []
    for step in tree.steps:
        if step.axis != "child" or step.test.kind != "name" or step.test.name == "*" or step.predicates:
            break
        names.append(step.test.name)
    return tuple(names)


def static_path(tree: Expr, host: GenericPath) -> GenericPath | None:
    """The generic path that a plain path means at `host` (predicates ignored), or None for anything else."""
    found = list(references(tree, host, frozenset()))
    if isinstance(tree, Path) and found:
        return found[0].path
    return None


def calls(tree: Expr) -> Iterator[str]:
    """The names of all functions that an expression calls, predicates included."""
    if isinstance(tree, Call):
        yield tree.name
    for part in parts(tree):
        yield from calls(part)


def parts(tree: Expr) -> Iterator[Expr]:
    """The expressions directly below one, predicates included."""
    if isinstance(tree, Negate):
        yield tree.operand
    elif isinstance(tree, Binary):
        yield tree.left
        yield tree.right
    elif isinstance(tree, Call):
        yield from tree.arguments
    elif isinstance(tree, Filter):
        yield tree.primary
        yield from tree.predicates
    elif isinstance(tree, Path):
        if tree.start is not None and not isinstance(tree.start, bool):
            yield tree.start
        for step in tree.steps:
            yield from step.predicates


def references(tree: Expr, host: GenericPath, repeats: frozenset[GenericPath], primary: str | None = None) -> list[Reference]:
    """All that an expression at `host` reads of the primary instance, each once; `primary` is that instance's id."""
    reader = _Reader(host, repeats, primary)
    reader.read(tree, host, len(host), False)
    return list(dict.fromkeys(reader.found)) if len(reader.found) > 1 else reader.found


class _Reader:
    def __init__(self, host: GenericPath, repeats: frozenset[GenericPath], primary: str | None) -> None:
        self.host = host
        self.primary = primary
        self.repeats = repeats
        # Whether the expression stands in a repeat: its absolute paths may then mean its own instance.
        self.own = bool(repeats) and any(host[:depth] in repeats for depth in range(1, len(host) + 1))
        self.found: list[Reference] = []

    def read(self, tree: Expr, here: GenericPath | None, anchor: int, shallow: bool) -> None:
        """Find the references of `tree` evaluated at `here` (None: in a secondary instance)."""
        kind = type(tree)
        if kind is Literal or kind is Number:
            return
        if isinstance(tree, Path):
            if tree.plain and not self.own:
                self.found.append(Reference(tree.plain, 0, shallow))
            else:
                self.path(tree, here, anchor, shallow)
        elif isinstance(tree, Binary):
            self.read(tree.left, here, anchor, shallow)
            self.read(tree.right, here, anchor, shallow)
        elif isinstance(tree, Call):
            self.call(tree, here, anchor)
        elif isinstance(tree, Negate):
            self.read(tree.operand, here, anchor, shallow)
        elif isinstance(tree, Filter):
            self.read(tree.primary, here, anchor, shallow)
            outside = isinstance(tree.primary, Call) and tree.primary.name in ("instance", "randomize")
            for predicate in tree.predicates:
                self.read(predicate, None if outside else here, anchor, False)

    def call(self, tree: Call, here: GenericPath | None, anchor: int) -> None:
        if tree.name == "current" and not tree.arguments:
            self.found.append(Reference(self.host, len(self.host)))
            return
        if tree.name == "jr:choice-name" and len(tree.arguments) == 2 and isinstance(tree.arguments[1], Literal):
            names = tuple(part for part in tree.arguments[1].value.strip().split("/") if part)
            if names and ".." not in names:
                self.found.append(Reference(names, 0))
        indexed = tree.name == "indexed-repeat"
        for at, argument in enumerate(tree.arguments):
            known = len(self.found)
            self.read(argument, here, anchor, (indexed and at % 2 == 1) or tree.name in _SHALLOW)
            if indexed and at == 0:
                # Another instance of the repeat is read, so nothing but the form is shared.
                self.found[known:] = [read._replace(anchor=0) for read in self.found[known:]]

    def start(self, tree: Path, here: GenericPath | None, anchor: int) -> tuple[GenericPath | None, int, int]:
        """Where a path starts: generic path, anchor, and how many of its steps are used up."""
        if tree.start is True:
            if self.own:
                names = leading_names(tree)
                for depth in range(min(len(names), len(self.host), len(tree.steps) - 1), 0, -1):
                    if names[:depth] == self.host[:depth] and names[:depth] in self.repeats:
                        return self.host[:depth], depth, depth
            return (), 0, 0
        if tree.start is None:
            return here, anchor, 0
        if isinstance(tree.start, Call) and tree.start.name == "current":
            return self.host, len(self.host), 0
        if tree.start == Call("instance", (Literal(self.primary or ""),)):
            return (), 0, 0
        return None, 0, 0

    def path(self, tree: Path, here: GenericPath | None, anchor: int, shallow: bool) -> None:
        at, anchor, used = self.start(tree, here, anchor)
        current = isinstance(tree.start, Call) and tree.start.name == "current"
        if tree.start is not None and not isinstance(tree.start, bool) and not current:
            self.read(tree.start, here, anchor, False)
        subtree = attribute = False
        for step in tree.steps[used:]:
            if at is not None and not subtree:
                at, anchor, subtree = _move(at, anchor, step)
                attribute = step.axis == "attribute"
            for predicate in step.predicates:
                self.read(predicate, at, anchor, False)
        # Attributes never change, so reading one depends on nothing.
        if at is not None and not attribute:
            self.found.append(Reference(at, anchor, shallow and not subtree, subtree))


def _move(at: GenericPath, anchor: int, step: Step) -> tuple[GenericPath, int, bool]:
    """The generic path after a step, its anchor, and whether the step spreads over a subtree."""
    if step.axis == "child" and step.test.kind == "name" and step.test.name != "*":
        return (*at, step.test.name), anchor, False
    if step.axis == "self":
        return at, anchor, False
    if step.axis == "parent":
        return at[:-1], min(anchor, max(len(at) - 1, 0)), False
    if step.axis in ("child", "descendant", "descendant-or-self", "attribute", "namespace"):
        return at, anchor, True
    if step.axis in ("following-sibling", "preceding-sibling"):
        return at[:-1], min(anchor, max(len(at) - 1, 0)), True
    return at[:1], 0, True
