"""What the pages look like: fonts, sizes, colours, the brand of the company.

Fonts are registered with reportlab once for a process (parsing takes 0.1 s each). Lengths are points (1/72 inch).
"""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from fieldapp.base.errors import DocumentError
from fieldapp.base.i18n import N_
from fieldapp.base.settings import resource
from fieldapp.reports.blocks import Brand, Tone

__all__ = ["BOLD", "HAIRLINE", "INK", "MUTED", "REGULAR", "WASH", "FontError", "Style", "fonts", "rgb", "tone_colour"]

REGULAR = "FieldRegular"
BOLD = "FieldBold"
INK = "#16202A"
MUTED = "#56616F"
HAIRLINE = "#D5DBE2"
WASH = "#F3F6F9"
_TONES: dict[str, str] = {
    "plain": INK,
    "strong": INK,
    "muted": MUTED,
    "met": "#17784A",
    "due": "#8F5400",
    "breached": "#B3261E",
}


_FILES = (
    (REGULAR, "NotoSansSC_400Regular.ttf", "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16"),
    (BOLD, "NotoSansSC_700Bold.ttf", "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96"),
)


class FontError(DocumentError):
    """A font file is missing, or is not the one that came with the program."""

    code = "FA-812"
    message = N_(
        "The font file {name} of this program is damaged or missing. Nothing was signed and nothing is lost. "
        "Install the program again, then sign."
    )


@dataclass(frozen=True, slots=True)
class Style:
    """How a line of text is set: font, size and leading in points, colour `#RRGGBB`."""

    font: str
    size: float
    leading: float
    colour: str


def rgb(colour: str) -> tuple[float, float, float]:
    """`#RRGGBB` as three shares of 1."""
    return tuple(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def tone_colour(tone: Tone, brand: Brand) -> str:
    """The colour of a tone, `#RRGGBB`."""
    return _TONES.get(tone, brand.accent)


class _EmbeddedFont(TTFont):  # type: ignore[misc]
    """A TrueType font whose ToUnicode maps are well formed: blocks of 100, and UTF-16 for rare characters of names."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:") and f"+{self.face.name.decode()}" in name:
                stream.content = _to_unicode(stream.content)


def _to_unicode(content: str) -> str:
    lines = content.split("\n")
    first = next((i for i, line in enumerate(lines) if line.endswith("beginbfchar")), None)
    if first is None or lines[first].startswith("100 "):
        return content
    last = lines.index("endbfchar")
    pairs = []
    for line in lines[first + 1 : last]:
        code, point = line.strip("<>").split("> <")
        pairs.append(f"<{code}> <{chr(int(point, 16)).encode('utf-16-be').hex().upper()}>")
    blocks: list[str] = []
    for at in range(0, len(pairs), 100):
        some = pairs[at : at + 100]
        blocks += [f"{len(some)} beginbfchar", *some, "endbfchar"]
    return "\n".join([*lines[:first], *blocks, *lines[last + 1 :]])


@functools.cache
def fonts() -> dict[str, frozenset[int]]:
    """Register both fonts and tell which characters each holds; called before anything is measured or drawn.

    FontError when a file is not the one that was shipped: another outline would print another document under the same digest.
    """
    rl_config.useA85 = 0
    held: dict[str, frozenset[int]] = {}
    for name, file, digest in _FILES:
        path = resource("fonts") / file
        try:
            whole = path.read_bytes()
        except OSError as fault:
            raise FontError(name=file) from fault
        if hashlib.sha256(whole).hexdigest() != digest:
            raise FontError(name=file)
        font = _EmbeddedFont(name, io.BytesIO(whole), asciiReadable=0)
        pdfmetrics.registerFont(font)
        held[name] = frozenset(font.face.charToGlyph)
    return held
