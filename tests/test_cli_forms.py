"""The commands of authors: exit codes, words in both languages, nothing of a profile touched."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from fieldapp.base.settings import resource
from fieldapp.cli import main
from fieldapp.operations.checklists import open_checklist, save_answer
from fieldapp.operations.inspections import finish
from tests.forms.building import workbook
from tests.operations.sheets import give_sheet
from tests.operations.world import PIN, SmallWorld, make_session

T5 = str(resource("forms/T5.xlsx"))


@pytest.fixture(autouse=True)
def no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    monkeypatch.setenv("FIELDAPP_HOME", str(home))
    return home


def bad_book(folder: Path, kind: str = "txet") -> str:
    path = folder / "bad.xlsx"
    path.write_bytes(workbook([["type", "name", "label"], [kind, "a", "A"]]))
    return str(path)


def test_a_good_workbook_gives_0_and_says_what_it_is(capsys: pytest.CaptureFixture[str], no_profile: Path) -> None:
    assert main(["--language", "en", "forms", "check", "--outline", T5]) == 0
    said = capsys.readouterr()
    assert "form T5, version 2026.1" in said.out
    assert "Read latency  [number, with limits]" in said.out
    assert said.err == ""
    assert not no_profile.exists()


def test_a_bad_one_among_good_ones_gives_1_and_its_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--language", "zh", "forms", "check", T5, bad_book(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "工作表“survey”第 2 行“type”列" in out
    assert "T5.xlsx" in out


def test_remarks_give_1_only_where_that_is_asked_for(tmp_path: Path) -> None:
    remarked = bad_book(tmp_path, "text")
    assert main(["forms", "check", remarked]) == 0
    assert main(["forms", "check", "--strict", remarked]) == 1
    assert main(["forms", "check", "--strict", T5]) == 0


@pytest.mark.parametrize("words", [["forms"], ["forms", "check"], ["forms", "fly"], ["forms", "export"]])
def test_words_that_make_no_sense_give_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_file_that_is_gone_is_a_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--language", "en", "forms", "check", str(tmp_path / "nowhere.xlsx")]) == 1
    assert "nowhere.xlsx" in capsys.readouterr().err


def test_an_export_needs_a_laptop_that_is_set_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "forms", "export", "XJ-2026Q4-0101-3"]) == 1
    assert "FA-4" in capsys.readouterr().err


def test_a_preview_of_a_bad_workbook_opens_no_window(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--language", "zh", "forms", "preview", bad_book(tmp_path)]) == 1
    assert "FA-702" in capsys.readouterr().err


def test_checking_runs_without_qt(tmp_path: Path) -> None:
    code = f"import sys; sys.modules['PySide6'] = None; from fieldapp.cli import main; sys.exit(main(['forms', 'check', {T5!r}]))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env={"FIELDAPP_HOME": str(tmp_path)})
    assert ran.returncode == 0, ran.stderr


def test_a_preview_opens_a_window_and_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "app = QApplication(['preview'])\n"
        "look = QTimer()\n"
        "def close():\n"
        "    window = next((each for each in app.topLevelWidgets() if each.isVisible()), None)\n"
        "    if window is not None and window.page is not None and window.page.checklist is not None:\n"
        "        print(window.page.checklist.about.form_id)\n"
        "        window.close()\n"
        "look.timeout.connect(close)\n"
        "look.start(50)\n"
        "from fieldapp.cli import main\n"
        f"sys.exit(main(['--language', 'en', 'forms', 'preview', {T5!r}]))\n"
    )
    places = {"FIELDAPP_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=places, timeout=120)
    assert (ran.returncode, ran.stdout.strip()) == (0, "T5"), ran.stderr
    assert [each.name for each in tmp_path.iterdir()] == [], "the rehearsal's folder is gone, and no profile came about"


def test_a_finished_checklist_is_exported_from_an_unlocked_laptop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = make_session(tmp_path)
    world = SmallWorld.into(session)
    sheet = open_checklist(session, give_sheet(session, world, resource("forms/T6.xlsx")))
    while (place := sheet.next_open()) is not None:
        sheet.mark(place.key, "na")
    batch = sheet.take()
    assert batch is not None
    save_answer(session, batch)
    finish(session, world.inspection)
    session.close()
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "profile"))
    command = ["--language", "zh", "forms", "export", world.inspection, "--to", str(tmp_path / "out"), "--format", "csv"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse\n9999\n"))
    assert main(command) == 1
    assert not (tmp_path / "out").exists()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"correct horse\n{PIN}\n"))
    capsys.readouterr()
    assert main(command) == 0
    (path,) = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert path.suffix == ".csv"
    assert "T6-02" in path.read_text(encoding="utf-8-sig")
