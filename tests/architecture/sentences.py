"""The sentences of the program as its source marks them, and the Chinese catalogue as its files hold it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

from tests.architecture.source import ROOT, Module

MARKS = {"say", "N_", "t"}
CATALOGUE = ROOT / "resources" / "translations" / "zh_CN"


@dataclass(frozen=True)
class Spoken:
    """A marked sentence in the source; `text` is None when it is no literal, `filled` None when `**` fills places."""

    place: str
    mark: str
    text: str | None
    filled: frozenset[str] | None


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: the file it stands in, the English key, the Chinese sentence."""

    file: str
    english: str
    chinese: str
    fuzzy: bool


def spoken(one: Module) -> Iterator[Spoken]:
    """All sentences that a module marks with say, N_ or t; `t` may also be handed a sentence that stands elsewhere."""
    for node in one.nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        mark = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if mark not in MARKS:
            continue
        first = node.args[0]
        literal = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        passed_on = mark == "t" and not isinstance(first, ast.JoinedStr | ast.BinOp)
        if literal is None and (passed_on or one.name == "fieldapp.base.i18n"):
            continue
        names = [keyword.arg for keyword in node.keywords]
        filled = None if None in names else frozenset(name for name in names if name)
        yield Spoken(f"{one.path}:{node.lineno}", mark, literal, filled)


def places(template: str) -> frozenset[str]:
    """The names between braces; ValueError for a template that cannot be filled."""
    return frozenset(name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(template) if name)


def entries(folder: Path = CATALOGUE) -> tuple[Entry, ...]:
    """Everything that the files of a folder hold, in the order of the files; a broken file raises."""
    found = []
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_CN", abort_invalid=True):
                if message.id:
                    found.append(Entry(path.name, str(message.id), str(message.string), message.fuzzy))
    return tuple(found)
