"""Labels of computed values: the converter keeps them in forms with translations only, and paper needs them in all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

__all__ = ["keep_labels"]

_BIND = re.compile(r'<bind nodeset="([^"]+)"[^>]* calculate="')


def keep_labels(xform: str, survey: Sequence[Mapping[str, Any]]) -> str:
    """The XForm of a form without translations, with the labels of its rows of type `calculate` as texts of their nodes.

    Labels that hold values of answers are left out, as are those of names that stand more than once.
    """
    if "<itext>" in xform:
        return xform
    paths: dict[str, list[str]] = {}
    for path in _BIND.findall(xform):
        paths.setdefault(path.rpartition("/")[2], []).append(path)
    found = []
    for row in survey:
        cells = {str(key).strip().lower(): str(cell).strip() for key, cell in row.items() if cell is not None}
        label, at = cells.get("label", ""), paths.get(cells.get("name", ""), [])
        if cells.get("type", "").lower() == "calculate" and label and "${" not in label and len(at) == 1:
            found.append(f'<text id="{at[0]}:label"><value>{escape(label)}</value></text>')
    texts = f'<itext><translation lang="default" default="true()">{"".join(found)}</translation></itext>'
    return re.sub(r"(<model\b[^>]*>)", lambda match: match[1] + texts, xform, count=1) if found else xform
