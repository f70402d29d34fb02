"""`select_one_external`: its choices, which telephones keep in a database beside the form, become choices like all others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["place_of_choice", "with_external"]

_TYPE = re.compile(r"select[ _]one[ _]external\b")
_CHOICES, _EXTERNAL, _SETTINGS = "choices", "external_choices", "settings"


def with_external(data: Mapping[str, Any]) -> dict[str, Any]:
    """The sheets of a workbook (rows by column) with the rows of `external_choices` behind those of `choices`; their list keeps its
    name, or gets one of its own where `choices` has it already. Where names stand twice in a list, that is allowed, as it is outside.
    """
    own, outside = list(data.get(_CHOICES) or ()), list(data.get(_EXTERNAL) or ())
    if not outside:
        return dict(data)
    taken = {_list(row) for row in own}
    names = {name: f"{name}_external" if name in taken else name for name in map(_list, outside)}
    moved = [{**{key: cell for key, cell in row.items() if _plain(key) != "list_name"}, "list_name": names[_list(row)]} for row in outside]
    survey = [_retyped(row, names) for row in data.get("survey") or ()]
    header = dict.fromkeys(key for row in (*(data.get(f"{_CHOICES}_header") or ()), *moved) for key in row)
    found = {
        **data,
        "survey": survey,
        _CHOICES: [*own, *moved],
        f"{_CHOICES}_header": [header],
        _EXTERNAL: None,
        f"{_EXTERNAL}_header": None,
    }
    pairs = [(_list(row), str(row.get("name"))) for row in moved]
    if len(pairs) > len(set(pairs)):
        settings = [{**row, "allow_choice_duplicates": "yes"} for row in data.get(_SETTINGS) or [{}]]
        found |= {_SETTINGS: settings, f"{_SETTINGS}_header": [dict.fromkeys(key for row in settings for key in row)]}
    return found


def place_of_choice(row: int, own: int) -> tuple[str, int]:
    """The sheet and row where a row of the joined choices stands; `own` is how many rows the sheet `choices` has itself."""
    return (_CHOICES, row) if row <= own + 1 else (_EXTERNAL, row - own)


def _plain(key: str) -> str:
    return "_".join(str(key).strip().lower().split())


def _list(row: Mapping[str, Any]) -> str:
    return next((str(cell).strip() for key, cell in row.items() if _plain(key) == "list_name" and cell is not None), "")


def _retyped(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    kind = next((key for key in row if _plain(key) == "type"), "")
    told = " ".join(str(row.get(kind) or "").split())
    if not _TYPE.match(told):
        return dict(row)
    wanted = _TYPE.sub("", told).strip()
    return {**row, kind: f"select_one {names.get(wanted, wanted)}"}
