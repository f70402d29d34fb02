"""The one token table: colours of light and dark, sizes, radii, gaps, and the scale of text (100 to 150 %).

Colours are `#RRGGBB` texts. Lengths are logical pixels at 100 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["DARK", "GAP", "LIGHT", "RADIUS", "SIZE", "TEXT", "TONES", "Colours", "Theme", "Tone", "contrast", "mix"]

Tone = Literal["neutral", "met", "due", "breached", "unknown", "accent"]
TONES: tuple[Tone, ...] = ("neutral", "met", "due", "breached", "unknown", "accent")


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one theme; `x_soft` is the quiet background that a text in `x` stands on."""

    background: str
    surface: str
    raised: str
    line: str
    edge: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    met: str
    met_soft: str
    due: str
    due_soft: str
    breached: str
    breached_soft: str
    unknown: str
    unknown_soft: str
    ink: str

    def tone(self, tone: Tone) -> tuple[str, str]:
        """Foreground and soft background of a tone."""
        return {
            "neutral": (self.muted, self.raised),
            "met": (self.met, self.met_soft),
            "due": (self.due, self.due_soft),
            "breached": (self.breached, self.breached_soft),
            "unknown": (self.unknown, self.unknown_soft),
            "accent": (self.accent, self.accent_soft),
        }[tone]

    @property
    def accent_hover(self) -> str:
        """The accent under the pointer."""
        return mix(self.accent, self.text, 0.12)

    @property
    def accent_pressed(self) -> str:
        """The accent while it is pressed."""
        return mix(self.accent, self.text, 0.24)

    @property
    def disabled(self) -> str:
        """Text of a control that cannot be used now; still readable, as its words say what is there."""
        return mix(self.muted, self.surface, 0.08)


LIGHT = Colours(
    background="#F4F6F9",
    surface="#FFFFFF",
    raised="#EDF1F6",
    line="#DDE2E9",
    edge="#8792A2",
    text="#151A21",
    muted="#56616F",
    accent="#0B5FBF",
    accent_soft="#DFECFB",
    on_accent="#FFFFFF",
    met="#17784A",
    met_soft="#DDF3E7",
    due="#8F5400",
    due_soft="#FFF0D8",
    breached="#B3261E",
    breached_soft="#FCE5E3",
    unknown="#55599A",
    unknown_soft="#E8E9F8",
    ink="#142F6B",
)

DARK = Colours(
    background="#11151B",
    surface="#191F27",
    raised="#222A34",
    line="#2E3845",
    edge="#7B8795",
    text="#E9EDF2",
    muted="#A5AFBC",
    accent="#74B4FF",
    accent_soft="#1D3350",
    on_accent="#07203D",
    met="#63D395",
    met_soft="#173626",
    due="#F2B75E",
    due_soft="#3B2C12",
    breached="#FF8F86",
    breached_soft="#421E1C",
    unknown="#B7BAF7",
    unknown_soft="#2B2D4D",
    ink="#B9D3FF",
)


@dataclass(frozen=True, slots=True)
class _Gap:
    tight: int = 4
    small: int = 8
    medium: int = 12
    large: int = 16
    page: int = 24


@dataclass(frozen=True, slots=True)
class _Radius:
    control: int = 8
    card: int = 12


@dataclass(frozen=True, slots=True)
class _Size:
    rail: int = 196
    bar: int = 64
    target: int = 44
    compact: int = 40
    answer: int = 56
    icon: int = 20
    window_width: int = 1024
    window_height: int = 700


@dataclass(frozen=True, slots=True)
class _Text:
    small: int = 12
    body: int = 14
    strong: int = 15
    large: int = 16
    title: int = 22
    figure: int = 24


GAP = _Gap()
RADIUS = _Radius()
SIZE = _Size()
TEXT = _Text()


@dataclass(frozen=True, slots=True)
class Theme:
    """What is drawn with: a name, its colours, and the size of text in percent (100 to 150)."""

    name: Literal["light", "dark"] = "light"
    percent: int = 100

    def __post_init__(self) -> None:
        """Keep the percent inside what every screen is tested for."""
        object.__setattr__(self, "percent", min(150, max(100, self.percent)))

    @property
    def colours(self) -> Colours:
        """The colours of this theme."""
        return DARK if self.name == "dark" else LIGHT

    def px(self, length: float) -> int:
        """A length that grows with the text: fonts, icons, columns of text."""
        return round(length * self.percent / 100)

    def target(self, length: int) -> int:
        """The height of something to press; it grows a quarter as fast as the text, as it already has room."""
        return round(length * (1 + (self.percent - 100) / 400))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(first: str, second: str, share: float) -> str:
    """The colour that lies `share` (0 to 1) of the way from the first to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
