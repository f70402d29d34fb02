"""What is recomputed when something changes, and in which order: the dependency graph of a form.

A rule is one expression of one slot. Rules are ranked so that each runs after those whose results it reads. Rules
that read other instances of their own repeat may stand in a circle (a running total reads the instance before); they
run until nothing changes. Any other circle is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fieldapp.forms.refusals import CircularFormError
from fieldapp.forms.slots import Expression, FormDefinition, GenericPath, Slot
from fieldapp.forms.xpath.paths import Reference

__all__ = ["Graph", "Rule", "check_circles", "graph_of"]


# Rules whose results others read. The verdicts (required, constraint …) are read by none, so they run last.
_DECIDING = frozenset(["relevant", "count", "calculate", "items"])


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One expression at work. `kind`: relevant, count, calculate, items, required, readonly, constraint, label."""

    number: int
    kind: str
    slot: Slot
    expression: Expression
    reads: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """`watchers` by the path whose value changed, `spread` by the path whose subtree came or went.

    Each entry is a rule with the depth up to which the changed node and the rule's node share their ancestors.
    `ranks` by rule number; `rules` by the path of their slot.
    """

    rules: dict[GenericPath, tuple[Rule, ...]]
    ranks: tuple[int, ...]
    watchers: dict[GenericPath, tuple[tuple[Rule, int], ...]]
    spread: dict[GenericPath, tuple[tuple[Rule, int], ...]]


def _rules(definition: FormDefinition) -> list[Rule]:
    found: list[Rule] = []

    def add(kind: str, slot: Slot, expression: Expression | None, *more: Reference) -> None:
        if expression is not None:
            reads = tuple(dict.fromkeys((*expression.reads, *more)))
            found.append(Rule(len(found), kind, slot, expression, reads))

    for slot in definition.slots.values():
        own = Reference(slot.path, len(slot.path))
        add("relevant", slot, slot.relevant)
        add("count", slot, slot.count)
        add("calculate", slot, slot.calculate)
        add("required", slot, slot.required)
        add("readonly", slot, slot.readonly)
        add("constraint", slot, slot.constraint, own)
        control = slot.control
        if control is not None:
            if control.itemset is not None and control.itemset.dynamic:
                add("items", slot, control.itemset.nodes, *_below_items(control.itemset.nodes, control.itemset.value))
            seen = {id(e): e for caption in (control.label, control.hint) for e in caption.expressions()}
            for expression in seen.values():
                add("label", slot, expression)
    return found


def _below_items(nodes: Expression, value: Expression) -> Iterator[Reference]:
    """What an itemset over a repeat of the form reads of each item: its value, wherever that stands."""
    if any(len(read.path) > 1 for read in nodes.reads):
        for read in value.reads:
            yield Reference(read.path, 0)


class _Producers:
    """Which rules decide what is seen at a path."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.by_path: dict[GenericPath, list[Rule]] = {}
        for rule in rules:
            if rule.kind in _DECIDING:
                self.by_path.setdefault(rule.slot.path, []).append(rule)

    @functools.cache  # noqa: B019 - lives as long as one building of the graph
    def of(self, path: GenericPath) -> tuple[Rule, ...]:
        found = list(self.by_path.get(path, ()))
        for depth in range(1, len(path)):
            found.extend(r for r in self.by_path.get(path[:depth], ()) if r.kind in ("relevant", "count"))
        return tuple(found)

    @functools.cache  # noqa: B019
    def of_existence(self, path: GenericPath) -> tuple[Rule, ...]:
        return tuple(r for r in self.of(path) if r.kind in ("relevant", "count"))


def _expanded(rule: Rule, definition: FormDefinition) -> Iterator[tuple[GenericPath, Reference]]:
    """The paths that a rule reads; a path to a container means all that is in it."""
    for read in rule.reads:
        slot = definition.slots.get(read.path)
        if slot is None:
            if not read.path and read.subtree:
                slot = definition.root
            else:
                continue
        if read.shallow or not slot.is_container:
            yield read.path, read
            continue
        for below in slot.walk():
            if below.path != rule.slot.path:
                yield below.path, read


def _crosses(rule: Rule, path: GenericPath, read: Reference, repeats: frozenset[GenericPath]) -> bool:
    """Whether another instance of a repeat that the rule stands in may be read."""
    host = rule.slot.path
    for depth in range(read.anchor + 1, min(len(host), len(path)) + 1):
        if host[:depth] != path[:depth]:
            return False
        if host[:depth] in repeats:
            return True
    return False


def _edges(rules: Sequence[Rule], definition: FormDefinition) -> tuple[list[set[int]], list[set[int]]]:
    """For each rule the rules it runs after: all, and those within one instance (where a circle is refused)."""
    producers = _Producers(rules)
    every: list[set[int]] = [set() for _ in rules]
    strict: list[set[int]] = [set() for _ in rules]
    for rule in rules:
        if rule.kind not in _DECIDING:
            continue
        for path, read in _expanded(rule, definition):
            crossing = _crosses(rule, path, read, definition.repeats)
            for producer in producers.of_existence(path) if read.shallow else producers.of(path):
                if producer is rule and (crossing or rule.kind == "items"):
                    continue
                if read.shallow and producer is rule:
                    continue
                every[rule.number].add(producer.number)
                if not crossing:
                    strict[rule.number].add(producer.number)
    return every, strict


def check_circles(definition: FormDefinition) -> None:
    """Raise CircularFormError when questions depend on each other in a circle; builds the graph on the way."""
    graph_of(definition)


@functools.lru_cache(maxsize=32)
def graph_of(definition: FormDefinition) -> Graph:
    """The graph of a form; built once for each definition."""
    rules = _rules(definition)
    every, strict = _edges(rules, definition)
    within = _strong_components(strict)
    _refuse_circles(rules, strict, within)
    ranks = _ranks(rules, within, within if every == strict else _strong_components(every))
    by_path: dict[GenericPath, list[Rule]] = {}
    for rule in rules:
        by_path.setdefault(rule.slot.path, []).append(rule)
    watchers: dict[GenericPath, dict[tuple[int, int], tuple[Rule, int]]] = {}
    existence: dict[GenericPath, dict[tuple[int, int], tuple[Rule, int]]] = {}
    for rule in rules:
        for path, read in _expanded(rule, definition):
            table = existence if read.shallow else watchers
            table.setdefault(path, {})[rule.number, read.anchor] = (rule, read.anchor)
    spread: dict[GenericPath, tuple[tuple[Rule, int], ...]] = {}
    for slot in definition.slots.values():
        if slot.relevant is not None or slot.kind == "repeat":
            both: dict[tuple[int, int], tuple[Rule, int]] = {}
            for below in slot.walk():
                both.update(watchers.get(below.path, {}))
                both.update(existence.get(below.path, {}))
            spread[slot.path] = tuple(both.values())
    return Graph(
        {path: tuple(found) for path, found in by_path.items()},
        tuple(ranks),
        {path: tuple(found.values()) for path, found in watchers.items()},
        spread,
    )


def _refuse_circles(rules: Sequence[Rule], strict: Sequence[set[int]], within: Sequence[list[int]]) -> None:
    for group in within:
        if len(group) > 1 or group[0] in strict[group[0]]:
            names = dict.fromkeys(rules[number].slot.name for number in sorted(group))
            raise CircularFormError(names=", ".join(names))


def _ranks(rules: Sequence[Rule], within: Sequence[list[int]], groups: Sequence[list[int]]) -> list[int]:
    """Ranks by number: groups in their order, and inside a group the order that holds within one instance."""
    places = {group[0]: place for place, group in enumerate(within)}
    size = len(rules) + 1
    ranks = [size * size] * len(rules)
    for place, group in enumerate(groups):
        for number in group:
            if rules[number].kind in _DECIDING:
                ranks[number] = place * size + (places[number] if len(group) > 1 else 0)
    return ranks


def _strong_components(edges: Sequence[set[int]]) -> list[list[int]]:
    """Tarjan's strongly connected components, in an order where each comes after those it points to."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    found: list[list[int]] = []
    for start in range(len(edges)):
        if start in index:
            continue
        if not edges[start]:
            # Most rules run after nothing: a group of one, known at once.
            index[start] = low[start] = len(index)
            found.append([start])
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        waiting.add(start)
        work = [(start, iter(sorted(edges[start])))]
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    waiting.add(target)
                    work.append((target, iter(sorted(edges[target]))))
                    break
                if target in waiting:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group: list[int] = []
                    while True:
                        member = stack.pop()
                        waiting.discard(member)
                        group.append(member)
                        if member == node:
                            break
                    found.append(group)
    return found
