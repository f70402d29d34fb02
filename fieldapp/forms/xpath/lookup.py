"""The `search(…)` of an appearance: choices that are rows of a table beside the form, found by words of its columns.

    search('fruits')
    search('fruits', 'matches' | 'contains' | 'startswith' | 'endswith', 'column, …', value [, 'column', value])

It becomes a path into the table, so that everything else treats it as a list of choices like any other.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from fieldapp.forms.refusals import UnknownFunctionError
from fieldapp.forms.xpath.parser import child_step, parse
from fieldapp.forms.xpath.syntax import Binary, Call, Expr, Literal, Path, Step

__all__ = ["search_of"]

_WAYS = {"contains": "contains", "startswith": "starts-with", "endswith": "ends-with"}


def search_of(appearance: str) -> tuple[str, Path] | None:
    """The table and the path to its rows; None where the appearance has no search.

    Raises UnknownFunctionError for arguments that name no table, way or column, XPathSyntaxError for what is no call.
    """
    start = appearance.find("search(")
    if start < 0 or (start and not appearance[start - 1].isspace()):
        return None
    tree = parse(appearance[start : _end(appearance, start)])
    given = tree.arguments if isinstance(tree, Call) else ()
    if len(given) not in (1, 4, 6):
        raise UnknownFunctionError(name="search", reason=f"it has {len(given)} arguments")
    table = _literal(given, 0)
    predicates: list[Expr] = []
    if len(given) > 1:
        way = _literal(given, 1)
        columns = [name.strip() for name in _literal(given, 2).split(",")]
        predicates.append(functools.reduce(lambda one, other: Binary("or", one, other), [_test(way, name, given[3]) for name in columns]))
    if len(given) == 6:
        predicates.append(_test("matches", _literal(given, 4), given[5]))
    rows = Step("child", child_step("item").test, tuple(predicates))
    return table, Path(Call("instance", (Literal(table),)), (child_step("root"), rows))


def _literal(given: Sequence[Expr], at: int) -> str:
    found = given[at]
    if not isinstance(found, Literal):
        raise UnknownFunctionError(name="search", reason=f"its argument {at + 1} must be written in quotes")
    return found.value.strip().removesuffix(".csv")


def _test(way: str, column: str, value: Expr) -> Expr:
    cell = Path(None, (child_step(column),))
    if way == "matches":
        return Binary("=", cell, value)
    if way not in _WAYS:
        raise UnknownFunctionError(name="search", reason=f"there is no way to search “{way}”")
    return Call(_WAYS[way], (cell, value))


def _end(text: str, start: int) -> int:
    """Where the bracket that opens after `start` is closed again; brackets in quotes do not count."""
    depth, quote = 0, ""
    for at in range(start, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0:
                return at + 1
    return len(text)
