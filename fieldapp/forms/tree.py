"""The nodes of a form being filled: made from the slots of its definition, each with its stable key; and written out.

The canonical XML holds relevant nodes only, in the form's order, in composed characters (NFC).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import cast

from fieldapp.forms.nodes import DOCUMENT, ELEMENT, Node
from fieldapp.forms.slots import FormDefinition, GenericPath, Slot

__all__ = ["FormNode", "descend", "grow", "instance_order", "instance_text", "key_parts", "make_repeat", "place"]


class FormNode(Node):
    """A node of the primary instance.

    `key` is its path with a stable id for each repeat; `answer` what a person (or an action) entered, `text` what
    expressions see of it; `options` are the values of its choices where these depend on answers.
    """

    __slots__ = ("alive", "answer", "key", "options", "readonly", "repeat_id", "required", "slot", "valid")

    def __init__(self, slot: Slot, parent: Node | None, key: str, repeat_id: str = "") -> None:
        super().__init__(ELEMENT, slot.name, parent=parent)
        self.slot = slot
        self.key = key
        self.repeat_id = repeat_id
        self.answer = ""
        self.required = False
        self.readonly = False
        self.valid = True
        self.alive = True
        self.options: tuple[str, ...] | None = None
        self.given = slot.attributes
        self.places = slot.places

    def form_nodes(self) -> list[FormNode]:
        """The child nodes: below a node of a form there are only such nodes."""
        return cast("list[FormNode]", self.children)

    def tree(self) -> list[FormNode]:
        """This node and all below, in document order, as they are now."""
        found: list[FormNode] = []
        stack = [self]
        while stack:
            node = stack.pop()
            found.append(node)
            if node.children:
                stack.extend(reversed(node.form_nodes()))
        return found

    def ancestor(self, depth: int) -> FormNode | None:
        """The node on the way up whose path has `depth` names; None for the document."""
        node: Node | None = self
        for _ in range(len(self.slot.path) - depth):
            node = node.parent if node is not None else None
        return node if isinstance(node, FormNode) else None

    @property
    def relevant(self) -> bool:
        """Whether this node and all above it are relevant."""
        node: Node | None = self
        while node is not None:
            if node.hidden:
                return False
            node = node.parent
        return True

    @property
    def locked(self) -> bool:
        """Whether this node or one above it is read-only, or its value is calculated."""
        node: Node | None = self
        while isinstance(node, FormNode):
            if node.readonly:
                return True
            node = node.parent
        return self.slot.calculate is not None


def grow(definition: FormDefinition) -> tuple[Node, FormNode]:
    """The document and the root node of an empty instance, repeats as the form lists them."""
    document = Node(DOCUMENT)
    root = FormNode(definition.root, document, f"/{definition.root.name}")
    document.children.append(root)
    fill(root, None)
    return document, root


def fill(node: FormNode, sample: Node | None) -> None:
    """Give a node its children and default values; `sample` is the form's own instance of a repeat, if it lists one."""
    for slot in node.slot.children:
        family = [child for child in sample.elements() if child.name == slot.name] if sample is not None else []
        if slot.kind == "repeat":
            listed: list[Node | None] = list(family if sample is not None else slot.samples)
            if slot.fixed and not listed:
                listed = [None]
            if slot.count is None:
                for ordinal, one in enumerate(listed, 1):
                    node.children.append(make_repeat(node, slot, str(ordinal), one))
            continue
        child = FormNode(slot, node, f"{node.key}/{slot.name}")
        node.children.append(child)
        own = family[0] if family else None
        if slot.children:
            fill(child, own)
        else:
            child.answer = child.text = slot.default if own is None else own.value()


def make_repeat(parent: FormNode, slot: Slot, repeat_id: str, sample: Node | None = None) -> FormNode:
    """One new instance of a repeat, filled but not yet placed among the children of its parent."""
    node = FormNode(slot, parent, f"{parent.key}/{slot.name}{{{repeat_id}}}", repeat_id)
    fill(node, sample)
    return node


def instance_order(repeat_id: str) -> tuple[int, int, str]:
    """The order of a repeat's instances: those of the form by ordinal, then those of people by id (older first)."""
    return (0, int(repeat_id), "") if repeat_id.isdecimal() and len(repeat_id) < 10 else (1, 0, repeat_id)


def place(node: FormNode) -> None:
    """Put a repeat instance among its siblings in their order, all instances of one repeat together."""
    parent = node.parent
    assert isinstance(parent, FormNode)
    rank = {slot.name: at for at, slot in enumerate(parent.slot.children)}

    def order(other: FormNode) -> tuple[int, tuple[int, int, str]]:
        return rank[other.name], instance_order(other.repeat_id) if other.repeat_id else (0, 0, "")

    mine = order(node)
    at = sum(1 for other in parent.form_nodes() if order(other) <= mine)
    parent.children.insert(at, node)


def descend(top: FormNode, names: GenericPath) -> list[FormNode]:
    """The nodes that names lead to below a node, in document order, those of all repeat instances on the way."""
    nodes = [top]
    for name in names:
        nodes = [child for node in nodes for child in node.form_nodes() if child.name == name]
    return nodes


def key_parts(key: str) -> list[tuple[str, str]]:
    """The names of a key with their repeat ids: `/data/d{1}/x` gives (data, ""), (d, "1"), (x, "")."""
    found = []
    for part in key.strip("/").split("/"):
        name, brace, rest = part.partition("{")
        found.append((name, rest.rstrip("}") if brace else ""))
    return found


def _escaped(text: str, quoted: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;") if quoted else text


def instance_text(root: FormNode, namespaces: Mapping[str, str], rows: Mapping[str, str]) -> str:
    """The XML text of an instance; equal states give equal texts. Prefixes in use are declared at the root.

    `rows` are asked for the id of the instance before, which no node of the form holds.
    """
    own = root.slot.attributes
    used = {name.rpartition(":")[0] for slot in root.slot.walk() for name in _names(slot)}
    declared = "".join(
        f' xmlns:{prefix}="{_escaped(namespaces[prefix], True)}"'
        for prefix in sorted(used - {"", "xml", "xmlns"})
        if prefix in namespaces and f"xmlns:{prefix}" not in own
    )
    parts: list[str] = []
    _write(root, parts, rows, declared)
    return unicodedata.normalize("NFC", "".join(parts))


def _names(slot: Slot) -> Iterator[str]:
    yield slot.name
    yield from slot.attributes


def _write(node: FormNode, parts: list[str], rows: Mapping[str, str], declared: str = "") -> None:
    if node.hidden:
        return
    attributes = declared
    if node.given or node.attributes:
        attributes += "".join(f' {one.name}="{_escaped(one.text, True)}"' for one in node.attributes)
    if node.slot.children:
        parts.append(f"<{node.name}{attributes}>")
        for child in node.form_nodes():
            _write(child, parts, rows)
        if node.local == "meta":
            before = [(name, rows.get(f"{node.key}/{name}")) for name in ("deprecatedID", "orx:deprecatedID")]
            parts.extend(f"<{name}>{_escaped(text)}</{name}>" for name, text in before if text)
        parts.append(f"</{node.name}>")
    elif node.text:
        parts.append(f"<{node.name}{attributes}>{_escaped(node.text)}</{node.name}>")
    else:
        parts.append(f"<{node.name}{attributes}/>")
