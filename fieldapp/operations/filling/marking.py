"""The markup of a form's labels as the little HTML that a Qt label draws; every word of it is escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from fieldapp.forms.labels.markup import Element, Rich
from fieldapp.forms.labels.markup import Words as Piece
from fieldapp.operations.filling.views import Words, words

__all__ = ["both", "html_of"]

_KEPT = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "div", "span", "u"})
_NAMES = {"strong": "b", "em": "i"}
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}|[A-Za-z]{3,20}")
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)


def html_of(tree: Rich) -> str:
    """The tree as HTML of the few elements that are known; their colours and alignment are kept, no other style."""
    return "".join(_piece(each) for each in tree)


def _piece(piece: Piece | Element) -> str:
    if isinstance(piece, Piece):
        return escape(piece.text).replace("\n", "<br/>")
    if piece.name == "br":
        return "<br/>"
    inner = html_of(piece.children)
    if piece.name == "a":
        return f'<a href="{escape(piece.url)}">{inner}</a>' if _LINK.match(piece.url) else inner
    name = _NAMES.get(piece.name, piece.name)
    if name not in _KEPT and piece.name not in _NAMES:
        return inner
    start = f' start="{piece.start}"' if name == "ol" and piece.start != 1 else ""
    return f"<{name}{_style(piece.style)}{start}>{inner}</{name}>"


def _style(style: Mapping[str, str]) -> str:
    found = [f"{name}: {style[name]}" for name in ("color", "background-color") if _COLOUR.fullmatch(style.get(name, ""))]
    if style.get("text-align") in ("left", "center", "right"):
        found.append(f"text-align: {style['text-align']}")
    return f' style="{"; ".join(found)}"' if found else ""


def both(plain: tuple[str, str], rich: tuple[Rich, Rich]) -> Words | None:
    """A text in both languages as HTML; None when it has markup in neither."""
    if not any(rich):
        return None
    chinese, english = (html_of(tree) if tree else escape(text).replace("\n", "<br/>") for text, tree in zip(plain, rich, strict=True))
    return words(chinese, english)
