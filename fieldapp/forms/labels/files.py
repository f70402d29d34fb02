"""The files that a form needs beside itself: tables of choices and values, pictures, sounds and films of its texts."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fieldapp.forms.slots import FormDefinition
from fieldapp.forms.xpath.lookup import search_of

__all__ = ["lists_of", "media_of", "tables_of"]

_INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")
_MEDIA = ("image", "big-image", "audio", "video")


def tables_of(definition: FormDefinition) -> Mapping[str, tuple[str, ...]]:
    """The tables outside of the form by the id of their instance: the names under which the file of each may lie, its own name first."""
    found = {}
    for name, source in definition.sources.items():
        if source.startswith("jr://") and not source.startswith("jr://instance/") and name not in definition.instances:
            names = (source.rpartition("/")[2], *(f"{name}.{kind}" for kind in ("csv", "xml", "geojson")))
            found[name] = tuple(dict.fromkeys(names))
    return found


def media_of(definition: FormDefinition) -> tuple[str, ...]:
    """The names of the pictures, sounds and films of labels, hints and choices, in all languages; each once."""
    names: dict[str, None] = {}
    for caption in definition.texts.values():
        for form in _MEDIA:
            for parts in caption.forms.get(form, {}).values():
                if parts and isinstance(parts[0], str):
                    names[parts[0].strip().rpartition("/")[2]] = None
    return tuple(names)


def lists_of(definition: FormDefinition) -> Mapping[str, str]:
    """The questions whose choices stand in another instance: its id by the path of the question (`/data/group/part`)."""
    found = {}
    for slot in definition.slots.values():
        control = slot.control
        if control is None or control.itemset is None:
            continue
        searched = search_of(control.appearance)
        named = _INSTANCE.search(control.itemset.nodes.text)
        if searched is not None or named is not None:
            found["/" + "/".join(slot.path)] = searched[0] if searched is not None else named[1] if named is not None else ""
    return found
