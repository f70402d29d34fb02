"""The table of what each program says of each file, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc
from pathlib import Path
from types import MappingProxyType

from fieldapp.base.i18n import catalogue
from tests.attacks.catalogue import judged, reasons
from tests.attacks.programs import PROGRAMS, Said
from tests.reports import samples

__all__ = ["Row", "judged_row", "written"]

_ZH: Mapping[str, str] = MappingProxyType(
    {
        "accepts": "通过",
        "accepts, more follows": "通过,称其后有追加",
        "refuses": "不通过",
        "sees no signature": "未见签名",
        "cannot read it": "无法读取",
        "absent": "未安装",
        "waits": "完好,尚缺签字",
    }
)


@dataclass(frozen=True)
class Row:
    """One file and the verdicts on it; ours comes with its reason (an English template)."""

    name: str
    words: str
    zh: str
    attack: bool
    ours: str
    reason: str
    said: Mapping[str, Said]

    @property
    def wrong(self) -> bool:
        """Whether our own verdict is not what it must be."""
        return self.ours == "accepts" if self.attack else self.ours == "refuses"


def judged_row(file: Path, ca: Path, make: Callable[[], bytes], zh: str, *, attack: bool) -> Row:
    """What everybody says of a file."""
    report = judged(file.read_bytes(), samples.at(14))
    ours = "accepts" if report.accepted else ("waits" if report.intact and not attack else "refuses")
    said = {name: ask(file, ca, samples.at(14)) for name, ask in PROGRAMS.items()}
    words = " ".join((getdoc(make) or "").split())
    return Row(make.__name__, words, zh, attack, ours, next(iter(reasons(report)), ""), said)


def written(rows: Sequence[Row], language: str) -> str:
    """The table as Markdown."""
    return "\n".join(_lines(rows, language)) + "\n"


def _lines(rows: Sequence[Row], language: str) -> Iterator[str]:
    names = [name for name in rows[0].said if any(row.said[name] != "absent" for row in rows)]
    heads = ["File", "fieldapp verify", *names] if language == "en" else ["文件", "fieldapp verify", *names]
    yield "| " + " | ".join(heads) + " |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield "| " + " | ".join([_file(row, language), _ours(row, language), *(_word(row.said[name], language) for name in names)]) + " |"


def _file(row: Row, language: str) -> str:
    return f"`{row.name}` {row.words}" if language == "en" else f"`{row.name}` {row.zh}"


def _ours(row: Row, language: str) -> str:
    reason, zh = (each.replace("{missing}", "customer").replace("{until}", "…") for each in (row.reason, catalogue().get(row.reason, "")))
    verdict = f"**{_word(row.ours, language)}**"
    return f"{verdict}: {reason if language == 'en' else zh}" if row.reason else verdict


def _word(said: str, language: str) -> str:
    return said if language == "en" else _ZH[said]
