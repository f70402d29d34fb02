"""The axes of XPath: from a node to its neighbours, in the order of the axis (reverse axes run backwards)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fieldapp.forms.nodes import ATTRIBUTE, DOCUMENT, NAMESPACE, Node, namespaces_of

__all__ = ["AXES", "REVERSE"]

Axis = Callable[[Node], Iterator[Node]]

REVERSE = frozenset(["ancestor", "ancestor-or-self", "preceding", "preceding-sibling"])


def _children(node: Node) -> list[Node]:
    return [child for child in node.text_nodes() if not child.hidden]


def _self(node: Node) -> Iterator[Node]:
    yield node


def _child(node: Node) -> Iterator[Node]:
    yield from _children(node)


def _parent(node: Node) -> Iterator[Node]:
    if node.parent is not None:
        yield node.parent


def _ancestor(node: Node) -> Iterator[Node]:
    up = node.parent
    while up is not None:
        yield up
        up = up.parent


def _ancestor_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from _ancestor(node)


def _descendant(node: Node) -> Iterator[Node]:
    stack = _children(node)[::-1]
    while stack:
        below = stack.pop()
        yield below
        if below.children or below.text:
            stack.extend(_children(below)[::-1])


def _descendant_or_self(node: Node) -> Iterator[Node]:
    yield node
    yield from _descendant(node)


def _siblings(node: Node) -> tuple[list[Node], int]:
    if node.parent is None or node.kind in (ATTRIBUTE, NAMESPACE):
        return [], 0
    family = node.parent.children
    # The text of a leaf is not among the children of its parent: it has no siblings.
    return family, next((at for at, other in enumerate(family) if other is node), len(family))


def _following_sibling(node: Node) -> Iterator[Node]:
    family, at = _siblings(node)
    yield from (other for other in family[at + 1 :] if not other.hidden)


def _preceding_sibling(node: Node) -> Iterator[Node]:
    family, at = _siblings(node)
    yield from (other for other in reversed(family[:at]) if not other.hidden)


def _following(node: Node) -> Iterator[Node]:
    if node.kind in (ATTRIBUTE, NAMESPACE) and node.parent is not None:
        yield from _descendant(node.parent)
        node = node.parent
    for up in _ancestor_or_self(node):
        for sibling in _following_sibling(up):
            yield from _descendant_or_self(sibling)


def _preceding(node: Node) -> Iterator[Node]:
    if node.kind in (ATTRIBUTE, NAMESPACE) and node.parent is not None:
        node = node.parent
    for up in _ancestor_or_self(node):
        for sibling in _preceding_sibling(up):
            yield from reversed(list(_descendant_or_self(sibling)))


def _attribute(node: Node) -> Iterator[Node]:
    yield from (other for other in node.attributes if other.kind == ATTRIBUTE)


def _namespace(node: Node) -> Iterator[Node]:
    if node.kind not in (DOCUMENT, ATTRIBUTE, NAMESPACE):
        for prefix, uri in namespaces_of(node).items():
            yield Node(NAMESPACE, prefix, text=uri, parent=node)


AXES: dict[str, Axis] = {
    "self": _self,
    "child": _child,
    "parent": _parent,
    "ancestor": _ancestor,
    "ancestor-or-self": _ancestor_or_self,
    "descendant": _descendant,
    "descendant-or-self": _descendant_or_self,
    "following-sibling": _following_sibling,
    "preceding-sibling": _preceding_sibling,
    "following": _following,
    "preceding": _preceding,
    "attribute": _attribute,
    "namespace": _namespace,
}
