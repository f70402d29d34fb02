"""`fieldapp courier out` and `in`, and `fieldapp-central courier` between them: a laptop that never meets a network."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldapp.base.clock import SystemClock
from fieldapp.base.ids import SystemRandomness
from fieldapp.base.settings import places
from fieldapp.central.cli import main as centre
from fieldapp.central.config import load_centre_settings
from fieldapp.central.desk import Desk
from fieldapp.central.service import CentralService
from fieldapp.cli import main as laptop
from fieldapp.domain.cases import Case
from fieldapp.domain.customers import Person
from fieldapp.operations.laptop import enrolment
from fieldapp.operations.laptop.enrolment import Means, enrol
from fieldapp.vault.homes import Argon2Cost

PASSPHRASE, PIN = "correct horse battery", "2468"


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick beside an enrolled laptop with one case of its own, and a centre in `tmp_path/centre`."""
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "home"))
    randomness = SystemRandomness()
    service = CentralService(load_centre_settings(tmp_path / "centre", randomness), clock=SystemClock(), randomness=randomness)
    desk, person = Desk(service, name="调度"), Person(id=service.ids.new(), name="王海")
    desk.save(person)
    monkeypatch.setattr(enrolment, "ask_centre", lambda _address, request, *_: service.enrol(request))
    means = Means(places(), SystemClock(), randomness, Argon2Cost(64, 1, 1))
    code = desk.new_enrol_code(person.id)
    session = enrol(means, address="https://centre.example", code=code, pin=PIN, pin_again=PIN, passphrase=PASSPHRASE)
    with session.writing() as work:
        work.save(Case(id=session.ids.new(), summary="本机新建"))
    session.close()
    service.close()
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What the person types."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(line + "\n" for line in lines)))


def test_a_laptop_is_synced_by_commands_alone(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, PASSPHRASE, PIN)
    assert laptop(["--language", "en", "courier", "out", str(stick)]) == 0
    (out,) = stick.iterdir()
    assert capsys.readouterr().out.strip() == f"{out.name} holds 1 changes. It was written and read back."
    assert centre(["courier", "--data", str(tmp_path / "centre"), str(out)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["state"], said["changes"], said["conflicts"], said["rejected"]) == ("ok", 1, 0, 0)
    answer = Path(said["answer"])
    assert answer == out.with_name(out.name.replace("-out.", "-back."))
    typed(monkeypatch, PASSPHRASE, PIN)
    assert laptop(["--language", "en", "courier", "in", str(answer)]) == 0
    assert "1 changes and 0 files are at the centre" in capsys.readouterr().out
    typed(monkeypatch, PASSPHRASE, PIN)
    assert laptop(["--language", "zh", "courier", "in", str(answer)]) == 0
    assert "没有新内容" in capsys.readouterr().out


def test_files_that_are_mixed_up_are_sentences_and_no_tracebacks(
    stick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, PASSPHRASE, PIN)
    out = stick / "mine.courier"
    assert laptop(["courier", "out", str(out)]) == 0
    mixed_up: tuple[tuple[Callable[[], int], str], ...] = (
        (lambda: _in(monkeypatch, out), "FA-521"),
        (lambda: _in(monkeypatch, stick / "none.courier"), "FA-525"),
        (lambda: _out(monkeypatch, out), "FA-528"),
        (lambda: _out(monkeypatch, stick / "none" / "x.courier"), "FA-527"),
        (lambda: centre(["courier", "--data", str(tmp_path / "other"), str(out)]), "FA-522"),
    )
    for refused, number in mixed_up:
        capsys.readouterr()
        assert refused() == 1
        said = capsys.readouterr()
        assert number in said.err
        assert "Traceback" not in said.err
    assert [each.name for each in stick.iterdir()] == ["mine.courier"]


def test_the_folder_of_a_stick_that_is_not_there_becomes_no_file(
    stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _out(monkeypatch, stick / "usb") == 1
    said = capsys.readouterr().err
    assert "FA-527" in said
    assert "没有这个文件夹" in said
    assert list(stick.iterdir()) == []


def _in(monkeypatch: pytest.MonkeyPatch, path: Path) -> int:
    typed(monkeypatch, PASSPHRASE, PIN)
    return laptop(["courier", "in", str(path)])


def _out(monkeypatch: pytest.MonkeyPatch, path: Path) -> int:
    typed(monkeypatch, PASSPHRASE, PIN)
    return laptop(["courier", "out", str(path)])


def test_a_wrong_pin_opens_nothing(stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    typed(monkeypatch, PASSPHRASE, "0000")
    assert laptop(["courier", "out", str(stick)]) == 1
    assert "FA-4" in capsys.readouterr().err
    assert list(stick.iterdir()) == []


def test_bytes_that_are_no_text_are_a_wrong_passphrase(
    stick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "\udcff\udcfe", PIN)
    assert laptop(["courier", "out", str(stick)]) == 1
    assert "FA-405" in capsys.readouterr().err


def test_a_laptop_that_is_not_enrolled_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "new"))
    assert laptop(["courier", "out", str(tmp_path)]) == 1
    assert "FA-409" in capsys.readouterr().err
