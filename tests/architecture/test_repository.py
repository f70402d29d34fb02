"""What may stand in the repository at all."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, everything, expect_none

MACHINE = re.compile(r"(?:^|[^A-Za-z0-9_.])/(?:work|farm)/")
UNFINISHED = re.compile("NotImplemented" + r"Error|\bTO" + r"DO\b|FIX" + r"ME|XX" + r"X|pragma: no " + r"cover|xfail\(")
BARE_SKIP = re.compile(r"mark\.skip(?:\(\)|\s*$)|\.skip\(\)")
TEXT = {".py", ".md", ".toml", ".txt", ".po", ".json", ".yaml", ".yml", ".spec", ".sh", ".qss", ".svg", ".html", ".js", ".css"}


def tracked() -> Iterator[Path]:
    """The text files that git keeps; outside a checkout (an unpacked archive) there is nothing to ask."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, stdin=subprocess.DEVNULL)
    if answer.returncode:
        pytest.skip("this is no git checkout")
    for name in answer.stdout.decode().split("\0"):
        path = ROOT / name
        if name and (path.suffix in TEXT or not path.suffix) and path.is_file():
            yield path


def addresses(text: str) -> list[str]:
    """Index addresses in a lock file; comments count too."""
    return re.findall(r"https?://\S+|--(?:extra-)?index-url.*", text.replace("--no-emit-index-url", ""))


def unhashed(text: str) -> list[str]:
    """Requirements of a lock file that carry no hash."""
    blocks = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    return [block.split()[0] for block in blocks if block.strip() and "--hash=sha256:" not in block]


def test_the_lock_names_no_index_and_every_hash() -> None:
    lock = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")
    assert addresses(lock) == []
    assert unhashed(lock) == []
    assert lock.count("--hash=") > 100


def test_no_path_of_a_machine_stands_in_the_project() -> None:
    wrong = []
    for path in tracked():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if MACHINE.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}")
    expect_none(wrong)


def unfinished(one: Module) -> list[str]:
    """Lines that promise work for later, and skips without a reason."""
    return [
        f"{one.path}:{number} {line.strip()}"
        for number, line in enumerate(one.text.splitlines(), 1)
        if UNFINISHED.search(line) or BARE_SKIP.search(line)
    ]


def test_nothing_is_left_for_later() -> None:
    expect_none(line for one in everything() for line in unfinished(one))


@pytest.mark.parametrize("line", ["raise NotImplemented" + "Error", "# TO" + "DO: later", "@pytest.mark." + "skip"])
def test_work_for_later_is_seen(line: str) -> None:
    assert UNFINISHED.search(line) or BARE_SKIP.search(line)


def test_an_address_a_missing_hash_and_a_path_are_seen() -> None:
    assert addresses("--index-url https://index.example/simple\n") != []
    assert unhashed("one==1 \\\n    --hash=sha256:00\ntwo==2\n") == ["two==2"]
    assert MACHINE.search("see " + "/work" + "/main")
    assert not MACHINE.search("docs/work/main")


def test_the_small_files_of_a_repository_are_there() -> None:
    for name in ("LICENSE", "README.md", "README.zh.md", "CHANGELOG.md", ".ci/run", "docs/architecture.md"):
        assert (ROOT / name).is_file(), name
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
