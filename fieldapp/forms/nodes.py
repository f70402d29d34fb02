"""A light tree of nodes as XPath sees documents, read with expat; leaf elements hold their text without a text node.

A form of 300 questions makes some 400 nodes, so a node is slots only. `hidden` marks a node of a form that is not
relevant: paths do not see it.
"""

from __future__ import annotations

import xml.parsers.expat as expat
from collections.abc import Iterable, Iterator, Mapping
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


class Node:
    """One node. `name` is the name as written (`jr:count`), `uri` its namespace; `text` the value of a leaf."""

    __slots__ = ("attributes", "children", "hidden", "kind", "local", "name", "order", "parent", "text", "uri")

    def __init__(self, kind: int, name: str = "", uri: str = "", text: str = "", parent: Node | None = None) -> None:
        self.kind = kind
        self.name = name
        self.local = name.rpartition(":")[2] if ":" in name else name
        self.uri = uri
        self.text = text
        self.parent = parent
        inner = kind <= ELEMENT
        self.children: list[Node] = [] if inner else _NONE
        self.attributes: list[Node] = [] if inner else _NONE
        self.hidden = False
        self.order = 0

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
        for node in self.attributes:
            if node.name == name:
                return node.text
        return default

    def attribute_ns(self, uri: str, local: str) -> str | None:
        """The text of an attribute by namespace and local name, or None."""
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
        return next(self.elements(local), None)

    def walk(self) -> Iterator[Node]:
        """This node and everything under it, attributes left out, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def value(self) -> str:
        """The string-value of XPath: own text, or the text of all that is under it and not hidden."""
        if self.kind > ELEMENT or not self.children:
            return self.text
        return "".join(child.value() for child in self.children if child.kind in (ELEMENT, TEXT) and not child.hidden)

    def text_nodes(self) -> list[Node]:
        """The child nodes for axes that must see text: a leaf's text appears as a passing text node."""
        if self.kind == ELEMENT and not self.children and self.text:
            return [Node(TEXT, text=self.text, parent=self)]
        return self.children


def in_document_order(nodes: Iterable[Node]) -> list[Node]:
    """The nodes without doubles, in document order; of one tree usually, of several trees one after the other."""
    unique = list(dict.fromkeys(nodes))
    if len(unique) < 2:
        return unique
    roots = dict.fromkeys(node.root for node in unique)
    for number, root in enumerate(roots):
        _number(root, number << 40)
    return sorted(unique, key=lambda node: node.order)


def _number(root: Node, start: int) -> None:
    count = start
    stack = [root]
    while stack:
        node = stack.pop()
        node.order = count
        count += 1
        for attribute in node.attributes:
            attribute.order = count
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
        self.scopes: list[dict[str, str]] = [{"xml": XML_NAMESPACE}]
        self.text: list[str] = []

    def start(self, name: str, attributes: list[str]) -> None:
        self.flush()
        if len(self.scopes) > _DEEPEST:
            raise FormDamagedError(reason="it is nested too deeply.")
        scope = self.scopes[-1]
        pairs = list(zip(attributes[::2], attributes[1::2], strict=True))
        declared = {key[6:]: value for key, value in pairs if key == "xmlns" or key.startswith("xmlns:")}
        if declared:
            scope = {**scope, **declared}
        self.scopes.append(scope)
        node = Node(ELEMENT, name, scope.get(name.rpartition(":")[0], ""))
        for key, value in pairs:
            if key == "xmlns" or key.startswith("xmlns:"):
                node.attributes.append(Node(NAMESPACE, key, text=value, parent=node))
            else:
                prefix = key.rpartition(":")[0]
                uri = scope.get(prefix, "") if prefix else ""
                node.attributes.append(Node(ATTRIBUTE, key, uri, value, node))
        self.open = self.open.append(node)

    def end(self, _name: str) -> None:
        node = self.open
        if self.compact and not node.children:
            node.text = "".join(self.text)
            self.text.clear()
        else:
            self.flush()
        self.scopes.pop()
        assert node.parent is not None
        self.open = node.parent

    def characters(self, data: str) -> None:
        self.text.append(data)

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
    parser.ordered_attributes = True
    parser.buffer_text = True
    reader = _Reader(compact)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
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
        found.update({a.name[6:]: a.text for a in element.attributes if a.kind == NAMESPACE})
    return {**found, "xml": XML_NAMESPACE}
