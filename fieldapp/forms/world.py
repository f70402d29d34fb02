"""What expressions see besides their own node: the primary and secondary instances, the moment, texts and choices."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fieldapp.base.errors import FormError
from fieldapp.forms.environment import Environment
from fieldapp.forms.labels.markup import Element, Rich, Words, fill, is_plain, place_of, plain, read
from fieldapp.forms.nodes import DOCUMENT, ELEMENT, Node, read_xml
from fieldapp.forms.slots import Caption, Expression, FormDefinition, Part
from fieldapp.forms.tree import FormNode
from fieldapp.forms.xpath.values import Context, Value, text_of

__all__ = ["FormWorld", "rows_to_document", "words_of"]

# Blanks of XML; a no-break space is meant.
_BLANKS = " \t\r\n"
_MEDIA = frozenset(["image", "big-image", "audio", "video"])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FormWorld:
    """The world of one open form; keeps the World protocol of `xpath.values`."""

    def __init__(self, definition: FormDefinition, environment: Environment, document: Node) -> None:
        self.definition = definition
        self.environment = environment
        self.zone = environment.zone
        self.now = (environment.now - _EPOCH) / timedelta(milliseconds=1)
        self.namespaces = definition.namespaces
        # Calculated values must not depend on who looks: they are made in the form's own language.
        self._spoken = definition.language("")
        self._document = document
        self._instances: dict[str, Node | None] = {}

    def primary(self) -> Node:
        """The document node of the primary instance."""
        return self._document

    def instance(self, name: str) -> Node | None:
        """The document node of an instance; one that cannot be had is empty."""
        if name not in self._instances:
            self._instances[name] = self._load(name)
        return self._instances[name]

    def _load(self, name: str) -> Node | None:
        given = self.environment.instances.get(name)
        if given is not None:
            return read_xml(given)
        if name in self.definition.instances:
            return self.definition.instances[name]
        if name == self.definition.primary_id:
            return self._document
        source = self.definition.sources.get(name, "")
        file_name = source.rpartition("/")[2]
        for candidate in (file_name, f"{name}.csv", f"{name}.xml", f"{name}.geojson"):
            content = self.environment.media.get(candidate)
            if content is not None:
                return _media_document(candidate, content)
        return rows_to_document([])

    def random_bytes(self, count: int) -> bytes:
        """Random bytes of the environment."""
        return self.environment.randomness.bytes(count)

    def evaluate(self, expression: Expression, node: Node, current: Node | None = None) -> Value:
        """The value of an expression at a node; a fault of evaluation (a form's mistake) counts as empty."""
        try:
            return expression.run(Context(node, self, current))
        except FormError:
            return ""

    def text(self, expression: Expression, node: Node, current: Node | None = None) -> str:
        """The value of an expression as text."""
        return text_of(self.evaluate(expression, node, current), self.zone)

    def translation(self, name: str, node: Node) -> str:
        """An itext entry in the language that is spoken at the moment, its values taken at a node."""
        caption = self.definition.texts.get(name)
        return "".join(self._part(p, node) for p in caption.parts(self._spoken)).strip(_BLANKS) if caption else ""

    def caption(self, caption: Caption, node: Node, form: str = "", language: str | None = None) -> str:
        """A caption in a language (by default that of the environment), its values filled in."""
        before = self._spoken
        self._spoken = self.definition.language(self.environment.language if language is None else language)
        try:
            return "".join(self._part(part, node) for part in caption.parts(self._spoken, form)).strip(_BLANKS)
        finally:
            self._spoken = before

    def words(self, caption: Caption, node: Node, form: str = "", language: str | None = None) -> tuple[str, Rich]:
        """A caption without its markup, and the tree of its markup; that is empty when there is none."""
        if not caption.forms:
            return "", ()
        parts = caption.parts(self.definition.language(self.environment.language if language is None else language), form)
        if len(parts) == 1 and isinstance(parts[0], str):
            return words_of(parts[0])
        outputs: list[str] = []
        source = []
        before = self._spoken
        self._spoken = self.definition.language(self.environment.language if language is None else language)
        try:
            for part in parts:
                source.append(part if isinstance(part, str) else place_of(len(outputs)))
                if not isinstance(part, str):
                    outputs.append(self.text(part, node))
        finally:
            self._spoken = before
        return words_of("".join(source), outputs)

    def _part(self, part: Part, node: Node) -> str:
        return part if isinstance(part, str) else self.text(part, node)

    def choices(self, node: FormNode, language: str | None = None) -> list[tuple[str, str]]:
        """The choices of a question as (value, label), in the form's order; empty for questions without choices."""
        control = node.slot.control
        if control is None:
            return []
        found = [(choice.value, self.caption(choice.label, node, language=language) or choice.value) for choice in control.choices]
        itemset = control.itemset
        if itemset is None:
            return found
        if itemset.columns is not None:
            names = [name.strip() for name in self.caption(itemset.columns, node, language=language).split(",")]
            for item in self.items(node):
                cells = [cell.value() for name in names if (cell := item.first(name)) is not None]
                value = self.text(itemset.value, item, node)
                found.append((value, ", ".join(cells) or value))
            return found
        for item in self.items(node):
            value = self.text(itemset.value, item, node)
            label = self.text(itemset.label, item, node)
            if itemset.label_itext:
                caption = self.definition.texts.get(label)
                label = self.caption(caption, node, language=language) if caption is not None else ""
            found.append((value, label or value))
        return found

    def choice_media(self, node: FormNode, language: str | None = None) -> list[Mapping[str, str]]:
        """The media of a question's choices, in the order of `choices`."""
        control = node.slot.control
        if control is None:
            return []
        if control.itemset is None:
            return [self.media(choice.label, language) for choice in control.choices]
        if not control.itemset.label_itext:
            return []
        texts = self.definition.texts
        labels = [self.text(control.itemset.label, item, node) for item in self.items(node)]
        return [self.media(texts.get(label), language) for label in labels]

    def media(self, caption: Caption | None, language: str | None = None) -> Mapping[str, str]:
        """The files of a caption by their kind (image, big-image, audio, video), each by its name alone."""
        if caption is None or (len(caption.forms) < 2 and "" in caption.forms):
            return {}
        spoken = self.definition.language(self.environment.language if language is None else language)
        found = {}
        for form in caption.forms:
            parts = caption.parts(spoken, form) if form in _MEDIA else ()
            if parts and isinstance(parts[0], str):
                found[form] = parts[0].strip(_BLANKS).rpartition("/")[2]
        return found

    def speak(self, language: str) -> None:
        """Let calculated values be made in a language from now on; those made already stay until they are made again."""
        self._spoken = self.definition.language(language)

    def items(self, node: FormNode) -> list[Node]:
        """The nodes of a question's itemset."""
        control = node.slot.control
        if control is None or control.itemset is None:
            return []
        items = self.evaluate(control.itemset.nodes, node)
        return items if isinstance(items, list) else []

    def choice_values(self, node: FormNode) -> tuple[str, ...]:
        """The values of a question's choices, in the form's order."""
        control = node.slot.control
        if control is None or control.itemset is not None:
            return self.item_values(node)
        return tuple(choice.value for choice in control.choices)

    def item_values(self, node: FormNode) -> tuple[str, ...]:
        """The values of a question's itemset."""
        control = node.slot.control
        if control is None or control.itemset is None:
            return ()
        value = control.itemset.value
        found = tuple(self.text(value, item, node) for item in self.items(node))
        return (*(choice.value for choice in control.choices), *found) if control.choices else found

    def choice_name(self, value: str, path: str, node: Node) -> str:
        """The label of the choice of the question at a path (as written, or relative) that has this value."""
        names = tuple(part for part in path.split("/") if part and part not in ("..", "."))
        slot = next((s for p, s in self.definition.slots.items() if p == names or p[-len(names) :] == names), None)
        if slot is None:
            return ""
        question = self._nearest(slot.path, node)
        if question is None:
            return ""
        labels = dict(self.choices(question, self._spoken))
        return ", ".join(labels.get(word, word) for word in value.split()) if value not in labels else labels[value]

    def _nearest(self, path: tuple[str, ...], node: Node) -> FormNode | None:
        shared: FormNode | None = None
        if isinstance(node, FormNode):
            own = node.slot.path
            depth = 0
            while depth < min(len(own), len(path)) and own[depth] == path[depth]:
                depth += 1
            shared = node.ancestor(depth) if depth else None
        start: Node = shared if shared is not None else self._document
        rest = path[len(shared.slot.path) :] if shared is not None else path
        for name in rest:
            below = next((child for child in start.children if child.name == name), None)
            if below is None:
                return None
            start = below
        return start if isinstance(start, FormNode) else None


def words_of(text: str, outputs: Sequence[str] = ()) -> tuple[str, Rich]:
    """A text without its markup, and the tree of its markup, empty when there is none; values of outputs filled in."""
    text = text.strip(_BLANKS)
    if not outputs and is_plain(text):
        return text, ()
    tree = read(text)
    filled = fill(tree, outputs)
    bare = plain(tree, outputs)
    return bare, filled if any(isinstance(p, Element) and (p.name != "span" or p.style or not _bare(p)) for p in filled) else ()


def _bare(piece: Element) -> bool:
    return all(isinstance(child, Words) for child in piece.children)


def rows_to_document(rows: list[Mapping[str, str]]) -> Node:
    """Rows of a table as `root/item/column`."""
    document = Node(DOCUMENT)
    root = document.append(Node(ELEMENT, "root"))
    for row in rows:
        item = root.append(Node(ELEMENT, "item"))
        for name, text in row.items():
            if name:
                item.append(Node(ELEMENT, str(name).strip(), text=text or ""))
    return document


def _media_document(name: str, content: bytes) -> Node:
    if name.endswith(".csv"):
        text = content.decode("utf-8-sig", "replace")
        return rows_to_document([dict(row) for row in csv.DictReader(io.StringIO(text), restval="") if row])
    if name.endswith((".geojson", ".json")):
        return rows_to_document(_geojson_rows(content))
    try:
        return read_xml(content)
    except FormError:
        return rows_to_document([])


def _geojson_rows(content: bytes) -> list[Mapping[str, str]]:
    try:
        features: list[dict[str, Any]] = json.loads(content)["features"]
    except (ValueError, KeyError, TypeError):
        return []
    rows: list[Mapping[str, str]] = []
    for feature in features:
        row = {str(key): "" if value is None else str(value) for key, value in (feature.get("properties") or {}).items()}
        geometry = feature.get("geometry") or {}
        points = geometry.get("coordinates") or []
        if geometry.get("type") == "Point":
            points = [points]
        elif geometry.get("type") == "Polygon":
            points = points[0] if points else []
        row["geometry"] = "; ".join(f"{point[1]} {point[0]} 0 0" for point in points)
        if "id" in feature:
            row.setdefault("id", str(feature["id"]))
        rows.append(row)
    return rows
