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


@dataclass(slots=True, eq=False)
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
    for slot in definition.slots.values():
        for kind, expression in (
            ("relevant", slot.relevant),
            ("count", slot.count),
            ("calculate", slot.calculate),
            ("required", slot.required),
            ("readonly", slot.readonly),
        ):
            if expression is not None:
                found.append(Rule(len(found), kind, slot, expression, expression.reads))
        if slot.constraint is not None:
            own = Reference(slot.path, len(slot.path))
            reads = slot.constraint.reads
            found.append(Rule(len(found), "constraint", slot, slot.constraint, reads if own in reads else (*reads, own)))
        control = slot.control
        if control is None:
            continue
        if control.itemset is not None and control.itemset.dynamic:
            nodes = control.itemset.nodes
            reads = tuple(dict.fromkeys((*nodes.reads, *_below_items(nodes, control.itemset.value))))
            found.append(Rule(len(found), "items", slot, nodes, reads))
        if control.label.spoken or control.hint.spoken:
            seen = {id(e): e for caption in (control.label, control.hint) for e in caption.expressions()}
            for expression in seen.values():
                found.append(Rule(len(found), "label", slot, expression, expression.reads))
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
        self._of: dict[GenericPath, tuple[int, ...]] = {}
        self._existence: dict[GenericPath, tuple[int, ...]] = {(): ()}

    def of(self, path: GenericPath) -> tuple[int, ...]:
        """The rules whose results are seen at a path: its own, and those that let it be there at all."""
        found = self._of.get(path)
        if found is None:
            own = self.by_path.get(path, ())
            found = self._of[path] = (*(rule.number for rule in own), *self.of_existence(path[:-1]))
        return found

    def of_existence(self, path: GenericPath) -> tuple[int, ...]:
        """The rules that let something at a path be there: relevance and counts, up to the root."""
        found = self._existence.get(path)
        if found is None:
            own = self.by_path.get(path, ())
            above = self.of_existence(path[:-1])
            found = (*(rule.number for rule in own if rule.kind in ("relevant", "count")), *above)
            self._existence[path] = found
        return found


def _expanded(rule: Rule, definition: FormDefinition) -> list[tuple[GenericPath, Reference]]:
    """The paths that a rule reads; a path to a container means all that is in it."""
    found: list[tuple[GenericPath, Reference]] = []
    for read in rule.reads:
        slot = definition.slots.get(read.path)
        if slot is None:
            if read.path or not read.subtree:
                continue
            slot = definition.root
        if read.shallow or not slot.is_container:
            found.append((read.path, read))
        else:
            found.extend((below.path, read) for below in slot.walk() if below.path != rule.slot.path)
    return found


def _crosses(rule: Rule, path: GenericPath, read: Reference, repeats: frozenset[GenericPath]) -> bool:
    """Whether another instance of a repeat that the rule stands in may be read."""
    host = rule.slot.path
    for depth in range(read.anchor + 1, min(len(host), len(path)) + 1):
        if host[:depth] != path[:depth]:
            return False
        if host[:depth] in repeats:
            return True
    return False


def _edges(
    rules: Sequence[Rule], expanded: Sequence[list[tuple[GenericPath, Reference]]], definition: FormDefinition
) -> tuple[list[set[int]], list[set[int]]]:
    """For each rule the rules it runs after: all, and those within one instance (where a circle is refused)."""
    producers = _Producers(rules)
    every: list[set[int]] = [set() for _ in rules]
    strict: list[set[int]] = every if not definition.repeats else [set() for _ in rules]
    for rule, reads in zip(rules, expanded, strict=True):
        if rule.kind not in _DECIDING:
            continue
        own = rule.number
        for path, read in reads:
            crossing = bool(definition.repeats) and _crosses(rule, path, read, definition.repeats)
            deciding = producers.of_existence(path) if read.shallow else producers.of(path)
            if own in deciding and (crossing or read.shallow or rule.kind == "items"):
                deciding = tuple(number for number in deciding if number != own)
            every[own].update(deciding)
            if not crossing:
                strict[own].update(deciding)
    return every, strict


def check_circles(definition: FormDefinition) -> None:
    """Raise CircularFormError when questions depend on each other in a circle; builds the graph on the way."""
    graph_of(definition)


@functools.lru_cache(maxsize=32)
def graph_of(definition: FormDefinition) -> Graph:
    """The graph of a form; built once for each definition."""
    rules = _rules(definition)
    expanded = [_expanded(rule, definition) for rule in rules]
    every, strict = _edges(rules, expanded, definition)
    within = _strong_components(strict)
    _refuse_circles(rules, strict, within)
    ranks = _ranks(rules, within, within if every is strict or every == strict else _strong_components(every))
    by_path: dict[GenericPath, list[Rule]] = {}
    watchers: dict[GenericPath, dict[tuple[int, int], tuple[Rule, int]]] = {}
    existence: dict[GenericPath, dict[tuple[int, int], tuple[Rule, int]]] = {}
    for rule, reads in zip(rules, expanded, strict=True):
        by_path.setdefault(rule.slot.path, []).append(rule)
        number = rule.number
        for path, read in reads:
            table = existence if read.shallow else watchers
            anchor = read.anchor
            if path in table:
                table[path][number, anchor] = (rule, anchor)
            else:
                table[path] = {(number, anchor): (rule, anchor)}
    spread: dict[GenericPath, tuple[tuple[Rule, int], ...]] = {}
    for slot in definition.slots.values():
        if slot.relevant is not None or slot.kind == "repeat":
            both: dict[tuple[int, int], tuple[Rule, int]] = {}
            for below in slot.walk() if slot.children else (slot,):
                for table in (watchers, existence):
                    if below.path in table:
                        both.update(table[below.path])
            spread[slot.path] = tuple(both.values())
    return Graph(
        {path: tuple(rules_there) for path, rules_there in by_path.items()},
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
