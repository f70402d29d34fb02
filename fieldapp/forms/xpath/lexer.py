"""Cut an expression into tokens, with the disambiguation of XPath 1.0 section 3.7."""

from __future__ import annotations

import re

from fieldapp.forms.refusals import XPathSyntaxError

__all__ = ["Token", "tokens"]

_NAME = r"[^\W\d][\w.\-·]*"
# Most of what a form says are paths of plain names: one token for a whole path saves most of the work.
_PATTERN = re.compile(
    rf"""\s*(?:
    (?P<path>(?:/{_NAME})+(?!\s*(?:\(|::)|[\w.\-·:]))
  | (?P<name>{_NAME}(?::(?!:)(?:{_NAME}|\*))?)
  | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<operator>!=|<=|>=|[|+\-=<>])
  | (?P<symbol>::|\.\.|//|[()\[\]@,/*.])
  | (?P<literal>"[^"]*"|'[^']*')
  | (?P<variable>\$\s*{_NAME}(?::{_NAME})?)
  | (?P<end>\Z)
)""",
    re.VERBOSE,
)
_OPERATOR_NAMES = re.compile(r"and|or|div|mod")
_BEFORE_OPERAND = frozenset(["@", "::", "(", "[", ",", "/", "//"])

Token = tuple[str, str, int]
"""Kind, text as written (quotes removed), start. Kinds: path (`/a/b`), name, number, literal, variable, symbol, operator, end."""


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
        kind = match.lastgroup or ""
        text, at = match[kind], match.end()
        start = at - len(text)
        if kind == "name":
            if after_operand and (word := _OPERATOR_NAMES.match(text)):
                kind, text = "operator", word.group()
                at = start + len(text)
            after_operand = kind == "name"
        elif kind == "operator":
            after_operand = False
        elif kind == "symbol":
            if text == "*" and after_operand:
                kind, after_operand = "operator", False
            else:
                after_operand = text not in _BEFORE_OPERAND
        else:
            if kind == "literal":
                text = text[1:-1]
            elif kind == "end":
                found.append((kind, "", start))
                return found
            after_operand = True
        found.append((kind, text, start))
