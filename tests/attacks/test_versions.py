"""Reports that older versions of the program signed and stamped stay accepted, for good: their files are kept here.

`report-VERSION.pdf` was made by that version's own tests, with an inspection, a photo, two signatures and a time-stamp.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fieldapp.reports.blocks import Brand
from fieldapp.reports.canonical import DataError, to_plain
from fieldapp.reports.content import RENDERER
from fieldapp.reports.documents import data_of
from fieldapp.reports.verification import attached_json, verify
from fieldapp.vault.keys import pems_to_der
from tests.attacks import genuine
from tests.attacks.catalogue import judged
from tests.reports import samples, signed

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize("version", sorted(path.stem.removeprefix("report-") for path in GOLDEN.glob("report-*.pdf")))
def test_a_report_of_an_older_version_stays_accepted(version: str) -> None:
    pdf, ca = GOLDEN / f"report-{version}.pdf", GOLDEN / f"report-{version}.pem"
    report = verify(pdf.read_bytes(), pems_to_der(ca.read_bytes(), ca.name), samples.at(14), brand=Brand())
    assert (report.accepted, report.stage) == (True, "stamped"), report.read("en")
    drawn_by = attached_json(pdf.read_bytes())["front"]["renderer"]  # type: ignore[index]
    assert report.redrawn is (True if drawn_by == RENDERER else None)
    changed = pdf.read_bytes().replace(b"/Rotate 0", b"/Rotate 9", 1)
    assert not verify(changed, pems_to_der(ca.read_bytes(), ca.name), samples.at(14)).accepted


def test_a_report_of_a_newer_version_is_not_called_forged() -> None:
    newer = genuine.pages(renderer=str(int(RENDERER) + 1))
    report = judged(signed.approved(signed.certified(newer)))
    assert not report.accepted
    assert "newer version" in report.problems[0].read("en")


def test_data_may_lack_what_came_later_and_nothing_else() -> None:
    plain = json.loads(json.dumps(to_plain(samples.service())))
    whole = data_of(plain)
    del plain["annexes"][0]["sections"][0]["notes"]
    assert data_of(plain) == whole
    for spoil in ({"when": "2026-11-23T08:52:00Z"}, {"version": 1.0}, {"paper": 0}):
        with pytest.raises(DataError):
            data_of({**plain, "front": {**plain["front"], **spoil}})
    with pytest.raises(DataError):
        data_of({key: value for key, value in plain.items() if key != "front"})
