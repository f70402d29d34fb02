"""The machinery of a form being filled: rows to nodes and back, actions at their events, preloads.

`instance` is the door; this is what stands behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fieldapp.forms.casting import cast
from fieldapp.forms.environment import Environment, preload_text
from fieldapp.forms.evaluation import Evaluation
from fieldapp.forms.nodes import ATTRIBUTE, Node
from fieldapp.forms.slots import Action, FormDefinition, GenericPath, Slot
from fieldapp.forms.tree import FormNode, descend, grow, key_parts, make_repeat
from fieldapp.forms.world import FormWorld
from fieldapp.forms.xpath.values import text_of

__all__ = ["Filling", "Ledger"]

_ROUNDS = 20


@dataclass(slots=True)
class Ledger:
    """The rows that count, and those written since the last delta."""

    rows: dict[str, str]
    fresh: dict[str, str | None] = field(default_factory=dict)

    def write(self, key: str, text: str | None) -> None:
        """Set a row, or with None delete it."""
        if text is None:
            if self.rows.pop(key, None) is not None:
                self.fresh[key] = None
        elif self.rows.get(key) != text:
            self.rows[key] = text
            self.fresh[key] = text

    def take(self) -> tuple[tuple[str, str | None], ...]:
        """The rows written since the last time."""
        found = tuple(self.fresh.items())
        self.fresh.clear()
        return found


class Filling:
    """The state of one open form and how it moves; made empty, nothing computed yet."""

    def __init__(self, definition: FormDefinition, environment: Environment) -> None:
        self.definition = definition
        self.environment = environment
        document, self.root = grow(definition)
        self.world = FormWorld(definition, environment, document)
        self.evaluation = Evaluation(definition, self.world, self.root)
        self.ledger = Ledger({})
        self._sources: dict[GenericPath, list[Action]] = {}
        for action in definition.actions:
            if action.source is not None and "xforms-value-changed" in action.events:
                self._sources.setdefault(action.source, []).append(action)

    def start(self, answers: Mapping[str, str]) -> None:
        """Take the saved rows and compute everything; without rows the events of the first opening are fired."""
        self.ledger.rows.update((key, text) for key, text in answers.items() if "#" not in key)
        first = not self.ledger.rows
        self._restore_repeats()
        self._restore_attributes()
        self._restore(self.root)
        self.evaluation.push_tree(self.root)
        self.settle(quiet=True)
        if first:
            self._preload()
            self._act("odk-instance-first-load", self.root)
        self._act("odk-instance-load", self.root)
        self.settle(quiet=True)

    # -- restoring -----------------------------------------------------------------------------------------------

    def _restore_repeats(self) -> None:
        for key in sorted(self.ledger.rows):
            parent: FormNode = self.root
            for name, repeat_id in key_parts(key)[1:]:
                slot = self.definition.slots.get((*parent.slot.path, name))
                if slot is None:
                    break
                step = f"{parent.key}/{name}" + (f"{{{repeat_id}}}" if repeat_id else "")
                node = self.evaluation.nodes.get(step)
                if node is None and slot.kind == "repeat" and repeat_id and slot.count is None:
                    node = make_repeat(parent, slot, repeat_id)
                    self.evaluation.attach(node)
                if node is None:
                    break
                parent = node
        self.evaluation.grown.clear()
        for key, text in self.ledger.rows.items():
            node = self.evaluation.nodes.get(key)
            if text == "-" and node is not None and node.slot.kind == "repeat" and not self._answered(key):
                self.evaluation.detach(node)

    def _answered(self, key: str) -> bool:
        """Whether something was entered in a repeat instance: removed on one device, it lives on by another's answer."""
        return any(text and row.startswith(key + "/") and "/@" not in row for row, text in self.ledger.rows.items())

    def _restore_attribute(self, node: FormNode, key: str, text: str) -> None:
        name = key.rpartition("/@")[2]
        found = next((one for one in node.attributes if one.name == name), None)
        if found is None:
            found = Node(ATTRIBUTE, name, parent=node)
            node.attributes.append(found)
        found.text = text

    def _restore_attributes(self) -> None:
        for key, text in self.ledger.rows.items():
            if "/@" in key:
                node = self.evaluation.nodes.get(key.rpartition("/@")[0])
                if node is not None:
                    self._restore_attribute(node, key, text)

    def _restore(self, top: FormNode) -> None:
        for node in top.tree():
            text = self.ledger.rows.get(node.key)
            takes = not node.slot.is_container and (node.slot.calculate is None or node.slot.persisted)
            if text is not None and takes and text != node.answer:
                node.answer = node.text = text
                self.evaluation.value_changed(node)

    def settle(self, quiet: bool = False) -> None:
        """Recompute, restore answers of repeats that came, fire the actions of what changed; until all is still."""
        evaluation = self.evaluation
        for _ in range(_ROUNDS):
            evaluation.settle()
            grown, evaluation.grown = evaluation.grown, []
            valued = list(evaluation.valued)
            evaluation.valued.clear()
            for node in grown:
                if node.alive:
                    self._restore(node)
                    if not (node.slot.samples and node.repeat_id.isdecimal() and int(node.repeat_id) <= len(node.slot.samples)):
                        self._act("odk-new-repeat", node)
            for node in valued:
                if node.slot.persisted and node.alive:
                    self.ledger.write(node.key, node.text)
                if not quiet and node.alive:
                    for action in self._sources.get(node.slot.path, ()):
                        self._fire(action, node)
            if not evaluation.grown and not evaluation.valued:
                break

    # -- actions -------------------------------------------------------------------------------------------------

    def _act(self, event: str, top: FormNode) -> None:
        depth = len(top.slot.path)
        for action in self.definition.actions:
            if event in action.events and action.target[:depth] == top.slot.path:
                for target in descend(top, action.target[depth:]):
                    if event != "odk-new-repeat" or target.key not in self.ledger.rows:
                        self._set(action, target)

    def _fire(self, action: Action, source: FormNode) -> None:
        depth = 0
        shared = min(len(action.target), len(source.slot.path))
        while depth < shared and action.target[depth] == source.slot.path[depth]:
            depth += 1
        top = source.ancestor(depth)
        for target in descend(top or self.root, action.target[depth:]):
            if target.relevant:
                self._set(action, target)

    def _set(self, action: Action, target: FormNode) -> None:
        zone = self.environment.zone
        if action.name == "setgeopoint":
            text = self.environment.place
        elif action.name == "setvalue":
            text = text_of(self.world.evaluate(action.value, target) if action.value is not None else action.text, zone)
        else:
            return
        if action.attribute:
            key = f"{target.key}/@{action.attribute}"
            self.ledger.write(key, text)
            self._restore_attribute(target, key, text)
            return
        if target.slot.is_container or target.slot.calculate is not None:
            return
        self.store(target, cast(target.slot.type, "" if text in ("NaN", "Invalid Date") else text, zone))

    def store(self, node: FormNode, text: str) -> None:
        """Let a node have an answer: its row, and what expressions see of it."""
        node.answer = text
        self.ledger.write(node.key, text if text or self._has_default(node.slot) else None)
        self.evaluation.show(node)

    def _has_default(self, slot: Slot) -> bool:
        return bool(slot.default) or any(action.target == slot.path for action in self.definition.actions)

    def _preload(self) -> None:
        for node in list(self.root.tree()):
            if node.slot.preload is not None and not node.slot.is_container:
                text = preload_text(*node.slot.preload, self.environment)
                if text:
                    self.store(node, cast(node.slot.type, text, self.environment.zone))
