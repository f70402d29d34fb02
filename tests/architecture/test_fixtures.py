"""The fixtures of the house do catch what they are there to catch."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from tests import conftest
from tests.bench.measure import Measure, lines
from tests.shared_folder import shared


def _record(level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord("fieldapp.somewhere", level, __file__, 1, text, None, None)


def test_a_warning_nobody_expects_is_a_fault() -> None:
    assert conftest.unexpected_lines([_record(logging.WARNING, "the disk is slow")], ()) == [
        "unexpected in the log: WARNING fieldapp.somewhere: the disk is slow"
    ]
    assert conftest.unexpected_lines([_record(logging.INFO, "started")], ()) == []


def test_a_warning_expected_in_vain_is_a_fault() -> None:
    assert conftest.unexpected_lines([], ("slow",)) == ["expected in the log and not there: slow"]
    assert conftest.unexpected_lines([_record(logging.ERROR, "slow")], ("slow",)) == []


@pytest.mark.expects_log("a warning on purpose")
def test_the_marker_reaches_the_fixture() -> None:
    logging.getLogger("fieldapp.anywhere").warning("a warning on purpose")


def test_tests_run_without_a_screen_and_in_nobodys_home() -> None:
    assert os.environ["QT_QPA_PLATFORM"] in {"offscreen", os.environ.get("FIELDAPP_TEST_PLATFORM")}
    assert Path(os.environ["FIELDAPP_HOME"]).is_dir()


def test_a_golden_file_that_differs_or_is_missing_fails(
    golden_file: conftest.GoldenFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(conftest, "GOLDEN", tmp_path)
    monkeypatch.setattr(request.config.option, "rewrite_golden", False)
    with pytest.raises(AssertionError, match="missing"):
        golden_file("a.txt", "one")
    monkeypatch.setattr(request.config.option, "rewrite_golden", True)
    golden_file("a.txt", "one")
    monkeypatch.setattr(request.config.option, "rewrite_golden", False)
    golden_file("a.txt", "one")
    with pytest.raises(AssertionError, match="differs"):
        golden_file("a.txt", "two")
    with pytest.raises(AssertionError, match="3 bytes made"):
        golden_file("a.txt", b"two")


def test_what_was_not_handed_over_is_skipped_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FIELDAPP_SHARED", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="not on this machine"):
        shared("conformance/none.json")
    (tmp_path / "there.json").write_text("{}")
    assert shared("there.json") == tmp_path / "there.json"


def test_a_measure_knows_its_ratio() -> None:
    one = Measure("sync", "10,000 changes", 3.0, "s", reference=2.0)
    assert one.ratio == 1.5
    assert list(lines([one], as_json=True)) == [
        '{"bench": "sync", "measure": "10,000 changes", "value": 3.0, "unit": "s", "reference": 2.0, "ratio": 1.5}'
    ]
    assert next(lines([one], as_json=False)).endswith("reference 2.000 ratio 1.50")
