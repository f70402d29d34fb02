"""A form being filled: open it with the answers so far, answer, add and remove repeats, check, write it out.

Answers are rows of key and text. A key is the path of the node with a stable id for each repeat instance
(`/data/disks{1}/T1_15_slot`). The row of a repeat instance itself says `+` (a person added it) or `-` (a person removed
one that the form had made). Keys with `#` belong to the application and are passed over. Rows of questions that are
not relevant, or of repeat instances beyond the present count, are kept and come back when they are wanted again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from fieldapp.forms.casting import cast, fits
from fieldapp.forms.environment import Environment, new_instance_id
from fieldapp.forms.filling import Filling
from fieldapp.forms.nodes import Node
from fieldapp.forms.refusals import AnswerNotTakenError, AnswerTypeError
from fieldapp.forms.slots import FormDefinition
from fieldapp.forms.tree import FormNode, instance_order, instance_text, make_repeat
from fieldapp.forms.views import FormItem, Problem, item_of, items_of, problem_of

__all__ = ["FormDelta", "FormInstance", "FormItem", "Problem"]


@dataclass(frozen=True, slots=True)
class FormDelta:
    """What one step changed: keys whose value, relevance, validity, flags, choices or label differ, and rows to save.

    A row with None is to be deleted. A key that is no longer in the form belongs to a removed repeat instance.
    """

    changed: frozenset[str] = frozenset()
    rows: tuple[tuple[str, str | None], ...] = ()


class FormInstance:
    """One open form. Made by `FormInstance.open`; not safe for use from several threads at once."""

    def __init__(self, definition: FormDefinition, environment: Environment) -> None:
        """An empty form, nothing computed yet; use `open`."""
        self.definition = definition
        self.environment = environment
        self.opening = FormDelta()
        self._filling = Filling(definition, environment)
        self._evaluation = self._filling.evaluation
        self._ledger = self._filling.ledger
        self._world = self._filling.world
        self._root = self._filling.root

    @classmethod
    def open(cls, definition: FormDefinition, answers: Mapping[str, str], environment: Environment | None = None) -> FormInstance:
        """Open a form with its saved rows; without any rows it is opened for the first time.

        `opening` then holds the rows to save at once: dynamic defaults, the instance's id, the time of start.
        """
        self = cls(definition, environment or Environment())
        self._filling.start(answers)
        self.opening = self._delta()
        return self

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
        self._filling.store(node, self._ordered(node, text) if node.slot.kind == "select_multiple" else text)
        self._filling.settle()
        return self._delta(key)

    def _ordered(self, node: FormNode, text: str) -> str:
        """Several choices in the order of the form, so that the order of ticking makes no difference."""
        words = list(dict.fromkeys(text.split()))
        if len(words) < 2:
            return text
        order = {value: at for at, value in enumerate(self._world.choice_values(node))}
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
        self._filling.settle()
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
        self._filling.settle()
        return self._delta(key)

    def speak(self, language: str) -> FormDelta:
        """Make calculated values that hold texts of the form (`jr:choice-name`, `jr:itext`) in another language.

        Without it they are made in the form's own language, so that what is signed does not depend on who looks.
        """
        self._world.speak(language)
        self._evaluation.push_speaking()
        self._filling.settle()
        return self._delta()

    def finish(self, moment: datetime) -> FormDelta:
        """Note the time of the end where the form asks for it (`end`); call before writing the form out."""
        for node in list(self._root.tree()):
            if node.slot.preload == ("timestamp", "end"):
                self._filling.store(node, cast(node.slot.type, moment.isoformat(), self.environment.zone))
        self._filling.settle()
        return self._delta()

    def _delta(self, *more: str) -> FormDelta:
        changed = frozenset(self._evaluation.changed | set(more))
        self._evaluation.changed.clear()
        return FormDelta(changed, self._ledger.take())

    def renew(self) -> FormDelta:
        """Make this a new instance that replaces the present one, as an edit after signing does.

        The instance's id becomes new, the old one is kept as `deprecatedID` beside it and written out with it.
        """
        for node in self._root.tree():
            if node.local == "instanceID" and node.text and isinstance(node.parent, FormNode):
                self._ledger.write(f"{node.parent.key}/{_deprecated(node)}", node.text)
                self._filling.store(node, new_instance_id(self.environment))
        self._filling.settle()
        return self._delta()

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
        return instance_text(self._root, self.definition.namespaces, self._ledger.rows)

    def instance_digest(self) -> str:
        """SHA-256 of the canonical XML in UTF-8, as 64 hexadecimal digits."""
        return hashlib.sha256(self.instance_xml().encode()).hexdigest()

    def document(self) -> Node:
        """The document node, for tests and tools that evaluate expressions over the instance."""
        return self._world.primary()


def _deprecated(node: FormNode) -> str:
    """The name of the node that holds the id of the instance before, with the prefix of `instanceID`."""
    return f"{node.prefix}:deprecatedID" if node.prefix else "deprecatedID"
