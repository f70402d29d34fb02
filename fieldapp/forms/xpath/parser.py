"""Parse XPath 1.0 with a Pratt parser; the result is a tree of `syntax` shapes."""

from __future__ import annotations

import functools

from fieldapp.forms.refusals import XPathSyntaxError
from fieldapp.forms.xpath.lexer import Token, tokens
from fieldapp.forms.xpath.paths import parts
from fieldapp.forms.xpath.syntax import (
    Binary,
    Call,
    Expr,
    Filter,
    Literal,
    Negate,
    NodeTest,
    Number,
    Path,
    Step,
    Variable,
)

__all__ = ["parse"]

_POWER = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5}
_POWER |= {"*": 6, "div": 6, "mod": 6, "|": 8}
_UNARY = 7
_UNION = 8
_AXES = frozenset(
    [
        "ancestor", "ancestor-or-self", "attribute", "child", "descendant", "descendant-or-self", "following",
        "following-sibling", "namespace", "parent", "preceding", "preceding-sibling", "self",
    ]
)  # fmt: skip
_NODE_TYPES = frozenset(["node", "text", "comment", "processing-instruction"])
_ANY = Step("descendant-or-self", NodeTest("node"))
_DEPTH = 150
_HIGHEST = 200


def _height(tree: Expr) -> int:
    highest = 0
    stack = [(tree, 1)]
    while stack:
        node, height = stack.pop()
        highest = max(highest, height)
        stack.extend((part, height + 1) for part in parts(node))
    return highest


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def refuse(self, reason: str) -> XPathSyntaxError:
        return XPathSyntaxError(expression=self.expression, reason=reason)

    def unexpected(self) -> XPathSyntaxError:
        token = self.token
        what = "the end" if token.kind == "end" else f"“{token.text}” at {token.start + 1}"
        return self.refuse(f"unexpected {what}")

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def is_symbol(self, *texts: str) -> bool:
        token = self.tokens[self.at]
        return token[0] == "symbol" and token[1] in texts

    def expect(self, text: str) -> None:
        if not self.is_symbol(text):
            raise self.unexpected()
        self.at += 1

    def whole(self) -> Expr:
        result = self.expr(0)
        if self.token.kind != "end":
            raise self.unexpected()
        # A tree is walked by recursion, when it is compiled and when it runs; only long expressions can be too high.
        if len(self.tokens) > _HIGHEST and _height(result) > _HIGHEST:
            raise self.refuse("it is too long")
        return result

    def expr(self, power: int) -> Expr:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.refuse("it is nested too deeply")
        if self.tokens[self.at][:2] == ("operator", "-"):
            if power >= _UNION:
                raise self.unexpected()
            self.at += 1
            left: Expr = Negate(self.expr(_UNARY))
        else:
            left = self.path()
        token = self.tokens[self.at]
        while token.kind == "operator" and _POWER[token.text] > power:
            self.at += 1
            left = Binary(token.text, left, self.expr(_POWER[token.text]))
            token = self.tokens[self.at]
        self.depth -= 1
        return left

    def path(self) -> Expr:
        if self.is_symbol("/"):
            self.at += 1
            return Path(True, tuple(self.steps()) if self.starts_step() else ())
        if self.is_symbol("//"):
            self.at += 1
            return Path(True, (_ANY, *self.steps()))
        primary = self.primary()
        if primary is None:
            return Path(None, tuple(self.steps()))
        predicates = self.predicates()
        if predicates:
            primary = Filter(primary, predicates)
        if self.is_symbol("/", "//"):
            between = (_ANY,) if self.take().text == "//" else ()
            return Path(primary, (*between, *self.steps()))
        return primary

    def primary(self) -> Expr | None:
        token = self.token
        if token.kind == "number":
            self.at += 1
            return Number(float(token.text))
        if token.kind == "literal":
            self.at += 1
            return Literal(token.text)
        if token.kind == "variable":
            self.at += 1
            return Variable(token.text[1:].strip())
        if self.is_symbol("("):
            self.at += 1
            inner = self.expr(0)
            self.expect(")")
            return inner
        following = self.tokens[self.at + 1] if token.kind == "name" else None
        if following is not None and following[:2] == ("symbol", "(") and token.text not in _NODE_TYPES:
            self.at += 2
            return Call(token.text, self.arguments())
        return None

    def arguments(self) -> tuple[Expr, ...]:
        found: list[Expr] = []
        if not self.is_symbol(")"):
            found.append(self.expr(0))
            while self.is_symbol(","):
                self.at += 1
                found.append(self.expr(0))
        self.expect(")")
        return tuple(found)

    def starts_step(self) -> bool:
        return self.token.kind == "name" or self.is_symbol(".", "..", "@", "*")

    def steps(self) -> list[Step]:
        found = [self.step()]
        while self.is_symbol("/", "//"):
            if self.take().text == "//":
                found.append(_ANY)
            found.append(self.step())
        return found

    def step(self) -> Step:
        token = self.tokens[self.at]
        if token.kind == "name" and self.tokens[self.at + 1][:2] not in (("symbol", "::"), ("symbol", "(")):
            self.at += 1
            return Step("child", NodeTest("name", token.text), self.predicates())
        if self.is_symbol(".", ".."):
            axis = "self" if self.take().text == "." else "parent"
            if self.is_symbol("["):
                raise self.unexpected()
            return Step(axis, NodeTest("node"))
        axis = "child"
        if self.is_symbol("@"):
            self.at += 1
            axis = "attribute"
        elif self.token.kind == "name" and self.tokens[self.at + 1][:2] == ("symbol", "::"):
            axis = self.take().text
            self.at += 1
            if axis not in _AXES:
                raise self.refuse(f"there is no axis “{axis}”")
        test = self.node_test()
        return Step(axis, test, self.predicates())

    def node_test(self) -> NodeTest:
        token = self.token
        if self.is_symbol("*"):
            self.at += 1
            return NodeTest("name", "*")
        if token.kind != "name":
            raise self.unexpected()
        self.at += 1
        if not self.is_symbol("("):
            return NodeTest("name", token.text)
        if token.text not in _NODE_TYPES:
            raise self.unexpected()
        self.at += 1
        name = ""
        if token.text == "processing-instruction" and self.token.kind == "literal":
            name = self.take().text
        self.expect(")")
        return NodeTest(token.text, name)

    def predicates(self) -> tuple[Expr, ...]:
        found: list[Expr] = []
        while self.is_symbol("["):
            self.at += 1
            found.append(self.expr(0))
            self.expect("]")
        return tuple(found)


@functools.lru_cache(maxsize=4096)
def parse(expression: str) -> Expr:
    """The tree of an expression; raises XPathSyntaxError. Expressions repeat within and between forms, so results are kept."""
    return _Parser(expression).whole()
