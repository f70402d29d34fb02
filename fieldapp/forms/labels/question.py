"""A question by the key of its answer: its label, its choices, and whether a typed answer fits it. Nothing is computed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fieldapp.forms.casting import fits
from fieldapp.forms.labels.markup import is_plain, plain, read
from fieldapp.forms.nodes import Node
from fieldapp.forms.slots import Caption, FormDefinition, Slot

__all__ = ["Question", "question_of"]

_ORDINAL = re.compile(r"\{[^}]*\}")
_INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")


@dataclass(frozen=True, slots=True)
class Question:
    """`label` and the labels of `choices` are (Chinese, English); `kind` and `type` as in `slots.Slot`, `annotation` what follows a
    `#`.
    """

    name: str
    kind: str
    type: str
    label: tuple[str, str]
    choices: tuple[tuple[str, tuple[str, str]], ...]
    annotation: str = ""

    def fits(self, text: str) -> bool:
        """Whether a text may stand as an answer of this kind; nothing always may."""
        if not text or self.annotation:
            return True
        if not fits(self.type, text, "UTC"):  # whichever zone: the moment itself does not matter
            return False
        chosen = [text] if self.kind == "select_one" else text.split() if self.kind in ("select_multiple", "rank") else []
        return not self.choices or {each for each, _ in self.choices} >= set(chosen)


def question_of(definition: FormDefinition, key: str) -> Question | None:
    """The question that an answer's key names; None for one that the form does not have."""
    place, _, annotation = key.partition("#")
    path = tuple(part for part in _ORDINAL.sub("", place).split("/") if part)
    slot = definition.slots.get(path)
    if slot is None:
        return None
    control = slot.control
    label = _both(definition, control.label) if control is not None else ("", "")
    return Question(slot.name, slot.kind, slot.type, label, _choices(definition, slot), annotation)


def _both(definition: FormDefinition, caption: Caption) -> tuple[str, str]:
    return _text(definition, caption, "zh"), _text(definition, caption, "en")


def _text(definition: FormDefinition, caption: Caption, language: str) -> str:
    parts = caption.parts(definition.language(language))
    text = "".join(part if isinstance(part, str) else "…" for part in parts).strip()
    return text if is_plain(text) else plain(read(text))


def _choices(definition: FormDefinition, slot: Slot) -> tuple[tuple[str, tuple[str, str]], ...]:
    control = slot.control
    if control is None:
        return ()
    if control.itemset is None:
        return tuple((each.value, _both(definition, each.label)) for each in control.choices)
    found = _INSTANCE.search(control.itemset.nodes.text)
    listed = definition.instances.get(found[1]) if found else None
    if listed is None:
        return ()
    value, label = control.itemset.value.text, control.itemset.label.text
    return tuple(_item(definition, node, value, label) for node in listed.walk() if node.name == "item" and node.first(value) is not None)


def _item(definition: FormDefinition, node: Node, value: str, label: str) -> tuple[str, tuple[str, str]]:
    held = node.first(value)
    given = held.value() if held is not None else ""
    itext, plain = node.first("itextId"), node.first(label)
    caption = definition.texts.get(itext.value()) if itext is not None else None
    if caption is not None:
        return given, _both(definition, caption)
    text = plain.value() if plain is not None else given
    return given, (text, text)
