"""Recompute what depends on a change, each rule after those it reads, and nothing else.

Changes go to a heap of (rank, turn, rule, node). A rule whose result differs announces that to the rules that read
it. Circles through other instances of a repeat settle because a rule that finds the same result announces nothing; a
form that never settles is stopped after a fixed number of turns for each rule and node.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable

from fieldapp.forms.casting import cast
from fieldapp.forms.graph import Rule, graph_of
from fieldapp.forms.nodes import Node
from fieldapp.forms.slots import FormDefinition, GenericPath, Slot
from fieldapp.forms.tree import FormNode, descend, instance_order, make_repeat, place
from fieldapp.forms.world import FormWorld
from fieldapp.forms.xpath.values import number_of, text_of, truth_of

__all__ = ["Evaluation"]

_TURNS = 200
_MOST_INSTANCES = 1000


class Evaluation:
    """The state of one open form: its nodes by key and what is still to be recomputed."""

    def __init__(self, definition: FormDefinition, world: FormWorld, root: FormNode) -> None:
        self.definition = definition
        self.graph = graph_of(definition)
        self.world = world
        self.root = root
        self.nodes: dict[str, FormNode] = {node.key: node for node in root.tree()}
        # Slots outside repeats have one node for good.
        self._single = {node.slot.path: node for node in root.tree() if "{" not in node.key}
        self.changed: set[str] = set()
        self.valued: dict[FormNode, None] = {}
        self.grown: list[FormNode] = []
        self._heap: list[tuple[int, int, Rule, FormNode]] = []
        self._pending: set[tuple[int, FormNode]] = set()
        self._turn = 0

    # -- announcements -------------------------------------------------------------------------------------------

    def value_changed(self, node: FormNode) -> None:
        """The visible value of a node is another one."""
        self.changed.add(node.key)
        self.valued[node] = None
        for rule, anchor in self.graph.watchers.get(node.slot.path, ()):
            self._wake(rule, node, anchor)

    def _relevance_changed(self, node: FormNode) -> None:
        self._name_tree(node)
        if node.repeat_id:
            self.changed.add(node.key.rpartition("{")[0])
        for rule, anchor in self.graph.spread.get(node.slot.path, ()):
            self._wake(rule, node, anchor)

    def _name_tree(self, top: FormNode) -> None:
        """Name a node, all below, and the headings of repeats there as changed."""
        for node in top.tree():
            self.changed.add(node.key)
            self.changed.update(f"{node.key}/{slot.name}" for slot in node.slot.children if slot.kind == "repeat")

    def structure_changed(self, parent: FormNode, path: GenericPath) -> None:
        """Instances of the repeat at a path came or went under `parent`."""
        self.changed.add(f"{parent.key}/{path[-1]}")
        for rule, anchor in self.graph.spread.get(path, ()):
            self._wake(rule, parent, min(anchor, len(path) - 1))

    def _wake(self, rule: Rule, node: FormNode, anchor: int) -> None:
        host = rule.slot.path
        single = self._single.get(host)
        if single is not None and rule.kind != "count":
            self._push(rule, single)
            return
        start: Node | None = node.ancestor(min(anchor, len(host), len(node.slot.path)))
        top = start if isinstance(start, FormNode) else self.root
        depth = len(top.slot.path)
        if rule.kind == "count":
            for holder in descend(top, host[depth:-1]) if depth < len(host) else self._parents_of(top):
                self._push(rule, holder)
            return
        for target in descend(top, host[depth:]):
            self._push(rule, target)

    def _parents_of(self, node: FormNode) -> Iterable[FormNode]:
        return [node.parent] if isinstance(node.parent, FormNode) else []

    def _push(self, rule: Rule, node: FormNode) -> None:
        entry = (rule.number, node)
        if entry not in self._pending:
            self._pending.add(entry)
            self._turn += 1
            heapq.heappush(self._heap, (self.graph.ranks[rule.number], self._turn, rule, node))

    def push_tree(self, top: FormNode) -> None:
        """Recompute all rules of a node and of everything under it."""
        rules = self.graph.rules
        for node in top.tree():
            for rule in rules.get(node.slot.path, ()):
                if rule.kind != "count":
                    self._push(rule, node)
            for slot in node.slot.children:
                if slot.count is not None:
                    for rule in rules[slot.path]:
                        if rule.kind == "count":
                            self._push(rule, node)

    def push_speaking(self) -> None:
        """Recompute all rules whose results hold texts of the form."""
        for node in self.root.tree():
            for rule in self.graph.rules.get(node.slot.path, ()):
                if rule.kind != "count" and ("jr:choice-name" in rule.expression.text or "jr:itext" in rule.expression.text):
                    self._push(rule, node)

    # -- work ----------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Run until nothing is left to recompute."""
        turns: Counter[tuple[int, FormNode]] = Counter()
        while self._heap:
            _, _, rule, node = heapq.heappop(self._heap)
            entry = (rule.number, node)
            self._pending.discard(entry)
            if not node.alive:
                continue
            turns[entry] += 1
            if turns[entry] <= _TURNS:
                self._run(rule, node)

    def _run(self, rule: Rule, node: FormNode) -> None:
        kind = rule.kind
        if kind == "label":
            self.changed.add(node.key)
        elif kind == "count":
            self._count(rule, node)
        elif kind == "items":
            self._items(node)
        elif kind == "constraint":
            valid = not node.text or truth_of(self.world.evaluate(rule.expression, node))
            if valid != node.valid:
                node.valid = valid
                self.changed.add(node.key)
        elif kind == "calculate":
            self._calculate(rule, node)
        else:
            self._flag(kind, node, truth_of(self.world.evaluate(rule.expression, node)))

    def _flag(self, kind: str, node: FormNode, value: bool) -> None:
        if kind == "relevant":
            if node.hidden == value:
                node.hidden = not value
                self._relevance_changed(node)
        elif kind == "required":
            if node.required != value:
                node.required = value
                self.changed.add(node.key)
        elif node.readonly != value:
            node.readonly = value
            self._name_tree(node)

    def _calculate(self, rule: Rule, node: FormNode) -> None:
        text = text_of(self.world.evaluate(rule.expression, node), self.world.zone)
        if text == "NaN" or text == "Invalid Date":
            text = ""
        text = cast(node.slot.type, text, self.world.zone)
        if text != node.text:
            node.text = node.answer = text
            self.value_changed(node)

    def _items(self, node: FormNode) -> None:
        values = self.world.item_values(node)
        if values != node.options:
            node.options = values
            self.changed.add(node.key)
        self.show(node)

    def show(self, node: FormNode) -> None:
        """Let expressions see an answer, as far as its choices are on offer."""
        text = node.answer
        if node.options is not None and text:
            if node.slot.kind == "select_one":
                text = text if text in node.options else ""
            else:
                words = [word for word in text.split() if word in node.options]
                if node.slot.kind == "rank" and words:
                    # What came on offer since goes to the end: a rank holds all its choices.
                    words.extend(word for word in node.options if word not in words)
                text = " ".join(words)
        if text != node.text:
            node.text = text
            self.value_changed(node)

    def _count(self, rule: Rule, parent: FormNode) -> None:
        slot = rule.slot
        ghost = FormNode(slot, parent, "")
        text = text_of(self.world.evaluate(rule.expression, ghost), self.world.zone).strip()
        number = number_of(True if text == "true" else 0.0 if text == "false" else text, self.world.zone)
        # No number means no instances: keeping those of before would make the state depend on the order of answers.
        wanted = max(0, min(int(number), _MOST_INSTANCES)) if math.isfinite(number) else 0
        self.resize(parent, slot, wanted)

    def resize(self, parent: FormNode, slot: Slot, wanted: int) -> None:
        """Let the form's own instances of a repeat be those of ordinals 1 to `wanted`."""
        present = [node for node in parent.form_nodes() if node.slot is slot]
        kept = [node for node in present if instance_order(node.repeat_id)[0] == 0 and int(node.repeat_id) <= wanted]
        if len(kept) == wanted and len(kept) == len(present):
            return
        for node in present:
            if node not in kept:
                self.detach(node)
        have = {node.repeat_id for node in kept}
        for ordinal in range(1, wanted + 1):
            if str(ordinal) not in have:
                sample = slot.samples[ordinal - 1] if ordinal <= len(slot.samples) else None
                self.attach(make_repeat(parent, slot, str(ordinal), sample))
        self.structure_changed(parent, slot.path)

    def attach(self, node: FormNode) -> None:
        """Put a new repeat instance in its place and have it computed."""
        place(node)
        for below in node.tree():
            self.nodes[below.key] = below
        self._name_tree(node)
        self.grown.append(node)
        self.push_tree(node)

    def detach(self, node: FormNode) -> None:
        """Take a repeat instance out of the form."""
        assert node.parent is not None
        node.parent.children.remove(node)
        self._name_tree(node)
        for below in node.tree():
            below.alive = False
            if self.nodes.get(below.key) is below:
                del self.nodes[below.key]
