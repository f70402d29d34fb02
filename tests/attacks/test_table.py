"""The files and tables that `python -m tests.attacks` writes; the page for readers has a row for every attack."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.attacks import __main__ as command
from tests.attacks import catalogue, genuine, revisions, spelling
from tests.attacks.catalogue import ATTACKS, Attack
from tests.attacks.programs import PROGRAMS
from tests.attacks.table import Row, written
from tests.reports import samples

FEW = tuple(attack for attack in ATTACKS if attack.make in (spelling.bit_flipped, revisions.overpainted))


def test_the_command_writes_every_file_and_a_table_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "ATTACKS", FEW)
    monkeypatch.setattr(genuine, "STAGES", (genuine.on_site,))
    assert command.main(["--out", str(tmp_path)]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        "attacked-bit_flipped.pdf",
        "attacked-overpainted.pdf",
        "ca.pem",
        "genuine-certified.pdf",
        "genuine-on_site.pdf",
        "table.en.md",
        "table.zh.md",
    ]
    english, chinese = ((tmp_path / f"table.{language}.md").read_text(encoding="utf-8") for language in ("en", "zh"))
    assert "| `bit_flipped` One bit of the drawn pages" in english
    assert "**refuses**: The file was changed after it was signed." in english
    assert "| `bit_flipped` 页面中改动一位 | **不通过**: 文件在签字后被修改。" in chinese
    assert "OURS IS WRONG" not in capsys.readouterr().out


def test_a_verifier_that_is_fooled_ends_the_command_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "ATTACKS", (Attack(genuine.on_site, "没有改动", ""),))
    monkeypatch.setattr(genuine, "STAGES", (genuine.on_site,))
    assert command.main(["--out", str(tmp_path)]) == 1
    assert "OURS IS WRONG: on_site" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "of_genuine", "of_flipped", "of_overpainted"),
    [
        ("pdfsig", "accepts", "refuses", "accepts, more follows"),
        ("mutool", "accepts", "refuses", "accepts, more follows"),
        ("OpenSSL", "accepts", "refuses", "accepts"),
        ("pyHanko", "accepts", "refuses", "refuses"),
        ("PDFBox", "absent", "absent", "absent"),
    ],
)
def test_other_programs_are_heard_and_who_is_not_there_is_called_absent(
    tmp_path: Path, name: str, of_genuine: str, of_flipped: str, of_overpainted: str
) -> None:
    ca, file = tmp_path / "ca.pem", tmp_path / "report.pdf"
    command.write_root(ca)
    for make, expected in ((genuine.on_site, of_genuine), (spelling.bit_flipped, of_flipped), (revisions.overpainted, of_overpainted)):
        file.write_bytes(make())
        assert PROGRAMS[name](file, ca, samples.at(14)) in (expected, "absent")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca.pem", "report.pdf"]


def test_a_program_that_nobody_has_gets_no_column() -> None:
    said = {"pdfsig": "absent", "mutool": "accepts"}
    table = written([Row("x", "Words.", "字", True, "refuses", "", said)], "en")  # type: ignore[arg-type]
    assert table.splitlines()[0] == "| File | fieldapp verify | mutool |"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_for_readers_has_a_row_for_every_file(language: str) -> None:
    rows = (ROOT / "docs" / f"verifying.{language}.md").read_text(encoding="utf-8").splitlines()
    refused = "**refuses**" if language == "en" else "**不通过**"
    for attack in ATTACKS:
        words = attack.words if language == "en" else attack.zh
        assert any(row.startswith(f"| `{attack.name}` {words} | {refused}: ") for row in rows), attack.name
    for make in genuine.STAGES:
        accepted = "**accepts**" if language == "en" else "**通过**"
        assert any(row.startswith(f"| `{make.__name__}` ") and f" | {accepted} |" in row for row in rows), make.__name__
