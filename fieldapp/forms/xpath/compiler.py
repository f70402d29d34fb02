"""Compile a parsed expression to closures over a Context.

An absolute path means the primary instance, also inside the predicates of a secondary one. Where it runs through a
repeat that the expression itself stands in, it means that instance of the repeat (as ODK does).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fieldapp.forms.nodes import ATTRIBUTE, COMMENT, ELEMENT, INSTRUCTION, NAMESPACE, TEXT, Node, in_document_order
from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.arithmetic import ARITHMETIC
from fieldapp.forms.xpath.axes import AXES, REVERSE
from fieldapp.forms.xpath.core import CORE
from fieldapp.forms.xpath.dates import DATES
from fieldapp.forms.xpath.functions import Closure, Function
from fieldapp.forms.xpath.geo import GEO
from fieldapp.forms.xpath.odk import ODK
from fieldapp.forms.xpath.parser import parse
from fieldapp.forms.xpath.paths import GenericPath, leading_names, static_path
from fieldapp.forms.xpath.syntax import (
    Binary,
    Call,
    Expr,
    Filter,
    Literal,
    Negate,
    NodeTest,
    Number,
    Path,
    Step,
    Variable,
)
from fieldapp.forms.xpath.values import Context, Value, compare, equal, number_of, truth_of, unequal

__all__ = ["FUNCTIONS", "Scope", "compile_expression", "compile_tree", "plain_path"]

FUNCTIONS: Mapping[str, Function] = {**CORE, **ODK, **DATES, **GEO}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: the path of its node without positions, and the paths of all repeats of the form.

    `lazy` refuses a wrong function only when it is evaluated; forms are refused at once.
    """

    host: GenericPath = ()
    repeats: frozenset[GenericPath] = frozenset()
    functions: Mapping[str, Function] = field(default_factory=dict)
    lazy: bool = False


def compile_expression(text: str, scope: Scope | None = None) -> Closure:
    """The closure of an expression; raises XPathSyntaxError or UnknownFunctionError."""
    return compile_tree(parse(text), scope or Scope())


def compile_tree(tree: Expr, scope: Scope) -> Closure:
    """The closure of a parsed expression."""
    if isinstance(tree, Path):
        return _path(tree, scope)
    if isinstance(tree, Binary):
        return _binary(tree, scope)
    if isinstance(tree, Literal) or isinstance(tree, Number):  # noqa: SIM101 - a union of types takes three times as long
        return _constant(tree.value)
    if isinstance(tree, Call):
        return _call(tree, scope)
    if isinstance(tree, Negate):
        return _negate(compile_tree(tree.operand, scope))
    if isinstance(tree, Filter):
        return _filter(tree, scope)
    assert isinstance(tree, Variable)
    raise UnknownFunctionError(name=f"${tree.name}", reason="a form has no variables")


def _constant(value: float | str) -> Closure:
    return lambda _ctx: value


def _negate(operand: Closure) -> Closure:
    return lambda ctx: -number_of(operand(ctx), ctx.world.zone)


def _binary(tree: Binary, scope: Scope) -> Closure:
    left, right = compile_tree(tree.left, scope), compile_tree(tree.right, scope)
    operator = tree.operator
    if operator == "and":
        return lambda ctx: truth_of(left(ctx)) and truth_of(right(ctx))
    if operator == "or":
        return lambda ctx: truth_of(left(ctx)) or truth_of(right(ctx))
    if operator == "=":
        return lambda ctx: equal(left(ctx), right(ctx), ctx.world.zone)
    if operator == "!=":
        return lambda ctx: unequal(left(ctx), right(ctx), ctx.world.zone)
    if operator in ("<", "<=", ">", ">="):
        return lambda ctx: compare(operator, left(ctx), right(ctx), ctx.world.zone)
    if operator == "|":
        return _union(left, right)
    work = ARITHMETIC[operator]
    return lambda ctx: work(number_of(left(ctx), ctx.world.zone), number_of(right(ctx), ctx.world.zone))


def _union(left: Closure, right: Closure) -> Closure:
    def run(ctx: Context) -> Value:
        one, other = left(ctx), right(ctx)
        if not isinstance(one, list) or not isinstance(other, list):
            raise UnknownFunctionError(name="|", reason="it needs paths on both sides")
        return in_document_order([*one, *other])

    return run


def _call(tree: Call, scope: Scope) -> Closure:
    if tree.name == "indexed-repeat":
        return _indexed_repeat(tree, scope)
    function = scope.functions.get(tree.name) or FUNCTIONS.get(tree.name)
    try:
        if function is None:
            raise UnknownFunctionError(name=tree.name, reason="there is no such function")
        function.check(tree.name, len(tree.arguments))
    except UnknownFunctionError as fault:
        if not scope.lazy:
            raise
        return _refusing(fault)
    closures = [compile_tree(argument, scope) for argument in tree.arguments]
    if function.lazy is not None:
        lazy = function.lazy
        return lambda ctx: lazy(ctx, closures)
    run = function.run
    assert run is not None
    if not closures:
        return lambda ctx: run(ctx, ())
    if len(closures) == 1:
        only = closures[0]
        return lambda ctx: run(ctx, (only(ctx),))
    return lambda ctx: run(ctx, [closure(ctx) for closure in closures])


def _refusing(fault: UnknownFunctionError) -> Closure:
    def run(_ctx: Context) -> Value:
        raise fault

    return run


def _indexed_repeat(tree: Call, scope: Scope) -> Closure:
    if len(tree.arguments) < 3 or len(tree.arguments) % 2 == 0:
        raise UnknownFunctionError(name=tree.name, reason=f"it has {len(tree.arguments)} arguments")
    target = static_path(tree.arguments[0], scope.host)
    if target is None:
        raise UnknownFunctionError(name=tree.name, reason="its first argument must be a plain path")
    chosen: dict[GenericPath, Closure] = {}
    for group, index in zip(tree.arguments[1::2], tree.arguments[2::2], strict=True):
        path = static_path(group, scope.host)
        if path is None:
            raise UnknownFunctionError(name=tree.name, reason="a repeat must be given as a plain path")
        chosen[path] = compile_tree(index, scope)
    own = {path for path in scope.repeats if scope.host[: len(path)] == path} - set(chosen)

    def run(ctx: Context) -> Value:
        document = ctx.world.primary() or ctx.node.root
        nodes = [document]
        for depth in range(1, len(target) + 1):
            path = target[:depth]
            nodes = [c for node in nodes for c in node.children if c.name == target[depth - 1] and not c.hidden]
            if path in chosen:
                at = number_of(chosen[path](ctx), ctx.world.zone)
                nodes = nodes[int(at) - 1 : int(at)] if at >= 1 else []
            elif path in own:
                line = _line(ctx.current)
                nodes = [node for node in nodes if node in line]
        return nodes

    return run


def _line(node: Node) -> list[Node]:
    found = [node]
    while node.parent is not None:
        node = node.parent
        found.append(node)
    return found


def _filter(tree: Filter, scope: Scope) -> Closure:
    primary = compile_tree(tree.primary, scope)
    predicates = [compile_tree(predicate, scope) for predicate in tree.predicates]

    def run(ctx: Context) -> Value:
        nodes = primary(ctx)
        if not isinstance(nodes, list):
            raise UnknownFunctionError(name="[ ]", reason="a predicate needs a path before it")
        for predicate in predicates:
            nodes = _kept(nodes, predicate, ctx)
        return nodes

    return run


def _path(tree: Path, scope: Scope) -> Closure:
    if tree.plain:
        shared = _shared_repeat(tree.plain, scope, len(tree.plain)) if scope.repeats else 0
        return plain_path(tree.plain[shared:], len(scope.host) - shared if shared else -1)
    if tree.start is not True:
        steps = _steps(tree.steps, scope)
        if tree.start is None:
            return _from_context(steps)
        assert not isinstance(tree.start, bool)
        return _from_nodes(compile_tree(tree.start, scope), steps)
    names = leading_names(tree)
    shared = _shared_repeat(names, scope, len(tree.steps))
    if len(names) == len(tree.steps) and not any(":" in name for name in names):
        return plain_path(names[shared:], len(scope.host) - shared if shared else -1)
    steps = _steps(tree.steps[shared:], scope)
    return _from_ancestor(len(scope.host) - shared, steps) if shared else _from_root(steps)


@functools.lru_cache(maxsize=8192)
def plain_path(names: GenericPath, climb: int) -> Closure:
    """Names only, the most frequent path by far: from the root, or from `climb` nodes above the expression's own."""

    def run(ctx: Context) -> Value:
        nodes = [ctx.world.primary() or ctx.node.root] if climb < 0 else [_above(ctx.current, climb)]
        for name in names:
            if len(nodes) == 1:
                node = nodes[0]
                at = node.places.get(name)
                if at is None:
                    nodes = [c for c in node.children if c.name == name and not c.hidden and (not c.uri or _plain(c, ctx))]
                else:
                    child = node.children[at]
                    nodes = [] if child.hidden else [child]
            else:
                nodes = [c for node in nodes for c in node.children if c.name == name and _seen(c, ctx)]
        return nodes

    return run


def _above(node: Node, climb: int) -> Node:
    for _ in range(climb):
        assert node.parent is not None
        node = node.parent
    return node


def _shared_repeat(names: GenericPath, scope: Scope, length: int) -> int:
    """How many steps of an absolute path lead to the innermost repeat that the host stands in; 0 for none."""
    for depth in range(min(len(names), len(scope.host), length - 1), 0, -1):
        if names[:depth] == scope.host[:depth] and names[:depth] in scope.repeats:
            return depth
    return 0


StepClosure = Callable[[list[Node], Context], list[Node]]


def _from_context(steps: Sequence[StepClosure]) -> Closure:
    if len(steps) == 1:
        only = steps[0]
        return lambda ctx: only([ctx.node], ctx)

    def run(ctx: Context) -> Value:
        nodes = [ctx.node]
        for step in steps:
            nodes = step(nodes, ctx)
        return nodes

    return run


def _from_root(steps: Sequence[StepClosure]) -> Closure:
    def run(ctx: Context) -> Value:
        nodes = [ctx.world.primary() or ctx.node.root]
        for step in steps:
            nodes = step(nodes, ctx)
        return nodes

    return run


def _from_ancestor(climb: int, steps: Sequence[StepClosure]) -> Closure:
    def run(ctx: Context) -> Value:
        nodes = [_above(ctx.current, climb)]
        for step in steps:
            nodes = step(nodes, ctx)
        return nodes

    return run


def _from_nodes(start: Closure, steps: Sequence[StepClosure]) -> Closure:
    def run(ctx: Context) -> Value:
        nodes = start(ctx)
        if not isinstance(nodes, list):
            raise UnknownFunctionError(name="/", reason="a path continues something that is no path")
        for step in steps:
            nodes = step(nodes, ctx)
        return nodes

    return run


def _kept(nodes: list[Node], predicate: Closure, ctx: Context) -> list[Node]:
    size = len(nodes)
    inner = Context(ctx.node, ctx.world, ctx.current, 1, size)
    kept = []
    for position, node in enumerate(nodes, 1):
        inner.node, inner.position, inner.size = node, position, size
        value = predicate(inner)
        if (value == position) if isinstance(value, float) else truth_of(value):
            kept.append(node)
    return kept


_ANYWHERE = Step("descendant-or-self", NodeTest("node"))


def _steps(steps: Sequence[Step], scope: Scope) -> list[StepClosure]:
    """The closures of steps; `//name` becomes one step down the tree, which it equals where no predicate counts places."""
    found: list[StepClosure] = []
    at = 0
    while at < len(steps):
        step = steps[at]
        following = steps[at + 1] if at + 1 < len(steps) else None
        if following is not None and step == _ANYWHERE and following.axis == "child" and not following.predicates:
            step = Step("descendant", following.test)
            at += 1
        found.append(_step(step, scope))
        at += 1
    return found


def _step(step: Step, scope: Scope) -> StepClosure:
    predicates = [compile_tree(predicate, scope) for predicate in step.predicates] if step.predicates else []
    if step.axis == "child" and step.test.kind == "name" and step.test.name != "*" and ":" not in step.test.name:
        return _child_by_name(step.test.name, predicates)
    if step.axis == "self" and step.test.kind == "node" and not predicates:
        return lambda nodes, _ctx: nodes
    if step.axis == "parent" and step.test.kind == "node" and not predicates:
        return _parents
    axis = AXES[step.axis]
    fits = _test(step.test, step.axis)
    reverse = step.axis in REVERSE

    def run(nodes: list[Node], ctx: Context) -> list[Node]:
        found: list[Node] = []
        for node in nodes:
            here = [other for other in axis(node) if fits(other, ctx)]
            for predicate in predicates:
                here = _kept(here, predicate, ctx)
            found.extend(reversed(here) if reverse else here)
        return found if len(nodes) == 1 else in_document_order(found)

    return run


def _parents(nodes: list[Node], _ctx: Context) -> list[Node]:
    if len(nodes) == 1:
        parent = nodes[0].parent
        return [] if parent is None else [parent]
    found = list(dict.fromkeys(node.parent for node in nodes if node.parent is not None))
    return found if len(found) < 2 else in_document_order(found)


def _child_by_name(name: str, predicates: Sequence[Closure]) -> StepClosure:
    if not predicates:
        return _children_by_name(name)

    def run(nodes: list[Node], ctx: Context) -> list[Node]:
        found: list[Node] = []
        for node in nodes:
            here = [child for child in node.children if child.name == name and _seen(child, ctx)]
            for predicate in predicates:
                here = _kept(here, predicate, ctx)
            found.extend(here)
        return _put_in_order(nodes, found)

    return run


def _children_by_name(name: str) -> StepClosure:
    def run(nodes: list[Node], ctx: Context) -> list[Node]:
        if len(nodes) == 1:
            at = nodes[0].places.get(name)
            if at is not None:
                child = nodes[0].children[at]
                return [] if child.hidden else [child]
        found = [c for node in nodes for c in node.children if c.name == name and not c.hidden and (not c.uri or _plain(c, ctx))]
        return _put_in_order(nodes, found)

    return run


def _put_in_order(nodes: list[Node], found: list[Node]) -> list[Node]:
    """Children of nodes in document order: nodes that are no siblings may stand within each other."""
    if len(found) < 2 or len(nodes) < 2:
        return found
    parent = nodes[0].parent
    return found if all(node.parent is parent for node in nodes) else in_document_order(found)


def _plain(node: Node, ctx: Context) -> bool:
    """Whether a name without prefix means this node: it is in no namespace, or in that of the form itself."""
    return not node.uri or node.uri == ctx.world.namespaces.get("")


def _seen(node: Node, ctx: Context) -> bool:
    return not node.hidden and _plain(node, ctx)


_KINDS = {"text": TEXT, "comment": COMMENT, "processing-instruction": INSTRUCTION}


def _test(test: NodeTest, axis: str) -> Callable[[Node, Context], bool]:
    if test.kind == "node":
        return lambda _node, _ctx: True
    if test.kind != "name":
        kind, target = _KINDS[test.kind], test.name
        return lambda node, _ctx: node.kind == kind and (not target or node.name == target)
    principal = {"attribute": ATTRIBUTE, "namespace": NAMESPACE}.get(axis, ELEMENT)
    if test.name == "*":
        return lambda node, _ctx: node.kind == principal
    prefix, _, local = test.name.rpartition(":")
    if not prefix:
        return lambda node, ctx: node.kind == principal and node.name == local and _plain(node, ctx)

    def fits(node: Node, ctx: Context) -> bool:
        if node.kind != principal or local not in ("*", node.local):
            return False
        uri = ctx.world.namespaces.get(prefix)
        if uri is None:
            raise UnknownFunctionError(name=f"{prefix}:", reason="this prefix is not declared")
        return node.uri == uri or (not node.uri and node.prefix == prefix)

    return fits
