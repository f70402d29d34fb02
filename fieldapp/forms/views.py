"""Frozen views of a form being filled: what a screen or a document shows, in one language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from fieldapp.forms.labels.markup import Rich
from fieldapp.forms.nodes import Node
from fieldapp.forms.slots import FormDefinition, GenericPath, Slot
from fieldapp.forms.tree import FormNode, descend
from fieldapp.forms.world import FormWorld, words_of

__all__ = ["ChoiceItem", "FormItem", "Problem", "computed_keys", "item_of", "items_of", "problem_of"]


@dataclass(frozen=True, slots=True)
class ChoiceItem:
    """A choice on offer. `rich` is the markup of the label, empty when it has none; `media` its files by kind."""

    value: str
    label: str
    rich: Rich = ()
    media: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an answer does not stand: it is missing, or it breaks the constraint. `message` is the form's, or empty.

    `rich` is the markup of the message, empty when it has none.
    """

    key: str
    kind: Literal["required", "constraint"]
    message: str
    rich: Rich = ()


@dataclass(frozen=True, slots=True)
class FormItem:
    """One thing that the form shows.

    `kind`: `group`, `repeat` (the heading of a repeat; key without an id at its end), `instance` (one instance of it),
    or the kind of a question (see `slots.Slot`). `parent` is the key of the item that holds it, `depth` how deep.
    `value` is the answer as a person gave it, shown even while the question is not relevant. `relevant` counts the groups
    around it, too. `may_add` (repeat) and `may_remove` (instance) say what the form allows. `bounds` of a range are
    start, end, step. `abnormal` are the choices that are a finding, `attributes` all `fa:*` attributes (item, days_min …).
    `minimum`, `maximum` are the limits of `fa:*`: outside them an answer is a finding, not an error.
    `label`, `hint`, `guidance` are plain, for paper too; `rich` has the markup (see `labels.markup`) of those that have any,
    by these names. `media` are the files of the label by kind: image, big-image, audio, video. `parameters` are those of the
    control (`max-pixels`, `quality`, `rows`, `saveto` …).
    """

    key: str
    path: str
    name: str
    kind: str
    label: str
    hint: str
    guidance: str
    value: str
    relevant: bool
    required: bool
    readonly: bool
    problem: Problem | None
    choices: tuple[ChoiceItem, ...]
    appearance: str
    media_type: str
    unit: str
    minimum: float | None
    maximum: float | None
    bounds: tuple[float, float, float] | None
    parent: str
    depth: int
    abnormal: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    may_add: bool = False
    may_remove: bool = False
    rich: Mapping[str, Rich] = field(default_factory=dict)
    media: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def looks(self) -> frozenset[str]:
        """The words of the appearance: minimal, likert, columns-pack, draw, field-list … (`w4` and `search(…)` too)."""
        return frozenset(self.appearance.split())

    @property
    def is_question(self) -> bool:
        """Whether this is a question or note, and no heading."""
        return self.kind not in ("group", "repeat", "instance")


def problem_of(world: FormWorld, node: FormNode, language: str | None = None) -> Problem | None:
    """The problem of one node; relevance is not asked here."""
    slot = node.slot
    if slot.is_container:
        return None
    if node.required and not node.text:
        message, rich = world.words(slot.required_message, node, language=language) if slot.required_message else ("", ())
        return Problem(node.key, "required", message, rich)
    if not node.valid and node.text:
        message, rich = world.words(slot.constraint_message, node, language=language) if slot.constraint_message else ("", ())
        return Problem(node.key, "constraint", message, rich)
    return None


def item_of(world: FormWorld, node: FormNode, language: str | None = None) -> FormItem:
    """The view of one node."""
    slot, control = node.slot, node.slot.control
    relevant = node.relevant
    texts = _texts(world, node, language)
    return FormItem(
        key=node.key,
        path="/" + "/".join(slot.path),
        name=slot.name,
        kind="instance" if slot.kind == "repeat" else slot.kind,
        label=texts["label"][0],
        hint=texts["hint"][0],
        guidance=texts["guidance"][0],
        value=node.answer,
        relevant=relevant,
        required=node.required,
        readonly=node.locked,
        problem=problem_of(world, node, language) if relevant else None,
        choices=_choices(world, node, language) if control and (control.choices or control.itemset) else (),
        appearance=control.appearance if control else "",
        media_type=control.media_type if control else "",
        unit=slot.unit,
        minimum=slot.minimum,
        maximum=slot.maximum,
        bounds=control.range if control else None,
        parent=_holder(node),
        depth=_depth(node),
        abnormal=tuple(slot.own_attributes.get("abnormal", "").split()),
        attributes=slot.own_attributes,
        may_remove=slot.kind == "repeat" and not slot.fixed,
        rich={name: rich for name, (_, rich) in texts.items() if rich},
        media=world.media(control.label, language) if control else {},
        parameters=control.parameters if control else {},
    )


_NO_TEXTS: Mapping[str, tuple[str, Rich]] = {"label": ("", ()), "hint": ("", ()), "guidance": ("", ())}


def _texts(world: FormWorld, node: FormNode, language: str | None) -> Mapping[str, tuple[str, Rich]]:
    control = node.slot.control
    if control is None:
        named = world.definition.texts.get(_label_of(node.slot))
        return {**_NO_TEXTS, "label": world.words(named, node, "", language)} if named is not None else _NO_TEXTS
    return {
        "label": world.words(control.label, node, "", language),
        "hint": world.words(control.hint, node, "", language),
        "guidance": world.words(control.hint, node, "guidance", language),
    }


def _choices(world: FormWorld, node: FormNode, language: str | None) -> tuple[ChoiceItem, ...]:
    pairs = [(value, *words_of(label)) for value, label in world.choices(node, language)]
    media = world.choice_media(node, language)
    if not any(media):
        return tuple(ChoiceItem(*pair) for pair in pairs)
    return tuple(ChoiceItem(*pair, files) for pair, files in zip(pairs, media, strict=True))


def _holder(node: FormNode) -> str:
    """The key of the nearest shown thing around a node; a group that the body does not show is passed over."""
    if node.repeat_id:
        return node.key.rpartition("{")[0]
    up = node.parent
    while isinstance(up, FormNode) and up.slot.control is None and isinstance(up.parent, FormNode):
        up = up.parent
    return up.key if isinstance(up, FormNode) else ""


def _depth(node: FormNode) -> int:
    """How many shown things are around a node: groups, headings of repeats and their instances."""
    depth = 1 if node.repeat_id else 0
    up = node.parent
    while isinstance(up, FormNode) and isinstance(up.parent, FormNode):
        depth += 2 if up.repeat_id else 1 if up.slot.control is not None else 0
        up = up.parent
    return depth


def _label_of(slot: Slot) -> str:
    """The name of the text that stands for a node that no control shows."""
    return f"/{'/'.join(slot.path)}:label"


def computed_keys(definition: FormDefinition, document: Node) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """The place of every node in the order of the instance, and the keys of computed values with words and no control, in that order."""
    nodes = [node for top in document.children if isinstance(top, FormNode) for node in top.tree()]
    found = [node.key for node in nodes if node.slot.kind == "calculate" and _label_of(node.slot) in definition.texts]
    return {node.key: at for at, node in enumerate(nodes)}, tuple(found)


def items_of(definition: FormDefinition, world: FormWorld, root: FormNode, language: str | None = None) -> Iterator[FormItem]:
    """All items that the body of a form shows, in its order."""
    yield from _below(definition, world, root, language)


def _below(definition: FormDefinition, world: FormWorld, node: FormNode, language: str | None) -> Iterator[FormItem]:
    for path in definition.body.get(node.slot.path, ()):
        slot = definition.slots.get(path)
        if slot is None:
            continue
        if slot.kind == "repeat":
            yield from _repeat(definition, world, node, path, language)
            continue
        for found in _descend(node, path):
            yield item_of(world, found, language)
            if slot.is_container:
                yield from _below(definition, world, found, language)


def _repeat(definition: FormDefinition, world: FormWorld, parent: FormNode, path: GenericPath, language: str | None) -> Iterator[FormItem]:
    slot = definition.slots[path]
    instances = _descend(parent, path)
    holders = _descend(parent, path[:-1])
    if not holders:
        return
    ghost = FormNode(slot, holders[0], f"{holders[0].key}/{slot.name}")
    view = item_of(world, ghost, language)
    shown = slot.relevant is None or not instances or any(not one.hidden for one in instances)
    yield replace(
        view,
        kind="repeat",
        relevant=holders[0].relevant and shown,
        parent=holders[0].key,
        may_add=not slot.fixed,
        may_remove=False,
    )
    for instance in instances:
        yield item_of(world, instance, language)
        yield from _below(definition, world, instance, language)


def _descend(top: FormNode, path: GenericPath) -> list[FormNode]:
    if path[: len(top.slot.path)] != top.slot.path:
        start: Node | None = top
        while isinstance(start, FormNode) and path[: len(start.slot.path)] != start.slot.path:
            start = start.parent
        if not isinstance(start, FormNode):
            return []
        top = start
    return descend(top, path[len(top.slot.path) :])
