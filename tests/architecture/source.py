"""The source as the rules see it: modules parsed once, what they import, what they define, what they say."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A module: dotted name (of the package for an `__init__`), path inside the checkout, text and syntax tree."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @functools.cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """The whole tree, node by node."""
        return tuple(ast.walk(self.tree))

    @property
    def is_package(self) -> bool:
        """Whether it is an `__init__.py`."""
        return self.path.endswith("__init__.py")

    @property
    def room(self) -> str:
        """The room of fieldapp it stands in (`ui`, `cli`, …); empty for the package itself and for tests."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "fieldapp" and len(parts) > 1 else ""

    def within(self, *prefixes: str) -> bool:
        """Whether it is one of these modules or inside one of these packages."""
        return any(self.name == prefix or self.name.startswith(f"{prefix}.") for prefix in prefixes)


def module(name: str, text: str, path: str | None = None) -> Module:
    """A module from a text; for the rules' own tests."""
    return Module(name, path or name.replace(".", "/") + ".py", text, ast.parse(text))


@functools.cache
def modules(top: str) -> tuple[Module, ...]:
    """All modules under a folder of the checkout, or the one file; kept until the tests of this folder are done."""
    found = []
    start = ROOT / top
    for path in [start] if start.is_file() else sorted(start.rglob("*.py")):
        relative = path.relative_to(ROOT)
        parts = relative.with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, relative.as_posix(), text, ast.parse(text, str(relative))))
    return tuple(found)


def everything() -> tuple[Module, ...]:
    """The package, its tests and the developer's command."""
    return (*modules("fieldapp"), *modules("tests"), *modules("dev.py"))


def imports(one: Module) -> Iterator[tuple[str, int]]:
    """Everything a module imports, also inside functions, with the line: `from a import b` gives `a.b`."""
    package = one.name.split(".") if one.is_package else one.name.split(".")[:-1]
    for node in one.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *((node.module or "").split(".") if node.module else [])])
            for alias in node.names:
                yield f"{start}.{alias.name}", node.lineno


def functions(one: Module) -> Iterator[Function]:
    """All functions and methods, nested ones too."""
    for node in one.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def classes(one: Module) -> Iterator[ast.ClassDef]:
    """All classes, nested ones too."""
    for node in one.nodes:
        if isinstance(node, ast.ClassDef):
            yield node


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        left = dotted(node.value)
        return f"{left}.{node.attr}" if left else ""
    return ""


def expect_none(found: Iterable[str]) -> None:
    """Fail with one line for each violation, all of them."""
    wrong = list(found)
    assert not wrong, "\n" + "\n".join(wrong)
