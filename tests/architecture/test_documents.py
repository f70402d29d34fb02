"""The documents speak of what is there: links lead somewhere, commands exist, both languages name the same ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import dev
from tests.architecture.source import ROOT, expect_none

LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def documents() -> Iterator[Path]:
    """Every page for a reader."""
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def dead_links(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    targets = [target for target in LINK.findall(text) if "://" not in target]
    return [f"{page.name} -> {target}" for target in targets if not (page.parent / target).exists()]


def test_links_lead_somewhere() -> None:
    expect_none(line for page in documents() for line in dead_links(page, page.read_text(encoding="utf-8")))


def test_a_dead_link_is_seen() -> None:
    assert dead_links(ROOT / "README.md", "![A](docs/images/none.png) [B](LICENSE) [C](https://example.org)") == [
        "README.md -> docs/images/none.png"
    ]


def test_both_readmes_name_every_command() -> None:
    usage = re.search(r"\{([\w,]+)\}", dev.arguments().format_usage())
    assert usage is not None
    for name in ("README.md", "README.zh.md"):
        named = set(re.findall(r"python3 dev\.py (\w+)", (ROOT / name).read_text(encoding="utf-8")))
        assert named == set(usage[1].split(",")), name


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
