"""Cut an expression into tokens, with the disambiguation of XPath 1.0 section 3.7."""

from __future__ import annotations

import re
from typing import NamedTuple

from fieldapp.forms.refusals import XPathSyntaxError

__all__ = ["Token", "tokens"]

_NAME = r"[^\W\d][\w.\-·]*"
_PATTERN = re.compile(
    rf"""\s*(?:
    (?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))?)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<symbol>::|\.\.|//|!=|<=|>=|[()\[\]@,/|+\-=<>*.])
  | (?P<literal>"[^"]*"|'[^']*')
  | (?P<variable>\$\s*{_NAME}(?::{_NAME})?)
  | (?P<end>\Z)
)""",
    re.VERBOSE,
)
_OPERATOR_NAMES = re.compile(r"and|or|div|mod")
_BEFORE_OPERAND = frozenset(["@", "::", "(", "[", ",", "/", "//"])
_OPERATORS = frozenset(["|", "+", "-", "=", "!=", "<", "<=", ">", ">="])


class Token(NamedTuple):
    """One token: kind is number, literal, variable, name, symbol or operator; `text` as written, quotes removed."""

    kind: str
    text: str
    start: int


def tokens(expression: str) -> list[Token]:
    """All tokens, ended by a token of kind `end`; raises XPathSyntaxError at what is no token.

    Where an operator must stand, `*` and the words and, or, div, mod are operators, even without a space after.
    """
    found: list[Token] = []
    at = 0
    after_operand = False
    match_at = _PATTERN.match
    while True:
        match = match_at(expression, at)
        if match is None:
            at += len(expression[at:]) - len(expression[at:].lstrip())
            raise XPathSyntaxError(expression=expression, reason=f"unexpected “{expression[at]}” at {at + 1}")
        kind = str(match.lastgroup)
        text, at = match[kind], match.end()
        start = at - len(text)
        if kind == "end":
            found.append(Token(kind, "", start))
            return found
        if kind == "name" and after_operand and (word := _OPERATOR_NAMES.match(text)):
            kind, text = "operator", word.group()
            at = start + len(text)
        elif kind == "literal":
            text = text[1:-1]
        elif text in _OPERATORS or (text == "*" and after_operand):
            kind = "operator"
        found.append(Token(kind, text, start))
        after_operand = kind != "operator" and not (kind == "symbol" and text in _BEFORE_OPERAND)
