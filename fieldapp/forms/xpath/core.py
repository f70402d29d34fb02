"""The functions of XPath 1.0, with the second argument that ODK gives to some of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from fieldapp.forms.nodes import ATTRIBUTE, ELEMENT, INSTRUCTION, NAMESPACE, XML_NAMESPACE, Node, in_document_order
from fieldapp.forms.xpath.arithmetic import meant, sum_of
from fieldapp.forms.xpath.functions import Function, need_nodes
from fieldapp.forms.xpath.values import Context, Value, number_of, text_of, truth_of

__all__ = ["CORE", "every_text", "round_number"]

Values = Sequence[Value]


def _text(ctx: Context, values: Values, at: int = 0) -> str:
    return text_of(values[at], ctx.world.zone) if at < len(values) else ctx.node.value()


def _number(ctx: Context, values: Values, at: int = 0) -> float:
    return meant(number_of(values[at], ctx.world.zone))


def _one(name: str, ctx: Context, values: Values) -> Node | None:
    if not values:
        return ctx.node
    nodes = need_nodes(name, values[0])
    return nodes[0] if nodes else None


def _local_name(ctx: Context, values: Values) -> Value:
    node = _one("local-name", ctx, values)
    return node.local if node is not None and node.kind in (ELEMENT, ATTRIBUTE, INSTRUCTION, NAMESPACE) else ""


def _name(ctx: Context, values: Values) -> Value:
    node = _one("name", ctx, values)
    return node.name if node is not None and node.kind in (ELEMENT, ATTRIBUTE, INSTRUCTION, NAMESPACE) else ""


def _namespace_uri(ctx: Context, values: Values) -> Value:
    node = _one("namespace-uri", ctx, values)
    return node.uri if node is not None and node.kind in (ELEMENT, ATTRIBUTE) else ""


def _id(ctx: Context, values: Values) -> Value:
    value = values[0]
    texts = [node.value() for node in value] if isinstance(value, list) else [_text(ctx, values)]
    wanted = {word for text in texts for word in text.split()}
    root = ctx.node.root
    return in_document_order(node for node in root.walk() if node.kind == ELEMENT and node.attribute("id") in wanted)


def _lang(ctx: Context, values: Values) -> Value:
    wanted = _text(ctx, values).lower()
    node: Node | None = ctx.node
    while node is not None:
        spoken = node.attribute_ns(XML_NAMESPACE, "lang")
        if spoken is not None:
            return spoken.lower() == wanted or spoken.lower().startswith(wanted + "-")
        node = node.parent
    return False


def _count(_ctx: Context, values: Values) -> Value:
    return float(len(need_nodes("count", values[0])))


def _sum(ctx: Context, values: Values) -> Value:
    zone = ctx.world.zone
    return sum_of(number_of(node.value(), zone) for node in need_nodes("sum", values[0]))


def _position(ctx: Context, values: Values) -> Value:
    if not values:
        return float(ctx.position)
    nodes = need_nodes("position", values[0])
    if not nodes or nodes[0].parent is None:
        return 1.0
    node = nodes[0]
    family = [other for other in nodes[0].root.children if other is node]
    assert node.parent is not None
    family = [other for other in node.parent.children if other.name == node.name and other.kind == node.kind]
    return float(next((at for at, other in enumerate(family, 1) if other is node), len(family) + 1))


def every_text(ctx: Context, values: Values) -> list[str]:
    """The texts of all arguments, each node of a node-set by itself."""
    found: list[str] = []
    for value in values:
        if isinstance(value, list):
            found.extend(node.value() for node in value)
        else:
            found.append(text_of(value, ctx.world.zone))
    return found


def _concat(ctx: Context, values: Values) -> Value:
    return "".join(every_text(ctx, values))


def _substring(ctx: Context, values: Values) -> Value:
    text = _text(ctx, values)
    first = round_number(_number(ctx, values, 1))
    last = first + round_number(_number(ctx, values, 2)) if len(values) == 3 else math.inf
    return "".join(letter for at, letter in enumerate(text, 1) if at >= first and at < last)


def _substring_before(ctx: Context, values: Values) -> Value:
    before, found, _ = _text(ctx, values).partition(_text(ctx, values, 1) or "\0")
    return before if found else ""


def _substring_after(ctx: Context, values: Values) -> Value:
    mark = _text(ctx, values, 1)
    return _text(ctx, values).partition(mark)[2] if mark else _text(ctx, values)


def _translate(ctx: Context, values: Values) -> Value:
    source, target = _text(ctx, values, 1), _text(ctx, values, 2)
    table: dict[int, str] = {}
    for at, letter in enumerate(source):
        table.setdefault(ord(letter), target[at] if at < len(target) else "")
    return _text(ctx, values).translate(table)


def _normalize_space(ctx: Context, values: Values) -> Value:
    return " ".join(part for part in _text(ctx, values).replace("\r", " ").replace("\n", " ").replace("\t", " ").split(" ") if part)


def round_number(value: float, digits: int = 0) -> float:
    """Round as the suites do: halves go away from zero, as the number is spelled; NaN and infinities stay."""
    if not math.isfinite(value):
        return value
    if digits == 0 and abs(value) >= 2**52:
        return value
    exact = Decimal(repr(value)).scaleb(digits)
    if abs(exact) >= Decimal(10) ** 27:
        return value
    rounded = exact.quantize(Decimal(1), rounding=ROUND_HALF_UP).scaleb(-digits)
    return math.copysign(float(rounded), value)


def _round(ctx: Context, values: Values) -> Value:
    zone = ctx.world.zone
    subject = values[0]
    if isinstance(subject, str):
        subject = subject.replace(",", ".")
    digits = _number(ctx, values, 1) if len(values) == 2 else 0.0
    if digits != digits:
        return math.nan
    return round_number(meant(number_of(subject, zone)), int(max(-300, min(300, digits))))


def _floor(ctx: Context, values: Values) -> Value:
    value = _number(ctx, values)
    return math.copysign(float(math.floor(value)), value) if math.isfinite(value) else value


def _ceiling(ctx: Context, values: Values) -> Value:
    value = _number(ctx, values)
    return math.copysign(float(math.ceil(value)), value) if math.isfinite(value) else value


def _string(ctx: Context, values: Values) -> Value:
    return _text(ctx, values)


def _number_function(ctx: Context, values: Values) -> Value:
    return _number(ctx, values) if values else number_of(ctx.node.value(), ctx.world.zone)


CORE: dict[str, Function] = {
    "last": Function(0, 0, lambda ctx, _: float(ctx.size)),
    "position": Function(0, 1, _position),
    "count": Function(1, 1, _count),
    "id": Function(1, 1, _id),
    "local-name": Function(0, 1, _local_name),
    "namespace-uri": Function(0, 1, _namespace_uri),
    "name": Function(0, 1, _name),
    "lang": Function(1, 1, _lang),
    "string": Function(0, 1, _string),
    "concat": Function(0, None, _concat),
    "starts-with": Function(2, 2, lambda ctx, v: _text(ctx, v).startswith(_text(ctx, v, 1))),
    "contains": Function(2, 2, lambda ctx, v: _text(ctx, v, 1) in _text(ctx, v)),
    "substring-before": Function(2, 2, _substring_before),
    "substring-after": Function(2, 2, _substring_after),
    "substring": Function(2, 3, _substring),
    "string-length": Function(0, 1, lambda ctx, v: float(len(_text(ctx, v)))),
    "normalize-space": Function(0, 1, _normalize_space),
    "translate": Function(3, 3, _translate),
    "boolean": Function(1, 1, lambda _, v: truth_of(v[0])),
    "not": Function(1, 1, lambda _, v: not truth_of(v[0])),
    "true": Function(0, 0, lambda _ctx, _: True),
    "false": Function(0, 0, lambda _ctx, _: False),
    "number": Function(0, 1, _number_function),
    "sum": Function(1, 1, _sum),
    "floor": Function(1, 1, _floor),
    "ceiling": Function(1, 1, _ceiling),
    "round": Function(1, 2, _round),
}
