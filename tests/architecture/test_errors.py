"""Every error a person may meet has a code of its own, a branch, a sentence, and values for its places."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Mapping

import pytest

from fieldapp.base.errors import FieldappError
from fieldapp.base.i18n import catalogue
from tests.architecture.sentences import places
from tests.architecture.source import Module, dotted, expect_none, module, modules


def every_error() -> list[type[FieldappError]]:
    """The whole tree, after every module of the program was imported (Alembic's env.py runs only under Alembic)."""
    for one in modules("fieldapp"):
        if not one.name.endswith(("migrations.env", "__main__")):
            importlib.import_module(one.name)
    found, waiting = [], [FieldappError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return sorted((kind for kind in set(found) if kind.__module__.startswith("fieldapp.")), key=lambda kind: kind.code)


def faults(kinds: Iterable[type[FieldappError]], known: Mapping[str, str]) -> list[str]:
    """Errors without a code or sentence of their own, codes given twice, sentences without Chinese."""
    wrong = []
    owner: dict[str, str] = {}
    for kind in kinds:
        if not {"code", "message"} <= set(vars(kind)):
            wrong.append(f"{kind.__name__} has no code or message of its own")
            continue
        if not re.fullmatch(r"FA-\d{3}", kind.code):
            wrong.append(f"{kind.__name__}: {kind.code} is no code")
        if kind.code in owner:
            wrong.append(f"{kind.code} belongs to {owner[kind.code]} and to {kind.__name__}")
        owner[kind.code] = kind.__name__
        if not known.get(kind.message):
            wrong.append(f"{kind.__name__} has no Chinese: {kind.message!r}")
        if not inspect.getdoc(kind):
            wrong.append(f"{kind.__name__} has no docstring")
    return wrong


def unfilled(one: Module, messages: Mapping[str, str]) -> list[str]:
    """Errors that a module makes without the values which their sentence needs."""
    wrong = []
    for node in one.nodes:
        if not isinstance(node, ast.Call):
            continue
        message = messages.get(dotted(node.func).rpartition(".")[2])
        given = {keyword.arg for keyword in node.keywords}
        if message is not None and None not in given and not places(message) <= given:
            wrong.append(f"{one.path}:{node.lineno} leaves empty: {sorted(places(message) - given)}")
    return wrong


def test_every_error_has_a_code_and_a_sentence_in_both_languages() -> None:
    expect_none(faults(every_error(), catalogue()))


def test_every_error_that_is_raised_fills_its_sentence() -> None:
    own_words = (kind for kind in every_error() if kind.__init__ is FieldappError.__init__)
    messages = {kind.__name__: kind.message for kind in own_words}
    expect_none(line for one in modules("fieldapp") for line in unfilled(one, messages))


def test_no_two_errors_share_a_name() -> None:
    names = [kind.__name__ for kind in every_error()]
    assert sorted(names) == sorted(set(names))


class _Nameless:
    """Stands in for an error class, so that the planted ones do not join the real tree."""


@pytest.mark.parametrize(
    ("members", "count"),
    [
        ({"code": "FA-901", "message": "Known."}, 0),
        ({"code": "FA-901", "message": "Unknown."}, 1),
        ({"code": "E1", "message": "Known."}, 1),
        ({"message": "Known."}, 1),
    ],
)
def test_a_fault_of_an_error_is_seen(members: dict[str, str], count: int) -> None:
    kind = type("Planted", (_Nameless,), {"__doc__": "Planted.", **members})
    assert len(faults([kind], {"Known.": "知道。"})) == count


def test_a_code_given_twice_is_seen() -> None:
    kinds = [type(n, (_Nameless,), {"__doc__": "x", "code": "FA-901", "message": "Known."}) for n in ("A", "B")]
    assert faults(kinds, {"Known.": "知道。"}) == ["FA-901 belongs to A and to B"]


def test_an_empty_place_is_seen() -> None:
    messages = {"TooLarge": "{name} is too large."}
    assert len(unfilled(module("fieldapp.domain.cases", "raise TooLarge()"), messages)) == 1
    assert unfilled(module("fieldapp.domain.cases", "raise errors.TooLarge(name=1)"), messages) == []
