"""The commands: one JSON line on stdout, sentences on stderr, a clean end."""

from __future__ import annotations

import errno
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from fieldapp.base.clock import SystemClock, TurnableClock
from fieldapp.central.cli import main
from fieldapp.central.config import OffsetClock
from tests.central.world import MONDAY, World


def _said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    line = capsys.readouterr().out.strip()
    made = json.loads(line)
    assert isinstance(made, dict)
    return made


def test_the_service_prints_its_address_answers_and_ends_cleanly(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fieldapp.central", "serve", "--data", str(tmp_path), "--now", "2026-11-23T08:00:00+08:00"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["address"]
        with urllib.request.urlopen(f"{address}/v1/time", timeout=30) as answer:
            told = json.loads(answer.read())
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(30) == 0
        process.stdout.close()
    assert rest == ""
    assert told["text"].startswith("2026-11-23T00:00")


def test_a_code_is_made_for_an_engineer(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["enrol-code", "--data", str(tmp_path / "centre"), "--engineer", world.li.id]) == 0
    assert _said(capsys)["engineer"] == world.li.id


def test_an_engineer_that_is_not_there_gets_a_sentence_and_no_traceback(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["enrol-code", "--data", str(tmp_path / "centre"), "--engineer", "0" * 32]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "FA-632" in said.err
    assert "不存在" in said.err
    assert world.li.name == "李明"


def test_the_ca_is_written_as_pem(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ca", "--data", str(tmp_path / "centre")]) == 0
    assert x509.load_pem_x509_certificate(capsys.readouterr().out.encode()) == world.service.authority.ca.certificate


def test_an_account_takes_its_password_from_stdin(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert main(["account", "--data", str(tmp_path / "centre"), "--name", "zhao"]) == 0
    assert _said(capsys) == {"name": "zhao"}
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["account", "--data", str(tmp_path / "centre"), "--name", "zhao"]) == 1
    assert world.clock.now() == MONDAY


def test_a_backup_taken_while_the_service_runs_opens_with_everything(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = world.case_at_bank(world.li)
    laptop = world.laptop(world.li)
    digest = world.service.keep_blob(b"report")
    copy = tmp_path / "copy"
    assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(copy)]) == 0
    assert main(["restored", "--data", str(copy)]) == 0
    epoch = json.loads(capsys.readouterr().out.splitlines()[-1])["epoch"]
    assert epoch != laptop.epoch
    assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(copy)]) == 1
    from fieldapp.base.ids import SeededRandomness
    from fieldapp.central.config import load_centre_settings
    from fieldapp.central.desk import Desk
    from fieldapp.central.service import CentralService
    from fieldapp.domain.cases import Case

    service = CentralService(load_centre_settings(copy, SeededRandomness(3)), clock=world.clock, randomness=SeededRandomness(3))
    assert Desk(service).get(Case, case).number == "CS-2026-00001"
    assert service.blobs.get(digest) == b"report"
    service.close()


def test_a_laptop_is_blocked_by_command(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    laptop = world.laptop(world.li)
    assert main(["revoke", "--data", str(tmp_path / "centre"), "--device", laptop.device]) == 0
    assert _said(capsys) == {"revoked": laptop.device}
    assert laptop.send(laptop.request()).state == "revoked"


def test_a_demonstrations_clock_starts_where_it_is_told_and_runs_on() -> None:
    below = TurnableClock(datetime(2030, 1, 1, tzinfo=UTC))
    clock = OffsetClock(below, MONDAY)
    assert clock.now() == MONDAY
    below.advance(hours=2)
    assert (clock.now() - MONDAY).total_seconds() == 7200
    assert clock.elapsed() == 7200.0
    assert OffsetClock(SystemClock(), MONDAY).now().date() == MONDAY.date()


def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--data", "x", "--now", "yesterday"])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("{", "已损坏"),
        ("[]", "已损坏"),
        ('{"database": "nonsense:secret"}', "不是数据库地址"),
        ('{"database": "postgresql://u:secret@h:port/x"}', "不是数据库地址"),
        ('{"database": "nosuch://u:secret@h/x"}', "不支持"),
        ('{"database": "postgresql://u:secret@127.0.0.1:1/x"}', "127.0.0.1"),
    ],
    ids=["cut", "list", "words", "port", "kind", "silent"],
)
def test_damaged_settings_and_a_database_that_is_not_there_get_a_sentence(
    settings: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "passphrase").write_text("words")
    (tmp_path / "centre.json").write_text(settings)
    (tmp_path / "centre.json").chmod(0o600)
    assert main(["ca", "--data", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("FA-621")
    assert reason in told
    assert "secret" not in told
    assert sorted(each.name for each in tmp_path.iterdir()) == ["centre.json", "keys"]


def test_a_port_in_use_and_a_broken_clock_of_a_demonstration_get_a_sentence(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--data", str(tmp_path / "centre"), "--port", str(taken.getsockname()[1])]) == 1
    told = capsys.readouterr().err
    assert "FA-622" in told
    assert "端口已被占用" in told
    (tmp_path / "centre" / "demo-clock.json").write_text("")
    assert main(["ca", "--data", str(tmp_path / "centre")]) == 1
    assert "demo-clock.json" in capsys.readouterr().err


def test_a_backup_that_is_cut_off_leaves_none_and_is_not_noted(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def oldest() -> object:
        with world.service.store.reading() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM backup_made").scalar()

    before = oldest()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", full)
        assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(tmp_path / "copy")]) == 1
    assert "磁盘已满" in capsys.readouterr().err
    assert list(tmp_path.glob("copy*")) == []
    assert oldest() == before
    assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(tmp_path / "centre" / "centre.json" / "copy")]) == 1
    assert main(["backup", "--data", str(tmp_path / "centre"), "--to", str(tmp_path / "copy")]) == 0
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy"]
