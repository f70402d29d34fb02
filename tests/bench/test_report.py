"""The measured report in a small form: both programs make what they are said to make. No times are judged here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from fieldapp.reports.canonical import DATA_NAME
from fieldapp.reports.documents import document
from fieldapp.reports.embedding import attached_data, reader_of
from fieldapp.reports.signing import signature_fields
from tests.bench.report import bare
from tests.bench.report.content import ROWS, photographed, pieces, service
from tests.bench.report.runs import ours, prepared


def test_both_programs_sign_the_same_report_and_ours_loads_no_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = service([photographed(320, 240, number) for number in (1, 2)])
    folder = tmp_path / "report"
    prepared(folder, data)
    took = ours(folder)  # a process of its own, which fails when a library of the window is loaded
    mine = (folder / "ours.pdf").read_bytes()
    assert took.size == len(mine)
    assert took.cpu > 0
    assert [(field.name, field.signed) for field in signature_fields(mine)] == [("engineer", True), ("customer", False)]
    assert hashlib.sha256(attached_data(reader_of(mine), DATA_NAME)).hexdigest() == document(data).digest
    bare.main(folder)
    theirs = (folder / "bare.pdf").read_bytes()
    assert json.loads(capsys.readouterr().out)["size"] == len(theirs)
    (signature,) = reader_of(theirs).embedded_signatures
    signature.compute_integrity_info()
    assert (signature.field_name, signature.docmdp_level.name) == ("engineer", "FILL_FORMS")
    assert mine.count(b"/DCTDecode") == theirs.count(b"/DCTDecode") == 2


def test_the_bare_script_is_told_everything_that_the_report_says() -> None:
    data = service([photographed(320, 240, number) for number in (1, 2)])
    told = list(pieces(document(data)))
    tables: list[list[Any]] = [piece for piece in told if piece[0] == "table"]
    items = [row for _, _, titles, rows in tables if len(titles) > 4 for row in rows if row[0].startswith("T1-")]
    assert len({row[0] for row in items}) >= ROWS
    assert sum(len(piece[2]) for piece in told if piece[0] == "photos") == 2
    assert {piece[0] for piece in told} == {"title", "heading", "text", "table", "photos", "page"}
