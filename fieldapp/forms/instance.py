"""A form being filled: open it with the answers so far, answer, add and remove repeats, check, write it out.

Answers are rows of key and text. A key is the path of the node with a stable id for each repeat instance
(`/data/disks{1}/T1_15_slot`). The row of a repeat instance itself says `+` (a person added it) or `-` (a person removed
one that the form had made). Keys with `#` belong to the application and are passed over. Rows of questions that are
not relevant, or of repeat instances beyond the present count, are kept and come back when they are wanted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fieldapp.forms.casting import cast, fits
from fieldapp.forms.environment import Environment, preload_text
from fieldapp.forms.evaluation import Evaluation
from fieldapp.forms.nodes import Node
from fieldapp.forms.refusals import AnswerNotTakenError, AnswerTypeError
from fieldapp.forms.slots import Action, FormDefinition, GenericPath, Slot
from fieldapp.forms.tree import FormNode, grow, instance_order, instance_text, key_parts, make_repeat
from fieldapp.forms.views import FormItem, Problem, item_of, items_of, problem_of
from fieldapp.forms.world import FormWorld
from fieldapp.forms.xpath.values import text_of

__all__ = ["FormDelta", "FormInstance", "FormItem", "Problem"]

_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class FormDelta:
    """What one step changed: keys whose value, relevance, validity, flags, choices or label differ, and rows to save.

    A row with None is to be deleted. A key that is no longer in the form belongs to a removed repeat instance.
    """

    changed: frozenset[str] = frozenset()
    rows: tuple[tuple[str, str | None], ...] = ()


@dataclass(slots=True)
class _Ledger:
    """The rows that count, and those written since the last delta."""

    rows: dict[str, str]
    fresh: dict[str, str | None] = field(default_factory=dict)

    def write(self, key: str, text: str | None) -> None:
        if text is None:
            if self.rows.pop(key, None) is not None:
                self.fresh[key] = None
        elif self.rows.get(key) != text:
            self.rows[key] = text
            self.fresh[key] = text

    def take(self) -> tuple[tuple[str, str | None], ...]:
        found = tuple(self.fresh.items())
        self.fresh.clear()
        return found


class FormInstance:
    """One open form. Made by `FormInstance.open`; not safe for use from several threads at once."""

    def __init__(self, definition: FormDefinition, environment: Environment) -> None:
        """An empty form, nothing computed yet; use `open`."""
        self.definition = definition
        self.environment = environment
        document, root = grow(definition)
        self._root = root
        self._world = FormWorld(definition, environment, document)
        self._evaluation = Evaluation(definition, self._world, root)
        self._ledger = _Ledger({})
        self._sources: dict[GenericPath, list[Action]] = {}
        for action in definition.actions:
            if action.source is not None and "xforms-value-changed" in action.events:
                self._sources.setdefault(action.source, []).append(action)
        self.opening = FormDelta()

    @classmethod
    def open(cls, definition: FormDefinition, answers: Mapping[str, str], environment: Environment | None = None) -> FormInstance:
        """Open a form with its saved rows; without any rows it is opened for the first time.

        `opening` then holds the rows to save at once: dynamic defaults, the instance's id, the time of start.
        """
        self = cls(definition, environment or Environment())
        self._ledger.rows.update((key, text) for key, text in answers.items() if "#" not in key)
        first = not self._ledger.rows
        self._restore_repeats()
        self._restore(self._root)
        self._evaluation.push_tree(self._root)
        self._settle(quiet=True)
        if first:
            self._preload()
            self._act("odk-instance-first-load", self._root)
        self._act("odk-instance-load", self._root)
        self._settle(quiet=True)
        self.opening = self._delta()
        return self

    # -- restoring -----------------------------------------------------------------------------------------------

    def _restore_repeats(self) -> None:
        for key in sorted(self._ledger.rows):
            parent: FormNode = self._root
            for name, repeat_id in key_parts(key)[1:]:
                slot = self.definition.slots.get((*parent.slot.path, name))
                if slot is None:
                    break
                step = f"{parent.key}/{name}" + (f"{{{repeat_id}}}" if repeat_id else "")
                node = self._evaluation.nodes.get(step)
                if node is None and slot.kind == "repeat" and repeat_id and slot.count is None:
                    node = make_repeat(parent, slot, repeat_id)
                    self._evaluation.attach(node)
                if node is None:
                    break
                parent = node
        self._evaluation.grown.clear()
        for key, text in self._ledger.rows.items():
            node = self._evaluation.nodes.get(key)
            if text == "-" and node is not None and node.slot.kind == "repeat":
                self._evaluation.detach(node)

    def _restore(self, top: FormNode) -> None:
        for node in top.tree():
            text = self._ledger.rows.get(node.key)
            takes = not node.slot.is_container and (node.slot.calculate is None or node.slot.persisted)
            if text is not None and takes and text != node.answer:
                node.answer = node.text = text
                self._evaluation.value_changed(node)

    def _settle(self, quiet: bool = False) -> None:
        """Recompute, restore answers of repeats that came, fire the actions of what changed; until all is still."""
        evaluation = self._evaluation
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
                    self._ledger.write(node.key, node.text)
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
                for target in self._below(top, action.target[depth:]):
                    if event != "odk-new-repeat" or target.key not in self._ledger.rows:
                        self._set(action, target)

    def _fire(self, action: Action, source: FormNode) -> None:
        depth = 0
        shared = min(len(action.target), len(source.slot.path))
        while depth < shared and action.target[depth] == source.slot.path[depth]:
            depth += 1
        top = source.ancestor(depth)
        for target in self._below(top or self._root, action.target[depth:]):
            if target.relevant:
                self._set(action, target)

    def _below(self, top: FormNode, names: GenericPath) -> list[FormNode]:
        nodes = [top]
        for name in names:
            nodes = [child for node in nodes for child in node.form_nodes() if child.name == name]
        return nodes

    def _set(self, action: Action, target: FormNode) -> None:
        if target.slot.is_container or target.slot.calculate is not None:
            return
        zone = self.environment.zone
        value = self._world.evaluate(action.value, target) if action.value is not None else action.text
        text = text_of(value, zone)
        self._store(target, cast(target.slot.type, "" if text in ("NaN", "Invalid Date") else text, zone))

    def _store(self, node: FormNode, text: str) -> None:
        node.answer = text
        self._ledger.write(node.key, text if text or self._has_default(node.slot) else None)
        self._evaluation.show(node)

    def _has_default(self, slot: Slot) -> bool:
        return bool(slot.default) or any(action.target == slot.path for action in self.definition.actions)

    def _preload(self) -> None:
        for node in list(self._root.tree()):
            if node.slot.preload is not None and not node.slot.is_container:
                text = preload_text(*node.slot.preload, self.environment)
                if text:
                    self._store(node, cast(node.slot.type, text, self.environment.zone))

    # -- what a person does --------------------------------------------------------------------------------------

    def answer(self, key: str, text: str | None) -> FormDelta:
        """Enter or clear an answer. Values: whole and decimal numbers as digits, dates ISO 8601, choices by value
        (several separated by blanks), files by name, an acknowledgement `OK`.

        Raises AnswerNotTakenError for an unknown, calculated or read-only question, AnswerTypeError for a text that is
        no value of the question's type; nothing is changed then.
        """
        node = self._node(key)
        text = text or ""
        if node.slot.type != "string":
            text = text.strip()
        if text and not fits(node.slot.type, text, self.environment.zone):
            raise AnswerTypeError(key=key, entry=text, kind=node.slot.type)
        self._store(node, self._ordered(node, text) if node.slot.kind == "select_multiple" else text)
        self._settle()
        return self._delta(key)

    def _ordered(self, node: FormNode, text: str) -> str:
        """Several choices in the order of the form, so that the order of ticking makes no difference."""
        words = list(dict.fromkeys(text.split()))
        if len(words) < 2:
            return text
        order = {value: at for at, (value, _) in enumerate(self._world.choices(node))}
        return " ".join(sorted(words, key=lambda word: order.get(word, len(order))))

    def _node(self, key: str) -> FormNode:
        node = self._evaluation.nodes.get(key)
        if node is None or node.slot.is_container or node.locked:
            raise AnswerNotTakenError(key=key)
        return node

    def add_repeat(self, key: str, repeat_id: str) -> FormDelta:
        """Add an instance to a repeat, named without an id at its end (`/data/disks{1}/spare`); the id is handed in.

        Raises AnswerNotTakenError where the form fixes the number of instances.
        """
        parent_key, _, name = key.rpartition("/")
        parent = self._evaluation.nodes.get(parent_key)
        slot = self.definition.slots.get((*parent.slot.path, name)) if parent is not None else None
        if parent is None or slot is None or slot.kind != "repeat" or slot.fixed or not repeat_id or "{" in repeat_id:
            raise AnswerNotTakenError(key=key)
        node = make_repeat(parent, slot, repeat_id)
        if node.key in self._evaluation.nodes:
            raise AnswerNotTakenError(key=key)
        self._evaluation.attach(node)
        self._evaluation.structure_changed(parent, slot.path)
        self._ledger.write(node.key, "+")
        self._settle()
        return self._delta(node.key)

    def remove_repeat(self, key: str) -> FormDelta:
        """Remove an instance of a repeat with its answers; raises AnswerNotTakenError where the form fixes the number."""
        node = self._evaluation.nodes.get(key)
        if node is None or node.slot.kind != "repeat" or node.slot.fixed:
            raise AnswerNotTakenError(key=key)
        parent = node.parent
        assert isinstance(parent, FormNode)
        self._evaluation.detach(node)
        self._evaluation.structure_changed(parent, node.slot.path)
        for row in [row for row in self._ledger.rows if row == key or row.startswith(key + "/")]:
            self._ledger.write(row, None)
        if instance_order(node.repeat_id)[0] == 0:
            self._ledger.write(key, "-")
        self._settle()
        return self._delta(key)

    def finish(self, moment: datetime) -> FormDelta:
        """Note the time of the end where the form asks for it (`end`); call before writing the form out."""
        for node in list(self._root.tree()):
            if node.slot.preload == ("timestamp", "end"):
                self._store(node, cast(node.slot.type, moment.isoformat(), self.environment.zone))
        self._settle()
        return self._delta()

    def _delta(self, *more: str) -> FormDelta:
        changed = frozenset(self._evaluation.changed | set(more))
        self._evaluation.changed.clear()
        return FormDelta(changed, self._ledger.take())

    # -- what a person sees --------------------------------------------------------------------------------------

    def questions(self, language: str | None = None) -> Iterator[FormItem]:
        """All that the form shows, in its order: groups and repeats before what they hold; not relevant ones, too."""
        return items_of(self.definition, self._world, self._root, language)

    def item(self, key: str, language: str | None = None) -> FormItem:
        """One question, group or repeat instance by its key; raises AnswerNotTakenError when there is none."""
        node = self._evaluation.nodes.get(key)
        if node is None:
            raise AnswerNotTakenError(key=key)
        return item_of(self._world, node, language)

    def validate(self, language: str | None = None) -> tuple[Problem, ...]:
        """All open problems of relevant questions: missing answers and broken constraints, in the form's order."""
        found = (problem_of(self._world, node, language) for node in self._root.tree() if node.relevant)
        return tuple(problem for problem in found if problem is not None)

    def value(self, key: str) -> str:
        """What expressions see of a question: empty when it is not relevant or not there."""
        node = self._evaluation.nodes.get(key)
        return node.value() if node is not None and node.relevant else ""

    @property
    def rows(self) -> Mapping[str, str]:
        """All rows as they stand, answers of questions that are not relevant included."""
        return dict(self._ledger.rows)

    @property
    def instance_name(self) -> str:
        """The name that the form gives this instance, or its title."""
        expression = self.definition.instance_name
        name = self._world.text(expression, self._root) if expression is not None else ""
        return name or self.definition.title

    # -- writing out ---------------------------------------------------------------------------------------------

    def instance_xml(self) -> str:
        """The canonical XML of what is relevant: no blanks between elements, fixed order, no declaration."""
        return instance_text(self._root, self.definition.namespaces)

    def instance_digest(self) -> str:
        """SHA-256 of the canonical XML in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(self.instance_xml().encode()).hexdigest()

    def document(self) -> Node:
        """The document node, for tests and tools that evaluate expressions over the instance."""
        return self._world.primary()
