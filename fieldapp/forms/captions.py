"""Labels, hints and messages of a form: plain, translated, or with values in their middle."""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.forms.nodes import ELEMENT, TEXT, Node
from fieldapp.forms.slots import Caption, Expression, Part
from fieldapp.forms.xpath.paths import GenericPath

__all__ = ["CaptionReader"]

# What pyxform writes where a translation is missing.
_MISSING = "-"


class CaptionReader:
    """Reads the itext of a model once, then the captions of elements and messages."""

    def __init__(self, model: Node, expression: Callable[[str, GenericPath], Expression]) -> None:
        self._expression = expression
        self.raw: dict[str, dict[str, Node]] = {}
        self.texts: dict[str, Caption] = {}
        names: list[str] = []
        itext = model.first("itext")
        for translation in itext.elements("translation") if itext is not None else ():
            language = translation.attribute("lang")
            if translation.attribute("default", "false()") not in ("false()", "false"):
                names.insert(0, language)
            else:
                names.append(language)
            for text in translation.elements("text"):
                self.raw.setdefault(text.attribute("id"), {})[language] = text
        self.languages = tuple(names)
        for name in self.raw:
            host = tuple(part for part in name.split(":")[0].split("/") if part) if name.startswith("/") else ()
            self.texts[name] = self._itext(name, host)

    def element(self, node: Node | None, host: GenericPath) -> Caption:
        """The caption of a label or hint element; empty when there is none."""
        if node is None:
            return Caption()
        reference = node.attribute("ref").strip()
        if reference:
            return self.text(reference, host)
        parts = self._parts(node, host)
        return Caption({"": {"": parts}}) if parts else Caption()

    def text(self, text: str, host: GenericPath) -> Caption:
        """The caption of a reference (`jr:itext('id')` or an expression) or of a plain message."""
        stripped = text.strip()
        if stripped.startswith("jr:itext("):
            name = stripped[len("jr:itext(") : -1].strip().strip("'\"")
            found = self.texts.get(name)
            if found is not None:
                return found
            return Caption({"": {"": (self._expression(stripped, host),)}})
        if stripped.startswith("/") and " " not in stripped:
            return Caption({"": {"": (self._expression(stripped, host),)}})
        return Caption({"": {"": (text,)}})

    def _itext(self, name: str, host: GenericPath) -> Caption:
        forms: dict[str, dict[str, tuple[Part, ...]]] = {}
        ordered = sorted(self.raw[name].items(), key=lambda entry: self.languages.index(entry[0]))
        for language, text in ordered:
            for value in text.elements("value"):
                form = value.attribute("form")
                parts = self._parts(value, host)
                if parts and parts != (_MISSING,):
                    forms.setdefault("" if form == "long" else form, {}).setdefault(language, parts)
        return Caption(forms)

    def _parts(self, node: Node, host: GenericPath) -> tuple[Part, ...]:
        if not node.children:
            return (node.text,) if node.text else ()
        found: list[Part] = []
        for child in node.children:
            if child.kind == TEXT:
                found.append(child.text)
            elif child.kind == ELEMENT and child.local == "output":
                expression = child.attribute("value") or child.attribute("ref")
                if expression.strip():
                    found.append(self._expression(expression, host))
            elif child.kind == ELEMENT:
                found.extend(self._parts(child, host))
        return tuple(found)
