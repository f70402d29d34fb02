"""Sizes, names and docstrings: what keeps the house readable."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest

from tests.architecture.source import Module, classes, everything, expect_none, functions, module, modules

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES, CLASS_METHODS, FOLDER_FILES = 500, 700, 70, 20, 16
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "registry", "misc"}


def too_long(one: Module) -> list[str]:
    """Files, functions and classes that are too large."""
    limit = TEST_FILE_LINES if one.within("tests") else FILE_LINES
    lines = len(one.text.splitlines())
    wrong = [f"{one.path}: {lines} lines, at most {limit}"] if lines > limit else []
    for each in functions(one):
        size = (each.end_lineno or each.lineno) - each.lineno + 1
        if size > FUNCTION_LINES:
            wrong.append(f"{one.path}:{each.lineno} {each.name}: {size} lines, at most {FUNCTION_LINES}")
    for kind in classes(one):
        methods = sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in kind.body)
        if methods > CLASS_METHODS:
            wrong.append(f"{one.path}:{kind.lineno} {kind.name}: {methods} methods, at most {CLASS_METHODS}")
    return wrong


def silent(one: Module) -> list[str]:
    """Modules without a docstring, and packages that hold anything else; an empty `__init__` is for tests only."""
    if one.is_package and one.within("tests"):
        return [] if not one.text.strip() or ast.get_docstring(one.tree) else [f"{one.path}: no docstring"]
    if not ast.get_docstring(one.tree):
        return [f"{one.path}: no docstring"]
    if one.is_package and len(one.tree.body) > 1:
        return [f"{one.path}: an __init__ holds a docstring and nothing else"]
    return []


def vague(one: Module) -> list[str]:
    """Files, folders and classes whose names say nothing."""
    wrong = [f"{one.path}: {part}" for part in one.name.split(".") if VAGUE & set(part.strip("_").split("_"))]
    for kind in classes(one):
        if kind.name.lower().endswith(("manager", "helper", "helpers", "registry", "utils")):
            wrong.append(f"{one.path}:{kind.lineno} {kind.name}")
    return wrong


def mutable(one: Module) -> list[str]:
    """Global state: a `global` statement, or a module-level container that starts empty and so is filled later."""
    wrong = [f"{one.path}:{node.lineno} global" for node in one.nodes if isinstance(node, ast.Global)]
    for node in one.tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        empty = (isinstance(value, ast.List | ast.Set) and not value.elts) or (isinstance(value, ast.Dict) and not value.keys)
        called = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and not value.args
        if empty or (called and value.func.id in {"list", "dict", "set", "defaultdict"}):  # type: ignore[union-attr]
            wrong.append(f"{one.path}:{node.lineno} a container that is filled later")
    return wrong


def crowded(paths: Iterable[str]) -> list[str]:
    """Folders that hold too many files."""
    counted = Counter(str(PurePosixPath(path).parent) for path in paths)
    return [f"{folder}: {count} files, at most {FOLDER_FILES}" for folder, count in counted.items() if count > FOLDER_FILES]


def test_nothing_is_too_long() -> None:
    expect_none(line for one in everything() for line in too_long(one))


def test_every_module_opens_with_a_docstring_and_packages_hold_nothing_else() -> None:
    expect_none(line for one in everything() for line in silent(one))


def test_names_say_what_they_name() -> None:
    expect_none(line for one in everything() for line in vague(one))


def test_no_module_keeps_state_of_its_own() -> None:
    expect_none(line for one in modules("fieldapp") for line in mutable(one))


def test_no_folder_is_crowded() -> None:
    expect_none(crowded(one.path for one in modules("fieldapp")))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x = 1\n" * 501, 1),
        ("def f():\n" + "    x = 1\n" * 70, 1),
        ("class C:\n" + "    def f(self): ...\n" * 21, 1),
        ("class C:\n" + "    def f(self): ...\n" * 20, 0),
    ],
)
def test_what_is_too_long_is_seen(text: str, count: int) -> None:
    assert len(too_long(module("fieldapp.domain.cases", text))) == count


def test_a_missing_docstring_and_a_full_package_are_seen() -> None:
    assert silent(module("fieldapp.domain.cases", "x = 1")) != []
    assert silent(module("fieldapp.domain", '"""Rules."""\nx = 1', "fieldapp/domain/__init__.py")) != []
    assert silent(module("fieldapp.domain", '"""Rules."""', "fieldapp/domain/__init__.py")) == []


@pytest.mark.parametrize("name", ["fieldapp.ui.helpers", "fieldapp.ui.date_utils", "fieldapp.common.dates"])
def test_a_vague_name_is_seen(name: str) -> None:
    assert len(vague(module(name, "class SyncManager: ..."))) == 2


@pytest.mark.parametrize("text", ["x = {}", "x: list[int] = []", "x = set()", "def f():\n    global x\n    x = 1"])
def test_state_of_a_module_is_seen(text: str) -> None:
    assert len(mutable(module("fieldapp.domain.cases", text))) == 1
    assert mutable(module("fieldapp.domain.cases", 'NAMES = {"a": 1}')) == []


def test_a_crowded_folder_is_seen() -> None:
    assert crowded([f"fieldapp/ui/page{n}.py" for n in range(17)]) == ["fieldapp/ui: 17 files, at most 16"]
