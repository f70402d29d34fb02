"""One line of a label cut into text, runs of `*` and `_`, links, allowed tags and line breaks; the tree is built in `markup`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

__all__ = ["Mark", "Token", "inline_tokens"]

_TAGS = {
    "span": "span", "div": "div", "p": "p", "strong": "strong", "b": "strong", "em": "em", "i": "em", "u": "u", "font": "span",
    "h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h5", "h6": "h6",
}  # fmt: skip
_PATTERN = re.compile(
    r"""\\(?P<escaped>[!-/:-@\[-`{-~])
  | (?P<run>\*+|_+)
  | \]\((?P<url>(?:https?://|mailto:|tel:)[^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)(?:\s+(?:"[^"]*"|'[^']*'))?\)
  | (?P<link>\[)
  | <(?P<auto>(?:https?://|mailto:|tel:)[^\s<>]+)>
  | <(?P<close>/)?(?P<tag>[A-Za-z][A-Za-z0-9]*)(?P<attributes>(?:\s+[A-Za-z-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*(?P<empty>/)?>
  | \s*(?P<break>\n)\s*""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_STYLES = {
    "color": re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|rgba?\([\d.,%\s]+\)"),
    "background-color": re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]+|rgba?\([\d.,%\s]+\)"),
    "font-family": re.compile(r"[\w\s,'\"-]+"),
    "font-size": re.compile(r"\d+(?:\.\d+)?(?:px|pt|em|rem|%)|(?:x{1,2}-)?(?:small|large)|medium|smaller|larger"),
    "text-align": re.compile(r"left|right|center|justify"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A token that may turn into markup: run, link, /link, tag, /tag, br. `written` is shown where it does not."""

    kind: str
    written: str
    name: str = ""
    opens: bool = False
    closes: bool = False
    url: str = ""
    style: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many letters a run has."""
        return len(self.written)

    def shorter(self, by: int) -> Mark | None:
        """What is left of a run; None when nothing is."""
        return replace(self, written=self.written[by:]) if self.count > by else None


Token = str | Mark


def inline_tokens(text: str) -> list[Token]:
    """The tokens of a text, in its order."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    for match in _PATTERN.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        at = match.end()
        yield from _token(text, match)
    if at < len(text):
        yield text[at:]


def _token(text: str, match: re.Match[str]) -> Iterator[Token]:
    written = match[0]
    if match["escaped"]:
        yield match["escaped"]
    elif match["run"]:
        yield match["run"] if _times(text, match) else _run(text, match)
    elif match["url"]:
        yield Mark("/link", written, url=match["url"])
    elif match["link"]:
        yield Mark("link", written)
    elif match["auto"]:
        yield Mark("link", "")
        yield match["auto"]
        yield Mark("/link", "", url=match["auto"])
    elif match["break"]:
        yield Mark("br", written)
    else:
        yield _tag(match)


def _tag(match: re.Match[str]) -> Token:
    spelled = match["tag"].lower()
    if spelled == "br" and not match["close"]:
        return Mark("br", "\n")
    name = _TAGS.get(spelled)
    if name is None or match["empty"]:
        return match[0]
    if match["close"]:
        return Mark("/tag", match[0], spelled)
    return Mark("tag", match[0], spelled, style=_style(match["attributes"] or ""))


def _style(attributes: str) -> dict[str, str]:
    """The allowed properties of a `style`, and the colour of a `font`."""
    given = {match[1].lower(): match[2] if match[2] is not None else match[3] for match in _ATTRIBUTE.finditer(attributes)}
    pairs = [tuple(part.partition(":")[::2]) for part in given.get("style", "").split(";")]
    if "color" in given:
        pairs.append(("color", given["color"]))
    found = {}
    for name, value in pairs:
        allowed = _STYLES.get(name.strip().lower())
        if allowed is not None and allowed.fullmatch(value.strip()):
            found[name.strip().lower()] = value.strip()
    return found


def _run(text: str, match: re.Match[str]) -> Mark:
    before = text[match.start() - 1] if match.start() else " "
    after = text[match.end()] if match.end() < len(text) else " "
    if match["run"][0] == "_":
        left = not after.isspace() and (not _punctuation(after) or before.isspace() or _punctuation(before))
        right = not before.isspace() and (not _punctuation(before) or after.isspace() or _punctuation(after))
        opens, closes = left and (not right or _punctuation(before)), right and (not left or _punctuation(after))
    else:
        opens = not after.isspace() and (not _punctuation(after) or _edge(before))
        closes = not before.isspace() and (not _punctuation(before) or _edge(after))
    return Mark("run", match["run"], match["run"][0], opens, closes)


def _times(text: str, match: re.Match[str]) -> bool:
    """Whether a star multiplies: 600*800*2000 is a size, and its stars must stay."""
    return match["run"] == "*" and text[match.start() - 1 : match.start()].isdigit() and text[match.end() : match.end() + 1].isdigit()


def _punctuation(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "PS"


def _edge(letter: str) -> bool:
    # Chinese has no blanks between words: 请先**“断电”**再开始 must work, so a wide letter ends a word as well.
    return letter.isspace() or _punctuation(letter) or unicodedata.east_asian_width(letter) in "WF"


def element_name(tag: str) -> str:
    """The element that a tag becomes."""
    return _TAGS.get(tag, tag)
