"""One catalogue for screens, PDF, console and commands: Chinese (zh) and English (en).

The English sentence is its own key. Chinese stands in `resources/translations/zh_CN/*.po`, a file for each room.
Code marks a sentence with one of three words, which the extraction test knows: `say("…", name=value)` makes a
Sentence that is read later, in any language; `N_("…")` only marks a constant; `t("…")` is what pages call.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from fieldapp.base.settings import resource

__all__ = [
    "LANGUAGES",
    "N_",
    "Language",
    "Sentence",
    "catalogue",
    "date_text",
    "number_text",
    "read",
    "say",
    "time_text",
    "when_text",
]

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its values, not yet in any language.

    `text` is the English template with `{name}` places; a value may itself be a Sentence.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def read(self, language: Language) -> str:
        """The sentence in a language, places filled."""
        return read(self.text, language, **self.values)


def say(text: str, **values: object) -> Sentence:
    """Make a Sentence; `text` must be a literal, so that the extraction finds it."""
    return Sentence(text, values)


def N_(text: str) -> str:  # noqa: N802 - the customary name of gettext's marker
    """Mark a literal for the catalogue and return it unchanged."""
    return text


def read(text: str, language: Language, **values: object) -> str:
    """Look a template up, fill its places, and return it; a sentence that is not in the catalogue reads in English."""
    template = catalogue().get(text, text) if language == "zh" else text
    if not values:
        return template
    filled = {name: value.read(language) if isinstance(value, Sentence) else value for name, value in values.items()}
    return template.format(**filled)


@functools.cache
def catalogue() -> Mapping[str, str]:
    """All Chinese sentences by their English key, read once from the files of all rooms."""
    from babel.messages.pofile import read_po

    sentences: dict[str, str] = {}
    for path in sorted(Path(resource("translations/zh_CN")).glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="zh_CN"):
                if message.id and message.string:
                    sentences[str(message.id)] = str(message.string)
    return sentences


def _locale(language: Language) -> str:
    return "zh_CN" if language == "zh" else "en"


def when_text(moment: datetime, language: Language, zone: str = "Asia/Shanghai") -> str:
    """Date and time of a moment in a zone: `2026-11-23 13:34`, the same in both languages."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def time_text(moment: datetime, zone: str = "Asia/Shanghai", seconds: bool = False) -> str:
    """Time of day of a moment in a zone: `13:34` or `13:34:05`."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S" if seconds else "%H:%M")


def date_text(day: date, language: Language, long: bool = False) -> str:
    """A date: `2026-11-23`, or long with its weekday: `11月23日 星期一`, `Monday 23 November`."""
    if not long:
        return day.isoformat()
    from babel.dates import format_date

    pattern = "M 月 d 日 EEEE" if language == "zh" else "EEEE d MMMM"
    return format_date(day, pattern, locale=_locale(language))


def number_text(value: float, language: Language, digits: int | None = None) -> str:
    """A number with the language's grouping; `digits` decimals when given."""
    from babel.numbers import format_decimal

    pattern = "#,##0.###" if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale(language))
