"""What pages of this version look like, as digests: a report that was signed is drawn again when it is judged, years later too.

A changed word, line or font makes other pages. Then RENDERER (fieldapp/reports/content.py) must be raised, so that the
signed ones are not held against the new drawing, and `python3 dev.py golden` writes the digests of the new version.
"""

from __future__ import annotations

import zlib

import pytest

from fieldapp.reports.canonical import DATA_NAME
from fieldapp.reports.content import RENDERER, ReportData
from fieldapp.reports.documents import data_of, document
from fieldapp.reports.embedding import attached_data, reader_of
from fieldapp.reports.judging.bytecheck import Refusal
from fieldapp.reports.judging.redrawing import drawing_digest, same_drawing
from fieldapp.reports.layout import render
from fieldapp.reports.verification import attached_json
from tests.conftest import GOLDEN, GoldenFile
from tests.reports import samples, signed


def _documents() -> dict[str, ReportData]:
    """One of each kind, both languages and English, to be signed and on paper."""
    return {
        "service": samples.service(),
        "inspection": samples.inspection_report(front=samples.front(languages="en")),
        "approval": samples.approval(),
        "acceptance on paper": samples.approval("change_acceptance", front=samples.front(paper=True)),
    }


def test_the_pages_of_this_version_stay_as_they_are(golden_file: GoldenFile) -> None:
    made = "".join(f"{drawing_digest(render(document(data)))}  {name}\n" for name, data in _documents().items())
    kept = GOLDEN / f"pages-{RENDERER}.txt"
    if RENDERER in _released() and kept.exists():
        assert made == kept.read_text(), "pages of a released version changed: raise RENDERER"
    golden_file(kept.name, made)


def _released() -> set[str]:
    """The versions of pages that signed reports of released programs have."""
    return {str(attached_json(path.read_bytes())["front"]["renderer"]) for path in GOLDEN.glob("report-*.pdf")}  # type: ignore[index]


def test_pages_that_were_packed_otherwise_are_the_same_and_other_words_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    pdf, pack = signed.small(), zlib.compress
    data = data_of(attached_json(pdf))
    monkeypatch.setattr(zlib, "compress", lambda raw, *_: pack(raw, 1))
    again = render(document(data))
    assert again != pdf
    assert same_drawing(pdf, again)
    assert attached_data(reader_of(again), DATA_NAME) == attached_data(reader_of(pdf), DATA_NAME)
    changed = again.replace(b"/Rotate 0", b"/Rotate 1", 1)
    assert changed != again
    assert not same_drawing(pdf, changed)
    with pytest.raises(Refusal):
        drawing_digest(signed.small_on_site())
