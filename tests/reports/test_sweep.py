"""Every byte of a report is sealed: each one is changed here in turn, and the real `verify` refuses every changed file.

`python -m tests.reports.sweep` does the same with more changes for each byte, on any file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from fieldapp.reports.judging.bytecheck import signed_ranges
from fieldapp.reports.verification import verify
from tests.reports import signed, sweep
from tests.reports.authority import world

PARTS = 6


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The parsers log what they find in changed files."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def _accepts(pdf: bytes) -> bool:
    return verify(pdf, (world().authority.root,)).accepted


def test_the_report_is_a_real_one() -> None:
    assert _accepts(signed.with_photo_stamped())
    assert signed.with_photo_stamped().count(b"/DCTDecode") == 1
    assert len(signed_ranges(signed.with_photo_stamped())) == 3


@pytest.mark.parametrize("part", range(PARTS))
def test_one_bit_of_every_byte_is_sealed(part: int) -> None:
    pdf = signed.with_photo_stamped()
    positions = range(part, len(pdf), PARTS)
    tried, found = sweep.unseen(pdf, _accepts, sweep.one_bit(pdf, positions))
    assert found == []
    assert tried == len(positions)


def test_no_byte_of_the_last_gap_can_be_written_otherwise() -> None:
    """A time-stamp's gap is the one that no digest covers: hex digits to others, letters to capitals, brackets, padding."""
    pdf = signed.with_photo_stamped()
    gap = sweep.last_gap(pdf)
    assert pdf[gap[0] : gap[0] + 1] + pdf[gap[-1] : gap[-1] + 1] == b"<>"
    assert pdf[gap[-2] : gap[-1]] == b"0"
    tried, found = sweep.unseen(pdf, _accepts, sweep.kin(pdf, gap))
    assert found == []
    assert tried > len(gap)


def test_no_byte_of_a_customers_signature_can_be_written_otherwise() -> None:
    pdf = signed.small_on_site()
    gap = sweep.last_gap(pdf)
    assert sweep.unseen(pdf, _accepts, sweep.kin(pdf, gap))[1] == []


def test_names_numbers_and_white_space_outside_of_the_last_gap_are_sealed() -> None:
    pdf = signed.with_photo_stamped()
    gap = sweep.last_gap(pdf)
    around = [at for found in signed_ranges(pdf) for at in (*range(found.start - 300, found.start), *range(found.end, found.end + 300))]
    tail = range(len(pdf) - 400, len(pdf))
    assert sweep.unseen(pdf, _accepts, sweep.kin(pdf, [at for at in (*around, *tail) if at not in gap]))[1] == []


def test_the_sweep_tells_what_goes_unseen() -> None:
    pdf = signed.small_on_site()
    positions = range(0, len(pdf), 997)
    tried, found = sweep.unseen(pdf, lambda changed: changed[5000:] == pdf[5000:], sweep.one_bit(pdf, positions))
    assert len(found) == len([at for at in positions if at < 5000]) < tried
    assert all(line.endswith("accepted") for line in found)

    def breaks(changed: bytes) -> bool:
        raise OverflowError(len(changed))

    assert "OverflowError" in sweep.unseen(pdf, breaks, iter([(0, 0)]))[1][0]


def test_the_command_sweeps_every_byte_and_refuses_what_is_no_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report, ca = tmp_path / "report.pdf", tmp_path / "ca.pem"
    report.write_bytes(b"%PDF-1.7 nothing")
    ca.write_bytes(load_der_x509_certificate(world().authority.root).public_bytes(Encoding.PEM))
    assert sweep.main([str(report), "--ca", str(ca), "--processes", "1"]) == 1
    assert "not accepted as it is" in capsys.readouterr().out
    size, gap = 9000, range(4100, 4230)
    assert [at for part in sweep.parts(size, gap) for at in part] == list(range(size))


def test_what_is_tried_is_no_change_never_and_all_255_in_the_last_gap() -> None:
    pdf = signed.small_on_site()
    gap = sweep.last_gap(pdf)
    tried = list(sweep.all_changes(pdf, 3, range(gap.start - 500, gap.start + 2)))
    assert all(pdf[at] != new for at, new in tried)
    assert len({new for at, new in tried if at == gap.start}) == 255
    assert {at for at, _ in tried} == set(range(gap.start - 500, gap.start + 2))
    assert (pdf.index(b"/ByteRange") + 1, ord("b")) in sweep.kin(pdf, range(len(pdf)))
    assert tried == list(sweep.all_changes(pdf, 3, range(gap.start - 500, gap.start + 2)))
