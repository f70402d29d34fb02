"""Parse XPath 1.0 with a Pratt parser; the result is a tree of `syntax` shapes."""

from __future__ import annotations

import functools

from fieldapp.forms.refusals import XPathSyntaxError
from fieldapp.forms.xpath.lexer import tokens
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

__all__ = ["child_step", "parse"]

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
_GOES_ON = frozenset(["/", "//", "["])
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


@functools.lru_cache(maxsize=4096)
def child_step(name: str) -> Step:
    """The step to children of a name; the same names come again and again."""
    return Step("child", NodeTest("name", name), ())


_SELF, _PARENT = Step("self", NodeTest("node"), ()), Step("parent", NodeTest("node"), ())


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.depth = 0

    def refuse(self, reason: str) -> XPathSyntaxError:
        return XPathSyntaxError(expression=self.expression, reason=reason)

    def unexpected(self) -> XPathSyntaxError:
        kind, text, start = self.tokens[self.at]
        return self.refuse("unexpected the end" if kind == "end" else f"unexpected “{text}” at {start + 1}")

    def is_symbol(self, text: str) -> bool:
        token = self.tokens[self.at]
        return token[1] == text and token[0] == "symbol"

    def expect(self, text: str) -> None:
        if not self.is_symbol(text):
            raise self.unexpected()
        self.at += 1

    def whole(self) -> Expr:
        result = self.expr(0)
        if self.tokens[self.at][0] != "end":
            raise self.unexpected()
        # A tree is walked by recursion, when it is compiled and when it runs; only long expressions can be too high.
        if len(self.tokens) > _HIGHEST and _height(result) > _HIGHEST:
            raise self.refuse("it is too long")
        return result

    def expr(self, power: int) -> Expr:
        self.depth += 1
        if self.depth > _DEPTH:
            raise self.refuse("it is nested too deeply")
        kind, text, _ = self.tokens[self.at]
        if kind == "operator" and text == "-":
            if power >= _UNION:
                raise self.unexpected()
            self.at += 1
            left: Expr = Negate(self.expr(_UNARY))
        else:
            left = self.path(kind, text)
        kind, text, _ = self.tokens[self.at]
        while kind == "operator" and _POWER[text] > power:
            self.at += 1
            left = Binary(text, left, self.expr(_POWER[text]))
            kind, text, _ = self.tokens[self.at]
        self.depth -= 1
        return left

    def path(self, kind: str, text: str) -> Expr:
        """A path, or whatever else stands between operators; kind and text are those of the next token."""
        if kind == "path":
            following = self.tokens[self.at + 1]
            if following[0] != "symbol" or following[1] not in _GOES_ON:
                self.at += 1
                names = tuple(text[1:].split("/"))
                return Path(True, tuple([child_step(name) for name in names]), names)
            return Path(True, self.steps())
        if kind == "symbol" and text == "/":
            self.at += 1
            return Path(True, self.steps(False) if self.starts_step() else ())
        if kind == "symbol" and text == "//":
            return Path(True, self.steps())
        primary = self.primary(kind, text)
        if primary is None:
            return Path(None, self.steps(False))
        if self.is_symbol("["):
            primary = Filter(primary, self.predicates())
        kind, text, _ = self.tokens[self.at]
        return Path(primary, self.steps()) if kind == "path" or (kind == "symbol" and text in ("/", "//")) else primary

    def primary(self, kind: str, text: str) -> Expr | None:
        if kind == "literal":
            self.at += 1
            return Literal(text)
        if kind == "number":
            self.at += 1
            return Number(float(text))
        if kind == "variable":
            self.at += 1
            return Variable(text[1:].strip())
        if kind == "symbol" and text == "(":
            self.at += 1
            inner = self.expr(0)
            self.expect(")")
            return inner
        if kind == "name" and text not in _NODE_TYPES:
            following = self.tokens[self.at + 1]
            if following[1] == "(" and following[0] == "symbol":
                self.at += 2
                return Call(text, self.arguments())
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
        kind, text, _ = self.tokens[self.at]
        return kind == "name" or (kind == "symbol" and text in (".", "..", "@", "*"))

    def steps(self, slash: bool = True) -> tuple[Step, ...]:
        """The steps of a path: from its slash on, or (`slash` False) from its first step."""
        found: list[Step] = [] if slash else [self.step()]
        while True:
            kind, text, _ = self.tokens[self.at]
            if kind == "path":
                self.at += 1
                found.extend([child_step(name) for name in text[1:].split("/")])
                if self.is_symbol("["):
                    last = found[-1]
                    found[-1] = Step(last.axis, last.test, self.predicates())
            elif kind == "symbol" and (text == "/" or text == "//"):
                self.at += 1
                if text == "//":
                    found.append(_ANY)
                found.append(self.step())
            else:
                return tuple(found)

    def step(self) -> Step:
        kind, text, _ = self.tokens[self.at]
        if kind == "symbol" and (text == ".." or text == "."):
            self.at += 1
            if self.is_symbol("["):
                raise self.unexpected()
            return _SELF if text == "." else _PARENT
        following = self.tokens[self.at + 1] if kind == "name" else None
        if following is not None and not (following[0] == "symbol" and following[1] in ("::", "(")):
            self.at += 1
            return Step("child", NodeTest("name", text), self.predicates()) if self.is_symbol("[") else child_step(text)
        axis = "child"
        if kind == "symbol" and text == "@":
            self.at += 1
            axis = "attribute"
        elif following is not None and following[1] == "::":
            axis = text
            self.at += 2
            if axis not in _AXES:
                raise self.refuse(f"there is no axis “{axis}”")
        test = self.node_test()
        return Step(axis, test, self.predicates())

    def node_test(self) -> NodeTest:
        if self.is_symbol("*"):
            self.at += 1
            return NodeTest("name", "*")
        kind, text, _ = self.tokens[self.at]
        if kind != "name":
            raise self.unexpected()
        self.at += 1
        if not self.is_symbol("("):
            return NodeTest("name", text)
        if text not in _NODE_TYPES:
            raise self.unexpected()
        self.at += 1
        name = ""
        if text == "processing-instruction" and self.tokens[self.at][0] == "literal":
            name = self.tokens[self.at][1]
            self.at += 1
        self.expect(")")
        return NodeTest(text, name)

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
