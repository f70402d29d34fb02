"""The blocks from which every document is built: plain frozen data, no drawing and no library.

A block says what stands on the page, never where. Texts are `Words`, the same thing said in Chinese and English.
Numbers that are drawn (charts) are decimal texts such as `22.5`: canonical JSON holds no floats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal, Union

from fieldapp.base.i18n import Sentence

__all__ = [
    "Bar",
    "BarChart",
    "Block",
    "Brand",
    "Cell",
    "Chip",
    "Column",
    "DigestLine",
    "DocumentContent",
    "Figure",
    "Figures",
    "Heading",
    "KeyValue",
    "KeyValues",
    "Languages",
    "Mark",
    "PageBreak",
    "Paragraph",
    "Photo",
    "Photos",
    "SignatureFields",
    "SignerSlot",
    "Table",
    "Tone",
    "TrendChart",
    "TrendPoint",
    "Words",
    "plain",
    "words",
]

Languages = Literal["zh", "en", "both"]
Tone = Literal["plain", "strong", "muted", "met", "due", "breached", "accent"]
Mark = Literal["none", "tick", "cross", "dash", "circle", "box"]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages; `en` empty means that the text is the same (a name, a number, what a person typed)."""

    zh: str = ""
    en: str = ""

    def __bool__(self) -> bool:
        """Whether there is anything to read."""
        return bool(self.zh or self.en)

    def read(self, language: Literal["zh", "en"]) -> str:
        """The text in a language, or the only one there is."""
        return (self.zh or self.en) if language == "zh" else (self.en or self.zh)


def words(sentence: Sentence) -> Words:
    """A Sentence in both languages."""
    zh, en = sentence.read("zh"), sentence.read("en")
    return Words(zh, "" if zh == en else en)


def plain(text: str) -> Words:
    """A text that is the same in both languages: typed by a person, a number, a name."""
    return Words(text)


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo as it is printed: a scaled JPEG without metadata (see `photos.scaled`).

    `sha256` is the digest of `jpeg` in 64 hex characters; the JSON holds the digest, the file holds the bytes.
    """

    sha256: str
    caption: Words = field(default_factory=Words)
    jpeg: bytes = field(default=b"", repr=False, compare=False, metadata={"canonical": False})


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; levels 1 (a section, in the bookmarks), 2 and 3. `aside` stands at the right edge of the line."""

    TAG: ClassVar[str] = "heading"
    text: Words
    level: int = 1
    aside: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; line breaks of the text are kept."""

    TAG: ClassVar[str] = "paragraph"
    text: Words
    tone: Tone = "plain"
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A short text with a drawn mark, several of which stand on one line: the verdicts of the service clocks."""

    text: Words
    tone: Tone = "plain"
    mark: Mark = "none"


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A label and its value; `chips` stand on the lines before the value."""

    label: Words
    value: Words
    tone: Tone = "plain"
    mark: Mark = "none"
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Labels and values on hairlines, in one or two columns."""

    TAG: ClassVar[str] = "key_values"
    rows: tuple[KeyValue, ...]
    columns: int = 1


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A value on a day; `value` is a decimal text."""

    day: date
    value: str


@dataclass(frozen=True, slots=True)
class TrendChart:
    """Values over time in a measured unit, with the allowed range shaded; `low` and `high` are decimal texts or empty."""

    TAG: ClassVar[str] = "trend"
    title: Words
    unit: str
    points: tuple[TrendPoint, ...]
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `weight` is its share of the width."""

    title: Words
    weight: int = 10
    align: Literal["left", "right", "center"] = "left"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: a text with a tone, a drawn mark before it, or drawn instead of text a small trend, or boxes.

    `boxes` are the choices of a paper form, each a box to tick with its label.
    """

    text: Words = field(default_factory=Words)
    tone: Tone = "plain"
    mark: Mark = "none"
    trend: TrendChart | None = None
    boxes: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose header is repeated on each page; `empty` is said when there are no rows; a row of one cell goes across.

    `kin` are the rows of all the tables among which it stands, when their columns are to stand below each other.
    """

    TAG: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: Words = field(default_factory=Words)
    kin: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One large number with its label."""

    value: str
    label: Words
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Figures:
    """A row of numbers over their labels: counts of results; `small` suits moments (reported, arrived ...)."""

    TAG: ClassVar[str] = "figures"
    items: tuple[Figure, ...]
    small: bool = False


@dataclass(frozen=True, slots=True)
class Photos:
    """Photos in a grid with their captions and the first groups of their digests."""

    TAG: ClassVar[str] = "photos"
    items: tuple[Photo, ...]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `value` is a decimal text."""

    label: Words
    value: str
    tone: Tone = "accent"


@dataclass(frozen=True, slots=True)
class BarChart:
    """Horizontal bars with their values."""

    TAG: ClassVar[str] = "bars"
    title: Words
    unit: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A SHA-256 (64 hex characters) printed as 16 groups of 4, with what it stands for."""

    TAG: ClassVar[str] = "digest"
    label: Words
    sha256: str


@dataclass(frozen=True, slots=True)
class SignerSlot:
    """One expected signer, in order; the first is always the engineer, who certifies.

    `key` is the name of the PDF field: lower-case letters, digits and `_`. `name` is printed when it is known before.
    """

    key: str
    role: Words
    name: str = ""
    detail: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True)
class SignatureFields:
    """The places for signatures, in order; `paper` draws places for ink and seals instead of fields."""

    TAG: ClassVar[str] = "signatures"
    slots: tuple[SignerSlot, ...]
    paper: bool = False


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page (an annex)."""

    TAG: ClassVar[str] = "page_break"


Block = Union[  # noqa: UP007 - read by the decoder of content.py
    Heading,
    Paragraph,
    KeyValues,
    Table,
    Figures,
    Photos,
    TrendChart,
    BarChart,
    DigestLine,
    SignatureFields,
    PageBreak,
]


@dataclass(frozen=True, slots=True)
class Brand:
    """What a company puts on its papers; the default is neutral.

    `name` may be empty; `logo` are the bytes of a PNG or JPEG; `accent` is `#RRGGBB`; `contact` is one line in the foot.
    """

    name: str = ""
    accent: str = "#0B5FBF"
    logo: bytes = b""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """A whole document, ready for `layout.render`.

    `data_json` are the canonical bytes that go in the file as an attachment, `digest` their SHA-256 (64 hex characters),
    `when_text` is the moment (RFC 3339) that the file bears as its date, so that the same content gives the same bytes.
    """

    title: Words
    number: str
    languages: Languages
    when_text: str
    subject: Words
    blocks: tuple[Block, ...]
    data_json: bytes = field(repr=False)
    digest: str = ""
