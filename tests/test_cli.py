"""The commands that need no window."""

from __future__ import annotations

import io
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fieldapp import verifier
from fieldapp.cli import can_open, main
from tests.operations.world import make_session


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"fieldapp {version('fieldapp')}"


def test_words_that_make_no_sense_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fly"])
    assert ended.value.code == 2
    assert "fly" in capsys.readouterr().err


@pytest.mark.parametrize(("language", "words"), [("en", "This laptop is not set up yet"), ("zh", "本机尚未注册")])
def test_the_doctor_speaks_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "new"))
    main(["--language", language, "doctor"])
    assert words in capsys.readouterr().out
    assert not (tmp_path / "new").exists()


def test_verify_refuses_what_is_no_report(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    paper = tmp_path / "letter.pdf"
    paper.write_bytes(b"%PDF-1.4 nothing")
    assert main(["--language", "en", "verify", str(paper)]) == 1
    said = capsys.readouterr()
    assert "letter.pdf" in said.out + said.err
    assert "Traceback" not in said.out + said.err


def test_the_verifier_for_customers_says_the_same_in_the_same_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    paper = tmp_path / "letter.pdf"
    paper.write_bytes(b"%PDF-1.4 nothing")
    said = []
    for run, words in ((main, ["--language", "zh", "verify", "--json", str(paper)]), (verifier.main, ["--json", str(paper)])):
        assert run(words) == 1
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert verifier.main(["--language", "en", "--ca", str(paper), str(paper)]) == 1
    assert "FA-283" in capsys.readouterr().err


def test_commands_without_a_window_run_without_qt(tmp_path: Path) -> None:
    code = "import sys; sys.modules['PySide6'] = None; from fieldapp.cli import main; main(['doctor'])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"FIELDAPP_HOME": str(tmp_path)})
    assert ran.returncode == 0, ran.stderr
    assert "fieldapp" in ran.stdout


def test_a_window_needs_a_display_on_linux_only() -> None:
    assert not can_open("linux", {"DISPLAY": ""})
    assert can_open("linux", {"DISPLAY": ":0"})
    assert can_open("linux", {"QT_QPA_PLATFORM": "offscreen"})
    assert can_open("win32", {})


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a window always has a display")
def test_without_a_display_a_sentence_is_said_instead_of_a_crash(tmp_path: Path) -> None:
    bare = {"FIELDAPP_HOME": str(tmp_path), "PYTHONUTF8": "1"}
    ran = subprocess.run([sys.executable, "-m", "fieldapp"], capture_output=True, encoding="utf-8", check=False, env=bare)
    assert ran.returncode == 1
    assert "FA-190" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_safety_copy_is_kept_told_and_written_by_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = make_session(tmp_path)
    device = session.vault._device
    identity = device.values()["identity"]
    assert isinstance(identity, dict)
    device.alter(identity={**identity, "courier_key": "09" + "00" * 31})
    session.close()
    stick = tmp_path / "stick"
    stick.mkdir()
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "profile"))

    def command(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n2468\n"))
        status = main(["--language", "zh", "journal", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    assert command("status") == (0, "未保存安全副本。尚未同步的内容只在本机上。\n")
    assert command("keep", str(stick))[0] == 0
    assert "已是最新" in command("status")[1]
    assert "0 项" in command("out", str(stick))[1]
    status, said = command("in", str(tmp_path))
    assert (status, "FA-412" in said) == (1, True)
    assert "未保存安全副本" in command("off")[1]
    for words in (("keep",), ("status", str(stick))):
        with pytest.raises(SystemExit):
            command(*words)
