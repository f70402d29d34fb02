"""The markup that ODK allows in labels, hints and messages, read into a safe tree; nothing of it ever reaches a screen as HTML.

Markdown: headings, **bold**, *italic*, [links](https://…), lists, line breaks; of HTML only the tags below, of their
style only the properties below. All else is text. `plain` is for paper and for everything that shows no markup.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fieldapp.forms.labels.inline import Mark, Token, element_name, inline_tokens

__all__ = ["Element", "Rich", "Words", "fill", "is_plain", "place_of", "plain", "read"]


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text, to be shown as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of markup. `name`: p, h1 to h6, ul, ol, li, div, span, strong, em, u, br, a, output.

    `url` is the target of a link (http, https, mailto, tel); `style` has color, background-color, font-family,
    font-size, text-align; `start` is the number of the first item of an `ol`, of an `output` its number.
    """

    name: str
    children: tuple[Words | Element, ...] = ()
    url: str = ""
    style: Mapping[str, str] = field(default_factory=dict)
    start: int = 1


Piece = Words | Element
Rich = tuple[Piece, ...]

_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_BULLET = re.compile(r"[-*+][ \t]+(?=\S)(.*)")
_ORDERED = re.compile(r"(\d{1,9})[.)][ \t]+(?=\S)(.*)")
# Without any of these a text is its own tree: nearly all labels.
_SPECIAL = re.compile(r"[*_<\[\\\n#\ue000]|^\s|^[-+][ \t]")
_OPEN, _CLOSE = "\ue000", "\ue001"
_OUTPUT = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def place_of(number: int) -> str:
    """What stands in a text for the value of its output of a number, counted from 0."""
    return f"{_OPEN}{number}{_CLOSE}"


def is_plain(text: str) -> bool:
    """Whether a text has no markup at all, so that its tree would be the text itself."""
    return _SPECIAL.search(text) is None


@functools.lru_cache(maxsize=1024)
def read(text: str) -> Rich:
    """The tree of a text; a single paragraph is not wrapped. Places of outputs become elements of that name."""
    if is_plain(text):
        return (Words(text),) if text else ()
    blocks = list(_blocks(text))
    if len(blocks) == 1:
        only = blocks[0]
        if isinstance(only, _Paragraph):
            return (_element(only),) if only.level else _inline(only.text)
        if only.ordered and len(only.items) == 1:
            return _inline(only.written)  # a number before a question is its number, no list
    return tuple(_element(block) for block in blocks)


def fill(tree: Rich, outputs: Sequence[str]) -> Rich:
    """The tree with the values of its outputs, each a span that may have markup of its own."""
    return tuple(_filled(piece, outputs) for piece in tree)


def _filled(piece: Piece, outputs: Sequence[str]) -> Piece:
    if isinstance(piece, Words):
        return piece
    if piece.name == "output":
        value = outputs[piece.start] if piece.start < len(outputs) else ""
        return Element("span", _inline(value) if value else ())
    return Element(piece.name, tuple(_filled(child, outputs) for child in piece.children), piece.url, piece.style, piece.start)


def plain(tree: Rich, outputs: Sequence[str] = ()) -> str:
    """The words of a tree without their markup, blocks on lines of their own; values of outputs as they are."""
    return "".join(_plain(tree, outputs)).strip(" \t\r\n")


_BLOCKS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"])


def _plain(tree: Rich, outputs: Sequence[str]) -> Iterator[str]:
    for at, piece in enumerate(tree):
        if isinstance(piece, Words):
            yield piece.text
            continue
        if at and piece.name in _BLOCKS:
            yield "\n"
        if piece.name == "br":
            yield "\n"
        elif piece.name == "output":
            yield outputs[piece.start] if piece.start < len(outputs) else "…"
        elif piece.name in ("ul", "ol"):
            for number, item in enumerate(piece.children):
                mark = "- " if piece.name == "ul" else f"{piece.start + number}. "
                yield ("\n" if number else "") + mark + "".join(_plain((item,), outputs))
        else:
            yield from _plain(piece.children, outputs)
            if piece.name == "a" and plain(piece.children, outputs) not in (piece.url, piece.url.partition(":")[2]):
                yield f" ({piece.url})"


# -- blocks --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Paragraph:
    """Lines of text, or with a level the one line of a heading."""

    text: str
    level: int = 0


@dataclass(slots=True)
class _List:
    """A list; `written` is its first item as it stood there."""

    ordered: bool
    start: int
    items: list[str]
    written: str


def _blocks(text: str) -> Iterator[_Paragraph | _List]:
    """The blocks of a text; there are no code blocks, so leading blanks mean nothing."""
    lines: list[str] = []
    listed: _List | None = None
    apart = False

    def paragraph() -> Iterator[_Paragraph]:
        if lines:
            yield _Paragraph("\n".join(lines))
            lines.clear()

    for line in (one.strip(" \t\r") for one in text.split("\n")):
        heading = _HEADING.fullmatch(line)
        bullet, number = _BULLET.fullmatch(line), _ORDERED.fullmatch(line)
        if number is not None and lines and int(number[1]) != 1:
            number = None  # within a sentence, a line may begin with a number
        if bullet is not None or number is not None:
            yield from paragraph()
            ordered = bullet is None
            item = bullet[1] if bullet is not None else number[2] if number is not None else ""
            if listed is not None and listed.ordered == ordered:
                listed.items.append(item)
            else:
                if listed is not None:
                    yield listed
                listed = _List(ordered, int(number[1]) if number is not None else 1, [item], line)
        elif not line:
            yield from paragraph()
        elif listed is not None and not apart and heading is None:
            listed.items[-1] += "\n" + line
            listed.written += "\n" + line
        else:
            if listed is not None:
                yield listed
                listed = None
            if heading is not None:
                yield from paragraph()
                yield _Paragraph(heading[2] or "", len(heading[1]))
            else:
                lines.append(line)
        apart = not line
    yield from paragraph()
    if listed is not None:
        yield listed


def _element(block: _Paragraph | _List) -> Element:
    if isinstance(block, _Paragraph):
        return Element(f"h{block.level}" if block.level else "p", _inline(block.text))
    items = tuple(Element("li", (Element("p", _inline(item)),)) for item in block.items)
    return Element("ol" if block.ordered else "ul", items, start=block.start)


# -- within a line -------------------------------------------------------------------------------------------------


def _inline(text: str) -> Rich:
    tokens = inline_tokens(text)
    return _tree(tokens, 0, len(tokens), _partners(tokens), 0)


_DEEPEST = 20


def _partners(tokens: Sequence[Token]) -> dict[int, int]:
    """Where each tag or link that is opened is closed."""
    found: dict[int, int] = {}
    waiting: dict[tuple[str, str], list[int]] = {}
    for at, token in enumerate(tokens):
        if not isinstance(token, Mark):
            continue
        if token.kind in ("tag", "link"):
            waiting.setdefault((token.kind, token.name), []).append(at)
        elif token.kind in ("/tag", "/link") and (stack := waiting.get((token.kind[1:], token.name))):
            found[stack.pop()] = at
    return found


def _tree(tokens: Sequence[Token], start: int, stop: int, partners: Mapping[int, int], depth: int) -> Rich:
    """Tokens to a tree: tags and links that are opened and closed become elements, then emphasis between them."""
    found: list[Token | Element] = []
    at = start
    while at < stop:
        token = tokens[at]
        end = partners.get(at, stop)
        if isinstance(token, Mark) and end < stop and depth < _DEEPEST:
            inner = _tree(tokens, at + 1, end, partners, depth + 1)
            close = tokens[end]
            url = close.url if isinstance(close, Mark) and token.kind == "link" else ""
            found.append(Element("a" if token.kind == "link" else element_name(token.name), inner, url, token.style))
            at = end + 1
            continue
        found.append(Element("br") if isinstance(token, Mark) and token.kind == "br" else token)
        at += 1
    return _joined(_emphasised(found))


def _emphasised(tokens: list[Token | Element]) -> list[Token | Element]:
    """The rule of CommonMark: from left to right each closing run takes the nearest opening run of its letter."""
    work: list[Token | Element] = list(tokens)
    at = 0
    while at < len(work):
        closer = work[at]
        if not (isinstance(closer, Mark) and closer.kind == "run" and closer.closes):
            at += 1
            continue
        opener_at = next((before for before in range(at - 1, -1, -1) if _pairs(work[before], closer)), None)
        if opener_at is None:
            at += 1
            continue
        opener = work[opener_at]
        assert isinstance(opener, Mark)
        size = 2 if opener.count >= 2 and closer.count >= 2 else 1
        inner = [_spelled(one) for one in work[opener_at + 1 : at]]
        element = Element("strong" if size == 2 else "em", _joined(inner))
        left, right = opener.shorter(size), closer.shorter(size)
        middle: list[Token | Element] = [*([left] if left else []), element, *([right] if right else [])]
        work[opener_at : at + 1] = middle
        at = opener_at + (2 if left else 1)
    return work


def _pairs(token: Token | Element, closer: Mark) -> bool:
    if not (isinstance(token, Mark) and token.kind == "run" and token.opens and token.name == closer.name):
        return False
    both = token.closes or closer.opens
    return not (both and (token.count + closer.count) % 3 == 0 and (token.count % 3 or closer.count % 3))


def _spelled(token: Token | Element) -> Token | Element:
    return token.written if isinstance(token, Mark) else token


def _joined(tokens: Sequence[Token | Element]) -> Rich:
    """Neighbouring pieces of text as one, with outputs taken out of them."""
    found: list[Piece] = []
    text: list[str] = []

    def flush() -> None:
        whole = "".join(text)
        text.clear()
        start = 0
        for match in _OUTPUT.finditer(whole):
            if match.start() > start:
                found.append(Words(whole[start : match.start()]))
            found.append(Element("output", start=int(match[1])))
            start = match.end()
        if start < len(whole):
            found.append(Words(whole[start:]))

    for token in tokens:
        if isinstance(token, Element):
            flush()
            found.append(token)
        else:
            text.append(token.written if isinstance(token, Mark) else token)
    flush()
    return tuple(found)
