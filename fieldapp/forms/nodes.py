"""A light tree of nodes as XPath sees documents, read with expat; leaf elements hold their text without a text node.

A form of 300 questions makes some 400 nodes, so a node is slots only. `hidden` marks a node of a form that is not
relevant: paths do not see it.
"""

from __future__ import annotations

import xml.parsers.expat as expat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

from fieldapp.forms.refusals import FormDamagedError

__all__ = [
    "ATTRIBUTE",
    "COMMENT",
    "DOCUMENT",
    "ELEMENT",
    "INSTRUCTION",
    "NAMESPACE",
    "TEXT",
    "Node",
    "in_document_order",
    "namespaces_of",
    "read_xml",
]

DOCUMENT: Final = 0
ELEMENT: Final = 1
ATTRIBUTE: Final = 2
TEXT: Final = 3
COMMENT: Final = 4
INSTRUCTION: Final = 5
NAMESPACE: Final = 6

_DEEPEST = 100
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


# What is below the nodes that cannot hold any; shared, so it must not take any.
_NONE = cast("list[Node]", ())
_NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
_NO_PLACES: Mapping[str, int] = MappingProxyType({})


class Node:
    """One node. `name` is the name as written (`jr:count`), `uri` its namespace; `text` the value of a leaf.

    `places` says of some children where among `children` they always are, by name; each of these names is there once.
    Attributes are kept as they were read (`given`, with the prefixes in `scope`) and become nodes when one is asked for.
    """

    __slots__ = (
        "_attributes",
        "children",
        "given",
        "hidden",
        "kind",
        "leaf",
        "local",
        "name",
        "order",
        "parent",
        "places",
        "scope",
        "text",
        "uri",
    )

    def __init__(self, kind: int, name: str = "", uri: str = "", text: str = "", parent: Node | None = None) -> None:
        self.kind = kind
        self.name = name
        self.local = name.rpartition(":")[2] if ":" in name else name
        self.uri = uri
        self.text = text
        self.parent = parent
        self.children: list[Node] = [] if kind <= ELEMENT else _NONE
        self._attributes: list[Node] | None = None
        self.given = _NO_ATTRIBUTES
        self.scope = _NO_ATTRIBUTES
        self.places = _NO_PLACES
        self.leaf: Node | None = None
        self.hidden = False
        self.order = 0

    @property
    def attributes(self) -> list[Node]:
        """The attributes and declared prefixes, as nodes, in the order in which they are written."""
        found = self._attributes
        if found is None:
            found = _NONE if self.kind > ELEMENT else [self._attribute(name, text) for name, text in self.given.items()]
            self._attributes = found
        return found

    def _attribute(self, name: str, text: str) -> Node:
        if name == "xmlns" or name.startswith("xmlns:"):
            return Node(NAMESPACE, name, "", text, self)
        return Node(ATTRIBUTE, name, self.uri_of(name), text, self)

    def uri_of(self, name: str) -> str:
        """The namespace of an attribute by its name as written."""
        prefix = name.rpartition(":")[0]
        return self.scope.get(prefix, "") if prefix else ""

    @property
    def prefix(self) -> str:
        """What stands before the colon of the name, or nothing."""
        return self.name.rpartition(":")[0]

    @property
    def root(self) -> Node:
        """The topmost node, usually the document."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def append(self, child: Node) -> Node:
        """Add a child at the end and return it."""
        child.parent = self
        self.children.append(child)
        return child

    def attribute(self, name: str, default: str = "") -> str:
        """The text of an attribute by its name as written."""
        if self._attributes is None:
            return self.given.get(name, default)
        for node in self._attributes:
            if node.name == name:
                return node.text
        return default

    def attribute_ns(self, uri: str, local: str) -> str | None:
        """The text of an attribute by namespace and local name, or None."""
        if not self.given and not self._attributes:
            return None
        for node in self.attributes:
            if node.local == local and node.uri == uri:
                return node.text
        return None

    def elements(self, local: str | None = None) -> Iterator[Node]:
        """The child elements, all or those of a local name."""
        for child in self.children:
            if child.kind == ELEMENT and (local is None or child.local == local):
                yield child

    def first(self, local: str) -> Node | None:
        """The first child element of a local name, or None."""
        for child in self.children:
            if child.local == local and child.kind == ELEMENT:
                return child
        return None

    def walk(self) -> Iterator[Node]:
        """This node and everything under it, attributes left out, in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            if node.children:
                stack.extend(reversed(node.children))

    def value(self) -> str:
        """The string-value of XPath: own text, or the text of all that is under it and not hidden."""
        if self.kind > ELEMENT or not self.children:
            return self.text
        return "".join(child.value() for child in self.children if child.kind in (ELEMENT, TEXT) and not child.hidden)

    def text_nodes(self) -> list[Node]:
        """The child nodes for axes that must see text: a leaf's text appears as a text node, made when it is asked for."""
        if self.kind == ELEMENT and not self.children and self.text:
            # The same node each time, so that a set of nodes holds it once.
            found = self.leaf
            if found is None:
                found = self.leaf = Node(TEXT, parent=self)
            found.text = self.text
            return [found]
        return self.children


def in_document_order(nodes: Iterable[Node]) -> list[Node]:
    """The nodes without doubles, in document order; of one tree usually, of several trees one after the other."""
    unique = list(dict.fromkeys(nodes))
    if len(unique) < 2:
        return unique
    if len(unique) <= _FEW:
        return _sorted_by_place(unique)
    roots = dict.fromkeys(node.root for node in unique)
    for number, root in enumerate(roots):
        _number(root, number << 40)
    return sorted(unique, key=lambda node: node.order)


# So many nodes are sorted by where they stand; for more, the whole tree is counted through.
_FEW = 12


def _sorted_by_place(nodes: list[Node]) -> list[Node]:
    roots: dict[Node, int] = {}

    def place(node: Node) -> tuple[int, ...]:
        found: list[int] = []
        parent = node.parent
        while parent is not None:
            if node.kind == ATTRIBUTE or node.kind == NAMESPACE:
                found.append(_index(parent.attributes, node))
            else:
                # Attributes come before children, whatever their number.
                found.append(1_000_000 + _index(parent.children, node))
            node, parent = parent, parent.parent
        found.append(roots.setdefault(node, len(roots)))
        found.reverse()
        return tuple(found)

    return sorted(nodes, key=place)


def _index(family: Sequence[Node], node: Node) -> int:
    for at, other in enumerate(family):
        if other is node:
            return at
    return len(family)


def _number(root: Node, start: int) -> None:
    count = start
    stack = [root]
    while stack:
        node = stack.pop()
        node.order = count
        count += 1
        if node.given or node._attributes:
            for attribute in node.attributes:
                attribute.order = count
                count += 1
        if node.leaf is not None:
            node.leaf.order = count
            count += 1
        stack.extend(reversed(node.children))


# Elements whose text is mixed with others, so that a blank between two of them counts.
_MIXED = frozenset(["label", "hint", "value"])


class _Reader:
    """Builds the tree from expat's events."""

    def __init__(self, compact: bool) -> None:
        self.document = Node(DOCUMENT)
        self.compact = compact
        self.open = self.document
        self.document.scope = {"xml": XML_NAMESPACE}
        self.depth = 0
        self.text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.text:
            self.flush()
        holder = self.open
        scope = holder.scope
        if attributes:
            for key in attributes:
                if key.startswith("xmlns"):
                    scope = self.declare(scope, attributes)
                    break
        node = Node(ELEMENT, name, scope.get(name.rpartition(":")[0] if ":" in name else "", ""), "", holder)
        node.given = attributes
        node.scope = scope
        holder.children.append(node)
        self.open = node
        self.depth += 1
        if self.depth >= _DEEPEST:
            raise FormDamagedError(reason="it is nested too deeply.")

    def declare(self, scope: Mapping[str, str], attributes: Mapping[str, str]) -> Mapping[str, str]:
        declared = {key[6:]: value for key, value in attributes.items() if key == "xmlns" or key.startswith("xmlns:")}
        return {**scope, **declared}

    def end(self, _name: str) -> None:
        node = self.open
        if self.compact and not node.children:
            if self.text:
                node.text = "".join(self.text)
                self.text.clear()
        else:
            self.flush()
        self.depth -= 1
        self.open = cast(Node, node.parent)

    def flush(self) -> None:
        if self.text:
            text = "".join(self.text)
            self.text.clear()
            blank = self.compact and self.open.local not in _MIXED and not text.strip()
            if self.open.kind != DOCUMENT and not blank:
                self.open.append(Node(TEXT, text=text))

    def comment(self, data: str) -> None:
        if not self.compact:
            self.flush()
            self.open.append(Node(COMMENT, text=data))

    def instruction(self, target: str, data: str) -> None:
        if not self.compact:
            self.flush()
            self.open.append(Node(INSTRUCTION, target, text=data))

    def entity(self, *_anything: object) -> None:
        raise FormDamagedError(reason="entity declarations are not taken.")


def read_xml(text: str | bytes, compact: bool = True) -> Node:
    """Read a document; `compact` leaves out comments, instructions and blank text between elements.

    Raises FormDamagedError for text that is not well formed XML or declares entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    reader = _Reader(compact)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text.append
    parser.CommentHandler = reader.comment
    parser.ProcessingInstructionHandler = reader.instruction
    parser.EntityDeclHandler = reader.entity
    if not compact:
        parser.StartCdataSectionHandler = reader.flush
        parser.EndCdataSectionHandler = reader.flush
    try:
        parser.Parse(text.encode() if isinstance(text, str) else text, True)
    except expat.ExpatError as fault:
        raise FormDamagedError(reason=f"{fault}.") from fault
    return reader.document


def namespaces_of(node: Node) -> Mapping[str, str]:
    """The prefixes declared on a node and above it, with their namespaces."""
    found: dict[str, str] = {}
    chain = []
    up: Node | None = node
    while up is not None:
        chain.append(up)
        up = up.parent
    for element in reversed(chain):
        found.update({name[6:]: text for name, text in element.given.items() if name == "xmlns" or name.startswith("xmlns:")})
    return {**found, "xml": XML_NAMESPACE}
