"""Manifests: canonical, resumable, the same from here and from the customer's server."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.base.clock import TurnableClock, moment_from_text
from fieldapp.base.i18n import Sentence
from fieldapp.base.settings import resource
from fieldapp.operations.evidence import (
    Comparison,
    ComputationStopped,
    EvidenceUnreadable,
    FileChanged,
    Manifest,
    ManifestDamaged,
    ManifestLine,
    NameNotUsable,
    NoFolder,
    NothingToList,
    ScriptResult,
    compare,
    comparison_words,
    compute,
    digest_groups,
    read_result,
    read_result_file,
    save_scripts,
)
from fieldapp.operations.watching import Unwatched

SHELLS = [each for each in ("sh", "bash", "dash", "ksh", "zsh") if shutil.which(each)]
TOOLS = [each for each in ("sha256sum", "shasum", "openssl") if shutil.which(each)]
NEEDED = ("cut", "sort", "find", "head", "wc", "cat", "mkdir", "rm", "readlink", "printf", "perl")


class Telling:
    """Remembers what was told; turns the clock with each telling; stops after some bytes."""

    def __init__(self, clock: TurnableClock, stop_at: float | None = None) -> None:
        self.clock, self.stop_at = clock, stop_at
        self.told: list[tuple[float, float, Sentence | None]] = []
        self.cancelled = False

    def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
        self.told.append((done, total, words))
        self.cancelled = self.stop_at is not None and done >= self.stop_at


class Ticking(TurnableClock):
    """Half a second passes with every look."""

    def elapsed(self) -> float:
        self.advance(seconds=0.5)
        return super().elapsed()


@pytest.fixture
def clock() -> TurnableClock:
    return Ticking(moment_from_text("2026-11-23T14:04:00Z"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A backup with all the names that make trouble."""
    made = tmp_path / "backup"
    for name, data in (
        ("app/core.bin", b"\x00\x01" * 70_000),
        ("app/core.bin.old", b""),
        ("app core/with  two spaces .txt", b"x\n"),
        ("配置/车站 参数.ini", "票价=3\n".encode()),
        ("-rf", b"dash"),
        ("--help/-n", b"dash"),
        ("$(touch x)`id`'\"*?[a].sh", b"quote"),
        ("back\\slash", b"b"),
        (" leading", b"l"),
        ("app-core", b"sorts between"),
        ("manifest  1  1  x", b"m"),
        (".hidden/.deep", b"h"),
        ("tab\there", b"t"),
    ):
        file = made / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (made / "empty").mkdir()
    (made / "current").symlink_to("./app core/../app/core.bin")
    (made / "loop").symlink_to("..")
    (made / "gone").symlink_to("没有了")
    return made


def script(shell: str, folder: Path | str, *, cwd: Path | None = None, path: str | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the script of the customer's server."""
    environment = {**os.environ, "TMPDIR": str(cwd or Path.cwd())} if cwd else dict(os.environ)
    if path is not None:
        environment["PATH"] = path
    found = shutil.which(shell)
    assert found is not None
    command = [found, str(resource("scripts/manifest.sh")), str(folder)]
    return subprocess.run(command, capture_output=True, cwd=cwd, env=environment, check=False, timeout=60)


def test_a_manifest_lists_every_file_by_the_bytes_of_its_path(folder: Path, clock: TurnableClock) -> None:
    made = compute(folder, clock, Unwatched())
    paths = [each.path for each in made.lines]
    assert paths == sorted(paths, key=os.fsencode)
    assert len(paths) == made.files == 16
    by_path = {each.path: each for each in made.lines}
    assert by_path["app/core.bin"] == ManifestLine("app/core.bin", 140_000, hashlib.sha256(b"\x00\x01" * 70_000).hexdigest())
    assert by_path["gone"] == ManifestLine("gone", None, hashlib.sha256("没有了".encode()).hexdigest())
    assert made.size == sum(each.size or 0 for each in made.lines)
    *body, last = made.text.splitlines(keepends=True)
    assert last == f"manifest  16  {made.size}  {hashlib.sha256(b''.join(body)).hexdigest()}\n".encode()
    assert made.digest == hashlib.sha256(b"".join(body)).hexdigest()


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_writes_the_same_bytes(shell: str, folder: Path, clock: TurnableClock) -> None:
    ran = script(shell, folder)
    made = compute(folder, clock, Unwatched())
    assert ran.returncode == 0, ran.stderr.decode()
    assert ran.stdout == made.text
    assert read_result(ran.stdout) == ScriptResult(made.digest, made.files, made.size, made)
    assert made.digest in ran.stderr.decode()


@pytest.mark.parametrize("tool", TOOLS)
def test_the_script_needs_only_one_of_three_tools(tool: str, folder: Path, clock: TurnableClock, tmp_path: Path) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for name in (tool, *NEEDED):
        found = shutil.which(name)
        if found:
            (few / name).symlink_to(found)
    ran = script("sh", folder, path=str(few))
    assert ran.stdout == compute(folder, clock, Unwatched()).text, ran.stderr.decode()
    (few / tool).unlink()
    assert b"sha256sum" in script("sh", folder, path=str(few)).stderr


def test_the_script_takes_a_folder_that_begins_with_a_dash(tmp_path: Path, clock: TurnableClock) -> None:
    (tmp_path / "-old backup").mkdir()
    (tmp_path / "-old backup" / "a").write_bytes(b"a")
    ran = script("sh", "-old backup", cwd=tmp_path)
    assert ran.stdout == compute(tmp_path / "-old backup", clock, Unwatched()).text, ran.stderr.decode()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["-old backup"], "it leaves nothing behind"


@pytest.mark.parametrize("name", ["two\nlines", "car\rriage"])
def test_a_line_break_in_a_name_is_refused_here_and_there(name: str, folder: Path, clock: TurnableClock) -> None:
    (folder / name).write_bytes(b"x")
    with pytest.raises(NameNotUsable):
        compute(folder, clock, Unwatched())
    ran = script("sh", folder)
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert "换行符" in ran.stderr.decode()


def test_a_line_break_in_the_target_of_a_link_is_refused_here_and_there(folder: Path, clock: TurnableClock) -> None:
    (folder / "bad").symlink_to("ends with one\n")
    with pytest.raises(NameNotUsable):
        compute(folder, clock, Unwatched())
    assert script("sh", folder).returncode == 1


def test_a_name_that_is_no_utf8_is_kept_byte_by_byte(tmp_path: Path, clock: TurnableClock) -> None:
    place = tmp_path / "b"
    place.mkdir()
    (place / os.fsdecode(b"gbk-\xb1\xb8\xb7\xdd")).write_bytes(b"x")
    made = compute(place, clock, Unwatched())
    assert b"gbk-\xb1\xb8\xb7\xdd\n" in made.text
    assert script("sh", place).stdout == made.text
    assert read_result(made.text).manifest == made


def test_the_script_says_what_it_cannot_do(tmp_path: Path) -> None:
    ran = script("sh", tmp_path / "nowhere")
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert "无法打开文件夹" in ran.stderr.decode()


def test_the_windows_script_keeps_the_same_format() -> None:
    text = resource("scripts/manifest.ps1").read_text("utf-8")
    for part in (
        '"$digest  $size  $path`n"',
        '"manifest  $($items.Length)  $bytes  $whole`n"',
        "'link'",
        "StringComparer]::Ordinal",
        "ToLowerInvariant",
        "UTF8Encoding($false",
        ".Replace('\\', '/')",
        '"`r`n"',
    ):
        assert part in text
    assert text.count("{") == text.count("}")
    assert text.count("(") == text.count(")")


def test_the_scripts_are_handed_out_as_they_are(tmp_path: Path) -> None:
    written = save_scripts(tmp_path)
    assert [each.name for each in written] == ["manifest.sh", "manifest.ps1"]
    assert written[0].read_bytes() == resource("scripts/manifest.sh").read_bytes()
    assert b"\r" not in written[0].read_bytes()
    with pytest.raises(NoFolder):
        save_scripts(tmp_path / "nowhere")


def test_progress_tells_bytes_speed_and_what_is_left(folder: Path, clock: TurnableClock) -> None:
    (folder / "large").write_bytes(b"\x01" * 3_500_000)
    watch = Telling(clock)
    made = compute(folder, clock, watch)
    assert watch.told[-1][:2] == (made.size, made.size)
    assert [each[0] for each in watch.told] == sorted(each[0] for each in watch.told)
    words = watch.told[len(watch.told) // 2][2]
    assert words is not None
    assert "/s · " in words.read("en")
    assert "剩" in words.read("zh")


def test_a_stopped_computation_goes_on_where_it_was(folder: Path, clock: TurnableClock, tmp_path: Path) -> None:
    state = tmp_path / "state" / "one"
    (folder / "z-large").write_bytes(b"z" * 3_000_000)
    whole = compute(folder, clock, Unwatched())
    with pytest.raises(ComputationStopped):
        compute(folder, clock, Telling(clock, stop_at=1_100_000), state)
    kept = state.read_text("ascii")
    assert "core" not in kept, "no name of a customer's file lies open on the disk"
    finished = kept.count("\n") - 1
    assert 0 < finished < whole.files
    state.write_text(kept + "torn li", "ascii")
    before = (folder / "app/core.bin").stat()
    (folder / "app/core.bin").write_bytes(b"\xff" * 140_000)
    os.utime(folder / "app/core.bin", ns=(before.st_atime_ns, before.st_mtime_ns))
    again = compute(folder, clock, Unwatched(), state)
    assert again == whole, "what has the same size and time is not read again when going on"
    assert not state.exists()
    assert compare(whole, compute(folder, clock, Unwatched(), state)).changed == ("app/core.bin",)


def test_going_on_reads_again_what_changed_and_ignores_another_folder(folder: Path, clock: TurnableClock, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with pytest.raises(ComputationStopped):
        compute(folder, clock, Telling(clock, stop_at=140_000), state)
    (folder / "app/core.bin").write_bytes(b"new")
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved, symlinks=True)
    assert compute(folder, clock, Unwatched(), state) == compute(folder, clock, Unwatched())
    state.write_text("not a state at all\n", "ascii")
    assert compute(moved, clock, Unwatched(), state).digest == compute(folder, clock, Unwatched()).digest


def test_a_state_that_cannot_be_kept_only_costs_the_resuming(folder: Path, clock: TurnableClock, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert compute(folder, clock, Unwatched(), tmp_path / "file" / "state") == compute(folder, clock, Unwatched())


def test_folders_that_are_not_there_or_empty_are_refused(tmp_path: Path, clock: TurnableClock) -> None:
    with pytest.raises(NoFolder):
        compute(tmp_path / "nowhere", clock, Unwatched())
    with pytest.raises(NothingToList):
        compute(tmp_path, clock, Unwatched())


def test_a_file_that_grows_while_it_is_read_is_no_evidence(tmp_path: Path, clock: TurnableClock) -> None:
    place = tmp_path / "b"
    place.mkdir()
    file = place / "log"
    file.write_bytes(b"\x00" * 2_000_000)

    class Writer(Telling):
        def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
            with file.open("ab") as stream:
                stream.write(b"more" if not self.told else b"")
            super().tell(done, total, words)

    with pytest.raises(FileChanged):
        compute(place, clock, Writer(clock))


def test_a_file_that_goes_away_is_named(tmp_path: Path, clock: TurnableClock) -> None:
    place = tmp_path / "b"
    place.mkdir()
    (place / "a").write_bytes(b"\x00" * 2_000_000)
    (place / "b").write_bytes(b"b")

    class Remover(Telling):
        def tell(self, done: float, total: float, words: Sentence | None = None) -> None:
            (place / "b").unlink(missing_ok=True)
            (place / "a").unlink(missing_ok=True)
            super().tell(done, total, words)

    with pytest.raises(EvidenceUnreadable, match="cannot be read"):
        compute(place, clock, Remover(clock))


def test_manifests_are_compared_file_by_file(folder: Path, clock: TurnableClock) -> None:
    before = compute(folder, clock, Unwatched())
    (folder / "-rf").unlink()
    (folder / "new").write_bytes(b"n")
    (folder / "back\\slash").write_bytes(b"c")
    found = compare(before, compute(folder, clock, Unwatched()))
    assert found == Comparison(("-rf",), ("new",), ("back\\slash",))
    assert comparison_words(found).read("zh") == "缺少 1 个,多出 1 个,不同 1 个"
    assert compare(before, before).same


def test_a_result_may_come_whole_scanned_or_typed(folder: Path, clock: TurnableClock, tmp_path: Path) -> None:
    made = compute(folder, clock, Unwatched())
    whole = ScriptResult(made.digest, made.files, made.size, made)
    windows = made.text.replace(b"\n", b"\r\n")
    for given_ in (made.text, windows, made.text.decode(), made.text.decode().encode("utf-16"), b"\xef\xbb\xbf" + made.text):
        assert read_result(given_) == whole
    last = made.text.splitlines()[-1]
    assert read_result(last) == ScriptResult(made.digest, made.files, made.size)
    assert read_result(f" {digest_groups(made.digest).upper()} \n") == ScriptResult(made.digest)
    assert len(digest_groups(made.digest).split()) == 16
    (tmp_path / "r.txt").write_bytes(made.text)
    assert read_result_file(tmp_path / "r.txt") == whole
    with pytest.raises(NoFolder):
        read_result_file(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-20],
        lambda text: text[: len(text) // 2],
        lambda text: b"\n".join(text.split(b"\n")[1:]),
        lambda text: text.replace(b"140000", b"140001"),
        lambda text: b"\n".join([*reversed(text.split(b"\n")[:-2]), *text.split(b"\n")[-2:]]),
        lambda text: text.replace(b"manifest  16", b"manifest  15"),
        lambda text: b"",
        lambda text: b"\xff\xfe\x00",
        lambda text: b"PK\x03\x04 something else",
        lambda text: text.split(b"\n")[0] + b"\n" + text,
    ],
)
def test_a_damaged_result_is_refused(damage: Callable[[bytes], bytes], folder: Path, clock: TurnableClock) -> None:
    with pytest.raises(ManifestDamaged):
        read_result(damage(compute(folder, clock, Unwatched()).text))


_NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00/"), min_size=1).filter(lambda name: name not in (".", ".."))
_LINES = st.builds(
    ManifestLine, _NAMES, st.none() | st.integers(0, 2**50), st.binary(max_size=4).map(lambda b: hashlib.sha256(b).hexdigest())
)


@settings(max_examples=60)
@given(st.lists(_LINES, min_size=1, max_size=6, unique_by=lambda line: line.path))
def test_what_is_written_is_read_again(lines: list[ManifestLine]) -> None:
    made = Manifest.of({each.path: each for each in lines})
    assert read_result(made.text).manifest == made
    assert Manifest.of({each.path: each for each in reversed(lines)}).text == made.text
