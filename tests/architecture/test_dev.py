"""The one command: what it takes for a finished environment, how it counts skips, how it stops what it started."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dev

REPORT = """<testsuites><testsuite>
<testcase classname="tests.a" name="test_one[1]"><skipped type="pytest.skip" message="no &#10; server"/></testcase>
<testcase classname="tests.a" name="test_one[2]"><skipped type="pytest.skip" message="no server"/></testcase>
<testcase classname="tests.b" name="test_two"/>
</testsuite></testsuites>"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment's folder with an interpreter that looks whole."""
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "made-from.json")
    monkeypatch.setattr(dev, "HALF_MADE", tmp_path / "half-made")
    interpreter = Path(dev.tool("python"))
    interpreter.parent.mkdir()
    interpreter.touch()
    return tmp_path


def test_the_last_line_names_what_was_skipped_and_why(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    assert dev.skipped_tests(report) == "skipped 2: tests.a::test_one x2 (no server)"
    report.write_text("<testsuites/>", encoding="utf-8")
    assert dev.skipped_tests(report) == "nothing skipped"
    assert "not known" in dev.skipped_tests(tmp_path / "none.xml")


def test_a_stamped_environment_is_taken_as_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dev.STAMP.write_text(json.dumps(dev.wanted_stamp()), encoding="utf-8")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("nothing is to be done"))
    dev.ensure_environment()


@pytest.mark.parametrize("damage", ["half-made", "stamp", "interpreter"])
def test_a_damaged_environment_is_not_taken(folder: Path, damage: str) -> None:
    dev.STAMP.write_text(json.dumps(dev.wanted_stamp()), encoding="utf-8")
    if damage == "half-made":
        dev.HALF_MADE.touch()
    elif damage == "stamp":
        dev.STAMP.write_text('{"lock": ', encoding="utf-8")
    else:
        Path(dev.tool("python")).unlink()
    assert dev.made_stamp() != dev.wanted_stamp()


def test_an_environment_carried_from_another_folder_is_made_anew(folder: Path) -> None:
    assert not dev.usable({**dev.wanted_stamp(), "root": str(folder / "elsewhere")})


def test_a_changed_lock_changes_the_stamp_and_a_tool_setting_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dev.wanted_stamp()
    project = (dev.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(project + "\n[tool.new]\n", encoding="utf-8")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    assert dev.wanted_stamp()["project"] == before["project"]
    (tmp_path / "lock.txt").write_text("one==1\n", encoding="utf-8")
    monkeypatch.setattr(dev, "LOCK", tmp_path / "lock.txt")
    assert dev.wanted_stamp()["lock"] != before["lock"]


def test_without_the_right_to_install_the_one_command_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(dev.Stop, match="apt-get update && apt-get install -y --no-install-recommends libgl1"):
        dev.install_with_apt(["libgl1"], needed=True)


@pytest.mark.skipif(os.name == "nt", reason="stands in for dpkg and apt with shell scripts")
def test_only_what_is_missing_is_installed_after_the_lists_are_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "dpkg-query": "printf 'libgl1 installed\\nlibglib2.0-0t64 installed\\nlibegl1 config-files\\n'",
        "apt-get": f'echo "$DEBIAN_FRONTEND $@" >> {tmp_path}/asked',
    }
    for name, line in answers.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    dev.ensure_system(["libgl1", "libglib2.0-0"], needed=True)
    assert not (tmp_path / "asked").exists()
    dev.ensure_system(["libgl1", "libegl1", "libglib2.0-0"], needed=True)
    assert (tmp_path / "asked").read_text(encoding="utf-8").splitlines() == [
        "noninteractive update -q",
        "noninteractive install -y --no-install-recommends libegl1",
    ]


def test_no_display_means_the_headless_day(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(dev, "ensure_environment", lambda: None)
    monkeypatch.setattr(dev, "ensure_system", lambda *_, **__: None)

    def call(command: list[str], **_: str) -> int:
        called.append(command)
        return 7

    monkeypatch.setattr(dev, "call", call)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert dev.main(["run"]) == 7
    assert called[0][1:4] == ["-m", "tests.journeys.day", "--out"]
    assert called[0][4].endswith("day-out")
    assert "no display" in capsys.readouterr().out


def test_the_centre_is_started_heard_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "centre.py"
    script.write_text(
        "import json, sys, time\n"
        "if sys.argv[-1] == '4711': sys.exit(1)\n"
        "print(json.dumps({'address': 'http://127.0.0.1:8123'}), flush=True)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    started: list[subprocess.Popen[str]] = []
    start = subprocess.Popen

    def popen(command: list[str], **settings: object) -> subprocess.Popen[str]:
        started.append(start([sys.executable, str(script), *command[1:]], **settings))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    monkeypatch.setattr(dev, "DEMO", tmp_path)
    (tmp_path / "port").write_text("4711", encoding="utf-8")
    with dev.centre() as address:
        assert address == "http://127.0.0.1:8123"
        assert started[-1].poll() is None
    assert len(started) == 2, "the port of last time is asked for, then any"
    assert all(process.poll() is not None for process in started)
    assert (tmp_path / "port").read_text(encoding="utf-8") == "8123"


def test_a_failing_step_does_not_hide_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [("one", [sys.executable, "-c", "raise SystemExit(3)"]), ("two", [sys.executable, "-c", "print()"])]
    assert dev.run_all(steps) == ["one ended with status 3"]
    assert "--- two: ok" in capsys.readouterr().out
    assert dev.watched([sys.executable, "-c", "print('a'); print('12 passed'); print()"]) == (0, "12 passed")


def test_a_folder_that_cannot_be_is_said_in_words(tmp_path: Path) -> None:
    assert dev.a_folder(str(tmp_path / "new" / "one")).is_dir()
    (tmp_path / "file").touch()
    for name in ("file", "file/below"):
        with pytest.raises(dev.Stop, match="Pictures cannot be put into"):
            dev.a_folder(str(tmp_path / name))


def test_the_words_of_welcome_let_a_person_in() -> None:
    hints = {"code": "8CK7-LT74-JRE5", "engineer_name": "Li", "dispatcher": "desk", "password": "secret", "at": "2026-11-22T00:41:29Z"}
    first = dev.welcome(hints, "http://127.0.0.1:4000/", enrolled=False)
    assert all(word in first for word in ("8CK7-LT74-JRE5", "http://127.0.0.1:4000/console ", "desk", "secret", "2026-11-22", "PIN"))
    assert "8CK7-LT74-JRE5" not in dev.welcome(hints, "http://127.0.0.1:4000", enrolled=True)


def test_no_seeds_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(dev, "ensure_environment", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert dev.main(["simulate", "--seeds", "0"]) == 2
    assert "One seed or more" in capsys.readouterr().out
