"""Text into lines: Chinese breaks between characters, Latin words and numbers stay whole, no line begins with a comma.

All lengths are points. A character that the fonts do not hold is refused before anything is drawn, because it would
print as nothing and nobody would notice.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from reportlab.pdfbase.pdfmetrics import stringWidth

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.reports.blocks import Languages, Words
from fieldapp.reports.drawing.theme import Style, fonts, rgb

__all__ = ["Line", "MissingGlyphError", "break_lines", "check_glyphs", "draw_lines", "height_of", "set_words", "width_of"]

_NO_START = frozenset(",.;:!?)]}%,。、;:?!)》」』】〉〕…·—~”’℃°")
_TAIL_GAP = 4.0
_NO_END = frozenset("([{(《「『【〈〔“‘¥$")


class MissingGlyphError(DocumentError):
    """A character cannot be printed."""

    code = "FA-803"
    message = N_("The character {character} ({code}) cannot be printed. Nothing was signed and nothing is lost. Replace it in: {context}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and how it is set; `tail` is the other language after it on the same line."""

    text: str
    style: Style
    tail: str = ""
    tail_style: Style | None = None

    @property
    def width(self) -> float:
        """The width of the line with its tail."""
        wide = width_of(self.text, self.style)
        return wide + _TAIL_GAP + width_of(self.tail, self.tail_style) if self.tail_style else wide


def clean(text: str) -> str:
    """A text as it is set: composed (NFC), tabs and odd spaces as spaces, line ends as newlines."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if c != "\n" and (c == "\t" or unicodedata.category(c) == "Zs") else c for c in composed)


def check_glyphs(texts: Iterable[str]) -> None:
    """Refuse texts with a character that is in neither font: MissingGlyphError names it."""
    held = frozenset.intersection(*fonts().values())
    for text in texts:
        for character in clean(text):
            if character != "\n" and ord(character) not in held:
                raise MissingGlyphError(character=character, code=f"U+{ord(character):04X}", context=text[:40])


def width_of(text: str, style: Style) -> float:
    """The width of a text on one line."""
    return float(stringWidth(text, style.font, style.size))


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _pieces(text: str) -> list[str]:
    """Split into pieces that may not be broken: words, spaces, single Chinese characters with their punctuation."""
    pieces: list[str] = []
    for character in text:
        if not pieces:
            pieces.append(character)
            continue
        last = pieces[-1]
        glued = (
            character in _NO_START
            or last[-1] in _NO_END
            or (not _is_wide(character) and not _is_wide(last[-1]) and character != " " and last[-1] != " ")
        )
        if glued and last != " ":
            pieces[-1] = last + character
        else:
            pieces.append(character)
    return pieces


def _cut(piece: str, style: Style, width: float) -> list[str]:
    """Cut a piece that is wider than the line (a digest, a path) wherever it must be."""
    parts, current = [], ""
    for character in piece:
        if current and width_of(current + character, style) > width:
            parts.append(current)
            current = ""
        current += character
    return [*parts, current]


def break_lines(text: str, style: Style, width: float) -> list[str]:
    """The lines of a text in a width; newlines are kept."""
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        current, used = "", 0.0
        for piece in _pieces(paragraph):
            size = width_of(piece, style)
            if used + size <= width + 0.01:
                current, used = current + piece, used + size
                continue
            if current.strip():
                lines.append(current.rstrip())
            *whole, rest = _cut(piece.lstrip(), style, width) if size > width else [piece.lstrip()]
            lines.extend(whole)
            current, used = rest, width_of(rest, style)
        lines.append(current.rstrip())
    return lines


def set_words(words: Words, languages: Languages, first: Style, second: Style, width: float) -> list[Line]:
    """Words in the document's languages: Chinese, and English in `second` after it, or under it when there is no room."""
    if not words:
        return []
    main: Literal["zh", "en"] = "en" if languages == "en" else "zh"
    lines = [Line(text, first) for text in break_lines(words.read(main), first, width)]
    if languages == "both" and words.zh and words.en and words.en != words.zh:
        beside = Line(lines[0].text, first, words.en, second)
        if len(lines) == 1 and "\n" not in words.en and beside.width <= width:
            return [beside]
        lines += [Line(text, second) for text in break_lines(words.en, second, width)]
    return lines


def height_of(lines: Iterable[Line]) -> float:
    """The height that lines take."""
    return sum(line.style.leading for line in lines)


def _one_line(text: str) -> str:
    return text if text.isprintable() else clean(text).replace("\n", " ")


def draw_lines(canvas: Any, x: float, top: float, lines: Iterable[Line], width: float = 0, align: str = "left") -> float:
    """Draw lines downwards from `top`; return the y under the last one."""
    for line in lines:
        style = line.style
        baseline = top - style.leading * 0.5 - style.size * 0.36
        canvas.setFillColorRGB(*rgb(style.colour))
        canvas.setFont(style.font, style.size)
        at = x + {"right": width - line.width, "center": (width - line.width) / 2}.get(align, 0.0)
        canvas.drawString(at, baseline, _one_line(line.text))
        if line.tail_style is not None:
            canvas.setFillColorRGB(*rgb(line.tail_style.colour))
            canvas.setFont(line.tail_style.font, line.tail_style.size)
            canvas.drawString(at + width_of(line.text, style) + _TAIL_GAP, baseline, _one_line(line.tail))
        top -= style.leading
    return top
