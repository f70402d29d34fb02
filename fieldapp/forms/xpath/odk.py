"""The functions that ODK and OpenRosa add to XPath: choices, numbers, texts, randomness, secondary instances."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import uuid
from collections.abc import Callable, Sequence

from fieldapp.forms.nodes import Node
from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.arithmetic import meant
from fieldapp.forms.xpath.core import every_text
from fieldapp.forms.xpath.functions import Closure, Function, need_nodes
from fieldapp.forms.xpath.values import Context, Value, number_of, text_of, truth_of

__all__ = ["ODK"]

Values = Sequence[Value]


def _text(ctx: Context, values: Values, at: int = 0) -> str:
    return text_of(values[at], ctx.world.zone)


def _number(ctx: Context, values: Values, at: int = 0) -> float:
    return meant(number_of(values[at], ctx.world.zone))


def _if(ctx: Context, closures: Sequence[Closure]) -> Value:
    return closures[1](ctx) if truth_of(closures[0](ctx)) else closures[2](ctx)


def _coalesce(ctx: Context, closures: Sequence[Closure]) -> Value:
    for closure in closures:
        text = text_of(closure(ctx), ctx.world.zone)
        if text:
            return text
    return ""


def _once(ctx: Context, closures: Sequence[Closure]) -> Value:
    kept = ctx.current.value()
    return kept or text_of(closures[0](ctx), ctx.world.zone)


def _selected(ctx: Context, values: Values) -> Value:
    wanted = _text(ctx, values, 1).strip()
    return wanted in (_text(ctx, values).split() or [""])


def _selected_at(ctx: Context, values: Values) -> Value:
    words, at = _text(ctx, values).split(), _number(ctx, values, 1)
    return words[int(at)] if 0 <= at < len(words) else ""


def _count_non_empty(_ctx: Context, values: Values) -> Value:
    return float(sum(1 for node in need_nodes("count-non-empty", values[0]) if node.value()))


def _numbers(ctx: Context, values: Values) -> list[float]:
    zone = ctx.world.zone
    return [number_of(text, zone) for text in every_text(ctx, values)]


def _extreme(pick: Callable[[list[float]], float]) -> Callable[[Context, Values], Value]:
    def run(ctx: Context, values: Values) -> Value:
        numbers = _numbers(ctx, values)
        return pick(numbers) if numbers and all(n == n for n in numbers) else math.nan

    return run


def _join(ctx: Context, values: Values) -> Value:
    return _text(ctx, values).join(every_text(ctx, values[1:]))


def _int(ctx: Context, values: Values) -> Value:
    value = _number(ctx, values)
    return math.copysign(float(int(value)), value) if math.isfinite(value) else value


def _pow(ctx: Context, values: Values) -> Value:
    base, exponent = _number(ctx, values), _number(ctx, values, 1)
    try:
        result = base**exponent
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf
    return result if isinstance(result, float) else math.nan


def _maths(function: Callable[[float], float]) -> Function:
    def run(ctx: Context, values: Values) -> Value:
        try:
            return float(function(_number(ctx, values)))
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    return Function(1, 1, run)


def _logarithm(function: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else function(value)


def _substr(ctx: Context, values: Values) -> Value:
    text = _text(ctx, values)
    first = _number(ctx, values, 1)
    last = _number(ctx, values, 2) if len(values) == 3 else float(len(text))
    if first != first or last != last:
        return ""
    bound = float(len(text))
    start, end = max(-bound, min(bound, first)), max(-bound, min(bound, last))
    return text[int(start) : int(end)]


def _truths(values: Values) -> list[bool]:
    found: list[bool] = []
    for value in values:
        if isinstance(value, list):
            found.extend(bool(node.value()) for node in value)
        else:
            found.append(truth_of(value))
    return found


def _between(ctx: Context, values: Values, total: float) -> bool:
    least, most = _number(ctx, values), _number(ctx, values, 1)
    return (least < 0 or total >= least) and (most < 0 or total <= most)


def _checklist(ctx: Context, values: Values) -> Value:
    return _between(ctx, values, sum(_truths(values[2:])))


def _weighted_checklist(ctx: Context, values: Values) -> Value:
    zone = ctx.world.zone
    total = 0.0
    for at in range(2, len(values) - 1, 2):
        claims, weights = values[at], values[at + 1]
        if isinstance(claims, list) and isinstance(weights, list):
            pairs = zip(claims, weights, strict=False)
            total += sum(number_of(weight.value(), zone) for claim, weight in pairs if claim.value())
        elif isinstance(claims, list):
            total += number_of(weights, zone) if any(node.value() for node in claims) else 0.0
        elif truth_of(claims):
            total += number_of(weights, zone)
    return _between(ctx, values, total)


def _boolean_from_string(ctx: Context, values: Values) -> Value:
    return _text(ctx, values) in ("1", "true")


def _regex(ctx: Context, values: Values) -> Value:
    try:
        return re.search(_text(ctx, values, 1), _text(ctx, values)) is not None
    except re.error as fault:
        raise UnknownFunctionError(name="regex", reason=str(fault)) from fault


_DIGESTS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def _digest(ctx: Context, values: Values) -> Value:
    name = _DIGESTS.get(_text(ctx, values, 1).upper())
    if name is None:
        raise UnknownFunctionError(name="digest", reason="the algorithm is unknown")
    spelling = _text(ctx, values, 2).lower() if len(values) == 3 else "base64"
    raw = hashlib.new(name, _text(ctx, values).encode(), usedforsecurity=False).digest()
    return raw.hex() if spelling == "hex" else base64.b64encode(raw).decode()


def _base64_decode(ctx: Context, values: Values) -> Value:
    try:
        return base64.b64decode(_text(ctx, values), validate=False).decode("utf-8", "replace")
    except ValueError:
        return ""


def _random(ctx: Context, _values: Values) -> Value:
    # 53 bits with a fraction that never spells short: a fraction with few digits would not look random to a form.
    return (int.from_bytes(ctx.world.random_bytes(8), "big") >> 11 | 1) / 2**53


def _uuid(ctx: Context, values: Values) -> Value:
    if not values:
        return str(uuid.UUID(bytes=ctx.world.random_bytes(16), version=4))
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    length = _number(ctx, values)
    count = int(length) if length == length and 0 < length <= 10_000 else 0
    return "".join(letters[byte % len(letters)] for byte in ctx.world.random_bytes(count))


def _randomize(ctx: Context, values: Values) -> Value:
    nodes = list(need_nodes("randomize", values[0]))
    if len(values) == 2:
        seed = _number(ctx, values, 1)
        if not math.isfinite(seed):
            raise UnknownFunctionError(name="randomize", reason="the seed is no number")
        state = int(seed) % 2147483647
    else:
        state = int.from_bytes(ctx.world.random_bytes(4), "big") % 2147483647
    if state <= 0:
        state += 2147483646
    # The generator of Park and Miller with the shuffle of Fisher and Yates, which the ODK specification fixes.
    for at in range(len(nodes) - 1, 0, -1):
        state = state * 16807 % 2147483647
        other = int((state - 1) / 2147483646 * (at + 1))
        nodes[at], nodes[other] = nodes[other], nodes[at]
    return nodes


def _instance(ctx: Context, values: Values) -> Value:
    document = ctx.world.instance(_text(ctx, values))
    return [] if document is None else [document]


def _pulldata(ctx: Context, values: Values) -> Value:
    document = ctx.world.instance(_text(ctx, values))
    if document is None:
        return ""
    field, key, wanted = (_text(ctx, values, at) for at in (1, 2, 3))
    for node in document.walk():
        if wanted in _cells(node, key):
            return next(iter(_cells(node, field)), "")
    return ""


def _cells(node: Node, name: str) -> list[str]:
    """The texts of a row under a name: a child element, or with `@` an attribute."""
    if name.startswith("@"):
        return [attribute.text for attribute in node.attributes if attribute.local == name[1:]]
    return [child.value() for child in node.elements(name)]


def _choice_name(ctx: Context, values: Values) -> Value:
    return ctx.world.choice_name(_text(ctx, values), _text(ctx, values, 1).strip(), ctx.current)


def _current(ctx: Context, _values: Values) -> Value:
    return [ctx.current]


def _version(ctx: Context, _values: Values) -> Value:
    document: Node | None = ctx.world.primary()
    root = next(document.elements(), None) if document is not None else None
    return root.attribute("version") if root is not None else ""


ODK: dict[str, Function] = {
    "if": Function(3, 3, lazy=_if),
    "coalesce": Function(1, None, lazy=_coalesce),
    "once": Function(1, 1, lazy=_once),
    "selected": Function(2, 2, _selected),
    "is-selected": Function(2, 2, _selected),
    "selected-at": Function(2, 2, _selected_at),
    "count-selected": Function(1, 1, lambda ctx, v: float(len(_text(ctx, v).split()))),
    "count-non-empty": Function(1, 1, _count_non_empty),
    "min": Function(0, None, _extreme(min)),
    "max": Function(0, None, _extreme(max)),
    "join": Function(1, None, _join),
    "int": Function(1, 1, _int),
    "abs": _maths(abs),
    "pow": Function(2, 2, _pow),
    "pi": Function(0, 0, lambda _ctx, _: math.pi),
    "sqrt": _maths(math.sqrt),
    "exp": _maths(math.exp),
    "exp10": _maths(lambda value: math.pow(10.0, value)),
    "log": _maths(_logarithm(math.log)),
    "log10": _maths(_logarithm(math.log10)),
    "sin": _maths(math.sin),
    "cos": _maths(math.cos),
    "tan": _maths(math.tan),
    "asin": _maths(math.asin),
    "acos": _maths(math.acos),
    "atan": _maths(math.atan),
    "atan2": Function(2, 2, lambda ctx, v: math.atan2(_number(ctx, v), _number(ctx, v, 1))),
    "substr": Function(2, 3, _substr),
    "ends-with": Function(2, 2, lambda ctx, v: _text(ctx, v).endswith(_text(ctx, v, 1))),
    "checklist": Function(3, None, _checklist),
    "weighted-checklist": Function(4, None, _weighted_checklist),
    "boolean-from-string": Function(1, 1, _boolean_from_string),
    "regex": Function(2, 2, _regex),
    "digest": Function(2, 3, _digest),
    "base64-decode": Function(1, 1, _base64_decode),
    "random": Function(0, 0, _random),
    "uuid": Function(0, 1, _uuid),
    "randomize": Function(1, 2, _randomize),
    "instance": Function(1, 1, _instance),
    "pulldata": Function(4, 4, _pulldata),
    "jr:choice-name": Function(2, 2, _choice_name),
    "jr:itext": Function(1, 1, lambda ctx, v: ctx.world.translation(_text(ctx, v), ctx.current)),
    "current": Function(0, 0, _current),
    "version": Function(0, 0, _version),
}
